//! `assay improve` and `assay resume`: a run, from its first event or from where its journal ends.
//!
//! Who leads a run, and what it is given to start from, is kept in the run's folder (`leader.rs`): a resume needs neither the
//! library nor the file that it came from.

use super::args::{ImproveArgs, ResumeArgs};
use super::company::Company;
use super::failure::journal_failure;
use super::leader::Leader;
use super::models::{self, Choice};
use super::origin::Origin;
use super::place::{Place, load_from, runtime};
use super::road::{Makers, Road, parts_of};
use super::summary::Summary;
use super::{Answer, Failure, report};
use crate::evaluate::judge::Judge;
use crate::model::Budget;
use crate::run::event::{Event, Generator, Search, Started};
use crate::run::journal::Journal;
use crate::run::{Ending, Recorder};
use crate::task::Task;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Candidates of a run that says nothing else.
const CANDIDATES: u64 = 36_000;
/// The same where models propose: each costs a call or two.
const WRITTEN_CANDIDATES: u64 = 200;
/// The same where an improver leads.
const LED_CANDIDATES: u64 = 64;
/// Candidates of one batch, islands, and batches ahead: by `mutate`, and by models, whose few candidates should neither live
/// apart nor be asked for in ignorance.
const SHAPE: (u64, u64, u64) = (32, 5, 2);
const WRITTEN_SHAPE: (u64, u64, u64) = (8, 2, 0);
/// Candidates to try while minimising; where improvers are judged, each costs many evaluations.
const MINIMISE: (u64, u64) = (3000, 0);

pub(super) fn improve(args: &ImproveArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let task = super::place::load(&args.task)?;
    // Improvers are improved by the one in use.
    if args.generations.is_some() || task.nested.is_some() && args.improver.is_none() {
        return super::generations::run(args, &task, place, json);
    }
    let name = args.run.clone().unwrap_or_else(|| format!("{}-seed-{}", task.agent_name(), args.seed));
    runtime()?.block_on(async {
        let leader = match &args.improver {
            None => None,
            Some(named) => Some(Leader::named(named, place).await?),
        };
        let finished = begin(args, place, task, (&name, args.seed), leader, None).await?;
        finished.print(json)
    })
}

/// A new run: its folder, then the road.
pub(super) async fn begin(
    args: &ImproveArgs,
    place: &Place,
    task: Task,
    (name, seed): (&str, u64),
    leader: Option<Leader>,
    company: Option<Company>,
) -> Result<Finished, Failure> {
    let folder = place.run_folder(name)?;
    if journal_of(&folder).exists() {
        return Err(Failure::says(format!(
            "run `{name}` exists in {}; go on with `assay resume {name}`, or name another with --run or --seed",
            place.runs.display()
        )));
    }
    let choice = Choice::of(args, place, &task)?;
    std::fs::create_dir_all(&folder).map_err(Failure::machine)?;
    let origin = Origin {
        task: std::path::absolute(&args.task.task).map_err(Failure::machine)?,
        models: choice.as_ref().map(|choice| choice.file.clone()),
        budget: args.budget.budget(Budget::default()),
    };
    origin.keep(&folder)?;
    if let Some(leader) = &leader {
        leader.keep(&folder)?;
    }
    if let Some(company) = &company {
        company.keep(&folder)?;
    }
    let candidates = match (&leader, &choice) {
        (Some(_), _) => LED_CANDIDATES,
        (None, Some(_)) => WRITTEN_CANDIDATES,
        (None, None) => CANDIDATES,
    };
    let (batch, islands, ahead) = if choice.is_some() { WRITTEN_SHAPE } else { SHAPE };
    let models = choice.as_ref().map(Choice::named).unwrap_or_default();
    let search = Search {
        seed,
        candidates: args.candidates.unwrap_or(candidates),
        batch,
        islands,
        // An improver says itself what it sees before it proposes.
        ahead: if leader.is_some() { 0 } else { ahead },
        minimise: args.minimise.unwrap_or(if task.nested.is_some() { MINIMISE.1 } else { MINIMISE.0 }),
        generator: Generator {
            models,
            ..leader
                .as_ref()
                .map(Leader::generator)
                .or(company.as_ref().map(Company::generator))
                .unwrap_or_default()
        },
    };
    let writer = choice.map(|choice| choice.ready(origin.budget, &folder)).transpose()?;
    let makers = Makers { leader, company, writer };
    let judge = makers.judge(place, task).await?;
    let journal = Journal::create(&folder).map_err(journal_failure)?;
    drive(judge, place, name, (journal, Vec::new()), (search, args.channel.clone()), makers, None).await
}

pub(super) fn resume(args: &ResumeArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let name = match &args.run {
        Some(name) => name.clone(),
        None => only_unfinished(place)?,
    };
    runtime()?.block_on(async { go_on(place, &name, Some(args)).await?.print(json) })
}

/// An old run, from where its journal ends, with another budget if there is one.
pub(super) async fn go_on(place: &Place, name: &str, args: Option<&ResumeArgs>) -> Result<Finished, Failure> {
    let folder = place.run_folder(name)?;
    if !journal_of(&folder).exists() {
        return Err(Failure::says(format!(
            "there is no run `{name}` in {}; `assay runs list` shows them",
            place.runs.display()
        )));
    }
    let (journal, known) = Journal::<Event>::open(&folder).map_err(journal_failure)?;
    let Some(Event::Started(started)) = known.first().cloned() else {
        return Err(Failure::says(format!(
            "run `{name}` stopped before its first event; remove {} and start it anew",
            folder.display()
        )));
    };
    let mut origin = Origin::read(&folder, name)?;
    let models = &started.search.generator.models;
    if let Some(args) = args {
        let budget = args.budget.budget(origin.budget);
        let others = args.budget.models.as_ref().map(std::path::absolute).transpose();
        let others = others.map_err(Failure::machine)?;
        if (others.is_some() || budget != origin.budget || args.finish) && models.is_empty() {
            return Err(Failure::says(format!(
                "run `{name}` asks no models: it has no budget, and goes on to its end"
            )));
        }
        origin.budget = budget;
        origin.models = others.or(origin.models);
        origin.keep(&folder)?;
    }
    let task = task_of(name, &started, &origin.task)?;
    let finish = match args {
        Some(args) if args.finish && finish(&known).is_none() => Some(finish_here(name, &known)?),
        _ => finish(&known),
    };
    let makers = Makers {
        leader: Leader::kept(&folder, &started.search.generator)?,
        company: Company::kept(&folder, &started.search.generator)?,
        writer: models::again(models, origin.models.as_deref(), origin.budget, &folder, place)?,
    };
    let judge = makers.judge(place, task).await?;
    let settings = (started.search, started.channel);
    drive(judge, place, name, (journal, known), settings, makers, finish).await
}

/// Where a search was ended early.
pub(super) fn finish(events: &[Event]) -> Option<u64> {
    events.iter().position(|event| matches!(event, Event::Finish { .. })).map(|at| at as u64)
}

/// Where a search is to be ended that was not ended before.
fn finish_here(name: &str, known: &[Event]) -> Result<u64, Failure> {
    if known.iter().any(|event| matches!(event, Event::Selected(_))) {
        return Err(Failure::says(format!(
            "the search of run `{name}` is over: there is nothing to end early; go on with `assay resume {name}`"
        )));
    }
    let tried = |event: &Event| matches!(event, Event::Candidate(candidate) if candidate.id > 0);
    if !known.iter().any(tried) {
        return Err(Failure::says(format!("run `{name}` has tried nothing yet: there is nothing to judge")));
    }
    Ok(known.len() as u64)
}

/// The task of a run that began with `started`, from a folder where it must still be the same.
pub(super) fn task_of(name: &str, started: &Started, folder: &Path) -> Result<Task, Failure> {
    started.search.check().map_err(|why| Failure::says(format!("the journal of run `{name}`: {why}")))?;
    let task = load_from(folder, started.class.as_deref())?;
    if task.digest() != started.task {
        let parts = parts_of(&task);
        let changed = changed(&started.task_parts, &parts);
        return Err(Failure::says(format!(
            "the task has changed since run `{name}` began ({}): a changed task is another task; start a new run, or \
             put {} back as it was",
            changed.join(", "),
            folder.display()
        )));
    }
    Ok(task)
}

/// A run at its end, or where it was stopped.
pub(super) struct Finished {
    pub(super) answer: Answer,
    /// It can go on.
    pub(super) unfinished: bool,
    pub(super) value: serde_json::Value,
    words: String,
}

impl Finished {
    /// Show it, and answer with it.
    pub(super) fn print(self, json: bool) -> Result<Answer, Failure> {
        if self.answer != Answer::Interrupted {
            report::print(json, &self.value, || self.words);
        }
        Ok(self.answer)
    }
}

async fn drive(
    judge: Judge,
    place: &Place,
    name: &str,
    (journal, known): (Journal<Event>, Vec<Event>),
    (settings, channel): (Search, String),
    makers: Makers,
    finish: Option<u64>,
) -> Result<Finished, Failure> {
    let writer = makers.writer.clone();
    let road = Road::new(judge, settings, channel, makers).await?.finishing(finish);
    let mut library = place.open_library()?;
    let mut recorder = Recorder::new(journal, known, road.state());
    let judge = road.judge.clone();
    let task = &judge.task;
    let spend = || writer.as_ref().map(|writer| writer.spend());
    let title = format!("run {name}: improving");
    let decision = match road.walk(&title, place.workers, &mut library, &mut recorder).await? {
        Ending::Decided(decision) => decision,
        Ending::Nothing(returned) => {
            let value = json!({ "run": name, "agent": task.agent_name(), "returned": returned,
                                "candidates": recorder.state.searched, "counts": recorder.state.counts });
            let words = format!(
                "run {name}: {}; nothing changes, what was current stays so",
                report::escape(&super::leader::words(&returned))
            );
            return Ok(Finished { answer: Answer::No, unfinished: false, value, words });
        }
        Ending::Spent(exceeded) => {
            let value = json!({ "run": name, "agent": task.agent_name(), "outOfBudget": exceeded.what.to_string(),
                                "limit": exceeded.limit, "spend": spend(),
                                "candidates": recorder.state.searched, "counts": recorder.state.counts });
            let words = models::spent_words(name, spend().unwrap_or_default(), exceeded);
            return Ok(Finished { answer: Answer::No, unfinished: true, value, words });
        }
        Ending::Interrupted => {
            eprintln!("stopped; everything so far is kept. Go on with: assay resume {name}");
            let (answer, value, words) = (Answer::Interrupted, json!(null), String::new());
            return Ok(Finished { answer, unfinished: true, value, words });
        }
    };
    let head = library.head();
    drop(library);
    let verified = library::verify(&place.library, &library::Options::default());
    let sound = matches!(&verified, Ok(report) if report.verified);
    let summary = Summary {
        task,
        run: name,
        state: &recorder.state,
        decision: &decision,
        spend: spend(),
        sound,
        leaves: head.size,
        root: library::Digest::from_bytes(head.root).hex(),
        library: &place.library,
    };
    let answer = if decision.promoted && sound { Answer::Yes } else { Answer::No };
    Ok(Finished { answer, unfinished: false, value: summary.value(), words: summary.words() })
}

/// The names of the parts that differ, with those that are new or gone.
fn changed<'a>(before: &'a BTreeMap<String, String>, now: &'a BTreeMap<String, String>) -> Vec<&'a str> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    names.into_iter().filter(|part| before.get(*part) != now.get(*part)).map(String::as_str).collect()
}

fn only_unfinished(place: &Place) -> Result<String, Failure> {
    let unfinished: Vec<String> =
        super::runs::all(place)?.into_iter().filter(|run| !run.is_finished()).map(|run| run.name).collect();
    match unfinished.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::says(format!("no unfinished run in {}", place.runs.display()))),
        several => {
            Err(Failure::says(format!("several runs are unfinished, name one: {}", several.join(", "))))
        }
    }
}

/// Where a run's folder keeps its journal.
pub(super) fn journal_of(folder: &Path) -> PathBuf {
    folder.join("journal.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_task_that_changed_came_or_went_is_named() {
        let parts = |parts: &[(&str, &str)]| {
            parts.iter().map(|(part, digest)| ((*part).to_owned(), (*digest).to_owned())).collect()
        };
        let before = parts(&[("gates", "a"), ("limits", "a"), ("model", "a")]);
        let now = parts(&[("gates", "a"), ("limits", "b")]);
        assert_eq!(changed(&before, &now), ["limits", "model"]);
        assert_eq!(changed(&now, &before), ["limits", "model"]);
        assert!(changed(&before, &before).is_empty());
    }
}
