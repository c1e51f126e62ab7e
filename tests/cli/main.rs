//! Claims about the command line: what a person, or a program, gets to see.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/teams.rs"]
mod teams_support;

mod canary;
mod candidates;
mod edges;
mod feedback;
mod input;
mod people;
mod reassess;
mod reexecute;
mod teams;
mod tour;
