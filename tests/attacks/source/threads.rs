//! row: 31
//! attack: a thread
//! verdict: trapped
pub fn priority(item: u32, remaining: u32) -> f64 {
    std::thread::spawn(|| 1.0).join().unwrap_or(f64::from(item + remaining))
}
