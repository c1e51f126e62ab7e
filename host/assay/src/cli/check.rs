//! `assay check`: does everything that a task names work?

use super::args::TaskArgs;
use super::place::{Place, judge_failure, load, runtime};
use super::{Answer, Failure, report};
use crate::run::train_cases;
use serde_json::json;

pub(super) fn run(args: &TaskArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let task = load(args)?;
    runtime()?.block_on(async {
        let judge = place.judge(task).await?;
        let task = &judge.task;
        let train = train_cases(&judge, 1).await.map_err(judge_failure)?;
        let mut agents = Vec::new();
        for source in std::iter::once(&task.seed).chain(&task.references) {
            let component = judge.compile_own(&source.name, &source.text).await.map_err(judge_failure)?;
            let evaluation = judge.evaluate(&component, &train).await.map_err(judge_failure)?;
            agents.push((source.name.clone(), component, evaluation));
        }
        let seed_scores = agents.first().is_some_and(|(_, _, evaluation)| evaluation.scores().is_some());
        let value = json!({
            "agent": task.agent_name(), "digest": task.digest(), "classes": task.classes, "trainCases": train.len(),
            "evaluator": judge.evaluator().digest,
            "agents": agents.iter().map(|(name, component, evaluation)| json!({
                "name": name, "component": component.digest, "imports": component.imports, "measured": evaluation.measured(),
                "failure": report::failure_value(evaluation),
            })).collect::<Vec<_>>(),
        });
        report::print(json, &value, || {
            let mut text = format!("task {}\n  digest    {}\n  score     {} ({})\n", task.agent_name(), task.digest(), task.score.unit, task.score.direction.word());
            if task.classes.len() > 1 {
                text.push_str(&format!("  classes   {}\n", task.classes.join(", ")));
            }
            text.push_str(&format!("  cases     {} to train on\n", train.len()));
            for (name, component, evaluation) in &agents {
                text.push_str(&format!("  {name:<9} {}\n", report::evaluation_line(evaluation, &task.score.unit)));
                if !component.imports.is_empty() {
                    text.push_str(&format!("            imports {}\n", component.imports.join(", ")));
                }
            }
            text.push_str(if seed_scores { "everything works" } else { "the seed agent is not scored on every train case: the first promotion needs something to beat" });
            text
        });
        Ok(if seed_scores { Answer::Yes } else { Answer::No })
    })
}
