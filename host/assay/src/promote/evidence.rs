//! Evidence: what is claimed about a version, as the predicate of an in-toto statement.
//!
//! Enough for a stranger to do it all again: every digest of what went in, every number that came out. Nothing
//! here depends on time, place, keys or scheduling, so a replay writes the same bytes.

use super::decision::Decision;
use crate::compile::Component;
use crate::evaluate::judge::Judge;
use crate::run::event::Measured;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Predicate type of a promotion's (or a refusal's) evidence.
pub const PROMOTION_PREDICATE: &str = "https://assay.dev/promotion/v1";
/// Predicate type of a seed agent's evidence.
pub const BASELINE_PREDICATE: &str = "https://assay.dev/baseline/v1";

/// Where a candidate came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// `seed`, `mutate`, or `submit`.
    pub generator: String,
    /// The generator's own words: its edits, or who submitted.
    pub words: Vec<String>,
    /// Digests of the source texts it was made from, nearest first.
    pub parents: Vec<String>,
    /// The run: digest of its first event; none for a submission.
    pub run: Option<String>,
    /// The run's seed; none for a submission.
    pub seed: Option<u64>,
}

/// What every predicate says: which task, judged by what, built how.
fn common(judge: &Judge, component: &Component, provenance: &Provenance, train: (&str, &Measured)) -> Value {
    let task = &judge.task;
    let missing = judge.pool().walls().missing();
    let confinement = if missing.is_empty() { json!("full") } else { json!({ "missing": missing }) };
    json!({
        "confinement": confinement,
        "agent": task.agent_name(),
        "task": { "digest": task.digest(), "parts": task.fingerprint(), "unit": task.score.unit,
                  "direction": task.score.direction.word(), "minimumEffect": task.score.minimum_effect },
        "evaluator": { "component": judge.evaluator().digest, "build": judge.evaluator().build },
        "component": { "digest": component.digest, "imports": component.imports, "exports": component.exports,
                       "build": component.build },
        "engine": judge.pool().engine(),
        "limits": task.limits,
        "host": env!("CARGO_PKG_VERSION"),
        "provenance": provenance,
        "train": { "cases": train.0, "measured": train.1 },
    })
}

pub(super) fn baseline(judge: &Judge, component: &Component, train: (&str, &Measured)) -> Value {
    let provenance = Provenance {
        generator: "seed".into(),
        words: vec![judge.task.seed.name.clone()],
        parents: Vec::new(),
        run: None,
        seed: None,
    };
    common(judge, component, &provenance, train)
}

pub(super) fn promotion(
    judge: &Judge,
    component: &Component,
    provenance: &Provenance,
    train: (&str, &Measured),
    incumbent: &Measured,
    decision: &Decision,
) -> Value {
    let mut predicate = common(judge, component, provenance, train);
    predicate["baseline"] = json!({ "component": decision.incumbent, "train": incumbent });
    predicate["decision"] = serde_json::to_value(decision).unwrap_or_default();
    predicate["gates"] = json!({
        "alpha": judge.task.judging.alpha,
        "exact": judge.task.judging.exact,
        "fuelFactor": judge.task.gates.fuel_factor,
        "memoryFactor": judge.task.gates.memory_factor,
        "guards": judge.task.gates.guards,
    });
    predicate
}
