//! row: 1
//! attack: the same under another name
//! says: self-contained
//! never: root:
//! verdict: rejected
use std::include_str as harmless;

pub fn priority(item: u32, remaining: u32) -> f64 {
    harmless!("/etc/passwd").len() as f64
}
