//! A component: bytes that conform to a world, and how they came to be.
//!
//! The compiler's box hands over a core module and is not believed: custom sections are dropped, the
//! world's own description is put in, the component is encoded by the host and its decoded imports and
//! exports are compared with the world. A component that was built elsewhere takes the same door.

use super::strip::strip;
use super::world::World;
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

/// What a guest is in an evaluation; the name its core modules carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The code under judgement.
    Candidate,
    /// The task's judge.
    Evaluator,
    /// The task's source of cases.
    Simulator,
}

impl Role {
    /// Compiler flags beyond those of every guest. What judges and draws is compiled once for many thousand evaluations, so it is
    /// made fast; a candidate is compiled quickly, and lent what the SDK instantiated.
    pub(super) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Candidate => &[],
            Self::Evaluator | Self::Simulator => &["-Copt-level=3"],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Evaluator => "evaluator",
            Self::Simulator => "simulator",
        }
    }
}

/// A component that conforms to its world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The binary.
    #[serde(skip)]
    pub wasm: Vec<u8>,
    /// sha256 of `wasm`, hex.
    pub digest: String,
    /// Full names of what it imports: all that it can do.
    pub imports: Vec<String>,
    /// Full names of what it exports.
    pub exports: Vec<String>,
    /// How it was built; `None` if it came as a component.
    pub build: Option<Build>,
}

/// How a component was built: enough to build it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// sha256 of the author's source text, hex.
    pub source: String,
    /// The compiler's version line.
    pub compiler: String,
    /// Identity of compiler, standard library and SDK.
    pub toolchain: String,
    /// sha256 of the bindings' and the glue's text.
    pub bindings: String,
    /// The flags, free of paths.
    pub flags: Vec<String>,
}

/// Encode a core module from the compiler as a component of `world`.
pub(super) fn encode(module: &[u8], world: &World, role: Role) -> Result<Component, String> {
    let mut module = strip(module, role.name()).map_err(|e| e.to_string())?;
    wit_component::embed_component_metadata(&mut module, &world.resolve, world.id, super::bindings::ENCODING)
        .map_err(|e| format!("{e:#}"))?;
    let wasm = wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|e| {
            format!("it does not make a component of world `{}`: {}", world.name(), last_words(&e))
        })?;
    admit(&wasm, world, role, false)
}

/// Take a component built elsewhere: strip it, name its modules, compare it with the world. With `wasi`, imports of
/// `wasi:*` beyond the world are allowed too (the worker lends a deny-all form of them).
pub fn admit(wasm: &[u8], world: &World, role: Role, wasi: bool) -> Result<Component, String> {
    let wasm = strip(wasm, role.name()).map_err(|e| e.to_string())?;
    if !Parser::is_component(&wasm) {
        return Err("a core module, not a component".into());
    }
    let (imports, exports) = names(&wasm).map_err(|e| e.to_string())?;
    let granted = world.imports();
    let mut beyond = imports.iter().filter(|import| !granted.contains(import)).peekable();
    if let Some(import) = beyond.clone().find(|import| !(wasi && import.starts_with("wasi:"))) {
        let grant = granted.join(", ");
        return Err(format!("it imports `{import}`, which is outside the task's grant ({grant})"));
    }
    if beyond.peek().is_none() {
        wit_component::targets(&world.resolve, world.id, &wasm)
            .map_err(|e| format!("it does not conform to world `{}`: {}", world.name(), last_words(&e)))?;
    } else if let Some(export) = world.exports().iter().find(|export| !exports.contains(export)) {
        // A world can't be compared whose imports are a subset; types are checked when it is joined to its evaluator.
        return Err(format!(
            "it does not conform to world `{}`: it does not export `{export}`",
            world.name()
        ));
    }
    Ok(Component { digest: crate::digest::sha256(&wasm), wasm, imports, exports, build: None })
}

/// Take back a component that was stored: it must be in the form in which this program admits one, so that its modules'
/// names are the host's. Whether it fits a world shows when it is joined to its evaluator.
pub fn stored(wasm: &[u8], role: Role) -> Result<Component, String> {
    let stripped = strip(wasm, role.name()).map_err(|e| e.to_string())?;
    if !Parser::is_component(wasm) {
        return Err("a core module, not a component".into());
    }
    if stripped != wasm {
        return Err(format!("it is not in the form in which a {} is admitted", role.name()));
    }
    let (imports, exports) = names(wasm).map_err(|e| e.to_string())?;
    let digest = crate::digest::sha256(wasm);
    Ok(Component { digest, wasm: stripped, imports, exports, build: None })
}

fn names(wasm: &[u8]) -> Result<(Vec<String>, Vec<String>), wasmparser::BinaryReaderError> {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}

/// The innermost reason of a chain, on one line.
fn last_words(error: &anyhow::Error) -> String {
    let text = error.root_cause().to_string();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
        .chars()
        .take(600)
        .collect()
}

/// A component's face, read from its own bytes: for calling what the library holds.
pub struct Interface {
    /// The component, with its role's names as it was stored.
    pub component: Component,
    /// Exported functions, as `name` or `interface#name`.
    pub functions: Vec<String>,
    /// It exports `run: func(input: string) -> result<string, string>`.
    pub text_agent: bool,
}

/// What a stored component imports and exports, as WIT.
pub fn component_wit(wasm: &[u8]) -> Result<String, String> {
    let decoded = wit_component::decode(wasm).map_err(|e| format!("not a component: {}", last_words(&e)))?;
    let mut printer = wit_component::WitPrinter::default();
    printer
        .print(decoded.resolve(), decoded.package(), &[])
        .map_err(|e| format!("its interface has no WIT: {}", last_words(&e)))?;
    Ok(printer.output.to_string())
}

/// Decode what a stored component exports.
pub fn component_interface(wasm: &[u8]) -> Result<Interface, String> {
    let decoded = wit_component::decode(wasm).map_err(|e| format!("not a component: {}", last_words(&e)))?;
    let (resolve, id) = match decoded {
        wit_component::DecodedWasm::Component(resolve, id) => (resolve, id),
        wit_component::DecodedWasm::WitPackage(..) => return Err("a WIT package, not a component".into()),
    };
    let mut functions = Vec::new();
    let mut text_agent = false;
    for (key, item) in &resolve.worlds[id].exports {
        let name = resolve.name_world_key(key);
        match item {
            wit_parser::WorldItem::Function(function) => {
                text_agent |= name == "run"
                    && function.params.len() == 1
                    && function.params[0].ty == wit_parser::Type::String;
                functions.push(name);
            }
            wit_parser::WorldItem::Interface { id, .. } => {
                functions.extend(resolve.interfaces[*id].functions.keys().map(|f| format!("{name}#{f}")));
            }
            wit_parser::WorldItem::Type { .. } => {}
        }
    }
    let (imports, exports) = names(wasm).map_err(|e| e.to_string())?;
    let digest = crate::digest::sha256(wasm);
    Ok(Interface {
        component: Component { wasm: wasm.to_vec(), digest, imports, exports, build: None },
        functions,
        text_agent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_outside_the_grant_is_named_and_wasi_counts_only_where_it_is_granted() {
        let world = World::host("agent").unwrap();
        let wasm = wat::parse_str(r#"(component (import "wasi:cli/environment@0.2.0" (instance)))"#).unwrap();
        let refused = admit(&wasm, &world, Role::Candidate, false).unwrap_err();
        assert!(refused.contains("it imports `wasi:cli/environment@0.2.0`"), "{refused}");
        let refused = admit(&wasm, &world, Role::Candidate, true).unwrap_err();
        assert!(refused.contains("it does not export `run`"), "{refused}");
        let wasm = wat::parse_str(r#"(component (import "a:b/c" (instance)))"#).unwrap();
        assert!(admit(&wasm, &world, Role::Candidate, true).unwrap_err().contains("`a:b/c`"));
    }

    #[test]
    fn what_is_taken_back_must_be_what_was_admitted() {
        let wasm =
            wat::parse_str(r#"(component (core module $evaluator (func $f)) (@custom "a" "b"))"#).unwrap();
        assert!(stored(&wasm, Role::Candidate).unwrap_err().contains("not in the form"));
        let admitted = strip(&wasm, Role::Candidate.name()).unwrap();
        assert_eq!(stored(&admitted, Role::Candidate).unwrap().wasm, admitted);
        assert!(stored(&admitted, Role::Evaluator).is_err());
        assert!(stored(b"(component)", Role::Candidate).is_err());
    }

    #[test]
    fn core_modules_and_text_are_not_components() {
        let world = World::host("agent").unwrap();
        let module = wat::parse_str("(module)").unwrap();
        assert_eq!(
            admit(&module, &world, Role::Candidate, false).unwrap_err(),
            "a core module, not a component"
        );
        assert!(
            admit(b"(component)", &world, Role::Candidate, false)
                .unwrap_err()
                .contains("not a WebAssembly binary")
        );
    }
}
