//! A stage: one improver on one case, from its first call to the measure of what it returned.
//!
//! The purse and the count of calls live here and nowhere else, so they are out of the improver's reach and gone with the
//! stage: another case, or a second try of the same, begins anew.

use super::ask::{Ask, Reply};
use super::ground::{Ground, Halt, Purpose, holds};
use super::proposer::{Proposer, Wish};
use super::purse::Purse;
use crate::compile::Component;
use crate::task::NestedBudget;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// One improver on one case.
pub(super) struct Stage {
    ground: Arc<Ground>,
    seed: u64,
    /// What is returned is measured in workers that ran nothing else: it is going to be promoted.
    fresh: bool,
    /// Names this improver on this case: what a model was asked is kept under it.
    scope: String,
    proposer: Proposer,
    state: Mutex<State>,
}

struct State {
    purse: Purse,
    /// Calls of `propose` so far.
    calls: u64,
    /// Programs that `mutate` made, and whom each is compiled with.
    made: BTreeMap<String, (Arc<Group>, usize)>,
}

/// Programs of one call of `propose`.
struct Group {
    sources: Vec<String>,
    compiled: OnceCell<Vec<Result<Component, String>>>,
}

impl Stage {
    pub(super) fn new(
        ground: Arc<Ground>,
        (seed, fresh): (u64, bool),
        scope: String,
        proposer: Proposer,
        budget: NestedBudget,
    ) -> Self {
        let state = State { purse: Purse::of(budget), calls: 0, made: BTreeMap::new() };
        Self { ground, seed, fresh, scope, proposer, state: Mutex::new(state) }
    }

    pub(super) async fn answer(&self, ask: Ask) -> Result<Reply, Halt> {
        let mut state = self.state.lock().await;
        Ok(match ask {
            Ask::Propose { program, guidance, count, temperature } => {
                Reply::Programs(self.propose(&mut state, program, guidance, count, temperature).await?)
            }
            Ask::ProposalsLeft => Reply::Left(state.purse.proposals()),
            Ask::EvaluationsLeft => Reply::Left(state.purse.evaluations()),
            Ask::Score(program) => Reply::Score(self.score(&mut state, &program).await?),
            Ask::ScoreAll(programs) => {
                let mut scores = Vec::with_capacity(programs.len().min(1024));
                for program in &programs {
                    scores.push(self.score(&mut state, program).await?);
                }
                Reply::Scores(scores)
            }
            Ask::Begin(_) => {
                Reply::Start(Ok((self.ground.program().to_owned(), self.ground.brief().to_owned())))
            }
            Ask::Measure(program) => Reply::Worth(match self.ground.compile(&program).await? {
                Ok(component) => Ok(self.ground.worth(&component, self.seed, self.fresh).await?),
                Err(why) => Err(why),
            }),
        })
    }

    async fn propose(
        &self,
        state: &mut State,
        program: String,
        guidance: String,
        count: u32,
        temperature: f64,
    ) -> Result<Result<Vec<String>, String>, Halt> {
        let count = match state.purse.afford(count) {
            Ok(count) => count,
            Err(spent) => return Ok(Err(spent.to_string())),
        };
        if let Err(why) = holds(self.ground.task(), &program) {
            return Ok(Err(why));
        }
        let call = state.calls;
        state.calls += 1;
        let wish = Wish { program, guidance, count, temperature };
        let made = self.proposer.propose(self.ground.task(), wish, (self.seed, call), &self.scope).await?;
        let programs: Vec<String> = made.into_iter().map(|made| made.source).collect();
        state.purse.pay_proposals(u32::try_from(programs.len()).unwrap_or(u32::MAX));
        if self.proposer.is_mutate() {
            let group = Arc::new(Group { sources: programs.clone(), compiled: OnceCell::new() });
            for (member, source) in programs.iter().enumerate() {
                state.made.entry(source.clone()).or_insert_with(|| (group.clone(), member));
            }
        }
        Ok(Ok(programs))
    }

    /// What nobody but `mutate` wrote is compiled with its kin; everything else by itself.
    async fn component(&self, state: &State, program: &str) -> Result<Result<Component, String>, Halt> {
        match state.made.get(program) {
            Some((group, member)) => {
                let compiled = group.compiled.get_or_try_init(|| self.ground.drafts(&group.sources)).await?;
                Ok(compiled[*member].clone())
            }
            None => self.ground.compile(program).await,
        }
    }

    async fn score(&self, state: &mut State, program: &str) -> Result<Result<f64, String>, Halt> {
        let dearest = self.ground.dearest();
        if let Err(spent) = state.purse.pay_evaluation(dearest) {
            return Ok(Err(spent.to_string()));
        }
        let (score, fuel) = match self.component(state, program).await? {
            Ok(component) => {
                let scored = self.ground.score(&component, self.seed, Purpose::Train, false).await?;
                (scored.score, scored.fuel)
            }
            Err(why) => (Err(why), 0),
        };
        state.purse.give_back(dearest.saturating_sub(fuel));
        Ok(score)
    }
}
