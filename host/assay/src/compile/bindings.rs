//! Bindings: the crate named `assay` that an author's file sees, and the glue around that file.
//!
//! Both are text made from the world by wit-bindgen. The bindings are compiled once per world and kept by
//! digest; the glue is the root of each guest crate and forwards every export to the author's function of
//! the same name, so that the author's file is a plain module under `forbid(unsafe_code)`.

use super::world::{LOG, World};
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
}

/// Generate both for `world`.
pub(super) fn generate(world: &World) -> Result<Bindings, String> {
    let options = Opts {
        runtime_path: Some("::sdk::rt".into()),
        pub_export_macro: true,
        default_bindings_module: Some("assay::bindings".into()),
        with: vec![(LOG.into(), WithOption::Path("::sdk::bindings::assay::host::log".into()))],
        generate_all: true,
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
    Ok(Bindings { root: root(&generated)?, library })
}

/// The encoding that wit-bindgen's Rust guests use.
pub(super) const ENCODING: StringEncoding = StringEncoding::UTF8;

fn root(generated: &str) -> Result<String, String> {
    let file = syn::parse_file(generated).map_err(|e| format!("wit-bindgen's output: {e}"))?;
    let mut guests = Vec::new();
    find_guests(&file.items, "assay::bindings", &mut guests);
    let mut root =
        String::from("#[forbid(unsafe_code)]\n#[path = \"agent.rs\"]\nmod agent;\nstruct Export;\n");
    for (index, (path, functions)) in guests.iter().enumerate() {
        root.push_str(&format!("mod glue_{index} {{\n#[allow(unused_imports)]\nuse {path}::*;\nimpl {path}::Guest for super::Export {{\n"));
        for function in functions {
            root.push_str(function);
        }
        root.push_str("}\n}\n");
    }
    root.push_str("assay::bindings::export!(Export with_types_in assay::bindings);\n");
    Ok(root)
}

/// Every `trait Guest` of the generated module tree: where it is, and its functions forwarded.
fn find_guests(items: &[syn::Item], path: &str, guests: &mut Vec<(String, Vec<String>)>) {
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    find_guests(items, &format!("{path}::{}", module.ident), guests);
                }
            }
            syn::Item::Trait(guest) if guest.ident == "Guest" => {
                let functions = guest.items.iter().filter_map(|item| match item {
                    syn::TraitItem::Fn(function) => Some(forward(&function.sig)),
                    _ => None,
                });
                guests.push((path.to_owned(), functions.collect()));
            }
            _ => {}
        }
    }
}

fn forward(signature: &syn::Signature) -> String {
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
    format!(
        "{} {{ assay::start(); super::agent::{}({}) }}\n",
        signature.to_token_stream(),
        signature.ident,
        arguments.join(", ")
    )
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
