//! row: 14
//! attack: unsafe code that allows itself
//! says: unsafe
//! verdict: rejected
#![allow(unsafe_code)]

pub fn priority(item: u32, remaining: u32) -> f64 {
    unsafe { *(item as *const f64) }
}
