//! The gates, as pure functions: evaluations in, finding out. No gate reads another's mind.

use super::decision::{Comparison, Cost, Finding, Gate};
use super::statistics::sign_flip::{self, SignFlip};
use super::statistics::{StatisticsError, interval};
use crate::compile::Component;
use crate::evaluate::judge::{Evaluation, mean};
use crate::task::{Gates, Score};
use sandbox::policy::Limits;

/// The level of the intervals that are shown.
const INTERVAL_LEVEL: f64 = 0.95;

fn finding(gate: Gate, passed: bool, reason: String) -> Finding {
    Finding { gate, passed, reason }
}

/// Is it a component of the task's world that is small enough, and not what is promoted already?
pub(super) fn conforms(candidate: &Component, incumbent: &str, limits: &Limits) -> Finding {
    let limit = limits.component_bytes as usize;
    let size = candidate.wasm.len();
    let imports =
        if candidate.imports.is_empty() { "nothing".to_owned() } else { candidate.imports.join(", ") };
    let (passed, reason) = if candidate.digest == incumbent {
        (false, "it is the incumbent itself".to_owned())
    } else if size > limit {
        (false, format!("{size} bytes, and the task allows {limit}"))
    } else {
        (true, format!("{size} bytes, imports {imports}"))
    };
    finding(Gate::Conforms, passed, reason)
}

/// Is it better on the cases that guided the search?
pub(super) fn improves(candidate: &Evaluation, incumbent: &Evaluation, score: &Score) -> Finding {
    let Some(scores) = candidate.scores() else {
        let (case, result) = match candidate.failure() {
            Some((case, result)) => (case, result.verdict.name()),
            None => (0, "no cases"),
        };
        return finding(Gate::Improves, false, format!("train case {case} ended {result}"));
    };
    let new = mean(&scores);
    let Some(old) = incumbent.scores().map(|scores| mean(&scores)) else {
        if incumbent.failure().is_none_or(|(_, case)| case.verdict.is_environmental()) {
            let reason = "the incumbent could not be measured on this machine; try again".to_owned();
            return finding(Gate::Improves, false, reason);
        }
        let reason = format!(
            "{new:.4} {} on {} train cases; the incumbent fails on this task",
            score.unit,
            scores.len()
        );
        return finding(Gate::Improves, true, reason);
    };
    let gain = score.direction.oriented(new) - score.direction.oriented(old);
    let reason =
        format!("{new:.4} against the incumbent's {old:.4} {} on {} train cases", score.unit, scores.len());
    finding(Gate::Improves, gain > 0.0, reason)
}

/// What `generalizes` finds on a holdout, and the test behind it if both were scored on every case.
pub(super) fn on_holdout(
    new: &Evaluation,
    old: &Evaluation,
    (level, attempt): (f64, u64),
    sealed: bool,
    score: &Score,
) -> Result<(Finding, Option<SignFlip>), StatisticsError> {
    let Some(new_scores) = new.scores() else {
        let verdict = new.failure().map_or("no cases", |(_, case)| case.verdict.name());
        let reason = format!("a holdout case ended {verdict}");
        return Ok((finding(Gate::Generalizes, false, reason), None));
    };
    let Some(old_scores) = old.scores() else {
        // An incumbent that fails on a holdout case is beaten by anything that doesn't; one that a loaded machine
        // kept from finishing is not.
        let (passed, reason) = match old.failure() {
            Some((_, case)) if !case.verdict.is_environmental() => {
                let verdict = case.verdict.name();
                (true, format!("the incumbent ends {verdict} on a holdout case, the candidate on none"))
            }
            _ => (false, "the incumbent could not be measured on this machine; try again".to_owned()),
        };
        return Ok((finding(Gate::Generalizes, passed, reason), None));
    };
    let test = sign_flip::test(&paired(score, &new_scores, &old_scores))?;
    Ok((generalizes(&test, level, attempt, sealed, score), Some(test)))
}

/// The candidate against another agent: for people, no gate asks for it.
pub(super) fn comparison(
    name: &str,
    score: &Score,
    new: &[f64],
    old: &[f64],
) -> Result<Comparison, StatisticsError> {
    let gains = paired(score, new, old);
    Ok(Comparison {
        name: name.to_owned(),
        score: mean(old),
        gain: mean(&gains),
        interval: interval::interval(&gains, INTERVAL_LEVEL)?,
        p_value: sign_flip::test(&gains)?.p_value(),
    })
}

/// The gates that come last, as far as nothing before them refused.
pub(super) fn rest(findings: &mut Vec<Finding>, new: &Evaluation, old: &Evaluation, gates: &Gates) {
    if !refused(findings)
        && let Some(spent) = cost(new)
    {
        findings.push(affordable(&spent, cost(old).as_ref(), gates));
    }
    if !refused(findings) {
        findings.push(guards(new, old, gates));
    }
}

/// The last gate that was asked said no, or none was asked.
pub(super) fn refused(findings: &[Finding]) -> bool {
    findings.last().is_none_or(|finding| !finding.passed)
}

/// Gains case by case, so oriented that more is better.
pub(super) fn paired(score: &Score, new: &[f64], old: &[f64]) -> Vec<f64> {
    let oriented = |value: &f64| score.direction.oriented(*value);
    new.iter().zip(old).map(|(new, old)| oriented(new) - oriented(old)).collect()
}

/// Is it better on cases nobody could train on: by more than chance, and by enough to matter?
fn generalizes(test: &SignFlip, level: f64, attempt: u64, sealed: bool, score: &Score) -> Finding {
    let p = test.p_value();
    let significant = p <= level;
    let large = test.mean >= score.minimum_effect;
    let passed = significant && large;
    let asked =
        format!("p ≤ {level:.3e} (attempt {attempt}) and at least {} {}", score.minimum_effect, score.unit);
    let reason = if sealed {
        // A sealed holdout says yes or no; its numbers stay behind the gate.
        format!(
            "{} on {} sealed cases: asked for {asked}",
            if passed { "better" } else { "not shown to be better" },
            test.cases
        )
    } else {
        let verdict = match (significant, large) {
            (true, true) => "better",
            (true, false) => "better, but by too little",
            (false, _) => "may be chance",
        };
        format!(
            "{verdict}: mean gain {:.4} on {} fresh cases, p = {p:.3e}; asked for {asked}",
            test.mean, test.cases
        )
    };
    finding(Gate::Generalizes, passed, reason)
}

/// The same question where a score is a proof over all inputs: enough to matter is all that is asked.
pub(super) fn proved(candidate: &Evaluation, incumbent: &Evaluation, score: &Score) -> Finding {
    let (Some(new), Some(old)) = (candidate.scores(), incumbent.scores()) else {
        let passed = candidate.scores().is_some();
        return finding(Gate::Generalizes, passed, "the incumbent has no score on this task".to_owned());
    };
    let gain = score.direction.oriented(mean(&new)) - score.direction.oriented(mean(&old));
    let passed = gain > 0.0 && gain >= score.minimum_effect;
    let reason =
        format!("exact: the evaluator proves the score on every input; gain {gain:.4} {}", score.unit);
    finding(Gate::Generalizes, passed, reason)
}

/// Does it cost no more than the task allows?
fn affordable(candidate: &Cost, incumbent: Option<&Cost>, gates: &Gates) -> Finding {
    let Some(incumbent) = incumbent else {
        return finding(Gate::Affordable, true, "there is nothing to compare with".to_owned());
    };
    let fuel = ratio(candidate.fuel, incumbent.fuel);
    let memory = ratio(candidate.memory_bytes, incumbent.memory_bytes);
    let passed = fuel <= gates.fuel_factor && memory <= gates.memory_factor;
    let reason = format!(
        "fuel × {fuel:.2} of the incumbent's (at most {}), memory × {memory:.2} (at most {})",
        gates.fuel_factor, gates.memory_factor
    );
    finding(Gate::Affordable, passed, reason)
}

/// Does no guarded metric fall?
fn guards(candidate: &Evaluation, incumbent: &Evaluation, gates: &Gates) -> Finding {
    let (new, old) = (candidate.metrics(), incumbent.metrics());
    let mut kept = Vec::new();
    for name in &gates.guards {
        let Some(now) = new.get(name) else {
            return finding(Gate::Guards, false, format!("the evaluator gave no metric `{name}`"));
        };
        if let Some(before) = old.get(name)
            && now < before
        {
            return finding(Gate::Guards, false, format!("`{name}` falls from {before:.4} to {now:.4}"));
        }
        kept.push(format!("`{name}` {now:.4}"));
    }
    let reason = if kept.is_empty() { "the task guards no metric".to_owned() } else { kept.join(", ") };
    finding(Gate::Guards, true, reason)
}

fn ratio(new: u64, old: u64) -> f64 {
    if old == 0 { if new == 0 { 1.0 } else { f64::INFINITY } } else { new as f64 / old as f64 }
}

/// Score and cost of an evaluation in which every case was scored.
pub(super) fn cost(evaluation: &Evaluation) -> Option<Cost> {
    Some(Cost {
        score: mean(&evaluation.scores()?),
        fuel: evaluation.fuel(),
        memory_bytes: evaluation.memory_bytes(),
    })
}
