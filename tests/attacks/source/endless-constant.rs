//! row: 6
//! attack: a constant that takes for ever
//! seconds: 40
//! verdict: rejected
#![allow(long_running_const_eval)]

const N: u64 = {
    let mut n = 0;
    loop {
        n += 1;
        if n == u64::MAX {
            break n;
        }
    }
};

pub fn priority(item: u32, remaining: u32) -> f64 {
    N as f64
}
