//! Evidence: what is claimed about a version, as the predicate of an in-toto statement.
//!
//! Enough for a stranger to do it all again: every digest of what went in, every number that came out. What went in
//! stands in the library as blobs: evaluator, simulator, train cases and, where they were drawn, holdout cases. So
//! whoever has the library needs no task folder. A sealed holdout is never kept. Nothing here depends on time, place,
//! keys or scheduling, so a replay writes the same bytes.
//!
//! **A case set's blob** is a JSON array of the cases' texts, in their order, without a space: the bytes that serde_json
//! writes for a list of strings.

use super::decision::Decision;
use crate::compile::Component;
use crate::evaluate::judge::{Evaluation, Judge};
use crate::run::event::Measured;
use library::Library;
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

/// The cases that guided the search, as evidence names them.
pub(super) struct Train<'a> {
    /// Their texts.
    pub(super) cases: &'a [String],
    /// [`super::digest_of_cases`] of them.
    pub(super) digest: &'a str,
    /// What the version came to on them.
    pub(super) measured: &'a Measured,
}

/// A holdout that was drawn for one attempt and will never be used again: all of it can be told.
pub(super) struct Fresh {
    /// Their texts.
    pub(super) cases: Vec<String>,
    /// Leaves in the log when it first held the attempt: the seeds derive from its root.
    pub(super) log_size: u64,
    /// [`figures`] of the candidate.
    pub(super) candidate: Value,
    /// [`figures`] of the incumbent.
    pub(super) incumbent: Value,
}

/// The canonical blob of a case set.
pub(super) fn cases_blob(cases: &[String]) -> Vec<u8> {
    // Strings can't fail to serialise.
    serde_json::to_vec(cases).unwrap_or_default()
}

/// An evaluation in numbers: in short, or where and how it ended.
pub(super) fn figures(evaluation: &Evaluation) -> Value {
    if let Some(measured) = evaluation.measured() {
        return json!(measured);
    }
    let (case, verdict) =
        evaluation.failure().map_or((0, "no cases"), |(case, result)| (case, result.verdict.name()));
    json!({ "failed": { "case": case, "verdict": verdict }, "results": evaluation.digest() })
}

/// What the evidence of every claim says: where the version came from, and what it came to on the train cases.
fn common(
    judge: &Judge,
    library: &mut Library,
    component: &Component,
    provenance: &Provenance,
    train: &Train<'_>,
) -> Result<Value, library::Error> {
    let mut predicate = judged(judge, library, component)?;
    let blob = library.put(&cases_blob(train.cases))?.hex();
    predicate["provenance"] = json!(provenance);
    predicate["train"] = json!({ "cases": train.digest, "blob": blob, "measured": train.measured });
    Ok(predicate)
}

/// What every predicate says: which task, judged by what, built how. What it rests on becomes blobs of `library`.
pub(super) fn judged(
    judge: &Judge,
    library: &mut Library,
    component: &Component,
) -> Result<Value, library::Error> {
    let task = &judge.task;
    let missing = judge.pool().walls().missing();
    let confinement = if missing.is_empty() { json!("full") } else { json!({ "missing": missing }) };
    let evaluator = judge.evaluator();
    library.put(&evaluator.wasm)?;
    let simulator = match judge.simulator() {
        None => Value::Null,
        Some((simulator, parameters)) => {
            library.put(&simulator.wasm)?;
            json!({ "component": simulator.digest, "build": simulator.build, "parameters": parameters })
        }
    };
    let grants: Vec<&str> = task.grants.iter().map(|grant| grant.word()).collect();
    Ok(json!({
        "confinement": confinement,
        "agent": task.agent_name(),
        "task": { "digest": task.digest(), "parts": task.fingerprint(), "unit": task.score.unit,
                  "direction": task.score.direction.word(), "minimumEffect": task.score.minimum_effect },
        "evaluator": { "component": evaluator.digest, "build": evaluator.build },
        "simulator": simulator,
        "component": { "digest": component.digest, "imports": component.imports, "exports": component.exports,
                       "build": component.build },
        "engine": judge.pool().engine(),
        "limits": task.limits,
        "grants": grants,
        "host": env!("CARGO_PKG_VERSION"),
    }))
}

pub(super) fn baseline(
    judge: &Judge,
    library: &mut Library,
    component: &Component,
    train: &Train<'_>,
) -> Result<Value, library::Error> {
    let provenance = Provenance {
        generator: "seed".into(),
        words: vec![judge.task.seed.name.clone()],
        parents: Vec::new(),
        run: None,
        seed: None,
    };
    common(judge, library, component, &provenance, train)
}

/// `incumbent` is what it came to on the train cases, `fresh` the holdout if it was drawn.
pub(super) fn promotion(
    judge: &Judge,
    library: &mut Library,
    (component, provenance): (&Component, &Provenance),
    (train, incumbent): (&Train<'_>, &Evaluation),
    fresh: Option<&Fresh>,
    decision: &Decision,
) -> Result<Value, library::Error> {
    let mut predicate = common(judge, library, component, provenance, train)?;
    predicate["baseline"] = json!({ "component": decision.incumbent, "train": figures(incumbent) });
    predicate["decision"] = serde_json::to_value(decision).unwrap_or_default();
    predicate["gates"] = json!({
        "alpha": judge.task.judging.alpha,
        "exact": judge.task.judging.exact,
        "fuelFactor": judge.task.gates.fuel_factor,
        "memoryFactor": judge.task.gates.memory_factor,
        "guards": judge.task.gates.guards,
    });
    predicate["canary"] = json!(judge.task.canary);
    if let Some(fresh) = fresh {
        let blob = library.put(&cases_blob(&fresh.cases))?.hex();
        predicate["holdout"] = json!({
            "cases": super::digest_of_cases(&fresh.cases),
            "blob": blob,
            "logSize": fresh.log_size,
            "candidate": fresh.candidate,
            "incumbent": fresh.incumbent,
        });
    }
    Ok(predicate)
}
