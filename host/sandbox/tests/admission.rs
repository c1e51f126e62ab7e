//! What the compiler never sees, and why.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::admission::{Refused, admit};
use sandbox::policy::Limits;
use support::{engine, judge, wasm};

fn refused(component: &[u8], limits: &Limits) -> String {
    admit(component, limits).unwrap_err().to_string()
}

fn module(fields: &str) -> Vec<u8> {
    wasm(&format!("(component (core module {fields}))"))
}

#[test]
fn an_ordinary_component_is_admitted() {
    admit(&wasm(&judge("", "(unreachable)")), &Limits::default()).unwrap();
}

#[test]
fn too_many_bytes_are_refused() {
    let limits = Limits { component_bytes: 100, ..Limits::default() };
    let why = refused(&wasm(&judge("", "(unreachable)")), &limits);
    assert!(why.starts_with("limit `component-bytes` is 100, the component has "), "{why}");
}

/// Threat 18.
#[test]
fn too_many_functions_are_refused_summed_over_modules() {
    let limits = Limits { functions: 10, ..Limits::default() };
    let six = "(core module (func) (func) (func) (func) (func) (func))";
    admit(&wasm(&format!("(component {six})")), &limits).unwrap();
    let why = refused(&wasm(&format!("(component {six} (component {six}))")), &limits);
    assert_eq!(why, "limit `functions` is 10, the component has 12");
}

/// Threat 18.
#[test]
fn a_function_too_large_is_refused() {
    let limits = Limits { function_bytes: 1000, ..Limits::default() };
    let why = refused(&module(&format!("(func {})", "nop ".repeat(1000))), &limits);
    assert!(why.starts_with("limit `function-bytes` is 1000"), "{why}");
}

/// Threat 19.
#[test]
fn too_many_imports_are_refused() {
    let imports: String = (0..65).map(|n| format!("(import \"m\" \"f{n}\" (func))")).collect();
    let why = refused(&module(&imports), &Limits::default());
    assert_eq!(why, "limit `imports` is 64, the component has 65 in one module");
    let imports: String = (0..65).map(|n| format!("(import \"f{n}\" (func)) (type (list u8))")).collect();
    let why = refused(&wasm(&format!("(component {imports})")), &Limits::default());
    assert_eq!(why, "limit `imports` is 64, the component has 65 in one component");
}

/// Threat 20: each type is a pair of the one before.
#[test]
fn an_exponential_type_is_refused_by_the_compiler() {
    let types: String = (1..60).map(|n| format!("(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1)).collect();
    let component = wasm(&format!("(component (type $t0 (tuple u8 u8)) {types})"));
    admit(&component, &Limits::default()).unwrap();
    let why = engine().compile(&component).unwrap_err();
    assert!(why.contains("type size"), "{why}");
}

/// Threat 22.
#[test]
fn native_code_is_refused() {
    let native = engine().compile(&wasm("(component)")).unwrap();
    assert!(matches!(admit(&native, &Limits::default()), Err(Refused::Precompiled)));
}

/// Threat 23.
#[test]
fn text_is_refused() {
    assert!(matches!(admit(b"(component)", &Limits::default()), Err(Refused::NotAComponent(_))));
    assert!(engine().compile(b"(component)").is_err());
}

#[test]
fn a_core_module_is_refused() {
    assert!(matches!(admit(&wasm("(module)"), &Limits::default()), Err(Refused::NotAComponent(_))));
}

#[test]
fn a_torn_component_is_refused() {
    let whole = wasm(&judge("", "(unreachable)"));
    for length in [4, 7, 9, whole.len() / 2, whole.len() - 1] {
        let torn = &whole[..length];
        assert!(admit(torn, &Limits::default()).is_err() || engine().compile(torn).is_err(), "{length}");
    }
}

/// Threats 31, 32, 34.
#[test]
fn features_that_are_off_are_refused() {
    for fields in [
        "(memory 1 1 shared)",
        "(memory i64 1)",
        "(type (struct))",
        "(tag)",
        "(func (result i32) (i32.atomic.load (i32.const 0))) (memory 1)",
    ] {
        assert!(engine().compile(&module(fields)).is_err(), "{fields}");
    }
}

/// Threat 22: what was kept or carried wrongly is not run.
#[test]
fn native_code_that_is_not_what_its_digest_says_does_not_load() {
    use sha2::Digest;
    let mut native = engine().compile(&wasm("(component)")).unwrap();
    let digest = sha2::Sha256::digest(&native).into();
    assert!(sandbox::native::load(engine().wasmtime(), &native, digest).is_ok());
    let last = native.len() - 1;
    native[last] ^= 1;
    assert!(sandbox::native::load(engine().wasmtime(), &native, digest).is_err());
}

/// Threat 25: counted through all that is nested.
#[test]
fn too_many_modules_are_refused() {
    let component = |outer: usize, inner: usize| {
        let modules = "(core module)".repeat(inner);
        wasm(&format!("(component {})", format!("(component {modules})").repeat(outer)))
    };
    admit(&component(4, 64), &Limits::default()).unwrap();
    engine().compile(&component(4, 64)).unwrap();
    assert_eq!(
        refused(&component(1, 257), &Limits::default()),
        "limit `modules` is 256, the component has 257"
    );
}
