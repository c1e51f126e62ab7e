//! row: 16
//! attack: three gigabytes of zeros
//! seconds: 60
//! verdict: rejected
pub static ZEROS: [u8; 3 << 30] = [1; 3 << 30];

pub fn priority(item: u32, remaining: u32) -> f64 {
    f64::from(ZEROS[item as usize])
}
