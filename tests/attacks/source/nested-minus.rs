//! row: 9
//! attack: a hundred thousand minus signs, which nest without brackets
//! seconds: 40
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    {{100000|-}}0.0
}
