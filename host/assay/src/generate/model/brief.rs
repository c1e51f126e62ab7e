//! The brief: what a model may be told of a run.
//!
//! Plain values, taken from the task and the journal by whoever asks. The names of the fields are the names that
//! templates use, so they are part of what a task can rely on. Nothing here is cleaned or cut: that is for the
//! filters, where one can see it in the template.

use std::collections::BTreeMap;

use rand_chacha::rand_core::Rng;
use serde::Serialize;

use crate::generate::mutate::is_marked;
use crate::task::{Direction, Task};

/// The interface of tasks that bring none of their own.
const GENERAL: &str = include_str!("../../../../../wit/agent.wit");

/// How a proposal is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The whole program, in one fence.
    Rewrite,
    /// Search and replace blocks against the first parent.
    Diff,
}

impl Form {
    /// A diff so often of all times.
    pub fn drawn(diff_share: f64, rng: &mut impl Rng) -> Self {
        let point = f64::from(rng.next_u32()) / (f64::from(u32::MAX) + 1.0);
        if point < diff_share { Self::Diff } else { Self::Rewrite }
    }

    /// In templates and journals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rewrite => "rewrite",
            Self::Diff => "diff",
        }
    }
}

/// All that a template can speak of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Brief {
    /// What the programs are for.
    pub task: About,
    /// How to answer.
    pub form: Form,
    /// Mean score of the agent that the task starts from; none if it was not scored.
    pub seed_score: Option<f64>,
    /// The task's reference agents.
    pub references: Vec<Reference>,
    /// The programs to improve, the first the one that a diff applies to. Never empty when a proposal is asked for.
    pub parents: Vec<Parent>,
    /// Other good programs of the archive, best first. The last are left out first where room is short.
    pub inspirations: Vec<Example>,
    /// What went wrong lately, newest first. The last are left out first, after the inspirations.
    pub failures: Vec<Failure>,
    /// A wish of whoever asks, perhaps itself a program: shown as data. May be empty.
    pub guidance: String,
}

/// What a task tells a model of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The name under which its agents are kept.
    pub name: String,
    /// The task's own sentences.
    pub description: String,
    /// What a score counts, e.g. `% excess over the L1 bound`.
    pub unit: String,
    /// `lower is better` or `higher is better`.
    pub better: &'static str,
    /// The WIT text that declares the world `agent`.
    pub interface: String,
    /// Whether only a marked region of its programs evolves.
    pub marked: bool,
}

impl About {
    /// What `task` says.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        Self {
            name: task.agent_name(),
            description: task.description.clone(),
            unit: task.score.unit.clone(),
            better: match task.score.direction {
                Direction::Minimize => "lower is better",
                Direction::Maximize => "higher is better",
            },
            interface: task.wit.as_ref().map_or(GENERAL, |wit| wit.text.as_str()).to_owned(),
            marked: is_marked(&task.seed.text),
        }
    }
}

/// A reference agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// Its file in the task's folder.
    pub name: String,
    /// Its mean score on the train cases.
    pub score: f64,
}

/// A program to improve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parent {
    /// Its whole source.
    pub source: String,
    /// Its mean score on the train cases; none if some case was not scored.
    pub score: Option<f64>,
    /// Means of the evaluator's named metrics.
    pub metrics: BTreeMap<String, f64>,
    /// Fuel over all train cases; none if some case was not scored.
    pub fuel: Option<u64>,
    /// The evaluator's words. May be empty.
    pub notes: String,
    /// Why it has no score.
    pub failure: Option<Trouble>,
}

/// A good program, to learn from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Its whole source.
    pub source: String,
    /// Its mean score on the train cases.
    pub score: f64,
}

/// A program that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its source.
    pub source: String,
    /// Why.
    pub trouble: Trouble,
}

/// What somebody said of a program that came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Who.
    pub kind: Kind,
    /// Their words.
    pub words: String,
}

/// Who speaks in a [`Trouble`]. In templates the word in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The compiler: diagnostics.
    Compiler,
    /// The sandbox: a verdict.
    Verdict,
    /// The evaluator: its notes.
    Evaluator,
    /// The program itself: last words in its log.
    Log,
}
