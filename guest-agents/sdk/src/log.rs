//! Say something: one line of text at one of four levels.
//!
//! Lines count against the task's quota; past it they are dropped and the guest goes on. Nothing comes
//! back, so a log can't tell a guest anything.

use crate::bindings::assay::host::log::{Level, write};

/// A line that only somebody who looks for it needs.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// A line worth reading.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Something is odd, and the guest goes on.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Something failed. A panic's message is written at this level.
pub fn error(message: &str) {
    write(Level::Error, message);
}
