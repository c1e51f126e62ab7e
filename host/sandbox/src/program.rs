//! A program: native code that was loaded (`native.rs`), and linked with what it was granted.
//!
//! Linking checks the imports against the grants and looks up what can be called. It is done once, each evaluation then
//! starts from the prepared instance.

use crate::calls;
use crate::engine::Engine;
use crate::limits::Guest;
use crate::metered::{self, COUNTERS};
use crate::outline::name;
use crate::protocol::{Grants, Metering};
use crate::wasi;
use wasmtime::Module;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

/// Where an evaluator says how it judges (see `wit/evaluator.wit`).
const JUDGE: &str = "assay:host/judge@0.1.0";

/// A component in memory, ready to run.
pub struct Program {
    component: Component,
    /// Core modules that it imports.
    modules: Vec<Module>,
    fuel: u64,
}

/// The counters of a program that meters itself.
pub(crate) struct Counters {
    /// What each may count to, until it is told otherwise.
    pub(crate) fuel: u64,
    /// For each, what says how much was used, and what takes how much may be.
    pub(crate) each: Vec<[ComponentExportIndex; 2]>,
}

impl Program {
    /// A component, and the modules that it imports by [`name`]. `fuel` is what it was compiled with.
    pub fn of(component: Component, modules: Vec<Module>, fuel: u64) -> Self {
        Self { component, modules, fuel }
    }

    /// Give the program exactly what it was granted.
    ///
    /// # Errors
    /// The import that is not granted, by name, or one of another type than it is granted with.
    pub fn link(&self, engine: &Engine, grants: &Grants) -> Result<Linked, String> {
        let counters = match engine.metering() {
            Metering::Engine => None,
            Metering::Program => Some(self.counters()),
        };
        let kind = self.component.component_type();
        let own: Vec<String> = (0..self.modules.len()).map(name).collect();
        for (name, import) in kind.imports(engine.wasmtime()) {
            if own.iter().any(|own| own == name) {
                continue;
            }
            let answered = grants.host_calls.iter().any(|call| call.instance == name);
            let granted = answered
                || grants.logs.iter().any(|(log, _)| log == name)
                || grants.wasi && name.starts_with("wasi:");
            if !granted {
                return Err(format!("it imports `{name}`, which is not granted"));
            }
            if answered {
                calls::check_text_forms(engine.wasmtime(), name, &import.ty)?;
            }
        }
        let mut linker = Linker::new(engine.wasmtime());
        let linked = (|| {
            calls::link(&mut linker, grants)?;
            if grants.wasi {
                wasi::link(&mut linker)?;
            }
            for (name, module) in own.iter().zip(&self.modules) {
                linker.root().module(name, module)?;
            }
            linker.instantiate_pre(&self.component)
        })();
        let instance = linked.map_err(|error| format!("{error:#}"))?;
        let judge = self.component.get_export_index(None, JUDGE);
        Ok(Linked {
            engine: engine.clone(),
            evaluate: judge.and_then(|judge| self.component.get_export_index(Some(&judge), "evaluate")),
            draw: self.component.get_export_index(None, "draw"),
            instance,
            component: self.component.clone(),
            wasi: grants.wasi,
            counters,
        })
    }

    fn counters(&self) -> Counters {
        let export = |name: String| self.component.get_export_index(None, &name);
        let each = |index| Some([export(metered::used(index))?, export(metered::limit(index))?]);
        Counters { fuel: self.fuel, each: (0..COUNTERS).map_while(each).collect() }
    }
}

/// A program with its grants: instances are made from this.
pub struct Linked {
    pub(crate) engine: Engine,
    pub(crate) instance: InstancePre<Guest>,
    pub(crate) evaluate: Option<ComponentExportIndex>,
    pub(crate) draw: Option<ComponentExportIndex>,
    pub(crate) wasi: bool,
    /// None: the engine counts.
    pub(crate) counters: Option<Counters>,
    component: Component,
}

impl Linked {
    /// An exported function by `name` or `instance#name`.
    pub(crate) fn function(&self, name: &str) -> Option<ComponentExportIndex> {
        let (item, index) = match name.split_once('#') {
            Some((instance, name)) => {
                let (_, instance) = self.component.get_export(None, instance)?;
                self.component.get_export(Some(&instance), name)?
            }
            None if metered::is_own(name) => return None,
            None => self.component.get_export(None, name)?,
        };
        matches!(item, ComponentItem::ComponentFunc(_)).then_some(index)
    }
}
