//! nest: what an improver may ask for while it runs, and who answers.
//!
//! An improver is handed a program and a purse. It asks for variations of the program (`proposals`) and for their scores
//! (`evaluation`); the host makes the one and runs the other in sandboxes of their own, and takes both out of the purse. What the
//! improver hands back is measured where it could not ask (`utility`, which only its evaluator may import).
//!
//! ```text
//! ask (a call, typed) ─► stage (one improver on one case: its purse) ─► ground (a nested task, ready to judge)
//!                                       └► proposer (mutate, or a model)
//! ```
//!
//! Relies on: calls of one improver come one after the other. Promises: answers are a function of task, case, component and,
//! where a model proposes, of the transcript. Whatever depends on this machine ends the evaluation instead of reaching the guest.

mod ask;
mod ground;
mod proposer;
mod purse;
mod service;
mod stage;
pub mod transplant;

pub use ask::{
    Ask, AskError, PROPOSALS, Reply, UTILITY, Worth, returned, text_argument, text_result, wave, wave_result,
};
pub(crate) use ask::{scores, values};
pub use ground::{Ground, GroundError, brief, holds};
pub use proposer::{Made, Proposer, Wish};
pub use purse::{Purse, Spent};
pub use service::{Trouble, grounds, judge};
