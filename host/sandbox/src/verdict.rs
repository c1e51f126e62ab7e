//! Verdicts: what can be said of one candidate on one case. Every ending has a name of its own.

use serde::{Deserialize, Serialize};

/// How an evaluation of one case ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The evaluator gave a finite score.
    Scored(Outcome),
    /// The candidate answered, but the answer can't be scored (the evaluator says why), or the score
    /// was NaN or infinite, or what came back was larger than `output-bytes`.
    InvalidOutput(String),
    /// The guest trapped.
    Trapped(TrapKind),
    /// The evaluation as a whole (candidate and evaluator share the meter) spent its fuel.
    OutOfFuel,
    /// Growth past `memory-bytes`, `table-elements`, or a count of memories, tables or instances.
    OutOfMemory(String),
    /// More host calls, handles, or nested evaluations than the policy grants.
    OutOfCalls(String),
    /// The wall clock ran out. Environmental: depends on the machine.
    TimedOut,
    /// It never ran: too large, an import outside the grant, or not the world that was asked for.
    Rejected(String),
    /// The worker process died or spoke garbage, or the machine refused what the policy grants (memory,
    /// threads). Environmental.
    Crashed(String),
    /// The evaluator itself trapped or refused the case: an error of the task, not of the candidate.
    TaskError(String),
}

/// What an evaluator says of a candidate on one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Finite, and never negative zero. Whether more is better is the task's to declare.
    pub score: f64,
    /// Further named numbers (finite), in the evaluator's order.
    pub metrics: Vec<(String, f64)>,
    /// Free text for the next generator; capped, treated as data.
    pub notes: String,
}

/// The kinds of trap, as wasmtime names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrapKind {
    /// `unreachable`: what a Rust panic becomes after its message went to the log.
    Unreachable,
    /// An access outside a memory or a table.
    OutOfBounds,
    /// Deep recursion.
    StackOverflow,
    /// Integer division by zero, or overflow in division or conversion.
    Arithmetic,
    /// An indirect call through a wrong or null entry.
    IndirectCall,
    /// Anything else (a broken canonical-ABI value, for example invalid UTF-8 or a bad discriminant).
    Other,
}

/// What is kept of a reason in the worker's or the host's own words, in bytes. What a guest says is bounded by `output-bytes`.
pub const REASON_BYTES: usize = 4 << 10;

/// The start of a reason, as much as is kept.
pub fn cut(mut reason: String) -> String {
    reason.truncate(reason.floor_char_boundary(REASON_BYTES));
    reason
}

impl Verdict {
    /// The same with its reason [`cut`]: names of a guest's, and texts that were to be read, are as long as they like.
    #[must_use]
    pub fn cut(self) -> Self {
        match self {
            Self::InvalidOutput(why) => Self::InvalidOutput(cut(why)),
            Self::OutOfMemory(why) => Self::OutOfMemory(cut(why)),
            Self::OutOfCalls(why) => Self::OutOfCalls(cut(why)),
            Self::Rejected(why) => Self::Rejected(cut(why)),
            Self::Crashed(why) => Self::Crashed(cut(why)),
            Self::TaskError(why) => Self::TaskError(cut(why)),
            Self::Scored(_) | Self::Trapped(_) | Self::OutOfFuel | Self::TimedOut => self,
        }
    }

    /// Environmental verdicts depend on the machine and its load: they are tried once more, alone.
    pub fn is_environmental(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Crashed(_))
    }

    /// The verdict's name as it stands in reports, e.g. `out-of-fuel`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scored(_) => "scored",
            Self::InvalidOutput(_) => "invalid-output",
            Self::Trapped(_) => "trapped",
            Self::OutOfFuel => "out-of-fuel",
            Self::OutOfMemory(_) => "out-of-memory",
            Self::OutOfCalls(_) => "out-of-calls",
            Self::TimedOut => "timed-out",
            Self::Rejected(_) => "rejected",
            Self::Crashed(_) => "crashed",
            Self::TaskError(_) => "task-error",
        }
    }
}
