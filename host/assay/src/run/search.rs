//! The search: propose, compile, evaluate, fold, until the budget is spent; then choose, minimise, judge.
//!
//! A batch is proposed from one state and worked on in parallel (`flight.rs`), some ahead of others (`mutated.rs`). The
//! search compares drafts, of which many share a compiler run; the winner is compiled alone, evaluated again, and judged
//! as that: if its score is another one, the search's is void. Where models propose (`written.rs`), candidates are their
//! answers. Where an improver leads (`led.rs`), it says what is proposed and scored, and which is the winner.

mod flight;
mod led;
mod mutated;
mod opinion;
mod written;

pub use led::Lead;
use led::Led;

use super::event::{Event, Judging, Phase, Reference, Returned, Search, Selected};
use super::progress::Progress;
use super::propose::Proposal;
use super::record::{Recorder, RunError};
use super::work::{Bench, differs};
use crate::digest::{case_seeds, sha256};
use crate::evaluate::judge::{Judge, JudgeError, mean};
use crate::generate::mutate::{Program, simplifications};
use crate::generate::writer::Writer;
use crate::model::Exceeded;
use crate::promote::{Claim, Decision, Provenance, decide};
use crate::task::{Cases, Source};
use crate::team::{Document, Roster, vary};
use library::Library;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// Finalists that are compared on cases which the search never saw.
const FINALISTS: usize = 16;
/// Cases drawn to compare them.
const SELECTION_CASES: u64 = 200;
/// Candidates evaluated at a time while minimising.
const MINIMISE_CHUNK: usize = 16;

/// How a search ended.
pub enum Ending {
    /// All gates were asked.
    Decided(Box<Decision>),
    /// The improver that led came to nothing that could be judged.
    Nothing(Returned),
    /// The user stopped it; the journal holds everything that was done.
    Interrupted,
    /// The budget for models is spent; the journal holds everything that was done.
    Spent(Exceeded),
}

/// The cases that guide a run with this seed: the given ones, or the drawn ones and then the task's pool.
pub async fn train_cases(judge: &Judge, seed: u64) -> Result<Vec<String>, JudgeError> {
    match &judge.task.cases {
        Cases::Fixed { train, .. } => Ok(train.clone()),
        Cases::Drawn(simulator) => {
            let mut cases = judge.draw(case_seeds(seed, "train", simulator.train.into())).await?;
            cases.extend(simulator.pool.iter().cloned());
            Ok(cases)
        }
    }
}

/// What a run whose candidates are teams is given.
#[derive(Clone)]
pub struct Teams {
    /// The team to start from, every role filled by a component.
    pub start: Document,
    /// Who may fill a role.
    pub roster: Roster,
}

/// What a run is given.
pub struct Setting {
    /// The task, ready to judge.
    pub judge: Arc<Judge>,
    /// How to search.
    pub search: Search,
    /// The run's [`identity`].
    pub run: String,
    /// The channel in which the winner would be current.
    pub channel: String,
    /// From [`train_cases`].
    pub train: Vec<String>,
    /// The improver that leads; none: the host's own search.
    pub lead: Option<Lead>,
    /// What teams are made of, and the one to start from; none: candidates are programs.
    pub teams: Option<Teams>,
    /// Who asks the models that propose; none: `mutate` proposes.
    pub writer: Option<Arc<Writer>>,
    /// Events after which the search ends, short of its candidates.
    pub finish: Option<u64>,
    /// Candidates worked on at once. No result depends on it.
    pub workers: usize,
    /// Set it to stop at the next candidate.
    pub stop: Arc<AtomicBool>,
}

/// Run the search that `recorder` is at the start of, to its end.
pub async fn search(
    setting: Setting,
    library: &mut Library,
    recorder: &mut Recorder,
    progress: &mut Progress,
) -> Result<Ending, RunError> {
    let writer = setting.writer.clone();
    let ending = walk(setting, library, recorder, progress).await;
    if let Some(writer) = writer {
        if !writer.is_quiet() {
            progress.say("waiting for answers that are under way, since they may have been paid for");
        }
        writer.close().await;
    }
    match ending {
        Err(error) => {
            recorder.sync()?;
            error.exceeded().map(Ending::Spent).ok_or(error)
        }
        ending => ending,
    }
}

async fn walk(
    setting: Setting,
    library: &mut Library,
    recorder: &mut Recorder,
    progress: &mut Progress,
) -> Result<Ending, RunError> {
    let Setting { judge, search, run, channel, train, lead, teams, writer, finish, workers, stop } = setting;
    if let Some(writer) = &writer
        && let Some(candidate) = recorder.without_exchange(&writer.digests())
    {
        return Err(RunError::Exchange { candidate });
    }
    let permits = Arc::new(Semaphore::new(workers.max(1)));
    let train = Arc::new(train);
    let mut hunt = Hunt { judge, recorder, search, train, permits, teams, writer, finish, stop, progress };
    if !hunt.begin().await? {
        return Ok(Ending::Interrupted);
    }
    let chosen = match lead {
        None if hunt.hunt().await? => hunt.select().await?,
        None => return Ok(Ending::Interrupted),
        Some(lead) => match hunt.led(lead).await? {
            Led::Stopped => return Ok(Ending::Interrupted),
            Led::Finished => hunt.select().await?,
            Led::Done(Returned::Program { candidate }) => hunt.take(candidate)?,
            Led::Done(nothing) => return Ok(Ending::Nothing(nothing)),
        },
    };
    let Some(winner) = hunt.minimise(chosen).await? else { return Ok(Ending::Interrupted) };
    let decision = hunt.judge(library, winner, &run, &channel).await?;
    Ok(decision.map_or(Ending::Interrupted, |decision| Ending::Decided(Box::new(decision))))
}

struct Hunt<'a> {
    judge: Arc<Judge>,
    recorder: &'a mut Recorder,
    search: Search,
    train: Arc<Vec<String>>,
    permits: Arc<Semaphore>,
    teams: Option<Teams>,
    writer: Option<Arc<Writer>>,
    finish: Option<u64>,
    stop: Arc<AtomicBool>,
    progress: &'a mut Progress,
}

impl Hunt<'_> {
    /// The seed agent, or the team to start from, is candidate 0; the task's references are measured beside it. False if it was stopped.
    async fn begin(&mut self) -> Result<bool, RunError> {
        let seed = match &self.teams {
            Some(teams) => Source { name: "the first team".into(), text: teams.start.text() },
            None => self.judge.task.seed.clone(),
        };
        self.judge.compile_own(&seed.name, &seed.text).await?;
        let why = |why: String| RunError::Seed { name: seed.name.clone(), why };
        if self.teams.is_none() {
            Program::parse(&seed.text).map_err(|e| why(e.to_string()))?;
        }
        let first = Proposal {
            island: 0,
            parents: Vec::new(),
            operators: Vec::new(),
            source: seed.text.clone(),
            foreign: false,
            rests: None,
        };
        if !self.batch(Phase::Search, vec![first]).await? {
            return Ok(false);
        }
        if self.recorder.state.best().is_none() {
            return Err(why("it is not scored on the train cases; `assay eval` shows its verdicts".into()));
        }
        for reference in &self.judge.task.references.clone() {
            let component = self.judge.compile_own(&reference.name, &reference.text).await?;
            let evaluation = self.judge.evaluate(&component, &self.train).await?;
            if let Some(measured) = evaluation.measured() {
                let reference =
                    Reference { name: reference.name.clone(), component: component.digest, measured };
                self.recorder.derive(Event::Reference(reference))?;
            }
        }
        Ok(true)
    }

    /// Search until the budget is spent. False if it was stopped.
    async fn hunt(&mut self) -> Result<bool, RunError> {
        match self.writer.clone() {
            Some(writer) => self.written(&writer).await,
            None => self.mutated().await,
        }
    }

    /// Events that there may still be before the search ends early.
    fn room(&self) -> u64 {
        self.finish.map_or(u64::MAX, |events| events.saturating_sub(self.recorder.events()))
    }

    /// Say that the search ends early, if it does here.
    fn finished(&mut self) -> Result<bool, RunError> {
        if self.room() > 0 {
            return Ok(false);
        }
        let candidates = self.recorder.state.searched;
        self.recorder.derive(Event::Finish { candidates })?;
        self.recorder.sync()?;
        Ok(true)
    }

    /// What an improver returned is what it wants judged.
    fn take(&mut self, candidate: u64) -> Result<u64, RunError> {
        let score = self.recorder.state.measured(candidate).map(|(_, measured)| measured.score);
        let finalists = score.map(|score| (candidate, score)).into_iter().collect();
        self.recorder.derive(Event::Selected(Selected { finalists }))?;
        Ok(candidate)
    }

    /// Compare the best on cases that the search never saw.
    async fn select(&mut self) -> Result<u64, RunError> {
        let archive: Vec<u64> =
            self.recorder.state.population.archive().iter().map(|m| m.id).take(FINALISTS).collect();
        let mut finalists: Vec<(u64, f64)> = Vec::new();
        if matches!(self.judge.task.cases, Cases::Drawn(_)) && archive.len() > 1 {
            self.progress.say("comparing the finalists on fresh cases");
            let cases = self.judge.draw(case_seeds(self.search.seed, "selection", SELECTION_CASES)).await?;
            let sources: Vec<(u64, String)> = archive
                .into_iter()
                .filter_map(|id| Some((id, self.recorder.state.source(id)?.to_owned())))
                .collect();
            let (ids, sources): (Vec<u64>, Vec<String>) = sources.into_iter().unzip();
            let compiled = if self.search.generator.is_mutate() {
                self.judge.drafts(&sources).await?
            } else {
                let mut alone = Vec::with_capacity(sources.len());
                for source in &sources {
                    alone.push(self.judge.compile(source).await?);
                }
                alone
            };
            for (id, component) in ids.into_iter().zip(compiled) {
                let Ok(component) = component else { continue };
                if let Some(scores) = self.judge.evaluate(&component, &cases).await?.scores() {
                    finalists.push((id, mean(&scores)));
                }
            }
            let direction = self.judge.task.score.direction;
            // Stable: equals stay in the archive's order.
            finalists.sort_by(|a, b| direction.oriented(b.1).total_cmp(&direction.oriented(a.1)));
        } else {
            let scored = |id: u64| Some((id, self.recorder.state.measured(id)?.1.score));
            finalists.extend(archive.first().and_then(|id| scored(*id)));
        }
        self.recorder.derive(Event::Selected(Selected { finalists }))?;
        Ok(self.recorder.state.selected.unwrap_or(0))
    }

    /// Undo every edit that can be undone without losing score. None if it was stopped.
    async fn minimise(&mut self, chosen: u64) -> Result<Option<u64>, RunError> {
        let mut current = chosen;
        'smaller: while self.recorder.state.minimised < self.search.minimise {
            let Some(score) = self.gain(current) else { break };
            let Some((size, sources)) = self.smaller(current) else { break };
            self.progress.say(&format!("minimising: {size} nodes"));
            for chunk in sources.chunks(MINIMISE_CHUNK) {
                let left = self.search.minimise.saturating_sub(self.recorder.state.minimised);
                let first = self.recorder.state.next;
                let proposals: Vec<Proposal> = chunk
                    .iter()
                    .take(usize::try_from(left).unwrap_or(usize::MAX))
                    .map(|source| Proposal {
                        island: 0,
                        parents: vec![current],
                        operators: vec!["simplify".into()],
                        source: source.clone(),
                        foreign: false,
                        rests: None,
                    })
                    .collect();
                let count = proposals.len() as u64;
                if count == 0 {
                    break 'smaller;
                }
                if !self.batch(Phase::Minimise, proposals).await? {
                    return Ok(None);
                }
                if let Some(better) =
                    (first..first + count).find(|id| self.gain(*id).is_some_and(|other| other >= score))
                {
                    current = better;
                    continue 'smaller;
                }
            }
            break;
        }
        Ok(Some(current))
    }

    /// How large a candidate is, and what is left of it without one part or another, as far as it is new.
    fn smaller(&self, current: u64) -> Option<(usize, Vec<String>)> {
        let state = &self.recorder.state;
        let source = state.source(current)?;
        if let Some(teams) = &self.teams {
            let team = Document::parse(source).ok()?;
            let smaller = vary::simplifications(&team, &teams.roster);
            let texts = smaller.iter().map(Document::text).filter(|text| !state.has_seen(text));
            return Some((team.size(), texts.collect()));
        }
        let program = Program::parse(source).ok()?;
        let smaller = simplifications(&program);
        let smaller = smaller.iter().filter(|smaller| !state.has_seen(&smaller.normalised()));
        Some((program.nodes(), smaller.map(|smaller| smaller.text().to_owned()).collect()))
    }

    fn bench(&self) -> Bench {
        Bench { judge: self.judge.clone(), train: self.train.clone(), permits: self.permits.clone() }
    }

    /// A candidate's train score so oriented that more is better.
    fn gain(&self, id: u64) -> Option<f64> {
        Some(self.judge.task.score.direction.oriented(self.recorder.state.measured(id)?.1.score))
    }

    /// Before the gates, as what it will be: compiled alone. None if it was stopped before they were asked.
    async fn judge(
        &mut self,
        library: &mut Library,
        winner: u64,
        run: &str,
        channel: &str,
    ) -> Result<Option<Decision>, RunError> {
        let recalled = self.recorder.recall(|event| match event {
            Event::Judging(judging) => Some(judging.clone()),
            _ => None,
        })?;
        let winner = recalled.as_ref().map_or(winner, |judging| judging.candidate);
        let source = self.recorder.state.source(winner).unwrap_or_default().to_owned();
        let component = self.judge.compile_own("winner", &source).await?;
        let judging = match recalled {
            Some(judging) => *judging,
            None => {
                let measured = self.judge.evaluate(&component, &self.train).await?.measured();
                let component = component.digest.clone();
                let log_size = library.head().size;
                let judging = Judging { candidate: winner, component, measured, log_size };
                self.recorder.derive(Event::Judging(Box::new(judging.clone())))?;
                self.recorder.sync()?;
                judging
            }
        };
        if self.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.progress.say("asking the gates");
        let (parents, words) = self.recorder.state.ancestry(winner);
        let draft = self.recorder.state.measured(winner).map(|(_, measured)| measured);
        let claim = Claim {
            component: &component,
            source: Some(&source),
            provenance: Provenance {
                generator: self.search.generator.word().into(),
                words: self.search.generator.words().into_iter().chain(words).collect(),
                parents,
                run: Some(run.to_owned()),
                seed: Some(self.search.seed),
            },
            train: &self.train,
            expected: judging.measured.as_ref().map(|measured| measured.results.as_str()),
            void: draft.and_then(|draft| differs(draft, judging.measured.as_ref())),
            channel,
            since: judging.log_size,
        };
        let decision = decide(&self.judge, library, &claim).await?;
        self.recorder.derive(Event::Decided(Box::new(decision.clone())))?;
        self.recorder.sync()?;
        Ok(Some(decision))
    }
}

/// The identity of a run: sha256 of its first event.
pub fn identity(event: &Event) -> String {
    sha256(serde_json::to_vec(event).unwrap_or_default())
}
