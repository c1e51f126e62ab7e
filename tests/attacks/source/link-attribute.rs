//! row: 13
//! attack: linking a library of its own
//! verdict: rejected
#[link(name = "evil")]
unsafe extern "C" {
    fn evil();
}

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
