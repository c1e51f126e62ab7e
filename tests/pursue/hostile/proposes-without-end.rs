//! tries: a hundred thousand proposals
//! leads: explorer
//! ends: 0 reached
//! never: "event":"proposed"

use assay::*;

fn proposal(task: &str, parameters: &str) -> catalogue::Proposal {
    catalogue::Proposal {
        task: task.to_owned(),
        parameters: parameters.to_owned(),
        why: "because".to_owned(),
    }
}

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    (0..100_000).map(|number| proposal(&format!("task-{number}"), "")).collect()
}
