//! `assay improve TASK [--generations N]` of a task whose agents are improvers: the one in use improves itself.
//!
//! I_t = I_{t-1}(û, I_{t-1}), after STOP: each generation is a run of its own, led by the improver that the library holds in use and given
//! that one's own source; what it returns goes before the same gates as everything else. Where they refuse, or where it
//! returns nothing, what was in use stays in use and leads the next one, on other cases. A generation that is done is not done again: the
//! same command goes on where it was stopped.

use super::args::ImproveArgs;
use super::improve::{Finished, begin, go_on, journal_of};
use super::leader::Leader;
use super::place::{Place, library_failure, runtime};
use super::{Answer, Failure, report};
use crate::digest::case_seeds;
use crate::promote::CHANNEL;
use crate::task::Task;
use serde_json::{Value, json};

pub(super) fn run(args: &ImproveArgs, task: &Task, place: &Place, json: bool) -> Result<Answer, Failure> {
    let generations = args.generations.unwrap_or(1);
    if task.nested.is_none() {
        return Err(Failure::says(format!(
            "--generations is for tasks whose agents are improvers, and {} has no [nested]; without it, --improver lets one lead",
            task.agent_name()
        )));
    }
    let base = args.run.clone().unwrap_or_else(|| format!("{}-seed-{}", task.agent_name(), args.seed));
    let seeds = case_seeds(args.seed, "generation", generations.into());
    let mut told = Vec::new();
    for (generation, seed) in (1..=generations).zip(seeds) {
        let name = format!("{base}-generation-{generation}");
        let finished = if journal_of(&place.run_folder(&name)?).exists() {
            if super::runs::read(place, &name)?.is_finished() {
                eprintln!("generation {generation}: run {name} is done already");
                told.push(past(place, &name, generation)?);
                continue;
            }
            runtime()?.block_on(go_on(place, &name, None))?
        } else {
            runtime()?.block_on(async {
                let leader = in_use(place, task).await?;
                eprintln!("generation {generation}: led by improver {}", leader.digest());
                begin(args, place, task.clone(), (&name, seed), Some(leader), None).await
            })?
        };
        let Finished { answer, unfinished, value, .. } = &finished;
        if *unfinished {
            return finished.print(json);
        }
        told.push(json!({ "generation": generation, "run": name, "promoted": *answer == Answer::Yes, "ending": value }));
        if !json {
            finished.print(false)?;
        }
    }
    let promoted = told.iter().filter(|generation| generation["promoted"] == json!(true)).count();
    let value = json!({ "agent": task.agent_name(), "generations": told, "promoted": promoted });
    report::print(json, &value, || {
        format!(
            "\n{generations} generations, {promoted} promoted; in use: assay library show {}",
            task.agent_name()
        )
    });
    Ok(if promoted > 0 { Answer::Yes } else { Answer::No })
}

/// The improver in use, given its own source; before there is one, the task's seed.
async fn in_use(place: &Place, task: &Task) -> Result<Leader, Failure> {
    let seed = &task.seed;
    if place.library.exists() {
        let library = place.read_library()?;
        if let Some(current) = library.current(&task.agent_name(), CHANNEL) {
            let wasm = library.get(&current.version.component).map_err(library_failure)?;
            let leader = Leader::admitted(&wasm, &task.agent_name())?;
            return Ok(match super::library::current_source(&library, &task.agent_name())? {
                Some(source) => leader.starting_from(source),
                None => leader,
            });
        }
    }
    let leader = Leader::compiled(&seed.text, &seed.name, place).await?;
    Ok(leader.starting_from(seed.text.clone()))
}

/// A generation that was done before.
fn past(place: &Place, name: &str, generation: u32) -> Result<Value, Failure> {
    let run = super::runs::read(place, name)?;
    let promoted = run.decision.as_ref().is_some_and(|decision| decision.promoted);
    Ok(json!({ "generation": generation, "run": name, "promoted": promoted }))
}
