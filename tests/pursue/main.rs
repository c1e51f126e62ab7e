//! Claims about goals: what is reached, what it may cost, who may lead, and that the journal tells all of it, byte for byte.
//! Everything is real but the tasks, which are toys: compiler, workers, searches, gates, library.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "../support/model_server.rs"]
mod model_server;
#[path = "../support/mod.rs"]
mod support;

mod determinism;
mod explore;
mod field;
mod growth;
mod guards;
mod hostile;
mod models;
