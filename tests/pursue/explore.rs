//! Which tasks are worth an agent. Of what an explorer proposes only that is kept which today's library can neither do nor is hopeless at:
//! else searches would be spent on what is known, and on what nobody can learn.

use crate::field::{GOALS, field, stocked};
use crate::support::Place;
use serde_json::{Value, json};

fn explored(place: &Place, task: &str, more: &[&str]) -> Vec<Value> {
    let said = place.assay(&[&["explore", task, "--json"], more].concat()).ended(0).json();
    said["proposed"].as_array().unwrap().clone()
}

fn fate(proposed: &[Value], task: &str) -> Option<String> {
    let of = proposed.iter().find(|proposed| proposed["task"] == task && proposed["parameters"] == "")?;
    Some(of["fate"].as_str().unwrap().to_owned())
}

/// Proposes every task, and one that is none.
const ALL: &str = "use assay::*;

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    let mut names: Vec<String> = catalogue::tasks().into_iter().map(|task| task.name).collect();
    names.push(\"nothing\".to_owned());
    let proposal = |task| catalogue::Proposal { task, parameters: String::new(), why: \"all of them\".to_owned() };
    names.into_iter().map(proposal).collect()
}
";

#[test]
fn what_is_proposed_is_kept_if_it_is_neither_known_nor_trivial_nor_hopeless() {
    let place = stocked(&["triple"]);
    place.write("all.rs", ALL);
    // Whose seed is as good as its best reference; and whose seed no single edit makes better.
    let seed = place.read("tasks/count/seed.rs");
    let seed = seed.replace("(input.len() + 2).to_string()", "format!(\"{}\", input.len() + 1)");
    place.write("tasks/count/seed.rs", seed);
    let far = place.read("tasks/size/seed.rs").replace("Ok(input)", "Ok(input.replace(\"a\", \"b\"))");
    place.write("tasks/size/seed.rs", far);
    let proposed = explored(&place, "tasks/echo", &["--explorer", "all.rs"]);
    for (task, expected) in [
        ("cut", "kept"),
        ("triple", "known"),
        ("echo", "known"),
        ("count", "trivial"),
        ("size", "hopeless"),
        ("nothing", "unknown"),
    ] {
        assert_eq!(fate(&proposed, task).as_deref(), Some(expected), "{task}: {proposed:#?}");
    }
    let cut = proposed.iter().find(|proposed| proposed["task"] == "cut").unwrap();
    assert_eq!(
        (&cut["attempt"], &cut["best"]),
        (&json!(0.0), &json!(1.0)),
        "what stands beside what: {cut:#}"
    );
    assert!(cut["better"][0].as_u64().unwrap() > 0 && cut["better"][1].as_u64().unwrap() <= 24, "{cut:#}");
    // Looking builds nothing and writes nothing.
    assert_eq!(place.read(GOALS), "");
    assert!(!place.path().join("runs/goal-1-cut-1").exists());
    assert_eq!(explored(&place, "tasks/echo", &["--explorer", "all.rs"]), proposed, "the same again");
    place
        .assay(&["explore", "tasks/echo", "--explorer", "all.rs"])
        .ended(0)
        .says("around echo")
        .says("in use");
}

#[test]
fn a_task_outside_of_the_catalogue_is_told_so() {
    let place = field();
    let toml = place.read("tasks/echo/task.toml");
    let (without, _) = toml.split_once("[catalogue]").unwrap();
    place.write("tasks/echo/task.toml", without);
    place.assay(&["explore", "tasks/echo"]).ended(2).says("has no section [catalogue]");
    place.assay(&["explore", "tasks/cut", "--explorer", "tasks/cut/seed.rs"]).ended(2).says("is no explorer");
}

/// Draws so many letters, and what they are three times.
const DRAWS: &str = "use assay::*;

pub fn draw(seed: u64, parameters: String) -> Result<String, String> {
    let parameters: json::Value = json::from_str(&parameters).map_err(|error| error.to_string())?;
    let known = parameters.as_object().is_some_and(|keys| keys.keys().all(|key| key == \"letters\"));
    let letters = parameters[\"letters\"].as_u64().filter(|letters| known && (1..=60).contains(letters));
    let letters = letters.ok_or(\"1 to 60 letters, and nothing else\")?;
    let text: String = (0..letters).map(|at| if seed >> at & 1 == 0 { 'a' } else { 'b' }).collect();
    Ok(format!(\"{{\\\"input\\\":\\\"{text}\\\",\\\"expected\\\":\\\"{}\\\"}}\", text.repeat(3)))
}
";

/// The share of cases with the expected answer.
const JUDGES: &str = "use assay::*;

pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let case: json::Value = json::from_str(&case).map_err(|error| Fault::BadCase(error.to_string()))?;
    let answer = run(case[\"input\"].as_str().unwrap_or_default()).map_err(Fault::InvalidOutput)?;
    let score = if case[\"expected\"] == answer.as_str() { 1.0 } else { 0.0 };
    Ok(Outcome { score, metrics: Vec::new(), notes: String::new() })
}
";

#[test]
fn other_parameters_are_tried_on_cases_of_their_own_and_those_that_can_not_be_are_broken() {
    let place = field();
    let toml = place.read("tasks/triple/task.toml");
    let toml =
        toml.replace("builtin = \"expectations\"\nmode = \"exact\"", "source = \"evaluator.rs\"").replace(
            "[cases]\ntrain = \"cases.jsonl\"\nholdout = \"holdout.jsonl\"",
            "[simulator]\nsource = \"simulator.rs\"\ntrain = 4\nparameters = { letters = 4 }",
        );
    place.write("tasks/triple/task.toml", toml);
    place.write("tasks/triple/evaluator.rs", JUDGES);
    place.write("tasks/triple/simulator.rs", DRAWS);
    let proposed = explored(&place, "tasks/triple", &[]);
    let other: Vec<&Value> = proposed.iter().filter(|proposed| proposed["parameters"] != "").collect();
    let parameters: Vec<&str> = other.iter().map(|one| one["parameters"].as_str().unwrap()).collect();
    assert_eq!(parameters, ["{\"letters\":2}", "{\"letters\":8}"], "halved and doubled");
    for one in other {
        assert_eq!(
            (&one["task"], &one["fate"], &one["best"]),
            (&json!("triple"), &json!("kept"), &json!(1.0))
        );
    }

    let wild = [
        "{\\\"letters\\\":99999999999}",
        "{\\\"letters\\\":-1}",
        "{}",
        "[[",
        "{\\\"letters\\\":4,\\\"evaluator\\\":\\\"mine\\\"}",
    ];
    let list: Vec<String> = wild.iter().map(|text| format!("\"{text}\"")).collect();
    let explorer = format!(
        "use assay::*;\n\npub fn explore(_around: String) -> Vec<catalogue::Proposal> {{
    let proposal = |parameters: &str| catalogue::Proposal {{
        task: \"triple\".to_owned(), parameters: parameters.to_owned(), why: String::new(),
    }};
    [{}].map(proposal).into()\n}}\n",
        list.join(", ")
    );
    place.write("wild.rs", explorer);
    let proposed = explored(&place, "tasks/triple", &["--explorer", "wild.rs"]);
    assert_eq!(proposed.len(), wild.len());
    for one in proposed {
        assert_eq!(one["fate"], "broken", "{one:#}");
    }
}
