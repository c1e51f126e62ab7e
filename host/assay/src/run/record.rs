//! The recorder: where what happens meets what is known to have happened.
//!
//! A resumed run walks the same road again. Where the journal already knows the next event, the work is not
//! done again, but what can be derived is derived and compared: a journal that this program would not have
//! written is an error, not a starting point. Beyond the journal's end, events are appended.

use super::event::{Candidate, Event};
use super::journal::{Journal, JournalError};
use super::state::State;
use std::collections::VecDeque;

/// A run's journal, its state, and what of it is still to be walked again.
pub struct Recorder {
    journal: Journal<Event>,
    known: VecDeque<Event>,
    position: u64,
    /// The fold so far.
    pub state: State,
}

/// What stopped a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal is not this run's.
    #[error(
        "the journal's event {position} is not what this run does there ({expected}): it was written by another version of the task, the toolchain or this program; start a new run"
    )]
    Diverged {
        /// Number of the event, from 0.
        position: u64,
        /// What was expected.
        expected: String,
    },
    /// Judging.
    #[error(transparent)]
    Judge(#[from] crate::evaluate::judge::JudgeError),
    /// Promoting.
    #[error(transparent)]
    Promote(#[from] crate::promote::PromoteError),
    /// The seed agent.
    #[error("the seed agent {name} can't be searched from: {why}")]
    Seed {
        /// Its file.
        name: String,
        /// Why.
        why: String,
    },
    /// A task that was promised to the runtime did not come back.
    #[error("a background task failed: {0}")]
    Background(String),
}

impl Recorder {
    /// Start with what the journal knows.
    pub fn new(journal: Journal<Event>, known: Vec<Event>, state: State) -> Self {
        Self { journal, known: known.into(), position: 0, state }
    }

    /// Whether the journal is still being walked again.
    pub fn is_replaying(&self) -> bool {
        !self.known.is_empty()
    }

    /// An event that this run derives: it must be the journal's next, or it is appended.
    pub fn derive(&mut self, event: Event) -> Result<(), RunError> {
        match self.known.pop_front() {
            Some(known) if known == event => {}
            Some(_) => return Err(self.diverged(&event)),
            None => self.journal.append(&event)?,
        }
        self.took(&event);
        Ok(())
    }

    /// The journal's next event, if it is known and `wanted` picks it; then it counts as happened.
    pub(super) fn recall<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> Result<Option<T>, RunError> {
        let Some(known) = self.known.front() else { return Ok(None) };
        let Some(found) = wanted(known) else {
            let known = format!("{known:?}");
            return Err(RunError::Diverged {
                position: self.position,
                expected: known.chars().take(80).collect(),
            });
        };
        if let Some(event) = self.known.pop_front() {
            self.took(&event);
        }
        Ok(Some(found))
    }

    /// The fate of a proposal that the journal knows.
    pub(super) fn known_candidate(
        &self,
        offset: usize,
        id: u64,
        source: &str,
    ) -> Result<Option<&Candidate>, RunError> {
        match self.known.get(offset) {
            None => Ok(None),
            Some(Event::Candidate(known)) if known.id == id && known.source == source => Ok(Some(known)),
            Some(_) => Err(RunError::Diverged {
                position: self.position + offset as u64,
                expected: format!("candidate {id} with another source"),
            }),
        }
    }

    /// Make what was appended durable.
    pub(super) fn sync(&mut self) -> Result<(), RunError> {
        Ok(self.journal.sync()?)
    }

    fn took(&mut self, event: &Event) {
        self.position += 1;
        self.state.apply(event);
    }

    fn diverged(&self, event: &Event) -> RunError {
        let expected = serde_json::to_string(event).unwrap_or_default();
        RunError::Diverged { position: self.position, expected: expected.chars().take(160).collect() }
    }
}
