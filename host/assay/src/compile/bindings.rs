//! Bindings: the crate named `assay` that an author's file sees, and the glue around that file.
//!
//! Both are text made from the world by wit-bindgen. The bindings are compiled once per world and kept by
//! digest; the glue is the root of each guest crate and forwards every export to the author's function of
//! the same name, so that the author's file is a plain module under `forbid(unsafe_code)`.

use super::world::{LOG, World};
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::VisitMut;
use wit_bindgen_rust::{Opts, WithOption};
use wit_component::StringEncoding;

/// The two texts.
pub(super) struct Bindings {
    /// `lib.rs` of crate `assay`.
    pub(super) library: String,
    /// Root of a guest crate; includes `agent.rs` as a module.
    pub(super) root: String,
    /// One member's part of the root of a crate of many; see [`member`].
    member: String,
}

/// Stands for a member's number in [`Bindings::member`].
const NUMBER: &str = "__NUMBER__";

impl Bindings {
    /// Root of a crate of many guests: each member a [`module`] in a file of its own, with exports under its
    /// [`prefix`].
    pub(super) fn roots(&self, members: &[usize]) -> String {
        members.iter().map(|number| self.member.replace(NUMBER, &number.to_string())).collect()
    }
}

/// What a member's exports start with.
pub(super) fn prefix(number: impl std::fmt::Display) -> String {
    format!("{number}:")
}

/// The module, and with `.rs` the file, that a member's source is.
pub(super) fn module(number: impl std::fmt::Display) -> String {
    format!("agent_{number}")
}

/// Generate both for `world`.
pub(super) fn generate(world: &World) -> Result<Bindings, String> {
    let options = Opts {
        runtime_path: Some("::sdk::rt".into()),
        pub_export_macro: true,
        default_bindings_module: Some("assay::bindings".into()),
        with: vec![(LOG.into(), WithOption::Path("::sdk::bindings::assay::host::log".into()))],
        generate_all: true,
        // Guests have no constructors: the SDK brings none and authors write no unsafe attributes.
        disable_run_ctors_once_workaround: true,
        ..Opts::default()
    };
    let mut files = wit_bindgen_core::Files::default();
    let mut resolve = world.resolve.clone();
    wit_bindgen_core::WorldGenerator::generate(&mut options.build(), &mut resolve, world.id, &mut files)
        .map_err(|e| format!("{e:#}"))?;
    let (_, generated) = files.iter().next().ok_or("wit-bindgen made nothing")?;
    let generated = String::from_utf8_lossy(generated).into_owned();

    let mut library = String::from("#![allow(warnings)]\npub use sdk::{json, log, start};\n");
    for path in world.prelude() {
        library.push_str(&format!("pub use bindings::{path};\n"));
    }
    library.push_str("pub mod bindings {\n");
    library.push_str(&generated);
    library.push_str("\n}\n");
    let file = syn::parse_file(&generated).map_err(|e| format!("wit-bindgen's output: {e}"))?;
    let mut guests = Vec::new();
    // From the root of all crates: the module beside which glue stands may hold one that is named `assay` as well.
    find_guests(&file.items, "::assay::bindings", &mut guests);
    Ok(Bindings { root: root(&guests), member: member(&guests)?, library })
}

/// The encoding that wit-bindgen's Rust guests use.
pub(super) const ENCODING: StringEncoding = StringEncoding::UTF8;

/// A `trait Guest` of the bindings.
#[derive(Default)]
struct Guest {
    /// The module it stands in.
    path: String,
    functions: Vec<syn::Signature>,
    /// The rule that makes its exports.
    exports: TokenStream,
}

fn root(guests: &[Guest]) -> String {
    let mut root =
        String::from("#[forbid(unsafe_code)]\n#[path = \"agent.rs\"]\nmod agent;\nstruct Export;\n");
    for (index, guest) in guests.iter().enumerate() {
        root.push_str(&glue(guest, &format!("glue_{index}"), "Export", "::assay::start(); super::agent"));
    }
    root.push_str("assay::bindings::export!(Export with_types_in assay::bindings);\n");
    root
}

/// A member's part: like [`root`], but it starts nothing (its panics are silent), and its exports carry its number.
fn member(guests: &[Guest]) -> Result<String, String> {
    let (module, export) = (module(NUMBER), format!("Export{NUMBER}"));
    let mut member =
        format!("#[forbid(unsafe_code)]\n#[path = \"{module}.rs\"]\nmod {module};\nstruct {export};\n");
    for (index, guest) in guests.iter().enumerate() {
        let name = format!("glue_{NUMBER}_{index}");
        member.push_str(&glue(guest, &name, &export, &format!("super::{module}")));
        // `($ty:ident with_types_in …) => (const _: () = { exports };);`
        let rule = guest.exports.clone().into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => Some(group),
            _ => None,
        });
        let body = rule.last().ok_or("wit-bindgen makes exports in an unknown way")?.stream();
        let path = guest.path.parse().map_err(|e| format!("{}: {e}", guest.path))?;
        let export = export.parse().map_err(|e| format!("{export}: {e}"))?;
        member.push_str(&expand(body, &export, &path).to_string());
        member.push('\n');
    }
    Ok(member)
}

fn glue(guest: &Guest, module: &str, export: &str, agent: &str) -> String {
    let Guest { path, functions, .. } = guest;
    let functions: String = functions.iter().map(|function| forward(function, agent)).collect();
    format!(
        "mod {module} {{\n#[allow(unused_imports)]\nuse {path}::*;\nimpl {path}::Guest for super::{export} {{\n{functions}}}\n}}\n"
    )
}

/// Expand the body of an export rule as the compiler would, with the member's prefix before the exports' names.
fn expand(body: TokenStream, export: &TokenStream, path: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut naming = false;
    let mut tokens = body.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            // `$ty`, or `$($path_to_types)*`.
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.next() {
                Some(TokenTree::Group(_)) => {
                    tokens.next();
                    out.extend(path.clone());
                }
                _ => out.extend(export.clone()),
            },
            TokenTree::Group(group) => {
                let inner = expand(group.stream(), export, path);
                out.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
            }
            TokenTree::Ident(ident) => {
                naming = ident == "export_name";
                out.extend([TokenTree::Ident(ident)]);
            }
            TokenTree::Literal(name) if naming => {
                let name = name.to_string();
                let name = format!("{}{}", prefix(NUMBER), name.trim_matches('"'));
                out.extend([TokenTree::Literal(Literal::string(&name))]);
            }
            other => out.extend([other]),
        }
    }
    out
}

/// Every `trait Guest` of the generated module tree.
fn find_guests(items: &[syn::Item], path: &str, guests: &mut Vec<Guest>) {
    let mut guest = Guest { path: path.to_owned(), ..Guest::default() };
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    find_guests(items, &format!("{path}::{}", module.ident), guests);
                }
            }
            syn::Item::Trait(item) if item.ident == "Guest" => {
                guest.functions.extend(item.items.iter().filter_map(|item| match item {
                    syn::TraitItem::Fn(function) => Some(function.sig.clone()),
                    _ => None,
                }));
            }
            syn::Item::Macro(item) if item.ident.as_ref().is_some_and(|name| exports(&name.to_string())) => {
                guest.exports = item.mac.tokens.clone();
            }
            _ => {}
        }
    }
    if !guest.functions.is_empty() {
        guests.push(guest);
    }
}

fn exports(name: &str) -> bool {
    name.starts_with("__export_") && name.ends_with("_cabi")
}

fn forward(signature: &syn::Signature, agent: &str) -> String {
    let mut signature = signature.clone();
    PlainPaths.visit_signature_mut(&mut signature);
    let arguments: Vec<String> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            syn::FnArg::Typed(argument) => Some(argument.pat.to_token_stream().to_string()),
            syn::FnArg::Receiver(_) => None,
        })
        .collect();
    format!("{} {{ {agent}::{}({}) }}\n", signature.to_token_stream(), signature.ident, arguments.join(", "))
}

/// `_rt::String` is private to the bindings; it is std's.
struct PlainPaths;

impl VisitMut for PlainPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if path.segments.len() == 2 && path.segments[0].ident == "_rt" {
            path.segments = path.segments.iter().skip(1).cloned().collect();
        }
        syn::visit_mut::visit_path_mut(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdks_committed_bindings_are_what_the_log_interface_gives() {
        let wit = "package assay:sdk;\nworld sdk { import assay:host/log@0.1.0; }\n";
        let world = World::task("sdk.wit", wit, "sdk").unwrap();
        let options = Opts {
            format: true,
            generate_all: true,
            runtime_path: Some("wit_bindgen::rt".into()),
            pub_export_macro: true,
            ..Opts::default()
        };
        let mut files = wit_bindgen_core::Files::default();
        let mut resolve = world.resolve.clone();
        wit_bindgen_core::WorldGenerator::generate(&mut options.build(), &mut resolve, world.id, &mut files)
            .unwrap();
        let generated = String::from_utf8(files.iter().next().unwrap().1.to_vec()).unwrap();
        let committed = include_str!("../../../../guest-agents/sdk/src/bindings.rs");
        assert_eq!(
            committed, generated,
            "wit/log.wit or wit-bindgen changed: write this text to guest-agents/sdk/src/bindings.rs"
        );
    }

    #[test]
    fn glue_forwards_every_exported_function() {
        let bindings = generate(&World::host("evaluator").unwrap()).unwrap();
        assert!(
            bindings.root.contains("super :: agent :: evaluate")
                || bindings.root.contains("super::agent::evaluate"),
            "{}",
            bindings.root
        );
        assert!(
            bindings.library.contains("pub use bindings::run;"),
            "{}",
            bindings.library.lines().take(8).collect::<String>()
        );
    }
}
