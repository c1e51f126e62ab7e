//! model: how this program talks to language models, and what it keeps of that.
//!
//! A [`Desk`] is the one door: whoever wants words asks there, under a key of its own, and gets an
//! [`Exchange`]. A live desk sends the request and writes the exchange into a [`Transcript`] before anybody
//! sees it; a replaying desk has only the transcript. So a run that talked to models can be done again, for
//! nothing, by somebody without their keys.
//!
//! [`config`] reads which models there are, [`secret`] keeps their keys out of everything, [`chat`] is what is
//! said, [`wire`] how it looks on the line, [`client`] sends it, [`retry`] waits, [`budget`] counts,
//! [`transcript`] remembers, [`desk`] puts these together. [`bandit`] says which of several models to ask next.
//!
//! Nothing here knows of runs or tasks, and a model's words are data to it: what they propose is compiled and
//! judged elsewhere, like any program that a stranger wrote.

pub mod bandit;
pub mod budget;
pub mod chat;
pub mod client;
pub mod config;
pub mod desk;
mod retry;
pub mod secret;
pub mod transcript;
mod wire;

pub use budget::{Budget, Exceeded, Spend};
pub use chat::{Answer, Completion, Finish, Message, Named, Refused, Request, Role, Tokens};
pub use client::Unusable;
pub use config::{Model, Models};
pub use desk::{Desk, DeskError};
pub use transcript::{Exchange, Recorded, Transcript};
