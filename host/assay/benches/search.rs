//! Candidates per second of the whole loop: propose, compile, evaluate, fold, journal; with a cold compile cache and,
//! beside it in the same run, with a warm one. Whole-process wall clock of `assay improve`, less the time of a run with
//! one candidate (start-up, bindings, evaluator, holdout). Run by `make bench`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks, and fails loudly"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const CANDIDATES: u32 = 400;

fn improve(folder: &Path, cache: &str, run: &str, candidates: u32) -> f64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_assay"))
        .arg("improve")
        .arg(root.join("tasks/bin-packing"))
        .args(["--seed", "1", "--json", "--run", run, "--candidates", &candidates.to_string()])
        .arg("--library")
        .arg(folder.join(format!("library-{run}")))
        .arg("--cache")
        .arg(folder.join(cache))
        .arg("--keys")
        .arg(folder.join("keys"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    started.elapsed().as_secs_f64()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let start = improve(folder.path(), "other", "start", 1);
    let cold = improve(folder.path(), "cache", "cold", CANDIDATES) - start;
    let warm = improve(folder.path(), "cache", "warm", CANDIDATES) - start;
    let rate = |seconds: f64| f64::from(CANDIDATES) / seconds.max(0.001);
    println!(
        "loop, bin-packing, {CANDIDATES} candidates on {workers} processors (minimising and holdout included):"
    );
    println!("  cold compile cache {:>8.1} candidates/s", rate(cold));
    println!("  warm compile cache {:>8.1} candidates/s   × {:.1}", rate(warm), cold / warm.max(0.001));
}
