//! The journal: a run is its append-only list of events, and nothing else.
//!
//! Population, archive, random state and counters are folds over the journal, so a killed run resumes exactly
//! where it stood and a finished one replays. `journal.jsonl` in the run's folder holds a header line and then one
//! event a line:
//!
//! ```text
//! {"assay-journal":1}
//! {"prev":"<16 hex digits>","event":{…}}
//! ```
//!
//! **`prev`** is the beginning of the sha256 of the line before, so an edit in the middle is noticed. That is no
//! signature: who rewrites all that follows, or only the last line, is not caught here. [`Journal::head`] names the
//! whole history for a place that is signed.
//!
//! **A torn tail**, a last line without its newline, is what a kill or a full disk leaves behind. It was never
//! acknowledged, so opening drops it. Anything else that is malformed is an error, with its line.
//!
//! **One writer.** The file is locked while it is open for writing; the system releases the lock when the
//! process ends, however it ends. Reading ([`Journal::read`]) needs no lock.
//!
//! **Version rule**: the number in the header grows with every change that older programs can't read; a
//! program refuses numbers that it doesn't know. Events must survive JSON: no NaN, no infinity, maps with string keys.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::sha256;
use crate::lock::Locked;

/// Which journal of a folder is meant. A run's is [`Form::RUN`]; what else keeps a list beside it has a form of its own.
#[derive(Debug)]
pub struct Form {
    /// The file's name in the folder.
    pub file: &'static str,
    /// The first line, which names the kind and the version.
    pub header: &'static str,
}

impl Form {
    /// The journal of a run.
    pub const RUN: Self = Self { file: "journal.jsonl", header: r#"{"assay-journal":1}"# };
}

/// Why a journal can't be read or written.
#[derive(Debug, Error)]
pub enum JournalError {
    /// A new run would overwrite another.
    #[error("{} is there already: resume that run, or choose another folder", path.display())]
    Exists {
        /// The journal.
        path: PathBuf,
    },
    /// There is no run here.
    #[error("{} is not there: name the folder of a run, see `assay runs list`", path.display())]
    NotFound {
        /// The journal that was looked for.
        path: PathBuf,
    },
    /// Another process writes this run.
    #[error("{} is being written by another process: wait until it ends, or stop it", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// The first line is not a header that this version knows.
    #[error(
        "{}:1: not a journal that this version of assay can read: use the version that wrote it",
        path.display()
    )]
    Version {
        /// The journal.
        path: PathBuf,
    },
    /// A line that is no event.
    #[error(
        "{}:{line}: not an event: {reason}; the journal was edited or written by another version: \
         restore it, or cut it before this line to go on from there",
        path.display()
    )]
    Malformed {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
    /// A line that does not continue the one before.
    #[error(
        "{}:{line}: does not follow from the line before: the journal was edited; restore it, or cut it \
         before line {} to go on from there", path.display(), line - 1
    )]
    Edited {
        /// The journal.
        path: PathBuf,
        /// The line, from 1, whose `prev` names another line than stands before it.
        line: usize,
    },
    /// The event can't be written down. A bug, never the disk.
    #[error("an event has no JSON form: {reason}")]
    Event {
        /// The serialiser's words.
        reason: String,
    },
    /// Reading or writing failed, for instance because the disk is full.
    #[error("{} can't be {action}: {source}; all events before are kept, resume when that is mended", path.display())]
    Io {
        /// The journal.
        path: PathBuf,
        /// What was tried, e.g. `written`.
        action: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
}

/// A run's journal, open for writing by this process alone.
#[derive(Debug)]
pub struct Journal<E> {
    path: PathBuf,
    header: &'static str,
    file: Locked,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Hash of the last line.
    head: String,
    /// A failed write may have left part of a line that couldn't be taken back.
    torn: bool,
    events: PhantomData<fn(E)>,
}

/// What the lines of a journal say.
struct Lines<E> {
    events: Vec<E>,
    /// Bytes of whole lines; what follows is a torn tail. 0 if not even the header is whole.
    length: u64,
    head: String,
}

#[derive(Serialize)]
struct Written<'a, E> {
    prev: &'a str,
    event: &'a E,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<E> {
    prev: String,
    event: E,
}

impl<E: Serialize + DeserializeOwned> Journal<E> {
    /// Begin a run's journal in the folder `dir`, which must be there and hold none yet. Durable when this returns.
    ///
    /// # Errors
    /// [`JournalError::Exists`], [`JournalError::NotFound`] without the folder, [`JournalError::Io`].
    pub fn create(dir: &Path) -> Result<Self, JournalError> {
        Self::create_as(&Form::RUN, dir)
    }

    /// [`Journal::create`], of another form.
    ///
    /// # Errors
    /// The same.
    pub fn create_as(form: &Form, dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(form.file);
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path);
        let file = file.map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => JournalError::Exists { path: path.clone() },
            _ => failed(&path, "created", source),
        })?;
        let file = lock(&path, file)?;
        let mut journal = Self {
            path,
            header: form.header,
            file,
            length: 0,
            head: String::new(),
            torn: false,
            events: PhantomData,
        };
        journal.begin()?;
        // The folder's entry for the file has to survive a crash as well.
        let folder = File::open(dir).and_then(|folder| folder.sync_all());
        folder.map_err(|source| failed(&journal.path, "made durable", source))?;
        Ok(journal)
    }

    /// Open the run's journal in the folder `dir` to go on with it: the journal and all its events, in order. A torn tail
    /// is cut off.
    ///
    /// # Errors
    /// [`JournalError::NotFound`], [`JournalError::Locked`] while another process has it open,
    /// [`JournalError::Version`], [`JournalError::Malformed`] and [`JournalError::Edited`] with the line,
    /// [`JournalError::Io`].
    pub fn open(dir: &Path) -> Result<(Self, Vec<E>), JournalError> {
        Self::open_as(&Form::RUN, dir)
    }

    /// [`Journal::open`], of another form.
    ///
    /// # Errors
    /// The same.
    pub fn open_as(form: &Form, dir: &Path) -> Result<(Self, Vec<E>), JournalError> {
        let path = dir.join(form.file);
        let file = OpenOptions::new().read(true).append(true).open(&path);
        let file = file.map_err(|source| failed(&path, "opened", source))?;
        let file = lock(&path, file)?;
        let Lines { events, length, head } = scan(form, &path, &file.0)?;
        file.0.set_len(length).map_err(|source| failed(&path, "cut after its last whole line", source))?;
        let header = form.header;
        let mut journal = Self { path, header, file, length, head, torn: false, events: PhantomData };
        if length == 0 {
            journal.begin()?;
        }
        Ok((journal, events))
    }

    /// Append one event. It survives this process from here on, and a crash of the machine after the next
    /// [`Journal::sync`].
    ///
    /// # Errors
    /// [`JournalError::Io`] if it can't be written (the journal then still ends with the event before, and may
    /// be tried again), [`JournalError::Event`] if it has no JSON form.
    pub fn append(&mut self, event: &E) -> Result<(), JournalError> {
        let line = serde_json::to_string(&Written { prev: &self.head, event });
        self.write(line.map_err(|error| JournalError::Event { reason: error.to_string() })?)
    }

    /// Wait until all events are on the disk.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn sync(&self) -> Result<(), JournalError> {
        self.file.0.sync_data().map_err(|source| failed(&self.path, "made durable", source))
    }

    /// The beginning of the last line's sha256, 16 hex digits: it stands for the whole history.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// All events of the run in the folder `dir`, whether or not somebody writes it. A torn tail is passed over.
    ///
    /// # Errors
    /// As [`Journal::open`], but never [`JournalError::Locked`].
    pub fn read(dir: &Path) -> Result<Vec<E>, JournalError> {
        Self::read_as(&Form::RUN, dir)
    }

    /// [`Journal::read`], of another form.
    ///
    /// # Errors
    /// The same.
    pub fn read_as(form: &Form, dir: &Path) -> Result<Vec<E>, JournalError> {
        let path = dir.join(form.file);
        let file = File::open(&path).map_err(|source| failed(&path, "opened", source))?;
        Ok(scan(form, &path, file)?.events)
    }

    fn begin(&mut self) -> Result<(), JournalError> {
        self.write(self.header.to_owned())?;
        self.sync()
    }

    /// Write one line, wholly or not at all.
    fn write(&mut self, mut line: String) -> Result<(), JournalError> {
        let head = hash(line.as_bytes());
        line.push('\n');
        if self.torn {
            self.file.0.set_len(self.length).map_err(|source| failed(&self.path, "written", source))?;
            self.torn = false;
        }
        if let Err(source) = self.file.0.write_all(line.as_bytes()) {
            // Part of the line may stand there. If it can't be taken back now, the next append or open does.
            self.torn = self.file.0.set_len(self.length).is_err();
            return Err(failed(&self.path, "written", source));
        }
        self.length += line.len() as u64;
        self.head = head;
        Ok(())
    }
}

/// Read and check all whole lines.
fn scan<E: DeserializeOwned>(form: &Form, path: &Path, file: impl Read) -> Result<Lines<E>, JournalError> {
    let mut reader = BufReader::new(file);
    let mut lines = Lines { events: Vec::new(), length: 0, head: String::new() };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(|source| failed(path, "read", source))?;
        let Some(content) = line.strip_suffix(b"\n") else {
            // Nothing more, or a torn tail. A file that isn't a journal at all is not to be cut, though.
            if number == 1 && !form.header.as_bytes().starts_with(&line) {
                return Err(JournalError::Version { path: path.to_owned() });
            }
            break;
        };
        if number == 1 {
            if content != form.header.as_bytes() {
                return Err(JournalError::Version { path: path.to_owned() });
            }
        } else {
            let stored: Stored<E> = serde_json::from_slice(content).map_err(|error| {
                JournalError::Malformed { path: path.to_owned(), line: number, reason: error.to_string() }
            })?;
            if stored.prev != lines.head {
                return Err(JournalError::Edited { path: path.to_owned(), line: number });
            }
            lines.events.push(stored.event);
        }
        lines.head = hash(content);
        lines.length += line.len() as u64;
    }
    Ok(lines)
}

fn lock(path: &Path, file: File) -> Result<Locked, JournalError> {
    let locked = Locked::take(file).map_err(|source| failed(path, "locked", source))?;
    locked.ok_or_else(|| JournalError::Locked { path: path.to_owned() })
}

fn failed(path: &Path, action: &'static str, source: std::io::Error) -> JournalError {
    let path = path.to_owned();
    match source.kind() {
        std::io::ErrorKind::NotFound => JournalError::NotFound { path },
        _ => JournalError::Io { path, action, source },
    }
}

/// The first 16 hex digits of a line's sha256, the newline not included.
fn hash(line: &[u8]) -> String {
    let mut digest = sha256(line);
    digest.truncate(16);
    digest
}

#[cfg(test)]
mod tests;
