//! `[nested]`: what improvers are tried on, its limits, and each refusal at its line.

use super::{DRAWN, FIXED};
use crate::task::{NestedBudget, Task};
use std::path::Path;
use tempfile::TempDir;

const IMPROVERS: &str = r#"
[task]
name = "improvers"
description = "Improve."
[agent]
seed = "seed.rs"
[evaluator]
source = "evaluator.rs"
[score]
direction = "maximize"
unit = "utility"
minimum-effect = 0.02
[simulator]
source = "simulator.rs"
train = 3
[nested]
tasks = ["drawn", "drawn/a-later-one"]
[limits]
depth = 1
"#;

/// A folder with the folders `improvers` (this text), `drawn` and `fixed`.
fn beside(toml: &str) -> TempDir {
    let all = tempfile::tempdir().unwrap();
    for (name, toml) in
        [("improvers", toml), ("drawn", DRAWN), ("fixed", FIXED), ("also-improvers", IMPROVERS)]
    {
        let from = super::folder(toml);
        let to = all.path().join(name);
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(from.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    all
}

fn load(toml: &str) -> Task {
    Task::load(&beside(toml).path().join("improvers"), None).unwrap()
}

/// The error after `from` became `to`, with its advice.
fn refusal(from: &str, to: &str) -> String {
    assert_eq!(IMPROVERS.matches(from).count(), 1, "{from}");
    let all = beside(&IMPROVERS.replace(from, to));
    let folder: &Path = &all.path().join("improvers");
    let error = Task::load(folder, None).unwrap_err();
    let text = format!("{error} | {}", error.advice());
    text.replace(&format!("{}/", folder.display()), "").replace(&all.path().display().to_string(), "ALL")
}

#[test]
fn what_is_not_said_has_a_default_and_fuel_pays_for_all_evaluations() {
    let nested = load(IMPROVERS).nested.unwrap();
    let classes: Vec<&str> = nested.tasks.iter().filter_map(|task| task.class.as_deref()).collect();
    assert_eq!(classes, ["uniform-150", "a-later-one"]);
    // DRAWN grants a case 1000 fuel, and 8 cases guide.
    assert_eq!(nested.budget, NestedBudget { proposals: 32, evaluations: 32, fuel: 32 * 8 * 1000 });
    assert_eq!((nested.train, nested.measure, nested.held_out.len()), (8, 32, 0));
    let said = "[nested]\nproposals = 5\nevaluations = 7\nfuel = 2000\ntrain = 2\nmeasure = 3\nheld-out = [\"drawn\"]";
    let nested = load(&IMPROVERS.replace("[nested]", said)).nested.unwrap();
    assert_eq!(nested.budget, NestedBudget { proposals: 5, evaluations: 7, fuel: 2000 });
    assert_eq!((nested.train, nested.measure, nested.held_out.len()), (2, 3, 1));
}

#[test]
fn budgets_and_nested_tasks_are_part_of_the_digest_and_what_is_held_out_is_not() {
    let digest = load(IMPROVERS).digest();
    for other in ["proposals = 31", "evaluations = 31", "fuel = 8000", "train = 7", "measure = 31"] {
        let toml = IMPROVERS.replace("[nested]", &format!("[nested]\n{other}"));
        assert_ne!(load(&toml).digest(), digest, "{other}");
    }
    assert_ne!(load(&IMPROVERS.replace("\"drawn\", ", "")).digest(), digest);
    assert_eq!(load(&IMPROVERS.replace("[nested]", "[nested]\nheld-out = [\"drawn\"]")).digest(), digest);
}

#[test]
fn every_limit_is_refused_outside_of_its_range_at_its_line() {
    for (key, least, most) in
        [("proposals", 1, 10_000), ("evaluations", 1, 10_000), ("train", 1, 1_000), ("measure", 1, 1_000)]
    {
        for value in [least, most] {
            load(&IMPROVERS.replace("[nested]", &format!("[nested]\n{key} = {value}")));
        }
        for value in [least - 1, most + 1] {
            let said = refusal("[nested]", &format!("[nested]\n{key} = {value}"));
            assert!(said.starts_with("task.toml:17:"), "{said}");
            assert!(said.contains(&format!("`nested.{key}`")), "{said}");
        }
    }
}

#[test]
fn every_mistake_in_nested_is_refused_at_its_line_with_what_to_do() {
    for (from, to, expected) in [
        (
            "[limits]\ndepth = 1",
            "",
            "task.toml:16:2: evaluations nest, but the limit `depth` is 0 | add:\n[limits]\ndepth = 1",
        ),
        (
            "depth = 1",
            "depth = 0",
            "task.toml:16:2: evaluations nest, but the limit `depth` is 0 | add:\n[limits]\ndepth = 1",
        ),
        (
            "[nested]",
            "[nested]\nfuel = 7_999",
            "task.toml:17:8: `nested.fuel` does not pay for a single evaluation | write at least 8000: an evaluation is paid for before it runs, at its limit",
        ),
        (
            "\"drawn\", ",
            "\"fixed\", ",
            "task.toml:17:10: `nested.tasks` has a fixed set of cases | take a task with a simulator: an improver is measured on cases that it could not ask about",
        ),
        (
            "\"drawn\", ",
            "\"also-improvers\", ",
            "../also-improvers/task.toml:16:2: a task that improvers are tried on can't be one of improvers itself | name tasks whose agents are no improvers",
        ),
        (
            "\"drawn\", ",
            "\"../drawn\", ",
            "task.toml:17:10: `nested.tasks` can't be `../drawn` | write the name of a folder beside this task's, or folder/class, e.g. \"three-sat/faithful\"",
        ),
        (
            "\"drawn\", ",
            "\"nothing\", ",
            "task.toml:17:10: `nested.tasks` names `nothing`, and there is no such folder beside this task's | write the name of a folder beside this task's, or folder/class, e.g. \"three-sat/faithful\"",
        ),
        (
            "[\"drawn\", \"drawn/a-later-one\"]",
            "[]",
            "task.toml:17:9: `nested.tasks` has no fitting length | name 1 to 64 tasks",
        ),
        (
            "tasks = [\"drawn\", \"drawn/a-later-one\"]",
            "",
            "task.toml:16:2: [nested] lacks `tasks` | write tasks = [\"three-sat\", \"max-cut/faithful\"], folders beside this task's",
        ),
        (
            "seed = \"seed.rs\"",
            "seed = \"seed.rs\"\nwit = \"policy.wit\"",
            "task.toml:7:1: an improver has no interface of the task's own | take away `wit`: agents that are tried on other tasks have the host's world `improver`",
        ),
        (
            "[nested]",
            "[nested]\nbudget = 3",
            "task.toml:17:1: unknown key `budget` in [nested] | known here: tasks, held-out, proposals, evaluations, fuel, train, measure",
        ),
        (
            "[simulator]\nsource = \"simulator.rs\"\ntrain = 3",
            "[cases]\ntrain = \"cases.jsonl\"\nholdout = \"holdout.jsonl\"",
            "task.toml:16:2: improvers are tried on drawn cases alone | add a [simulator]",
        ),
    ] {
        assert_eq!(refusal(from, to), expected, "{to}");
    }
}
