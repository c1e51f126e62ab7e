//! tries: tasks that are not there, the goal's own, a held-out one, parameters out of range, its own judge
//! leads: explorer
//! ends: 0 reached
//! says: "fate":"unknown"
//! says: "fate":"known"
//! says: "fate":"broken"
//! never: "fate":"kept"

use assay::*;

fn proposal(task: &str, parameters: &str) -> catalogue::Proposal {
    catalogue::Proposal {
        task: task.to_owned(),
        parameters: parameters.to_owned(),
        why: "because".to_owned(),
    }
}

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    vec![
        proposal("../../keys", ""),
        proposal("nothing\u{1b}[2J", ""),
        proposal("echo", ""),
        proposal("size", ""),
        proposal("cut", "{\"count\": 18446744073709551615}"),
        proposal("triple", "{\"evaluator\": \"pub fn evaluate\", \"simulator\": \"mine\"}"),
        proposal("count", "not even JSON"),
    ]
}
