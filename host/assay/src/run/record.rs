//! The recorder: where what happens meets what is known to have happened.
//!
//! A resumed run walks the same road again. Where the journal already knows the next event, the work is not
//! done again, but what can be derived is derived and compared: a journal that this program would not have
//! written is an error, not a starting point. Beyond the journal's end, events are appended.

use super::event::{Candidate, Event};
use super::journal::{Journal, JournalError};
use super::state::State;
use crate::evaluate::judge::JudgeError;
use crate::model::Exceeded;
use crate::promote::PromoteError;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A run's journal, its state, and what of it is still to be walked again.
pub struct Recorder {
    journal: Journal<Event>,
    known: VecDeque<Event>,
    position: u64,
    /// Fates that are not found out again, by candidate.
    given: BTreeMap<u64, Candidate>,
    /// How many events there are to be, and what stops the run then.
    until: Option<(u64, Arc<AtomicBool>)>,
    /// The fold so far.
    pub state: State,
}

/// A candidate that a model wrote before.
pub(super) enum Written {
    /// The journal has it: another one is an error.
    Known(Candidate),
    /// Another run of the same had it, and its fate depended on the machine.
    Given(Candidate),
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
    Judge(#[from] JudgeError),
    /// Promoting.
    #[error(transparent)]
    Promote(#[from] PromoteError),
    /// The seed agent.
    #[error("the seed agent {name} can't be searched from: {why}")]
    Seed {
        /// Its file.
        name: String,
        /// Why.
        why: String,
    },
    /// A candidate's words are gone.
    #[error(
        "candidate {candidate} rests on an exchange with a model that the transcript does not hold, or not with these words: put back the run's own transcript.jsonl beside its journal"
    )]
    Exchange {
        /// Its number.
        candidate: u64,
    },
    /// The improver's own run depended on this machine.
    #[error(
        "the improver that leads did not come to an end here ({0}); everything so far is kept, resume when this machine has less to do"
    )]
    Lead(String),
    /// A task that was promised to the runtime did not come back.
    #[error("a background task failed: {0}")]
    Background(String),
}

impl RunError {
    /// The limit of the budget for models that the next call could have passed, if that is what it was.
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self {
            Self::Judge(error) | Self::Promote(PromoteError::Judge(error)) => match error {
                JudgeError::Model(error) => error.exceeded(),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Recorder {
    /// Start with what the journal knows.
    pub fn new(journal: Journal<Event>, known: Vec<Event>, state: State) -> Self {
        let (known, given) = (known.into(), BTreeMap::new());
        Self { journal, known, position: 0, given, until: None, state }
    }

    /// Take the fates of these candidates as they are, should the run propose the same: they depended on a machine
    /// that nobody has again.
    #[must_use]
    pub fn given(self, candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let given = candidates.into_iter().map(|candidate| (candidate.id, candidate)).collect();
        Self { given, ..self }
    }

    /// Set `stop` once `events` events have happened.
    #[must_use]
    pub fn until(self, events: u64, stop: Arc<AtomicBool>) -> Self {
        Self { until: Some((events, stop)), ..self }
    }

    /// Events that have happened.
    pub fn events(&self) -> u64 {
        self.position
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
            None => Ok(self.given.get(&id).filter(|given| given.source == source)),
            Some(Event::Candidate(known)) if known.id == id && known.source == source => Ok(Some(known)),
            Some(_) => Err(RunError::Diverged {
                position: self.position + offset as u64,
                expected: format!("candidate {id} with another source"),
            }),
        }
    }

    /// A candidate that the journal knows at this place, or whose fate was given. Its source is told by its exchanges, which
    /// are for the caller to look at.
    pub(super) fn known_written(&self, offset: usize, id: u64) -> Result<Option<Written>, RunError> {
        match self.known.get(offset) {
            None => Ok(self.given.get(&id).map(|given| Written::Given(given.clone()))),
            Some(Event::Candidate(known)) if known.id == id => Ok(Some(Written::Known((**known).clone()))),
            Some(_) => Err(RunError::Diverged {
                position: self.position + offset as u64,
                expected: format!("candidate {id}"),
            }),
        }
    }

    /// The first candidate that the journal knows and that, or an opinion of it, rests on an exchange which is none of these.
    pub(super) fn without_exchange(&self, exchanges: &BTreeSet<String>) -> Option<u64> {
        self.known.iter().find_map(|event| {
            let (candidate, rests) = match event {
                Event::Candidate(candidate) => (candidate.id, candidate.exchanges.as_slice()),
                Event::Opinion(said) => (said.candidate, std::slice::from_ref(&said.exchange)),
                _ => return None,
            };
            rests.iter().any(|exchange| !exchanges.contains(exchange)).then_some(candidate)
        })
    }

    /// Make what was appended durable.
    pub(super) fn sync(&mut self) -> Result<(), RunError> {
        Ok(self.journal.sync()?)
    }

    fn took(&mut self, event: &Event) {
        self.position += 1;
        self.state.apply(event);
        if let Some((events, stop)) = &self.until
            && self.position >= *events
        {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn diverged(&self, event: &Event) -> RunError {
        let expected = serde_json::to_string(event).unwrap_or_default();
        RunError::Diverged { position: self.position, expected: expected.chars().take(160).collect() }
    }
}
