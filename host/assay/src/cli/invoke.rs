//! `assay run`: call a promoted agent.
//!
//! The component comes out of the library verified, runs in a worker under the limits of its evidence, and its
//! answer is printed as WAVE; a text agent's `run` takes and gives plain text. A team is run step by step. Once the caller
//! has the answer, the call may also be made to a canary (`canary.rs`).

use super::args::RunArgs;
use super::place::{Place, library_failure, runtime};
use super::{Answer, Failure, agents, canary, report};
use crate::compile::{Component, component_interface};
use crate::evaluate::compose;
use crate::evaluate::native::Program;
use crate::evaluate::pool::{Invoked, Pool};
use crate::nest::{PROPOSALS, text_argument, wave_result};
use crate::promote::CHANNEL;
use crate::team::steps::Ended;
use crate::team::{self, pack};
use library::{Leaf, Library};
use sandbox::policy::Limits;
use sandbox::protocol::{Account, Log, Usage};
use sandbox::verdict::Verdict;
use serde_json::json;

/// The seed of what little is random to an agent that a person calls.
const SEED: u64 = 0;

/// What is called.
pub(super) struct Call {
    pub(super) function: String,
    /// One WAVE text per parameter.
    pub(super) arguments: Vec<String>,
}

pub(super) fn run(args: &RunArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let (leaf, wasm) = agents::from_library_in(&library, place, &args.agent, &args.channel)?;
    not_revoked(&library, &leaf)?;
    let limits = limits_of(&library, &leaf)?;
    let component = component_interface(&wasm).map_err(Failure::says)?;
    let function = match &args.function {
        Some(function) => function.clone(),
        None => match component.functions.as_slice() {
            [one] => one.clone(),
            several => {
                return Err(Failure::says(format!(
                    "`{}` has several functions, name one with --function: {}",
                    args.agent,
                    several.join(", ")
                )));
            }
        },
    };
    let plain = function == "run" && component.text_agent;
    let arguments = match (plain, args.arguments.as_slice()) {
        (true, [text]) if !text.starts_with('"') => vec![serde_json::Value::from(text.as_str()).to_string()],
        (_, arguments) => arguments.to_vec(),
    };
    let call = Call { function, arguments };
    runtime()?.block_on(async {
        if component.component.imports.iter().any(|import| import == PROPOSALS) {
            return Err(Failure::says(format!(
                "`{}` is an improver: it works in a run, `assay improve TASK --improver {}`",
                args.agent, args.agent
            )));
        }
        let pool = place.pool(limits.stack_bytes).await?;
        let invoked = invoke(&pool, &component.component, &limits, &call).await?;
        let function = &call.function;
        let answer = match &invoked {
            Ok((value, usage, log)) => {
                for line in &log.lines {
                    eprintln!("{}: {}", args.agent, report::escape(&line.message));
                }
                let shown = json!({ "agent": args.agent, "component": leaf.component.hex(), "function": function, "value": value, "usage": usage, "log": log });
                report::print(json, &shown, || report::escape(value));
                Answer::Yes
            }
            Err((verdict, log)) => {
                let shown = json!({ "agent": args.agent, "component": leaf.component.hex(), "function": function, "verdict": verdict, "log": log });
                report::print(json, &shown, || report::verdict(verdict, log));
                Answer::No
            }
        };
        if args.channel == CHANNEL {
            canary::beside(&library, place, &args.agent, &call, (&limits, &pool, &invoked)).await;
        }
        Ok(answer)
    })
}

/// Nobody uses what was revoked.
pub(super) fn not_revoked(library: &Library, leaf: &Leaf) -> Result<(), Failure> {
    match leaf.manifest.and_then(|manifest| library.revoked(&manifest)) {
        None => Ok(()),
        Some(by) => Err(Failure::says(format!(
            "this version was revoked by leaf {by} of the log: it is not to be used any more; `assay library log {}` shows what is",
            leaf.name
        ))),
    }
}

/// Make a call to a component, in a worker.
pub(super) async fn invoke(
    pool: &Pool,
    component: &Component,
    limits: &Limits,
    call: &Call,
) -> Result<Invoked, Failure> {
    if pack::is_team(component) {
        return call_team(pool, component, limits, call).await;
    }
    let wasi = component.imports.iter().any(|import| import.starts_with(compose::WASI));
    let joined = compose::alone(component, Account::Candidate, wasi, &[]);
    match pool.compile(joined.wasm, &joined.grants, limits).await.map_err(Failure::machine)? {
        Err(verdict) => Ok(Err((verdict, Log::default()))),
        Ok(native) => {
            let program = Program::new(native, joined.grants);
            let (function, arguments) = (&call.function, call.arguments.clone());
            pool.invoke(&program, limits, function, arguments, SEED).await.map_err(Failure::machine)
        }
    }
}

/// The same of a team, in as many workers as there are steps: what it comes to is what any text agent comes to.
async fn call_team(
    pool: &Pool,
    component: &Component,
    limits: &Limits,
    call: &Call,
) -> Result<Invoked, Failure> {
    let rejected = |why: String| Ok(Err((Verdict::Rejected(why), Log::default())));
    let team = match pack::unpack(&component.wasm) {
        Ok(team) => team,
        Err(error) => return rejected(error.to_string()),
    };
    let input = match (call.function.as_str(), call.arguments.as_slice()) {
        ("run", [text]) => text_argument(&format!("({text})")),
        _ => Err("a team has one function, `run`, which takes one text".into()),
    };
    let input = match input {
        Ok(input) => input,
        Err(why) => return rejected(why),
    };
    let ran = team::once(pool, limits, &team, &input).await.map_err(Failure::machine)?;
    if let Some(step) = ran.environmental()
        && let Ended::Failed { verdict } = &step.ended
    {
        return Ok(Err((verdict.clone(), step.log.clone())));
    }
    let usage = Usage { fuel: Some(ran.fuel()), memory_bytes: ran.memory_bytes(), ..Usage::default() };
    let log = Log {
        truncated: ran.steps.iter().any(|step| step.log.truncated),
        lines: ran.steps.iter().flat_map(|step| step.log.lines.clone()).collect(),
    };
    Ok(Ok((wave_result(&ran.answer), usage, log)))
}

/// The limits it was judged under, from its evidence; the default if there is none. A rollback has no evidence of its
/// own: there it is that of the leaf that brought the version in.
pub(super) fn limits_of(library: &Library, leaf: &Leaf) -> Result<Limits, Failure> {
    let earlier = library.leaves().rev().map(|(_, earlier)| earlier);
    let same = earlier.filter(|earlier| earlier.name == leaf.name && earlier.manifest == leaf.manifest);
    for payload in std::iter::once(leaf).chain(same).flat_map(|leaf| &leaf.evidence) {
        let bytes = library.get(payload).map_err(library_failure)?;
        let statement: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if let Ok(limits) = serde_json::from_value(statement["predicate"]["limits"].clone()) {
            return Ok(limits);
        }
    }
    Ok(Limits::default())
}
