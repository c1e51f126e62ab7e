//! A pursuit under way: what it has, and what it answers to the guests that lead it.
//!
//! Everything that costs something, or that a later library would answer otherwise, is a line of the journal before the guest
//! hears of it; what follows from the journal alone (what is left of a budget, the catalogue) is not.

use super::advisor::Advisor;
use super::ask::{Ask, Listed, Reply};
use super::book::Book;
use super::catalogue::{Catalogue, Entry};
use super::event::{Called, Event};
use super::goal::Goal;
use super::guest::Host;
use super::offer::Offer;
use super::place::Place;
use super::{BookError, PursueError};
use crate::evaluate::judge::Judge;
use crate::nest::{Ask as Nested, Reply as NestedReply, wave};
use library::{Digest, Library};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a source that names one agent begins with.
pub(super) const AGENT: &str = "agent ";
/// What is said first of what is not done because it would cost too much.
pub(super) const SPENT: &str = "the budget is spent";
/// How often an edit that was made before is followed by another draw.
pub(super) const TRIES: u32 = 16;

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

    pub(super) fn everything(&self) -> Result<Offer, PursueError> {
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
