//! `assay reassess`: does what is in use still deserve its place?
//!
//! Every agent in use, or those named, is evaluated again in fresh workers beside what it replaced, on cases that follow from
//! the log as it is now; [`rule`](crate::promote::reassess) says how each stands. Nothing is written, unless `--demote` says that
//! what fails, or is worse than what it replaced, should be taken back. One agent that can't be evaluated keeps no other from it.

use super::place::{Place, judge_failure, library_failure, runtime};
use super::{Answer, Failure, report};
use crate::evaluate::judge::{Judge, JudgeError};
use crate::promote::reassess::{Assessment, Standing, demote, reassess};
use crate::promote::{CHANNEL, PromoteError, Written};
use crate::task::{Folders, find};
use library::{Current, Library};
use serde_json::{Value, json};
use std::path::PathBuf;

/// `assay reassess`
#[derive(Debug, clap::Args)]
pub struct ReassessArgs {
    /// Names of agents [default: all that are in use]
    pub names: Vec<String>,
    /// Where their tasks are: a folder of task folders, or one task's
    #[arg(long, value_name = "DIR", default_value = "tasks")]
    pub tasks: PathBuf,
    /// Take back what fails or is significantly worse than what it replaced; the evidence is signed
    #[arg(long)]
    pub demote: bool,
}

/// One agent, asked about.
struct Row {
    current: Current,
    unit: String,
    found: Result<Box<Assessment>, String>,
    ending: Option<Ending>,
}

/// What became of it.
struct Ending {
    written: Written,
    /// What is in use now.
    now: Option<String>,
}

pub(super) fn run(args: &ReassessArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let wanted = wanted(&library, &args.names, place)?;
    let folders = find(&args.tasks).map_err(Failure::input)?;
    let agents = wanted.iter().filter(|current| folders.of(&current.name).is_some()).count() as u64;
    if agents == 0 && !wanted.is_empty() {
        return Err(Failure::says(format!(
            "no task in {} is that of {}; --tasks names another folder{}",
            args.tasks.display(),
            wanted.iter().map(|current| current.name.as_str()).collect::<Vec<_>>().join(", "),
            broken(&folders),
        )));
    }
    let head = library.head();
    let rows = runtime()?.block_on(async {
        let mut rows = Vec::new();
        for current in wanted {
            let Some((_, task)) = folders.of(&current.name) else {
                let why = format!("no task in {} is its own{}", args.tasks.display(), broken(&folders));
                rows.push(Row { current, unit: String::new(), found: Err(why), ending: None });
                continue;
            };
            let unit = task.score.unit.clone();
            // A task that does not get ready is a row as well.
            let judge = match place.judge(task.clone()).await {
                Ok(judge) => judge,
                Err(failure) if failure.kind == super::Kind::Input => {
                    rows.push(Row { current, unit, found: Err(failure.report.to_string()), ending: None });
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let found = match reassess(&judge, &library, &current, agents).await {
                Ok(found) => Ok(Box::new(found)),
                Err(PromoteError::Library(error)) => return Err(library_failure(error)),
                Err(PromoteError::Judge(error @ (JudgeError::Pool(_) | JudgeError::Compile(_)))) => {
                    return Err(judge_failure(error));
                }
                Err(error) => Err(super::failure::chain(&error)),
            };
            let ending = match &found {
                Ok(found) if args.demote && found.demotable() => Some(end(&judge, found, place)?),
                _ => None,
            };
            rows.push(Row { current, unit, found, ending });
        }
        Ok::<_, Failure>(rows)
    })?;
    let holds = rows.iter().all(|row| row.standing() == Standing::Holds);
    let value = json!({ "log": { "size": head.size, "root": crate::digest::hex(&head.root) }, "holds": holds,
        "agents": rows.iter().map(Row::value).collect::<Vec<_>>() });
    report::print(json, &value, || {
        if rows.is_empty() {
            return "nothing is in use, so there is nothing to reassess".into();
        }
        let text: String = rows.iter().map(|row| row.words(args.demote)).collect();
        report::escape(text.trim_end())
    });
    Ok(if holds { Answer::Yes } else { Answer::No })
}

/// What is asked about, in the order of the names; each once.
fn wanted(library: &Library, names: &[String], place: &Place) -> Result<Vec<Current>, Failure> {
    let all = library.all_current().filter(|current| current.channel == CHANNEL);
    if names.is_empty() {
        return Ok(all.cloned().collect());
    }
    let mut wanted: Vec<Current> = Vec::new();
    for name in names {
        let Some(current) = library.current(name, CHANNEL) else {
            return Err(Failure::says(format!(
                "channel `{CHANNEL}` of the library at {} holds no version of `{}`; `assay library list` shows what is where",
                place.library.display(),
                report::escape(name)
            )));
        };
        if !wanted.contains(current) {
            wanted.push(current.clone());
        }
    }
    Ok(wanted)
}

/// Which tasks could not be read, where some could not.
fn broken(folders: &Folders) -> String {
    let broken: Vec<String> = folders.broken.iter().map(|(_, error)| error.to_string()).collect();
    if broken.is_empty() { String::new() } else { format!(" (not looked into: {})", broken.join("; ")) }
}

fn end(judge: &Judge, found: &Assessment, place: &Place) -> Result<Ending, Failure> {
    let mut library = place.open_library()?;
    let written = demote(judge, &mut library, found).map_err(library_failure)?;
    let now = library.current(&found.current.name, CHANNEL);
    Ok(Ending { written, now: now.map(|current| current.version.manifest.short()) })
}

impl Row {
    fn standing(&self) -> Standing {
        self.found.as_ref().map_or(Standing::Unmeasured, |found| found.ruling.standing)
    }

    fn value(&self) -> Value {
        let ending = self.ending.as_ref().map(|ending| match ending.written {
            Written::Leaf(leaf) => json!({ "leaf": leaf, "now": ending.now }),
            Written::Waits(id) => json!({ "pending": id.hex() }),
            Written::Overtaken => json!({ "overtaken": true }),
        });
        json!({ "agent": self.current.name, "version": self.current.version.manifest.hex(), "leaf": self.current.leaf,
            "standing": self.standing(), "why": self.why(), "assessment": self.found.as_ref().ok(), "demoted": ending,
            "demotable": self.found.as_ref().is_ok_and(|found| found.demotable()) })
    }

    fn why(&self) -> &str {
        match &self.found {
            Ok(found) => &found.ruling.why,
            Err(why) => why,
        }
    }

    fn words(&self, demote: bool) -> String {
        let (name, version) = (&self.current.name, self.current.version.manifest.short());
        let mut text = format!("{name} {version} (leaf {}): {}\n", self.current.leaf, self.standing().word());
        if let Ok(found) = &self.found {
            text.push_str(&self.figures(found));
        }
        text.push_str(&format!("  why    {}\n", self.why()));
        let end = match (&self.ending, &self.found) {
            (Some(Ending { written: Written::Leaf(leaf), now }), _) => {
                let now =
                    now.as_ref().map_or("nothing is in use now".into(), |now| format!("in use now: {now}"));
                format!("demoted (leaf {leaf}); {now}")
            }
            (Some(Ending { written: Written::Waits(id), .. }), _) => {
                format!("its demotion waits for people: see `assay library pending {}`", id.short())
            }
            (Some(Ending { written: Written::Overtaken, .. }), _) => {
                "not demoted: the library changed meanwhile; look again".into()
            }
            (None, Ok(found)) if found.demotable() && !demote => "--demote takes it back".into(),
            (None, Ok(found)) if found.ruling.standing == Standing::Fails => {
                "it stays: nothing that does better stands behind it".into()
            }
            _ => return text,
        };
        text.push_str(&format!("  {end}\n"));
        text
    }

    fn figures(&self, found: &Assessment) -> String {
        let unit = &self.unit;
        let score = |figures: &Value| {
            figures["score"].as_f64().map_or("not scored".into(), |score| format!("{score:.4}"))
        };
        let task = |digest: &str| digest.get(..12).unwrap_or(digest).to_owned();
        let mut text = match found.task_changed {
            true => {
                format!("  task   {} → {}: another version\n", found.current.task.short(), task(&found.task))
            }
            false => format!("  task   {}, as it was\n", task(&found.task)),
        };
        let origin = if found.drawn { "drawn for this" } else { "to train on" };
        text.push_str(&format!("  cases  {} {origin}\n", found.count));
        if let Some(then) = &found.then {
            let mean = then.score.map_or("unknown".into(), |score| format!("{score:.4} {unit}"));
            let gain = then.gain.as_ref().map_or(String::new(), |gain| {
                let of = |value: &Value| value.as_f64().map_or("?".into(), |number| format!("{number:+.4}"));
                let interval = &gain["interval"];
                format!(", gain {} ({} … {})", of(&gain["gain"]), of(&interval["low"]), of(&interval["high"]))
            });
            text.push_str(&format!("  then   {mean}{gain}\n"));
        }
        text.push_str(&format!("  now    {} {unit}", score(&found.now)));
        if let Some(before) = &found.predecessor_now {
            text.push_str(&format!("; what it replaced {}", score(before)));
        }
        if let Some(gain) = &found.ruling.gain {
            let end = |end: Option<f64>| end.map_or("?".into(), |end| format!("{end:+.4}"));
            let (low, high) = (end(gain.interval.low), end(gain.interval.high));
            text.push_str(&format!("; gain {:+.4} ({low} … {high})", gain.mean));
        }
        text.push('\n');
        for failed in &found.failures {
            let seed = failed.seed.map_or(String::new(), |seed| format!(" (seed {seed})"));
            text.push_str(&format!("  case   {}{seed}: {}\n", failed.case, failed.verdict));
        }
        text
    }
}
