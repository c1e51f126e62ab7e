//! row: 11
//! attack: a module that would be a file beside the source
//! verdict: rejected
mod build;

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
