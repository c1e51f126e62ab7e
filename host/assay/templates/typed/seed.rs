//! A first attempt: a straight line.

/// The height at `x`.
pub fn height(x: f64) -> f64 {
    // assay: evolve
    x * 1.0
    // assay: end
}
