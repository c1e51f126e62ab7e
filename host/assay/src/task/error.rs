//! Everything that can be wrong with a task, each with its place and what to do about it.
//!
//! The message of an error stands alone (`task.toml:4:1: unknown key …`), for logs and `--json`. As a miette
//! [`Diagnostic`] it also shows the line itself and a help text.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use thiserror::Error;

/// Where in a file something is wrong.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file as it was named, e.g. `tasks/bin-packing/task.toml`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    span: Range<usize>,
    source: NamedSource<Arc<str>>,
}

impl Place {
    /// The place of the bytes `span` in `text`. A span that lies outside is moved to the text's end.
    pub(super) fn new(file: &str, text: &Arc<str>, span: Range<usize>) -> Box<Self> {
        let start = text.floor_char_boundary(span.start);
        let end = text.ceil_char_boundary(span.end).max(start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Box::new(Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span: start..end,
            source: NamedSource::new(file, Arc::clone(text)),
        })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Why a task, or a file of cases, can't be used. Every variant but [`TaskError::Write`] is the author's to mend.
#[derive(Debug, Error)]
pub enum TaskError {
    /// The folder or its `task.toml` can't be read.
    #[error("{} {reason}", path.display())]
    NoTask {
        /// The folder or file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// `task.toml` is not TOML.
    #[error("{at}: not valid TOML: {message}")]
    Syntax {
        /// Where.
        at: Box<Place>,
        /// The parser's words.
        message: String,
    },
    /// A key that no task has.
    #[error("{at}: unknown key `{key}` in {section}")]
    UnknownKey {
        /// The key itself.
        at: Box<Place>,
        /// The key, made printable.
        key: String,
        /// The section, e.g. `[agent]`.
        section: String,
        /// The nearest known key, or all.
        help: String,
    },
    /// A key or section that every such task needs.
    #[error("{at}: {section} lacks `{key}`")]
    MissingKey {
        /// The section's header.
        at: Box<Place>,
        /// The section, e.g. `[agent]`.
        section: String,
        /// The key that is missing.
        key: String,
        /// An example of it.
        help: String,
    },
    /// A value of another type than its key takes.
    #[error("{at}: `{key}` should be {expected}, but is {found}")]
    WrongType {
        /// The value.
        at: Box<Place>,
        /// The full key, e.g. `score.direction`.
        key: String,
        /// What it takes, e.g. `a string`.
        expected: &'static str,
        /// What stands there, e.g. `an integer`.
        found: &'static str,
    },
    /// A value of the right type that can't be used.
    #[error("{at}: `{key}` {problem}")]
    BadValue {
        /// The value.
        at: Box<Place>,
        /// The full key.
        key: String,
        /// What is wrong, reading after the key.
        problem: String,
        /// What to write instead.
        help: String,
    },
    /// Two parts of the task that exclude each other.
    #[error("{at}: {problem}")]
    Conflict {
        /// One of the two.
        at: Box<Place>,
        /// What excludes what.
        problem: String,
        /// Which to take away.
        help: String,
    },
    /// A file that a key names can't be used.
    #[error("{at}: `{key}` names {file}, which {reason}")]
    File {
        /// The value of the key.
        at: Box<Place>,
        /// The full key.
        key: String,
        /// The file as the key names it, made printable.
        file: String,
        /// Why not, e.g. `is not there`.
        reason: String,
        /// What to do.
        help: String,
    },
    /// A class that the task doesn't have.
    #[error("task `{task}` has no class `{class}`")]
    NoSuchClass {
        /// The task's name.
        task: String,
        /// The class that was asked for, made printable.
        class: String,
        /// The nearest class, or all.
        help: String,
    },
    /// A case that can't be read.
    #[error("{at}: {problem}")]
    Case {
        /// Where in the file of cases.
        at: Box<Place>,
        /// What is wrong.
        problem: String,
        /// How a case looks.
        help: String,
    },
    /// A file of cases that was named on the command line can't be read.
    #[error("{} {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The name of a new task can't be used.
    #[error("`{name}` can't name a task: {problem}")]
    Name {
        /// The name, made printable.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A new task would overwrite something.
    #[error("{} is there already, nothing was written", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file of a new task can't be written.
    #[error("{} can't be written: {reason}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

impl TaskError {
    /// Where the error is, if it is inside a file.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Syntax { at, .. }
            | Self::UnknownKey { at, .. }
            | Self::MissingKey { at, .. }
            | Self::WrongType { at, .. }
            | Self::BadValue { at, .. }
            | Self::Conflict { at, .. }
            | Self::File { at, .. }
            | Self::Case { at, .. } => Some(at),
            Self::NoTask { .. }
            | Self::NoSuchClass { .. }
            | Self::Unreadable { .. }
            | Self::Name { .. }
            | Self::Exists { .. }
            | Self::Write { .. } => None,
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &str {
        match self {
            Self::UnknownKey { help, .. }
            | Self::MissingKey { help, .. }
            | Self::BadValue { help, .. }
            | Self::Conflict { help, .. }
            | Self::File { help, .. }
            | Self::NoSuchClass { help, .. }
            | Self::Case { help, .. } => help,
            Self::NoTask { .. } => "name a folder that holds a task.toml, or make one with `assay new NAME`",
            Self::Syntax { .. } => "task.toml is written in TOML 1.0, see https://toml.io",
            Self::WrongType { .. } => "write a value of that type",
            Self::Unreadable { .. } => "name a readable text file of cases, JSON lines or OR-Library",
            Self::Name { .. } => "use lower-case words joined by hyphens, e.g. `bin-packing`",
            Self::Exists { .. } => "choose another name, or move that folder away first",
            Self::Write { .. } => {
                "make room or take another folder, remove what was written of it, and try again"
            }
        }
    }
}

impl Diagnostic for TaskError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.advice()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place().map(|place| &place.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(
            Some("here".to_owned()),
            place.span.clone(),
        ))))
    }
}
