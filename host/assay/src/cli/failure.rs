//! Failures: what went wrong, where, what to do next, and the exit code that says so to a program.

use crate::run::journal::JournalError;

/// Whose turn it is to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The input: exit code 2.
    Input,
    /// The machine: exit code 3.
    Machine,
}

/// A verb that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// Whose turn it is.
    pub kind: Kind,
    /// What to show.
    pub report: miette::Report,
}

impl Failure {
    /// Bad input.
    pub fn input(error: impl Into<miette::Report>) -> Self {
        Self { kind: Kind::Input, report: error.into() }
    }

    /// Bad input, in words.
    pub fn says(message: impl std::fmt::Display) -> Self {
        Self::input(miette::Report::msg(message.to_string()))
    }

    /// The machine.
    pub fn machine(error: impl std::error::Error) -> Self {
        Self { kind: Kind::Machine, report: miette::Report::msg(chain(&error)) }
    }

    /// What is wrong, in words.
    pub fn words(&self) -> String {
        self.report.to_string()
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self.kind {
            Kind::Input => 2,
            Kind::Machine => 3,
        }
    }
}

/// A journal that can't be read or written.
pub(super) fn journal_failure(error: JournalError) -> Failure {
    match &error {
        JournalError::Io { .. } => Failure::machine(error),
        _ => Failure::says(chain(&error)),
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
