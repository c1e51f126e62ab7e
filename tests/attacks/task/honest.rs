//! Does what it is asked.

pub fn priority(item: u32, remaining: u32) -> f64 {
    // assay: evolve
    f64::from(item) - f64::from(remaining)
    // assay: end
}
