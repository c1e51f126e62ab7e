//! Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983): goes on from what is worse as well, the less so the more of
//! the budget is spent.
//!
//! What counts as a little worse is learnt on the way, from how much scores differ at all. Chance is the improver's own, for none is
//! imported: it follows from the program and the brief, so the same question gets the same answer.

use assay::*;

/// How many variations are asked for at once; the best of them may be gone on from.
const BATCH: u32 = 3;

/// The best of all programs that were scored.
pub fn improve(program: String, brief: String) -> Result<String, String> {
    let mut random = Random::new(&program, &brief);
    let budget = f64::from(evaluation::remaining().max(1));
    let mut here = evaluation::score(&program).unwrap_or(f64::NEG_INFINITY);
    let (mut top, mut best) = (here, program.clone());
    let mut current = program;
    let (mut total, mut count) = (0.0, 0.0);
    loop {
        // From 1 to 0.
        let heat = f64::from(evaluation::remaining()) / budget;
        let wanted = BATCH.min(evaluation::remaining());
        let batch = proposals::propose(&current, "", wanted, 0.2 + 0.4 * heat).unwrap_or_default();
        if batch.is_empty() {
            return Ok(best);
        }
        let scores = evaluation::score_all(&batch);
        let scored =
            batch.into_iter().zip(scores).filter_map(|(candidate, score)| Some((score.ok()?, candidate)));
        let Some((score, candidate)) = scored.reduce(|a, b| if b.0 > a.0 { b } else { a }) else { continue };
        let worse = here - score;
        if worse.is_finite() {
            total += worse.abs();
            count += 1.0;
        }
        if score > top {
            (top, best) = (score, candidate.clone());
        }
        let usual = total / f64::max(count, 1.0);
        if worse <= 0.0 || random.unit() < (-worse / (0.5 * heat * usual)).exp() {
            (here, current) = (score, candidate);
        }
    }
}

/// A linear congruential generator (Knuth's MMIX), seeded by FNV-1a.
struct Random(u64);

impl Random {
    fn new(program: &str, brief: &str) -> Self {
        let bytes = program.bytes().chain([0]).chain(brief.bytes());
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    /// In 0 … 1, from the upper bits: the lower ones of such a generator repeat soon.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
