//! The calls that are marked unsafe, each with its reason. Nothing else is in this file, and no other file of the
//! host's crates holds unsafe code.
#![allow(unsafe_code)]

use crate::protocol::Digest;
use sha2::{Digest as _, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, Error, Module, format_err};

/// Turn native code back into a component, if it is the code that `digest` names.
///
/// Native code runs as part of this process, so it is taken from one source alone: a worker that
/// compiles and never instantiates. The host hashed it when it came out of there and sends the hash
/// with it; what was kept or carried wrongly in between is refused here.
pub fn load(engine: &Engine, native: &[u8], digest: Digest) -> Result<Component, Error> {
    check(native, digest)?;
    // SAFETY: `deserialize` wants bytes that wasmtime's own `precompile_component` made and nobody
    // altered. The hash above shows that these are the bytes the host received from a compiling
    // worker. wasmtime itself refuses those of another version or with other settings.
    unsafe { Component::deserialize(engine, native) }
}

/// The same for a core module that a component imports.
pub fn load_module(engine: &Engine, native: &[u8], digest: Digest) -> Result<Module, Error> {
    check(native, digest)?;
    // SAFETY: as in `load`, with `precompile_module`.
    unsafe { Module::deserialize(engine, native) }
}

fn check(native: &[u8], digest: Digest) -> Result<(), Error> {
    if Digest::from(Sha256::digest(native)) != digest {
        return Err(format_err!("the native code is not what its digest says"));
    }
    Ok(())
}

/// Fix the machine that code is generated for, so that every machine of one architecture makes the same
/// code: the depth at which recursion overflows, and so a verdict, depends on it.
///
/// On x86-64 that is the x86-64-v2 level (every CPU since 2009); wider vectors would split the machines.
pub fn fix_target(config: &mut Config) -> Result<(), Error> {
    config.target(&format!("{}-unknown-linux-gnu", std::env::consts::ARCH))?;
    #[cfg(target_arch = "x86_64")]
    for flag in ["has_cmpxchg16b", "has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt"] {
        // SAFETY: a CPU feature that is enabled but missing would make undefined instructions. wasmtime
        // compares the enabled flags with the CPU before it loads any code
        // (`check_compatible_with_native_host`) and refuses; nothing runs.
        unsafe { config.cranelift_flag_enable(flag) };
    }
    Ok(())
}

/// Close every descriptor but the standard three, whoever left them open.
#[cfg(target_os = "linux")]
pub fn close_inherited() -> std::io::Result<()> {
    // SAFETY: called first in `main`, before anything was opened, so no owner of a descriptor loses it. It has no
    // other precondition; the arguments are numbers.
    match unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Move into a network namespace of its own, where there is nothing: not even a loopback that is up.
#[cfg(target_os = "linux")]
pub fn leave_network() -> std::io::Result<()> {
    use rustix::thread::{UnshareFlags, unshare_unsafe};
    // SAFETY: unsafe for `FILES` alone, which is not among the flags.
    unsafe {
        unshare_unsafe(UnshareFlags::NEWNET)
            .or_else(|_| unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNET))?;
    }
    Ok(())
}
