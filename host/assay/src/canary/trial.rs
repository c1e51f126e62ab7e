//! A trial: the canary that the library holds for a name, and how it ends.
//!
//! All that a trial is follows from the library: who is on trial, beside whom it was judged by the gates, and the policy,
//! which the evidence of its promotion tells. A trial is worth something only as long as the version in use is the one that
//! the gates compared the canary with, and it ends when the canary has been in use itself.

use super::PREDICATE;
use super::book::Seal;
use super::observation::{Bound, Tally};
pub use crate::promote::Written;
use crate::promote::{PROMOTION_PREDICATE, promotion, write};
use crate::task::{Canary, Gates};
use library::{Current, Digest, Error, Kind, Leaf, Library, Line, Statement};
use serde_json::{Value, json};

/// A version that is current in one channel and on its way to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The agent's name.
    pub name: String,
    /// The version on trial, and its channel.
    pub canary: Current,
    /// The version in use, and its channel.
    pub stable: Current,
    /// Digest of the body of the leaf that made the canary current: the trial's identity.
    pub id: Digest,
    /// The component that the gates compared the canary with.
    pub baseline: Digest,
    /// How it is observed.
    pub policy: Canary,
    /// Digests of the statements that its promotion rests on.
    pub evidence: Vec<Digest>,
    /// The leaf that made the canary current where the trial leads to, after it was promoted.
    pub moved_up: Option<u64>,
}

/// Why a version's trial can't be found in the library.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The library.
    #[error(transparent)]
    Library(#[from] Error),
    /// The evidence does not say what a trial needs.
    #[error(
        "the evidence of version {version} in channel {channel} can't be used for a trial: {why}; promote it again"
    )]
    Evidence {
        /// The version.
        version: String,
        /// Where it is current.
        channel: String,
        /// What is wrong.
        why: String,
    },
}

impl Trial {
    /// The trial of what is current for `name` in the channel `from`, beside what is in `to`. None if one of them holds
    /// nothing, or both hold the same version.
    ///
    /// # Errors
    /// The library can't be read, or the evidence can't be used.
    pub fn find(library: &Library, name: &str, from: &str, to: &str) -> Result<Option<Self>, TrialError> {
        let both = library.current(name, from).zip(library.current(name, to));
        let Some((canary, stable)) = both.filter(|(canary, stable)| canary.version != stable.version) else {
            return Ok(None);
        };
        let bad = |why: &str| TrialError::Evidence {
            version: canary.version.manifest.short(),
            channel: canary.channel.clone(),
            why: why.to_owned(),
        };
        let id = library.leaf(canary.leaf).map(|leaf| Digest::of(&leaf.body()));
        let id = id.ok_or_else(|| bad("its leaf is not in the log"))?;
        let promotion = promotion(library, canary).ok_or_else(|| bad("no gates were asked about it"))?;
        let mut told = None;
        for payload in &promotion.evidence {
            let statement: Value = serde_json::from_slice(&library.get(payload)?).unwrap_or_default();
            if statement["predicateType"] == PROMOTION_PREDICATE {
                told = Some(statement["predicate"].clone());
            }
        }
        let told = told.ok_or_else(|| bad("it rests on no statement of the gates"))?;
        let baseline = told["baseline"]["component"].as_str().and_then(|hex| Digest::from_hex(hex).ok());
        let moved_up = library.leaves_from(canary.leaf + 1).find(|(_, leaf)| {
            (leaf.name.as_str(), leaf.channel.as_str()) == (name, to)
                && leaf.version() == Some(canary.version)
                && matches!(leaf.kind, Kind::Promote | Kind::Rollback)
        });
        Ok(Some(Self {
            name: name.to_owned(),
            canary: canary.clone(),
            stable: stable.clone(),
            id,
            baseline: baseline.ok_or_else(|| bad("it does not say what it was compared with"))?,
            policy: policy(&told).map_err(|why| bad(&format!("its policy can't be read ({why})")))?,
            evidence: promotion.evidence.clone(),
            moved_up: moved_up.map(|(index, _)| index),
        }))
    }

    /// Whether what is in use is still what the canary was compared with by the gates.
    pub fn fits(&self) -> bool {
        self.baseline == self.stable.version.component
    }

    /// What waits for people to end this trial, by its name, if something does.
    ///
    /// # Errors
    /// The library can't be read.
    pub fn waiting(&self, library: &Library, kind: Kind) -> Result<Option<Digest>, Error> {
        let ends = |leaf: &Leaf| {
            leaf.kind == kind
                && leaf.attempt.is_none()
                && leaf.name == self.name
                && leaf.version() == Some(self.canary.version)
        };
        let waiting = library.pending()?;
        let found = waiting.iter().find(|it| it.blocked.is_none() && it.entry.leaf().is_some_and(ends));
        Ok(found.map(|it| it.id))
    }

    /// Take the canary back, because it passed `bound`.
    ///
    /// # Errors
    /// As [`Library::append`] and [`Library::propose`].
    pub fn demote(
        &self,
        library: &mut Library,
        (tally, seal): (&Tally, &Seal),
        bound: Bound,
    ) -> Result<Written, Error> {
        if library.current(&self.name, &self.canary.channel) != Some(&self.canary) {
            return Ok(Written::Overtaken);
        }
        let payload = self.sign(library, (tally, seal), Some(bound))?;
        write(library, Leaf::demote(&self.line(&self.canary.channel), self.canary.version, vec![payload]))
    }

    /// Move the canary up. Its leaf rests on what was seen and on what the gates had found.
    ///
    /// # Errors
    /// As [`Library::append`] and [`Library::propose`].
    pub fn advance(&self, library: &mut Library, (tally, seal): (&Tally, &Seal)) -> Result<Written, Error> {
        let same = |current: &Current| library.current(&self.name, &current.channel) == Some(current);
        if !same(&self.canary) || !same(&self.stable) {
            return Ok(Written::Overtaken);
        }
        let mut evidence = self.evidence.clone();
        evidence.push(self.sign(library, (tally, seal), None)?);
        let line = self.line(&self.stable.channel);
        write(library, Leaf::advance(&line, self.canary.version, &self.canary.channel, evidence))
    }

    fn line(&self, channel: &str) -> Line {
        Line { name: self.name.clone(), channel: channel.to_owned(), task: self.canary.task }
    }

    fn sign(
        &self,
        library: &mut Library,
        (tally, seal): (&Tally, &Seal),
        bound: Option<Bound>,
    ) -> Result<Digest, Error> {
        let version = |current: &Current| {
            json!({ "channel": current.channel, "leaf": current.leaf, "version": current.version.manifest.hex(),
                    "component": current.version.component.hex() })
        };
        let predicate = json!({
            "agent": self.name,
            "ends": if bound.is_some() { "demoted" } else { "advanced" },
            "bound": bound,
            "canary": version(&self.canary),
            "stable": version(&self.stable),
            "policy": self.policy,
            "compared": tally.compared(),
            "observations": tally,
            "journal": seal,
            "host": env!("CARGO_PKG_VERSION"),
        });
        library.sign(&Statement::new(&self.canary.version, PREDICATE, &predicate)?)
    }
}

/// The policy that a promotion's predicate tells; what holds without one where an older version wrote it.
fn policy(told: &Value) -> Result<Canary, serde_json::Error> {
    match &told["canary"] {
        Value::Null => {
            let mut gates = Gates::default();
            gates.fuel_factor = told["gates"]["fuelFactor"].as_f64().unwrap_or(gates.fuel_factor);
            Ok(Canary::of(&gates))
        }
        policy => serde_json::from_value(policy.clone()),
    }
}
