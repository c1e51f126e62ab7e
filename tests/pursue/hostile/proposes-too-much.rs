//! tries: twenty thousand proposals
//! leads: explorer
//! ends: 0 reached
//! says: "task":"task-0"
//! never: "task":"task-32"

use assay::*;

fn proposal(task: &str, parameters: &str) -> catalogue::Proposal {
    catalogue::Proposal {
        task: task.to_owned(),
        parameters: parameters.to_owned(),
        why: "because".to_owned(),
    }
}

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    (0..20_000).map(|number| proposal(&format!("task-{number}"), "")).collect()
}
