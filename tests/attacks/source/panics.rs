//! row: 44
//! attack: a panic, whose message reaches the log
//! says: panicked at agent.rs
//! verdict: trapped
pub fn priority(item: u32, remaining: u32) -> f64 {
    panic!("{item} of {remaining}")
}
