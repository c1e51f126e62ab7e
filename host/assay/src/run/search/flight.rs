//! Flight: a batch at work, from its launch to its landing.
//!
//! A batch is launched in one go and worked on side by side; it lands when its results are folded, in the order of its
//! proposals, whoever came first. Others may be launched before it lands. What one of its candidates comes to depends on
//! the candidate alone, but for duplicates, and those are found while folding: so scheduling reaches nothing.

use super::Hunt;
use crate::compile::Rejection;
use crate::evaluate::judge::JudgeError;
use crate::evaluate::race::{Bar, Stage, Whole};
use crate::generate::writer::Rests;
use crate::run::event::{Candidate, Event, Fate, Phase};
use crate::run::judged::Before;
use crate::run::propose::Proposal;
use crate::run::record::RunError;
use crate::run::work::{Drafts, Outcome, rejected};
use crate::task::Task;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Candidates that share a compiler run. A number of the search, not of the machine: it can reach a draft's bytes.
const DRAFTS: usize = 32;

/// A task in the background, which ends with whoever waits for it.
pub(super) struct Job<T>(pub(super) tokio::task::JoinHandle<Result<T, JudgeError>>);

impl<T: Send + 'static> Job<T> {
    pub(super) fn spawn(job: impl Future<Output = Result<T, JudgeError>> + Send + 'static) -> Self {
        Self(tokio::spawn(job))
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Let everything else that runs finish first.
pub(super) async fn alone<'a, T: 'a>(running: impl Iterator<Item = &'a Job<T>> + Clone) {
    while running.clone().any(|job| !job.0.is_finished()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How a candidate's fate is come by.
enum Course {
    /// The journal knows it.
    Known(Fate),
    /// It is worked on.
    Job(Job<Outcome>),
}

/// A batch at work.
pub(super) struct Flight {
    phase: Phase,
    slots: VecDeque<(Proposal, Option<Bar>, Course)>,
}

impl Flight {
    /// Candidates of it that are still to be folded.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    fn jobs(&self) -> impl Iterator<Item = &Job<Outcome>> + Clone {
        self.slots.iter().filter_map(|(_, _, course)| match course {
            Course::Known(_) => None,
            Course::Job(job) => Some(job),
        })
    }
}

impl Hunt<'_> {
    /// Set proposals to work, while `aloft` candidates before them still are.
    pub(super) fn launch(
        &self,
        phase: Phase,
        proposals: Vec<Proposal>,
        aloft: usize,
    ) -> Result<Flight, RunError> {
        let first = self.recorder.state.next + aloft as u64;
        let judged = self.recorder.state.judged_before();
        // Groups are formed of all proposals, those that the journal knows too: what is left of a killed run's drafts is
        // compiled beside the same ones again.
        let groups = Drafts::groups(&proposals, DRAFTS);
        let mut slots = VecDeque::with_capacity(proposals.len());
        for (slot, (proposal, (drafts, member))) in proposals.into_iter().zip(groups).enumerate() {
            let known = self.recorder.known_candidate(aloft + slot, first + slot as u64, &proposal.source)?;
            let bar = self.bar(phase, &proposal);
            let course = match known {
                Some(known) => Course::Known(known.fate.clone()),
                None => Course::Job(Job::spawn(self.bench().work(drafts, member, judged.clone(), bar))),
            };
            slots.push_back((proposal, bar, course));
        }
        Ok(Flight { phase, slots })
    }

    /// What a proposal must reach to be of use to anyone: its island's worst elite, or, where it is to be as good and smaller, its
    /// parent. Both as they are at the launch, and neither ever falls. A cascade's first stage is what elites did there, at the launch
    /// too. Whoever else proposes is told of all scores.
    fn bar(&self, phase: Phase, proposal: &Proposal) -> Option<Bar> {
        let Task { bound, score, mutate, .. } = &self.judge.task;
        if !self.search.generator.is_mutate() {
            return None;
        }
        let population = &self.recorder.state.population;
        let island = usize::try_from(proposal.island).ok()?;
        let (gain, stage) = match phase {
            Phase::Search => (population.bar(island), population.stage(island)),
            Phase::Minimise => (self.gain(*proposal.parents.first()?), None),
        };
        let whole = bound.zip(gain).map(|(bound, gain)| Whole { bound, gain });
        let stage = mutate.cascade.zip(stage).map(|(cases, gain)| Stage { cases: cases as usize, gain });
        (whole.is_some() || stage.is_some()).then_some(Bar { direction: score.direction, whole, stage })
    }

    /// Fold what a flight came to; `others` are at work as well. False if it was stopped.
    pub(super) async fn land(
        &mut self,
        mut flight: Flight,
        others: &VecDeque<Flight>,
    ) -> Result<bool, RunError> {
        while let Some((proposal, bar, course)) = flight.slots.pop_front() {
            let id = self.recorder.state.next;
            let fate = match course {
                Course::Known(fate) => fate,
                Course::Job(job) => {
                    let Some(outcome) = self.wait(job).await? else {
                        self.recorder.sync()?;
                        return Ok(false);
                    };
                    let outcome = match outcome {
                        Outcome::TimedOut => {
                            alone(flight.jobs().chain(others.iter().flat_map(Flight::jobs))).await;
                            let drafts = Arc::new(Drafts::of(std::slice::from_ref(&proposal)));
                            self.bench().work(drafts, 0, Before::default(), bar).await?
                        }
                        other => other,
                    };
                    self.settled(outcome)
                }
            };
            let Proposal { island, parents, operators, source, rests, .. } = proposal;
            let (model, exchanges, spend) = match rests {
                None => (None, Vec::new(), None),
                Some(Rests { model, exchanges, spend }) => (Some(model), exchanges, Some(spend)),
            };
            let phase = flight.phase;
            let candidate =
                Candidate { id, phase, island, parents, operators, model, exchanges, spend, source, fate };
            self.recorder.derive(Event::Candidate(Box::new(candidate)))?;
        }
        self.recorder.sync()?;
        Ok(true)
    }

    /// One flight alone. False if it was stopped.
    pub(super) async fn batch(&mut self, phase: Phase, proposals: Vec<Proposal>) -> Result<bool, RunError> {
        let flight = self.launch(phase, proposals, 0)?;
        self.land(flight, &VecDeque::new()).await
    }

    /// A background task's result; none if the user stopped the run meanwhile.
    pub(super) async fn wait<T>(&mut self, mut job: Job<T>) -> Result<Option<T>, RunError> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            match tokio::time::timeout(Duration::from_millis(200), &mut job.0).await {
                Err(_) => self.progress.tick(&self.recorder.state),
                Ok(done) => return Ok(Some(done.map_err(|e| RunError::Background(e.to_string()))??)),
            }
        }
    }

    /// What an outcome comes to after all elders.
    pub(super) fn settled(&self, outcome: Outcome) -> Fate {
        let judged = |component: &str| self.recorder.state.judged(component);
        match outcome {
            Outcome::TimedOut => rejected(&Rejection::TimedOut),
            Outcome::Known(component) => Fate::Duplicate { of: judged(&component).unwrap_or(0) },
            Outcome::Fate(fate) => match &fate {
                Fate::Scored { component, .. }
                | Fate::Pruned { component, .. }
                | Fate::Eliminated { component, .. }
                | Fate::Failed { component, .. } => match judged(component) {
                    Some(of) => Fate::Duplicate { of },
                    None => fate,
                },
                Fate::Rejected { .. } | Fate::Duplicate { .. } => fate,
            },
        }
    }
}
