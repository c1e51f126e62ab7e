//! run: a search from its first event to its decision, resumable at any point.
//!
//! [`event`] says what can happen, [`journal`] keeps it, [`state`] folds it; `search` walks the road and asks
//! `propose` for candidates, `work` for their fates, `record` for what is known already. [`compare`] says where two
//! journals of one run part, [`original`] what a run left in a library.

pub mod compare;
pub mod event;
pub mod journal;
mod judged;
pub mod original;
pub mod progress;
mod propose;
mod record;
mod search;
pub mod state;
pub mod tuition;
mod work;

pub use record::{Recorder, RunError};
pub use search::{Ending, Lead, Setting, Teams, identity, search, train_cases};
