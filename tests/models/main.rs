//! Claims about runs whose candidates are written by language models. The models are a server on this machine that says
//! what a test wants it to; everything else is real: compiler, workers, gates, library.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "../support/model_server.rs"]
mod model_server;
#[path = "../support/mod.rs"]
mod support;

mod budgets;
mod ensembles;
mod keys;
mod roads;
mod shop;
mod words;
