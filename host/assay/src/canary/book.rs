//! The observation journal: what was seen of one canary, in a folder of its own under the runs.
//!
//! `runs/canary/NAME-ID/journal.jsonl`, where ID is the beginning of the digest of the leaf that made the canary current:
//! a version that is promoted a second time begins a second trial. It is a journal as a run's is: append-only, each line
//! tied to the one before, one writer at a time. Who may write the runs folder may also forge it, so the signed statement
//! that rests on it names the journal by its digest: what was claimed can't be changed afterwards.

use super::observation::{Event, FORMAT, Observed, Opened, Tally};
use super::trial::Trial;
use crate::digest::sha256;
use crate::run::journal::{Journal, JournalError};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Digits of the leaf's digest in the folder's name.
const ID_DIGITS: usize = 16;

/// Why a canary's observations can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The folder.
    #[error("{} can't be {action}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// The journal begins with the wrong event.
    #[error(
        "{} holds observations of something else than this canary, or of another version of assay: move it away to begin again",
        path.display()
    )]
    Other {
        /// The folder.
        path: PathBuf,
    },
}

/// A canary's observations, open for writing.
#[derive(Debug)]
pub struct Book {
    folder: PathBuf,
    journal: Journal<Event>,
    events: u64,
    tally: Tally,
}

/// A journal as signed evidence names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// Events in it.
    pub events: u64,
    /// [`Journal::head`]: what the next line would have as `prev`.
    pub head: String,
    /// sha256 of the whole file, in hex.
    pub sha256: String,
}

impl Book {
    /// The folder of a canary's observations.
    pub fn folder(runs: &Path, trial: &Trial) -> PathBuf {
        let id = trial.id.hex();
        // A name has no characters that a folder can't have but this one.
        let name = trial.name.replace('/', "_");
        runs.join("canary").join(format!("{name}-{}", &id[..ID_DIGITS.min(id.len())]))
    }

    /// What was seen so far, whether or not somebody writes it.
    ///
    /// # Errors
    /// As [`Book::open`], but never [`JournalError::Locked`].
    pub fn read(runs: &Path, trial: &Trial) -> Result<Tally, BookError> {
        let folder = Self::folder(runs, trial);
        match Journal::<Event>::read(&folder) {
            Ok(events) => fold(&folder, trial, &events),
            Err(JournalError::NotFound { .. }) => Ok(Tally::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Open a canary's observations to go on with them, or begin them.
    ///
    /// # Errors
    /// [`JournalError::Locked`] while another process has them open, [`BookError::Other`] for a journal of something else,
    /// and what else reading and writing can meet.
    pub fn open(runs: &Path, trial: &Trial) -> Result<Self, BookError> {
        let folder = Self::folder(runs, trial);
        std::fs::create_dir_all(&folder).map_err(|source| BookError::Io {
            path: folder.clone(),
            action: "made",
            source,
        })?;
        let opened = match Journal::create(&folder) {
            Err(JournalError::Exists { .. }) => Journal::open(&folder),
            made => made.map(|journal| (journal, Vec::new())),
        };
        let (mut journal, mut events) = opened?;
        if events.is_empty() {
            let first = Event::Opened(Box::new(opening(trial)));
            journal.append(&first)?;
            journal.sync()?;
            events.push(first);
        }
        let tally = fold(&folder, trial, &events)?;
        Ok(Self { folder, journal, events: events.len() as u64, tally })
    }

    /// Adds an observation; durable when this returns.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn note(&mut self, observed: Observed) -> Result<(), BookError> {
        let event = Event::Observed(observed);
        self.journal.append(&event)?;
        self.journal.sync()?;
        self.events += 1;
        self.tally.apply(&event);
        Ok(())
    }

    /// What was seen so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The journal's digest, for evidence. It does not change while this is open and nothing is noted.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn seal(&self) -> Result<Seal, BookError> {
        let path = self.folder.join("journal.jsonl");
        let bytes = std::fs::read(&path).map_err(|source| BookError::Io { path, action: "read", source })?;
        Ok(Seal { events: self.events, head: self.journal.head().to_owned(), sha256: sha256(bytes) })
    }
}

fn opening(trial: &Trial) -> Opened {
    Opened {
        format: FORMAT,
        agent: trial.name.clone(),
        leaf: trial.id,
        canary: trial.canary.version.manifest,
        stable: trial.baseline,
        policy: trial.policy.clone(),
    }
}

fn fold(folder: &Path, trial: &Trial, events: &[Event]) -> Result<Tally, BookError> {
    let mut tally = Tally::default();
    match events {
        [] => {}
        [Event::Opened(first), rest @ ..] if **first == opening(trial) => {
            rest.iter().for_each(|event| tally.apply(event));
        }
        _ => return Err(BookError::Other { path: folder.to_owned() }),
    }
    Ok(tally)
}
