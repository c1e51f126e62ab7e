//! Written: a search whose candidates are answers of language models.
//!
//! A slot of a batch is one question: a parent to improve, what else is known, and one of the models. All of it follows
//! from the state before the batch and from the slot's own generator, so a resumed run asks the same under the same key
//! and finds the answer in the transcript. Candidate 17 rests on the exchange `17/0` and, if what was said could be
//! mended, on `17/1`: there is one repair, after an answer that holds a broken program or after a compiler's complaint. A
//! repair that yields no program changes nothing.
//!
//! What holds no program is a candidate too, an empty one, rejected for a reason that has a name: so every answer that
//! was paid for stands in the journal.

use super::Hunt;
use super::flight::{Job, alone};
use crate::compile::Rejection;
use crate::evaluate::judge::JudgeError;
use crate::generate::model::{About, Brief, Example, Form, Parent, Templates};
use crate::generate::writer::{Flaw, Rests, Writer, read};
use crate::model::Exchange;
use crate::model::bandit::{Arm, choose};
use crate::run::event::{Candidate, Event, Phase, Search};
use crate::run::judged::Before;
use crate::run::propose::generator;
use crate::run::record::{RunError, Written};
use crate::run::state::State;
use crate::run::tuition::Tuition;
use crate::run::work::{Bench, Outcome, refused};
use crate::task::Task;
use rand_chacha::rand_core::Rng;
use std::collections::VecDeque;
use std::sync::Arc;

/// One slot in so many joins the ideas of two parents.
const CROSSOVER: u32 = 4;
/// Best programs of the archive that are shown.
const INSPIRATIONS: usize = 2;

/// What a slot asks.
struct Plan {
    island: u64,
    parents: Vec<u64>,
    /// Its place among the run's.
    model: usize,
    brief: Brief,
}

/// A slot at work.
#[derive(Clone)]
struct Slot {
    bench: Bench,
    writer: Arc<Writer>,
    templates: Arc<Templates>,
    plan: Arc<Plan>,
    /// The candidate that it will be.
    id: u64,
}

/// What a slot came to, but for what depends on its elders.
struct Draft {
    source: String,
    operators: Vec<String>,
    rests: Rests,
    outcome: Outcome,
}

/// How a slot's draft is come by.
enum Way {
    Known(Box<Draft>),
    Running(Job<Draft>),
}

impl Hunt<'_> {
    /// Search until all candidates are tried. False if it was stopped.
    pub(super) async fn written(&mut self, writer: &Arc<Writer>) -> Result<bool, RunError> {
        let templates = Arc::new(Templates::untried(&self.judge.task));
        let mut batch = 0;
        while self.recorder.state.searched < self.search.candidates && self.room() > 0 {
            let left = self.search.candidates - self.recorder.state.searched;
            let count = left.min(self.search.batch).min(self.room());
            let plans = plans(&self.recorder.state, &self.search, &self.judge.task, batch, count);
            if plans.is_empty() {
                break;
            }
            let first = self.recorder.state.next;
            if !self.write(writer, &templates, plans).await? {
                return Ok(false);
            }
            let wanted = self.judge.task.model.opinions && self.room() > 0;
            if wanted && !self.opinions(writer, &templates, first).await? && self.room() > 0 {
                return Ok(false);
            }
            batch += 1;
            self.progress.batch(&self.recorder.state, batch, self.recorder.is_replaying());
        }
        self.finished()?;
        Ok(true)
    }

    /// Ask, compile and evaluate side by side, fold in order. False if it was stopped.
    async fn write(
        &mut self,
        writer: &Arc<Writer>,
        templates: &Arc<Templates>,
        plans: Vec<Plan>,
    ) -> Result<bool, RunError> {
        let judged = self.recorder.state.judged_before();
        let mut running = VecDeque::with_capacity(plans.len());
        for (offset, (id, plan)) in (self.recorder.state.next..).zip(plans).enumerate() {
            let slot = Slot {
                bench: self.bench(),
                writer: writer.clone(),
                templates: templates.clone(),
                plan: Arc::new(plan),
                id,
            };
            let known = match self.recorder.known_written(offset, id)? {
                None => None,
                // Where it doesn't fit, folding says so.
                Some(Written::Known(known)) => Some(slot.again(&known).await?),
                Some(Written::Given(given)) => {
                    Some(slot.again(&given).await?).filter(|draft| draft.source == given.source)
                }
            };
            let way = match known {
                Some(draft) => Way::Known(Box::new(draft)),
                None => Way::Running(Job::spawn(slot.clone().work(judged.clone()))),
            };
            running.push_back((slot, way));
        }
        while let Some((slot, way)) = running.pop_front() {
            let mut draft = match way {
                Way::Known(draft) => *draft,
                Way::Running(job) => match self.wait(job).await? {
                    Some(draft) => draft,
                    None => {
                        self.recorder.sync()?;
                        return Ok(false);
                    }
                },
            };
            if matches!(draft.outcome, Outcome::TimedOut) {
                let others = running.iter().filter_map(|(_, way)| match way {
                    Way::Running(job) => Some(job),
                    Way::Known(_) => None,
                });
                alone(others).await;
                draft = slot.clone().work(Before::default()).await?;
            }
            let Draft { source, operators, rests: Rests { model, exchanges, spend }, outcome } = draft;
            let candidate = Candidate {
                id: slot.id,
                phase: Phase::Search,
                island: slot.plan.island,
                parents: slot.plan.parents.clone(),
                operators,
                model: Some(model),
                exchanges,
                spend: Some(spend),
                source,
                fate: self.settled(outcome),
            };
            self.recorder.derive(Event::Candidate(Box::new(candidate)))?;
        }
        self.recorder.sync()?;
        Ok(true)
    }
}

impl Slot {
    /// From the question to what became of the answer.
    async fn work(self, judged: Before) -> Result<Draft, JudgeError> {
        let (form, parent) = (self.plan.brief.form, self.parent());
        let first = self.propose().await?;
        let mut draft = self.draft(&first);
        let flaw = match read(form, parent, parent, &first) {
            Ok(source) => match self.bench.compile(&source).await? {
                Ok(component) => {
                    draft.outcome = self.bench.evaluate(component, &judged, None).await?;
                    draft.source = source;
                    None
                }
                Err(rejection) => {
                    draft.outcome = Outcome::of(&rejection);
                    draft.source.clone_from(&source);
                    complaint(&rejection).map(|words| Flaw { shown: source, words })
                }
            },
            Err(nothing) => {
                draft.outcome = Outcome::Fate(refused(nothing.name(), &nothing.to_string()));
                nothing.flaw(parent, &first)
            }
        };
        let Some(flaw) = flaw else { return Ok(draft) };
        let (writer, plan) = (&self.writer, &self.plan);
        let asked = (&*self.templates, &plan.brief);
        let second = writer.repair(asked, plan.model, &flaw, &self.key(1)).await.map_err(JudgeError::from)?;
        draft.rests.add(&second);
        if let Ok(source) = read(form, parent, &flaw.shown, &second) {
            draft.outcome = match self.bench.compile(&source).await? {
                Ok(component) => self.bench.evaluate(component, &judged, None).await?,
                Err(rejection) => Outcome::of(&rejection),
            };
            draft.repaired(source);
        }
        Ok(draft)
    }

    /// The same from a journal: the fate is known, and what it rests on is read again.
    async fn again(&self, known: &Candidate) -> Result<Draft, RunError> {
        let lost = || RunError::Exchange { candidate: self.id };
        let (form, parent) = (self.plan.brief.form, self.parent());
        let kept = |turn: usize| {
            let kept = self.writer.recorded(&self.key(turn));
            kept.filter(|exchange| known.exchanges.get(turn) == Some(&exchange.digest())).ok_or_else(lost)
        };
        kept(0)?;
        // It is recorded, so nobody is asked: this finds out whether it is about the same question.
        let first = self.propose().await?;
        let mut draft = self.draft(&first);
        draft.outcome = Outcome::Fate(known.fate.clone());
        let said = read(form, parent, parent, &first);
        if let Ok(source) = &said {
            draft.source.clone_from(source);
        }
        if known.exchanges.len() > 1 {
            let second = kept(1)?;
            draft.rests.add(&second);
            let shown = match said {
                Ok(source) => source,
                Err(nothing) => nothing.flaw(parent, &first).ok_or_else(lost)?.shown,
            };
            if let Ok(source) = read(form, parent, &shown, &second) {
                draft.repaired(source);
            }
        }
        Ok(draft)
    }

    async fn propose(&self) -> Result<Exchange, JudgeError> {
        let asked = (&*self.templates, &self.plan.brief);
        Ok(self.writer.propose(asked, self.plan.model, None, &self.key(0)).await?)
    }

    fn draft(&self, first: &Exchange) -> Draft {
        let model = self.writer.name(self.plan.model).to_owned();
        Draft {
            source: String::new(),
            operators: vec![format!("{} by {model}", self.plan.brief.form.name())],
            rests: Rests::on(model, first),
            outcome: Outcome::TimedOut,
        }
    }

    /// The program that is to be improved.
    fn parent(&self) -> &str {
        self.plan.brief.parents.first().map_or("", |parent| &parent.source)
    }

    fn key(&self, turn: usize) -> String {
        format!("{}/{turn}", self.id)
    }
}

impl Draft {
    fn repaired(&mut self, source: String) {
        self.source = source;
        self.operators.push("repair".into());
    }
}

/// What a model may mend.
fn complaint(rejection: &Rejection) -> Option<String> {
    match rejection {
        Rejection::Source(_) | Rejection::Diagnostics(_) | Rejection::World(_) => Some(rejection.to_string()),
        Rejection::CompilerDied(_) | Rejection::TimedOut => None,
    }
}

/// The questions of a batch: the first of them are the same, however many are wanted.
fn plans(state: &State, search: &Search, task: &Task, batch: u64, count: u64) -> Vec<Plan> {
    let mut arms = state.tuition().map(Tuition::arms).unwrap_or_default();
    (0..count).filter_map(|slot| plan(state, search, task, (batch, slot), &mut arms)).collect()
}

fn plan(
    state: &State,
    search: &Search,
    task: &Task,
    (batch, slot): (u64, u64),
    arms: &mut [Arm],
) -> Option<Plan> {
    let tuition = state.tuition()?;
    let mut rng = generator(search.seed, batch, slot);
    let island = (batch + slot) % search.islands.max(1);
    let drawn = state.population.parents(usize::try_from(island).unwrap_or(0), &mut rng)?;
    let mut ids = vec![drawn.parent];
    let mut others: Vec<u64> = drawn.donors;
    if !others.is_empty() && rng.next_u32().is_multiple_of(CROSSOVER) {
        ids.push(others.remove(0));
    }
    others.extend(state.population.archive().iter().take(INSPIRATIONS).map(|member| member.id));
    let parents: Vec<Parent> = ids.iter().filter_map(|id| parent(state, *id)).collect();
    let mut inspirations: Vec<Example> = Vec::new();
    for id in others {
        if let Some(Parent { source, score: Some(score), .. }) = parent(state, id)
            && !ids.contains(&id)
        {
            ids.push(id);
            inspirations.push(Example { source, score });
        }
    }
    let oriented = |example: &Example| task.score.direction.oriented(example.score);
    inspirations.sort_by(|a, b| oriented(b).total_cmp(&oriented(a)));
    let form = Form::drawn(task.model.diff_share, &mut rng);
    let model = pull(arms)?;
    let brief = Brief {
        task: About::of(task),
        form,
        seed_score: state.measured(0).map(|(_, measured)| measured.score),
        references: tuition.references(),
        parents,
        inspirations,
        failures: tuition.failures(),
        guidance: String::new(),
    };
    Some(Plan { island, parents: ids, model, brief })
}

/// Which model is asked. It then counts as if this question came to what its others did on average, so that a batch
/// is spread as one question after the other would be.
fn pull(arms: &mut [Arm]) -> Option<usize> {
    let chosen = choose(arms)?;
    let arm = &mut arms[chosen];
    let more = (arm.pulls + 1) as f64 / arm.pulls.max(1) as f64;
    arm.pulls += 1;
    arm.gain *= more;
    arm.cost *= more;
    Some(chosen)
}

fn parent(state: &State, id: u64) -> Option<Parent> {
    let (_, measured) = state.measured(id)?;
    let opinion = state.tuition().and_then(|tuition| tuition.opinion(id));
    Some(Parent {
        source: state.source(id)?.to_owned(),
        score: Some(measured.score),
        metrics: measured.metrics.clone(),
        fuel: Some(measured.fuel),
        notes: opinion.map_or(String::new(), |opinion| format!("a model's opinion of it: {opinion} of 10")),
        failure: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_spread_over_models_that_are_known_little() {
        let arm = |name: &str| Arm { name: name.into(), pulls: 0, gain: 0.0, cost: 0.0 };
        let mut arms = [arm("a"), arm("b"), arm("c")];
        let pulled: Vec<_> = (0..6).filter_map(|_| pull(&mut arms)).collect();
        assert_eq!(pulled, [0, 1, 2, 0, 1, 2]);
        let mut known = [
            Arm { pulls: 100, gain: 90.0, cost: 100.0, ..arm("good") },
            Arm { pulls: 100, gain: 10.0, cost: 100.0, ..arm("bad") },
        ];
        assert!((0..8).all(|_| pull(&mut known) == Some(0)));
        assert!((known[0].gain / known[0].pulls as f64 - 0.9).abs() < 1e-12, "its mean stays");
    }
}
