//! wasmtime as it comes: what most would write first.

use wasmtime::component::{Component, ComponentType, Lift, Linker};
use wasmtime::{Config, Engine, Store};

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Metric {
    name: String,
    value: f64,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Judged {
    score: f64,
    metrics: Vec<Metric>,
    notes: String,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Fault {
    #[component(name = "invalid-output")]
    InvalidOutput(String),
    #[component(name = "bad-case")]
    BadCase(String),
}

/// What `evaluate` returns.
pub(crate) type Answer = Result<Judged, Fault>;

/// Evaluates a component: default configuration, no limit, a store for each evaluation.
pub(crate) fn default(component: &[u8]) -> impl FnMut() {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let prepared = Linker::<()>::new(&engine).instantiate_pre(&component).unwrap();
    let judge = component.get_export_index(None, "assay:host/judge@0.1.0").unwrap();
    let evaluate = component.get_export_index(Some(&judge), "evaluate").unwrap();
    move || {
        let mut store = Store::new(&engine, ());
        let instance = prepared.instantiate(&mut store).unwrap();
        let function = instance.get_typed_func::<(&str,), (Answer,)>(&mut store, &evaluate).unwrap();
        check(function.call(&mut store, ("case",)).unwrap().0);
    }
}

/// It is the answer of [`crate::guests::lone_judge`].
pub(crate) fn check(answer: Answer) {
    match answer {
        Ok(Judged { score, metrics, notes }) => {
            assert!(score == 1.0 && notes.is_empty());
            assert!(metrics.iter().all(|metric| metric.name.is_empty() && metric.value == 0.0));
        }
        Err(Fault::InvalidOutput(why) | Fault::BadCase(why)) => panic!("{why}"),
    }
}
