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

pub mod ask;
pub mod book;
pub mod catalogue;
pub mod event;
pub mod goal;
pub mod guard;
pub mod memory;

pub use book::{Book, BookError};
pub use catalogue::{Catalogue, Entry};
pub use event::Event;
pub use goal::{Goal, GoalError};
pub use memory::Memory;
