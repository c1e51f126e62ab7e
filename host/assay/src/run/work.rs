//! One candidate's way from source to fate: compiled among others, evaluated by itself.
//!
//! Nothing here knows the run: what depends on a candidate's elders is decided where results are folded.

use super::event::{Fate, Measured};
use super::judged::Before;
use super::propose::Proposal;
use crate::compile::{Component, Rejection};
use crate::evaluate::judge::mean;
use crate::evaluate::judge::{Evaluation, Judge, JudgeError};
use crate::evaluate::race::{Bar, Behind, Why};
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// What is kept of a failed candidate's last words.
const WORDS: usize = 300;

/// A candidate's way from source to fate, without what depends on its elders (duplicates).
pub(super) enum Outcome {
    Fate(Fate),
    /// The component was judged before this batch.
    Known(String),
    /// The compiler ran out of time: try again alone.
    TimedOut,
}

impl Outcome {
    pub(super) fn of(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::TimedOut => Self::TimedOut,
            other => Self::Fate(rejected(other)),
        }
    }
}

/// What candidates are worked on with.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) judge: Arc<Judge>,
    pub(super) train: Arc<Vec<String>>,
    pub(super) permits: Arc<Semaphore>,
}

impl Bench {
    /// Source to outcome.
    pub(super) async fn work(
        self,
        drafts: Arc<Drafts>,
        member: usize,
        judged: Before,
        bar: Option<Bar>,
    ) -> Result<Outcome, JudgeError> {
        match drafts.compile(&self.judge, &self.permits, member).await? {
            Ok(component) => self.evaluate(component, &judged, bar).await,
            Err(rejection) => Ok(Outcome::of(&rejection)),
        }
    }

    /// A source that somebody else wrote becomes a component by itself.
    pub(super) async fn compile(&self, source: &str) -> Result<Result<Component, Rejection>, JudgeError> {
        let _permit = self.permits.acquire().await;
        self.judge.compile(source).await
    }

    /// Component to outcome. Who can't get over the bar, if there is one, is not tried on all cases.
    pub(super) async fn evaluate(
        &self,
        component: Component,
        judged: &Before,
        bar: Option<Bar>,
    ) -> Result<Outcome, JudgeError> {
        if judged.has(&component.digest) {
            return Ok(Outcome::Known(component.digest));
        }
        let _permit = self.permits.acquire().await;
        let (evaluation, behind) = self.judge.race(&component, &self.train, bar.as_ref()).await?;
        Ok(Outcome::Fate(match behind {
            Some(Behind { cases, why }) => {
                let (component, cases) = (component.digest, cases as u64);
                match why {
                    Why::Whole { best } => Fate::Pruned { component, cases, best },
                    Why::Stage { score } => Fate::Eliminated { component, cases, score },
                }
            }
            None => fate_of(component.digest, &evaluation, self.judge.task.mutate.cascade),
        }))
    }
}

/// Candidates that are compiled together, by whoever needs one of them first.
pub(super) struct Drafts {
    sources: Vec<String>,
    /// By itself, whatever comes of it: somebody else wrote it.
    foreign: bool,
    compiled: OnceCell<Vec<Result<Component, Rejection>>>,
}

impl Drafts {
    pub(super) fn of(members: &[Proposal]) -> Self {
        let sources = members.iter().map(|proposal| proposal.source.clone()).collect();
        Self { sources, foreign: members.iter().any(|member| member.foreign), compiled: OnceCell::new() }
    }

    /// Who is compiled with whom: neighbours that this program wrote, `most` at a time; every other one by itself.
    pub(super) fn groups(proposals: &[Proposal], most: usize) -> Vec<(Arc<Self>, usize)> {
        let mut slots = Vec::with_capacity(proposals.len());
        for run in proposals.chunk_by(|a, b| !a.foreign && !b.foreign) {
            for members in run.chunks(most) {
                let drafts = Arc::new(Self::of(members));
                slots.extend((0..members.len()).map(|member| (drafts.clone(), member)));
            }
        }
        slots
    }

    async fn compile(
        &self,
        judge: &Judge,
        permits: &Semaphore,
        member: usize,
    ) -> Result<Result<Component, Rejection>, JudgeError> {
        let compiled = self.compiled.get_or_try_init(|| async {
            let _permit = permits.acquire().await;
            if !self.foreign {
                return judge.drafts(&self.sources).await;
            }
            let mut compiled = Vec::with_capacity(1);
            for source in &self.sources {
                compiled.push(judge.compile(source).await?);
            }
            Ok(compiled)
        });
        Ok(compiled.await?[member].clone())
    }
}

pub(super) fn rejected(rejection: &Rejection) -> Fate {
    let kind = match rejection {
        Rejection::Source(_) => "source",
        Rejection::Diagnostics(_) => "diagnostics",
        Rejection::CompilerDied(_) => "compiler-died",
        Rejection::TimedOut => "timed-out",
        Rejection::World(_) => "world",
    };
    refused(kind, &rejection.to_string())
}

/// A candidate that is no component, for the reason with this name.
pub(super) fn refused(kind: &str, words: &str) -> Fate {
    Fate::Rejected { kind: kind.to_owned(), words: words.chars().take(WORDS).collect() }
}

fn fate_of(component: String, evaluation: &Evaluation, stage: Option<u32>) -> Fate {
    if let Some(measured) = evaluation.measured() {
        let scores = evaluation.scores().unwrap_or_default();
        let stage = stage.map(|cases| mean(&scores[..scores.len().min(cases as usize)]));
        return Fate::Scored { component, measured, stage };
    }
    let (case, verdict, log) = match evaluation.failure() {
        Some((case, result)) => {
            let words: Vec<&str> = result.log.lines.iter().map(|line| line.message.as_str()).collect();
            (case as u64, result.verdict.clone(), words.join("\n").chars().take(WORDS).collect())
        }
        None => (0, sandbox::verdict::Verdict::InvalidOutput("no cases".into()), String::new()),
    };
    Fate::Failed { component, case, verdict, log }
}

/// Why a winner's own score is not the one that it won by.
pub(super) fn differs(draft: &Measured, alone: Option<&Measured>) -> Option<String> {
    let Some(alone) = alone else {
        return Some("compiled alone, it is not scored on all train cases: its draft's score is void".into());
    };
    (draft.score.to_bits() != alone.score.to_bits()).then(|| {
        format!("compiled alone, it scores {}, not {} as its draft: that is void", alone.score, draft.score)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_winner_that_scores_otherwise_alone_is_void() {
        let scored = |score| Measured {
            score,
            metrics: Default::default(),
            fuel: 1,
            memory_bytes: 0,
            results: String::new(),
        };
        assert_eq!(
            differs(&scored(2.5), Some(&Measured { fuel: 9, ..scored(2.5) })),
            None,
            "fuel may differ"
        );
        let words = differs(&scored(2.5), Some(&scored(2.0))).unwrap();
        assert!(words.contains("scores 2, not 2.5"), "{words}");
        assert!(differs(&scored(2.5), None).unwrap().contains("not scored on all"));
    }
}
