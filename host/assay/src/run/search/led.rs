//! Led: a search in which an improver says what is proposed, what is scored, and which program is the winner.
//!
//! The improver is a guest like any other. Each program that it has scored is a candidate of the run, folded in the order of
//! its calls. So its whole search stands in the journal, and a resumed run lets the improver run again and answers it from
//! there. An improver that returns early, as STOP's seed does after one batch, gets another round with the rest of the budget
//! and the best that it returned: so every improver leads with the same budget, whatever it makes of one call.
//!
//! What it can't do: reach the cases, the gates, its own score, or more than the run's budget. What it returns is one more
//! candidate, whatever it says of it.

use super::flight::Job;
use super::{Hunt, Proposal, RunError};
use crate::evaluate::native::Program;
use crate::evaluate::pool::{Answer, Call, Handler};
use crate::generate::writer::Rests;
use crate::nest::{Ask, Proposer, Purse, Reply, Wish, brief, holds, returned, wave};
use crate::run::event::{Event, Phase, Returned};
use crate::task::NestedBudget;
use sandbox::policy::Limits;
use sandbox::verdict::Verdict;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// An improver that leads.
pub struct Lead {
    /// Its component, translated.
    pub program: Program,
    /// What it may take while it runs. Its depth is one more than the task's.
    pub limits: Limits,
    /// Who proposes.
    pub proposer: Proposer,
    /// The program that it is given; none: the task's seed agent.
    pub start: Option<String>,
}

/// How something came to an end that an improver led.
pub(super) enum Led<T> {
    /// The run was stopped.
    Stopped,
    /// The search ends here, before the improver's own end.
    Finished,
    /// By itself.
    Done(T),
}

/// What is kept of an improver's last words, in characters.
const WORDS: usize = 400;

type Line = mpsc::Sender<(Ask, oneshot::Sender<Reply>)>;

/// Where a program that was proposed came from.
struct Origin {
    parent: String,
    words: String,
    foreign: bool,
    rests: Option<Rests>,
}

/// What the improver did so far.
struct Course {
    purse: Purse,
    calls: u64,
    proposed: BTreeMap<String, Origin>,
    /// Programs that were scored, by their text: the candidate that each was.
    candidates: BTreeMap<String, u64>,
}

impl Hunt<'_> {
    /// Let the improver lead, round by round, until the budget is spent. What it returns best is what the next round is given.
    pub(super) async fn led(&mut self, lead: Lead) -> Result<Led<Returned>, RunError> {
        let seed = self.judge.task.seed.text.clone();
        let budget = u32::try_from(self.search.candidates).unwrap_or(u32::MAX);
        // Fuel of the evaluations is bounded by their number and the task's own limits.
        let purse = Purse::of(NestedBudget { proposals: budget, evaluations: budget, fuel: u64::MAX });
        let candidates = BTreeMap::from([(seed.clone(), 0)]);
        let mut course = Course { purse, calls: 0, proposed: BTreeMap::new(), candidates };
        let mut given = lead.start.clone().unwrap_or(seed);
        let mut best: Option<u64> = None;
        loop {
            let before = course.purse.evaluations();
            let returned = match self.round(&lead, &given, &mut course).await? {
                Led::Done(returned) => returned,
                ended => return Ok(ended),
            };
            self.recorder.derive(Event::Returned(returned.clone()))?;
            self.recorder.sync()?;
            let Returned::Program { candidate } = returned else {
                // What earlier rounds came to stands.
                return Ok(Led::Done(best.map_or(returned, |candidate| Returned::Program { candidate })));
            };
            if best.is_none_or(|best| self.gain(candidate) > self.gain(best)) {
                best = Some(candidate);
                given = self.recorder.state.source(candidate).unwrap_or_default().to_owned();
            }
            let left = course.purse.evaluations();
            if left == 0 || left == before || course.purse.proposals() == 0 {
                return Ok(Led::Done(Returned::Program { candidate: best.unwrap_or(candidate) }));
            }
        }
    }

    /// One run of the improver, from its first call to what it returns.
    async fn round(
        &mut self,
        lead: &Lead,
        given: &str,
        course: &mut Course,
    ) -> Result<Led<Returned>, RunError> {
        let (proposals, evaluations) = (course.purse.proposals(), course.purse.evaluations());
        let brief = brief(&self.judge.task, proposals.into(), evaluations.into());
        let arguments = vec![wave(given), wave(&brief)];
        let (line, mut calls) = mpsc::channel(1);
        // Who answers is told once: this is never tried a second time.
        let program = lead.program.served(Arc::new(move || handler(line.clone())));
        let (pool, limits, seed) = (self.judge.pool().clone(), lead.limits.clone(), self.search.seed);
        let mut guest =
            Job::spawn(
                async move { Ok(pool.invoke_once(&program, &limits, "improve", arguments, seed).await?) },
            );
        let ended = loop {
            tokio::select! {
                biased;
                Some((ask, answer)) = calls.recv() => {
                    if self.stop.load(Ordering::Relaxed) {
                        return Ok(Led::Stopped);
                    }
                    if self.finished()? {
                        return Ok(Led::Finished);
                    }
                    let Some(reply) = self.serve(ask, course, &lead.proposer).await? else {
                        return self.ended();
                    };
                    // The guest may be gone: then its end tells why.
                    drop(answer.send(reply));
                    self.progress.batch(&self.recorder.state, course.calls, self.recorder.is_replaying());
                }
                ended = &mut guest.0 => break ended,
                () = tokio::time::sleep(Duration::from_millis(200)) => {
                    if self.stop.load(Ordering::Relaxed) {
                        return Ok(Led::Stopped);
                    }
                }
            }
        };
        let ended = ended.map_err(|error| RunError::Background(error.to_string()))??;
        Ok(Led::Done(match ended {
            Ok((value, ..)) => match returned(&value) {
                Ok(program) => match self.candidate(program, course).await? {
                    None => return self.ended(),
                    Some(Ok(candidate)) => Returned::Program { candidate },
                    Some(Err(words)) => Returned::Nothing { words },
                },
                Err(words) => Returned::Nothing { words: capped(&words) },
            },
            Err((verdict, log)) if verdict.is_environmental() => {
                let mut words = vec![verdict.name()];
                if let Verdict::Crashed(why) = &verdict {
                    words.push(why);
                }
                words.extend(log.lines.iter().map(|line| line.message.as_str()));
                return Err(RunError::Lead(words.join(": ")));
            }
            Err((verdict, _)) => Returned::Failed { verdict: shortened(verdict) },
        }))
    }

    /// Why a call has no answer.
    fn ended(&mut self) -> Result<Led<Returned>, RunError> {
        Ok(if self.finished()? { Led::Finished } else { Led::Stopped })
    }

    /// Answer one call. None if the run was stopped, or the search ends here.
    async fn serve(
        &mut self,
        ask: Ask,
        course: &mut Course,
        proposer: &Proposer,
    ) -> Result<Option<Reply>, RunError> {
        Ok(Some(match ask {
            Ask::ProposalsLeft => Reply::Left(course.purse.proposals()),
            Ask::EvaluationsLeft => Reply::Left(course.purse.evaluations()),
            Ask::Propose { program, guidance, count, temperature } => {
                let wish = Wish { program, guidance, count, temperature };
                Reply::Programs(self.propose(wish, course, proposer).await?)
            }
            Ask::Score(program) => match self.score(vec![program], course).await? {
                None => return Ok(None),
                Some(mut scores) => Reply::Score(scores.pop().unwrap_or_else(|| Err("no score".into()))),
            },
            Ask::ScoreAll(programs) => match self.score(programs, course).await? {
                None => return Ok(None),
                Some(scores) => Reply::Scores(scores),
            },
            // `utility` is not lent to improvers: a worker that passes such a call on is not believed.
            other => other.refused("only an evaluator may ask for this"),
        }))
    }

    async fn propose(
        &mut self,
        wish: Wish,
        course: &mut Course,
        proposer: &Proposer,
    ) -> Result<Result<Vec<String>, String>, RunError> {
        let task = &self.judge.task;
        let count = match course.purse.afford(wish.count) {
            Ok(count) => count,
            Err(spent) => return Ok(Err(spent.to_string())),
        };
        if let Err(why) = holds(task, &wish.program) {
            return Ok(Err(why));
        }
        let place = (self.search.seed, course.calls);
        course.calls += 1;
        let parent = wish.program.clone();
        let made = proposer.propose(task, Wish { count, ..wish }, place, "lead").await?;
        course.purse.pay_proposals(u32::try_from(made.len()).unwrap_or(u32::MAX));
        for made in &made {
            let origin = || Origin {
                parent: parent.clone(),
                words: made.words.clone(),
                foreign: !proposer.is_mutate(),
                rests: made.rests.clone(),
            };
            course.proposed.entry(made.source.clone()).or_insert_with(origin);
        }
        Ok(Ok(made.into_iter().map(|made| made.source).collect()))
    }

    /// One score, or the reason why there is none, for each program. Each that can be paid for and is new is a candidate; they are
    /// compiled and evaluated side by side. None if the run was stopped.
    async fn score(
        &mut self,
        programs: Vec<String>,
        course: &mut Course,
    ) -> Result<Option<Vec<Result<f64, String>>>, RunError> {
        let mut places: Vec<Result<String, String>> = Vec::with_capacity(programs.len());
        let mut proposals: Vec<Proposal> = Vec::new();
        for program in programs {
            places.push(match course.purse.pay_evaluation(0) {
                Err(spent) => Err(spent.to_string()),
                Ok(()) => holds(&self.judge.task, &program).map(|()| program.clone()),
            });
            let known = course.candidates.contains_key(&program)
                || proposals.iter().any(|proposal| proposal.source == program);
            if places.last().is_some_and(Result::is_ok) && !known {
                proposals.push(proposal(program, course));
            }
        }
        if self.fold(proposals, course).await?.is_none() {
            return Ok(None);
        }
        let scores = places.into_iter().map(|place| match course.candidates.get(&place?) {
            Some(id) => self.outcome(*id),
            None => Err("it was not scored".into()),
        });
        Ok(Some(scores.collect()))
    }

    /// The candidate that the returned program is, evaluated if it never was; or why it can be none.
    async fn candidate(
        &mut self,
        program: String,
        course: &mut Course,
    ) -> Result<Option<Result<u64, String>>, RunError> {
        let id = match course.candidates.get(&program) {
            Some(id) => *id,
            None => {
                if let Err(why) = holds(&self.judge.task, &program) {
                    return Ok(Some(Err(capped(&why))));
                }
                let Some(ids) = self.fold(vec![proposal(program, course)], course).await? else {
                    return Ok(None);
                };
                ids[0]
            }
        };
        Ok(Some(match self.outcome(id) {
            Ok(_) => Ok(self.recorder.state.original(id)),
            Err(why) => Err(capped(&why)),
        }))
    }

    /// Make candidates of proposals. Their numbers, in order; none if the run was stopped, or the search ends before the
    /// last of them.
    async fn fold(
        &mut self,
        mut proposals: Vec<Proposal>,
        course: &mut Course,
    ) -> Result<Option<Vec<u64>>, RunError> {
        let room = usize::try_from(self.room()).unwrap_or(usize::MAX);
        let short = proposals.len() > room;
        proposals.truncate(room);
        let first = self.recorder.state.next;
        let sources: Vec<String> = proposals.iter().map(|proposal| proposal.source.clone()).collect();
        if !self.batch(Phase::Search, proposals).await? || short {
            return Ok(None);
        }
        let ids: Vec<u64> = (first..).take(sources.len()).collect();
        for (source, id) in sources.into_iter().zip(&ids) {
            course.candidates.entry(source).or_insert(*id);
        }
        Ok(Some(ids))
    }

    /// What an improver may know of a candidate: its score, so turned that more is better, or why there is none.
    fn outcome(&self, id: u64) -> Result<f64, String> {
        let state = &self.recorder.state;
        match self.gain(state.original(id)) {
            Some(score) => Ok(score),
            None => Err(state.failure(state.original(id)).unwrap_or("it was not scored").to_owned()),
        }
    }
}

/// A program that the improver wants scored, with what is known of where it came from.
fn proposal(source: String, course: &Course) -> Proposal {
    let origin = course.proposed.get(&source);
    let parent = origin.and_then(|origin| course.candidates.get(&origin.parent));
    Proposal {
        island: 0,
        parents: vec![parent.copied().unwrap_or(0)],
        operators: vec![origin.map_or_else(|| "written-by-improver".into(), |origin| origin.words.clone())],
        // What the improver wrote itself is nobody's sibling.
        foreign: origin.is_none_or(|origin| origin.foreign),
        rests: origin.and_then(|origin| origin.rests.clone()),
        source,
    }
}

/// How the improver reaches the run: one call at a time, answered in turn.
fn handler(line: Line) -> Handler {
    Arc::new(move |call: Call| -> Answer {
        let line = line.clone();
        Box::pin(async move {
            let ask = Ask::read(&call.instance, &call.function, &call.request).map_err(|e| e.to_string())?;
            if call.depth == 0 {
                return Ok(ask.refused("evaluations nest deeper than `depth` grants").write());
            }
            let (answer, reply) = oneshot::channel();
            let hung_up = |_| "the run was stopped".to_owned();
            line.send((ask, answer)).await.map_err(|_| "the run was stopped".to_owned())?;
            Ok(reply.await.map_err(hung_up)?.write())
        })
    })
}

fn capped(words: &str) -> String {
    words.chars().take(WORDS).collect()
}

/// A verdict's own words are a guest's: capped as all words in a journal.
fn shortened(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::InvalidOutput(why) => Verdict::InvalidOutput(capped(&why)),
        Verdict::Rejected(why) => Verdict::Rejected(capped(&why)),
        other => other,
    }
}
