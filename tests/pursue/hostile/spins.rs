//! tries: never coming back
//! leads: orchestrator
//! ends: 1 not reached
//! says: it ended out-of-fuel

pub fn pursue(_goal: String) -> Result<String, String> {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_mul(3).wrapping_add(1));
    }
}
