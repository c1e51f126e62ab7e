//! tries: never coming back
//! leads: explorer
//! ends: 0 reached

use assay::*;

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_mul(3).wrapping_add(1));
    }
}
