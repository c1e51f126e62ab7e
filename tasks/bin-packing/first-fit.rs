//! First-fit: the first bin, in the order they were opened, that the item fits into.

/// Every bin is as good as any other, so the tie goes to the one opened first.
pub fn priority(item: u32, remaining: u32) -> f64 {
    let item = f64::from(item);
    let remaining = f64::from(remaining);
    // assay: evolve
    0.0 * (remaining - item)
    // assay: end
}
