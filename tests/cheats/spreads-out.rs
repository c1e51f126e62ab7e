//! task: tasks/bin-packing
//! cheat: none; what `state-between-cases.rs` is without its memory
//! frameworks: none
//! refused: improves

pub fn priority(item: u32, remaining: u32) -> f64 {
    f64::from(remaining) - f64::from(item)
}
