//! What a run left in a library: the log that its gates met, and the leaves that it added.
//!
//! A replay needs the first to draw the same holdout cases, and compares the second. Both are found from the journal: it
//! says how long the log was before the run added anything, and who the winner was.

use super::event::{Event, Judging, Started};
use crate::promote::{CHANNEL, Decision};
use library::{Digest, Error, Keys, Kind, Leaf, Library};
use std::path::Path;

/// A run as its journal and a library tell of it.
pub struct Original {
    library: Option<Library>,
    /// Leaves before the run's own; none if the log that its gates met is not at hand.
    before: Option<u64>,
    /// The run's own leaves, in order; none if they are not at hand.
    own: Option<Vec<Leaf>>,
    /// Why something is not at hand.
    missing: Option<String>,
}

impl Original {
    /// Find what the run with these events left in `library`, or say what is `missing` of it.
    pub fn find(events: &[Event], started: &Started, library: Result<Library, String>) -> Self {
        let judging = events.iter().find_map(|event| match event {
            Event::Judging(judging) => Some(judging.as_ref()),
            _ => None,
        });
        let decision = events.iter().find_map(|event| match event {
            Event::Decided(decision) => Some(decision.as_ref()),
            _ => None,
        });
        let (Some(judging), Some(decision)) = (judging, decision) else {
            let missing = Some("the run is unfinished".to_owned());
            return Self { library: None, before: None, own: None, missing };
        };
        let library = match library {
            Ok(library) => library,
            // Of an empty log all is known.
            Err(why) => {
                let before = (judging.log_size == 0).then_some(0);
                return Self { library: None, before, own: None, missing: Some(why) };
            }
        };
        match own(&library, started, judging, decision) {
            Ok(own) => {
                Self { before: Some(judging.log_size), own: Some(own), library: Some(library), missing: None }
            }
            Err(why) => {
                let before = (judging.log_size == 0).then_some(0);
                Self { library: Some(library), before, own: None, missing: Some(why.to_owned()) }
            }
        }
    }

    /// Whether the gates can be asked again: the log that they met is at hand.
    pub fn reaches_gates(&self) -> bool {
        self.before.is_some()
    }

    /// The run's own leaves.
    pub fn leaves(&self) -> Option<&[Leaf]> {
        self.own.as_deref()
    }

    /// Leaves before the run's own, as far as a replay begins with them.
    pub fn before(&self) -> u64 {
        self.before.unwrap_or(0)
    }

    /// Why something is not at hand.
    pub fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// A scratch library in the folder `dir` that begins as the run's did.
    ///
    /// # Errors
    /// As [`Library::replica`].
    pub fn replica(&self, dir: &Path, name: &str, keys: &Keys) -> Result<Library, Error> {
        match &self.library {
            Some(library) if self.before() > 0 => {
                Library::replica(dir, library.name(), keys, library, self.before())
            }
            _ => Library::open_or_create(dir, name, keys),
        }
    }
}

/// The leaves that a run added: a baseline if it was the first, its attempt, and what resolved that.
fn own(
    library: &Library,
    started: &Started,
    judging: &Judging,
    decision: &Decision,
) -> Result<Vec<Leaf>, &'static str> {
    if library.head().size < judging.log_size {
        return Err("the library is shorter than the run's was: it is another one, or an older copy");
    }
    let since: Vec<Leaf> = library.leaves_from(judging.log_size).map(|(_, leaf)| leaf.clone()).collect();
    let task = Digest::from_hex(&started.task).ok();
    let ours = |leaf: &Leaf, channel: &str| {
        leaf.name == started.agent && leaf.channel == channel && Some(leaf.task) == task
    };
    let first = since.first().filter(|leaf| ours(leaf, CHANNEL) && leaf.kind == Kind::Baseline);
    let mut own: Vec<Leaf> = first.into_iter().cloned().collect();
    let Some(record) = &decision.record else { return Ok(own) };
    let rest = &since[own.len()..];
    let is_ours = |leaf: &Leaf| ours(leaf, &started.channel) && leaf.component.hex() == judging.component;
    match rest {
        // What resolves it waited for people, and is theirs.
        [attempt, ..] if record.pending.is_some() && attempt.kind == Kind::Attempt && is_ours(attempt) => {
            own.push(attempt.clone());
            Ok(own)
        }
        [attempt, resolved, ..]
            if attempt.kind == Kind::Attempt
                && is_ours(attempt)
                && is_ours(resolved)
                && resolved.attempt == attempt.attempt =>
        {
            own.extend([attempt.clone(), resolved.clone()]);
            Ok(own)
        }
        _ if rest.iter().any(|leaf| leaf.kind == Kind::Attempt && is_ours(leaf)) => {
            Err("others wrote to the library between this run's own leaves: it can't be brought back there")
        }
        _ => Err("the library does not hold this run's attempt: name the run's own with --library"),
    }
}
