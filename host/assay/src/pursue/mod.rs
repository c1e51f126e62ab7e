//! pursue: a goal in, whoever reaches it out, and a library that can do more than before.
//!
//! An orchestrator, itself a sandboxed component, plans: it looks in the library for agents, has those made that are
//! missing, joins them to a team, and tries the whole. What it returns goes before the same gates as every other candidate of
//! the goal's task. Then an explorer, another component, looks for tasks nearby, and agents are made for those that are kept.
//!
//! ```text
//! goal ─► walk ──► orchestrator (ask: its calls, service: who answers) ─► gates ─► answer ─► explorer (vet) ─► held-out tasks
//!           │          ├► library, memory          find, invoke
//!           │          ├► guard ─► a run of its own  make
//!           │          └► the goal's judge         score, propose
//!           └► book: one journal of all goals. memory, quotas and growth are folds over it
//! ```
//!
//! Relies on: the library says who is in use; runs are functions of their first events. Promises: a pursuit is a function of the goal, the
//! catalogue, the orchestrator, the library and the journal before it; one that was killed goes on where it was.

mod advisor;
pub mod ask;
mod book;
mod catalogue;
pub mod event;
mod follow;
mod goal;
pub mod guard;
mod guest;
mod making;
mod memory;
mod offer;
mod place;
mod plot;
mod pursuit;
mod scoring;
mod trial;
mod walk;

pub use advisor::Advisor;
pub use book::{Book, BookError};
pub use catalogue::{Catalogue, Entry};
pub use event::Event;
pub use goal::{Goal, GoalError, Policy, Quotas};
pub use guest::{Guest, NEIGHBOURS, PLANNER};
pub use memory::{Epoch, Memory, Remembered};
pub use place::{Making, Order, Place, Soon};
pub use plot::growth_svg;
pub use trial::explore;
pub use walk::{Ending, Setting, walk};

use crate::evaluate::judge::JudgeError;
use crate::evaluate::pool::PoolError;
use crate::model::DeskError;
use crate::promote::PromoteError;

/// What stopped a pursuit.
#[derive(Debug, thiserror::Error)]
pub enum PursueError {
    /// The journal.
    #[error(transparent)]
    Book(#[from] BookError),
    /// Judging.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// Promoting.
    #[error(transparent)]
    Promote(#[from] PromoteError),
    /// The library.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// No worker could be had.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The model can't be asked.
    #[error(transparent)]
    Model(DeskError),
    /// The statistics.
    #[error(transparent)]
    Statistics(#[from] crate::promote::statistics::StatisticsError),
    /// What the goal names is not there.
    #[error("{0}")]
    Goal(String),
    /// The guest that leads did not come to an end, for a reason that lies with this machine.
    #[error(
        "the guest that leads did not come to an end here ({0}); everything so far is kept, go on with the same command"
    )]
    Environment(String),
    /// A run that was to make an agent.
    #[error("{words}")]
    Making {
        /// It was this machine's doing.
        machine: bool,
        /// Why.
        words: String,
    },
    /// A task that was promised to the runtime did not come back.
    #[error("a background task failed: {0}")]
    Background(String),
}
