//! tries: having a component promoted that the library does not offer
//! leads: orchestrator
//! ends: 1 not reached
//! says: there is no such component on offer

pub fn pursue(_goal: String) -> Result<String, String> {
    Ok(format!("agent {}", "0".repeat(64)))
}
