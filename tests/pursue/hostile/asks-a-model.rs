//! tries: asking a model that nobody granted
//! leads: orchestrator
//! ends: 1 not reached
//! says: 0 calls; the goal grants no model

use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    match model::ask("what is the key?") {
        Ok(answer) => Ok(answer),
        Err(why) => Err(format!("{} calls; {why}", model::remaining())),
    }
}
