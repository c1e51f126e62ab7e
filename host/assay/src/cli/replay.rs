//! `assay replay RUN`: the same run once more, from its first event, and what of it comes out the same.
//!
//! Everything is done again in a scratch folder that goes away: other keys, a journal of its own, and a library whose log
//! begins as the run's library did when its gates were asked, since holdout cases follow from the log. Nothing of the
//! user's is written. Nothing is taken from the journal but fates that depended on the machine, which is said, and where
//! somebody ended the search early. What models said is read from the run's transcript; no model is asked.

use super::args::ReplayArgs;
use super::company::Company;
use super::failure::journal_failure;
use super::improve;
use super::leader::Leader;
use super::models;
use super::origin::Origin;
use super::place::{LIBRARY_NAME, Place, library_failure, runtime};
use super::road::{Makers, Road};
use super::{Answer, Failure, report};
use crate::promote::{Decision, Seen};
use crate::run::compare::{Difference, Lines, first_difference};
use crate::run::event::{Candidate, Event, Fate, Judging, Returned, Started};
use crate::run::journal::Journal;
use crate::run::original::Original;
use crate::run::{Ending, Recorder, identity};
use crate::table::Table;
use crate::task::Task;
use ::library::{Digest, Library};
use serde_json::json;
use std::path::Path;

/// Where a replay's things are while it lasts.
const SCRATCH: &str = "assay-replay-";

/// How far it went.
enum Walked {
    /// Not one step: here it would be another run.
    Otherwise,
    /// The user stopped it.
    Stopped,
    /// As far as there is something to compare.
    Through,
}

/// How much of a journal is compared.
struct Extent {
    /// Events that must be the same.
    compared: usize,
    /// Events after which to stop, if not at the end.
    until: Option<usize>,
}

pub(super) fn run(args: &ReplayArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let name = args.run.as_str();
    let folder = place.run_folder(name)?;
    if !improve::journal_of(&folder).exists() {
        return Err(Failure::says(format!(
            "there is no run `{name}` in {}; `assay runs list` shows them",
            place.runs.display()
        )));
    }
    let recorded = lines(&folder)?;
    let Some(Event::Started(started)) = recorded.events.first() else {
        return Err(Failure::says(format!(
            "run `{name}` stopped before its first event: there is nothing to replay"
        )));
    };
    let task = match &args.task {
        Some(folder) => improve::task_of(name, started, folder)?,
        None => improve::task_of(name, started, &Origin::read(&folder, name)?.task)?,
    };
    let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir().map_err(Failure::machine)?;
    let at = |name: &str| scratch.path().join(name);
    let cache = if args.cached { place.cache.clone() } else { at("cache") };
    let aside = Place {
        library: at("library"),
        runs: at("runs"),
        keys: at("keys"),
        cache,
        models: at("models.toml"),
        ..*place
    };
    let original = Original::find(&recorded.events, started, original_library(place)?);
    let keys = aside.open_keys()?;
    let mut library = original.replica(&aside.library, LIBRARY_NAME, &keys).map_err(library_failure)?;
    let extent = extent(&recorded.events, &original);
    let mut table = Table::default();
    let again = at("run");
    std::fs::create_dir_all(&again).map_err(Failure::machine)?;
    let makers = Makers {
        leader: Leader::kept(&folder, &started.search.generator)?,
        company: Company::kept(&folder, &started.search.generator)?,
        writer: models::replaying(&started.search.generator.models, &folder)?,
    };
    let walked =
        walk(&aside, (name, task, started), makers, (&recorded, &extent), &again, &mut library, &mut table)?;
    let mut difference = None;
    match walked {
        Walked::Stopped => {
            eprintln!("stopped; nothing of a replay is kept");
            return Ok(Answer::Interrupted);
        }
        Walked::Otherwise => {}
        Walked::Through => {
            let found = lines(&again)?;
            difference = first_difference(&recorded, &found, extent.compared);
            events(&mut table, &recorded, &found, &extent, difference.as_ref());
            if let Some(returned) = nothing(&recorded.events) {
                came_to(&mut table, returned, &found.events, &library);
            } else {
                winner(&mut table, &recorded.events, &found.events);
                decision(&mut table, &original, &recorded.events, &found.events);
                leaves(&mut table, &original, &library);
            }
        }
    }
    let environmental = environmental(&recorded.events);
    let value = json!({
        "run": name, "equal": table.equal(), "complete": table.complete(), "events": recorded.events.len(),
        "compileCache": if args.cached { "yours" } else { "fresh" }, "firstDifference": difference,
        "environmental": environmental.iter().map(|(event, id, ending)| json!({ "event": event, "candidate": id, "ending": ending }))
            .collect::<Vec<_>>(),
        "rows": table,
    });
    report::print(json, &value, || report::escape(&words(name, args.cached, &table, &environmental)));
    Ok(if table.equal() { Answer::Yes } else { Answer::No })
}

/// The library that the run may have written to, or why it is not at hand.
fn original_library(place: &Place) -> Result<Result<Library, String>, Failure> {
    if !place.library.exists() {
        return Ok(Err(format!("there is no library at {}", place.library.display())));
    }
    place.read_library().map(Ok)
}

/// A run's journal, without its lock: whoever writes it may go on.
fn lines(folder: &Path) -> Result<Lines, Failure> {
    let events = Journal::<Event>::read(folder).map_err(journal_failure)?;
    let path = improve::journal_of(folder);
    let bytes =
        std::fs::read(&path).map_err(|e| Failure::says(format!("can't read {}: {e}", path.display())))?;
    Ok(Lines::new(events, &bytes))
}

/// Without the log that the gates met, the road ends before them; and how long that log was is not found out again.
fn extent(events: &[Event], original: &Original) -> Extent {
    let finished = events.iter().any(|event| matches!(event, Event::Decided(_)));
    let judging = events.iter().position(|event| matches!(event, Event::Judging(_)));
    match judging {
        Some(_) if finished && original.reaches_gates() => Extent { compared: events.len(), until: None },
        Some(at) => Extent { compared: at, until: Some(at + 1) },
        None if nothing(events).is_some() => Extent { compared: events.len(), until: None },
        None => Extent { compared: events.len(), until: Some(events.len()) },
    }
}

fn walk(
    aside: &Place,
    (name, task, started): (&str, Task, &Started),
    makers: Makers,
    (recorded, extent): (&Lines, &Extent),
    folder: &Path,
    library: &mut Library,
    table: &mut Table,
) -> Result<Walked, Failure> {
    runtime()?.block_on(async {
        let judge = makers.judge(aside, task).await?;
        let road = Road::new(judge, started.search.clone(), started.channel.clone(), makers).await?;
        let road = road.finishing(improve::finish(&recorded.events));
        // What a run is a function of: with anything of it changed, all that follows may be another.
        if !table.same("run", recorded.events.first().map(identity), identity(&road.started)) {
            let here = Lines { events: vec![road.started], texts: Vec::new() };
            let difference = first_difference(recorded, &here, 1).map(|difference| difference.to_string());
            let why = "here it would be another run, so nothing was executed";
            table.wrong("events", format!("{}; {why}", difference.unwrap_or_default()));
            return Ok(Walked::Otherwise);
        }
        let journal = Journal::create(folder).map_err(journal_failure)?;
        let given = recorded.events.iter().filter_map(given).map(|(candidate, _)| candidate.clone());
        let mut recorder = Recorder::new(journal, Vec::new(), road.state()).given(given);
        if let Some(until) = extent.until {
            recorder = recorder.until(until as u64, road.stop.clone());
        }
        let title = format!("replay of run {name}: improving");
        let ending = road.walk(&title, aside.workers, library, &mut recorder).await?;
        let enough = extent.until.is_some_and(|until| recorder.events() >= until as u64);
        Ok(match ending {
            Ending::Interrupted if !enough => Walked::Stopped,
            _ => Walked::Through,
        })
    })
}

/// A candidate whose fate depended on the machine, and how it ended.
fn given(event: &Event) -> Option<(&Candidate, &'static str)> {
    match event {
        Event::Candidate(candidate) => Some((candidate.as_ref(), candidate.fate.environmental()?)),
        _ => None,
    }
}

fn environmental(events: &[Event]) -> Vec<(usize, u64, &'static str)> {
    let found = events.iter().enumerate().filter_map(|(at, event)| Some((at, given(event)?)));
    found.map(|(at, (candidate, ending))| (at, candidate.id, ending)).collect()
}

fn events(
    table: &mut Table,
    recorded: &Lines,
    found: &Lines,
    extent: &Extent,
    difference: Option<&Difference>,
) {
    match difference {
        None => {
            table.same("events, byte for byte", extent.compared, extent.compared);
        }
        Some(difference) => {
            let mut why = format!("the first that differs is {difference}");
            if let Some((_, ending)) = found.events.get(difference.event).and_then(given) {
                why.push_str(&format!(
                    "; here it ended {ending}, which depends on this machine: try again when it has less to do"
                ));
            }
            table.wrong("events, byte for byte", why);
        }
    }
    let (old, new) = (components(recorded, extent.compared), components(found, extent.compared));
    let digest = |components: &[&str]| crate::digest::of_parts(components.iter().map(|c| c.as_bytes()));
    table.same(format!("components of {} candidates", old.len()), digest(&old), digest(&new));
}

/// Digests of all components that were judged.
fn components(lines: &Lines, count: usize) -> Vec<&str> {
    let fates = lines.events.iter().take(count).filter_map(|event| match event {
        Event::Candidate(candidate) => Some(&candidate.fate),
        _ => None,
    });
    fates
        .filter_map(|fate| match fate {
            Fate::Scored { component, .. }
            | Fate::Pruned { component, .. }
            | Fate::Eliminated { component, .. }
            | Fate::Failed { component, .. } => Some(component.as_str()),
            Fate::Rejected { .. } | Fate::Duplicate { .. } => None,
        })
        .collect()
}

fn judging(events: &[Event]) -> Option<&Judging> {
    events.iter().find_map(|event| match event {
        Event::Judging(judging) => Some(judging.as_ref()),
        _ => None,
    })
}

fn decided(events: &[Event]) -> Option<&Decision> {
    events.iter().find_map(|event| match event {
        Event::Decided(decision) => Some(decision.as_ref()),
        _ => None,
    })
}

/// What came of the run if its improver had no program to show: then no gate is asked, and the run is over.
fn nothing(events: &[Event]) -> Option<&Returned> {
    Returned::nothing(events.iter().filter_map(|event| match event {
        Event::Returned(returned) => Some(returned),
        _ => None,
    }))
}

/// Of a run that came to nothing: here too, and here too it leaves nothing behind.
fn came_to(table: &mut Table, old: &Returned, found: &[Event], library: &Library) {
    let new = nothing(found).map(super::leader::words);
    table.same("ending", Some(super::leader::words(old)), new);
    table.same("leaves that it appended", 0, library.head().size);
}

fn winner(table: &mut Table, recorded: &[Event], found: &[Event]) {
    let Some(old) = judging(recorded) else {
        return table.skip("winner", "the run is unfinished");
    };
    let Some(new) = judging(found) else {
        return table.wrong("winner", "here no candidate came before the gates");
    };
    table.same("winner", old.candidate, new.candidate);
    table.same("winner's component", &old.component, &new.component);
    let (old, new) = (old.measured.as_ref(), new.measured.as_ref());
    table.same("train score", old.map(|m| m.score), new.map(|m| m.score));
    table.same("train fuel", old.map(|m| m.fuel), new.map(|m| m.fuel));
    table.same("train memory", old.map(|m| m.memory_bytes), new.map(|m| m.memory_bytes));
    table.same("train results digest", old.map(|m| &m.results), new.map(|m| &m.results));
}

fn decision(table: &mut Table, original: &Original, recorded: &[Event], found: &[Event]) {
    let why = original.missing().unwrap_or("the run is unfinished");
    let Some(old) = decided(recorded) else { return table.skip("decision", why) };
    if !original.reaches_gates() {
        return table.skip("decision", format!("the log that its gates met is not at hand: {why}"));
    }
    let Some(new) = decided(found) else { return table.wrong("decision", "here the gates were not asked") };
    table.same("promoted", old.promoted, new.promoted);
    table.same("incumbent", &old.incumbent, &new.incumbent);
    table.same("gates", &old.findings, &new.findings);
    let cost = |decision: &Decision| match decision.holdout.as_ref().map(|holdout| &holdout.seen) {
        Some(Seen::Open { candidate, .. }) => Some(*candidate),
        _ => None,
    };
    let of = |decision: &Decision| decision.holdout.as_ref().map(|holdout| holdout.commitment.clone());
    table.same("holdout cases or commitment", of(old), of(new));
    if let (Some(old), new) = (cost(old), cost(new)) {
        table.same("holdout score", old.score, new.map(|cost| cost.score));
        table.same("holdout fuel", old.fuel, new.map(|cost| cost.fuel));
        table.same("holdout memory", old.memory_bytes, new.map(|cost| cost.memory_bytes));
    }
    let version = |decision: &Decision| decision.record.as_ref().map(|record| record.version.clone());
    let evidence = |decision: &Decision| decision.record.as_ref().map(|record| record.evidence.clone());
    table.same("version", version(old), version(new));
    table.same("evidence", evidence(old), evidence(new));
    table.same("decision, whole", old, new);
}

/// The bodies of the leaves that the run appended.
fn leaves(table: &mut Table, original: &Original, library: &Library) {
    let Some(own) = original.leaves() else {
        return table.skip("leaf bodies", original.missing().unwrap_or("the run is unfinished"));
    };
    let before = original.before();
    let again: Vec<_> = library.leaves_from(before).map(|(_, leaf)| leaf).collect();
    table.same("leaves that it appended", own.len(), again.len());
    for (index, (old, new)) in (before..).zip(own.iter().zip(again)) {
        let kind = format!("{:?}", old.kind).to_lowercase();
        let [old, new] = [old, new].map(|leaf| Digest::of(&leaf.body()).hex());
        table.same(format!("body of leaf {index} ({kind})"), old, new);
    }
}

fn words(name: &str, cached: bool, table: &Table, environmental: &[(usize, u64, &str)]) -> String {
    let cache = if cached {
        "with what your compile cache holds (--cached)"
    } else {
        "everything compiled again, in a fresh compile cache"
    };
    let mut text = format!("replay of run {name}: other keys, a scratch library, {cache}\n{}", table.words());
    for (event, id, ending) in environmental {
        text.push_str(&format!(
            "  event {event}: candidate {id} is recorded as {ending}, which depends on the machine. It was taken from the \
             journal: there the run can't be reproduced independently\n"
        ));
    }
    text.push_str(match (table.equal(), table.complete()) {
        (false, _) => "NOT the same: what is marked DIFFERS came out otherwise here",
        (true, false) => "the same to the last bit, as far as it can be compared",
        (true, true) => "the same to the last bit",
    });
    text
}
