//! row: 28
//! attack: memory without end, from safe code
//! verdict: out-of-memory
pub fn priority(item: u32, remaining: u32) -> f64 {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(vec![1; 1 << 20]);
        if all.len() == usize::MAX {
            return f64::from(item + remaining);
        }
    }
}
