//! Admission: what a component must not exceed before the compiler sees it.
//!
//! Compiling is where hostile wasm costs most: 0.6 MB of tiny functions, or one function of 1.8 MB, keep
//! the compiler busy for seconds and take a gigabyte. wasmparser's own limits are made for browsers and
//! allow both. So sizes and counts are read off the section headers first; validation itself (types,
//! bodies, features) is wasmtime's and comes before it generates code.

use crate::policy::Limits;
use wasmparser::{Encoding, Parser, Payload};

/// Why a component is not even compiled.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Native code would run unchecked.
    #[error("this is native code, not a component: only what was compiled here runs")]
    Precompiled,
    /// Text, a core module, or anything else.
    #[error("this is no binary component ({0})")]
    NotAComponent(String),
    /// Above a limit of the policy.
    #[error("limit `{key}` is {limit}, the component has {value}{place}")]
    TooLarge {
        /// As it is spelled in `task.toml`.
        key: &'static str,
        /// What the policy allows.
        limit: u32,
        /// What was found.
        value: u64,
        /// Where, if not in the component as a whole.
        place: &'static str,
    },
    /// Not well-formed.
    #[error("the component can't be read: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
}

/// Types of all kinds in a component. No key of the policy: honest components have some hundred.
const TYPES: u32 = 10_000;
/// Core modules in a component, those of nested components with them. Honest ones have some ten; wasmtime 48 gives a
/// module's number eight bits where it tells memories apart, and checks that in debug builds alone
/// (`alias_region.rs` of its Cranelift crate).
const MODULES: u32 = 256;

/// Check a component against the policy's sizes and counts.
pub fn admit(component: &[u8], limits: &Limits) -> Result<(), Refused> {
    within("component-bytes", limits.component_bytes, component.len() as u64, "")?;
    if wasmtime::Engine::detect_precompiled(component).is_some() {
        return Err(Refused::Precompiled);
    }
    if !component.starts_with(b"\0asm") {
        return Err(Refused::NotAComponent("it does not start with \\0asm".into()));
    }
    let (mut functions, mut types, mut modules) = (0, 0, 0);
    // Imports of each component and module that is open at this point of the file: a component's may
    // stand in many sections.
    let mut open: Vec<u64> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { encoding: Encoding::Module, .. } if open.is_empty() => {
                return Err(Refused::NotAComponent("it is a core module".into()));
            }
            Payload::Version { encoding, .. } => {
                modules += u64::from(encoding == Encoding::Module);
                within("modules", MODULES, modules, "")?;
                open.push(0);
            }
            Payload::End(_) => drop(open.pop()),
            Payload::TypeSection(section) => count_types(&mut types, section.count())?,
            Payload::ComponentTypeSection(section) => count_types(&mut types, section.count())?,
            Payload::CoreTypeSection(section) => count_types(&mut types, section.count())?,
            Payload::FunctionSection(section) => {
                functions += u64::from(section.count());
                within("functions", limits.functions, functions, "")?;
            }
            Payload::CodeSectionEntry(body) => {
                let bytes = body.range().len() as u64;
                within("function-bytes", limits.function_bytes, bytes, " in one function")?;
            }
            Payload::ImportSection(section) => {
                // One entry can stand for a group of imports: the header's count comes first, so that a
                // huge section is never walked, then the imports themselves.
                within("imports", limits.imports, section.count().into(), " in one module")?;
                let imports = section.into_imports().count() as u64;
                within("imports", limits.imports, imports, " in one module")?;
            }
            Payload::ComponentImportSection(section) => {
                if let Some(imports) = open.last_mut() {
                    *imports += u64::from(section.count());
                    within("imports", limits.imports, *imports, " in one component")?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn count_types(types: &mut u64, more: u32) -> Result<(), Refused> {
    *types += u64::from(more);
    within("types", TYPES, *types, "")
}

fn within(key: &'static str, limit: u32, value: u64, place: &'static str) -> Result<(), Refused> {
    if value > u64::from(limit) {
        return Err(Refused::TooLarge { key, limit, value, place });
    }
    Ok(())
}
