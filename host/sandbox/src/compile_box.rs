//! The compile box: put up the wall, lower the limits, then become the compiler.
//!
//! The host starts `assay-sandbox compile-box CPU_SECONDS MEMORY_BYTES FILE_BYTES [--weak] [--read PATH]… --write FOLDER
//! -- PROGRAM ARG…` with a cleared environment. This process confines itself and replaces itself, so that nothing of
//! the host is left in the process that reads foreign source.

use crate::wall;
use rustix::process::Resource;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

/// Exit code when the box itself fails, with a line that starts `compile-box:` on standard error.
pub const FAILED: u8 = 125;

/// What every program needs to start: the loader, the C library, and the device that is nothing.
const SYSTEM: &[&str] = &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/dev/null"];

/// Confine this process and exec. Returns only on failure, with what went wrong.
pub fn enter(arguments: impl Iterator<Item = OsString>) -> String {
    match start(arguments) {
        Ok(never) => match never {},
        Err(why) => why,
    }
}

fn start(mut arguments: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible, String> {
    let mut limits = [0u64; 3];
    for limit in &mut limits {
        let value = arguments.next().and_then(|a| a.to_str().and_then(|a| a.parse().ok()));
        *limit = value.ok_or("expected CPU_SECONDS MEMORY_BYTES FILE_BYTES")?;
    }
    let (mut readable, mut scratch, mut weak) = (Vec::new(), None, false);
    loop {
        let option = arguments.next().ok_or("expected `-- PROGRAM ARG…`")?;
        let mut path = || arguments.next().map(PathBuf::from).ok_or("a path is missing");
        match option.to_str() {
            Some("--read") => readable.push(path()?),
            Some("--write") => scratch = Some(path()?),
            Some("--weak") => weak = true,
            Some("--") => break,
            _ => return Err(format!("unknown option {}", option.display())),
        }
    }
    let program = arguments.next().ok_or("no program named")?;
    let scratch = scratch.ok_or("no folder to write to")?;
    let [cpu, memory, file] = limits;
    let limits = [
        (Resource::Cpu, cpu),
        (Resource::As, memory),
        (Resource::Fsize, file),
        (Resource::Core, 0),
        (Resource::Nofile, 256),
    ];
    for (resource, value) in limits {
        wall::limit(resource, value)?;
    }
    let readable: Vec<&Path> =
        SYSTEM.iter().map(Path::new).chain(readable.iter().map(PathBuf::as_path)).collect();
    match wall::compiler(&readable, &scratch) {
        Err(why) if !weak => return Err(why),
        _ => {}
    }
    let error = std::process::Command::new(&program).args(arguments).exec();
    Err(format!("can't run {}: {error}", program.display()))
}
