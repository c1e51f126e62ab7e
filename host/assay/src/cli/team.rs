//! `assay team show|run|improve`: several agents that work as one.
//!
//! A team is named by a file with its document, or by what the library holds. To run or to improve one, its roles are filled:
//! by digest, by name, or by what agents of the library can do.

use super::args::{ImproveArgs, TeamImproveArgs, TeamVerb};
use super::company::{Company, kinds, roster};
use super::improve::begin;
use super::place::{Place, library_failure, load, runtime};
use super::{Answer, Failure, agents, report};
use crate::compile::component_interface;
use crate::digest::sha256;
use crate::team::pack::{self, Unpacked};
use crate::team::steps::{Crew, Ended, Natives, Ran};
use crate::team::{Document, Filling, Roster};
use library::Library;
use sandbox::policy::Limits;
use serde_json::json;
use std::path::Path;

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
        let member = |digest: &str| {
            components.get(digest).cloned().ok_or_else(|| "it is not in the library".to_owned())
        };
        let wasm = pack::pack(&document, member).map_err(|error| says(&error))?;
        let unpacked = pack::unpack(&wasm).map_err(|error| says(&error))?;
        return Ok(Found { unpacked, wasm, limits: Limits::default(), roster });
    }
    let (leaf, wasm) = agents::from_library(place, named)?;
    let component = component_interface(&wasm).map_err(Failure::says)?.component;
    if !pack::is_team(&component) {
        return Err(Failure::says(format!(
            "`{named}` is one agent, not a team; `assay library show {named}` shows it"
        )));
    }
    let unpacked = pack::unpack(&wasm).map_err(|error| Failure::says(error.to_string()))?;
    let limits = super::invoke::limits_of(&library, &leaf)?;
    Ok(Found { unpacked, wasm, limits, roster })
}

fn show(named: &str, tasks: &Path, place: &Place, json: bool) -> Result<Answer, Failure> {
    let Found { unpacked, wasm, limits, roster } = find(named, tasks, place)?;
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
        once(&pool, &limits, &unpacked, &input).await
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
        }
    }
    report::print(json, &value, || match &ran.answer {
        Ok(answer) => answer.lines().map(report::escape).collect::<Vec<_>>().join("\n"),
        Err(why) => report::escape(why),
    });
    Ok(if ran.answer.is_ok() { Answer::Yes } else { Answer::No })
}

/// Run a team once, for a person.
pub(super) async fn once(
    pool: &crate::evaluate::pool::Pool,
    limits: &Limits,
    team: &Unpacked,
    input: &str,
) -> Result<Ran, Failure> {
    let crew = Crew::new(pool, limits, &Natives::default(), team).await.map_err(Failure::machine)?;
    crew.run(pool, limits, input, false).await.map_err(Failure::machine)
}

fn improve(args: &TeamImproveArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let TeamImproveArgs { team, task, seed, candidates, channel, run, tasks } = args;
    let document = if Path::new(team).is_file() {
        std::fs::read_to_string(team).map_err(|e| Failure::says(format!("can't read {team}: {e}")))?
    } else {
        find(team, tasks, place)?.unpacked.document.text()
    };
    let company = Company::of(&document, place, tasks)?;
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
        library.get(&digest).map_err(|_| "it is not in the library".to_owned())
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
