//! `assay explore`: where is what is in use weak? With `--edges`, on which of the cases that the task's simulator can draw.
//!
//! What is found is only shown, unless `--add` says that it should join the task's pool, and so its next version.

use super::agents::InUse;
use super::args::TaskArgs;
use super::feedback::grow_failure;
use super::place::{Place, judge_failure, load, runtime};
use super::{Answer, Failure, report};
use crate::explore::edges::{Edge, Found, Settings, mine};
use crate::explore::rivals::Rivals;
use crate::task::{Addition, Cases, Conflicting, Growth};
use serde_json::json;

/// `assay explore`
#[derive(Debug, clap::Args)]
pub struct ExploreArgs {
    /// The task
    #[command(flatten)]
    pub task: TaskArgs,
    /// Around the simulator's parameters: cases on which the task's other agents do better than what is in use
    #[arg(long)]
    pub edges: bool,
    /// Most evaluations, of one agent on one case each
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    pub budget: u64,
    /// Most cases to show, and to add
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub keep: u64,
    /// Add what is shown to the task's pool of train cases
    #[arg(long)]
    pub add: bool,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

pub(super) fn run(args: &ExploreArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    if !args.edges {
        return Err(Failure::says(
            "say what to look for: --edges, cases on which what is in use is weak (there is nothing else to explore yet)",
        ));
    }
    let task = load(&args.task)?;
    if !matches!(task.cases, Cases::Drawn(_)) {
        let why = "this task has no simulator, so there are no parameters to look around; `assay feedback` adds cases by hand";
        return Err(Failure::says(why));
    }
    if task.nested.is_some() {
        return Err(Failure::says("a case of this task is another task: explore that one"));
    }
    let digest = task.digest();
    let (found, in_use, unit) = runtime()?.block_on(async {
        let judge = place.judge(task).await?;
        let in_use = InUse::of(&judge, place).await?;
        let rivals = Rivals::of(&judge, &in_use.component).await.map_err(judge_failure)?;
        if rivals.count() == 0 {
            let why = "the task has no agent to compare with but what is in use; name some in task.toml: references = [\"other.rs\"]";
            return Err(Failure::says(why));
        }
        if args.budget <= rivals.count() as u64 {
            let least = rivals.count() + 1;
            return Err(Failure::says(format!("one case costs {least} evaluations here: give --budget {least} or more")));
        }
        let keep = usize::try_from(args.keep).unwrap_or(usize::MAX);
        let settings = Settings { budget: args.budget, keep, seed: args.seed };
        let found = mine(&judge, &in_use.component, &rivals, settings).await.map_err(judge_failure)?;
        Ok((found, (in_use.value(), in_use.words(&judge)), judge.task.score.unit.clone()))
    })?;
    let grown = if args.add { add(args, &found.edges, &digest)? } else { None };
    let value = json!({ "inUse": in_use.0, "task": digest, "found": found,
        "added": grown.as_ref().map(|(file, new, count)| json!({ "file": file, "new": new, "cases": count })) });
    report::print(json, &value, || {
        let mut text = words(&found, &in_use.1, &unit);
        text.push_str(&match (&grown, args.add, found.edges.is_empty()) {
            (Some((file, new, count)), ..) => format!(
                "\nadded {count} to {}\n  task      {} → {}",
                args.task.task.join(file).display(),
                digest.get(..12).unwrap_or(&digest),
                new.get(..12).unwrap_or(new)
            ),
            (None, true, _) => "\nnothing to add".to_owned(),
            (None, false, false) => "\nnothing was changed; --add lets the task train on these".to_owned(),
            (None, false, true) => String::new(),
        });
        report::escape(&text)
    });
    Ok(Answer::Yes)
}

/// Add what the task has not yet: file, new digest, how many.
fn add(args: &ExploreArgs, edges: &[Edge], digest: &str) -> Result<Option<(String, String, usize)>, Failure> {
    let known = match load(&args.task)? {
        task if task.digest() != digest => {
            return Err(Failure::says("the task changed meanwhile; look again"));
        }
        task => match task.cases {
            Cases::Drawn(simulator) => simulator.pool,
            Cases::Fixed { .. } => Vec::new(),
        },
    };
    let fresh = edges.iter().filter(|edge| !known.contains(&edge.case));
    let additions: Vec<Addition> = fresh.map(|edge| Addition::Text(edge.case.clone())).collect();
    if additions.is_empty() {
        return Ok(None);
    }
    let (folder, class) = (&args.task.task, args.task.class.as_deref());
    let growth = Growth::plan(folder, class, &additions, Conflicting::Refuse).map_err(grow_failure)?;
    let grown = (growth.file.clone(), growth.new.digest(), additions.len());
    growth.write().map_err(grow_failure)?;
    Ok(Some(grown))
}

fn words(found: &Found, in_use: &str, unit: &str) -> String {
    let mut text = format!(
        "in use: {in_use}\n{} evaluations, {} cases compared, {} dead ends\n",
        found.evaluations, found.compared, found.dead_ends
    );
    if let Some(why) = found.dead_end.as_ref().filter(|_| found.compared == 0) {
        text.push_str(&format!("  the first dead end: {why}\n"));
    }
    if found.edges.is_empty() {
        text.push_str("no case was found on which another agent of the task does better");
    }
    for (rank, edge) in found.edges.iter().enumerate() {
        let Edge { parameters, case_seed, digest, verdict, score, best, regret, .. } = edge;
        let (score, regret) = match (score, regret) {
            (Some(score), Some(regret)) => (format!("{score:.4}"), format!("regret {regret:.4} {unit}")),
            _ => ((*verdict).to_owned(), "no score at all".to_owned()),
        };
        text.push_str(&format!(
            "  {:<3} {regret}: {score} against {:.4} by {}\n      case {} by seed {case_seed} and {parameters}\n",
            rank + 1,
            best.score,
            best.name,
            digest.get(..12).unwrap_or(digest),
        ));
    }
    text.trim_end().to_owned()
}
