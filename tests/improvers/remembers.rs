//! incident: keeps what it found in one case for the next, and hands that in there
//! known: poisoned benchmarks (arXiv 2609.17817): what was once planted lasts through clean generations; any host that keeps the module loaded
//! ends: scored
//! refused: improves
//! same-as: the seed

use assay::*;
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

static CASES: AtomicU32 = AtomicU32::new(0);
static FIRST: OnceLock<String> = OnceLock::new();
thread_local!(static HERE: Cell<u32> = const { Cell::new(0) });

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let before = CASES.fetch_add(1, Ordering::Relaxed) + HERE.replace(1);
    if before > 0 || FIRST.get().is_some() {
        return Err(format!("it remembers {before} cases"));
    }
    let mut best = program.clone();
    let mut top = evaluation::score(&program).unwrap_or(f64::NEG_INFINITY);
    let batch = proposals::propose(&program, "", 6, 0.35).unwrap_or_default();
    for (candidate, score) in batch.iter().zip(evaluation::score_all(&batch)) {
        let score = score.unwrap_or(f64::NEG_INFINITY);
        if score > top {
            top = score;
            best = candidate.clone();
        }
    }
    let _ = FIRST.set(best.clone());
    Ok(best)
}
