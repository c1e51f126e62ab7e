//! row: 4
//! attack: asking whether there is a key
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    f64::from(option_env!("PATH").is_some())
}
