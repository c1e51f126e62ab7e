//! Memory: what the journal of goals says about agents, quotas and growth. One fold, and nothing is stored.

use super::event::{Assessed, Began, Called, Event, HeldOut, Made, Proposed, Reached};
use super::goal::Quotas;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// By agent.
    pub agents: BTreeMap<String, Remembered>,
    /// Goals that are over, in order.
    pub epochs: Vec<Epoch>,
    /// The goal at hand.
    pub now: Now,
    /// Searches in all.
    pub total: u64,
    /// Tasks, with parameters, that an explorer proposed and that were kept.
    pub kept: BTreeSet<(String, String)>,
    /// Declared difficulties of the goals' tasks and held-out tasks that were solved so far, by task.
    pub solved: BTreeMap<String, u64>,
}

/// What is remembered of an agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// Its component, when it was last used or made.
    pub component: Option<String>,
    /// Goals that it worked for.
    pub uses: u64,
    /// How many of these were reached.
    pub successes: u64,
    /// Sum of the scores of the teams it worked in, where they had one.
    pub scores: f64,
    /// How many these are.
    pub scored: u64,
    /// What it is worth on its own task.
    pub worth: Option<f64>,
    /// Candidates that were tried to find it.
    pub candidates: u64,
    /// Fuel of their evaluations.
    pub fuel: u64,
    /// It was made ahead of need, and not needed since.
    pub ahead: bool,
    /// The goal that it was last made or used for, counted from 1.
    pub last: u64,
    /// Goals that were not reached with it.
    pub failures: Vec<String>,
    /// How many of these came since one was, or since it was last made.
    pub failed: u64,
    /// It is not offered any more.
    pub retired: bool,
}

/// The goal at hand.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// What it began with.
    pub began: Option<Began>,
    /// Searches, by agent.
    pub made: BTreeMap<String, u64>,
    /// How many of these were ahead of need.
    pub ahead: u64,
    /// Candidates of all these, and of those that were not ahead of need.
    pub candidates: (u64, u64),
    /// Fuel: that of the searches, and that of the orchestrator's own evaluations and calls.
    pub fuel: (u64, u64),
    /// Agents that were made because this goal needed them.
    pub needed: BTreeSet<String>,
    /// What a person allowed.
    pub allowed: BTreeSet<String>,
    /// Who reaches it.
    pub reached: Option<Reached>,
    /// Who was tried and does not reach it.
    pub short: Option<Reached>,
    /// How that stands.
    pub assessed: Option<Assessed>,
    /// Guards that stood in the way, by name.
    pub refused: BTreeMap<String, u64>,
    /// What was promoted.
    pub promoted: bool,
    /// Proposals of the explorer that were kept.
    pub explored: u64,
    /// Tasks that nobody trains for.
    pub held_out: Vec<HeldOut>,
}

/// A goal that is over.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Epoch {
    /// The goal.
    pub goal: String,
    /// What was switched off.
    pub without: Vec<String>,
    /// Whether it was reached.
    pub reached: bool,
    /// The goal's declared difficulty.
    pub difficulty: u32,
    /// Mean score of who reaches it, and of what the task starts from.
    pub score: Option<f64>,
    /// The second.
    pub seed_score: Option<f64>,
    /// Agents that it needed.
    pub needed: u64,
    /// How many of these were there already.
    pub reused: u64,
    /// How many of the reused ones had been made ahead of need.
    pub foreseen: u64,
    /// Agents that were made, exploration included.
    pub made: u64,
    /// Of these, ahead of need.
    pub ahead: u64,
    /// Candidates of all searches.
    pub candidates: u64,
    /// Candidates of the searches that this goal needed.
    pub needed_candidates: u64,
    /// Fuel of searches, evaluations and calls.
    pub fuel: u64,
    /// Proposals of the explorer that were kept.
    pub explored: u64,
    /// Tasks that nobody trains for: how many are solved, of how many.
    pub held_out: (u64, u64),
    /// Sum of the declared difficulties of what was solved so far: goals and held-out tasks, each once.
    pub sophistication: u64,
    /// Guards that stood in the way, by name.
    pub refused: BTreeMap<String, u64>,
}

impl Memory {
    /// The memory of a journal.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut memory = Self::default();
        for event in events {
            memory.fold(event);
        }
        memory
    }

    /// One event more.
    pub fn fold(&mut self, event: &Event) {
        match event {
            Event::Began(began) => self.now = Now { began: Some((**began).clone()), ..Now::default() },
            Event::Called(Called { fuel, .. }) => self.now.fuel.1 = self.now.fuel.1.saturating_add(*fuel),
            Event::Made(made) => self.made(made),
            Event::Refused(refused) => *self.now.refused.entry(refused.guard.clone()).or_default() += 1,
            Event::Allowed { what } => {
                self.now.allowed.insert(what.clone());
            }
            Event::Judged(decision) => self.now.promoted = decision.promoted,
            Event::Reached(reached) => self.now.reached = Some((**reached).clone()),
            Event::Short(short) => self.now.short = Some((**short).clone()),
            Event::Assessed(assessed) => self.now.assessed = Some((**assessed).clone()),
            Event::Proposed(Proposed { task, parameters, fate, .. }) if fate == "kept" => {
                self.now.explored += 1;
                self.kept.insert((task.clone(), parameters.clone()));
            }
            Event::HeldOut(held_out) => self.now.held_out.push(held_out.clone()),
            Event::Retired { agent, .. } => self.agents.entry(agent.clone()).or_default().retired = true,
            Event::Ended { reached } => self.ended(*reached),
            Event::Waiting { .. }
            | Event::Returned(_)
            | Event::Judging { .. }
            | Event::Step(_)
            | Event::Answered { .. }
            | Event::Proposed(_) => {}
        }
    }

    /// Number of the goal at hand, from 1.
    pub fn epoch(&self) -> u64 {
        self.epochs.len() as u64 + 1
    }

    /// The agents that were not used for as many goals as is allowed, and those with which as many in a row were not reached: with both
    /// counts. Who works for the goal at hand is used.
    pub fn to_retire(&self, quotas: &Quotas) -> Vec<(String, u64, u64)> {
        let names = |of: &Option<Reached>| -> BTreeSet<String> {
            of.iter().flat_map(|of| &of.parts).filter_map(|part| part.agent.clone()).collect()
        };
        let (works, short) = (names(&self.now.reached), names(&self.now.short));
        let counted = self.agents.iter().filter(|(_, agent)| !agent.retired).map(|(name, agent)| {
            let used = works.contains(name) || short.contains(name);
            let idle = if used { 0 } else { self.epoch().saturating_sub(agent.last) };
            let failed =
                if works.contains(name) { 0 } else { agent.failed + u64::from(short.contains(name)) };
            (name.clone(), idle, failed)
        });
        counted
            .filter(|(_, idle, failed)| *idle >= quotas.idle.max(1) || *failed >= quotas.failed.max(1))
            .collect()
    }

    fn made(&mut self, made: &Made) {
        let epoch = self.epoch();
        *self.now.made.entry(made.agent.clone()).or_default() += 1;
        self.now.candidates.0 += made.candidates;
        self.now.candidates.1 += if made.ahead { 0 } else { made.candidates };
        self.now.fuel.0 = self.now.fuel.0.saturating_add(made.fuel);
        self.total += 1;
        let anew =
            self.now.began.as_ref().is_some_and(|began| began.without.iter().any(|off| off == "reuse"));
        let known = !anew && self.agents.get(&made.agent).is_some_and(|agent| !agent.retired);
        match made.ahead {
            true => self.now.ahead += 1,
            // One that was there already and is made better is no new agent.
            false if !known => {
                self.now.needed.insert(made.agent.clone());
            }
            false => {}
        }
        let agent = self.agents.entry(made.agent.clone()).or_default();
        agent.candidates += made.candidates;
        agent.fuel = agent.fuel.saturating_add(made.fuel);
        agent.component.clone_from(&made.component);
        // One that was made ahead and is made better once it is needed was foreseen all the same.
        agent.ahead = agent.uses == 0 && (made.ahead || agent.ahead);
        agent.last = epoch;
        agent.retired = false;
        agent.failed = 0;
        // A search whose winner was refused says nothing about what stays in use, except that of the first: the task's seed.
        agent.worth = match (made.promoted, agent.worth) {
            (true, _) => made.worth,
            (false, None) => Some(0.0),
            (false, known) => known,
        };
    }

    fn ended(&mut self, reached: bool) {
        let epoch = self.epoch();
        let now = std::mem::take(&mut self.now);
        let Some(began) = now.began else { return };
        let parts = now.reached.or(now.short).map(|who| who.parts).unwrap_or_default();
        let score = now.assessed.as_ref().and_then(|assessed| assessed.score);
        let (mut reused, mut foreseen, mut counted) = (0, 0, BTreeSet::new());
        for part in &parts {
            let Some(name) = part.agent.as_ref().filter(|name| counted.insert((*name).clone())) else {
                continue;
            };
            let agent = self.agents.entry(name.clone()).or_default();
            reused += u64::from(part.reused);
            foreseen += u64::from(part.reused && agent.ahead);
            agent.ahead = false;
            agent.uses += 1;
            agent.successes += u64::from(reached);
            agent.component = Some(part.component.clone());
            agent.last = epoch;
            if let Some(score) = score {
                agent.scores += score;
                agent.scored += 1;
            }
            match reached {
                true => agent.failed = 0,
                false => {
                    agent.failed += 1;
                    agent.failures.push(began.goal.clone());
                }
            }
        }
        if reached {
            self.solved.insert(began.task.clone(), u64::from(began.difficulty));
        }
        for task in now.held_out.iter().filter(|task| task.solved) {
            self.solved.insert(task.task.clone(), u64::from(task.difficulty));
        }
        self.epochs.push(Epoch {
            goal: began.goal,
            without: began.without,
            reached,
            difficulty: began.difficulty,
            score,
            seed_score: now.assessed.as_ref().and_then(|assessed| assessed.seed_score),
            needed: counted.len() as u64,
            reused,
            foreseen,
            made: now.made.values().sum(),
            ahead: now.ahead,
            candidates: now.candidates.0,
            needed_candidates: now.candidates.1,
            fuel: now.fuel.0.saturating_add(now.fuel.1),
            explored: now.explored,
            held_out: (
                now.held_out.iter().filter(|task| task.solved).count() as u64,
                now.held_out.len() as u64,
            ),
            sophistication: self.solved.values().sum(),
            refused: now.refused,
        });
    }
}
