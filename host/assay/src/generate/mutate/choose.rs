//! Drawing from the generator that is handed in.
//!
//! Every decision of the mutator comes from one `ChaCha8Rng`, so a candidate is a function of its
//! parents and the generator's state. The few helpers here are written out rather than taken from the
//! `rand` crate, whose distributions may change what they draw between versions: a stored seed has to
//! mean the same candidates for as long as journals are replayed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// A number in `0..n`; 0 when `n` is 0. (The bias of the multiplication is below 2⁻³², no matter here.)
pub(super) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let n = u64::try_from(n).unwrap_or(u64::MAX).min(u64::from(u32::MAX));
    usize::try_from((u64::from(rng.next_u32()) * n) >> 32).unwrap_or(0)
}

/// A number in `[0, 1)` with 53 random bits.
pub(super) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// True with probability `p`.
pub(super) fn chance(rng: &mut ChaCha8Rng, p: f64) -> bool {
    unit(rng) < p
}

/// One element, each as likely as the next.
pub(super) fn one<'a, T>(rng: &mut ChaCha8Rng, from: &'a [T]) -> Option<&'a T> {
    from.get(below(rng, from.len()))
}

/// The index of one weight, drawn in proportion; `None` when nothing has weight.
pub(super) fn weighted(rng: &mut ChaCha8Rng, weights: impl Iterator<Item = u32> + Clone) -> Option<usize> {
    let total: usize = weights.clone().map(|weight| weight as usize).sum();
    if total == 0 {
        return None;
    }
    let mut left = below(rng, total);
    for (index, weight) in weights.enumerate() {
        if left < weight as usize {
            return Some(index);
        }
        left -= weight as usize;
    }
    None
}
