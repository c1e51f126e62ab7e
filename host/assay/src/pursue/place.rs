//! What a pursuit needs of the program around it: a library to read and write, judges, and runs.

use super::PursueError;
use super::catalogue::Entry;
use crate::evaluate::judge::Judge;
use crate::task::Task;
use library::Library;
use std::future::Future;
use std::pin::Pin;

/// An agent that is to be made: a run, begun or gone on with.
pub struct Order<'a> {
    /// Its task.
    pub entry: &'a Entry,
    /// The run's name.
    pub run: String,
    /// The run's seed.
    pub seed: u64,
    /// Its candidates.
    pub candidates: u64,
    /// Candidates to make its winner smaller by.
    pub minimise: u64,
}

/// What came of a run.
pub enum Making {
    /// It is over.
    Done {
        /// Candidates that were tried.
        candidates: u64,
        /// Fuel of their evaluations.
        fuel: u64,
        /// The gates let the winner through.
        promoted: bool,
        /// What the winner is worth then: 0 the task's seed, 1 its best reference; none if no reference says.
        worth: Option<f64>,
    },
    /// It was stopped.
    Stopped,
}

/// Something that is under way.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = Result<T, PursueError>> + 'a>>;

/// The program around a pursuit.
pub trait Place {
    /// The library, for reading; none where there is none yet.
    ///
    /// # Errors
    /// It can't be read.
    fn read(&self) -> Result<Option<Library>, PursueError>;

    /// The library, for writing.
    ///
    /// # Errors
    /// It can't be written.
    fn write(&self) -> Result<Library, PursueError>;

    /// The source of what is in use under a name, if it came with source.
    ///
    /// # Errors
    /// The library can't be read.
    fn source(&self, library: &Library, name: &str) -> Result<Option<String>, PursueError>;

    /// A task, ready to judge.
    fn judge(&self, task: Task) -> Soon<'_, Judge>;

    /// Make an agent.
    fn make<'a>(&'a self, order: Order<'a>) -> Soon<'a, Making>;
}
