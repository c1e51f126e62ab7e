//! The transcript: every request that was sent, and what became of it, in `transcript.jsonl` of a run's folder.
//!
//! It is a [`Journal`] of [`Exchange`]s with its rules: chained lines, a torn tail is dropped, one writer. An
//! exchange is on the disk before anybody acts on it, because it cost money and nothing else can bring it back.
//!
//! Calls run side by side, so the order of the lines is chance and means nothing. What counts is the **key**
//! that the asker gives, unique in the transcript. The digest beside each request lets a look-up notice that
//! the same key now asks something else; the digest of the answer covers what it cost as well.
//!
//! No key of a server is in here: answers were scrubbed by the client, and requests hold what the asker wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::budget::Spend;
use super::chat::{Answer, Request};
use crate::digest::of_parts;
use crate::run::journal::{Form, Journal, JournalError};

const FORM: Form = Form { file: "transcript.jsonl", header: r#"{"assay-transcript":1}"# };

/// A request and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exchange {
    /// The asker's name for it.
    pub key: String,
    /// What was asked.
    pub request: Request,
    /// [`Request::digest`], hex of sha256.
    pub request_digest: String,
    /// What came back.
    pub answer: Answer,
    /// Hex of sha256 over `answer` and `spend`.
    pub answer_digest: String,
    /// What it cost, by the prices of the day.
    pub spend: Spend,
}

impl Exchange {
    pub(super) fn new(key: &str, request: Request, answer: Answer, spend: Spend) -> Self {
        let (request_digest, answer_digest) = (request.digest(), digest_of_answer(&answer, spend));
        Self { key: key.to_owned(), request, request_digest, answer, answer_digest, spend }
    }

    /// sha256 over what was asked under which key, what came back, and what it cost, in hex.
    pub fn digest(&self) -> String {
        of_parts([self.key.as_bytes(), self.request_digest.as_bytes(), self.answer_digest.as_bytes()])
    }
}

fn digest_of_answer(answer: &Answer, spend: Spend) -> String {
    // Both are enums and structs of strings and integers, which have a JSON form.
    let json = serde_json::to_vec(&(answer, spend)).unwrap_or_default();
    of_parts([json.as_slice()])
}

/// Why a transcript can't be used.
#[derive(Debug, Error)]
pub enum TranscriptError {
    /// The file: not there, in use, malformed at a line, not readable, not writable.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A digest doesn't fit what stands beside it.
    #[error("{}:{line}: the {what} was edited: it has another digest than it says; restore the file", path.display())]
    Digest {
        /// The transcript.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// `request` or `answer`.
        what: &'static str,
    },
    /// Two exchanges have one key.
    #[error("{}:{line}: a second exchange `{key}`: the file was put together from two; restore it", path.display())]
    Twice {
        /// The transcript.
        path: PathBuf,
        /// The line of the second, from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// The exchange with this key was about something else.
    #[error(
        "{}: the exchange `{key}` is there with another request: this transcript is of another run, or of \
         another version of the program", path.display()
    )]
    OtherRequest {
        /// The transcript.
        path: PathBuf,
        /// The key.
        key: String,
    },
}

/// The exchanges of a transcript, by key.
#[derive(Clone, Debug)]
pub struct Recorded {
    path: PathBuf,
    by_key: BTreeMap<String, Exchange>,
}

impl Recorded {
    fn new(folder: &Path, exchanges: Vec<Exchange>) -> Result<Self, TranscriptError> {
        let path = folder.join(FORM.file);
        let mut by_key = BTreeMap::new();
        // The first line is the header.
        for (line, exchange) in (2..).zip(exchanges) {
            let edited = |what| TranscriptError::Digest { path: path.clone(), line, what };
            if exchange.request.digest() != exchange.request_digest {
                return Err(edited("request"));
            }
            if digest_of_answer(&exchange.answer, exchange.spend) != exchange.answer_digest {
                return Err(edited("answer"));
            }
            let key = exchange.key.clone();
            if by_key.insert(key.clone(), exchange).is_some() {
                return Err(TranscriptError::Twice { path, line, key });
            }
        }
        Ok(Self { path, by_key })
    }

    /// The exchange with that key, if there is one.
    ///
    /// # Errors
    /// [`TranscriptError::OtherRequest`] if it is about another request.
    pub fn find(&self, key: &str, request: &Request) -> Result<Option<&Exchange>, TranscriptError> {
        match self.by_key.get(key) {
            Some(exchange) if exchange.request_digest != request.digest() => {
                Err(TranscriptError::OtherRequest { path: self.path.clone(), key: key.to_owned() })
            }
            found => Ok(found),
        }
    }

    /// The exchange with that key, whatever it is about.
    pub fn get(&self, key: &str) -> Option<&Exchange> {
        self.by_key.get(key)
    }

    /// All exchanges, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Exchange> {
        self.by_key.values()
    }

    /// What all of them cost.
    pub fn spend(&self) -> Spend {
        self.iter().map(|exchange| exchange.spend).sum()
    }
}

/// A transcript, open for writing by this process alone.
#[derive(Debug)]
pub struct Transcript {
    journal: Journal<Exchange>,
    recorded: Recorded,
}

impl Transcript {
    /// Goes on with the transcript in `folder`, or begins it there.
    ///
    /// # Errors
    /// [`TranscriptError::Journal`], [`TranscriptError::Digest`], [`TranscriptError::Twice`].
    pub fn open(folder: &Path) -> Result<Self, TranscriptError> {
        let (journal, exchanges) = match Journal::create_as(&FORM, folder) {
            Err(JournalError::Exists { .. }) => Journal::open_as(&FORM, folder)?,
            made => (made?, Vec::new()),
        };
        Ok(Self { journal, recorded: Recorded::new(folder, exchanges)? })
    }

    /// What is in the transcript in `folder`, whether or not somebody writes it.
    ///
    /// # Errors
    /// As [`Transcript::open`], and [`JournalError::NotFound`] if there is none.
    pub fn read(folder: &Path) -> Result<Recorded, TranscriptError> {
        Recorded::new(folder, Journal::read_as(&FORM, folder)?)
    }

    /// What is in it so far.
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// Adds an exchange under a key that is not there yet; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`TranscriptError::Journal`]: the disk's.
    pub(super) fn add(&mut self, exchange: Exchange) -> Result<(), TranscriptError> {
        self.journal.append(&exchange)?;
        self.journal.sync()?;
        self.recorded.by_key.insert(exchange.key.clone(), exchange);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
