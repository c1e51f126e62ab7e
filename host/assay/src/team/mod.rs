//! team: several agents that work as one.
//!
//! A [`Document`] names roles, which agent fills each, the edges that data takes between them, and budgets. [`pack`] makes
//! a component of it that carries the document and its members: content-hashed, kept, judged and promoted as any other
//! agent. [`steps`] runs it, independent roles side by side, each in a worker and under limits of its own; [`mod@service`]
//! does so for whoever judges it. [`vary`] changes documents, so that a team evolves as one, with the agents of a
//! [`Roster`].

pub mod document;
pub mod pack;
pub mod roster;
pub mod service;
pub mod steps;
pub mod vary;

pub use document::{Document, Filling, INPUT, Role, TeamError};
pub use roster::{Member, Roster};
pub use service::{WORLD, lent, service};
pub use steps::{Ran, Step, once};
