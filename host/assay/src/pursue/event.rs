//! Events: everything that happens while goals are pursued, one journal for all of them.
//!
//! What an agent was used for and came to, what is left of a quota, and how the library grew are folds over these events
//! ([`super::memory`]); none holds a time or a path, so two pursuits of the same goal write the same bytes.

use super::goal::Quotas;
use crate::promote::Decision;
use crate::run::journal::Form;
use crate::team::steps::Step;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The journal of all goals.
pub const FORM: Form = Form { file: "goals.jsonl", header: r#"{"assay-goals":1}"# };

/// One line of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
pub enum Event {
    /// A goal is taken up: everything that its pursuit is a function of, beside the library.
    Began(Box<Began>),
    /// The orchestrator asked something.
    Called(Called),
    /// A search for an agent came to its end.
    Made(Made),
    /// A guard stood in the way.
    Refused(Refused),
    /// A person is to be asked before the pursuit goes on.
    Waiting {
        /// For what: `capability KIND` or `growth N`.
        what: String,
    },
    /// A person said yes.
    Allowed {
        /// To what.
        what: String,
    },
    /// The orchestrator is done.
    Returned(Returned),
    /// What it returned goes before the gates. What these find beyond `log_size` in the library is its own.
    Judging {
        /// Size of the library's log.
        log_size: u64,
    },
    /// What the gates said.
    Judged(Box<Decision>),
    /// Who reaches the goal now: what was promoted, or what was in use and stayed.
    Reached(Box<Reached>),
    /// Who was tried for the goal and does not reach it; nobody else was in use.
    Short(Box<Reached>),
    /// One step of the answer to the goal's input.
    Step(Box<Step>),
    /// The answer to the goal's input.
    Answered {
        /// It, or why there is none.
        answer: Result<String, String>,
    },
    /// How who reaches the goal stands, by several strategies side by side.
    Assessed(Box<Assessed>),
    /// The explorer's proposal, and what became of it.
    Proposed(Proposed),
    /// A task that nobody trains for, tried with what the library holds.
    HeldOut(HeldOut),
    /// An agent that is no longer offered to anyone. It stays in the library, with its evidence.
    Retired {
        /// Its name.
        agent: String,
        /// Goals since it was last used.
        idle: u64,
        /// Goals in a row that were not reached with it.
        failed: u64,
    },
    /// The pursuit is over.
    Ended {
        /// Whether anyone was found who does better than the agent that the goal's task starts from.
        reached: bool,
    },
}

/// What a pursuit is a function of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Began {
    /// The goal's name.
    pub goal: String,
    /// Digest of its file and input.
    pub digest: String,
    /// Its task.
    pub task: String,
    /// That task's declared difficulty.
    pub difficulty: u32,
    /// Digest of the catalogue.
    pub catalogue: String,
    /// Digest of the orchestrator's component.
    pub orchestrator: String,
    /// Digest of the explorer's component.
    pub explorer: String,
    /// Everything random follows from it.
    pub seed: u64,
    /// What it may cost.
    pub quotas: Quotas,
    /// What is switched off, for comparison: `reuse`, `exploration`.
    pub without: Vec<String>,
    /// The model that the orchestrator may ask.
    pub model: Option<String>,
}

/// A call of the orchestrator, and its answer, as WAVE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Called {
    /// `interface.function`.
    pub function: String,
    /// Arguments.
    pub request: String,
    /// Result.
    pub reply: String,
    /// Fuel that it cost.
    pub fuel: u64,
}

/// A search that came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Made {
    /// The agent.
    pub agent: String,
    /// The run.
    pub run: String,
    /// Made ahead of need.
    pub ahead: bool,
    /// Candidates that were tried.
    pub candidates: u64,
    /// Fuel of their evaluations.
    pub fuel: u64,
    /// Whether the gates let the winner through.
    pub promoted: bool,
    /// The component that is in use now.
    pub component: Option<String>,
    /// What the winner is worth, if it was let through: 0 the task's seed, 1 its best reference.
    pub worth: Option<f64>,
}

/// A guard that stood in the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Refused {
    /// The quota or policy, by its name in the goal's file.
    pub guard: String,
    /// What was wanted, and what stood in the way.
    pub words: String,
}

/// How the orchestrator ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "returned", deny_unknown_fields)]
pub enum Returned {
    /// With who reaches the goal: a team's document, or `agent ` and a digest.
    Source {
        /// It.
        source: String,
    },
    /// With its own word that there is none, or a verdict.
    Nothing {
        /// Why, capped.
        words: String,
    },
}

/// Who reaches a goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reached {
    /// The component.
    pub component: String,
    /// Its roles, by name; one without a name where it is no team.
    pub parts: Vec<Part>,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Part {
    /// The role.
    pub role: String,
    /// The agent's name, if it is known.
    pub agent: Option<String>,
    /// Its component.
    pub component: String,
    /// It was there before this goal needed it: found, or made ahead of need.
    pub reused: bool,
}

/// How who reaches a goal stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Assessed {
    /// Mean score on cases drawn for this.
    pub score: Option<f64>,
    /// Metrics on them.
    pub metrics: BTreeMap<String, f64>,
    /// That of what the task starts from.
    pub seed_score: Option<f64>,
    /// That of what was in use before.
    pub before_score: Option<f64>,
    /// Fuel on these cases.
    pub fuel: u64,
    /// The model's word, which counts for nothing by itself.
    pub opinion: Option<String>,
    /// Where it is weak: the worst cases, the worst first.
    pub weak: Vec<Weak>,
}

/// A case on which somebody is weak.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Weak {
    /// The seed that it was drawn by, or its index.
    pub case: u64,
    /// The score; none: not scored.
    pub score: Option<f64>,
    /// How it ended, and the evaluator's notes, capped.
    pub words: String,
}

/// An explorer's proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Proposed {
    /// The task.
    pub task: String,
    /// Other parameters of its simulator, JSON; empty: its own.
    pub parameters: String,
    /// The explorer's words.
    pub why: String,
    /// `kept`, or why not: `unknown`, `known`, `trivial`, `hopeless`, `broken`.
    pub fate: String,
    /// What today's library scores on it.
    pub attempt: Option<f64>,
    /// What the task's best reference scores.
    pub best: Option<f64>,
    /// Variations of the attempt that scored better, of how many.
    pub better: (u64, u64),
}

/// A task that nobody trains for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HeldOut {
    /// The task.
    pub task: String,
    /// Its declared difficulty.
    pub difficulty: u32,
    /// Whether what the library holds does better than what the task starts from, by more than chance.
    pub solved: bool,
    /// Its mean score.
    pub score: Option<f64>,
    /// That of what the task starts from.
    pub seed_score: Option<f64>,
    /// Why it is not solved, in words.
    pub words: String,
}
