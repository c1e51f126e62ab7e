//! `assay run`: call a promoted agent.
//!
//! The component comes out of the library verified, runs in a worker under the limits of its evidence, and its
//! answer is printed as WAVE; a text agent's `run` takes and gives plain text.

use super::args::RunArgs;
use super::place::{Place, library_failure, runtime};
use super::{Answer, Failure, agents, report};
use crate::compile::component_interface;
use crate::evaluate::compose;
use crate::evaluate::pool::Program;
use sandbox::policy::Limits;
use sandbox::protocol::{Account, Log};
use serde_json::json;

/// The seed of what little is random to an agent that a person calls.
const SEED: u64 = 0;

pub(super) fn run(args: &RunArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let (leaf, wasm) = agents::from_library(place, &args.agent)?;
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
    runtime()?.block_on(async {
        let pool = place.pool(limits.stack_bytes).await?;
        let wasi = component.component.imports.iter().any(|import| import.starts_with(compose::WASI));
        let joined = compose::alone(&component.component, Account::Candidate, wasi);
        let invoked = match pool.compile(joined.wasm, &limits).await.map_err(Failure::machine)? {
            Err(verdict) => Err((verdict, Log::default())),
            Ok(native) => {
                let program = Program::new(native, joined.grants);
                pool.invoke(&program, &limits, &function, arguments, SEED).await.map_err(Failure::machine)?
            }
        };
        match invoked {
            Ok((value, usage, log)) => {
                for line in &log.lines {
                    eprintln!("{}: {}", args.agent, report::escape(&line.message));
                }
                let shown = json!({ "agent": args.agent, "component": leaf.component.hex(), "function": function, "value": value, "usage": usage, "log": log });
                report::print(json, &shown, || report::escape(&value));
                Ok(Answer::Yes)
            }
            Err((verdict, log)) => {
                let shown = json!({ "agent": args.agent, "component": leaf.component.hex(), "function": function, "verdict": verdict, "log": log });
                report::print(json, &shown, || report::verdict(&verdict, &log));
                Ok(Answer::No)
            }
        }
    })
}

/// The limits it was judged under, from its evidence; the default if there is none.
fn limits_of(library: &library::Library, leaf: &library::Leaf) -> Result<Limits, Failure> {
    for payload in &leaf.evidence {
        let bytes = library.get(payload).map_err(library_failure)?;
        let statement: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if let Ok(limits) = serde_json::from_value(statement["predicate"]["limits"].clone()) {
            return Ok(limits);
        }
    }
    Ok(Limits::default())
}
