//! row: 8
//! attack: a function that calls itself with a type twice as large
//! seconds: 60
//! verdict: rejected
fn grow<T: Copy>(value: T, times: u32) -> u32 {
    if times == 0 { 0 } else { grow((value, value), times - 1) }
}

pub fn priority(item: u32, remaining: u32) -> f64 {
    f64::from(grow(item, remaining))
}
