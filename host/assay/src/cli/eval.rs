//! `assay eval`: one agent on a task's train cases, or on cases from elsewhere. Never on the holdout.

use super::args::{CaseFormat, EvalArgs};
use super::place::{Place, judge_failure, load, runtime};
use super::{Answer, Failure, agents, report};
use crate::run::train_cases;
use crate::task::Format;
use serde_json::json;

pub(super) fn run(args: &EvalArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let task = load(&args.task)?;
    let format = args.format.map(|format| match format {
        CaseFormat::Jsonl => Format::Jsonl,
        CaseFormat::OrLibrary => Format::OrLibrary,
    });
    let external = match &args.cases {
        Some(path) => Some(task.read_cases(path, format).map_err(Failure::input)?),
        None => None,
    };
    runtime()?.block_on(async {
        let judge = place.judge(task).await?;
        let agent = match &args.agent {
            None => {
                let seed = &judge.task.seed;
                Ok(judge.compile_own(&seed.name, &seed.text).await.map_err(judge_failure)?)
            }
            Some(named) if std::path::Path::new(named).exists() || named.ends_with(".rs") || named.ends_with(".wasm") => {
                agents::from_file(std::path::Path::new(named), &judge, (place, &args.task)).await?.map(|agent| agent.component)
            }
            Some(named) => {
                let (_, wasm) = agents::from_library(place, named)?;
                judge.admit(&wasm)
            }
        };
        let component = match agent {
            Ok(component) => component,
            Err(why) => {
                report::print(json, &json!({ "rejected": why }), || format!("rejected: {}", report::escape(&why)));
                return Ok(Answer::No);
            }
        };
        let cases = match external {
            Some(cases) => cases,
            None => train_cases(&judge, args.seed).await.map_err(judge_failure)?,
        };
        let evaluation = judge.evaluate(&component, &cases).await.map_err(judge_failure)?;
        let unit = &judge.task.score.unit;
        let value = json!({
            "agent": judge.task.agent_name(), "component": component.digest, "cases": cases.len(),
            "measured": evaluation.measured(), "failure": report::failure_value(&evaluation),
            "each": args.each.then(|| evaluation.cases.iter().enumerate().map(report::case_value).collect::<Vec<_>>()),
        });
        report::print(json, &value, || {
            let mut text = String::new();
            if args.each {
                for (index, case) in evaluation.cases.iter().enumerate() {
                    text.push_str(&format!("  case {index:<4} {}\n", match &case.verdict {
                        sandbox::verdict::Verdict::Scored(outcome) => report::escape(&format!("{:.4} {}", outcome.score, outcome.notes)),
                        other => report::verdict(other, &case.log),
                    }));
                }
            }
            text.push_str(&format!("{}\n  component {}", report::evaluation_line(&evaluation, unit), component.digest));
            for (name, value) in evaluation.metrics() {
                text.push_str(&format!("\n  {} {value:.4}", report::escape(&name)));
            }
            text
        });
        Ok(if evaluation.scores().is_some() { Answer::Yes } else { Answer::No })
    })
}
