//! Events: everything that happens in a run, in the order in which it counts.
//!
//! A run is its journal. Population, archive, counters and the promoted version are folds over these
//! events; none holds a time, a path of this machine, or anything that depends on scheduling, so two runs
//! with one seed write the same bytes. The journal's version rule: a reader refuses what it does not know.

mod settings;

pub use settings::{Generator, Search};

use crate::model::Spend;
use crate::promote::Decision;
use sandbox::protocol::EngineIdentity;
use sandbox::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The journal format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// One line of a run's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
pub enum Event {
    /// First line: everything that a run is a function of.
    Started(Box<Started>),
    /// The seed agent or a reference agent, evaluated on the train cases.
    Reference(Reference),
    /// One candidate: where it came from and what became of it.
    Candidate(Box<Candidate>),
    /// The archive's best, compared on cases that selection never saw; the first is chosen.
    Selected(Selected),
    /// The winner goes before the gates. What it finds beyond `log_size` in the library is its own.
    Judging(Box<Judging>),
    /// What the gates said.
    Decided(Box<Decision>),
    /// The improver that leads is done with one round. If none of its rounds had a program to show, the run ends there.
    Returned(Returned),
    /// A model's opinion of a candidate that came to the top. Nobody can find it out again, and no gate rests on it.
    Opinion(Opinion),
    /// Somebody wanted the search to end here, short of its candidates: what is best so far is judged.
    Finish {
        /// Candidates of the search until here.
        candidates: u64,
    },
}

/// How one round of an improver that leads ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "returned", deny_unknown_fields)]
pub enum Returned {
    /// With a program, which is this candidate.
    Program {
        /// Its number.
        candidate: u64,
    },
    /// With something that can't be judged: no program of the task, or its own word that it can't.
    Nothing {
        /// Why, capped.
        words: String,
    },
    /// Otherwise.
    Failed {
        /// How.
        verdict: Verdict,
    },
}

impl Returned {
    /// What came of a run in whose rounds, given here in order, no program was returned: there is nothing to ask the gates
    /// about, and the run is over.
    pub fn nothing<'a>(mut rounds: impl Iterator<Item = &'a Self>) -> Option<&'a Self> {
        // A round without a program is the last one. If it is the first as well, none had one.
        rounds.next().filter(|first| !matches!(first, Self::Program { .. }))
    }
}

/// What a run is a function of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Started {
    /// [`FORMAT`].
    pub format: u32,
    /// The name under which agents of this task and class are kept.
    pub agent: String,
    /// The channel in which the winner would be current.
    pub channel: String,
    /// The task's digest and, part by part, what went into it.
    pub task: String,
    /// Part → digest, so that a resume can say what changed.
    pub task_parts: BTreeMap<String, String>,
    /// The class of the task, if it has classes.
    pub class: Option<String>,
    /// The search's own settings.
    pub search: Search,
    /// Identity of the guest toolchain, and its version line.
    pub toolchain: String,
    /// e.g. `rustc 1.96.0 (…)`.
    pub compiler: String,
    /// Identity of the engine that evaluates.
    pub engine: EngineIdentity,
    /// This program's version.
    pub host: String,
    /// sha256 over the train cases.
    pub train_cases: String,
}

/// An agent that came with the task, measured on the train cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reference {
    /// File name in the task folder.
    pub name: String,
    /// Digest of its component.
    pub component: String,
    /// Its mean score and cost.
    pub measured: Measured,
}

/// One candidate of the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Candidate {
    /// 0 is the seed agent; proposals count from 1.
    pub id: u64,
    /// Search or minimisation.
    pub phase: Phase,
    /// The island it was made for.
    pub island: u64,
    /// Whose source it came from, the first the one that was edited.
    pub parents: Vec<u64>,
    /// Names of the edits, or who wrote it.
    pub operators: Vec<String>,
    /// The model that wrote it, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Digests of the exchanges that it rests on: the proposal `{id}/0` and, if there was one, the repair `{id}/1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<String>,
    /// What these cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Spend>,
    /// The whole source text. Empty if a model's answer held no program.
    pub source: String,
    /// What became of it.
    pub fate: Fate,
}

/// Why a candidate was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// To find something better.
    Search,
    /// To find something as good and smaller.
    Minimise,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fate", deny_unknown_fields)]
pub enum Fate {
    /// The source did not become a component.
    Rejected {
        /// `diagnostics`, `compiler-died`, `timed-out`, `world` or `source`; or why a model's answer held no program.
        kind: String,
        /// The compiler's words, capped.
        words: String,
    },
    /// Its component is one that was judged before.
    Duplicate {
        /// The candidate that was judged.
        of: u64,
    },
    /// Every train case was scored.
    Scored {
        /// Digest of the component.
        component: String,
        /// Means and costs.
        measured: Measured,
        /// Mean score over a cascade's first stage, where the task has one ([`crate::task::Mutate::cascade`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<f64>,
    },
    /// It can no longer get where it must, so the other train cases were not tried (see [`crate::evaluate::race`]).
    Pruned {
        /// Digest of the component.
        component: String,
        /// Cases after which it was clear.
        cases: u64,
        /// The best mean score that was still possible then.
        best: f64,
    },
    /// On a cascade's first stage it did worse than every elite of its island, so the other train cases were not tried.
    Eliminated {
        /// Digest of the component.
        component: String,
        /// Cases of that stage.
        cases: u64,
        /// Mean score over them.
        score: f64,
    },
    /// Some case was not scored; the first such verdict.
    Failed {
        /// Digest of the component.
        component: String,
        /// Index of the train case.
        case: u64,
        /// How it ended.
        verdict: Verdict,
        /// Last words, capped: what a panic left in the log.
        log: String,
    },
}

impl Fate {
    /// What depended on the machine and its load, if this did: nobody can find it out again.
    pub fn environmental(&self) -> Option<&'static str> {
        match self {
            Self::Failed { verdict, .. } if verdict.is_environmental() => Some(verdict.name()),
            Self::Rejected { kind, .. } if kind == "timed-out" => Some("timed-out"),
            _ => None,
        }
    }
}

impl Event {
    /// The event's name, as it stands in a journal.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Reference(_) => "reference",
            Self::Candidate(_) => "candidate",
            Self::Selected(_) => "selected",
            Self::Judging(_) => "judging",
            Self::Decided(_) => "decided",
            Self::Returned(_) => "returned",
            Self::Opinion(_) => "opinion",
            Self::Finish { .. } => "finish",
        }
    }
}

/// An evaluation in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Measured {
    /// Mean score over the cases, in the task's unit.
    pub score: f64,
    /// Means of the evaluator's named metrics.
    pub metrics: BTreeMap<String, f64>,
    /// Fuel over all cases.
    pub fuel: u64,
    /// Largest memory of any case, in bytes.
    pub memory_bytes: u64,
    /// sha256 over the per-case results: verdicts, fuel, memory.
    pub results: String,
}

/// What a model thinks of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Opinion {
    /// The candidate.
    pub candidate: u64,
    /// The model's name.
    pub model: String,
    /// Digest of the exchange `{id}/opinion`.
    pub exchange: String,
    /// 0 to 10; none if the answer held no number.
    pub opinion: Option<f64>,
}

/// The finalists on fresh cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Selected {
    /// (candidate, mean score), best first.
    pub finalists: Vec<(u64, f64)>,
}

/// The winner, on its way to the gates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Judging {
    /// The candidate.
    pub candidate: u64,
    /// Digest of its component, compiled alone.
    pub component: String,
    /// What that came to on the train cases; none if not every case was scored.
    pub measured: Option<Measured>,
    /// Leaves in the library's log before anything of this run was added.
    pub log_size: u64,
}
