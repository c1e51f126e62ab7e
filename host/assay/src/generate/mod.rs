//! generate: parents in, a proposal out – source text and where it came from.
//!
//! [`mutate`] changes Rust source on its syntax tree and needs no model; [`model`] says what a language
//! model is asked and what its answer is worth; [`population`] says who breeds.

pub mod model;
pub mod mutate;
pub mod population;
