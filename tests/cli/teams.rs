//! Teams: shown, run, judged and submitted, and what becomes of a step that goes wrong.

use crate::support::Place;
use crate::teams_support::company;
use serde_json::Value;

const TASK: &str = "tasks/tidy";

/// A team of `odd` twice, side by side, and `trim` after both. `more`: what the first role may say besides.
fn odd_twice(more: &str) -> String {
    format!(
        "# assay team 1\nanswer = \"last\"\n[roles.a]\nname = \"odd\"\ntakes = [\"input\"]\n{more}\n\
         [roles.b]\nname = \"odd\"\ntakes = [\"input\"]\n[roles.last]\nname = \"trim\"\ntakes = [\"a\", \"b\"]\n"
    )
}

fn run(place: &Place, team: &str, input: &str, code: i32) -> Value {
    place.assay(&["team", "run", team, input, "--json"]).ended(code).json()
}

#[test]
fn a_team_is_shown_run_judged_submitted_and_called_like_any_agent() {
    let place = company();
    let said = place.assay(&["team", "show", "start.toml"]).ended(0);
    said.says("1. trim").says("2. loud").says("loud-first").says("→ answer").says("at most 100000000 fuel");

    let ran = run(&place, "start.toml", "  w1 ", 0);
    assert_eq!(ran["answer"], "W1");
    let steps = ran["steps"].as_array().unwrap();
    let told: Vec<(&str, &str, &str)> = steps
        .iter()
        .map(|step| {
            let word = |value: &Value| value.as_str().unwrap().to_owned().leak() as &str;
            (word(&step["role"]), word(&step["input"]), word(&step["ended"]["answered"]["output"]))
        })
        .collect();
    assert_eq!(told, [("trim", "  w1 ", "w1"), ("loud", "w1", "W1")]);
    let spent: u64 = steps.iter().map(|step| step["fuel"].as_u64().unwrap()).sum();
    assert_eq!(ran["fuel"].as_u64(), Some(spent));

    let judged = place.assay(&["eval", TASK, "--agent", "start.toml", "--json"]).ended(0).json();
    assert_eq!(judged["measured"]["score"], 0.5, "{judged:#}");
    let submitted = place.assay(&["submit", TASK, "start.toml", "--json"]).ended(0).json();
    assert_eq!(submitted["component"], judged["component"], "the same bytes, whoever packs it");
    let shown = place.assay(&["team", "show", "tidy", "--json"]).ended(0).json();
    assert_eq!(shown["component"], judged["component"]);
    // The library keeps the document with every role filled; that is the source.
    place.assay(&["library", "show", "tidy"]).ended(0).says("# assay team 1").says("[roles.trim]");
    assert!(!shown["document"].as_str().unwrap().contains("find"), "{shown:#}");

    assert_eq!(place.assay(&["run", "tidy", " w1 "]).ended(0).out.trim(), "ok(\"W1\")");
    let channel = place.assay(&["run", "tidy", "  w1 ", "--channel", "stable", "--json"]).ended(0).json();
    assert_eq!((channel["value"].as_str(), &channel["usage"]["fuel"]), (Some("ok(\"W1\")"), &ran["fuel"]));
    assert_eq!(
        run(&place, "tidy", "  w1 ", 0)["steps"],
        ran["steps"],
        "out of the library as out of the file"
    );
    place.assay(&["run", "tidy", "a", "b"]).ended(1).says("one function, `run`, which takes one text");
    place.assay(&["team", "run", "trim", "x"]).ended(2).says("one agent, not a team");
    place.assay(&["library", "verify", "--reexecute", "tidy"]).ended(0);

    // What a member is revoked for, its team is too.
    place.assay(&["library", "revoke", "loud-first", "--descendants"]).ended(0).says("revoked with it");
    assert_eq!(
        place.assay(&["run", "tidy", "  w1 "]).ended(0).out.trim(),
        "ok(\"  w1 \")",
        "the seed agent is left"
    );
    place.assay(&["team", "run", "start.toml", "x"]).ended(2).says("role `loud`").says("not known here");
    place.write("by-digest.toml", shown["document"].as_str().unwrap());
    place.assay(&["submit", TASK, "by-digest.toml"]).ended(1).says("role `loud`").says("it was revoked");
}

#[test]
fn a_canary_that_is_a_team_is_observed_like_any_other() {
    let place = company();
    let toml = place.read("tasks/tidy/task.toml");
    place.write(
        "tasks/tidy/task.toml",
        format!("{toml}\n[canary]\nshare = 100\nobservations = 1\nfuel-factor = 100.0\n"),
    );
    place.assay(&["submit", TASK, "start.toml", "--channel", "canary"]).ended(0).says("promoted");
    let said = place.assay(&["run", "tidy", " w1 "]).ended(0);
    assert_eq!(said.out.trim(), "ok(\" w1 \")", "stable's answer");
    said.says("answers this otherwise (1 of 1 observations)");
    let said = place.assay(&["run", "tidy", " w1 ", "--channel", "canary"]).ended(0);
    assert_eq!(said.out.trim(), "ok(\"W1\")");
}

#[test]
fn independent_roles_give_the_same_bytes_with_any_number_of_workers() {
    let place = company();
    let mut text = String::from("# assay team 1\nanswer = \"all\"\n[roles.all]\nname = \"trim\"\ntakes = [");
    text.push_str(&(0..6).map(|role| format!("\"r{role}\"")).collect::<Vec<_>>().join(", "));
    text.push_str("]\n");
    for role in 0..6 {
        text.push_str(&format!("[roles.r{role}]\nname = \"loud-all\"\ntakes = [\"input\"]\n"));
    }
    place.write("wide.toml", text);
    let with = |workers| {
        place.assay(&["team", "run", "wide.toml", "x", "--json", "--workers", workers]).ended(0).out
    };
    let one = with("1");
    assert_eq!(one, with("3"));
    let answer = serde_json::from_str::<Value>(&one).unwrap()["answer"].clone();
    assert_eq!(answer, "[\"X\",\"X\",\"X\",\"X\",\"X\",\"X\"]");
}

#[test]
fn a_member_sees_nothing_of_another_and_keeps_nothing_for_the_next() {
    let place = company();
    // The same component in three roles, each of which counts how often it was called.
    place.write("odd.toml", odd_twice("").replace("\"trim\"", "\"odd\""));
    let ran = run(&place, "odd.toml", "count", 0);
    assert_eq!(ran["steps"][0]["ended"]["answered"]["output"], "call 1");
    assert_eq!(ran["steps"][1]["ended"]["answered"]["output"], "call 1");
    assert_eq!(
        ran["answer"], "[\"call 1\",\"call 1\"]",
        "what its edges lead to it is all that a role is given"
    );
    assert_eq!(ran["steps"][2]["input"], ran["answer"]);
}

#[test]
fn a_component_that_is_no_team_as_this_program_makes_one_is_rejected_at_every_door() {
    let place = company();
    place.assay(&["submit", TASK, "start.toml"]).ended(0);
    let shown = place.assay(&["team", "show", "tidy", "--json"]).ended(0).json();
    let blob = place.path().join("library/blobs/sha256").join(shown["component"].as_str().unwrap());
    let team = std::fs::read(blob).unwrap();
    place.write("team.wasm", &team);
    place.assay(&["eval", TASK, "--agent", "team.wasm"]).ended(0).says("0.5");

    let more = [&team[..], &[1, 8], b"\0asm\x01\0\0\0"].concat();
    place.write("more.wasm", more);
    let at = team.windows(6).position(|six| six == b"takes ").unwrap();
    let mut other = team.clone();
    other[at] = b'T';
    place.write("other.wasm", other);
    for (file, why) in [
        ("more.wasm", "there is more in it than its document and its members"),
        ("other.wasm", "not of the form"),
    ] {
        place.assay(&["eval", TASK, "--agent", file]).ended(1).says("rejected").says(why);
        place.assay(&["submit", TASK, file]).ended(1).says("rejected").says(why);
    }
    // A task with an interface of its own has no teams.
    let typed = crate::support::task("bin-packing");
    place.assay(&["eval", &typed, "--agent", "team.wasm"]).ended(1).says("outside the task's grant");
    place.write(
        "one.toml",
        format!(
            "# assay team 1\nanswer = \"a\"\n[roles.a]\nagent = \"{}\"\ntakes = [\"input\"]\n",
            "0".repeat(64)
        ),
    );
    place.assay(&["eval", &typed, "--agent", "one.toml"]).ended(1).says("an interface of their own");
    place.assay(&["eval", TASK, "--agent", "one.toml"]).ended(1).says("it is not in the library");
}

#[test]
fn a_step_that_goes_wrong_ends_with_its_verdict_and_the_team_says_whose() {
    let place = company();
    place.write("odd.toml", odd_twice(""));
    let wrong = [
        ("trap", "/failed/verdict/trapped", "role `a` ended trapped"),
        ("flood", "/failed/verdict/invalid-output", "role `a` ended invalid-output"),
        ("decline", "/declined/words", "role `a` declined: not today"),
        ("grow", "/failed/verdict/out-of-memory", "role `a` ended out-of-memory"),
    ];
    for (word, how, said) in wrong {
        let ran = run(&place, "odd.toml", word, 1);
        assert_eq!(ran["refused"], said);
        let steps = ran["steps"].as_array().unwrap();
        // Both of the wave are there, what waits for them is not.
        assert_eq!(steps.len(), 2, "{word}: {ran:#}");
        for step in steps {
            assert!(step["ended"].pointer(how).is_some(), "{word}: {step:#}");
        }
    }
    let ran = run(&place, "odd.toml", "trap", 1);
    assert!(ran["steps"][0]["log"]["lines"][0]["message"].as_str().unwrap().contains("odd was told to"));
    assert_eq!(run(&place, "odd.toml", "fine", 0)["answer"], "[\"fine\",\"fine\"]");
    // Each output is small enough, both together are no input.
    let ran = run(&place, "odd.toml", "pour", 1);
    assert_eq!(ran["refused"], "role `last` ended invalid-output");
    assert_eq!((&ran["steps"][2]["fuel"], &ran["steps"][2]["input"]), (&Value::from(0), &Value::from("")));
}

#[test]
fn a_roles_fuel_binds_that_role_and_the_tasks_binds_the_team() {
    let place = company();
    // Five units pay for nothing; the other role has a share of the rest.
    place.write("poor.toml", odd_twice("fuel = 5"));
    let ran = run(&place, "poor.toml", "fine", 1);
    assert_eq!(ran["refused"], "role `a` ended out-of-fuel");
    assert_eq!(ran["steps"][0]["ended"]["failed"]["verdict"], "out-of-fuel");
    assert_eq!(ran["steps"][0]["fuel"], 5);
    assert_eq!(ran["steps"][1]["ended"]["answered"]["output"], "fine");

    // A role that spins spends its own share and no more.
    place.write("odd.toml", odd_twice("fuel = 1000000"));
    let ran = run(&place, "odd.toml", "spin", 1);
    let fuel: Vec<u64> =
        ran["steps"].as_array().unwrap().iter().map(|step| step["fuel"].as_u64().unwrap()).collect();
    assert_eq!(fuel, [1_000_000, 99_500_000]);

    // More than the task has is refused before anything runs.
    place.write("greedy.toml", odd_twice("fuel = 200000001"));
    let said = place.assay(&["eval", TASK, "--agent", "greedy.toml"]).ended(1);
    said.says("the roles' fuel adds up to 200000003, and the team may spend 200000000");

    // An evaluator that calls again and again pays out of the same fuel: the third call can't be paid.
    let evaluator = "use assay::*;
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let calls: u32 = case.trim_matches('\"').parse().map_err(|_| Fault::BadCase(case.clone()))?;
    let right = (0..calls).filter(|_| run(\"x\").is_ok()).count();
    Ok(Outcome { score: right as f64, metrics: Vec::new(), notes: String::new() })
}
";
    place.write("tasks/calls/evaluator.rs", evaluator);
    place.write("tasks/calls/seed.rs", place.read("tasks/tidy/seed.rs"));
    place.write(
        "tasks/calls/task.toml",
        place
            .read("tasks/tidy/task.toml")
            .replace("\"tidy\"", "\"calls\"")
            .replace("builtin = \"expectations\"\nmode = \"exact\"", "source = \"evaluator.rs\""),
    );
    for (file, first) in [("cases", 1), ("holdout", 100)] {
        let lines: String = (first..first + 20).map(|calls| format!("\"{calls}\"\n")).collect();
        place.write(&format!("tasks/calls/{file}.jsonl"), lines);
    }
    let all =
        "# assay team 1\nanswer = \"a\"\n[roles.a]\nname = \"odd\"\ntakes = [\"input\"]\nfuel = 199999999\n";
    place.write("stated.toml", all);
    let eval = |cases: &str| {
        place.write("cases.jsonl", cases);
        place.assay(&[
            "eval",
            "tasks/calls",
            "--agent",
            "stated.toml",
            "--cases",
            "cases.jsonl",
            "--json",
            "--each",
        ])
    };
    let once = eval("\"1\"\n").ended(0).json();
    assert_eq!(once["measured"]["score"], 1.0, "{once:#}");
    let twice = eval("\"2\"\n").ended(1).json();
    assert_eq!(twice["failure"]["verdict"], "out-of-fuel", "{twice:#}");
}
