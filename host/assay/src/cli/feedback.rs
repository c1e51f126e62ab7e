//! `assay feedback`: a real input, with what should have come out, becomes a case of the task's next version.
//!
//! All that may fail is done first: the grown task is loaded, its evaluator tried on the case, what is in use evaluated on
//! old cases and new. Then the case is written, and then it is told whether what is in use meets it: a declared expectation by
//! a score of 1; a case of the task's own evaluator by not falling behind the best of the task's agents there by the minimum
//! effect. The answer no is an invitation to improve, not an error.

use super::agents::InUse;
use super::args::TaskArgs;
use super::place::{Place, judge_failure, runtime};
use super::{Answer, Failure, report};
use crate::evaluate::judge::{Evaluation, Judge, JudgeError};
use crate::explore::rivals::{Best, Rivals, regret};
use crate::run::train_cases;
use crate::task::{Addition, Conflicting, Evaluator, GrowError, Growth, read_file};
use sandbox::protocol::CaseResult;
use sandbox::verdict::Verdict;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// `assay feedback`
#[derive(Debug, clap::Args)]
pub struct FeedbackArgs {
    /// The task
    #[command(flatten)]
    pub task: TaskArgs,
    /// The input, for a task that is judged by declared expectations
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["input_file", "case"], allow_hyphen_values = true)]
    pub input: Option<String>,
    /// The same from a file, byte by byte: a line end at its end counts
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    pub input_file: Option<PathBuf>,
    /// What should have come out: text, or JSON where the evaluator's mode is json or numeric
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["expected_file", "case"], allow_hyphen_values = true)]
    pub expected: Option<String>,
    /// The same from a file, byte by byte
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    pub expected_file: Option<PathBuf>,
    /// For a task with an evaluator of its own: a file that holds one case, as that evaluator is handed it
    #[arg(long, value_name = "FILE")]
    pub case: Option<PathBuf>,
    /// Where the task expects something else of the same input, put this in its place
    #[arg(long)]
    pub replace: bool,
}

/// Seed of the drawn train cases that "as before" is measured on.
const SEED: u64 = 1;

/// What came of the case.
struct Tried {
    in_use: InUse,
    /// On the train cases that the task had already.
    before: Evaluation,
    /// On the new one.
    result: CaseResult,
    best: Option<Best>,
    met: bool,
}

pub(super) fn run(args: &FeedbackArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let addition = addition(args)?;
    let (folder, class) = (args.task.task.as_path(), args.task.class.as_deref());
    let conflicting = if args.replace { Conflicting::Replace } else { Conflicting::Refuse };
    let growth = Growth::plan(folder, class, &[addition], conflicting).map_err(grow_failure)?;
    runtime()?.block_on(async {
        let judge = place.judge(growth.new.clone()).await?;
        let tried = try_on(&judge, &growth, place).await?;
        let told = tell(&judge, &growth, &tried, folder);
        growth.write().map_err(grow_failure)?;
        report::print(json, &told.0, || told.1);
        Ok(if tried.met { Answer::Yes } else { Answer::No })
    })
}

/// A disk that does not take it is the machine's fault, all else is the input's.
pub(super) fn grow_failure(error: GrowError) -> Failure {
    match error {
        GrowError::Task(error) => Failure::input(error),
        GrowError::Write { .. } => Failure::machine(error),
        _ => Failure::says(report::escape(&error.to_string())),
    }
}

fn addition(args: &FeedbackArgs) -> Result<Addition, Failure> {
    let read = |path: &Path| read_file(path).map_err(Failure::input);
    let either = |text: &Option<String>, file: &Option<PathBuf>, what: &str| match (text, file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(file)) => read(file),
        (None, None) => Err(Failure::says(format!(
            "nothing says what the {what} is: give --input and --expected (or --input-file, --expected-file); for a task with an \
             evaluator of its own, --case FILE"
        ))),
    };
    match &args.case {
        Some(file) => Ok(Addition::Text(read(file)?)),
        None => Ok(Addition::Expectation {
            input: either(&args.input, &args.input_file, "input")?,
            expected: either(&args.expected, &args.expected_file, "expected answer")?,
        }),
    }
}

async fn try_on(judge: &Judge, growth: &Growth, place: &Place) -> Result<Tried, Failure> {
    if matches!(judge.task.evaluator, Evaluator::Own(_)) {
        let seed = &judge.task.seed;
        let seed = judge.compile_own(&seed.name, &seed.text).await.map_err(judge_failure)?;
        match judge.evaluate(&seed, &growth.added).await {
            Err(JudgeError::Evaluator { why, .. }) => {
                let why = report::escape(&why);
                return Err(Failure::says(format!(
                    "the task's evaluator does not take this case: {why}; nothing was changed"
                )));
            }
            Err(error) => return Err(judge_failure(error)),
            Ok(_) => {}
        }
    }
    let in_use = InUse::of(judge, place).await?;
    let mut known = train_cases(judge, SEED).await.map_err(judge_failure)?;
    known.retain(|case| !growth.added.contains(case));
    let before = judge.evaluate(&in_use.component, &known).await.map_err(judge_failure)?;
    let results = judge.each(&in_use.component, &growth.added, false).await.map_err(judge_failure)?;
    let result = results.into_iter().next().ok_or_else(|| Failure::says("there is no case"))?;
    let best = match judge.task.evaluator {
        Evaluator::Own(_) => {
            let rivals = Rivals::of(judge, &in_use.component).await.map_err(judge_failure)?;
            let best = rivals.best(judge, &growth.added).await.map_err(judge_failure)?;
            best.into_iter().next().flatten()
        }
        Evaluator::Expectations { .. } => None,
    };
    let met = met(judge, &result, best.as_ref());
    Ok(Tried { in_use, before, result, best, met })
}

fn met(judge: &Judge, result: &CaseResult, best: Option<&Best>) -> bool {
    let Verdict::Scored(outcome) = &result.verdict else { return false };
    match judge.task.evaluator {
        Evaluator::Expectations { .. } => outcome.score >= 1.0,
        Evaluator::Own(_) => best.is_none_or(|best| {
            let lacking = regret(&judge.task.score, outcome.score, best.score);
            lacking <= 0.0 || lacking < judge.task.score.minimum_effect
        }),
    }
}

fn tell(judge: &Judge, growth: &Growth, tried: &Tried, folder: &Path) -> (Value, String) {
    let Tried { in_use, before, result, best, met } = tried;
    let (old, new) = (growth.old.digest(), growth.new.digest());
    let unit = &judge.task.score.unit;
    let value = json!({
        "agent": judge.task.agent_name(), "file": growth.file, "added": growth.added, "replaced": growth.replaced,
        "old": old, "new": new, "inUse": in_use.value(), "before": before.measured(),
        "beforeFailure": report::failure_value(before), "case": report::case_value((0, result)), "best": best, "met": met,
    });
    let case = match &result.verdict {
        Verdict::Scored(outcome) => format!("{:.4} {unit} {}", outcome.score, outcome.notes),
        other => report::verdict(other, &result.log),
    };
    let best = best
        .as_ref()
        .map_or(String::new(), |best| format!("  best      {:.4} {unit}, by {}\n", best.score, best.name));
    let class = judge.task.class.as_ref().filter(|_| judge.task.classes.len() > 1);
    let class = class.map_or(String::new(), |class| format!(" --class {class}"));
    let end = match met {
        true => "it meets the new case".to_owned(),
        false => {
            format!("it does not meet the new case; improve it: assay improve {}{class}", folder.display())
        }
    };
    let how = if growth.replaced.is_empty() { "added to" } else { "replaced in" };
    let words = format!(
        "{how} {}\n  task      {} → {}\n  in use    {}\n  as before {}\n  new case  {case}\n{best}{end}",
        folder.join(&growth.file).display(),
        old.get(..12).unwrap_or(&old),
        new.get(..12).unwrap_or(&new),
        in_use.words(judge),
        report::evaluation_line(before, unit),
    );
    (value, report::escape(&words))
}
