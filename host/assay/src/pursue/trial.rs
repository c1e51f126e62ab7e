//! Trials: how who reaches a goal stands, whether a proposed task is worth an agent, and whether the library can do work that it
//! has not seen.
//!
//! **The minimal criterion** (after POET, Wang et al. 2019): a proposed task is kept if it is neither trivial nor hopeless for
//! today's library. Trivial: what is in use is not behind the task's best reference by the minimum effect. Hopeless: it is
//! scored on no case, or none of a few single edits of it scores better, so a search would have nowhere to start. Evaluator and
//! simulator are the task's own; a proposal brings at most other parameters.

use super::PursueError;
use super::ask::{Ask, Proposal, Reply, proposals};
use super::catalogue::{Catalogue, Entry};
use super::event::{Assessed, HeldOut, Proposed, Weak};
use super::guest::{Ended, Guest, Host, capped};
use super::memory::Memory;
use super::offer::Offer;
use super::place::Place;
use super::pursuit::{AGENT, listed};
use crate::compile::Component;
use crate::digest::case_seeds;
use crate::evaluate::judge::{Judge, mean};
use crate::explore::rivals::{Rivals, regret};
use crate::generate::mutate::{Program, vary};
use crate::generate::settings;
use crate::nest::{Reply as NestedReply, text_result};
use crate::promote::CHANNEL;
use crate::promote::statistics::sign_flip;
use crate::task::Cases;
use crate::team::Document;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sandbox::protocol::CaseResult;
use sandbox::verdict::Verdict;
use std::sync::atomic::AtomicBool;

/// Most proposals of an explorer that are looked at.
const PROPOSALS: usize = 32;
/// Cases that a proposal is tried on.
const PROBES: u64 = 8;
/// Edits that are tried on them.
const EDITS: usize = 24;
/// How many of these are compiled together.
const AT_ONCE: usize = 8;
/// Cases of an assessment.
const ASSESSED: u64 = 16;
/// Cases that a held-out task is tried on.
const HELD_OUT: u64 = 24;
/// A held-out task is solved if the gain is above chance at this level.
const LEVEL: f64 = 0.05;
/// Weak cases that are named.
const WEAK: usize = 3;

/// Cases of a task: drawn by these seeds, or the fixed ones to train on. With what each is called.
pub(super) async fn cases(
    judge: &Judge,
    seed: u64,
    purpose: &str,
    count: u64,
) -> Result<(Vec<u64>, Vec<String>), PursueError> {
    Ok(match &judge.task.cases {
        Cases::Fixed { train, .. } => ((0..train.len() as u64).collect(), train.clone()),
        Cases::Drawn(_) => {
            let seeds = case_seeds(seed, purpose, count);
            (seeds.clone(), judge.draw(seeds).await?)
        }
    })
}

fn score(result: &CaseResult) -> Option<f64> {
    match &result.verdict {
        Verdict::Scored(outcome) => Some(outcome.score),
        _ => None,
    }
}

/// The mean, if every case is scored.
fn whole(results: &[CaseResult]) -> Option<f64> {
    let scores: Option<Vec<f64>> = results.iter().map(score).collect();
    scores.filter(|scores| !scores.is_empty()).map(|scores| mean(&scores))
}

fn steady(results: &[CaseResult]) -> Result<(), PursueError> {
    match results.iter().find(|result| result.verdict.is_environmental()) {
        Some(result) => Err(PursueError::Environment(result.verdict.name().to_owned())),
        None => Ok(()),
    }
}

/// How `component` stands beside what the task starts from and what was in use before.
pub(super) async fn assess(
    judge: &Judge,
    component: &Component,
    before: Option<&Component>,
    seed: u64,
) -> Result<Assessed, PursueError> {
    let (names, cases) = cases(judge, seed, "assess", ASSESSED).await?;
    let results = judge.each(component, &cases, false).await?;
    steady(&results)?;
    let start = judge.compile_own(&judge.task.seed.name, &judge.task.seed.text).await?;
    let seed_score = whole(&judge.each(&start, &cases, false).await?);
    let before_score = match before {
        Some(before) => whole(&judge.each(before, &cases, false).await?),
        None => None,
    };
    let direction = judge.task.score.direction;
    let mut weak: Vec<(f64, Weak)> = names
        .iter()
        .zip(&results)
        .map(|(name, result)| {
            let score = score(result);
            let words = match &result.verdict {
                Verdict::Scored(outcome) => outcome.notes.clone(),
                other => other.name().to_owned(),
            };
            let rank = score.map_or(f64::NEG_INFINITY, |score| direction.oriented(score));
            (rank, Weak { case: *name, score, words: capped(&words) })
        })
        .collect();
    weak.sort_by(|(a, x), (b, y)| a.total_cmp(b).then(x.case.cmp(&y.case)));
    let evaluation = crate::evaluate::judge::Evaluation { cases: results };
    Ok(Assessed {
        score: whole(&evaluation.cases),
        metrics: evaluation.metrics(),
        seed_score,
        before_score,
        fuel: evaluation.fuel(),
        opinion: None,
        weak: weak.into_iter().take(WEAK).map(|(_, weak)| weak).collect(),
    })
}

/// What becomes of a proposal. `attempt` is what is in use for its task, with its source if there is one.
pub(super) async fn vet(
    judge: &Judge,
    proposal: &Proposal,
    attempt: Option<(&[u8], Option<String>)>,
    seed: u64,
) -> Result<Proposed, PursueError> {
    let Proposal { task, parameters, why } = proposal.clone();
    let fate = |fate: &str, attempt, best, better| Proposed {
        task: task.clone(),
        parameters: parameters.clone(),
        why: capped(&why),
        fate: fate.to_owned(),
        attempt,
        best,
        better,
    };
    let own = &judge.task.seed;
    let (component, source) = match attempt {
        Some((wasm, source)) => match judge.admit(wasm) {
            Ok(component) => (component, source),
            Err(_) => return Ok(fate("broken", None, None, (0, 0))),
        },
        None => (judge.compile_own(&own.name, &own.text).await?, Some(own.text.clone())),
    };
    let cases = match (parameters.is_empty(), &judge.task.cases) {
        (true, _) => cases(judge, seed, "probe", PROBES).await?.1,
        (false, Cases::Fixed { .. }) => return Ok(fate("broken", None, None, (0, 0))),
        (false, Cases::Drawn(_)) => {
            let mut drawn = Vec::new();
            for seed in case_seeds(seed, "probe", PROBES) {
                match judge.draw_by(seed, &parameters).await? {
                    Ok(case) => drawn.push(case),
                    Err(_) => return Ok(fate("broken", None, None, (0, 0))),
                }
            }
            drawn
        }
    };
    let results = judge.each(&component, &cases, false).await?;
    steady(&results)?;
    if results.iter().any(|result| matches!(result.verdict, Verdict::TaskError(_))) {
        return Ok(fate("broken", None, None, (0, 0)));
    }
    let (measure, attempt) = (&judge.task.score, whole(&results));
    let rivals = Rivals::of(judge, &component).await?;
    let mut best: Option<f64> = None;
    let per_case = rivals.best(judge, &cases).await?;
    if let Some(scores) =
        per_case.iter().map(|best| best.as_ref().map(|b| b.score)).collect::<Option<Vec<f64>>>()
    {
        best = Some(mean(&scores)).filter(|_| !scores.is_empty());
    }
    let behind = match (attempt, best) {
        (Some(attempt), Some(best)) => regret(measure, attempt, best),
        // Whoever is scored on every case is better than who is not.
        (None, Some(_)) => f64::INFINITY,
        _ => 0.0,
    };
    let scored = results.iter().any(|result| score(result).is_some());
    let (better, tried) = match (&source, scored) {
        (Some(source), true) => edits(judge, source, attempt, &cases, seed).await?,
        _ => (0, 0),
    };
    Ok(if best.is_some() && behind < measure.minimum_effect {
        fate("trivial", attempt, best, (better, tried))
    } else if better == 0 {
        fate("hopeless", attempt, best, (better, tried))
    } else {
        fate("kept", attempt, best, (better, tried))
    })
}

/// What a proposal is seen beside.
pub(super) struct View<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) memory: &'a Memory,
    pub(super) offer: &'a Offer,
    pub(super) place: &'a dyn Place,
    /// Whether a task, as it is, is the goal's own or held out.
    pub(super) taken: &'a (dyn Fn(&str) -> bool + 'a),
}

/// What becomes of a proposal of an explorer.
pub(super) async fn look(view: &View<'_>, proposal: &Proposal, seed: u64) -> Result<Proposed, PursueError> {
    let fate = |fate: &str| Proposed {
        task: capped(&proposal.task),
        parameters: capped(&proposal.parameters),
        why: capped(&proposal.why),
        fate: fate.into(),
        attempt: None,
        best: None,
        better: (0, 0),
    };
    let Some(entry) = view.catalogue.get(&proposal.task) else { return Ok(fate("unknown")) };
    let plain = proposal.parameters.is_empty();
    let kept = view.memory.kept.contains(&(proposal.task.clone(), proposal.parameters.clone()));
    if kept || plain && ((view.taken)(&entry.name) || view.offer.named(&entry.name).is_some()) {
        return Ok(fate("known"));
    }
    let mut attempt = None;
    if let Some(library) = view.place.read()?
        && let Some(current) = library.current(&entry.name, CHANNEL)
    {
        let wasm = library.get(&current.version.component)?;
        attempt = Some((wasm, view.place.source(&library, &entry.name)?));
    }
    let judge = view.place.judge(entry.task.clone()).await?;
    let attempt = attempt.as_ref().map(|(wasm, source)| (wasm.as_slice(), source.clone()));
    vet(&judge, proposal, attempt, seed).await
}

/// A task as an explorer reads it.
pub(super) fn around_text(entry: &Entry, parameters: &str) -> String {
    let (name, kinds) = (&entry.name, &entry.kinds);
    serde_json::json!({ "name": name, "takes": kinds.takes, "gives": kinds.gives, "parameters": parameters })
        .to_string()
}

/// What an explorer proposed, as far as it is looked at; none: it was stopped.
pub(super) fn proposed(ended: Ended) -> Option<Vec<Proposal>> {
    let mut proposed = match ended {
        Ended::Stopped => return None,
        Ended::Failed(_) => Vec::new(),
        Ended::Returned(value) => proposals(&value).unwrap_or_default(),
    };
    proposed.truncate(PROPOSALS);
    Some(proposed)
}

/// Look around a task, with what the library holds, and build nothing.
///
/// # Errors
/// [`PursueError`].
pub async fn explore(
    explorer: &Guest,
    (catalogue, entry): (&Catalogue, &Entry),
    (memory, place): (&Memory, &dyn Place),
    seed: u64,
) -> Result<Vec<Proposed>, PursueError> {
    let judge = place.judge(entry.task.clone()).await?;
    let offer = Offer::of(place.read()?.as_ref(), catalogue, memory)?;
    let parameters = judge.simulator().map_or(String::new(), |(_, parameters)| parameters.to_owned());
    let call = ("explore", crate::nest::wave(&around_text(entry, &parameters)));
    let mut host = Frozen { offer: &offer, catalogue };
    let ended = explorer.converse(judge.pool(), call, seed, &AtomicBool::new(false), &mut host).await?;
    let taken = |task: &str| task == entry.name;
    let view = View { catalogue, memory, offer: &offer, place, taken: &taken };
    let mut found = Vec::new();
    for proposal in proposed(ended).unwrap_or_default() {
        found.push(look(&view, &proposal, seed).await?);
    }
    Ok(found)
}

/// What a model is asked about an answer. It is told figures alone: no agent's words.
pub(super) fn opinion_text(goal: &str, assessed: &Assessed) -> String {
    format!(
        "Goal: {goal}\nMean score {:?}, what it started from {:?}, before {:?}.\nIn two sentences: what would you look at next?",
        assessed.score, assessed.seed_score, assessed.before_score
    )
}

/// Single edits of a program that score better on the cases, of how many: no more are tried once some do.
async fn edits(
    judge: &Judge,
    source: &str,
    attempt: Option<f64>,
    cases: &[String],
    seed: u64,
) -> Result<(u64, u64), PursueError> {
    let Ok(program) = Program::parse(source) else { return Ok((0, 0)) };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let made = vary(&program, "", EDITS, 0.0, &settings(&judge.task.mutate), &mut rng);
    let sources: Vec<String> = made.into_iter().map(|made| made.source().to_owned()).collect();
    let gains = |found: f64| attempt.is_none_or(|attempt| regret(&judge.task.score, attempt, found) > 0.0);
    let (mut better, mut tried) = (0, 0);
    for some in sources.chunks(AT_ONCE) {
        for component in judge.drafts(some).await?.into_iter().flatten() {
            tried += 1;
            better += u64::from(whole(&judge.evaluate(&component, cases).await?.cases).is_some_and(gains));
        }
        // One that helps is a place to start from.
        if better > 0 {
            break;
        }
    }
    Ok((better, tried))
}

/// Whether the library can do a task that nobody trains for: the orchestrator plans with what is on offer, makes nothing and
/// tries nothing, and the plan is compared with what the task starts from on fresh cases.
pub(super) async fn held_out(
    judge: &Judge,
    entry: &Entry,
    orchestrator: &Guest,
    (offer, catalogue): (&Offer, &Catalogue),
    seed: u64,
    stop: &AtomicBool,
) -> Result<Option<HeldOut>, PursueError> {
    let told = |solved, score, seed_score, words: &str| HeldOut {
        task: entry.name.clone(),
        difficulty: entry.kinds.difficulty,
        solved,
        score,
        seed_score,
        words: capped(words),
    };
    let goal = goal_text(&entry.name, &entry.task.description, &entry.kinds.takes, &entry.kinds.gives);
    let mut host = Frozen { offer, catalogue };
    let call = ("pursue", crate::nest::wave(&goal));
    let source = match orchestrator.converse(judge.pool(), call, seed, stop, &mut host).await? {
        Ended::Stopped => return Ok(None),
        Ended::Failed(why) => return Ok(Some(told(false, None, None, &why))),
        Ended::Returned(value) => match text_result(&value).and_then(|answer| answer) {
            Ok(source) => source,
            Err(why) => return Ok(Some(told(false, None, None, &why))),
        },
    };
    let component = if Document::is_one(&source) {
        judge.compile(&source).await?.map_err(|why| why.to_string())
    } else {
        let digest = source.trim_end().strip_prefix(AGENT).unwrap_or_default();
        offer.wasm(digest).ok_or_else(|| "nobody was named".to_owned()).and_then(|wasm| judge.admit(wasm))
    };
    let component = match component {
        Ok(component) => component,
        Err(why) => return Ok(Some(told(false, None, None, &why))),
    };
    let (_, cases) = cases(judge, seed, "held out", HELD_OUT).await?;
    let start = judge.compile_own(&judge.task.seed.name, &judge.task.seed.text).await?;
    let (new, old) = (judge.each(&component, &cases, false).await?, judge.each(&start, &cases, false).await?);
    steady(&new)?;
    let measure = &judge.task.score;
    let gains: Option<Vec<f64>> =
        new.iter().zip(&old).map(|(new, old)| Some(regret(measure, score(old)?, score(new)?))).collect();
    let Some(gains) = gains else {
        return Ok(Some(told(false, whole(&new), whole(&old), "not every case is scored")));
    };
    let test = sign_flip::test(&gains)?;
    let solved = test.mean >= measure.minimum_effect && test.p_value() <= LEVEL;
    let words = format!("mean gain {:+.4}, p = {:.3e}", test.mean, test.p_value());
    Ok(Some(told(solved, whole(&new), whole(&old), &words)))
}

/// A library that can be looked at, and nothing else.
struct Frozen<'a> {
    offer: &'a Offer,
    catalogue: &'a Catalogue,
}

impl Host for Frozen<'_> {
    async fn answer(&mut self, ask: Ask) -> Result<Option<Reply>, PursueError> {
        Ok(Some(match &ask {
            Ask::Tasks => Reply::Tasks(listed(self.catalogue)),
            Ask::Find(query) => Reply::Agents(self.offer.find(query)),
            Ask::Nested(asked) => Reply::Nested(match asked {
                crate::nest::Ask::ProposalsLeft | crate::nest::Ask::EvaluationsLeft => NestedReply::Left(0),
                other => other.refused("the budget is spent: nothing is tried here"),
            }),
            other => other.refused("the budget is spent: nothing is made here"),
        }))
    }
}

/// A goal as an orchestrator reads it.
pub(super) fn goal_text(name: &str, words: &str, takes: &str, gives: &str) -> String {
    serde_json::json!({ "name": name, "words": words, "takes": takes, "gives": gives }).to_string()
}
