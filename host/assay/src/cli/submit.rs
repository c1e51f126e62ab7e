//! `assay submit`: an agent from elsewhere, through the same gates.

use super::args::SubmitArgs;
use super::place::{Place, judge_failure, library_failure, load, runtime};
use super::{Answer, Failure, agents, report};
use crate::promote::{Claim, PromoteError, Provenance, decide};
use crate::run::train_cases;
use serde_json::json;

/// Simulated train cases for submissions come from this seed.
const SEED: u64 = 1;

pub(super) fn run(args: &SubmitArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let task = load(&args.task)?;
    runtime()?.block_on(async {
        let judge = place.judge(task).await?;
        let agent = match agents::from_file(&args.agent, &judge, (place, &args.task)).await? {
            Ok(agent) => agent,
            Err(why) => {
                report::print(json, &json!({ "promoted": false, "rejected": why }), || {
                    format!("rejected: {}", report::escape(&why))
                });
                return Ok(Answer::No);
            }
        };
        let train = train_cases(&judge, SEED).await.map_err(judge_failure)?;
        let mut library = place.open_library()?;
        let claim = Claim {
            component: &agent.component,
            source: agent.source.as_deref(),
            provenance: Provenance {
                generator: "submit".into(),
                words: vec![args.by.clone()],
                parents: Vec::new(),
                run: None,
                seed: None,
            },
            train: &train,
            expected: None,
            void: None,
            channel: &args.channel,
            since: library.head().size,
        };
        let decision = decide(&judge, &mut library, &claim).await.map_err(|error| match error {
            PromoteError::Library(error) => library_failure(error),
            PromoteError::Judge(error) => judge_failure(error),
            other => Failure::says(super::failure::chain(&other)),
        })?;
        report::print(json, &json!(decision), || {
            let mut text = report::decision(&decision, &judge.task);
            text.push_str(report::outcome(&decision).trim_end());
            text
        });
        Ok(if decision.promoted { Answer::Yes } else { Answer::No })
    })
}
