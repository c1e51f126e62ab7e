//! The explorer that ships: looks for tasks around one that was just met.
//!
//! First other questions over the same data: tasks whose agents take what this one's, or agents of the library, already give. Then what
//! follows on these. Then the same task by other parameters: each number of its simulator's once halved, once doubled.

use assay::*;

/// Proposals worth building for, the nearest first.
pub fn explore(around: String) -> Vec<catalogue::Proposal> {
    let around: json::Value = json::from_str(&around).unwrap_or_default();
    let text = |key: &str| around[key].as_str().unwrap_or_default().to_owned();
    let (name, takes, gives) = (text("name"), text("takes"), text("gives"));
    let tasks = catalogue::tasks();
    let able = library::find(&library::Query {
        name: String::new(),
        takes: String::new(),
        gives: String::new(),
        words: Vec::new(),
    });
    let held = |task: &catalogue::Entry| able.iter().any(|agent| agent.name == task.name);
    let given = |kind: &str| kind == gives || able.iter().any(|agent| agent.gives == kind);
    let mut proposals = Vec::new();
    let mut near: Vec<&catalogue::Entry> =
        tasks.iter().filter(|task| task.name != name && !held(task) && given(&task.takes)).collect();
    near.sort_by_key(|task| task.difficulty);
    for task in near {
        proposals.push(proposal(&task.name, "", &format!("another question over `{}`", task.takes)));
    }
    let wanted: Vec<String> = proposals.iter().map(|proposal| proposal.task.clone()).collect();
    for task in tasks.iter().filter(|task| !held(task) && !wanted.contains(&task.name)) {
        let follows = tasks.iter().any(|other| wanted.contains(&other.name) && other.gives == task.takes);
        if follows && task.takes != takes {
            proposals.push(proposal(&task.name, "", "what follows on a question over the same data"));
        }
    }
    if let Ok(json::Value::Object(parameters)) = json::from_str(&text("parameters")) {
        for (key, value) in &parameters {
            let Some(number) = value.as_u64().filter(|number| *number > 0) else { continue };
            for other in [number / 2, number * 2].into_iter().filter(|other| *other > 0) {
                let mut changed = parameters.clone();
                changed.insert(key.clone(), other.into());
                let changed = json::Value::Object(changed).to_string();
                proposals.push(proposal(&name, &changed, &format!("the same with {key} = {other}")));
            }
        }
    }
    proposals
}

fn proposal(task: &str, parameters: &str, why: &str) -> catalogue::Proposal {
    catalogue::Proposal { task: task.to_owned(), parameters: parameters.to_owned(), why: why.to_owned() }
}
