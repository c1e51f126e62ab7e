//! row: 10
//! attack: twenty thousand errors
//! seconds: 60
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    {{8000|let x: u8 = ""; }}0.0
}
