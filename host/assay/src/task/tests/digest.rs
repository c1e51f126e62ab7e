//! What the digest covers and what it leaves out.

use super::*;

#[test]
fn layout_comments_folder_description_and_other_classes_do_not_reach_the_digest() {
    let digest = load(DRAWN).digest();
    assert_eq!(digest.len(), 64);
    for same in [
        DRAWN.replace(" = ", "="),
        DRAWN.replace("[score]", "# about scores\n\n[score] # here"),
        DRAWN.replace("Pack items.", "Pack them well."),
        DRAWN.replace("minimum-effect = 1", "minimum-effect = 2"),
        DRAWN.replace("[classes.a-later-one]", "[classes.renamed]"),
        DRAWN.replace(
            "items = 500\nclasses = { weight = 0.5, name = \"u\" }",
            "classes.name = 'u'\nclasses.weight = 5e-1\nitems = 5_00",
        ),
        DRAWN.replace("fuel = 1_000", "fuel = 1000\ndepth = 0"),
        DRAWN.replace("fuel-factor = 3.0", "fuel-factor = 3\nmemory-factor = 2.0"),
        DRAWN.replace("seed = \"seed.rs\"", "seed = \"./seed.rs\""),
        DRAWN.replace("max-nodes = 80", "max-nodes = 80\nloops = false"),
    ] {
        assert_eq!(load(&same).digest(), digest, "{same}");
    }
}

#[test]
fn tasks_without_loops_have_the_digest_that_they_had_before_there_were_any() {
    let parts = load(DRAWN).fingerprint();
    let (_, mutate) = parts.iter().find(|(name, _)| *name == "mutate").unwrap();
    assert_eq!(*mutate, crate::digest::of_parts([b"80".as_slice()]));
}

#[test]
fn every_part_that_can_reach_a_result_changes_the_digest_and_is_named() {
    let changed = |before: &Task, after: &Task| -> Vec<&'static str> {
        assert_ne!(before.digest(), after.digest());
        let pairs = before.fingerprint().into_iter().zip(after.fingerprint());
        pairs.filter(|(one, other)| one.1 != other.1).map(|(one, _)| one.0).collect()
    };
    for (toml, from, to, field) in [
        (DRAWN, "\"bin-packing\"", "\"packing\"", "task.name"),
        (DRAWN, "uniform-150", "uniform-151", "class"),
        (DRAWN, "seed = \"seed.rs\"", "seed = \"best.rs\"", "agent.seed"),
        (DRAWN, "wit = \"policy.wit\"", "", "agent.wit"),
        (DRAWN, "[\"best.rs\"]", "[]", "agent.references"),
        (DRAWN, "grants = []", "grants = [\"wasi\"]", "agent.grants"),
        (DRAWN, "\"evaluator.rs\"", "\"best.rs\"", "evaluator"),
        (FIXED, "mode = \"exact\"", "mode = \"json\"", "evaluator"),
        (DRAWN, "minimize", "maximize", "score"),
        (DRAWN, "\"%\"", "\"bins\"", "score"),
        (DRAWN, "minimum-effect = 0.05", "minimum-effect = 0.06", "score"),
        (DRAWN, "\"simulator.rs\"", "\"best.rs\"", "simulator.source"),
        (DRAWN, "train = 32", "train = 33", "simulator.train"),
        (DRAWN, "items = 500", "items = 501", "simulator.parameters"),
        (DRAWN, "capacity = 150", "capacity = 151", "simulator.parameters"),
        (FIXED, "\"cases.jsonl\"", "\"more.jsonl\"", "cases.train"),
        (FIXED, "\"holdout.jsonl\"", "\"more.jsonl\"", "cases.holdout"),
        (EXACT, "[\"4\"]", "[\"4\", \"4\"]", "cases.train"),
        (FIXED, "[cases]", "[judging]\nalpha = 0.01\n[cases]", "judging"),
        (DRAWN, "fuel-factor = 3.0", "fuel-factor = 3.5", "gates"),
        (DRAWN, "fuel-factor = 3.0", "memory-factor = 3.0", "gates"),
        (DRAWN, "[\"unsorted\"]", "[]", "gates"),
        (DRAWN, "share = 5", "share = 6", "canary"),
        (DRAWN, "observations = 9", "observations = 10", "canary"),
        (DRAWN, "errors = 1", "errors = 2", "canary"),
        (DRAWN, "fuel-factor = 2.0", "fuel-factor = 2.5", "canary"),
        (DRAWN, "differing = 0.0", "differing = 0.1", "canary"),
        (DRAWN, "differing = 0.0", "", "canary"),
        (DRAWN, "fuel = 1_000", "fuel = 1_001", "limits"),
        (DRAWN, "max-nodes = 80", "max-nodes = 81", "mutate"),
        (DRAWN, "max-nodes = 80", "", "mutate"),
        (DRAWN, "max-nodes = 80", "max-nodes = 80\nloops = true", "mutate"),
        (DRAWN, "max-nodes = 80", "max-nodes = 80\ncascade = 8", "mutate"),
    ] {
        let folder = folder(&toml.replace(from, to));
        std::fs::write(folder.path().join("more.jsonl"), "{\"input\": \"e\", \"expected\": \"f\"}").unwrap();
        let fields = changed(&load(toml), &Task::load(folder.path(), None).unwrap());
        if mode_stands_in_cases(field, to) {
            assert_eq!(fields, ["evaluator", "cases.train", "cases.holdout"]);
        } else {
            assert_eq!(fields, [field], "{from} → {to}");
        }
    }
}

/// A change of the mode changes the case texts too, for they say how they are judged.
fn mode_stands_in_cases(field: &str, to: &str) -> bool {
    field == "evaluator" && to.contains("json")
}

/// Tasks are older than `[model]`: one that says nothing there is the task that it was.
/// What a task says of the best score there is came later: whoever says nothing keeps the digest.
#[test]
fn a_bound_is_a_part_of_its_own_and_a_class_may_have_another() {
    let bounded = DRAWN.replace("minimum-effect = 0.05", "minimum-effect = 0.05\nbound = -0.5");
    let (plain, bounded_task) = (load(DRAWN), load(&bounded));
    assert_eq!((plain.bound, bounded_task.bound), (None, Some(-0.5)));
    let (before, after) = (plain.fingerprint(), bounded_task.fingerprint());
    assert_eq!(before, after[..before.len()]);
    assert_eq!((after.len(), after[before.len()].0), (before.len() + 1, "score.bound"));
    let own = bounded.replace("minimum-effect = 1", "minimum-effect = 1\nbound = 2");
    let class = Task::load(folder(&own).path(), Some("a-later-one")).unwrap();
    assert_eq!(class.bound, Some(2.0));
    let other = load(&bounded.replace("-0.5", "-0.25"));
    assert_ne!(other.digest(), bounded_task.digest());
}

#[test]
fn a_model_reaches_the_digest_only_where_the_task_says_something_of_its_own() {
    let parts = |toml: &str| load(toml).fingerprint();
    let silent = parts(DRAWN);
    assert!(silent.iter().all(|(part, _)| *part != "model"));
    let said = "[model]\ndiff-share = 0.5\nopinions = false\n";
    assert_eq!(parts(&format!("{DRAWN}{said}")), silent);
    let prompts = [("p.md", "a\n--- user ---\nb"), ("q.md", "a\n--- user ---\nc")];
    let mut digests = std::collections::BTreeSet::new();
    for own in [
        "diff-share = 0.4",
        "opinions = true",
        "propose = \"p.md\"",
        "propose = \"q.md\"",
        "repair = \"p.md\"",
        "judge = \"p.md\"",
    ] {
        let folder = folder(&format!("{DRAWN}[model]\n{own}\n"));
        for (name, text) in prompts {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let parts = Task::load(folder.path(), None).unwrap().fingerprint();
        assert_eq!(parts[..silent.len()], silent, "{own}");
        let [(part, digest)] = &parts[silent.len()..] else { panic!("{parts:?}") };
        assert_eq!(*part, "model");
        assert!(digests.insert(digest.clone()), "{own}");
    }
}

/// A change of what a task is would orphan every run and every promotion.
#[test]
fn the_digest_of_a_task_is_what_it_was() {
    insta::assert_snapshot!(load(DRAWN).digest(), @"fe7adb4b1e62067bc2a0b7fe818424e1f2d94a521cdb6efa4b20a8bf532165f8");
    insta::assert_snapshot!(load(FIXED).digest(), @"793e73148fa8effb98c84f9e189e27cfa7123445558d722895bf4a1ceed3a279");
    insta::assert_snapshot!(load(EXACT).digest(), @"34cb9e96c2fd0a6cafae05e843e3ef4da176eb1041e85773b3ca7f1fcc782def");
}

#[test]
fn a_pool_is_part_of_the_task_and_of_no_other_class() {
    let toml = DRAWN.replace("train = 32\n", "train = 32\npool = \"pool.jsonl\"\n");
    let both = toml.replace("train = 3\n", "train = 3\npool = \"own.jsonl\"\n");
    let folder = folder(&both);
    std::fs::write(folder.path().join("pool.jsonl"), "\"free\\ntext\"\n{\"a\": 1}\n").unwrap();
    std::fs::write(folder.path().join("own.jsonl"), "7\n").unwrap();
    let pool = |class| match Task::load(folder.path(), class).unwrap().cases {
        Cases::Drawn(simulator) => simulator.pool,
        Cases::Fixed { .. } => panic!("it draws"),
    };
    assert_eq!(pool(None), ["free\ntext", "{\"a\":1}"]);
    assert_eq!(pool(Some("a-later-one")), ["free\ntext", "{\"a\":1}", "7"]);
    let with = Task::load(folder.path(), None).unwrap().fingerprint();
    let without = load(DRAWN).fingerprint();
    assert_eq!(with[..without.len()], without);
    assert_eq!(with[without.len()].0, "simulator.pool");
    std::fs::write(folder.path().join("pool.jsonl"), "\"free\\ntext\"\n{\"a\": 2}\n").unwrap();
    assert_ne!(Task::load(folder.path(), None).unwrap().fingerprint(), with);
}
