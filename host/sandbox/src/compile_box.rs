//! The compile box: lower the limits, then become the compiler.
//!
//! The host starts `assay-sandbox compile-box CPU_SECONDS MEMORY_BYTES FILE_BYTES PROGRAM ARG…` with a
//! cleared environment. This process sets its own limits and replaces itself, so that nothing of the host
//! is left in the process that reads foreign source.

use rustix::process::{Resource, Rlimit, setrlimit};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;

/// Exit code when the box itself fails, with a line that starts `compile-box:` on standard error.
pub const FAILED: u8 = 125;

/// Set the limits and exec. Returns only on failure, with what went wrong.
pub fn enter(mut arguments: impl Iterator<Item = OsString>) -> String {
    let mut limits = [0u64; 3];
    for limit in &mut limits {
        match arguments.next().and_then(|a| a.to_str().and_then(|a| a.parse().ok())) {
            Some(value) => *limit = value,
            None => return "expected CPU_SECONDS MEMORY_BYTES FILE_BYTES PROGRAM ARG…".into(),
        }
    }
    let Some(program) = arguments.next() else { return "no program named".into() };
    let [cpu, memory, file] = limits;
    let limits = [
        (Resource::Cpu, cpu),
        (Resource::As, memory),
        (Resource::Fsize, file),
        (Resource::Core, 0),
        (Resource::Nofile, 256),
    ];
    for (resource, value) in limits {
        if let Err(error) = setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) }) {
            return format!("can't limit {resource:?} to {value}: {error}");
        }
    }
    let error = std::process::Command::new(&program).args(arguments).exec();
    format!("can't run {}: {error}", program.display())
}
