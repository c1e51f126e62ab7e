//! row: 1
//! attack: a file as a module
//! says: self-contained
//! never: root:
//! verdict: rejected
#[path = "/etc/passwd"]
mod passwd;

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
