//! Outline: a component without its core modules, and these by themselves.
//!
//! A candidate is a few hundred bytes, joined to an evaluator of many thousand that was there before. So that each is
//! translated once, the core modules are taken out: the component imports them instead, and is the same one for all
//! candidates of a shape. What is left of each candidate is its own module.
//!
//! Only joined components are taken apart: their modules stand in nested components, which reach an import of the root by
//! an outer alias in the module's place, so no index changes but in the root's empty space of modules. Whatever is made
//! otherwise is left whole. Nothing here is trusted: the parts are validated like any component and module, and an
//! import's type is checked where they are linked.

use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentImportSection, ComponentOuterAliasKind,
    ComponentTypeRef, CoreTypeSection, ModuleType, NestedComponentSection, RawSection,
};
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, Encoding, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

/// Modules that are taken out at most: each is compiled and kept by itself. Of whoever brings more, nothing is.
pub const MODULES: usize = 64;

/// A component taken apart.
pub struct Outline {
    /// The component, which imports its modules as [`name`]s.
    pub skeleton: Vec<u8>,
    /// Core modules, in the order of their imports.
    pub modules: Vec<Vec<u8>>,
}

/// What a skeleton calls its import number `index`.
pub fn name(index: usize) -> String {
    format!("outlined-module-{index}")
}

/// Take a component apart, if it is made as composition makes them.
pub fn outline(component: &[u8]) -> Option<Outline> {
    let mut modules: Vec<Vec<u8>> = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    let mut root = None;
    let mut inside_module = false;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.ok()?;
        if inside_module {
            inside_module = !matches!(payload, Payload::End(_));
            continue;
        }
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => open.push(Component::new()),
            Payload::Version { .. } | Payload::CoreTypeSection(_) => return None,
            Payload::ModuleSection { unchecked_range, .. } => {
                let count = u32::try_from(open.len().checked_sub(1)?).ok().filter(|depth| *depth > 0)?;
                let index = u32::try_from(modules.len()).ok().filter(|_| modules.len() < MODULES)?;
                modules.push(component.get(unchecked_range)?.to_vec());
                let mut alias = ComponentAliasSection::new();
                alias.alias(Alias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index });
                open.last_mut()?.section(&alias);
                inside_module = true;
            }
            // Its own version follows.
            Payload::ComponentSection { .. } | Payload::CustomSection(_) => {}
            Payload::End(_) => {
                let done = open.pop()?;
                match open.last_mut() {
                    Some(outer) => drop(outer.section(&NestedComponentSection(&done))),
                    None => root = Some(done.finish()),
                }
            }
            other => {
                if let Payload::ComponentAliasSection(aliases) = &other {
                    for alias in aliases.clone() {
                        if counts_modules(&alias.ok()?, open.len() == 1) {
                            return None;
                        }
                    }
                }
                let (id, range) = other.as_section()?;
                open.last_mut()?.section(&RawSection { id, data: component.get(range)? });
            }
        }
    }
    if modules.is_empty() {
        return None;
    }
    let (mut types, mut imports) = (CoreTypeSection::new(), ComponentImportSection::new());
    for (index, module) in modules.iter().enumerate() {
        types.ty().module(&module_type(module)?);
        imports.import(name(index).as_str(), ComponentTypeRef::Module(u32::try_from(index).ok()?));
    }
    let mut head = Component::new();
    head.section(&types).section(&imports);
    let mut skeleton = head.finish();
    skeleton.extend(root?.get(Component::HEADER.len()..)?);
    Some(Outline { skeleton, modules })
}

/// Whether an alias counts on the number of modules or core types around it.
fn counts_modules(alias: &ComponentAlias<'_>, in_root: bool) -> bool {
    match alias {
        ComponentAlias::Outer { kind, .. } => matches!(
            kind,
            wasmparser::ComponentOuterAliasKind::CoreModule | wasmparser::ComponentOuterAliasKind::CoreType
        ),
        ComponentAlias::InstanceExport { kind, .. } => in_root && *kind == ComponentExternalKind::Module,
        ComponentAlias::CoreInstanceExport { .. } => false,
    }
}

/// What a module imports and exports.
fn module_type(module: &[u8]) -> Option<ModuleType> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut types = None;
    for payload in Parser::new(0).parse_all(module) {
        // Bodies are left to whoever compiles them.
        if let ValidPayload::End(end) = validator.payload(&payload.ok()?).ok()? {
            types = Some(end);
        }
    }
    let types = types?;
    let types = types.as_ref();
    let mut kind = ModuleType::new();
    for (module, name, import) in types.core_imports()? {
        let import = entity(types, import, &mut kind)?;
        kind.import(module, name, import);
    }
    for (name, export) in types.core_exports()? {
        let export = entity(types, export, &mut kind)?;
        kind.export(name, export);
    }
    Some(kind)
}

fn entity(
    types: TypesRef<'_>,
    entity: EntityType,
    kind: &mut ModuleType,
) -> Option<wasm_encoder::EntityType> {
    Some(match entity {
        EntityType::Func(id) => {
            let function = types.get(id)?.unwrap_func();
            let encode = |types: &[wasmparser::ValType]| {
                types
                    .iter()
                    .map(|kind| wasm_encoder::ValType::try_from(*kind).ok())
                    .collect::<Option<Vec<_>>>()
            };
            let (parameters, results) = (encode(function.params())?, encode(function.results())?);
            let index = kind.type_count();
            kind.ty().function(parameters, results);
            wasm_encoder::EntityType::Function(index)
        }
        EntityType::Table(table) => wasm_encoder::EntityType::Table(table.try_into().ok()?),
        EntityType::Memory(memory) => wasm_encoder::EntityType::Memory(memory.into()),
        EntityType::Global(global) => wasm_encoder::EntityType::Global(global.try_into().ok()?),
        EntityType::FuncExact(_) | EntityType::Tag(_) => return None,
    })
}
