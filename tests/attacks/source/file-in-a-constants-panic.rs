//! row: 3
//! attack: the environment in the message of a constant that panics
//! never: HOME=
//! verdict: rejected
const _: () = panic!("{}", include_str!("/proc/self/environ"));

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
