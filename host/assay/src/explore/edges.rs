//! Edges: cases on which an agent falls behind what others reach, found by walking around a simulator's parameters.
//!
//! A probe is parameters and a seed; the simulator makes a case of it. The agent and its rivals are tried on that, and what
//! it lacks of the best rival is its regret. Each batch is proposed from the probes seen so far (the first by the task's own
//! parameters, then a quarter a step away from these, the rest one from what was worst so far) and folded in order, each slot with a generator of its own from
//! H(seed, batch, slot): so what is found is a function of task, agent and settings, whatever the number of workers.
//!
//! **A dead end** is a probe that says nothing about the agent: the simulator or the evaluator refuses it, no rival is scored
//! on it, or how it ended depends on this machine. It costs no share of the budget that it did not use, and there is a bound on them.

use super::parameters::{Space, below};
use super::rivals::{Best, Rivals, regret};
use crate::compile::Component;
use crate::digest::{of_parts, sha256};
use crate::evaluate::judge::{Judge, JudgeError};
use crate::task::Score;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sandbox::protocol::CaseResult;
use sandbox::verdict::Verdict;
use serde::Serialize;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Probes of one batch. Part of what the result is a function of.
const BATCH: u64 = 8;
/// Probes that steps start from: the worst so many.
const PARENTS: usize = 4;
/// Most probes per one that the budget pays for.
const DEAD_ENDS: u64 = 4;

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most evaluations: one agent on one case each, rivals included.
    pub budget: u64,
    /// Most edges to return.
    pub keep: usize,
    /// Everything random follows from it.
    pub seed: u64,
}

/// A case on which the agent falls behind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// What the simulator was given.
    pub parameters: Value,
    /// The seed that it was given.
    pub case_seed: u64,
    /// The case's text.
    #[serde(skip)]
    pub case: String,
    /// sha256 of the case's text.
    pub digest: String,
    /// How the agent ended on it: `scored`, `trapped` …
    pub verdict: &'static str,
    /// Its score; none if it has none.
    pub score: Option<f64>,
    /// What the best rival reached.
    pub best: Best,
    /// What the agent lacks of that, in the score's unit; none where it has no score, which is worse than any.
    pub regret: Option<f64>,
}

/// What a search came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The worst first; each with a regret above 0 or without a score. Of the cases by one seed the worst.
    pub edges: Vec<Edge>,
    /// Evaluations that were made.
    pub evaluations: u64,
    /// Cases that the agent was compared on.
    pub compared: u64,
    /// Probes that said nothing.
    pub dead_ends: u64,
    /// Why the first of them did not.
    pub dead_end: Option<String>,
}

/// Search. The task must draw its cases.
///
/// # Errors
/// No worker can be had, or the task has no simulator.
pub async fn mine(
    judge: &Judge,
    agent: &Component,
    rivals: &Rivals,
    settings: Settings,
) -> Result<Found, JudgeError> {
    let parameters = judge.simulator().map_or("{}", |(_, parameters)| parameters);
    let space = Space::around(parameters)
        .ok_or_else(|| JudgeError::Simulator("its parameters are no JSON".into()))?;
    let mut walk = Walk { space, seed: settings.seed, seen: BTreeSet::new(), ranked: Vec::new() };
    let mut found = Found { edges: Vec::new(), evaluations: 0, compared: 0, dead_ends: 0, dead_end: None };
    let cost = 1 + rivals.count() as u64;
    let most = (settings.budget / cost).saturating_mul(DEAD_ENDS).saturating_add(BATCH);
    let (mut batch, mut probes) = (0, 0);
    while probes < most {
        let slots = BATCH.min((settings.budget - found.evaluations) / cost).min(most - probes);
        if slots == 0 {
            break;
        }
        let mut drawn = Vec::new();
        for slot in 0..slots {
            let (parameters, seed) = walk.propose(batch, slot);
            match judge.draw_by(seed, &parameters).await? {
                Ok(case) if walk.seen.insert(sha256(&case)) => drawn.push((parameters, seed, case)),
                Ok(_) => found.dead("the simulator drew a case that it had drawn before"),
                Err(why) => found.dead(&format!("the simulator refuses {parameters}: {why}")),
            }
        }
        (batch, probes) = (batch + 1, probes + slots);
        let cases: Vec<String> = drawn.iter().map(|(_, _, case)| case.clone()).collect();
        if cases.is_empty() {
            continue;
        }
        let mine = judge.each(agent, &cases, false).await?;
        let best = rivals.best(judge, &cases).await?;
        found.evaluations += cost * cases.len() as u64;
        for ((probe, result), best) in drawn.into_iter().zip(&mine).zip(best) {
            match edge(&judge.task.score, probe, result, best) {
                Ok(edge) => {
                    found.compared += 1;
                    walk.rank(edge);
                }
                Err(why) => found.dead(&why),
            }
        }
    }
    // A step that keeps the seed may draw nearly the same case: of such a family the worst stands for all.
    let mut families = BTreeSet::new();
    let tells =
        |edge: &Edge| edge.regret.is_none_or(|regret| regret > 0.0) && families.insert(edge.case_seed);
    found.edges = walk.ranked.into_iter().filter(tells).take(settings.keep).collect();
    Ok(found)
}

impl Found {
    fn dead(&mut self, why: &str) {
        self.dead_ends += 1;
        self.dead_end.get_or_insert_with(|| why.to_owned());
    }
}

fn edge(
    score: &Score,
    (parameters, case_seed, case): (String, u64, String),
    result: &CaseResult,
    best: Option<Best>,
) -> Result<Edge, String> {
    let mine = match &result.verdict {
        Verdict::TaskError(why) => {
            return Err(format!("the evaluator refuses a case of {parameters}: {why}"));
        }
        verdict if verdict.is_environmental() => {
            return Err(format!(
                "a case of {parameters} ended {}, which depends on this machine",
                verdict.name()
            ));
        }
        Verdict::Scored(outcome) => Some(outcome.score),
        _ => None,
    };
    let best = best.ok_or_else(|| format!("no agent of the task is scored on a case of {parameters}"))?;
    Ok(Edge {
        parameters: serde_json::from_str(&parameters).unwrap_or_default(),
        case_seed,
        digest: sha256(&case),
        case,
        verdict: result.verdict.name(),
        score: mine,
        regret: mine.map(|mine| regret(score, mine, best.score)),
        best,
    })
}

/// Where the search has been.
struct Walk {
    space: Space,
    seed: u64,
    /// Digests of all cases drawn.
    seen: BTreeSet<String>,
    /// The worst first.
    ranked: Vec<Edge>,
}

impl Walk {
    /// Parameters and a seed to look at next.
    fn propose(&self, batch: u64, slot: u64) -> (String, u64) {
        let parts = [
            b"assay edges v1".to_vec(),
            self.seed.to_le_bytes().into(),
            batch.to_le_bytes().into(),
            slot.to_le_bytes().into(),
        ];
        let digest = of_parts(parts.iter().map(Vec::as_slice));
        let mut seed = [0; 32];
        seed.copy_from_slice(&digest.as_bytes()[..32]);
        let mut rng = ChaCha8Rng::from_seed(seed);
        let fresh = rng.next_u64();
        let home = self.ranked.is_empty() || below(&mut rng, 4) == 0;
        let parent = self.ranked.get(below(&mut rng, PARENTS.min(self.ranked.len())));
        match parent.filter(|_| !home) {
            None if batch > 0 => (self.space.step(&self.space.base(), &mut rng), fresh),
            None => (self.space.base(), fresh),
            Some(parent) => {
                let seed = if below(&mut rng, 2) == 0 { parent.case_seed } else { fresh };
                (self.space.step(&parent.parameters.to_string(), &mut rng), seed)
            }
        }
    }

    fn rank(&mut self, edge: Edge) {
        let at = self.ranked.partition_point(|other| worse(other, &edge) != Ordering::Greater);
        self.ranked.insert(at, edge);
    }
}

/// No score comes before any regret, a large regret before a small one, and of equals the smaller digest.
fn worse(a: &Edge, b: &Edge) -> Ordering {
    let key = |edge: &Edge| edge.regret.unwrap_or(f64::INFINITY);
    key(b).total_cmp(&key(a)).then_with(|| a.digest.cmp(&b.digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(digest: &str, regret: Option<f64>) -> Edge {
        let best = Best { name: "r.rs".into(), score: 1.0 };
        let (verdict, score) = if regret.is_some() { ("scored", Some(0.0)) } else { ("trapped", None) };
        let (case, digest) = (digest.to_owned(), digest.to_owned());
        Edge {
            parameters: serde_json::json!({"n": 8}),
            case_seed: 1,
            case,
            digest,
            verdict,
            score,
            best,
            regret,
        }
    }

    fn walk(seed: u64) -> Walk {
        let space = Space::around("{\"n\":8}").unwrap();
        Walk { space, seed, seen: BTreeSet::new(), ranked: Vec::new() }
    }

    #[test]
    fn the_worst_come_first_and_ties_have_an_order() {
        let mut walk = walk(1);
        for edge in [
            made("b", Some(1.0)),
            made("c", None),
            made("a", Some(1.0)),
            made("d", Some(-2.0)),
            made("e", Some(7.0)),
        ] {
            walk.rank(edge);
        }
        let order: Vec<&str> = walk.ranked.iter().map(|edge| edge.digest.as_str()).collect();
        assert_eq!(order, ["c", "e", "a", "b", "d"]);
    }

    #[test]
    fn proposals_follow_from_seed_batch_and_slot() {
        let (mut one, two) = (walk(1), walk(2));
        assert_eq!(one.propose(0, 0), walk(1).propose(0, 0));
        assert_ne!(one.propose(0, 0).1, one.propose(0, 1).1);
        assert_ne!(one.propose(0, 0).1, two.propose(0, 0).1);
        assert_eq!(one.propose(0, 3).0, "{\"n\":8}", "the task's own parameters come first");
        one.rank(made("a", Some(1.0)));
        let later: Vec<_> = (0..40).map(|slot| one.propose(1, slot)).collect();
        assert!(later.iter().any(|(_, seed)| *seed == 1), "a step from the worst may keep its seed");
        assert!(later.iter().any(|(parameters, _)| parameters != "{\"n\":8}"));
    }
}
