//! What a person reads after each mistake in `task.toml`: place, complaint and advice.

use super::{DRAWN, EXACT, FIXED, folder, refusal_of};

/// The error of the task `toml` after `from` became `to`.
fn refusal(toml: &str, from: &str, to: &str) -> String {
    assert_eq!(toml.matches(from).count(), 1, "{from}");
    refusal_of(folder(&toml.replace(from, to)).path(), None)
}

#[test]
fn every_mistake_is_refused_at_its_place_with_what_to_do() {
    for (toml, from, to, expected) in [
        (
            DRAWN,
            "[score]",
            "[score",
            r#"task.toml:12:7: not valid TOML: unclosed table, expected `]` | task.toml is written in TOML 1.0, see https://toml.io"#,
        ),
        (
            DRAWN,
            "unit = \"%\"",
            "unit = \"%\"\nunit = \"%\"",
            r#"task.toml:15:1: not valid TOML: duplicate key | task.toml is written in TOML 1.0, see https://toml.io"#,
        ),
        (
            DRAWN,
            "grants = []",
            "  reference = []",
            r#"task.toml:9:3: unknown key `reference` in [agent] | did you mean `references`?"#,
        ),
        (
            DRAWN,
            "[mutate]",
            "[mutant]",
            r#"task.toml:34:2: unknown key `mutant` in the task | did you mean `mutate`?"#,
        ),
        (
            DRAWN,
            "[mutate]",
            "[colours]",
            r#"task.toml:34:2: unknown key `colours` in the task | known here: task, agent, evaluator, score, cases, simulator, classes, judging, gates, canary, limits, mutate, model, nested, catalogue"#,
        ),
        (
            DRAWN,
            "name = \"bin-packing\"",
            "",
            r#"task.toml:2:2: [task] lacks `name` | write name = "my-task""#,
        ),
        (
            DRAWN,
            "[score]\ndirection",
            "[gates.x]\ndirection",
            r#"task.toml:1:1: the task lacks `[score]` | add: / [score] / direction = "minimize" / unit = "%" / minimum-effect = 0.1"#,
        ),
        (
            DRAWN,
            "name = \"bin-packing\"",
            "name = \"Bin Packing\"",
            r#"task.toml:3:8: `task.name` can't be `Bin Packing` | use at most 64 lower-case letters and digits in words joined by hyphens, e.g. `bin-packing`"#,
        ),
        (
            DRAWN,
            "name = \"bin-packing\"",
            "name = 7",
            r#"task.toml:3:8: `task.name` should be a string, but is a whole number | write a value of that type"#,
        ),
        (
            DRAWN,
            "\"minimize\"",
            "\"minimise\"",
            r#"task.toml:13:13: `score.direction` is `minimise`, which means nothing here | did you mean `minimize`?"#,
        ),
        (
            DRAWN,
            "grants = []",
            "grants = [\"wasi\", \"network\"]",
            r#"task.toml:9:19: `agent.grants` is `network`, which means nothing here | known here: wasi"#,
        ),
        (
            DRAWN,
            "minimum-effect = 0.05",
            "minimum-effect = 0",
            r#"task.toml:15:18: `score.minimum-effect` is out of range | write a number greater than 0, in the score's unit"#,
        ),
        (
            DRAWN,
            "minimum-effect = 0.05",
            "minimum-effect = 0.05\nbound = inf",
            r#"task.toml:16:9: `score.bound` is out of range | write a number that no score is better than"#,
        ),
        (
            DRAWN,
            "minimum-effect = 0.05",
            "minimum-effect = nan",
            r#"task.toml:15:18: `score.minimum-effect` is out of range | write a number greater than 0, in the score's unit"#,
        ),
        (
            DRAWN,
            "minimum-effect = 0.05",
            "",
            r#"task.toml:12:2: [score] lacks `minimum-effect` | write minimum-effect = 0.1, the least mean improvement worth a promotion, in the score's unit"#,
        ),
        (
            DRAWN,
            "train = 32",
            "train = 0",
            r#"task.toml:18:9: `simulator.train` is out of range | write a whole number from 1 to 10000"#,
        ),
        (
            DRAWN,
            "train = 32",
            "train = 1e3",
            r#"task.toml:18:9: `simulator.train` should be a whole number, but is a number with a fraction | write a value of that type"#,
        ),
        (
            DRAWN,
            "items = 500",
            "items = 1979-05-27",
            r#"task.toml:20:9: `simulator.parameters.items` is a date, which JSON has not | write it as a string"#,
        ),
        (
            DRAWN,
            "[\"unsorted\"]",
            "[\"unsorted\", \"model-opinion\"]",
            r#"task.toml:31:23: `gates.guards` names `model-opinion`, and no gate may rest on a model's opinion | take it away; guard a metric that the evaluator measures"#,
        ),
        (
            DRAWN,
            "[mutate]",
            "[model]\ndiff-share = 1.5\n[mutate]",
            r#"task.toml:35:14: `model.diff-share` is out of range | write a number from 0 to 1, e.g. 0.5 for every other proposal"#,
        ),
        (
            DRAWN,
            "[mutate]",
            "[model]\nopinions = 1\n[mutate]",
            r#"task.toml:35:12: `model.opinions` should be true or false, but is a whole number | write a value of that type"#,
        ),
        (
            DRAWN,
            "[mutate]",
            "[model]\nprompt = \"seed.rs\"\n[mutate]",
            r#"task.toml:35:1: unknown key `prompt` in [model] | known here: propose, repair, judge, diff-share, opinions"#,
        ),
        (
            DRAWN,
            "[mutate]",
            "[model]\nrepair = \"seed.rs\"\n[mutate]",
            r#"task.toml:35:10: `model.repair` names `seed.rs`, which has 0 lines `--- user ---`, where one parts the system's words from the user's | begin with a copy of host/assay/templates/model, written in minijinja's marks"#,
        ),
        (
            DRAWN,
            "fuel = 1_000",
            "feul = 1_000",
            r#"task.toml:33:1: unknown key `feul` in [limits] | did you mean `fuel`?"#,
        ),
        (
            DRAWN,
            "fuel = 1_000",
            "depth = 5_000_000_000",
            r#"task.toml:33:9: `limits.depth` is out of range | write at most 4294967295"#,
        ),
        (
            DRAWN,
            "fuel = 1_000",
            "fuel = -1",
            r#"task.toml:33:8: `limits.fuel` is out of range | write a whole number from 0 to 18446744073709551614"#,
        ),
        (
            DRAWN,
            "fuel-factor = 3.0",
            "fuel-factor = -3.0",
            r#"task.toml:30:15: `gates.fuel-factor` is out of range | write a number greater than 0, e.g. 2.0"#,
        ),
        (
            DRAWN,
            "[\"unsorted\"]",
            "[\"unsorted\", \"unsorted\"]",
            r#"task.toml:31:23: `gates.guards` names `unsorted` twice | name each metric once"#,
        ),
        (
            DRAWN,
            "source = \"evaluator.rs\"",
            "source = \"evaluator.rs\"\nbuiltin = \"expectations\"",
            r#"task.toml:11:1: an evaluator is either the task's own or built in | take away either `source` or `builtin`"#,
        ),
        (
            DRAWN,
            "source = \"evaluator.rs\"",
            "source = \"evaluator.rs\"\nmode = \"exact\"",
            r#"task.toml:12:1: `evaluator.mode` is for the built-in evaluator | take it away, or use builtin = "expectations""#,
        ),
        (
            DRAWN,
            "source = \"evaluator.rs\"",
            "builtin = \"expectations\"\nmode = \"exact\"",
            r#"task.toml:7:1: the built-in evaluator judges general agents, not a task's own interface | take away `wit`, or write an evaluator that drives the interface"#,
        ),
        (
            DRAWN,
            "source = \"evaluator.rs\"",
            "",
            r#"task.toml:10:2: [evaluator] lacks `source` | write source = "evaluator.rs", or builtin = "expectations""#,
        ),
        (
            DRAWN,
            "[gates]",
            "[cases]\ntrain = \"cases.jsonl\"\n[gates]",
            r#"task.toml:16:2: cases are either given in [cases] or drawn by a [simulator] | take away one of the two sections"#,
        ),
        (
            DRAWN,
            "[gates]",
            "[judging]\nexact = true\n[gates]",
            r#"task.toml:16:2: exact judging proves a score over all inputs, so there is nothing to draw | take away [simulator], or judging.exact"#,
        ),
        (
            DRAWN,
            "parameters = { capacity = 150 }",
            "cases = [\"1\"]",
            r#"task.toml:23:1: this task draws its cases, so a class can't give them | take away the class's `cases`, or the [simulator]"#,
        ),
        (
            DRAWN,
            "[classes.uniform-150]",
            "[classes.\"Uniform 150\"]",
            r#"task.toml:22:10: `classes.Uniform 150` is no name for a class | use at most 64 lower-case letters and digits in words joined by hyphens, e.g. `bin-packing`"#,
        ),
        (
            FIXED,
            "[cases]",
            "[canary]\nshare = 101\n[cases]",
            r#"task.toml:15:9: `canary.share` is out of range | write a whole number from 0 to 100"#,
        ),
        (
            FIXED,
            "[cases]",
            "[canary]\ndiffering = 2\n[cases]",
            r#"task.toml:15:13: `canary.differing` is out of range | write a number from 0 to 1, e.g. 0.2 for a fifth"#,
        ),
        (
            FIXED,
            "[cases]",
            "[judging]\nalpha = 1\n[cases]",
            r#"task.toml:15:9: `judging.alpha` is out of range | write a number between 0 and 1, e.g. 0.05"#,
        ),
        (
            FIXED,
            "mode = \"exact\"",
            "mode = \"exact\"\ntolerance = 0.1",
            r#"task.toml:10:1: mode "exact" has no tolerance | take it away, or use mode = "numeric""#,
        ),
        (
            FIXED,
            "mode = \"exact\"",
            "",
            r#"task.toml:7:2: [evaluator] lacks `mode` | write mode = "exact", "json" or "numeric""#,
        ),
        (
            FIXED,
            "holdout = \"holdout.jsonl\"",
            "",
            r#"task.toml:14:2: [cases] lacks `holdout` | write holdout = "holdout.jsonl", cases that only `promote` reads"#,
        ),
        (
            FIXED,
            "[cases]\ntrain = \"cases.jsonl\"\nholdout = \"holdout.jsonl\"",
            "",
            r#"task.toml:1:1: the task lacks `[cases]` | add: / [cases] / train = "cases.jsonl" / holdout = "holdout.jsonl" / or a [simulator]"#,
        ),
        (
            FIXED,
            "holdout = \"holdout.jsonl\"",
            "holdout = \"cases.jsonl\"",
            r#"cases.jsonl:1:1: this holdout case asks the same as train case 1 | a holdout measures what candidates have never seen: take the case out of one of the two"#,
        ),
        (
            FIXED,
            "[cases]",
            "[classes.x]\ntrain = 5\n[cases]",
            r#"task.toml:15:1: `classes.x.train` is for a simulator, which this task has not | take it away, or add a [simulator]"#,
        ),
        (
            EXACT,
            "exact = true",
            "exact = true\nalpha = 0.05",
            r#"task.toml:14:1: exact judging risks no error, so it has no alpha | take away one of the two"#,
        ),
        (
            EXACT,
            "exact = true",
            "exact = \"yes\"",
            r#"task.toml:13:9: `judging.exact` should be true or false, but is a string | write a value of that type"#,
        ),
        (
            EXACT,
            "[judging]",
            "[cases]\nholdout = \"holdout.jsonl\"\n[judging]",
            r#"task.toml:13:1: exact judging proves a score over all inputs, so it has no holdout | take away `holdout`, or judging.exact"#,
        ),
        (
            EXACT,
            "[\"4\"]",
            "[]",
            r#"task.toml:15:9: `classes.n-4.cases` is empty | give at least one case, e.g. cases = ["4"]"#,
        ),
        (
            EXACT,
            "[\"4\"]",
            "[4]",
            r#"task.toml:15:10: `classes.n-4.cases` should be a string, but is a whole number | write a value of that type"#,
        ),
    ] {
        assert_eq!(refusal(toml, from, to).replace('\n', " / "), expected);
    }
}

#[test]
fn a_pool_that_is_not_a_plain_file_of_cases_in_the_folder_is_refused() {
    let pool =
        |name: &str| folder(&DRAWN.replace("train = 32\n", &format!("train = 32\npool = \"{name}\"\n")));
    for (name, message) in [
        ("../pool.jsonl", "is not a path inside the task's folder"),
        ("/etc/passwd", "is not a path inside the task's folder"),
        ("pool.jsonl", "is not there"),
        (".", "is a folder"),
        ("seed.rs", "seed.rs:1:1: expected value"),
    ] {
        let error = refusal_of(pool(name).path(), None);
        assert!(error.contains(message), "{name}: {error}");
    }
    let linked = pool("pool.jsonl");
    std::os::unix::fs::symlink("/etc/passwd", linked.path().join("pool.jsonl")).unwrap();
    assert!(refusal_of(linked.path(), None).contains("leads out of the task's folder"));
    for (bytes, message) in
        [(&b"1\n\0"[..], "has a NUL byte in line 2"), (&b"1\n\xff"[..], "is not UTF-8 in line 2")]
    {
        let folder = pool("pool.jsonl");
        std::fs::write(folder.path().join("pool.jsonl"), bytes).unwrap();
        let error = refusal_of(folder.path(), None);
        assert!(error.contains(message), "{error}");
    }
    let error = refusal_of(folder(&format!("{FIXED}[classes.x]\npool = \"p\"\n")).path(), None);
    assert!(error.contains("is for a simulator, which this task has not"), "{error}");
}
