//! promote: an evaluation, an incumbent and a policy in; a promotion with its evidence, or the gate that refused.
//!
//! The gates are asked in order and each leaves its reasons. Only this room reads holdout cases, and only after
//! the library's log holds the attempt: the cases follow from the log's root, so they are fixed after the
//! candidate is, and every attempt, passed or not, stands in the log and spends its share of alpha.

mod decide;
mod decision;
mod ending;
mod evidence;
mod gates;
mod holdout;
pub mod reassess;
pub mod recheck;
pub mod statistics;

pub use decide::{CANARY, CHANNEL, Claim, PromoteError, decide};
pub use decision::{Comparison, Cost, Decision, Finding, Gate, Holdout, Origin, Record, Seen};
pub use ending::{Written, promotion, write};
pub use evidence::{BASELINE_PREDICATE, PROMOTION_PREDICATE, Provenance};
pub use holdout::digest_of_cases;
