//! `assay pursue GOAL`: an orchestrator plans, agents are found or made, the gates are asked, and the library is able to do more
//! than before.
//!
//! What a pursuit left unfinished, the same command goes on with: by the settings of its first event.

use super::args::{ImproveArgs, TaskArgs};
use super::improve::{begin, go_on, journal_of};
use super::place::{Place, judge_failure, library_failure, runtime};
use super::{Answer, Failure, Kind, agents, models, report};
use crate::compile::Compiler;
use crate::evaluate::judge::Judge;
use crate::evaluate::pool::Pool;
use crate::model::{Budget, Desk, Transcript};
use crate::pursue::event::{Event, Returned};
use crate::pursue::{
    Advisor, Book, BookError, Catalogue, Ending, Epoch, Goal, Guest, Making, Memory, NEIGHBOURS, Order,
    PLANNER, PursueError, Setting, Soon, walk,
};
use crate::run::event::{Event as RunEvent, Fate};
use crate::run::journal::Journal;
use crate::task::Task;
use library::Library;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// `assay pursue`
#[derive(Debug, clap::Args)]
pub struct PursueArgs {
    /// The goal's file
    pub goal: PathBuf,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Switch something off, to compare: nothing of the library is reused, or nothing is explored
    #[arg(long, value_name = "WHAT", value_parser = ["reuse", "exploration"])]
    pub without: Vec<String>,
    /// Who plans: source (.rs) or component (.wasm), or a name or digest in the library [default: the planner that ships]
    #[arg(long, value_name = "FILE|NAME|DIGEST")]
    pub orchestrator: Option<String>,
    /// Who looks around [default: the explorer that ships]
    #[arg(long, value_name = "FILE|NAME|DIGEST")]
    pub explorer: Option<String>,
    /// A language model of the models' file that orchestrator and explorer may ask, within the goal's quotas
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// The models' file [default: ~/.config/assay/models.toml]
    #[arg(long, value_name = "FILE", env = "ASSAY_MODELS")]
    pub models: Option<PathBuf>,
    /// Say yes to what a pursuit waits for
    #[arg(long, value_name = "WHAT")]
    pub allow: Vec<String>,
    /// End the goal that was left in the middle, as not reached
    #[arg(long)]
    pub give_up: bool,
}

/// Where the journal of goals is.
pub(super) fn folder(place: &Place) -> PathBuf {
    place.runs.join("goals")
}

pub(super) fn run(args: &PursueArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let folder = folder(place);
    let mut book = Book::open(&folder).map_err(|error| failure(error.into()))?;
    if args.give_up {
        let Some(goal) = book.unfinished().map(str::to_owned) else {
            return Err(Failure::says("no goal was left in the middle: there is nothing to give up"));
        };
        book.give_up().map_err(|error| failure(error.into()))?;
        report::print(json, &json!({ "givenUp": goal }), || format!("goal {goal}: given up"));
        return Ok(Answer::Yes);
    }
    let goal = Goal::read(&args.goal).map_err(Failure::says)?;
    let catalogue = Catalogue::read(&goal.tasks).map_err(Failure::input)?;
    // What was begun goes on as it began.
    let (seed, without) = match book.began() {
        Some(began) if began.goal == goal.name => (began.seed, began.without.clone()),
        _ => (args.seed, args.without.clone()),
    };
    let allow: BTreeSet<String> = args.allow.iter().cloned().collect();
    let advisor =
        args.model.as_ref().map(|name| advisor(name, args, &goal, &book, &folder, place)).transpose()?;
    let ending = runtime()?.block_on(async {
        let around = Around::new(place).await?;
        let orchestrator = around.guest(args.orchestrator.as_deref(), "orchestrator", PLANNER).await?;
        let explorer = around.guest(args.explorer.as_deref(), "explorer", NEIGHBOURS).await?;
        let stop = Arc::new(AtomicBool::new(false));
        super::road::heed_signals(&stop)?;
        let setting = Setting {
            goal: &goal,
            catalogue: &catalogue,
            seed,
            orchestrator: &orchestrator,
            explorer: &explorer,
            advisor: advisor.as_ref(),
            without,
            allow: &allow,
            place: &around,
            stop,
        };
        walk(setting, &mut book).await.map_err(failure)
    })?;
    drop(book);
    let events = Book::read(&folder).map_err(|error| failure(error.into()))?;
    let value = value(&goal, &ending, &events);
    match &ending {
        Ending::Stopped => {
            eprintln!("stopped; everything so far is kept. Go on with the same command");
            Ok(Answer::Interrupted)
        }
        Ending::Waiting(what) => {
            report::print(json, &value, || {
                report::escape(&format!(
                    "goal {}: waits for a person: {what}\n  allow it: assay pursue {} --allow \"{what}\"\n  or end it: --give-up",
                    goal.name,
                    args.goal.display()
                ))
            });
            Ok(Answer::No)
        }
        Ending::Reached(reached) => {
            report::print(json, &value, || report::escape(&words(&goal, &events)));
            Ok(if *reached { Answer::Yes } else { Answer::No })
        }
    }
}

fn bytes(named: &str, place: &Place) -> Result<Vec<u8>, Failure> {
    let path = Path::new(named);
    if path.exists() || named.ends_with(".rs") || named.ends_with(".wasm") {
        return std::fs::read(path).map_err(|error| Failure::says(format!("can't read {named}: {error}")));
    }
    Ok(agents::from_library(place, named)?.1)
}

fn advisor(
    name: &str,
    args: &PursueArgs,
    goal: &Goal,
    book: &Book,
    folder: &Path,
    place: &Place,
) -> Result<Advisor, Failure> {
    let file = args.models.clone().unwrap_or_else(|| place.models.clone());
    let models = models::named(&file, std::iter::once(name))?;
    let Some(named) = models.first().map(crate::model::Model::named) else {
        return Err(Failure::says(format!("{} has no model `{name}`", file.display())));
    };
    let transcripts = folder.join(format!("goal-{}", book.memory.epoch()));
    std::fs::create_dir_all(&transcripts).map_err(Failure::machine)?;
    let transcript = Transcript::open(&transcripts)
        .map_err(|error| models::failure(crate::generate::writer::WriterError::Desk(error.into())))?;
    let budget = Budget {
        calls: Some(goal.quotas.model_calls),
        tokens: Some(goal.quotas.model_tokens),
        micro_dollars: goal.quotas.model_micro_dollars,
    };
    let desk = Desk::live(models, budget, transcript).map_err(models::unusable)?;
    Ok(Advisor { desk, named })
}

/// This program, around a pursuit.
pub(super) struct Around<'a> {
    place: &'a Place,
    compiler: Arc<Compiler>,
    pool: Arc<Pool>,
}

impl<'a> Around<'a> {
    pub(super) async fn new(place: &'a Place) -> Result<Self, Failure> {
        let pool = place.pool(sandbox::policy::Limits::default().stack_bytes).await?;
        Ok(Self { place, compiler: place.compiler()?, pool })
    }

    /// A guest that leads: the one that was named, or the one that ships.
    pub(super) async fn guest(&self, named: Option<&str>, world: &str, own: &str) -> Result<Guest, Failure> {
        let bytes = match named {
            None => own.as_bytes().to_vec(),
            Some(named) => bytes(named, self.place)?,
        };
        let made = Guest::new(&bytes, world, &self.compiler, &self.pool).await.map_err(failure)?;
        made.map_err(|why| Failure::says(format!("{} is no {world}: {why}", named.unwrap_or("what ships"))))
    }
}

impl crate::pursue::Place for Around<'_> {
    fn read(&self) -> Result<Option<Library>, PursueError> {
        if !self.place.library.exists() {
            return Ok(None);
        }
        Ok(Some(Library::open_read_only(&self.place.library)?))
    }

    fn write(&self) -> Result<Library, PursueError> {
        self.place.open_library().map_err(making)
    }

    fn source(&self, library: &Library, name: &str) -> Result<Option<String>, PursueError> {
        super::library::current_source(library, name).map_err(making)
    }

    fn judge(&self, task: Task) -> Soon<'_, Judge> {
        Box::pin(async move {
            let judge = Judge::new(task, self.compiler.clone(), self.pool.clone()).await?;
            Ok(judge.with_members(super::team::members_of(self.place)))
        })
    }

    fn make<'b>(&'b self, order: Order<'b>) -> Soon<'b, Making> {
        Box::pin(async move {
            let task = &order.entry.task;
            let folder = self.place.run_folder(&order.run).map_err(making)?;
            let finished = if journal_of(&folder).exists() {
                go_on(self.place, &order.run, None).await
            } else {
                let args = ImproveArgs {
                    task: TaskArgs { task: order.entry.folder.clone(), class: task.class.clone() },
                    seed: order.seed,
                    candidates: Some(order.candidates),
                    minimise: Some(order.minimise),
                    channel: crate::promote::CHANNEL.to_owned(),
                    run: Some(order.run.clone()),
                    ..ImproveArgs::default()
                };
                begin(&args, self.place, task.clone(), (&order.run, order.seed), None, None).await
            };
            let finished = finished.map_err(making)?;
            if finished.unfinished {
                return Ok(Making::Stopped);
            }
            outcome(&folder, task, finished.answer == Answer::Yes)
        })
    }
}

/// What a run came to, from its journal.
fn outcome(folder: &Path, task: &Task, promoted: bool) -> Result<Making, PursueError> {
    let events = Journal::<RunEvent>::read(folder).map_err(BookError::from)?;
    let (mut candidates, mut fuel) = (0, 0_u64);
    let (mut best, mut winner) = (f64::NEG_INFINITY, None);
    let mut scores = std::collections::BTreeMap::new();
    let direction = task.score.direction;
    for event in &events {
        match event {
            RunEvent::Reference(reference) => {
                best = direction.oriented(reference.measured.score).max(best);
            }
            RunEvent::Candidate(candidate) => {
                candidates += u64::from(candidate.id > 0);
                if let Fate::Scored { measured, .. } = &candidate.fate {
                    fuel = fuel.saturating_add(measured.fuel);
                    scores.insert(candidate.id, direction.oriented(measured.score));
                }
            }
            RunEvent::Judging(judging) => winner = scores.get(&judging.candidate).copied(),
            _ => {}
        }
    }
    // Candidate 0 is the seed agent.
    let worth = match (scores.get(&0), winner) {
        (Some(start), Some(winner)) if promoted && best > *start => Some((winner - start) / (best - start)),
        _ => None,
    };
    Ok(Making::Done { candidates, fuel, promoted, worth })
}

fn making(failure: Failure) -> PursueError {
    PursueError::Making { machine: failure.kind == Kind::Machine, words: failure.words() }
}

pub(super) fn failure(error: PursueError) -> Failure {
    match error {
        PursueError::Judge(error) => judge_failure(error),
        PursueError::Library(error) => library_failure(error),
        PursueError::Book(BookError::Journal(error)) => super::failure::journal_failure(error),
        PursueError::Model(error) => models::failure(crate::generate::writer::WriterError::Desk(error)),
        error @ (PursueError::Pool(_)
        | PursueError::Environment(_)
        | PursueError::Background(_)
        | PursueError::Making { machine: true, .. }) => Failure::machine(error),
        other => Failure::says(super::failure::chain(&other)),
    }
}

/// The events of the goal that was taken up last.
fn of_last(events: &[Event]) -> &[Event] {
    let began = events.iter().rposition(|event| matches!(event, Event::Began(_))).unwrap_or(0);
    &events[began..]
}

fn value(goal: &Goal, ending: &Ending, events: &[Event]) -> Value {
    let last = of_last(events);
    let kept = |wanted: fn(&&Event) -> bool| last.iter().filter(wanted).cloned().collect::<Vec<Event>>();
    let memory = Memory::of(events);
    let answer = last.iter().rev().find_map(|event| match event {
        Event::Answered { answer } => Some(answer.clone()),
        _ => None,
    });
    json!({
        "goal": goal.name,
        "reached": match ending { Ending::Reached(reached) => Some(*reached), _ => None },
        "waiting": match ending { Ending::Waiting(what) => Some(what), _ => None },
        "who": last.iter().rev().find(|event| matches!(event, Event::Reached(_))),
        "answer": answer,
        "assessed": last.iter().rev().find(|event| matches!(event, Event::Assessed(_))),
        "steps": kept(|event| matches!(event, Event::Step(_))),
        "made": kept(|event| matches!(event, Event::Made(_))),
        "refused": kept(|event| matches!(event, Event::Refused(_))),
        "proposed": kept(|event| matches!(event, Event::Proposed(_))),
        "retired": kept(|event| matches!(event, Event::Retired { .. })),
        "heldOut": kept(|event| matches!(event, Event::HeldOut(_))),
        "epoch": memory.epochs.last().filter(|_| matches!(ending, Ending::Reached(_))),
    })
}

fn words(goal: &Goal, events: &[Event]) -> String {
    let shown = |score: &Option<f64>| score.map_or("none".to_owned(), |score| format!("{score:.4}"));
    let mut text = format!("goal {}: {}\n", goal.name, goal.words);
    for event in of_last(events) {
        match event {
            Event::Made(made) => {
                let (when, what) = (
                    if made.ahead { "ahead of need" } else { "needed" },
                    if made.promoted { "promoted" } else { "nothing better found" },
                );
                let worth = made.worth.map_or(String::new(), |worth| format!(", worth {worth:.2}"));
                text.push_str(&format!(
                    "  made      {} ({when}): {what}{worth}, {} candidates\n",
                    made.agent, made.candidates
                ));
            }
            Event::Refused(refused) => {
                text.push_str(&format!("  refused   {}: {}\n", refused.guard, refused.words))
            }
            Event::Returned(Returned::Nothing { words }) => {
                text.push_str(&format!("  planner   found no one: {words}\n"))
            }
            Event::Judged(decision) => {
                let last =
                    decision.findings.last().map(|finding| finding.reason.as_str()).unwrap_or_default();
                let waits = decision.record.as_ref().and_then(|record| record.pending.as_ref());
                let word = match (decision.promoted, waits) {
                    (true, Some(_)) => "waits for people (assay library pending)",
                    (true, None) => "promoted",
                    (false, _) => "not promoted",
                };
                text.push_str(&format!("  gates     {word}: {last}\n"));
            }
            Event::Reached(reached) | Event::Short(reached) => {
                for part in &reached.parts {
                    let (agent, how) =
                        (part.agent.as_deref().unwrap_or("?"), if part.reused { "reused" } else { "new" });
                    text.push_str(&format!(
                        "  role      {:<12} {agent} {} ({how})\n",
                        part.role,
                        &part.component[..part.component.len().min(12)]
                    ));
                }
            }
            Event::Assessed(assessed) => text.push_str(&format!(
                "  score     {} (it started from {}, before {})\n",
                shown(&assessed.score),
                shown(&assessed.seed_score),
                shown(&assessed.before_score)
            )),
            Event::Answered { answer: Ok(answer) } => text.push_str(&format!("\n{}\n\n", answer.trim_end())),
            Event::Answered { answer: Err(why) } => text.push_str(&format!("  answer    none: {why}\n")),
            Event::Proposed(proposed) if proposed.fate != "known" => text.push_str(&format!(
                "  explored  {} {}: {} ({}; in use {}, best {}, {} of {} edits better)\n",
                proposed.task,
                proposed.parameters,
                proposed.fate,
                proposed.why,
                shown(&proposed.attempt),
                shown(&proposed.best),
                proposed.better.0,
                proposed.better.1
            )),
            Event::HeldOut(held) => text.push_str(&format!(
                "  held out  {}: {} ({})\n",
                held.task,
                if held.solved { "solved" } else { "not solved" },
                held.words
            )),
            Event::Retired { agent, idle, failed } => text.push_str(&format!(
                "  retired   {agent}: not used for {idle} goals, {failed} in a row were not reached with it\n"
            )),
            Event::Ended { reached } => {
                text.push_str(if *reached { "reached\n" } else { "not reached\n" });
            }
            _ => {}
        }
    }
    if let Some(Epoch { needed, reused, made, candidates, .. }) = Memory::of(events).epochs.last() {
        text.push_str(&format!(
            "{needed} agents needed, {reused} reused, {made} made with {candidates} candidates"
        ));
    }
    text
}
