//! `assay team show|run|improve`: several agents that work as one.
//!
//! A team is named by a file with its document, or by what the library holds. To run or to improve one, its roles are filled:
//! by digest, by name, or by what agents of the library can do.

use super::args::{ImproveArgs, TeamImproveArgs, TeamVerb};
use super::company::{Company, Components, Kinds, kinds, roster};
use super::improve::begin;
use super::place::{Place, library_failure, load, runtime};
use super::{Answer, Failure, agents, report};
use crate::compile::component_interface;
use crate::digest::sha256;
use crate::team::pack::{self, Unpacked};
use crate::team::steps::Ended;
use crate::team::{self, Document, Filling, Roster};
use library::Library;
use sandbox::policy::Limits;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is said of a member that can't be had.
const NOT_THERE: &str = "it is not in the library";

pub(super) fn run(verb: &TeamVerb, place: &Place, json: bool) -> Result<Answer, Failure> {
    match verb {
        TeamVerb::Show(args) => show(&args.team, &args.tasks, place, json),
        TeamVerb::Run(args) => call(&args.named.team, &args.named.tasks, args.input()?, place, json),
        TeamVerb::Improve(args) => improve(args, place, json),
    }
}

/// A team whose roles are filled, with the limits that it was judged under, and the names of its members.
struct Found {
    unpacked: Unpacked,
    wasm: Vec<u8>,
    limits: Limits,
    roster: Roster,
    components: Components,
}

fn find(named: &str, tasks: &Path, place: &Place) -> Result<Found, Failure> {
    let library = place.read_library()?;
    let (roster, components) = roster(&library, &kinds(tasks)?)?;
    if Path::new(named).is_file() {
        let text =
            std::fs::read_to_string(named).map_err(|e| Failure::says(format!("can't read {named}: {e}")))?;
        let says = |error: &dyn std::fmt::Display| Failure::says(format!("{named}: {error}"));
        let document = Document::parse(&text).map_err(|error| says(&error))?;
        let document = document.resolved(|filling| roster.find(filling)).map_err(|error| says(&error))?;
        let member = |digest: &str| components.get(digest).cloned().ok_or_else(|| NOT_THERE.to_owned());
        let wasm = pack::pack(&document, member).map_err(|error| says(&error))?;
        let unpacked = pack::unpack(&wasm).map_err(|error| says(&error))?;
        return Ok(Found { unpacked, wasm, limits: Limits::default(), roster, components });
    }
    let (leaf, wasm) = agents::from_library(place, named)?;
    super::invoke::not_revoked(&library, &leaf)?;
    let component = component_interface(&wasm).map_err(Failure::says)?.component;
    if !pack::is_team(&component) {
        return Err(Failure::says(format!(
            "`{named}` is one agent, not a team; `assay library show {named}` shows it"
        )));
    }
    let unpacked = pack::unpack(&wasm).map_err(|error| Failure::says(error.to_string()))?;
    let limits = super::invoke::limits_of(&library, &leaf)?;
    Ok(Found { unpacked, wasm, limits, roster, components })
}

/// A document whose roles are all filled: from the library, and by what tasks in the folder `tasks` declare.
pub(super) fn filled(document: Document, place: &Place, tasks: &Path) -> Result<Document, Failure> {
    let fillings = || document.roles.values().map(|role| &role.filling);
    if fillings().all(|filling| matches!(filling, Filling::Agent(_))) {
        return Ok(document);
    }
    let kinds = match fillings().any(|filling| matches!(filling, Filling::Capable { .. })) {
        true => kinds(tasks)?,
        false => Kinds::default(),
    };
    let (roster, _) = roster(&place.read_library()?, &kinds)?;
    document.resolved(|filling| roster.find(filling)).map_err(|error| Failure::says(error.to_string()))
}

/// The folder that a task's folder is in: where other tasks are.
pub(super) fn siblings(task: &Path) -> PathBuf {
    let task = std::path::absolute(task).unwrap_or_else(|_| task.to_owned());
    task.parent().unwrap_or(&task).to_owned()
}

fn show(named: &str, tasks: &Path, place: &Place, json: bool) -> Result<Answer, Failure> {
    let Found { unpacked, wasm, limits, roster, .. } = find(named, tasks, place)?;
    let document = &unpacked.document;
    let says = |error: crate::team::TeamError| Failure::says(error.to_string());
    let (waves, budgets) = (document.waves().map_err(says)?, document.budgets(limits.fuel).map_err(says)?);
    let member = |role: &str| match &document.roles[role].filling {
        Filling::Agent(digest) => (digest.clone(), roster.of(digest).map(|member| member.name.clone())),
        other => (other.to_string(), None),
    };
    let roles: Vec<_> = document
        .roles
        .iter()
        .map(|(name, role)| {
            let (component, agent) = member(name);
            json!({ "role": name, "component": component, "agent": agent, "takes": role.takes, "fuel": budgets[name.as_str()] })
        })
        .collect();
    let value = json!({ "team": named, "component": sha256(&wasm), "bytes": wasm.len(), "answer": document.answer,
                        "waves": waves, "roles": roles, "document": document.text() });
    report::print(json, &value, || {
        let mut text = format!("team {named}: component sha256:{}, {} bytes\n", sha256(&wasm), wasm.len());
        for (number, wave) in waves.iter().enumerate() {
            for name in wave {
                let (component, agent) = member(name);
                let answer = if *name == document.answer { "  → answer" } else { "" };
                text.push_str(&format!(
                    "  {}. {name:<16} {} {}  ← {}  at most {} fuel{answer}\n",
                    number + 1,
                    agent.unwrap_or_else(|| "(not in this library)".into()),
                    &component[..component.len().min(12)],
                    document.roles[*name].takes.join(", "),
                    budgets[name],
                ));
            }
        }
        text.push_str(&format!("\n{}", document.text()));
        text
    });
    Ok(Answer::Yes)
}

fn call(named: &str, tasks: &Path, input: String, place: &Place, json: bool) -> Result<Answer, Failure> {
    let Found { unpacked, limits, .. } = find(named, tasks, place)?;
    let ran = runtime()?.block_on(async {
        let pool = place.pool(limits.stack_bytes).await?;
        team::once(&pool, &limits, &unpacked, &input).await.map_err(Failure::machine)
    })?;
    let value = json!({ "team": named, "answer": ran.answer.as_ref().ok(), "refused": ran.answer.as_ref().err(),
                        "fuel": ran.fuel(), "memoryBytes": ran.memory_bytes(), "steps": ran.steps });
    if !json {
        for step in &ran.steps {
            let ended = match &step.ended {
                Ended::Answered { output } => format!("answered {} bytes", output.len()),
                Ended::Declined { words } => format!("declined: {words}"),
                Ended::Failed { verdict } => format!("ended {}", verdict.name()),
            };
            eprintln!(
                "{}: given {} bytes, {}, {} fuel",
                step.role,
                step.input.len(),
                report::escape(&ended),
                step.fuel
            );
            for line in &step.log.lines {
                eprintln!("{}: {}", step.role, report::escape(&line.message));
            }
        }
    }
    report::print(json, &value, || match &ran.answer {
        Ok(answer) => answer.lines().map(report::escape).collect::<Vec<_>>().join("\n"),
        Err(why) => report::escape(why),
    });
    Ok(if ran.answer.is_ok() { Answer::Yes } else { Answer::No })
}

fn improve(args: &TeamImproveArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let TeamImproveArgs { team, task, seed, candidates, channel, run, tasks } = args;
    let tasks = tasks.clone().unwrap_or_else(|| siblings(&task.task));
    let start = find(team, &tasks, place)?;
    let company = Company::of(start.unpacked.document, &start.roster, &start.components)?;
    let args = ImproveArgs {
        task: task.clone(),
        seed: *seed,
        candidates: Some(*candidates),
        channel: channel.clone(),
        run: run.clone(),
        ..ImproveArgs::default()
    };
    let task = load(&args.task)?;
    let name = run.clone().unwrap_or_else(|| format!("{}-team-seed-{seed}", task.agent_name()));
    runtime()?
        .block_on(async { begin(&args, place, task, (&name, *seed), None, Some(company)).await?.print(json) })
}

/// Where the judge of a task takes members of teams from, unless a run has a roster of its own: the library.
pub(super) fn members_of(place: &Place) -> crate::evaluate::judge::Members {
    let folder = place.library.clone();
    std::sync::Arc::new(move |digest| {
        let digest = library::Digest::from_hex(digest).map_err(|error| error.to_string())?;
        let library = Library::open_read_only(&folder).map_err(|error| library_failure(error).words())?;
        let mut versions = library.leaves().filter(|(_, leaf)| leaf.component == digest);
        if versions
            .any(|(_, leaf)| leaf.manifest.is_some_and(|manifest| library.revoked(&manifest).is_some()))
        {
            return Err("it was revoked".to_owned());
        }
        library.get(&digest).map_err(|_| NOT_THERE.to_owned())
    })
}

impl super::args::TeamRunArgs {
    fn input(&self) -> Result<String, Failure> {
        match (&self.text, &self.input_file) {
            (_, Some(file)) => std::fs::read_to_string(file)
                .map_err(|e| Failure::says(format!("can't read {}: {e}", file.display()))),
            (text, None) => Ok(text.clone().unwrap_or_default()),
        }
    }
}
