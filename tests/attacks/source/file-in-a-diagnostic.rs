//! row: 2
//! attack: file text inside the message that is fed back
//! never: root:
//! verdict: rejected
compile_error!(include_str!("/etc/passwd"));

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
