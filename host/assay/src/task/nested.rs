//! The section `[nested]`: a task whose agents are improvers, and what each of them is tried on.
//!
//! A case of such a task is another task and a seed. The improver is handed that task's seed agent and a budget, and judged by
//! what it hands back. The tasks lie beside this one and are named by their folders; none may nest in turn, so the depth is
//! bounded by construction.

use std::path::Path;

use super::definition::{Cases, Nested, NestedBudget, Task};
use super::error::TaskError;
use super::form::{Entry, Section};
use super::load::{Depth, is_kebab};
use super::suggest::shown;
use crate::digest::of_parts;

/// The keys of `[nested]`.
pub(super) const KEYS: [&str; 7] =
    ["tasks", "held-out", "proposals", "evaluations", "fuel", "train", "measure"];
/// Most tasks that an improver is tried on.
const MOST_TASKS: usize = 64;
/// Most programs, of either kind, that one case may cost.
const MOST_PROGRAMS: u64 = 10_000;

/// Read `[nested]` of a task in the folder `dir`.
pub(super) fn read(section: &Section<'_>, dir: &Path) -> Result<Nested, TaskError> {
    let list = section
        .required("tasks", "tasks = [\"three-sat\", \"max-cut/faithful\"], folders beside this task's")?;
    let tasks = several(&list, dir)?;
    let held_out = section.entry("held-out").map_or(Ok(Vec::new()), |list| several(&list, dir))?;
    let whole = |key: &str, range: std::ops::Range<u64>, default: u64| {
        section.entry(key).map_or(Ok(default), |entry| entry.whole(range))
    };
    let proposals = whole("proposals", 1..MOST_PROGRAMS + 1, 32)? as u32;
    let evaluations = whole("evaluations", 1..MOST_PROGRAMS + 1, 32)? as u32;
    let train = whole("train", 1..1001, 8)? as u32;
    let worst = |task: &Task| task.limits.fuel.saturating_mul(train.into());
    let dearest = tasks.iter().map(worst).max().unwrap_or(0);
    let fuel = match section.entry("fuel") {
        None => dearest.saturating_mul(evaluations.into()),
        Some(entry) => {
            let fuel = entry.whole(1..1 << 62)?;
            if fuel < dearest {
                let least = format!(
                    "write at least {dearest}: an evaluation is paid for before it runs, at its limit"
                );
                return Err(entry.bad("does not pay for a single evaluation", least));
            }
            fuel
        }
    };
    let measure = whole("measure", 1..1001, 32)? as u32;
    Ok(Nested { tasks, held_out, budget: NestedBudget { proposals, evaluations, fuel }, train, measure })
}

/// The tasks of a list.
fn several(list: &Entry<'_>, dir: &Path) -> Result<Vec<Task>, TaskError> {
    let entries = list.list()?;
    if entries.is_empty() || entries.len() > MOST_TASKS {
        return Err(list.bad("has no fitting length", format!("name 1 to {MOST_TASKS} tasks")));
    }
    entries.iter().map(|entry| beside(entry, dir)).collect()
}

/// The task that `entry` names: `folder`, or `folder/class`.
fn beside(entry: &Entry<'_>, dir: &Path) -> Result<Task, TaskError> {
    let text = entry.text()?;
    let (folder, class) = match text.split_once('/') {
        Some((folder, class)) => (folder, Some(class)),
        None => (text, None),
    };
    let help = "write the name of a folder beside this task's, or folder/class, e.g. \"three-sat/faithful\"";
    if !is_kebab(folder) || class.is_some_and(|class| !is_kebab(class)) {
        return Err(entry.bad(format!("can't be `{}`", shown(text)), help));
    }
    let path = dir.join("..").join(folder);
    if !path.is_dir() {
        return Err(
            entry.bad(format!("names `{folder}`, and there is no such folder beside this task's"), help)
        );
    }
    let mut task = Task::load_at(&path, class, Depth::Nested)?;
    let Cases::Drawn(simulator) = &mut task.cases else {
        return Err(entry.bad(
            "has a fixed set of cases",
            "take a task with a simulator: an improver is measured on cases that it could not ask about",
        ));
    };
    // Improvers are tried on drawn cases alone, so the pool can't reach a result of theirs, nor their task's digest.
    simulator.pool.clear();
    Ok(task)
}

impl Nested {
    /// The part `nested` of the digest: budgets, and all that the tasks are. What is held out reaches no run.
    pub(super) fn digest(&self) -> String {
        let NestedBudget { proposals, evaluations, fuel } = self.budget;
        let numbers = [proposals.into(), evaluations.into(), fuel, self.train.into(), self.measure.into()];
        let mut parts: Vec<String> = numbers.iter().map(u64::to_string).collect();
        parts.extend(self.tasks.iter().map(Task::digest));
        of_parts(parts.iter().map(String::as_bytes))
    }
}
