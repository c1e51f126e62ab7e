//! The task as a value: what every other room reads.

use sandbox::policy::Limits;
use serde::{Deserialize, Serialize};

/// A task, one class of it, with every text read in. Made by [`Task::load`].
#[derive(Clone, Debug)]
pub struct Task {
    /// Kebab-case, at most 64 bytes.
    pub name: String,
    /// The class that was chosen, if the task has classes.
    pub class: Option<String>,
    /// All classes in the order of the file, the default first. Not part of the digest: the others can't
    /// reach a result.
    pub classes: Vec<String>,
    /// One or two sentences for people. Not part of the digest.
    pub description: String,
    /// The agent that the first promotion has to beat.
    pub seed: Source,
    /// The task's own interface; none: the general world `agent`.
    pub wit: Option<Source>,
    /// Agents shown beside a result, for people to compare with.
    pub references: Vec<Source>,
    /// What candidates may import beyond `log`, sorted.
    pub grants: Vec<Grant>,
    /// Who judges.
    pub evaluator: Evaluator,
    /// What a score means.
    pub score: Score,
    /// No case's score can be better than this, in the score's unit; none: the task does not say. A candidate that can't catch
    /// up any more, even so, is not tried to the end.
    pub bound: Option<f64>,
    /// What candidates are tried on.
    pub cases: Cases,
    /// How a claim of improvement is judged.
    pub judging: Judging,
    /// What else a promotion must hold to.
    pub gates: Gates,
    /// How a version on trial is observed.
    pub canary: Canary,
    /// The limits of one evaluation.
    pub limits: Limits,
    /// Settings of the generator `mutate`.
    pub mutate: Mutate,
    /// How a language model is asked, where a run asks one.
    pub model: ModelSettings,
    /// What this task's agents, improvers, are tried on; none: its agents are no improvers.
    pub nested: Option<Nested>,
    /// What its agents turn into what; none: the task does not say.
    pub catalogue: Option<Catalogue>,
}

impl Task {
    /// The name under which the library keeps this task's agents: the task's name, or `name-class`.
    pub fn agent_name(&self) -> String {
        match &self.class {
            Some(class) => format!("{}-{class}", self.name),
            None => self.name.clone(),
        }
    }
}

/// A text of the task's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path inside the folder, e.g. `first-fit.rs`.
    pub name: String,
    /// Its content, UTF-8 without a byte-order mark.
    pub text: String,
}

/// What a candidate may import beyond `log`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// WASI 0.2, virtualised: no files, a clock of its own, seeded random numbers.
    Wasi,
}

impl Grant {
    /// The word in `task.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wasi => "wasi",
        }
    }
}

/// Who judges a candidate.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluator {
    /// The task's own evaluator, Rust source.
    Own(Source),
    /// The built-in evaluator of declared expectations, for general agents.
    Expectations {
        /// How an answer is compared with what was expected.
        mode: Mode,
        /// Largest absolute difference that counts as equal; 0 unless the mode is numeric.
        tolerance: f64,
    },
}

/// How the built-in evaluator compares an answer with what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The same text, byte by byte.
    Exact,
    /// Equal as JSON values.
    Json,
    /// Numbers that differ by no more than the tolerance.
    Numeric,
}

impl Mode {
    /// The word in `task.toml` and in case texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Json => "json",
            Self::Numeric => "numeric",
        }
    }
}

/// What a score means.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Whether less or more is better.
    pub direction: Direction,
    /// For people, e.g. `% excess over the L1 bound`.
    pub unit: String,
    /// The smallest mean improvement worth a promotion, in the score's unit. Positive, or 0 where judging is
    /// exact (then any improvement counts).
    pub minimum_effect: f64,
}

/// Which way a score improves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Less is better.
    Minimize,
    /// More is better.
    Maximize,
}

impl Direction {
    /// The word in `task.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minimize => "minimize",
            Self::Maximize => "maximize",
        }
    }

    /// `score` so oriented that more is better.
    pub fn oriented(self, score: f64) -> f64 {
        match self {
            Self::Minimize => -score,
            Self::Maximize => score,
        }
    }
}

/// What candidates are tried on.
#[derive(Clone, Debug, PartialEq)]
pub enum Cases {
    /// Given in the task's folder. Case texts, in the order of their file.
    Fixed {
        /// Cases that guide the search; at least one.
        train: Vec<String>,
        /// Cases that only `promote` reads; at least one, or none where judging is exact. None of them is
        /// also a train case.
        holdout: Vec<String>,
    },
    /// Drawn by a simulator; fresh ones for each attempt at a promotion.
    Drawn(Simulator),
}

/// A source of cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulator {
    /// Its Rust source.
    pub source: Source,
    /// How many cases are drawn for training, 1 to 10 000.
    pub train: u32,
    /// What is handed to `draw`: a JSON object, compact, keys sorted.
    pub parameters: String,
    /// Case texts that join the drawn ones in training, after them: real inputs, edge cases. At most 10 000 a file.
    pub pool: Vec<String>,
}

/// How a claim of improvement is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judging {
    /// The score is a proof over all inputs: there is nothing to sample and no holdout.
    pub exact: bool,
    /// The chance of ever promoting a candidate that is no better, over all attempts; in (0, 1). Unused where
    /// judging is exact.
    pub alpha: f64,
}

/// What a promotion must hold to besides its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Gates {
    /// Most fuel on the holdout, as a multiple of the incumbent's. Positive.
    pub fuel_factor: f64,
    /// Most peak memory on the holdout, as a multiple of the incumbent's. Positive.
    pub memory_factor: f64,
    /// Metrics that may not fall, by name.
    pub guards: Vec<String>,
}

impl Default for Gates {
    fn default() -> Self {
        Self { fuel_factor: 4.0, memory_factor: 2.0, guards: Vec::new() }
    }
}

/// How a version on trial in the channel `canary` is observed beside the one in use, and when it is taken back. Its
/// serialised form stands in the evidence of a promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Canary {
    /// Percent of the calls that are observed, 0 to 100; 0: none.
    pub share: u32,
    /// Calls to compare before it may move up; at least 1.
    pub observations: u64,
    /// Most errors where the version in use had none.
    pub errors: u64,
    /// Most fuel, as a multiple of what the version in use spent on the same calls. Positive.
    pub fuel_factor: f64,
    /// Largest share of answers that differ, 0 to 1; none: they may, for that is what a better version does.
    pub differing: Option<f64>,
}

impl Canary {
    /// What holds where a task says nothing.
    pub fn of(gates: &Gates) -> Self {
        Self { share: 10, observations: 20, errors: 0, fuel_factor: gates.fuel_factor, differing: None }
    }
}

/// Settings of the generator `mutate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutate {
    /// Most syntax-tree nodes that the evolved region may grow to; none: the generator's own rule.
    pub max_nodes: Option<u32>,
    /// Also draw from the operators that make and unmake loops. Off unless the task says so.
    pub loops: bool,
    /// Train cases of the first stage of a cascade: who does worse on them than every elite of its island did is not tried on the
    /// others. 1 to 10 000, a class may say its own; none: no such stage.
    pub cascade: Option<u32>,
}

/// The name of the metric that a model's opinion is reported under. No gate may rest on it.
pub const MODEL_OPINION: &str = "model-opinion";

/// How a language model is asked, where a run asks one.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSettings {
    /// The task's own template that asks for a program; none: the shipped one.
    pub propose: Option<Source>,
    /// The same for a repair.
    pub repair: Option<Source>,
    /// The same for an opinion.
    pub judge: Option<Source>,
    /// Share of proposals that ask for a diff rather than for a whole program, 0 to 1.
    pub diff_share: f64,
    /// Whether a model is asked for its opinion of programs.
    pub opinions: bool,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self { propose: None, repair: None, judge: None, diff_share: 0.5, opinions: false }
    }
}

/// What improvers are tried on.
#[derive(Clone, Debug)]
pub struct Nested {
    /// 1 to 64 tasks with simulators; none of them nests.
    pub tasks: Vec<Task>,
    /// Tasks that no run tries improvers on: `assay transplant` alone does. Not part of the digest.
    pub held_out: Vec<Task>,
    /// What an improver may spend on one case.
    pub budget: NestedBudget,
    /// Cases of a nested task that its `evaluation` scores programs on, 1 to 1000.
    pub train: u32,
    /// Other cases, that what it returns is measured on, 1 to 1000.
    pub measure: u32,
}

/// What an improver may spend on one case. Moved to it, never shared: what it leaves is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NestedBudget {
    /// Programs that it may ask for.
    pub proposals: u32,
    /// Programs that it may have scored.
    pub evaluations: u32,
    /// Fuel of all these evaluations together.
    pub fuel: u64,
}

/// What a task's agents turn into what, for whoever looks for one or joins several. Only agents of the general world have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The kind of data that `run` is given: a kebab-case word, the same for all that understand each other.
    pub takes: String,
    /// The kind of data that `run` returns.
    pub gives: String,
    /// How hard the task is by its author's word, 1 to 10.
    pub difficulty: u32,
    /// Kebab-case words that it may be found by, in the order of the file, none twice; may be empty.
    pub words: Vec<String>,
}
