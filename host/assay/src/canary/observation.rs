//! What was seen of a canary, as events and as their fold; and when that is too much.
//!
//! Calls that the version in use answered count: only there can a canary be worse. Endings that depend on the machine
//! (timed out, crashed) say nothing about a version: they are written down, count for neither side, and the call may be
//! observed again.

use crate::digest::sha256;
use crate::evaluate::pool::Invoked;
use crate::task::Canary;
use library::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The number of this format.
pub const FORMAT: u32 = 1;

/// One event of an observation journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The first: who is observed beside whom, under which policy.
    Opened(Box<Opened>),
    /// A call was made to both.
    Observed(Observed),
}

/// What an observation journal is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Opened {
    /// [`FORMAT`].
    pub format: u32,
    /// The agent's name.
    pub agent: String,
    /// Digest of the leaf that made the canary current.
    pub leaf: Digest,
    /// The canary: digest of its manifest.
    pub canary: Digest,
    /// Digest of the component in use.
    pub stable: Digest,
    /// When it is taken back.
    pub policy: Canary,
}

/// A call that was made to both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Observed {
    /// [`super::call`] of it.
    pub call: String,
    /// The version in use.
    pub stable: Side,
    /// The canary.
    pub canary: Side,
}

/// How a call ended for one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Side {
    /// How.
    pub ended: Ended,
    /// What it cost; none where that is not known, as after a trap.
    pub fuel: Option<u64>,
    /// Largest linear memory, in bytes; none as above.
    pub memory_bytes: Option<u64>,
}

/// Endings, as far as a canary is judged by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// With an answer: sha256 of its WAVE text.
    Answered(String),
    /// With this verdict, by its own fault.
    Erred(String),
    /// With this verdict, which depends on the machine.
    Environmental(String),
}

impl Side {
    /// What is kept of a call's end.
    pub fn of(invoked: &Invoked) -> Self {
        match invoked {
            Ok((value, usage, _)) => Self {
                ended: Ended::Answered(sha256(value)),
                fuel: usage.fuel,
                memory_bytes: Some(usage.memory_bytes),
            },
            Err((verdict, _)) => {
                let name = verdict.name().to_owned();
                let ended =
                    if verdict.is_environmental() { Ended::Environmental(name) } else { Ended::Erred(name) };
                Self { ended, fuel: None, memory_bytes: None }
            }
        }
    }
}

/// What the two endings are together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The same answer.
    Equal,
    /// Two answers.
    Differing,
    /// The canary erred where the version in use answered.
    Error,
    /// The other way round.
    Mended,
    /// Neither answered.
    BothErred,
    /// One of the two depended on the machine.
    Environmental,
}

impl Observed {
    /// What the two endings are together.
    pub fn outcome(&self) -> Outcome {
        match (&self.stable.ended, &self.canary.ended) {
            (Ended::Environmental(_), _) | (_, Ended::Environmental(_)) => Outcome::Environmental,
            (Ended::Answered(one), Ended::Answered(other)) if one == other => Outcome::Equal,
            (Ended::Answered(_), Ended::Answered(_)) => Outcome::Differing,
            (Ended::Answered(_), Ended::Erred(_)) => Outcome::Error,
            (Ended::Erred(_), Ended::Answered(_)) => Outcome::Mended,
            (Ended::Erred(_), Ended::Erred(_)) => Outcome::BothErred,
        }
    }
}

/// What one of the two spent on the calls that both answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// Fuel over all of them.
    pub fuel: u64,
    /// Largest memory of any, in bytes.
    pub memory_bytes: u64,
}

/// The fold over an observation journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Calls with the same answer.
    pub equal: u64,
    /// Calls with two answers.
    pub differing: u64,
    /// Calls where the canary erred and the version in use answered.
    pub errors: u64,
    /// Calls where the version in use erred and the canary answered.
    pub mended: u64,
    /// Calls where neither answered.
    pub both_erred: u64,
    /// Endings that depended on the machine.
    pub environmental: u64,
    /// Of the version in use.
    pub stable: Spent,
    /// Of the canary.
    pub canary: Spent,
    /// Calls that need no second observation.
    #[serde(skip)]
    known: BTreeSet<String>,
}

impl Tally {
    /// Takes an event in. Of two observations of one call, which two processes may have made at once, the first counts.
    pub fn apply(&mut self, event: &Event) {
        let Event::Observed(observed) = event else { return };
        let outcome = observed.outcome();
        if outcome != Outcome::Environmental && !self.known.insert(observed.call.clone()) {
            return;
        }
        let count = match outcome {
            Outcome::Equal => &mut self.equal,
            Outcome::Differing => &mut self.differing,
            Outcome::Error => &mut self.errors,
            Outcome::Mended => &mut self.mended,
            Outcome::BothErred => &mut self.both_erred,
            Outcome::Environmental => &mut self.environmental,
        };
        *count += 1;
        if matches!(outcome, Outcome::Equal | Outcome::Differing)
            && let (Some(old), Some(new)) = (observed.stable.fuel, observed.canary.fuel)
        {
            for (spent, fuel, side) in
                [(&mut self.stable, old, &observed.stable), (&mut self.canary, new, &observed.canary)]
            {
                spent.fuel = spent.fuel.saturating_add(fuel);
                spent.memory_bytes = spent.memory_bytes.max(side.memory_bytes.unwrap_or(0));
            }
        }
    }

    /// Whether this call was observed, and to what end did not depend on the machine.
    pub fn knows(&self, call: &str) -> bool {
        self.known.contains(call)
    }

    /// Calls that the version in use answered: those that count.
    pub fn compared(&self) -> u64 {
        self.equal + self.differing + self.errors
    }

    /// The bound that the canary passed, if it did.
    ///
    /// Errors count at once. A ratio over a handful of calls says little, so fuel and differing answers are judged when
    /// there are enough observations (what a single call can burn is bounded by its limits, and running out of them is an
    /// error); a policy that allows no differing answer at all needs to wait for nothing.
    pub fn passed(&self, policy: &Canary) -> Option<Bound> {
        if self.errors > policy.errors {
            return Some(Bound::Errors { found: self.errors, most: policy.errors });
        }
        let enough = self.compared() >= policy.observations;
        let (old, new) = (self.stable.fuel as f64, self.canary.fuel as f64);
        if enough && new > policy.fuel_factor * old {
            return Some(Bound::Fuel {
                canary: self.canary.fuel,
                stable: self.stable.fuel,
                most: policy.fuel_factor,
            });
        }
        let answered = self.equal + self.differing;
        let most = policy.differing?;
        let too_many = self.differing as f64 > most * answered as f64;
        (too_many && (enough || most == 0.0)).then_some(Bound::Differing {
            found: self.differing,
            answered,
            most,
        })
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { equal, differing, errors, mended, both_erred, environmental, stable, canary, .. } = self;
        write!(
            f,
            "{} compared: {equal} equal, {differing} differing, {errors} errors of the canary; besides {mended} that only it \
             answered, {both_erred} that neither did, {environmental} that depended on the machine; fuel {} (stable {}), \
             peak memory {} (stable {}) bytes",
            self.compared(),
            canary.fuel,
            stable.fuel,
            canary.memory_bytes,
            stable.memory_bytes
        )
    }
}

/// A bound that a canary passed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "bound")]
pub enum Bound {
    /// Too many errors where the version in use had none.
    Errors {
        /// How many.
        found: u64,
        /// How many are allowed.
        most: u64,
    },
    /// Too much fuel for the calls that both answered.
    Fuel {
        /// The canary's.
        canary: u64,
        /// That of the version in use.
        stable: u64,
        /// Which multiple of it is allowed.
        most: f64,
    },
    /// Too many answers that differ.
    Differing {
        /// How many.
        found: u64,
        /// Of how many.
        answered: u64,
        /// Which share is allowed.
        most: f64,
    },
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Errors { found, most } => {
                write!(f, "errors where stable answered: {found}; at most {most} allowed")
            }
            Self::Fuel { canary, stable, most } => {
                let factor = *canary as f64 / (*stable).max(1) as f64;
                write!(
                    f,
                    "it spent {factor:.2} times stable's fuel on the same calls; at most {most} is allowed"
                )
            }
            Self::Differing { found, answered, most } => {
                write!(f, "{found} of {answered} answers differ from stable's; at most a share of {most} may")
            }
        }
    }
}

#[cfg(test)]
mod tests;
