//! Asks for variations of the best program so far, again and again, until the budget is spent.

use assay::*;

/// How many variations are asked for at once.
const BATCH: u32 = 6;

/// Where no budget is left to climb on.
pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let mut top = evaluation::score(&program).unwrap_or(f64::NEG_INFINITY);
    let mut best = program;
    loop {
        let count = BATCH.min(evaluation::remaining());
        let batch = proposals::propose(&best, "", count, 0.35).unwrap_or_default();
        if batch.is_empty() {
            return Ok(best);
        }
        for (candidate, score) in batch.iter().zip(evaluation::score_all(&batch)) {
            let score = score.unwrap_or(f64::NEG_INFINITY);
            if score > top {
                top = score;
                best = candidate.clone();
            }
        }
    }
}
