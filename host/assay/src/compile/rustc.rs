//! One compiler run: a confined child process, fixed flags, capped words, a wall clock.
//!
//! The source text is untrusted and rustc is large, so it runs through `assay-sandbox compile-box`, which
//! lowers the limits and then becomes the compiler: cleared environment, own process group, scratch
//! folder of its own that is thrown away. Whatever the compiler does to itself (crash, run out of memory,
//! loop) is a verdict on the source it was given.

use super::toolchain::{TARGET, Toolchain};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// Limits on one compiler run.
#[derive(Clone, Copy, Debug)]
pub struct CompileLimits {
    /// From start to end.
    pub wall_clock: Duration,
    /// Processor time of each of its processes, in seconds.
    pub cpu_seconds: u64,
    /// Address space of each of its processes, in bytes.
    pub memory_bytes: u64,
    /// Of any file that it writes, in bytes.
    pub file_bytes: u64,
    /// Compile even where its confinement is incomplete.
    pub weak: bool,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            wall_clock: Duration::from_secs(60),
            cpu_seconds: 30,
            memory_bytes: 3 << 30,
            file_bytes: 64 << 20,
            weak: false,
        }
    }
}

/// What is read of the compiler's words; the rest is thrown away.
const DIAGNOSTIC_BYTES: u64 = 64 << 10;
/// What is kept of them.
const KEPT_BYTES: usize = 4 << 10;

/// Flags of every guest build. They are part of a component's identity; paths are not among them.
pub(super) const FLAGS: &[&str] = &[
    "--edition=2024",
    "-Copt-level=s",
    "-Cpanic=abort",
    "-Cdebuginfo=0",
    "-Ccodegen-units=1",
    "-Clto=off",
    "-Cembed-bitcode=no",
    "-Cstrip=symbols",
    "-Clink-arg=-zstack-size=131072",
    "--error-format=short",
    "-Flong_running_const_eval",
    "-Awarnings",
];

/// What to build.
pub(super) struct Run<'a> {
    /// Files to write into the scratch folder; the first is the crate's root.
    pub(super) files: &'a [(&'a str, &'a str)],
    pub(super) crate_name: &'a str,
    pub(super) crate_type: &'a str,
    /// Flags beyond [`FLAGS`].
    pub(super) flags: &'a [&'a str],
    /// Extra `--extern name=path`.
    pub(super) externs: &'a [(&'a str, &'a Path)],
    /// The file that is made.
    pub(super) output: &'a str,
}

/// How a run failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The compiler refused the source; its words, capped.
    Refused(String),
    /// It was killed or crashed.
    Died(String),
    /// It took too long.
    TimedOut,
    /// It could not be run at all: the machine's fault.
    Machine(String),
}

pub(super) async fn run(
    toolchain: &Toolchain,
    sandbox: &Path,
    limits: &CompileLimits,
    run: Run<'_>,
) -> Result<Vec<u8>, Failure> {
    let machine = |what: &str, error: std::io::Error| Failure::Machine(format!("{what}: {error}"));
    // With this process's number, so that who finds one knows whose it was.
    let scratch = tempfile::Builder::new()
        .prefix(&format!("assay-compile-{}-", std::process::id()))
        .tempdir()
        .map_err(|e| machine("no scratch folder for the compiler", e))?;
    let dir = scratch.path().to_owned();
    for (name, text) in run.files {
        std::fs::write(dir.join(name), text).map_err(|e| machine("can't write to the scratch folder", e))?;
    }
    let output = dir.join(run.output);
    let mut command = tokio::process::Command::new(sandbox);
    command
        .arg("compile-box")
        .args([limits.cpu_seconds, limits.memory_bytes, limits.file_bytes].map(|limit| limit.to_string()))
        .args(limits.weak.then_some("--weak"));
    for path in readable(toolchain, &run) {
        command.arg("--read").arg(path);
    }
    command
        .arg("--write")
        .arg(&dir)
        .arg("--")
        .arg(&toolchain.rustc)
        .args(FLAGS)
        .args(run.flags)
        .args(["--target", TARGET, "--crate-name", run.crate_name, "--crate-type", run.crate_type])
        .arg(format!("-Cmetadata={}", run.crate_name))
        .arg(joined("--sysroot=", &toolchain.sysroot, ""))
        .arg(joined("--remap-path-prefix=", &dir, "=/guest"))
        .arg(joined("--remap-path-prefix=", &toolchain.sysroot, "=/sysroot"))
        .arg(joined("-Ldependency=", &toolchain.sdk, ""));
    for (name, path) in run.externs {
        command.arg("--extern").arg(joined(&format!("{name}="), path, ""));
        if let Some(folder) = path.parent() {
            command.arg(joined("-Ldependency=", folder, ""));
        }
    }
    command
        .arg("-o")
        .arg(&output)
        .arg(run.files[0].0)
        .current_dir(&dir)
        .env_clear()
        .env("TMPDIR", &dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if !toolchain.library_path.is_empty() {
        command.env("LD_LIBRARY_PATH", &toolchain.library_path);
    }
    let mut child = command.spawn().map_err(|e| machine(&format!("can't start {}", sandbox.display()), e))?;
    let mut words = Vec::new();
    let finished = tokio::time::timeout(limits.wall_clock, async {
        if let Some(mut pipe) = child.stderr.take() {
            (&mut pipe).take(DIAGNOSTIC_BYTES).read_to_end(&mut words).await?;
            tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
        }
        child.wait().await
    })
    .await;
    let status = match finished {
        Err(_) => {
            kill_group(&mut child).await;
            return Err(Failure::TimedOut);
        }
        Ok(Err(e)) => return Err(machine("can't follow the compiler", e)),
        Ok(Ok(status)) => status,
    };
    let words = tidy(&String::from_utf8_lossy(&words), &dir);
    match status.code() {
        Some(0) => std::fs::read(&output).map_err(|e| machine("the compiler left no output", e)),
        Some(1) => Err(Failure::Refused(words)),
        Some(125) if words.contains("compile-box:") => Err(Failure::Machine(words)),
        _ => Err(Failure::Died(format!("{status}"))),
    }
}

/// All that a compiler run may read beside its scratch folder.
fn readable<'a>(toolchain: &'a Toolchain, run: &'a Run<'_>) -> impl Iterator<Item = &'a Path> {
    let libraries = toolchain.library_path.split(':').filter(|path| !path.is_empty()).map(Path::new);
    // The compiler finds its linker beside itself or in its sysroot.
    let own = toolchain.rustc.parent().and_then(Path::parent);
    let toolchain = [toolchain.sysroot.as_path(), toolchain.sdk.as_path()];
    own.into_iter()
        .chain(toolchain)
        .chain(libraries)
        .chain(run.externs.iter().filter_map(|(_, path)| path.parent()))
}

/// The compiler starts a linker: the whole group goes.
async fn kill_group(child: &mut tokio::process::Child) {
    if let Some(group) =
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill().await;
}

/// Diagnostics as they may be shown and fed back: no paths of this machine, no control characters, capped.
fn tidy(words: &str, scratch: &Path) -> String {
    let words = words.replace(&format!("{}/", scratch.display()), "");
    let mut kept = String::new();
    for c in words.chars().filter(|c| *c == '\n' || !c.is_control()) {
        if kept.len() + c.len_utf8() > KEPT_BYTES {
            kept.push_str("\n[more was said]");
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_owned()
}

fn joined(before: &str, path: &Path, after: &str) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(before);
    text.push(path);
    text.push(after);
    text
}

/// Where the worker's binary is: beside this program (or one folder up, for test binaries).
pub fn sandbox_beside_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.ancestors().skip(1).take(2).map(|dir| dir.join("assay-sandbox")).find(|path| path.exists())
}
