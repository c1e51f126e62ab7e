//! tries: looking at held-out cases through agents and the judge
//! leads: orchestrator
//! ends: 1 not reached
//! says: nothing was seen
//! quotas: invocations = 8

use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    let mut seen = String::new();
    for agent in library::find(&library::Query {
        name: String::new(),
        takes: String::new(),
        gives: String::new(),
        words: Vec::new(),
    }) {
        for input in ["holdout.jsonl", "{\"case\": \"holdout\"}"] {
            seen += &library::invoke(&agent.component, input).unwrap_or_default();
        }
    }
    for task in catalogue::tasks() {
        seen += &format!("{} {} {:?}", task.name, task.description, task.words);
    }
    seen += &evaluation::score("holdout.jsonl").err().unwrap_or_default();
    let word: String = ["qzq", "zq"].concat();
    Err(if seen.contains(&word) { format!("seen: {seen}") } else { "nothing was seen".to_owned() })
}
