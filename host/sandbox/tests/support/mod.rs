//! What runs the guests of `guests.rs` in the test's own process.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

mod guests;

pub use guests::*;

use sandbox::engine::Engine;
use sandbox::limits::Ask;
use sandbox::native;
use sandbox::policy::Limits;
use sandbox::program::{Linked, Program};
use sandbox::protocol::{Account, CaseResult, Grants, HostCall};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// One engine for all tests of a file, with the policy's default stack.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let engine = Engine::new(Limits::default().stack_bytes).unwrap();
        let clock = engine.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(std::time::Duration::from_millis(5));
                clock.increment_epoch();
            }
        });
        engine
    })
}

/// The log under its own name for the evaluator, and one call that the host answers.
pub fn grants() -> Grants {
    Grants {
        logs: vec![
            ("assay:host/log@0.1.0".into(), Account::Evaluator),
            ("candidate-log".into(), Account::Candidate),
        ],
        wasi: false,
        host_calls: vec![HostCall {
            instance: "assay:host/evaluation@0.1.0".into(),
            function: "score".into(),
            account: Account::Candidate,
        }],
    }
}

/// Compile, load and link.
pub fn link(text: &str, grants: &Grants) -> Result<Linked, String> {
    let native = engine().compile(&wasm(text))?;
    let digest = Sha256::digest(&native).into();
    let component = native::load(engine().wasmtime(), &native, digest).map_err(|e| format!("{e:#}"))?;
    Program::of(component, Vec::new()).link(engine(), grants)
}

/// Evaluate one case with a guest.
pub fn run(text: &str, limits: &Limits) -> CaseResult {
    run_with(text, limits, &grants(), None)
}

/// As [`run`], with other grants and somebody to answer calls.
pub fn run_with(text: &str, limits: &Limits, grants: &Grants, ask: Option<Ask>) -> CaseResult {
    let linked = link(text, grants).unwrap_or_else(|error| panic!("{error}\n{text}"));
    linked.evaluate(&Arc::new(limits.clone()), ask.as_ref(), "a case")
}
