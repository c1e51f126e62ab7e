//! Best-fit: the bin that is left with the least room.

/// The fuller the bin would be, the higher.
pub fn priority(item: u32, remaining: u32) -> f64 {
    let item = f64::from(item);
    let remaining = f64::from(remaining);
    // assay: evolve
    item - remaining
    // assay: end
}
