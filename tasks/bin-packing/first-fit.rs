//! A policy for online bin packing. The search starts from first-fit: every bin is as good as any other, and the tie
//! goes to the one opened first.

/// How much `item` likes a bin with `remaining` capacity left (before packing it); the highest wins.
pub fn priority(item: u32, remaining: u32) -> f64 {
    let item = f64::from(item);
    let remaining = f64::from(remaining);
    // assay: evolve
    0.0 * (remaining - item)
    // assay: end
}
