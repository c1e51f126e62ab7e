//! A pursuit under way: what it has, and what it answers to the guests that lead it.
//!
//! Everything that costs something, or that a later library would answer otherwise, is a line of the journal before the guest
//! hears of it; what follows from the journal alone (what is left of a budget, the catalogue) is not.

use super::advisor::Advisor;
use super::ask::{Agent, Ask, Listed, Reply};
use super::book::Book;
use super::catalogue::{Catalogue, Entry};
use super::event::{Called, Event, Made, Refused};
use super::goal::Goal;
use super::guard::{Hindrance, Wanted, may_make};
use super::guest::{Host, capped};
use super::offer::Offer;
use super::place::{Making, Order, Place};
use super::{BookError, PursueError};
use crate::compile::{Component, component_interface};
use crate::digest::{case_seeds, of_parts};
use crate::evaluate::compose;
use crate::evaluate::judge::{Judge, mean};
use crate::evaluate::pool::Program;
use crate::nest::{Ask as Nested, Reply as NestedReply, text_result, wave};
use crate::team::vary::vary;
use crate::team::{Document, pack, steps};
use library::{Digest, Library};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sandbox::protocol::Account;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a source that names one agent begins with.
pub(super) const AGENT: &str = "agent ";
/// What is said first of what is not done because it would cost too much.
const SPENT: &str = "the budget is spent";
/// How often an edit that was made before is followed by another draw.
const TRIES: u32 = 16;

/// Everything at hand.
pub(super) struct Pursuit<'a> {
    pub(super) goal: &'a Goal,
    pub(super) catalogue: &'a Catalogue,
    pub(super) entry: &'a Entry,
    pub(super) seed: u64,
    pub(super) place: &'a dyn Place,
    pub(super) book: &'a mut Book,
    pub(super) judge: Judge,
    pub(super) train: Vec<String>,
    pub(super) advisor: Option<&'a Advisor>,
    /// Nothing that was there before is offered.
    pub(super) anew: bool,
    /// What a person allowed on the command line.
    pub(super) allow: &'a BTreeSet<String>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) purse: Purse,
    /// Scores of sources, so turned that more is better.
    pub(super) scores: BTreeMap<String, Result<f64, String>>,
    /// What it waits for.
    pub(super) waiting: Option<String>,
}

/// What the orchestrator may still spend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purse {
    pub(super) evaluations: u32,
    pub(super) proposals: u32,
    pub(super) invocations: u32,
    pub(super) fuel: u64,
    pub(super) model: u64,
    /// Calls of `propose`, and of models, so far.
    pub(super) calls: (u64, u64),
}

impl Purse {
    pub(super) fn of(goal: &Goal, model: bool) -> Self {
        let quotas = &goal.quotas;
        Self {
            evaluations: quotas.evaluations,
            proposals: quotas.proposals,
            invocations: quotas.invocations,
            fuel: quotas.fuel,
            model: if model { quotas.model_calls } else { 0 },
            calls: (0, 0),
        }
    }
}

impl Host for Pursuit<'_> {
    async fn answer(&mut self, ask: Ask) -> Result<Option<Reply>, PursueError> {
        match ask {
            Ask::Tasks => Ok(Some(Reply::Tasks(listed(self.catalogue)))),
            Ask::InvocationsLeft => Ok(Some(Reply::Left(self.purse.invocations.into()))),
            Ask::ModelLeft => Ok(Some(Reply::Left(self.purse.model))),
            Ask::AgentsLeft => Ok(Some(Reply::Left(self.agents_left()))),
            Ask::Nested(Nested::ProposalsLeft) => Ok(Some(left(self.purse.proposals))),
            Ask::Nested(Nested::EvaluationsLeft) => Ok(Some(left(self.purse.evaluations))),
            Ask::Make(ref name) => {
                let request = wave(name);
                let Some(made) = self.make(name, false).await? else { return Ok(None) };
                if self.book.next().is_some() {
                    // What it came to then: the library may hold a later version by now.
                    return self.recorded(ask).await;
                }
                let reply = Reply::Agent(made);
                let called = Called { function: ask.name().into(), request, reply: reply.write(), fuel: 0 };
                self.book.add(Event::Called(called))?;
                Ok(Some(reply))
            }
            ask => self.recorded(ask).await,
        }
    }
}

impl Pursuit<'_> {
    /// A call that is answered from the journal if that has it.
    async fn recorded(&mut self, ask: Ask) -> Result<Option<Reply>, PursueError> {
        let (name, request) = (ask.name(), request(&ask));
        let known = self.book.known(name, |event| match event {
            Event::Called(called) if called.function == name && called.request == request => {
                Some((called.reply.clone(), called.fuel))
            }
            _ => None,
        })?;
        if let Some((reply, fuel)) = known {
            self.remember(&ask, &reply)?;
            self.pay(&ask, fuel);
            // What was written was a reply to this very question.
            return Ok(Some(Reply::Written(reply)));
        }
        let (reply, fuel) = self.live(&ask).await?;
        self.pay(&ask, fuel);
        let event = Event::Called(Called { function: name.into(), request, reply: reply.write(), fuel });
        self.book.add(event)?;
        Ok(Some(reply))
    }

    /// Scores that stand in the journal were paid for: asked for once more after a stop they cost what they would have cost without
    /// it, nothing.
    fn remember(&mut self, ask: &Ask, reply: &str) -> Result<(), PursueError> {
        let sources = match ask {
            Ask::Nested(Nested::Score(source)) => std::slice::from_ref(source),
            Ask::Nested(Nested::ScoreAll(sources)) => sources.as_slice(),
            _ => return Ok(()),
        };
        let scores = crate::nest::scores(reply).map_err(|_| self.diverged("scores"))?;
        let paid = sources.iter().zip(scores).take(self.purse.evaluations as usize);
        for (source, score) in paid {
            let spent = score.as_ref().is_err_and(|why| why.starts_with(SPENT));
            if !spent && !self.scores.contains_key(source) {
                self.scores.insert(source.clone(), score);
            }
        }
        Ok(())
    }

    /// What a call takes out of the purse: a function of the call and its fuel.
    fn pay(&mut self, ask: &Ask, fuel: u64) {
        if let Ask::Model(_) = ask {
            self.pay_model();
        }
        let purse = &mut self.purse;
        purse.fuel = purse.fuel.saturating_sub(fuel);
        match ask {
            Ask::Invoke { .. } => purse.invocations = purse.invocations.saturating_sub(1),
            Ask::Nested(Nested::Score(_)) => purse.evaluations = purse.evaluations.saturating_sub(1),
            Ask::Nested(Nested::ScoreAll(sources)) => {
                let count = u32::try_from(sources.len()).unwrap_or(u32::MAX);
                purse.evaluations = purse.evaluations.saturating_sub(count);
            }
            Ask::Nested(Nested::Propose { count, .. }) => {
                purse.proposals = purse.proposals.saturating_sub(*count);
                purse.calls.0 += 1;
            }
            _ => {}
        }
    }

    pub(super) fn pay_model(&mut self) {
        self.purse.model = self.purse.model.saturating_sub(1);
        self.purse.calls.1 += 1;
    }

    async fn live(&mut self, ask: &Ask) -> Result<(Reply, u64), PursueError> {
        Ok(match ask {
            Ask::Find(query) => (Reply::Agents(self.offer()?.find(query)), 0),
            Ask::Invoke { component, input } => {
                let (answer, fuel) = self.invoke(component, input).await?;
                (Reply::Text(answer), fuel)
            }
            Ask::Model(prompt) => (Reply::Text(self.advice(prompt).await?), 0),
            Ask::Nested(Nested::Score(source)) => {
                let (scores, fuel) = self.score_all(std::slice::from_ref(source)).await?;
                let score = scores.into_iter().next().unwrap_or_else(|| Err("no score".into()));
                (Reply::Nested(NestedReply::Score(score)), fuel)
            }
            Ask::Nested(Nested::ScoreAll(sources)) => {
                let (scores, fuel) = self.score_all(sources).await?;
                (Reply::Nested(NestedReply::Scores(scores)), fuel)
            }
            Ask::Nested(Nested::Propose { program, count, .. }) => {
                (Reply::Nested(NestedReply::Programs(self.propose(program, *count)?)), 0)
            }
            other => (other.refused("this is not lent to whoever leads a goal"), 0),
        })
    }

    pub(super) async fn advice(&mut self, prompt: &str) -> Result<Result<String, String>, PursueError> {
        match self.advisor {
            Some(advisor) if self.purse.model > 0 => {
                let key = format!("{}/{}", self.book.memory.epoch(), self.purse.calls.1);
                advisor.ask(&key, prompt).await
            }
            Some(_) => Ok(Err("the budget is spent: no calls of models are left".into())),
            None => Ok(Err("the goal grants no model".into())),
        }
    }

    pub(super) fn offer(&self) -> Result<Offer, PursueError> {
        if self.anew {
            return Ok(Offer::default());
        }
        self.everything()
    }

    fn everything(&self) -> Result<Offer, PursueError> {
        Offer::of(self.place.read()?.as_ref(), self.catalogue, &self.book.memory)
    }

    fn agents_left(&self) -> u64 {
        let now = &self.book.memory.now;
        let quotas = &self.goal.quotas;
        let by_count = quotas.agents.saturating_sub(now.made.values().sum());
        let by_total = quotas.total.saturating_sub(self.book.memory.total);
        let candidates = quotas.all_candidates.saturating_sub(now.candidates.0);
        let by_candidates = candidates.checked_div(quotas.candidates).unwrap_or(0);
        if quotas.depth == 0 { 0 } else { by_count.min(by_total).min(by_candidates) }
    }

    async fn invoke(
        &mut self,
        component: &str,
        input: &str,
    ) -> Result<(Result<String, String>, u64), PursueError> {
        if self.purse.invocations == 0 {
            return Ok((Err("the budget is spent: no invocations are left".into()), 0));
        }
        let offer = self.everything()?;
        let Some((wasm, entry)) =
            offer.wasm(component).zip(offer.name_of(component).and_then(|name| self.catalogue.get(name)))
        else {
            return Ok((Err("there is no such component on offer; `find` shows what is".into()), 0));
        };
        let limits = &entry.task.limits;
        if self.purse.fuel < limits.fuel {
            return Ok((Err("the budget is spent: the fuel that is left does not pay for a call".into()), 0));
        }
        let pool = self.judge.pool();
        let component = match component_interface(wasm) {
            Ok(found) => found.component,
            Err(why) => return Ok((Err(why), 0)),
        };
        if pack::is_team(&component) {
            let team = match pack::unpack(&component.wasm) {
                Ok(team) => team,
                Err(error) => return Ok((Err(error.to_string()), 0)),
            };
            let ran = steps::once(pool, limits, &team, input).await?;
            if let Some(step) = ran.environmental() {
                return Err(PursueError::Environment(format!("role `{}`", step.role)));
            }
            return Ok((ran.answer.clone(), ran.fuel()));
        }
        let joined = compose::alone(&component, Account::Candidate, false, &[]);
        let native = match pool.compile(joined.wasm, limits).await? {
            Ok(native) => native,
            Err(verdict) => return Ok((Err(verdict.name().to_owned()), 0)),
        };
        let program = Program::new(native, joined.grants);
        Ok(match pool.invoke(&program, limits, "run", vec![wave(input)], 0).await? {
            Ok((value, usage, _)) => (text_result(&value).and_then(|answer| answer), usage.fuel.unwrap_or(0)),
            Err((verdict, _)) if verdict.is_environmental() => {
                return Err(PursueError::Environment(verdict.name().to_owned()));
            }
            Err((verdict, _)) => (Err(format!("it ended {}", verdict.name())), limits.fuel),
        })
    }

    /// Scores of sources, each paid for by one evaluation, and the fuel of those that were not scored before.
    async fn score_all(
        &mut self,
        sources: &[String],
    ) -> Result<(Vec<Result<f64, String>>, u64), PursueError> {
        let (mut scores, mut fuel) = (Vec::new(), 0_u64);
        let dearest = self.judge.task.limits.fuel.saturating_mul(self.train.len() as u64);
        for (place, source) in sources.iter().enumerate() {
            if place >= self.purse.evaluations as usize {
                scores.push(Err(format!("{SPENT}: no evaluations are left")));
                continue;
            }
            if let Some(score) = self.scores.get(source) {
                scores.push(score.clone());
                continue;
            }
            if self.purse.fuel.saturating_sub(fuel) < dearest {
                let why = format!("{SPENT}: the fuel that is left does not pay for an evaluation");
                scores.push(Err(why));
                continue;
            }
            let (score, cost) = match self.component(source).await? {
                Err(why) => (Err(capped(&why)), 0),
                Ok(component) => self.score(&component).await?,
            };
            fuel = fuel.saturating_add(cost);
            self.scores.insert(source.clone(), score.clone());
            scores.push(score);
        }
        Ok((scores, fuel))
    }

    async fn score(&self, component: &Component) -> Result<(Result<f64, String>, u64), PursueError> {
        let evaluation = self.judge.evaluate(component, &self.train).await?;
        let direction = self.judge.task.score.direction;
        Ok(match (evaluation.scores(), evaluation.failure()) {
            (Some(scores), _) => (Ok(direction.oriented(mean(&scores))), evaluation.fuel()),
            (None, Some((case, result))) if result.verdict.is_environmental() => {
                let why = format!("case {case} ended {}", result.verdict.name());
                return Err(PursueError::Environment(why));
            }
            (None, failure) => {
                let words = failure.map_or_else(
                    || "it was not scored".to_owned(),
                    |(case, result)| {
                        format!("case {case} ended {}: {:?}", result.verdict.name(), result.verdict)
                    },
                );
                let most = self.judge.task.limits.fuel.saturating_mul(evaluation.cases.len() as u64);
                (Err(capped(&words)), most)
            }
        })
    }

    /// Who a source names: a team, or one agent of the library. The inner error is the host's word on it.
    pub(super) async fn component(&self, source: &str) -> Result<Result<Component, String>, PursueError> {
        if Document::is_one(source) {
            let offer = self.everything()?;
            let resolved = Document::parse(source)
                .and_then(|document| document.resolved(|filling| offer.roster().find(filling)));
            return Ok(match resolved {
                Ok(document) => self.judge.compile(&document.text()).await?.map_err(|why| why.to_string()),
                Err(error) => Err(error.to_string()),
            });
        }
        let Some(digest) = source.trim_end().strip_prefix(AGENT) else {
            return Ok(Err(format!(
                "a goal is reached by a team's document, whose first line is `{}`, or by `{AGENT}` and a component's digest",
                crate::team::document::MARK
            )));
        };
        let offer = self.everything()?;
        Ok(match offer.wasm(digest) {
            Some(wasm) => self.judge.admit(wasm),
            None => Err("there is no such component on offer".into()),
        })
    }

    fn propose(&self, program: &str, count: u32) -> Result<Result<Vec<String>, String>, PursueError> {
        let count = count.min(self.purse.proposals);
        if count == 0 {
            return Ok(Err("the budget is spent: no proposals are left".into()));
        }
        let offer = self.offer()?;
        let roster = offer.roster();
        let parent = match Document::parse(program).and_then(|team| team.resolved(|f| roster.find(f))) {
            Ok(parent) => parent,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut made: Vec<String> = Vec::new();
        for slot in 0..count {
            let place =
                [self.seed.to_le_bytes(), self.purse.calls.0.to_le_bytes(), u64::from(slot).to_le_bytes()];
            let parts =
                std::iter::once(b"assay pursue teams v1".as_slice()).chain(place.iter().map(|p| &p[..]));
            let mut seed = [0; 32];
            seed.copy_from_slice(&of_parts(parts).as_bytes()[..32]);
            let mut rng = ChaCha8Rng::from_seed(seed);
            for _ in 0..TRIES {
                let Some((varied, _)) = vary(&parent, &[], &roster, &mut rng) else { continue };
                let text = varied.text();
                if text != program && !made.contains(&text) {
                    made.push(text);
                    break;
                }
            }
        }
        Ok(Ok(made))
    }

    /// Have an agent made, unless a guard stands in the way. None: it was stopped, or a person is to be asked first.
    pub(super) async fn make(
        &mut self,
        name: &str,
        ahead: bool,
    ) -> Result<Option<Result<Agent, String>>, PursueError> {
        let Some(entry) = self.catalogue.get(name) else {
            return Ok(Some(Err("the catalogue has no task of that name".into())));
        };
        if name == self.entry.name {
            return Ok(Some(Err(
                "that is what the goal asks for; it is reached by who can be made for other tasks".into(),
            )));
        }
        loop {
            match self.book.next() {
                Some(Event::Refused(_)) => {
                    let refused = self.book.known("a guard", |event| match event {
                        Event::Refused(refused) => Some(refused.words.clone()),
                        _ => None,
                    })?;
                    return Ok(Some(Err(refused.unwrap_or_default())));
                }
                Some(Event::Made(_)) => break,
                Some(Event::Waiting { what }) => {
                    let what = what.clone();
                    if !self.wait(what)? {
                        return Ok(None);
                    }
                }
                Some(_) => return Err(self.diverged("a search, or a guard before it")),
                None => {
                    let offer = self.everything()?;
                    let wanted = Wanted {
                        agent: name,
                        gives: &entry.kinds.gives,
                        alive: offer.count(),
                        there: offer.named(name).is_some(),
                        able: offer.gives(&entry.kinds.gives),
                        ahead,
                    };
                    match may_make(self.goal, &self.book.memory, wanted) {
                        Ok(()) => break,
                        Err(Hindrance::Quota { guard, words }) => {
                            let refused = Refused { guard: guard.into(), words: words.clone() };
                            self.book.add(Event::Refused(refused))?;
                            return Ok(Some(Err(words)));
                        }
                        Err(Hindrance::Person { what }) => {
                            if !self.wait(what)? {
                                return Ok(None);
                            }
                        }
                    }
                }
            }
        }
        if !self.search(entry, ahead).await? {
            return Ok(None);
        }
        let offer = self.everything()?;
        Ok(Some(offer.named(name).cloned().ok_or_else(|| "the search brought nothing in".to_owned())))
    }

    /// The search for an agent, from the journal or now. False: it was stopped.
    async fn search(&mut self, entry: &Entry, ahead: bool) -> Result<bool, PursueError> {
        let known = self.book.known("a search", |event| match event {
            Event::Made(made) if made.agent == entry.name && made.ahead == ahead => Some(()),
            _ => None,
        })?;
        if known.is_some() {
            return Ok(true);
        }
        let (epoch, name) = (self.book.memory.epoch(), &entry.name);
        let before = self.book.memory.now.made.get(name).copied().unwrap_or(0);
        let seeds = case_seeds(self.seed, &format!("search for {name}"), before + 1);
        let run = format!("goal-{epoch}-{name}-{}", before + 1);
        let quotas = &self.goal.quotas;
        let (candidates, minimise) = (quotas.candidates, quotas.minimise);
        let seed = seeds.last().copied().unwrap_or_default();
        let order = Order { entry, run: run.clone(), seed, candidates, minimise };
        let Making::Done { candidates, fuel, promoted, worth } = self.place.make(order).await? else {
            return Ok(false);
        };
        let library = self.place.read()?;
        let current = library.as_ref().and_then(|library| library.current(name, crate::promote::CHANNEL));
        let component = current.map(|current| current.version.component.hex());
        let agent = name.clone();
        self.book.add(Event::Made(Made {
            agent,
            run,
            ahead,
            candidates,
            fuel,
            promoted,
            component,
            worth,
        }))?;
        Ok(true)
    }

    /// Ask a person. False: nobody has said yes.
    pub(super) fn wait(&mut self, what: String) -> Result<bool, PursueError> {
        self.book.add(Event::Waiting { what: what.clone() })?;
        let allowed = Event::Allowed { what: what.clone() };
        if self.book.next() == Some(&allowed) || self.book.is_live() && self.allow.contains(&what) {
            self.book.add(allowed)?;
            return Ok(true);
        }
        self.waiting = Some(what);
        Ok(false)
    }

    pub(super) fn diverged(&self, expected: &str) -> PursueError {
        BookError::Diverged { position: self.book.position(), expected: expected.to_owned() }.into()
    }

    /// The bytes of whatever is in the library under that digest.
    pub(super) fn bytes(library: Option<&Library>, digest: &str) -> Option<Vec<u8>> {
        library?.get(&Digest::from_hex(digest).ok()?).ok()
    }
}

/// The catalogue, as guests see it.
pub(super) fn listed(catalogue: &Catalogue) -> Vec<Listed> {
    let listed = catalogue.iter().map(|entry| Listed {
        name: entry.name.clone(),
        description: entry.task.description.clone(),
        takes: entry.kinds.takes.clone(),
        gives: entry.kinds.gives.clone(),
        difficulty: entry.kinds.difficulty,
        words: entry.kinds.words.clone(),
    });
    listed.collect()
}

fn left(count: u32) -> Reply {
    Reply::Nested(NestedReply::Left(count))
}

/// What was asked, as it stands in the journal.
fn request(ask: &Ask) -> String {
    match ask {
        Ask::Find(query) => {
            let words: Vec<String> = query.words.iter().map(|word| wave(word)).collect();
            format!(
                "{{name: {}, takes: {}, gives: {}, words: [{}]}}",
                wave(&query.name),
                wave(&query.takes),
                wave(&query.gives),
                words.join(", ")
            )
        }
        Ask::Invoke { component, input } => format!("{}, {}", wave(component), wave(input)),
        Ask::Make(text) | Ask::Model(text) | Ask::Nested(Nested::Score(text)) => wave(text),
        Ask::Nested(Nested::ScoreAll(texts)) => {
            format!("[{}]", texts.iter().map(|text| wave(text)).collect::<Vec<_>>().join(", "))
        }
        Ask::Nested(Nested::Propose { program, guidance, count, temperature }) => {
            format!("{}, {}, {count}, {temperature}", wave(program), wave(guidance))
        }
        _ => String::new(),
    }
}
