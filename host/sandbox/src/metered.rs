//! Metered: a component whose modules count their own fuel ([`meter`]), and tell it.
//!
//! Fuel that the engine counts costs a third of a program's speed, and being interrupted by a clock another part of it; a
//! rewritten module counts for a few percent (see `benches/README.md`). Modules are rewritten one by one, each with a counter
//! of its own. So that the worker can read them, each component exports, behind everything that it had, two functions for
//! each counter in it: what was used, and what may be. The root passes on what its components export.
//!
//! Nothing of the guest can reach a counter. The component is validated as it was, with modules that export no such thing;
//! only then the exports are there, and only behind what was validated is something that names them. What comes out
//! is validated again when it is compiled.
//!
//! Where a component's instances can't all be found in its text (a component that is passed to another, imported or
//! aliased, and instantiated there), it is not metered, and the engine counts.

use crate::outline::Outline;
use meter::{FUEL_LIMIT, FUEL_USED};
use std::collections::HashMap;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentTypeSection, CoreTypeSection, ExportKind, ModuleType,
    NestedComponentSection, PrimitiveValType, RawSection, ValType,
};
use wasmparser::{ComponentInstance, Encoding, Instance, Parser, Payload, Validator, WasmFeatures};

/// Counters of a component at most: each is asked after every evaluation.
pub const COUNTERS: usize = 32;

/// Every name below starts so.
const PREFIX: &str = "assay-fuel-";

/// Export of a metered component: `func() -> s64`, what counter `index` says was used.
pub fn used(index: usize) -> String {
    format!("{PREFIX}used-{index}")
}

/// Export of a metered component: `func(fuel: s64)`, what counter `index` may count to.
pub fn limit(index: usize) -> String {
    format!("{PREFIX}limit-{index}")
}

/// Whether an export may be one of a metered component's own.
pub fn is_own(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Id of the section that is a core module.
const CORE_MODULE: u8 = 1;

/// A component under way.
struct Open {
    written: Component,
    /// Core instances with a counter.
    counting: Vec<u32>,
    /// Instances of components, with the number of their counters.
    telling: Vec<(u32, usize)>,
    /// Components defined in it, with the number of their counters.
    components: HashMap<u32, usize>,
}

/// An outlined component whose modules are replaced by metered ones: by these, where they stand, or, if there are none, by
/// imports of such.
pub fn component(outline: &Outline, modules: Option<&[Vec<u8>]>) -> Option<Vec<u8>> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut types = (0..).zip(&outline.types);
    let mut placed = false;
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for payload in Parser::new(0).parse_all(&outline.skeleton) {
        let payload = payload.ok()?;
        let before = Before::of(&validator, &payload);
        validator.payload(&payload).ok()?;
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => open.push(Open {
                written: Component::new(),
                counting: Vec::new(),
                telling: Vec::new(),
                components: HashMap::new(),
            }),
            Payload::Version { .. } | Payload::ModuleSection { .. } => return None,
            Payload::ComponentSection { .. } | Payload::CustomSection(_) => {}
            // A type, and behind it the import of a module of that type.
            Payload::CoreTypeSection(_) => {
                let (index, kind): (usize, _) = types.next()?;
                let written = &mut open.last_mut()?.written;
                match modules {
                    Some(modules) => {
                        written.section(&RawSection { id: CORE_MODULE, data: modules.get(index)? });
                        placed = true;
                    }
                    None => drop(written.section(&counted(kind))),
                }
            }
            Payload::ComponentImportSection(_) if placed => placed = false,
            Payload::End(_) => {
                let mut done = open.pop()?;
                let counters = done.tell(&before?)?;
                let Some(outer) = open.last_mut() else {
                    root = Some(done.written.finish()).filter(|_| counters > 0);
                    continue;
                };
                outer.written.section(&NestedComponentSection(&done.written));
                let index = validator.types(0)?.component_count().checked_sub(1)?;
                outer.components.insert(index, counters);
            }
            other => {
                let current = open.last_mut()?;
                match &other {
                    Payload::InstanceSection(instances) => {
                        for (index, instance) in (before?.core_instances..).zip(instances.clone()) {
                            if let Instance::Instantiate { .. } = instance.ok()? {
                                current.counting.push(index);
                            }
                        }
                    }
                    Payload::ComponentInstanceSection(instances) => {
                        for (index, instance) in (before?.instances..).zip(instances.clone()) {
                            if let ComponentInstance::Instantiate { component_index, .. } = instance.ok()? {
                                let counters = *current.components.get(&component_index)?;
                                current.telling.push((index, counters));
                            }
                        }
                    }
                    Payload::ComponentExportSection(exports) => {
                        for export in exports.clone() {
                            if is_own(export.ok()?.name.name) {
                                return None;
                            }
                        }
                    }
                    _ => {}
                }
                let (id, range) = other.as_section()?;
                current.written.section(&RawSection { id, data: outline.skeleton.get(range)? });
            }
        }
    }
    root
}

/// The type of a module that was metered.
fn counted(kind: &ModuleType) -> CoreTypeSection {
    let mut kind = kind.clone();
    for (name, parameters, results) in
        [(FUEL_USED, vec![], vec![ValType::I64]), (FUEL_LIMIT, vec![ValType::I64], vec![])]
    {
        let index = kind.type_count();
        kind.ty().function(parameters, results);
        kind.export(name, wasm_encoder::EntityType::Function(index));
    }
    let mut types = CoreTypeSection::new();
    types.ty().module(&kind);
    types
}

/// How much of everything there is in a component before a section, or at its end.
struct Before {
    types: u32,
    core_functions: u32,
    functions: u32,
    core_instances: u32,
    instances: u32,
}

impl Before {
    fn of(validator: &Validator, payload: &Payload<'_>) -> Option<Self> {
        let asked = matches!(
            payload,
            Payload::End(_) | Payload::InstanceSection(_) | Payload::ComponentInstanceSection(_)
        );
        let types = validator.types(0).filter(|_| asked)?;
        Some(Self {
            types: types.component_type_count(),
            core_functions: types.function_count(),
            functions: types.component_function_count(),
            core_instances: types.core_instance_count(),
            instances: types.component_instance_count(),
        })
    }
}

impl Open {
    /// Export every counter in it; their number.
    fn tell(&mut self, at: &Before) -> Option<usize> {
        let counters = self.counting.len() + self.telling.iter().map(|(_, counters)| counters).sum::<usize>();
        if counters > COUNTERS {
            return None;
        }
        if counters == 0 {
            return Some(0);
        }
        let mut types = ComponentTypeSection::new();
        types
            .function()
            .params::<[(&str, PrimitiveValType); 0], _>([])
            .result(Some(PrimitiveValType::S64.into()));
        types.function().params([("fuel", PrimitiveValType::S64)]).result(None);
        let (mut core, mut lifted) = (ComponentAliasSection::new(), CanonicalFunctionSection::new());
        let mut core_functions = at.core_functions..;
        for instance in &self.counting {
            for (name, kind) in [(FUEL_USED, at.types), (FUEL_LIMIT, at.types + 1)] {
                core.alias(Alias::CoreInstanceExport { instance: *instance, kind: ExportKind::Func, name });
                lifted.lift(core_functions.next()?, kind, Vec::<CanonicalOption>::new());
            }
        }
        let mut passed_on = ComponentAliasSection::new();
        for (instance, counters) in &self.telling {
            for counter in 0..*counters {
                for name in [used(counter), limit(counter)] {
                    let kind = ComponentExportKind::Func;
                    passed_on.alias(Alias::InstanceExport { instance: *instance, kind, name: &name });
                }
            }
        }
        let mut exports = ComponentExportSection::new();
        let mut functions = at.functions..;
        for counter in 0..counters {
            for name in [used(counter), limit(counter)] {
                exports.export(name.as_str(), ComponentExportKind::Func, functions.next()?, None);
            }
        }
        self.written.section(&types).section(&core).section(&lifted).section(&passed_on).section(&exports);
        Some(counters)
    }
}
