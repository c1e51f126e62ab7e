//! tries: taking the host down with it
//! leads: orchestrator
//! ends: 1 not reached
//! says: it ended trapped

pub fn pursue(_goal: String) -> Result<String, String> {
    panic!("with all hands");
}
