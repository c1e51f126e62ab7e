//! What follows on a verdict: the answer to the goal's input, a look around, and how many jobs that nobody trains for can be done by now.

use super::PursueError;
use super::ask::Proposal;
use super::catalogue::Entry;
use super::event::Event;
use super::guest::{Guest, capped};
use super::pursuit::Pursuit;
use super::trial;
use super::walk::ALL;
use crate::compile::Component;
use crate::digest::case_seeds;
use crate::nest::wave;
use crate::team::{Document, Filling, INPUT, Role, pack, steps};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

impl Pursuit<'_> {
    /// The answer to the goal's input, step by step, and how who gives it stands.
    pub(super) async fn answered(&mut self, before: Option<&Component>) -> Result<(), PursueError> {
        let Some(reached) = self.book.memory.now.reached.clone() else { return Ok(()) };
        let library = self.place.read()?;
        let wasm = Pursuit::bytes(library.as_ref(), &reached.component);
        drop(library);
        let Some(Ok(component)) = wasm.map(|wasm| self.judge.admit(&wasm)) else {
            return Err(self.diverged("the library to hold who reaches the goal"));
        };
        if let Some(input) = &self.goal.input {
            let team = match pack::is_team(&component) {
                true => pack::unpack(&component.wasm).map_err(|e| PursueError::Goal(e.to_string()))?,
                false => alone(&component),
            };
            let ran = steps::once(self.judge.pool(), &self.entry.task.limits, &team, input).await?;
            if let Some(step) = ran.environmental() {
                return Err(PursueError::Environment(format!("role `{}`", step.role)));
            }
            for step in ran.steps {
                self.book.add(Event::Step(Box::new(step)))?;
            }
            self.book.add(Event::Answered { answer: ran.answer })?;
        }
        let known = self.book.known("an assessment", |event| match event {
            Event::Assessed(assessed) => Some(assessed.opinion.is_some()),
            _ => None,
        })?;
        let asked = match known {
            Some(asked) => asked,
            None => {
                let before = before.filter(|before| before.digest != component.digest);
                let mut assessed = trial::assess(&self.judge, &component, before, self.seed).await?;
                if self.advisor.is_some() && self.purse.model > 0 {
                    let prompt = trial::opinion_text(&self.goal.words, &assessed);
                    let opinion = self.advice(&prompt).await?.unwrap_or_else(|why| why);
                    assessed.opinion = Some(capped(&opinion));
                }
                let asked = assessed.opinion.is_some();
                self.book.add(Event::Assessed(Box::new(assessed)))?;
                asked
            }
        };
        if asked {
            self.pay_model();
        }
        Ok(())
    }

    /// Look around, and have agents made ahead of need. False: it was stopped.
    pub(super) async fn explored(&mut self, explorer: &Guest) -> Result<bool, PursueError> {
        if self.goal.quotas.explore == 0 {
            return Ok(true);
        }
        let parameters =
            self.judge.simulator().map_or(String::new(), |(_, parameters)| parameters.to_owned());
        let call = ("explore", wave(&trial::around_text(self.entry, &parameters)));
        let (pool, stop, seed) = (self.judge.pool().clone(), self.stop.clone(), self.seed);
        let ended = explorer.converse(&pool, call, seed, &stop, self).await?;
        let Some(proposed) = trial::proposed(ended) else { return Ok(false) };
        for proposal in proposed {
            if self.book.memory.now.ahead >= self.goal.quotas.explore {
                break;
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let task = proposal.task.clone();
            let kept = self.proposed(proposal).await?;
            if kept && self.make(&task, true).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether an agent is to be made for a proposed task.
    async fn proposed(&mut self, proposal: Proposal) -> Result<bool, PursueError> {
        let build = proposal.parameters.is_empty();
        let known = self.book.known("a proposal", |event| match event {
            Event::Proposed(known) if known.task == proposal.task => Some(known.fate.clone()),
            _ => None,
        })?;
        let fate = match known {
            Some(fate) => fate,
            None => {
                let offer = self.offer()?;
                let known = |task: &str| {
                    task == self.entry.name || self.goal.held_out.iter().any(|held| held == task)
                };
                let view = trial::View {
                    catalogue: self.catalogue,
                    memory: &self.book.memory,
                    offer: &offer,
                    place: self.place,
                    taken: &known,
                };
                let vetted = trial::look(&view, &proposal, self.seed).await?;
                let fate = vetted.fate.clone();
                self.book.add(Event::Proposed(vetted))?;
                fate
            }
        };
        Ok(build && fate == "kept")
    }

    /// A task that nobody trains for. False: it was stopped.
    pub(super) async fn held_out(
        &mut self,
        entry: &Entry,
        orchestrator: &Guest,
    ) -> Result<bool, PursueError> {
        let known = self.book.known("a held-out task", |event| match event {
            Event::HeldOut(held_out) if held_out.task == entry.name => Some(()),
            _ => None,
        })?;
        if known.is_some() {
            return Ok(true);
        }
        let judge = self.place.judge(entry.task.clone()).await?;
        let offer = self.offer()?;
        // Other cases after each goal, so that none can be got used to.
        let seed =
            case_seeds(self.seed, "epoch", self.book.memory.epoch()).last().copied().unwrap_or_default();
        let view = (&offer, self.catalogue);
        match trial::held_out(&judge, entry, orchestrator, view, seed, &self.stop).await? {
            Some(held_out) => {
                self.book.add(Event::HeldOut(held_out))?;
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

/// An agent that is no team, as the only member of one: so its answer has a step as well.
fn alone(component: &Component) -> pack::Unpacked {
    let filling = Filling::Agent(component.digest.clone());
    let role = Role { filling, takes: vec![INPUT.to_owned()], fuel: None };
    let document = Document { answer: ALL.to_owned(), roles: BTreeMap::from([(ALL.to_owned(), role)]) };
    let members = BTreeMap::from([(component.digest.clone(), component.clone())]);
    pack::Unpacked { document, members }
}
