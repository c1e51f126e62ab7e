//! The readers of hostile bytes, each as a function from bytes that must neither panic nor believe what is not so.
//!
//! `make fuzz` gives them to libFuzzer; `tests/seeds.rs` runs the same functions in CI on the seeds and on random
//! changes of them. What a target asserts beyond "it returns" is in its own file.
#![allow(clippy::unwrap_used, reason = "a fuzz target that can't set up its field is broken, and says so")]

pub mod component_admission;
pub mod journal;
pub mod library_log;
pub mod model_answers;
pub mod nested_calls;
pub mod task_files;
pub mod teams;
pub mod worker_frames;

/// A target: bytes in, nothing out.
pub type Target = fn(&[u8]);

/// All targets, under the names of their binaries and of their folders of seeds.
pub const TARGETS: [(&str, Target); 8] = [
    ("component_admission", component_admission::run),
    ("journal", journal::run),
    ("library_log", library_log::run),
    ("model_answers", model_answers::run),
    ("nested_calls", nested_calls::run),
    ("task_files", task_files::run),
    ("teams", teams::run),
    ("worker_frames", worker_frames::run),
];
