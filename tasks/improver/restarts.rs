//! Climbs until nothing gets better for some rounds, then begins again from the program that it was given.
//!
//! The longer it stands still, the further it strays before it gives a place up.

use assay::*;

/// How many variations are asked for at once.
const BATCH: u32 = 4;
/// How many rounds in a row may bring nothing.
const PATIENCE: u32 = 3;

/// The best program of all climbs.
pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let start = evaluation::score(&program).unwrap_or(f64::NEG_INFINITY);
    let (mut top, mut best) = (start, program.clone());
    let (mut height, mut here) = (start, program.clone());
    let mut idle = 0;
    loop {
        let count = BATCH.min(evaluation::remaining());
        let temperature = 0.3 + 0.2 * f64::from(idle);
        let batch = proposals::propose(&here, "", count, temperature).unwrap_or_default();
        if batch.is_empty() {
            return Ok(best);
        }
        idle += 1;
        for (candidate, score) in batch.iter().zip(evaluation::score_all(&batch)) {
            let score = score.unwrap_or(f64::NEG_INFINITY);
            if score > height {
                (height, here) = (score, candidate.clone());
                idle = 0;
            }
        }
        if height > top {
            (top, best) = (height, here.clone());
        }
        if idle == PATIENCE {
            (height, here) = (start, program.clone());
            idle = 0;
        }
    }
}
