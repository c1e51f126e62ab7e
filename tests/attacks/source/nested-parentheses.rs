//! row: 9
//! attack: a hundred thousand parentheses
//! says: nest
//! verdict: rejected
pub fn priority(item: u32, remaining: u32) -> f64 {
    {{100000|(}}0.0{{100000|)}}
}
