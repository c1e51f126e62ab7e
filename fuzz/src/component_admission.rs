//! Components that were built elsewhere, before anything would compile them: the host's door and the worker's.
//!
//! What the host lets in is stripped once and for all: letting it in again changes nothing. Its imports are the
//! world's.

use assay::compile::{Role, World, admit, component_interface};
use sandbox::policy::Limits;
use std::sync::LazyLock;

static AGENT: LazyLock<World> = LazyLock::new(|| World::host("agent").unwrap());

/// `data` is a component.
pub fn run(data: &[u8]) {
    let limits = Limits::default();
    let worker = sandbox::admission::admit(data, &limits);
    if worker.is_ok() {
        assert!(data.len() as u64 <= u64::from(limits.component_bytes));
    }
    for wasi in [false, true] {
        let Ok(component) = admit(data, &AGENT, Role::Candidate, wasi) else { continue };
        let granted = AGENT.imports();
        let lent = |import: &String| granted.contains(import) || wasi && import.starts_with("wasi:");
        assert!(component.imports.iter().all(lent), "{:?}", component.imports);
        let again = admit(&component.wasm, &AGENT, Role::Candidate, wasi).unwrap();
        assert_eq!(again.digest, component.digest);
        let _ = component_interface(&component.wasm);
    }
}
