//! The outer wall: what the operating system takes from a process before it meets foreign code.
//!
//! WebAssembly is the inner wall. Behind it stands a process that owns nothing: no descriptor but three pipes, no
//! privilege, no path (Landlock), no system call beyond computing (seccomp), no network, no file it could write. A
//! worker puts its wall up before it reads its first byte, tries what it must not be able to do, and reports; the
//! compiler's launcher puts one up and becomes the compiler. Both while there is one thread: Landlock and
//! seccomp confine the thread that asks.
//!
//! Where the platform has fewer walls, nothing is pretended: what is missing is reported, and the host decides.

use crate::protocol::Walls;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io;
use std::path::Path;

#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod syscalls;

/// Descriptors of a worker: its pipes, the page map, and a few to spare.
const WORKER_FILES: u64 = 16;
/// Writable memory of a worker: native code, instances, frames. The policy's ceiling for one evaluation is 1 GiB.
const WORKER_DATA_BYTES: u64 = 6 << 30;

/// Lower one limit for good.
pub(crate) fn limit(resource: Resource, value: u64) -> Result<(), String> {
    setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
        .map_err(|error| format!("can't limit {resource:?} to {value}: {error}"))
}

/// Confine this process as a worker. Called first in `main`; what could not be put up is missing in the report.
#[cfg(target_os = "linux")]
pub fn worker() -> Walls {
    let closed = crate::native::close_inherited().is_ok();
    // The one file that the engine keeps open, opened now: afterwards it can't be.
    wasmtime::PoolingAllocationConfig::is_pagemap_scan_available();
    let limits = [
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, WORKER_FILES),
        (Resource::Data, WORKER_DATA_BYTES),
    ];
    let limited = limits.into_iter().all(|(resource, value)| limit(resource, value).is_ok());
    let network = crate::native::leave_network().is_ok();
    let user = rustix::process::geteuid().is_root() && leave_root().is_ok();
    let privileges = drop_privileges().is_ok();
    let landlock = close_paths(&[], None).is_ok();
    let seccomp = syscalls::worker().and_then(|filter| apply(&filter)).is_ok();
    Walls {
        landlock,
        seccomp,
        privileges: privileges && limited && closed,
        user,
        network,
        opens_nothing: probe::opens_nothing(),
        connects_nowhere: probe::connects_nowhere(),
        starts_nothing: probe::starts_nothing(),
    }
}

/// Elsewhere there is the process boundary alone.
#[cfg(not(target_os = "linux"))]
pub fn worker() -> Walls {
    Walls::default()
}

/// Confine this process before it becomes a compiler that may read `readable` and write below `scratch`.
///
/// # Errors
/// The walls that can't be put up. The others are.
#[cfg(target_os = "linux")]
pub fn compiler(readable: &[&Path], scratch: &Path) -> Result<(), String> {
    // Best effort: sockets are forbidden below in any case.
    let _ = crate::native::leave_network();
    let user = || match rustix::process::geteuid().is_root() && is_public(readable) {
        true => give_away(scratch).and_then(|()| leave_root()),
        false => Ok(()),
    };
    let walls = [
        ("closed descriptors", crate::native::close_inherited()),
        ("other user", user()),
        ("dropped privileges", drop_privileges()),
        ("Landlock (Linux 6.2 or newer, enabled at boot)", close_paths(readable, Some(scratch))),
        ("seccomp filters", syscalls::compiler().and_then(|filter| apply(&filter))),
    ];
    let missing: Vec<String> =
        walls.into_iter().filter_map(|(what, result)| Some(format!("{what} ({})", result.err()?))).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("no {}", missing.join(", no "))) }
}

/// Elsewhere there is nothing to put up.
#[cfg(not(target_os = "linux"))]
pub fn compiler(_readable: &[&Path], _scratch: &Path) -> Result<(), String> {
    Err("no Landlock and no seccomp on this system".into())
}

/// The user that owns nothing, by convention.
#[cfg(target_os = "linux")]
const NOBODY: u32 = 65534;

#[cfg(target_os = "linux")]
fn leave_root() -> io::Result<()> {
    use rustix::process::{Gid, Uid};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    Ok(set_thread_res_uid(uid, uid, uid)?)
}

/// Whether all of it can be read by a user who owns none of it. A toolchain below root's home can't: then the compiler
/// stays root by name, without capabilities and with nothing to reach.
#[cfg(target_os = "linux")]
fn is_public(paths: &[&Path]) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let open =
        |path: &Path| std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o005 == 0o005);
    paths.iter().filter_map(|path| path.canonicalize().ok()).all(|path| {
        // Files among them are libraries and devices, which everyone may read.
        path.ancestors().skip(usize::from(!path.is_dir())).all(open)
    })
}

/// The scratch folder and what the host put into it belong to the compiler's user.
#[cfg(target_os = "linux")]
fn give_away(folder: &Path) -> io::Result<()> {
    std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY))?;
    for entry in std::fs::read_dir(folder)? {
        std::os::unix::fs::chown(entry?.path(), Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn drop_privileges() -> io::Result<()> {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    Ok(set_no_new_privs(true)?)
}

/// Landlock: everything that it knows is forbidden but reading `readable` and writing below `scratch`. Its first three
/// versions are demanded (reading, writing, making, removing, truncating); what newer kernels add is taken where
/// it is there.
#[cfg(target_os = "linux")]
fn close_paths(readable: &[&Path], scratch: Option<&Path>) -> io::Result<()> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetStatus, Scope, path_beneath_rules,
    };
    let demanded = ABI::V3;
    let wished = ABI::V6;
    let all = AccessFs::from_all(demanded);
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::MakeFifo;
    let restrict = || {
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(all)?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(wished))?
            .handle_access(AccessNet::from_all(wished))?
            .scope(Scope::from_all(wished))?
            .create()?
            .add_rules(path_beneath_rules(readable, AccessFs::from_read(demanded)))?
            .add_rules(path_beneath_rules(scratch, all & !devices))?
            .add_rules(path_beneath_rules(scratch.map(|_| "/dev/null"), AccessFs::WriteFile))?;
        ruleset.restrict_self()
    };
    match restrict() {
        Ok(status) if status.ruleset == RulesetStatus::NotEnforced => {
            Err(io::Error::other("this kernel does not enforce it"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(io::Error::other(error)),
    }
}

#[cfg(target_os = "linux")]
fn apply(filters: &[seccompiler::BpfProgram]) -> io::Result<()> {
    filters.iter().try_for_each(|filter| seccompiler::apply_filter(filter).map_err(io::Error::other))
}
