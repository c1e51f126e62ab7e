//! row: 1
//! attack: reading a file into the source
//! says: self-contained
//! never: root:
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    include_str!("/etc/passwd").len() as f64
}
