//! The loop: `assay improve` as a user runs it, from a cold cache, and what its journal says of its candidates.
//!
//! Two runs of one seed, a short and a long one: what they differ by is the loop alone, without start-up, finalists and gates.

use assay::run::event::{Event, Fate, Phase};
use assay::run::journal::Journal;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Candidates of the short run.
const SHORT: usize = 256;
/// Candidates by which the long one is longer.
const MORE: usize = 2_048;

pub(crate) struct Loop {
    /// Candidates per second.
    pub(crate) rate: f64,
    /// Processors of this machine that were at work meanwhile, on average.
    pub(crate) busy: f64,
    /// Sources after the short run's, and on how many cases each was tried, at most.
    pub(crate) candidates: Vec<(String, usize)>,
    /// The share of those that was stopped early.
    pub(crate) pruned: f64,
    /// What the journal says of them.
    pub(crate) events: Vec<Event>,
}

impl Loop {
    pub(crate) fn run(root: &Path, class: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [short, long] =
            [SHORT, SHORT + MORE].map(|candidates| improve(root, folder.path(), class, candidates));
        let seconds = long.0 - short.0;
        let journal: Vec<Event> =
            Journal::read(&folder.path().join(format!("runs/{}", SHORT + MORE))).unwrap();
        let (mut candidates, mut evaluated, mut pruned, mut events) = (Vec::new(), 0, 0, Vec::new());
        for event in journal {
            let Event::Candidate(candidate) = &event else { continue };
            // The first is the seed agent.
            if candidate.phase != Phase::Search || candidate.id as usize <= SHORT {
                continue;
            }
            let (cases, early) = match &candidate.fate {
                Fate::Scored { .. } | Fate::Failed { .. } => (usize::MAX, false),
                Fate::Pruned { cases, .. } | Fate::Eliminated { cases, .. } => (*cases as usize, true),
                Fate::Rejected { .. } | Fate::Duplicate { .. } => (0, false),
            };
            evaluated += u32::from(cases > 0);
            pruned += u32::from(early);
            candidates.push((candidate.source.clone(), cases));
            events.push(event);
        }
        Self {
            rate: candidates.len() as f64 / seconds,
            busy: (long.1 - short.1) / seconds,
            candidates,
            pruned: f64::from(pruned) / f64::from(evaluated),
            events,
        }
    }
}

/// Seconds by the clock, and of all processors.
fn improve(root: &Path, folder: &Path, class: &str, candidates: usize) -> (f64, f64) {
    let (before, began) = (processors(), Instant::now());
    let status = Command::new(env!("CARGO_BIN_EXE_assay"))
        .arg("improve")
        .arg(root.join("tasks/bin-packing"))
        .args([
            "--class",
            class,
            "--seed",
            "1",
            "--json",
            "--minimise",
            "0",
            "--run",
            &candidates.to_string(),
        ])
        .args(["--candidates", &candidates.to_string()])
        .args(["--library", &format!("library-{candidates}"), "--cache", &format!("cache-{candidates}")])
        .args(["--runs", "runs", "--keys", "keys"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    (began.elapsed().as_secs_f64(), processors() - before)
}

/// Seconds that this machine's processors have worked: all but the fourth and fifth column of proc(5)'s `stat`, in hundredths on Linux.
/// (Workers outlive nobody, but not all are waited for, so what descendants used is not known to their elders.)
fn processors() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let columns: Vec<f64> =
        stat.lines().next().unwrap().split_whitespace().skip(1).take(8).map(|n| n.parse().unwrap()).collect();
    (columns.iter().sum::<f64>() - columns[3] - columns[4]) / 100.0
}
