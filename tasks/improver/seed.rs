//! The seed improver of STOP (Zelikman et al. 2023): asks once for six variations and keeps the best of them.
//!
//! It never asks again, though the budget would allow it, and never builds on what it found. That is left to evolve.

use assay::*;

/// The best of six variations, or `program` itself if none is better.
pub fn improve(program: String, _brief: String) -> Result<String, String> {
    // assay: evolve
    let mut best: String = program.clone();
    let mut top: f64 = evaluation::score(&program).unwrap_or(f64::NEG_INFINITY);
    let batch: Vec<String> = proposals::propose(&program, "", 6, 0.35).unwrap_or_default();
    for (candidate, score) in batch.iter().zip(evaluation::score_all(&batch)) {
        let score: f64 = score.unwrap_or(f64::NEG_INFINITY);
        if score > top {
            top = score;
            best = candidate.clone();
        }
    }
    Ok(best)
    // assay: end
}
