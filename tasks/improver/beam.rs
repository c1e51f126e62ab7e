//! Keeps the three best programs and varies each of them, so that one lucky find does not end the others' lines.

use assay::*;

/// How many programs are kept.
const WIDTH: usize = 3;
/// How many variations of each are asked for in a round.
const EACH: u32 = 2;

/// The best of all that were ever kept.
pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let first = evaluation::score(&program).unwrap_or(f64::NEG_INFINITY);
    let mut beam = vec![(first, program)];
    loop {
        let mut batch: Vec<String> = Vec::new();
        // As long as there are few, each is varied more often.
        let each = EACH * (WIDTH / beam.len()) as u32;
        for (_, parent) in &beam {
            let left = evaluation::remaining().saturating_sub(batch.len() as u32);
            batch.extend(proposals::propose(parent, "", each.min(left), 0.5).unwrap_or_default());
        }
        if batch.is_empty() {
            return beam.into_iter().next().map(|(_, best)| best).ok_or("the beam is empty".to_owned());
        }
        for (candidate, score) in batch.iter().zip(evaluation::score_all(&batch)) {
            let score = score.unwrap_or(f64::NEG_INFINITY);
            if beam.iter().all(|(_, known)| known != candidate) {
                beam.push((score, candidate.clone()));
            }
        }
        // Stable: of equals the earlier one stays in front.
        beam.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        beam.truncate(WIDTH);
    }
}
