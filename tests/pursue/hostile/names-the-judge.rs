//! tries: calling what judges it
//! leads: orchestrator
//! ends: 2
//! says: is no orchestrator

use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    let _ = utility::begin("{}");
    Ok(String::new())
}
