//! What can be wrong with a question to the statistics.

use thiserror::Error;

/// Why a statistic can't be computed. None of these is an answer about the candidate.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StatisticsError {
    /// A difference or score is NaN or infinite. Verdicts keep such scores out; this is the backstop.
    #[error("{what} {index} is {value}: only finite numbers can be compared")]
    NotFinite {
        /// What was handed over, e.g. `difference`.
        what: &'static str,
        /// Its position, from 0.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A parameter lies outside its range.
    #[error("{what} is {value}, but must be {range}")]
    OutOfRange {
        /// The parameter.
        what: &'static str,
        /// The value.
        value: f64,
        /// The range in words.
        range: &'static str,
    },
    /// So many attempts were made that no test can reach the level that is left for the next one.
    #[error(
        "attempt level {alpha:e} is below 2^-{blocks}, the smallest p-value that {blocks} blocks can reach: \
         the ledger is spent; declare a new task or channel to start a new one"
    )]
    LedgerSpent {
        /// The level that the schedule leaves for this attempt.
        alpha: f64,
        /// The most blocks that are ever tested.
        blocks: u32,
    },
}
