//! The book: the journal of all goals, and what of the goal at hand is still to be walked again.
//!
//! A pursuit that was stopped walks its road once more: what the journal knows is not done again, but what can be derived is derived and
//! compared. Beyond the journal's end, events are appended, durable before anyone acts on them.

use super::event::{Began, Event, FORM};
use super::memory::Memory;
use crate::run::journal::{Journal, JournalError};
use std::collections::VecDeque;
use std::path::Path;

/// Why the book can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The folder.
    #[error("{0}")]
    Folder(String),
    /// Another road than the one that the journal tells.
    #[error(
        "event {position} of the goals' journal is not what this pursuit does there ({expected}): something changed under it; \
         put that back, or give the goal up with --give-up"
    )]
    Diverged {
        /// Number of the event, from 0.
        position: usize,
        /// What was expected.
        expected: String,
    },
    /// Another goal was left in the middle.
    #[error("goal `{0}` was left in the middle: go on with it, or end it with --give-up")]
    Unfinished(String),
}

/// The journal of all goals, open for writing.
pub struct Book {
    journal: Journal<Event>,
    known: VecDeque<Event>,
    position: usize,
    /// The fold over everything up to here.
    pub memory: Memory,
}

impl Book {
    /// Open the journal in a folder, or begin it.
    ///
    /// # Errors
    /// [`BookError::Folder`], [`BookError::Journal`].
    pub fn open(folder: &Path) -> Result<Self, BookError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| BookError::Folder(format!("{} can't be made: {error}", folder.display())))?;
        let (journal, events) = match Journal::create_as(&FORM, folder) {
            Ok(journal) => (journal, Vec::new()),
            Err(JournalError::Exists { .. }) => Journal::open_as(&FORM, folder)?,
            Err(error) => return Err(error.into()),
        };
        let over =
            events.iter().rposition(|event| matches!(event, Event::Ended { .. })).map_or(0, |at| at + 1);
        let mut memory = Memory::default();
        for event in &events[..over] {
            memory.fold(event);
        }
        let known = events.into_iter().skip(over).collect();
        Ok(Self { journal, known, position: over, memory })
    }

    /// All events, whether or not somebody writes them; none where there is no journal.
    ///
    /// # Errors
    /// [`BookError::Journal`].
    pub fn read(folder: &Path) -> Result<Vec<Event>, BookError> {
        match Journal::read_as(&FORM, folder) {
            Err(JournalError::NotFound { .. }) => Ok(Vec::new()),
            read => Ok(read?),
        }
    }

    /// What the goal began with that was left in the middle.
    pub fn began(&self) -> Option<&Began> {
        match self.known.front() {
            Some(Event::Began(began)) => Some(began),
            _ => None,
        }
    }

    /// The goal that was left in the middle.
    pub fn unfinished(&self) -> Option<&str> {
        self.began().map(|began| began.goal.as_str())
    }

    /// End the goal that was left in the middle.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn give_up(&mut self) -> Result<(), BookError> {
        while let Some(event) = self.known.pop_front() {
            self.position += 1;
            self.memory.fold(&event);
        }
        self.add(Event::Ended { reached: false })
    }

    /// Number of the next event, from 0.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The next event that the journal knows, if there is one.
    pub fn next(&self) -> Option<&Event> {
        self.known.front()
    }

    /// Whether everything that the journal knows was walked again.
    pub fn is_live(&self) -> bool {
        self.known.is_empty()
    }

    /// Take the next known event, if it is of the wanted kind.
    ///
    /// # Errors
    /// [`BookError::Diverged`] if it is of another.
    pub fn known<T>(
        &mut self,
        wanted: &str,
        of: impl FnOnce(&Event) -> Option<T>,
    ) -> Result<Option<T>, BookError> {
        let Some(event) = self.known.pop_front() else { return Ok(None) };
        match of(&event) {
            Some(found) => {
                self.position += 1;
                self.memory.fold(&event);
                Ok(Some(found))
            }
            None => Err(BookError::Diverged { position: self.position, expected: wanted.to_owned() }),
        }
    }

    /// Take the next known event, if it is of that kind; else leave it.
    pub fn known_if<T>(&mut self, of: impl FnOnce(&Event) -> Option<T>) -> Option<T> {
        let found = of(self.known.front()?)?;
        if let Some(event) = self.known.pop_front() {
            self.position += 1;
            self.memory.fold(&event);
        }
        Some(found)
    }

    /// What can be derived: compared with the journal, or appended.
    ///
    /// # Errors
    /// [`BookError::Diverged`], [`BookError::Journal`].
    pub fn add(&mut self, event: Event) -> Result<(), BookError> {
        match self.known.pop_front() {
            Some(known) if known == event => {}
            Some(_) => {
                return Err(BookError::Diverged {
                    position: self.position,
                    expected: serde_json::to_string(&event).unwrap_or_default().chars().take(400).collect(),
                });
            }
            None => {
                self.journal.append(&event)?;
                self.journal.sync()?;
            }
        }
        self.position += 1;
        self.memory.fold(&event);
        Ok(())
    }
}
