//! tries: nothing: its own word is that there is no one
//! leads: orchestrator
//! ends: 1 not reached
//! says: found no one, sorry

pub fn pursue(_goal: String) -> Result<String, String> {
    Err("found no one, sorry".to_owned())
}
