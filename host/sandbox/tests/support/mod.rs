//! What runs the guests of `guests.rs` in the test's own process.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

mod guests;

pub use guests::*;

use sandbox::engine::Engine;
use sandbox::limits::Ask;
use sandbox::native;
use sandbox::policy::Limits;
use sandbox::program::{Linked, Program};
use sandbox::protocol::{Account, CaseResult, Grants, HostCall, Metering};
use sandbox::translate::{Parts, Translator};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// One engine for all tests of a file, with the policy's default stack.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let engine = Engine::new(Limits::default().stack_bytes, Metering::Engine).unwrap();
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

/// The one for programs that meter themselves.
pub fn bare_engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Limits::default().stack_bytes, Metering::Program).unwrap())
}

fn translator() -> &'static Translator {
    static TRANSLATOR: OnceLock<Translator> = OnceLock::new();
    TRANSLATOR.get_or_init(|| Translator::new(engine().clone()))
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
    Program::of(component, Vec::new(), 0).link(engine(), grants)
}

/// The same of a program that meters itself and was compiled with `fuel`; none if it can't.
pub fn link_metered(wasm: &[u8], grants: &Grants, fuel: u64) -> Option<Linked> {
    let limits = Limits { fuel, ..Limits::default() };
    let (metering, parts) = translator().translate(wasm, Metering::Program, &limits).unwrap();
    (metering == Metering::Program).then(|| link_parts(&parts, bare_engine(), grants, fuel))
}

/// Load and link.
pub fn link_parts(parts: &Parts, engine: &Engine, grants: &Grants, fuel: u64) -> Linked {
    let (first, rest) = parts.split_first().unwrap();
    let digest = |part: &[u8]| Sha256::digest(part).into();
    let component = native::load(engine.wasmtime(), first, digest(first)).unwrap();
    let modules = rest.iter().map(|part| native::load_module(engine.wasmtime(), part, digest(part)).unwrap());
    Program::of(component, modules.collect(), fuel).link(engine, grants).unwrap()
}

/// Evaluate one case with a guest.
pub fn run(text: &str, limits: &Limits) -> CaseResult {
    run_with(text, limits, &grants(), None)
}

/// What a component is called that another one calls.
const PAIR: &str = "(component $c";

/// As [`run`], with other grants and somebody to answer calls. Whoever meters it, it comes to the same.
pub fn run_with(text: &str, limits: &Limits, grants: &Grants, ask: Option<Ask>) -> CaseResult {
    let result = run_by_engine(text, limits, grants, ask.clone());
    for fuel in [limits.fuel, Limits::default().fuel] {
        let Some(metered) = link_metered(&wasm(text), grants, fuel) else {
            assert!(!text.contains("(core module"), "not metered\n{text}");
            continue;
        };
        let mut metered = metered.evaluate(&Arc::new(limits.clone()), ask.as_ref(), "a case");
        // What stands between two components of a pair is the engine's own code, and only the engine counts it.
        if text.contains(PAIR) && metered.usage.fuel < result.usage.fuel {
            metered.usage.fuel = result.usage.fuel;
        }
        assert_eq!(metered, result, "metered by itself with {fuel}\n{text}");
    }
    result
}

/// As [`run_with`], metered by the engine alone.
pub fn run_by_engine(text: &str, limits: &Limits, grants: &Grants, ask: Option<Ask>) -> CaseResult {
    let linked = link(text, grants).unwrap_or_else(|error| panic!("{error}\n{text}"));
    linked.evaluate(&Arc::new(limits.clone()), ask.as_ref(), "a case")
}
