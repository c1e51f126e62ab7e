//! generate: parents in, a proposal out – source text and where it came from.
//!
//! [`mutate`] changes Rust source on its syntax tree and needs no model; [`population`] says who breeds.

pub mod mutate;
pub mod population;
