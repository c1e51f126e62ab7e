//! task: what is asked for, read from one folder into one value.
//!
//! A task is a folder with a `task.toml`: which program to start from, how its work is scored, on which
//! cases, and what a better version must prove. A person writes it by hand, so everything that can be
//! wrong with it is an error that points at the line and says what to do; after [`Task::load`] nothing
//! about the task is read from disk again.
//!
//! [`Task::digest`] names all that can reach a result. Two folders with one digest give one run.

mod cases;
mod confined;
mod definition;
pub mod digest;
mod error;
mod find;
mod form;
mod formats;
mod grow;
mod insert;
mod load;
mod load_cases;
mod load_catalogue;
mod load_gates;
mod load_model;
mod nested;
mod pool;
mod suggest;
mod template;
#[cfg(test)]
mod tests;

pub use definition::{
    Canary, Cases, Catalogue, Direction, Evaluator, Gates, Grant, Judging, MODEL_OPINION, Mode,
    ModelSettings, Mutate, Nested, NestedBudget, Score, Simulator, Source, Task,
};
pub use error::{Place, TaskError};
pub use find::{Folders, find};
pub use formats::{Format, read_file};
pub use grow::{Addition, Conflicting, GrowError, Growth};
pub use template::{Template, scaffold};
