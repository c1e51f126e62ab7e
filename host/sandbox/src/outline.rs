//! Outline: a component without its core modules, and these by themselves.
//!
//! A candidate is a few hundred bytes, joined to an evaluator of many thousand that was there before. So that each is
//! translated once, the core modules are taken out: the component imports them instead, and is the same one for all
//! candidates of a shape. What is left of each candidate is its own module. What is by itself can also be rewritten by
//! itself ([`mod@crate::metered`]).
//!
//! A joined component's modules stand in nested components, which reach an import of the root by an outer alias in the
//! module's place; so no index changes but in the root's empty space of modules. A component with all of its modules in the
//! root was not joined and shares none; it imports each where it stood. Whatever is made otherwise is left whole. Nothing here is trusted: the parts are
//! validated like any component and module, and an import's type is checked where they are linked.

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
    /// The component, which imports its modules as [`name`]s, each behind a section of core types that holds its type and
    /// nothing else. It has no other core types.
    pub skeleton: Vec<u8>,
    /// Core modules, in the order of their imports.
    pub modules: Vec<Vec<u8>>,
    /// What each of them imports and exports.
    pub types: Vec<ModuleType>,
    /// Whether they stood in nested components.
    pub joined: bool,
}

/// What a skeleton calls its import number `index`.
pub fn name(index: usize) -> String {
    format!("outlined-module-{index}")
}

/// Take a component apart, if it is made as composition or componentization makes them.
pub fn outline(component: &[u8]) -> Option<Outline> {
    let mut modules: Vec<Vec<u8>> = Vec::new();
    let mut types: Vec<ModuleType> = Vec::new();
    let mut in_root = None;
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
                let count = u32::try_from(open.len().checked_sub(1)?).ok()?;
                if *in_root.get_or_insert(count == 0) != (count == 0) {
                    return None;
                }
                let index = u32::try_from(modules.len()).ok().filter(|_| modules.len() < MODULES)?;
                let module = component.get(unchecked_range)?.to_vec();
                types.push(module_type(&module)?);
                modules.push(module);
                if count == 0 {
                    import(open.last_mut()?, index, types.last()?);
                } else {
                    let mut alias = ComponentAliasSection::new();
                    alias.alias(Alias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index });
                    open.last_mut()?.section(&alias);
                }
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
    let joined = !in_root?;
    let skeleton = match joined {
        false => root?,
        true => {
            let mut head = Component::new();
            for (index, kind) in (0..).zip(&types) {
                import(&mut head, index, kind);
            }
            let mut skeleton = head.finish();
            skeleton.extend(root?.get(Component::HEADER.len()..)?);
            skeleton
        }
    };
    Some(Outline { skeleton, modules, types, joined })
}

/// Import module number `index`.
fn import(component: &mut Component, index: u32, kind: &ModuleType) {
    let mut types = CoreTypeSection::new();
    types.ty().module(kind);
    let mut imports = ComponentImportSection::new();
    imports.import(name(index as usize).as_str(), ComponentTypeRef::Module(index));
    component.section(&types).section(&imports);
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
