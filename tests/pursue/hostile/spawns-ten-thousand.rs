//! tries: an agent for every name, over and over
//! leads: orchestrator
//! ends: 1 not reached
//! says: "guard":"agents"
//! says: it ended out-of-calls
//! never: "event":"made"

use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    let mut refused = 0_u32;
    for number in 0..10_001 {
        let name = ["cut", "triple", "count", "size"][number % 4];
        refused += u32::from(spawn::make(name).is_err());
    }
    Err(format!("{refused} were refused"))
}
