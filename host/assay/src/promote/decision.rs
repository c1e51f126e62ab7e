//! A decision: what each gate found, in words and in numbers, whether or not it ended in a promotion.

use super::statistics::interval::Interval;
use super::statistics::sign_flip::SignFlip;
use serde::{Deserialize, Serialize};

/// The gates, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// World, imports, size; and not the incumbent itself.
    Conforms,
    /// Better than the incumbent on the train cases.
    Improves,
    /// Better on cases nobody could train on, by more than chance and by enough to matter.
    Generalizes,
    /// Fuel and memory against the incumbent.
    Affordable,
    /// Metrics that may not fall.
    Guards,
}

impl Gate {
    /// The gate's name as it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Improves => "improves",
            Self::Generalizes => "generalizes",
            Self::Affordable => "affordable",
            Self::Guards => "guards",
        }
    }
}

/// What one gate found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// The gate.
    pub gate: Gate,
    /// Whether it lets the candidate through.
    pub passed: bool,
    /// Why, with the numbers.
    pub reason: String,
}

/// All that was found about one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Decision {
    /// The name it would be kept under.
    pub agent: String,
    /// Digest of the candidate's component.
    pub component: String,
    /// Digest of the incumbent's component.
    pub incumbent: String,
    /// The gates that were asked, in order; the first that refused is the last.
    pub findings: Vec<Finding>,
    /// What was seen on the holdout, if it came to that.
    pub holdout: Option<Holdout>,
    /// All gates passed.
    pub promoted: bool,
    /// Where it stands in the library, if an attempt was made.
    pub record: Option<Record>,
}

/// Where a decision stands in the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// The version: digest of its manifest.
    pub version: String,
    /// Digest of the evidence's payload.
    pub evidence: String,
    /// Index of the leaf that promotes or refuses; none while it waits for people.
    pub leaf: Option<u64>,
    /// What waits for approval, by the digest of what is to be signed.
    pub pending: Option<String>,
}

/// The holdout, as far as it may be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Holdout {
    /// Number of this attempt, counted by the library over all attempts on this task, agent and channel.
    pub attempt: u64,
    /// What this attempt may spend of the task's alpha.
    pub level: f64,
    /// Where the cases came from.
    pub origin: Origin,
    /// Number of cases.
    pub cases: u64,
    /// sha256 over the cases drawn; for a sealed holdout the salted commitment to the results per case.
    pub commitment: String,
    /// The candidate's and the incumbent's results. For a sealed holdout: the Ladder's answer only.
    pub seen: Seen,
    /// The sign-flip test of candidate against incumbent. Not told of a sealed holdout but for its verdict.
    pub test: Option<SignFlip>,
    /// Agents to compare with, on the same cases. Empty for a sealed holdout.
    pub against: Vec<Comparison>,
}

/// Where holdout cases came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", deny_unknown_fields)]
pub enum Origin {
    /// Drawn by the task's simulator from a seed that was fixed only after the candidate was.
    Drawn {
        /// Root of the library's log once it held the attempt, hex.
        log_root: String,
    },
    /// The task's fixed holdout, which stays sealed.
    Sealed,
}

/// Results on the holdout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "seen", deny_unknown_fields)]
pub enum Seen {
    /// Fresh cases: everything can be told, they are never used again.
    Open {
        /// Of the candidate.
        candidate: Cost,
        /// Of the incumbent.
        incumbent: Cost,
    },
    /// Fixed cases: the new best rounded to the task's minimum effect, or that there is none.
    Ladder {
        /// The released score; none: no change.
        released: Option<f64>,
    },
}

/// A mean score and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cost {
    /// Mean score, in the task's unit.
    pub score: f64,
    /// Fuel over all cases.
    pub fuel: u64,
    /// Largest memory of any case, in bytes.
    pub memory_bytes: u64,
}

/// The candidate against another agent, case by case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Comparison {
    /// `incumbent`, or a reference agent's file name.
    pub name: String,
    /// The other's mean score.
    pub score: f64,
    /// The candidate's mean gain over it (more is better), in the score's unit.
    pub gain: f64,
    /// The interval for that gain.
    pub interval: Interval,
    /// One-sided p-value of the sign-flip test.
    pub p_value: f64,
}
