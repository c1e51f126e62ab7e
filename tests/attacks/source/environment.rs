//! row: 4
//! attack: reading a key from the environment
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    env!("HOME").len() as f64
}
