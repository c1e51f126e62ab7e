//! generate: parents in, a proposal out – source text and where it came from.
//!
//! [`mutate`] changes Rust source on its syntax tree and needs no model; [`model`] says what a language
//! model is asked and what its answer is worth, [`writer`] asks it; [`population`] says who breeds.

pub mod model;
pub mod mutate;
pub mod population;
pub mod writer;

/// The mutator's settings for a task.
pub fn settings(task: &crate::task::Mutate) -> mutate::Settings {
    let default = mutate::Settings::default();
    mutate::Settings {
        max_nodes: task.max_nodes.map_or(default.max_nodes, |nodes| nodes as usize),
        loops: task.loops,
        ..default
    }
}
