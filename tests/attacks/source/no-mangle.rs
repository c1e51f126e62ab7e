//! row: 15
//! attack: replacing a function of the runtime
//! verdict: rejected
#[unsafe(no_mangle)]
pub extern "C" fn cabi_realloc(_: i32, _: i32, _: i32, _: i32) -> i32 {
    0
}

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
