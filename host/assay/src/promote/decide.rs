//! Decide: ask the gates in order, write down what they found, and promote or refuse.
//!
//! A process may die anywhere in here. What it had committed to stands in the library's log, so the next one
//! finds its own attempt there, draws the same cases from the same root, reaches the same findings, and appends
//! only what is missing.

use super::decision::{Decision, Finding, Gate, Holdout, Origin, Record, Seen};
use super::evidence::{Fresh, Train};
use super::statistics::{StatisticsError, alpha, commitment, ladder};
use super::{evidence, gates, holdout};
use crate::compile::Component;
use crate::evaluate::judge::{Evaluation, Judge, JudgeError};
use crate::promote::Provenance;
use crate::task::Cases;
use library::{About, Digest, Kind, Leaf, Library, Line, Statement, Version};
use std::collections::BTreeMap;

/// The channel of what is in use; every other one is on the way there.
pub const CHANNEL: &str = "stable";

/// The channel of what is on trial beside it.
pub const CANARY: &str = "canary";

/// A candidate that claims to be better.
pub struct Claim<'a> {
    /// Its component.
    pub component: &'a Component,
    /// Its source text, if there is one.
    pub source: Option<&'a str>,
    /// Where it came from.
    pub provenance: Provenance,
    /// The cases that guided the search.
    pub train: &'a [String],
    /// Digest of the results that the search saw on them: a fresh worker must see the same.
    pub expected: Option<&'a str>,
    /// Why the score that it won by does not count, if it does not.
    pub void: Option<String>,
    /// The channel it would be current in.
    pub channel: &'a str,
    /// Size of the log when this claim was first made: an attempt beyond it is this claim's own.
    pub since: u64,
}

/// What stopped a decision.
#[derive(Debug, thiserror::Error)]
pub enum PromoteError {
    /// The library.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// Judging.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The statistics.
    #[error("the holdout can't be tested: {0}")]
    Statistics(#[from] StatisticsError),
    /// The seed agent does not work on its own task.
    #[error(
        "the seed agent {name} is not scored on train case {case} ({verdict}); mend it: the first promotion needs something to beat"
    )]
    Seed {
        /// Its file.
        name: String,
        /// Index of the case.
        case: usize,
        /// How it ended.
        verdict: String,
    },
    /// What the library holds does not fit this task's world.
    #[error("the incumbent {component} in the library is not an agent of this task: {why}")]
    Incumbent {
        /// Its component.
        component: String,
        /// Why.
        why: String,
    },
}

/// Ask the gates about `claim` and write the answer into `library`.
pub async fn decide(
    judge: &Judge,
    library: &mut Library,
    claim: &Claim<'_>,
) -> Result<Decision, PromoteError> {
    let task = &judge.task;
    let line = Line { name: task.agent_name(), channel: claim.channel.into(), task: digest(&task.digest()) };
    let component = digest(&claim.component.digest);
    let train_digest = holdout::digest_of_cases(claim.train);

    enter_baseline(judge, library, &line, claim.train, &train_digest).await?;
    let own = own_attempt(library, &line, &component, claim.since);
    let incumbent =
        incumbent(judge, library, &line.name, own.map_or(library.head().size, |(index, _)| index))?;

    let mut decision = Decision {
        agent: line.name.clone(),
        component: claim.component.digest.clone(),
        incumbent: incumbent.digest.clone(),
        findings: vec![gates::conforms(claim.component, &incumbent.digest, &task.limits)],
        holdout: None,
        promoted: false,
        record: None,
    };
    if refused(&decision) {
        return Ok(decision);
    }

    // A worker that ran foreign code is not believed: both are measured again where nothing else ran.
    let new = judge.evaluate_fresh(claim.component, claim.train).await?;
    let old = judge.evaluate_fresh(&incumbent, claim.train).await?;
    decision.findings.push(match (&claim.void, claim.expected) {
        (Some(why), _) => Finding { gate: Gate::Improves, passed: false, reason: why.clone() },
        (None, Some(expected)) if new.digest() != expected => Finding {
            gate: Gate::Improves,
            passed: false,
            reason: "a second evaluation in a fresh worker gave other results: the first is void".into(),
        },
        _ => gates::improves(&new, &old, &task.score),
    });
    let (Some(measured), false) = (new.measured(), refused(&decision)) else { return Ok(decision) };

    let (attempt, size) = match own {
        Some((index, attempt)) => (attempt, index + 1),
        None => {
            let attempt = library.attempts(&line) + 1;
            (attempt, library.append(Leaf::attempt(&line, component, attempt))? + 1)
        }
    };
    let fresh =
        examine(judge, library, &mut decision, claim.component, &incumbent, (&new, &old), (attempt, size))
            .await?;
    decision.promoted = !refused(&decision);

    let version = put(library, claim.component, claim.source)?;
    let train = Train { cases: claim.train, digest: &train_digest, measured: &measured };
    let predicate = evidence::promotion(
        judge,
        library,
        (claim.component, &claim.provenance),
        (&train, &old),
        fresh.as_ref(),
        &decision,
    )?;
    let payload = library.sign(&Statement::new(&version, evidence::PROMOTION_PREDICATE, &predicate)?)?;
    let leaf = if decision.promoted {
        Leaf::promote(&line, version, attempt, vec![payload])
    } else {
        Leaf::refuse(&line, version, attempt, vec![payload])
    };
    let resolves = |other: &Leaf| other.line() == line && other.attempt == Some(attempt);
    let resolved = library.leaves_from(size).find(|(_, other)| resolves(other)).map(|(index, _)| index);
    let entry = leaf.into();
    let (leaf, pending) = match resolved {
        Some(index) => (Some(index), None),
        None if library.approvals_needed(&entry) > 0 => (None, Some(library.propose(entry)?.hex())),
        None => (Some(library.append(entry)?), None),
    };
    let (version, evidence) = (version.manifest.hex(), payload.hex());
    decision.record = Some(Record { version, evidence, leaf, pending });
    Ok(decision)
}

/// The gates that need a holdout: generalizes, affordable, guards. Returns the holdout if it was drawn.
async fn examine(
    judge: &Judge,
    library: &Library,
    decision: &mut Decision,
    candidate: &Component,
    incumbent: &Component,
    train: (&Evaluation, &Evaluation),
    (attempt, size): (u64, u64),
) -> Result<Option<Fresh>, PromoteError> {
    let task = &judge.task;
    let level = alpha::level(task.judging.alpha, attempt)?;
    // The log as it was when it first held this attempt.
    let root = library.root_at(size).unwrap_or(library.head().root);
    if task.judging.exact {
        decision.findings.push(gates::proved(train.0, train.1, &task.score));
        gates::rest(&mut decision.findings, train.0, train.1, &task.gates);
        return Ok(None);
    }
    let (cases, origin, sealed) = match &task.cases {
        Cases::Drawn(_) => {
            let cases = judge.draw(holdout::seeds(&root, &candidate.digest, attempt)).await?;
            (cases, Origin::Drawn { log_root: crate::digest::hex(&root) }, false)
        }
        Cases::Fixed { holdout, .. } => (holdout.clone(), Origin::Sealed, true),
    };
    let new = judge.evaluate_fresh(candidate, &cases).await?;
    let old = judge.evaluate_fresh(incumbent, &cases).await?;
    let fresh = (!sealed).then(|| Fresh {
        cases: cases.clone(),
        log_size: size,
        candidate: evidence::figures(&new),
        incumbent: evidence::figures(&old),
    });
    let (finding, test) = gates::on_holdout(&new, &old, (level, attempt), sealed, &task.score)?;
    decision.findings.push(finding);
    let (Some(test), Some(new_scores), Some(old_scores), Some(new_cost)) =
        (test, new.scores(), old.scores(), gates::cost(&new))
    else {
        gates::rest(&mut decision.findings, train.0, train.1, &task.gates);
        return Ok(fresh);
    };

    let mut compared = Vec::new();
    if !sealed {
        compared.push(gates::comparison("incumbent", &task.score, &new_scores, &old_scores)?);
        for reference in &task.references {
            let other = judge.compile_own(&reference.name, &reference.text).await?;
            if let Some(scores) = judge.evaluate(&other, &cases).await?.scores() {
                compared.push(gates::comparison(&reference.name, &task.score, &new_scores, &scores)?);
            }
        }
    }
    let released = |answer: ladder::Answer| match answer {
        ladder::Answer::Released(score) => Some(task.score.direction.oriented(score)),
        ladder::Answer::NoChange => None,
    };
    decision.holdout = Some(Holdout {
        attempt,
        level,
        origin,
        cases: cases.len() as u64,
        commitment: if sealed {
            let results: Vec<Vec<u8>> = new_scores.iter().map(|score| score.to_le_bytes().to_vec()).collect();
            crate::digest::hex(&commitment::commit(&holdout::salt(&cases, &candidate.digest), &results))
        } else {
            holdout::digest_of_cases(&cases)
        },
        seen: match (sealed, gates::cost(&old)) {
            (false, Some(old_cost)) => Seen::Open { candidate: new_cost, incumbent: old_cost },
            _ => {
                let score = task.score.direction.oriented(new_cost.score);
                let best = last_released(library, task, &decision.agent, size);
                Seen::Ladder { released: released(ladder::answer(best, score, task.score.minimum_effect)?) }
            }
        },
        test: (!sealed).then_some(test),
        against: compared,
    });
    // What is told of a sealed holdout must not leave by another door: costs and metrics are the train cases'.
    let (seen, against) = if sealed { train } else { (&new, &old) };
    gates::rest(&mut decision.findings, seen, against, &task.gates);
    Ok(fresh)
}

fn refused(decision: &Decision) -> bool {
    gates::refused(&decision.findings)
}

/// The seed agent opens an agent's history, so that the first promotion has something to beat.
async fn enter_baseline(
    judge: &Judge,
    library: &mut Library,
    line: &Line,
    train: &[String],
    train_digest: &str,
) -> Result<(), PromoteError> {
    if library.leaves().any(|(_, leaf)| leaf.name == line.name && leaf.kind == Kind::Baseline) {
        return Ok(());
    }
    let seed = &judge.task.seed;
    let component = judge.compile_own(&seed.name, &seed.text).await?;
    let evaluation = judge.evaluate_fresh(&component, train).await?;
    let Some(measured) = evaluation.measured() else {
        let (case, verdict) =
            evaluation.failure().map_or((0, "no cases"), |(i, case)| (i, case.verdict.name()));
        return Err(PromoteError::Seed { name: seed.name.clone(), case, verdict: verdict.to_owned() });
    };
    let version = put(library, &component, Some(&seed.text))?;
    let train = Train { cases: train, digest: train_digest, measured: &measured };
    let predicate = evidence::baseline(judge, library, &component, &train)?;
    let payload = library.sign(&Statement::new(&version, evidence::BASELINE_PREDICATE, &predicate)?)?;
    let stable = Line { channel: CHANNEL.into(), ..line.clone() };
    library.append(Leaf::baseline(&stable, version, vec![payload]))?;
    Ok(())
}

/// This claim's attempt, if a former process got that far: its index and number.
fn own_attempt(library: &Library, line: &Line, component: &Digest, since: u64) -> Option<(u64, u64)> {
    library
        .leaves_from(since)
        .filter(|(_, leaf)| {
            leaf.kind == Kind::Attempt && leaf.line() == *line && leaf.component == *component
        })
        .find_map(|(index, leaf)| Some((index, leaf.attempt?)))
}

/// The version that was in use when the log had `size` leaves: what every channel's candidates are compared with.
fn incumbent(judge: &Judge, library: &Library, name: &str, size: u64) -> Result<Component, PromoteError> {
    let Some(current) = library.current_at(size, name, CHANNEL) else {
        return Err(PromoteError::Incumbent {
            component: "none".into(),
            why: format!("channel {CHANNEL} holds no version that is not taken back; roll back to one first"),
        });
    };
    let component = current.version.component;
    let wasm = library.get(&component)?;
    judge.admit(&wasm).map_err(|why| PromoteError::Incumbent { component: component.hex(), why })
}

fn put(
    library: &mut Library,
    component: &Component,
    source: Option<&str>,
) -> Result<Version, library::Error> {
    let source = match source {
        Some(text) => Some(library.put(text.as_bytes())?),
        None => None,
    };
    library.put_version(
        &component.wasm,
        &About {
            imports: component.imports.clone(),
            exports: component.exports.clone(),
            source,
            annotations: BTreeMap::new(),
        },
    )
}

/// What a sealed holdout said last on this task, oriented so that more is better.
fn last_released(library: &Library, task: &crate::task::Task, agent: &str, size: u64) -> Option<f64> {
    let digest = digest(&task.digest());
    let leaves = library
        .leaves()
        .rev()
        .filter(|(index, leaf)| *index < size && leaf.name == agent && leaf.task == digest);
    leaves.flat_map(|(_, leaf)| &leaf.evidence).find_map(|payload| {
        let statement: serde_json::Value = serde_json::from_slice(&library.get(payload).ok()?).ok()?;
        let released = &statement["predicate"]["decision"]["holdout"]["seen"]["released"];
        released.as_f64().map(|score| task.score.direction.oriented(score))
    })
}

/// Digests of this program are hex already.
fn digest(hex: &str) -> Digest {
    Digest::from_hex(hex).unwrap_or_else(|_| Digest::of(hex.as_bytes()))
}
