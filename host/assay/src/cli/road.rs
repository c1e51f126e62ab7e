//! The road of a run: what it is a function of, made ready for whoever walks it, be it for the first time, further, or once more.

use super::company::Company;
use super::failure::journal_failure;
use super::leader::Leader;
use super::place::{Place, judge_failure};
use super::{Failure, models};
use crate::evaluate::judge::Judge;
use crate::generate::writer::Writer;
use crate::nest::Proposer;
use crate::promote::PromoteError;
use crate::run::event::{Event, FORMAT, Search, Started};
use crate::run::progress::Progress;
use crate::run::state::State;
use crate::run::{Ending, Lead, Recorder, RunError, Setting, Teams, identity, search, train_cases};
use crate::task::Task;
use library::Library;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Who makes the candidates of a run, beside this program.
pub(super) struct Makers {
    /// The improver that leads.
    pub(super) leader: Option<Leader>,
    /// What teams are made of, where candidates are teams.
    pub(super) company: Option<Company>,
    /// Who asks models.
    pub(super) writer: Option<Arc<Writer>>,
}

impl Makers {
    /// Who proposes to improvers, those that lead and those that are tried.
    pub(super) fn proposer(&self) -> Proposer {
        models::proposer(self.writer.as_ref())
    }

    /// The task, ready to judge what they make.
    pub(super) async fn judge(&self, place: &Place, task: Task) -> Result<Judge, Failure> {
        let judge = place.judge_with(task, self.proposer()).await?;
        Ok(match &self.company {
            Some(company) => judge.with_members(company.members()),
            None => judge,
        })
    }
}

/// A run that stands ready, for whoever walks it: for the first time, further, or once more.
pub(super) struct Road {
    pub(super) judge: Arc<Judge>,
    search: Search,
    channel: String,
    train: Vec<String>,
    lead: Option<Lead>,
    teams: Option<Teams>,
    writer: Option<Arc<Writer>>,
    finish: Option<u64>,
    /// Its first event: all that it is a function of.
    pub(super) started: Event,
    /// Set by Ctrl-C.
    pub(super) stop: Arc<AtomicBool>,
}

impl Road {
    pub(super) async fn new(
        judge: Judge,
        search: Search,
        channel: String,
        makers: Makers,
    ) -> Result<Self, Failure> {
        let proposer = makers.proposer();
        let Makers { leader, company, writer } = makers;
        let teams = company.as_ref().map(Company::teams);
        let lead = match leader {
            None => None,
            Some(leader) => Some(leader.ready(&judge, proposer).await?),
        };
        let train = train_cases(&judge, search.seed).await.map_err(judge_failure)?;
        let started = Event::Started(Box::new(started(&judge, &search, &channel, &train)));
        let stop = Arc::new(AtomicBool::new(false));
        heed_signals(&stop)?;
        let judge = Arc::new(judge);
        Ok(Self { judge, search, channel, train, lead, teams, writer, finish: None, started, stop })
    }

    /// The same, with a search that ends after so many events.
    pub(super) fn finishing(self, finish: Option<u64>) -> Self {
        Self { finish, ..self }
    }

    /// The state before the first event.
    pub(super) fn state(&self) -> State {
        State::new(self.judge.task.score.direction, &self.search)
    }

    /// From where the recorder stands to the end.
    pub(super) async fn walk(
        self,
        title: &str,
        workers: usize,
        library: &mut Library,
        recorder: &mut Recorder,
    ) -> Result<Ending, Failure> {
        let Self { judge, search: settings, channel, train, lead, teams, writer, finish, started, stop } =
            self;
        let mut progress = Progress::new(settings.candidates, &judge.task.score.unit, writer.clone());
        progress.say(&format!(
            "{title} {} with {} candidates on {} train cases, {workers} at a time",
            judge.task.agent_name(),
            settings.candidates,
            train.len()
        ));
        let run = identity(&started);
        recorder.derive(started).map_err(run_failure)?;
        let workers = workers + 1;
        let setting = Setting {
            judge,
            search: settings,
            run,
            channel,
            train,
            lead,
            teams,
            writer,
            finish,
            workers,
            stop,
        };
        let ending = search(setting, library, recorder, &mut progress).await;
        progress.end();
        ending.map_err(run_failure)
    }
}

/// Set `stop` at the first Ctrl-C; a second one ends the process at once.
pub(super) fn heed_signals(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, stop.clone())
            .map_err(Failure::machine)?;
        signal_hook::flag::register(signal, stop.clone()).map_err(Failure::machine)?;
    }
    Ok(())
}

/// The digests of a task's parts, by name.
pub(super) fn parts_of(task: &Task) -> BTreeMap<String, String> {
    task.fingerprint().into_iter().map(|(part, digest)| (part.to_owned(), digest)).collect()
}

fn started(judge: &Judge, search: &Search, channel: &str, train: &[String]) -> Started {
    let task = &judge.task;
    let toolchain = judge.compiler().toolchain();
    Started {
        format: FORMAT,
        agent: task.agent_name(),
        channel: channel.to_owned(),
        task: task.digest(),
        task_parts: parts_of(task),
        class: task.class.clone(),
        search: search.clone(),
        toolchain: toolchain.identity(),
        compiler: toolchain.compiler().to_owned(),
        engine: judge.pool().engine().clone(),
        host: env!("CARGO_PKG_VERSION").to_owned(),
        train_cases: crate::promote::digest_of_cases(train),
    }
}

fn run_failure(error: RunError) -> Failure {
    match error {
        RunError::Judge(error) | RunError::Promote(PromoteError::Judge(error)) => judge_failure(error),
        RunError::Journal(error) => journal_failure(error),
        RunError::Promote(PromoteError::Library(error)) => super::place::library_failure(error),
        other => Failure::says(super::failure::chain(&other)),
    }
}
