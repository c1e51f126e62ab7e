//! row: 7
//! attack: a macro that doubles its input
//! seconds: 60
//! verdict: rejected
macro_rules! double {
    ($($t:tt)*) => { double!($($t)* $($t)*) };
}

pub fn priority(item: u32, remaining: u32) -> f64 {
    double!(item remaining)
}
