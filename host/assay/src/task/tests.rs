//! Claims about whole task folders: what is read, and which folders and files are refused.

mod catalogue;
mod digest;
mod nested;
mod refusals;

use std::path::Path;

use tempfile::TempDir;

use super::*;

pub(super) const DRAWN: &str = r#"
[task]
name = "bin-packing"
description = "Pack items."
[agent]
seed = "seed.rs"
wit = "policy.wit"
references = ["best.rs"]
grants = []
[evaluator]
source = "evaluator.rs"
[score]
direction = "minimize"
unit = "%"
minimum-effect = 0.05
[simulator]
source = "simulator.rs"
train = 32
[simulator.parameters]
items = 500
classes = { weight = 0.5, name = "u" }
[classes.uniform-150]
parameters = { capacity = 150 }
[classes.a-later-one]
parameters = { capacity = 100, items = 7 }
seed = "best.rs"
minimum-effect = 1
train = 3
[gates]
fuel-factor = 3.0
guards = ["unsorted"]
[limits]
fuel = 1_000
[mutate]
max-nodes = 80
[canary]
share = 5
observations = 9
errors = 1
fuel-factor = 2.0
differing = 0.0
"#;

pub(super) const FIXED: &str = r#"
[task]
name = "dates"
description = "Normalize."
[agent]
seed = "seed.rs"
[evaluator]
builtin = "expectations"
mode = "exact"
[score]
direction = "maximize"
unit = "share"
minimum-effect = 0.01
[cases]
train = "cases.jsonl"
holdout = "holdout.jsonl"
"#;

pub(super) const EXACT: &str = r#"
[task]
name = "sorting-network"
description = "Sort."
[agent]
seed = "seed.rs"
[evaluator]
source = "evaluator.rs"
[score]
direction = "minimize"
unit = "comparators"
[judging]
exact = true
[classes.n-4]
cases = ["4"]
[classes.n-5]
cases = ["5"]
"#;

/// A folder with `toml` as its task and every file that the tasks above name.
pub(super) fn folder(toml: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("task.toml", toml),
        ("seed.rs", "seed"),
        ("best.rs", "best"),
        ("policy.wit", "wit"),
        ("evaluator.rs", "evaluator"),
        ("simulator.rs", "simulator"),
        ("cases.jsonl", "{\"input\": \"a\", \"expected\": \"b\"}\n"),
        ("holdout.jsonl", "{\"input\": \"c\", \"expected\": \"d\"}\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(toml: &str) -> Task {
    Task::load(folder(toml).path(), None).unwrap()
}

/// The error of the task in `folder`, with its help, the folder's own path taken out.
fn refusal_of(folder: &Path, class: Option<&str>) -> String {
    let error = Task::load(folder, class).unwrap_err();
    let text = format!("{error} | {}", error.advice());
    text.replace(&format!("{}/", folder.display()), "").replace(&folder.display().to_string(), "FOLDER")
}

#[test]
fn a_drawn_task_is_read_with_its_first_class() {
    let task = load(DRAWN);
    assert_eq!((task.name.as_str(), task.class.as_deref()), ("bin-packing", Some("uniform-150")));
    assert_eq!(task.classes, ["uniform-150", "a-later-one"]);
    assert_eq!(task.agent_name(), "bin-packing-uniform-150");
    assert_eq!(task.seed, Source { name: "seed.rs".into(), text: "seed".into() });
    assert_eq!(task.wit.as_ref().unwrap().text, "wit");
    assert_eq!(task.references[0].text, "best");
    let Cases::Drawn(simulator) = &task.cases else { panic!("{:?}", task.cases) };
    assert_eq!(simulator.train, 32);
    assert_eq!(simulator.parameters, r#"{"capacity":150,"classes":{"name":"u","weight":0.5},"items":500}"#);
    assert_eq!((task.limits.fuel, task.limits.depth), (1_000, 0));
    assert_eq!((task.gates.fuel_factor, task.gates.memory_factor), (3.0, 2.0));
    assert_eq!(task.mutate, Mutate { max_nodes: Some(80), loops: false, cascade: None });
    let canary = Canary { share: 5, observations: 9, errors: 1, fuel_factor: 2.0, differing: Some(0.0) };
    assert_eq!(task.canary, canary);
    let silent = load(&DRAWN[..DRAWN.find("[canary]").unwrap()]);
    let default = Canary { share: 10, observations: 20, errors: 0, fuel_factor: 3.0, differing: None };
    assert_eq!(silent.canary, default, "the fuel factor is that of the gates");
    assert_eq!(task.judging, Judging { exact: false, alpha: 0.05 });
}

#[test]
fn a_task_brings_its_own_words_for_a_model() {
    assert_eq!(load(DRAWN).model, ModelSettings::default());
    let text = "Be brief.\n--- user ---\n{{ task.name }}";
    let own = folder(&format!("{DRAWN}[model]\njudge = \"best.rs\"\ndiff-share = 0\nopinions = true\n"));
    std::fs::write(own.path().join("best.rs"), text).unwrap();
    let judge = Some(Source { name: "best.rs".into(), text: text.into() });
    let expected = ModelSettings { judge, diff_share: 0.0, opinions: true, ..ModelSettings::default() };
    assert_eq!(Task::load(own.path(), None).unwrap().model, expected);
    std::fs::write(own.path().join("best.rs"), format!("{text}\n\n{{% if x %}}")).unwrap();
    let refusal = refusal_of(own.path(), None);
    assert!(
        refusal.starts_with(
            "task.toml:43:9: `model.judge` names `best.rs`, which is wrong in line 5: syntax error: "
        ),
        "{refusal}"
    );
}

#[test]
fn a_class_overrides_what_it_names_and_nothing_else() {
    let folder = folder(DRAWN);
    let task = Task::load(folder.path(), Some("a-later-one")).unwrap();
    assert_eq!((task.seed.text.as_str(), task.score.minimum_effect), ("best", 1.0));
    let Cases::Drawn(simulator) = &task.cases else { panic!("{:?}", task.cases) };
    assert_eq!(simulator.train, 3);
    assert_eq!(simulator.parameters, r#"{"capacity":100,"classes":{"name":"u","weight":0.5},"items":7}"#);
}

#[test]
fn a_cascade_is_the_tasks_or_a_classs_own() {
    let cascades = |toml: &str| {
        [None, Some("a-later-one")]
            .map(|class| Task::load(folder(toml).path(), class).unwrap().mutate.cascade)
    };
    assert_eq!(cascades(DRAWN), [None, None]);
    let all = DRAWN.replace("max-nodes = 80", "cascade = 8");
    assert_eq!(cascades(&all), [Some(8), Some(8)]);
    let own = |toml: &str| toml.replace("[gates]", "cascade = 2\n[gates]");
    assert_eq!(cascades(&own(&all)), [Some(8), Some(2)]);
    assert_eq!(cascades(&own(DRAWN)), [None, Some(2)]);
    for out in ["0", "10001", "-1", "1.5", "\"8\""] {
        let refusal =
            refusal_of(folder(&all.replace("cascade = 8", &format!("cascade = {out}"))).path(), None);
        assert!(refusal.contains("`mutate.cascade`"), "{refusal}");
    }
}

#[test]
fn a_class_may_have_judges_references_and_words_of_its_own() {
    let own = "evaluator = \"best.rs\"\nreferences = [\"seed.rs\", \"best.rs\"]\ndescription = \"Later.\"\n";
    let own = folder(&DRAWN.replace("train = 3\n", &format!("train = 3\n{own}")));
    let (first, later) = (Task::load(own.path(), None).unwrap(), Task::load(own.path(), Some("a-later-one")));
    let (plain, later) = (load(DRAWN), later.unwrap());
    assert_eq!((first.digest(), first.description.as_str()), (plain.digest(), "Pack items."));
    let best = Source { name: "best.rs".into(), text: "best".into() };
    assert_eq!(later.evaluator, Evaluator::Own(best.clone()));
    assert_eq!((later.references.len(), &later.references[1]), (2, &best));
    assert_eq!(later.description, "Later.");
    let silent = Task::load(folder(DRAWN).path(), Some("a-later-one")).unwrap().fingerprint();
    let changed: Vec<_> =
        silent.iter().zip(later.fingerprint()).filter(|(one, other)| **one != *other).collect();
    let changed: Vec<&str> = changed.into_iter().map(|(one, _)| one.0).collect();
    assert_eq!(changed, ["agent.references", "evaluator"]);
    let builtin = format!("{FIXED}[classes.x]\nevaluator = \"best.rs\"\n");
    assert_eq!(
        refusal_of(folder(&builtin).path(), None),
        "task.toml:18:1: this task's evaluator is built in, so a class has none of its own | take it away, or write source = \"evaluator.rs\" in [evaluator]"
    );
}

#[test]
fn fixed_cases_become_texts_that_the_builtin_evaluator_reads() {
    let task = load(FIXED);
    assert_eq!(task.agent_name(), "dates");
    assert_eq!(task.evaluator, Evaluator::Expectations { mode: Mode::Exact, tolerance: 0.0 });
    let text = |input, expected| {
        format!(r#"{{"mode":"exact","tolerance":0.0,"input":"{input}","expected":"{expected}"}}"#)
    };
    assert_eq!(task.cases, Cases::Fixed { train: vec![text("a", "b")], holdout: vec![text("c", "d")] });
}

#[test]
fn an_exact_task_needs_neither_holdout_nor_minimum_effect() {
    let task = load(EXACT);
    assert_eq!(task.cases, Cases::Fixed { train: vec!["4".into()], holdout: vec![] });
    assert_eq!((task.score.minimum_effect, task.judging.exact), (0.0, true));
}

#[test]
fn a_missing_folder_or_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let advice = "name a folder that holds a task.toml, or make one with `assay new NAME`";
    assert_eq!(refusal_of(folder.path(), None), format!("task.toml is not there | {advice}"));
    let missing = refusal_of(&folder.path().join("no"), None);
    assert!(missing.starts_with("FOLDER can't be opened as a folder: No such file"), "{missing}");
    std::fs::create_dir(folder.path().join("task.toml")).unwrap();
    assert_eq!(refusal_of(folder.path(), None), format!("task.toml is a folder | {advice}"));
}

#[test]
fn a_class_that_is_not_there_is_refused_with_the_nearest() {
    let drawn = folder(DRAWN);
    let near = refusal_of(drawn.path(), Some("uniform-15"));
    assert_eq!(near, "task `bin-packing` has no class `uniform-15` | did you mean `uniform-150`?");
    let far = refusal_of(drawn.path(), Some("x\n"));
    assert_eq!(far, "task `bin-packing` has no class `x\\n` | known here: uniform-150, a-later-one");
    let none = refusal_of(folder(FIXED).path(), Some("x"));
    assert_eq!(none, "task `dates` has no class `x` | this task has no classes: leave the class away");
}

#[test]
fn an_error_shows_its_line() {
    let folder = folder(&DRAWN.replace("minimize", "minimise"));
    let error = Task::load(folder.path(), None).unwrap_err();
    let place = error.place().unwrap();
    assert_eq!((place.line, place.column), (13, 13));
    let report = format!("{:?}", miette::Report::new(error).with_source_code(""));
    assert!(
        report.contains("direction = \"minimise\"") && report.contains("did you mean `minimize`?"),
        "{report}"
    );
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_the_key_that_names_it() {
    let toml = |seed: &str| DRAWN.replace("seed = \"seed.rs\"", &format!("seed = {seed}"));
    let outside = tempfile::NamedTempFile::new().unwrap();
    for (seed, reason) in [
        ("\"none.rs\"", "`none.rs`, which is not there | create the file, or correct its name"),
        ("\"\"", "``, which is not a path inside the task's folder"),
        ("\"../seed.rs\"", "`../seed.rs`, which is not a path inside the task's folder"),
        ("\"/etc/passwd\"", "`/etc/passwd`, which is not a path inside the task's folder"),
        ("\"folder\"", "`folder`, which is a folder"),
        ("\".\"", "`.`, which is a folder"),
        ("\"inside\\u0000\"", "`inside\\0`, which can't be opened"),
        ("\"link\"", "`link`, which leads out of the task's folder | files of a task lie in its folder"),
        ("\"pipe\"", "`pipe`, which is not a regular file"),
        ("\"nul.rs\"", "`nul.rs`, which has a NUL byte in line 2"),
        ("\"latin1.rs\"", "`latin1.rs`, which is not UTF-8 in line 3"),
        ("\"huge.rs\"", "`huge.rs`, which is larger than 16 MiB"),
    ] {
        let folder = folder(&toml(seed));
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("folder")).unwrap();
        std::os::unix::fs::symlink(outside.path(), at("link")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(at("pipe")).unwrap();
        std::fs::write(at("nul.rs"), "a\nb\0").unwrap();
        std::fs::write(at("latin1.rs"), b"a\nb\n\xe9").unwrap();
        std::fs::File::create(at("huge.rs")).unwrap().set_len(1 << 40).unwrap();
        let refusal = refusal_of(folder.path(), None);
        assert!(refusal.contains(&format!("task.toml:6:8: `agent.seed` names {reason}")), "{refusal}");
        drop(socket);
    }
}

#[test]
fn a_link_inside_the_folder_and_a_byte_order_mark_do_no_harm() {
    let folder = folder(&format!("\u{feff}{}", DRAWN.replace("\"seed.rs\"", "\"./link.rs\"")));
    std::os::unix::fs::symlink("seed.rs", folder.path().join("link.rs")).unwrap();
    assert_eq!(Task::load(folder.path(), None).unwrap().seed.text, "seed");
}

#[test]
fn hostile_task_files_are_refused_without_a_panic() {
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let keys: String = (0..50_000).map(|i| format!("k{i} = 1\n")).collect();
    for toml in [
        deep.as_str(),
        &keys,
        &format!("{} = 1", "a.".repeat(50_000) + "a"),
        &format!("\"{}\" = 1", "k".repeat(1 << 20)),
        "\"\\u0000\" = 1",
        "[task]\n[task]",
        "task = []",
        "[[task]]",
        "[task]\nname = \"\"\"",
        "\u{feff}\u{feff}",
        "",
        "\r",
        "[classes]\n\"\" = {}",
    ] {
        let error = Task::load(folder(toml).path(), None).unwrap_err();
        assert!(!error.to_string().is_empty() && error.to_string().len() < 1_000, "{error}");
        let report = format!("{:?}", miette::Report::new(error));
        assert!(!report.is_empty());
    }
    let fixed = folder(FIXED);
    std::fs::write(fixed.path().join("task.toml"), b"[task]\nname = \"\xff\"").unwrap();
    assert!(refusal_of(fixed.path(), None).starts_with("task.toml is not UTF-8 in line 2"));
}

#[test]
fn a_bad_case_is_refused_at_its_line_in_its_own_file() {
    let fixed = folder(FIXED);
    let good = "{\"input\": \"c\", \"expected\": \"d\"}\n";
    std::fs::write(
        fixed.path().join("holdout.jsonl"),
        format!("{good}\n{{\"input\": \"a\", \"expected\": \"x\"}}"),
    )
    .unwrap();
    let refusal = refusal_of(fixed.path(), None);
    assert!(
        refusal.starts_with("holdout.jsonl:3:1: this holdout case asks the same as train case 1 | "),
        "{refusal}"
    );
    std::fs::write(fixed.path().join("holdout.jsonl"), format!("{good}{{\"input\": \"e\",}}")).unwrap();
    let refusal = refusal_of(fixed.path(), None);
    assert!(
        refusal.starts_with("holdout.jsonl:2:15: trailing comma | a case is one line such as"),
        "{refusal}"
    );
}

#[test]
fn cases_from_outside_are_read_in_the_form_that_they_show() {
    let folder = folder(EXACT);
    let task = Task::load(folder.path(), None).unwrap();
    let at = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let packing = at("or.txt", "1\n id\n10 1 1\n 5\n");
    assert_eq!(task.read_cases(&packing, None).unwrap(), ["id\n10 1 1\n5\n"]);
    assert_eq!(task.read_cases(&at("l", "{\"a\": 1}\n"), None).unwrap(), ["{\"a\":1}"]);
    assert!(matches!(task.read_cases(&packing, Some(Format::Jsonl)), Err(TaskError::Case { .. })));
    for path in [folder.path().to_owned(), folder.path().join("none")] {
        assert!(matches!(task.read_cases(&path, None), Err(TaskError::Unreadable { .. })));
    }
    let declared = load(FIXED).read_cases(&packing, None).unwrap_err();
    assert!(declared.to_string().ends_with("but this task's cases are declared expectations"), "{declared}");
}
