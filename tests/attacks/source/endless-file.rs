//! row: 5
//! attack: including a file without end
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    include_bytes!("/dev/zero").len() as f64
}
