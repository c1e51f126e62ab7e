//! row: 33
//! attack: recursion without end, from safe code (the stack in its memory ends before the native one does)
//! says: out-of-bounds
//! verdict: trapped
fn down(n: u64) -> u64 {
    std::hint::black_box(n) + down(std::hint::black_box(n + 1))
}

pub fn priority(item: u32, remaining: u32) -> f64 {
    down(u64::from(item + remaining)) as f64
}
