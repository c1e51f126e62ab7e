//! Assay: runs programs that programs wrote, measures them honestly, and keeps a signed history of every version
//! worth keeping. The rooms are named after the steps that data takes:
//!
//! [`task`] → [`generate`] → [`compile`] → [`evaluate`] → [`promote`] → the `library` crate. [`run`] walks the road
//! in a loop, [`explore`] looks for where it should go next, [`model`] is how the program talks to language models, [`canary`] watches what is on trial, [`cli`] is
//! the door.

pub mod canary;
pub mod cli;
pub mod compile;
pub mod digest;
pub mod evaluate;
pub mod explore;
pub mod generate;
mod lock;
pub mod model;
pub mod nest;
pub mod promote;
pub mod prompt;
pub mod run;
pub mod table;
pub mod task;
pub mod team;
