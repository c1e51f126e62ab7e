//! Claims about the command line: what a person, or a program, gets to see.

#[path = "../support/mod.rs"]
mod support;

mod candidates;
mod input;
mod tour;
