//! Cases on which an agent is weak, found around a simulator's parameters.

use crate::support::Place;
use serde_json::Value;

/// Good, but for long jobs, which it heaps up; the task's own parameters draw none.
const PLANTED: &str = "pub fn preference(job: u32, load: u32) -> f64 {
    if job > 60 { f64::from(load) } else { -f64::from(load) }
}
";
const EVEN: &str = "pub fn preference(_job: u32, load: u32) -> f64 {
    -f64::from(load)
}
";

fn planted() -> Place {
    let place = Place::new();
    place.assay(&["new", "day", "--template", "simulated"]).ended(0);
    let toml = place.read("day/task.toml");
    let toml = toml
        .replace("longest = 100", "longest = 40")
        .replace("[evaluator]", "references = [\"even.rs\"]\n\n[evaluator]");
    place.write("day/task.toml", toml);
    place.write("day/seed.rs", PLANTED);
    place.write("day/even.rs", EVEN);
    place
}

#[test]
fn a_planted_weakness_is_found_shown_alike_twice_and_added() {
    let place = planted();
    let explore = |more: &[&str]| {
        let mut arguments = vec!["explore", "day", "--edges", "--budget", "120", "--keep", "3", "--json"];
        arguments.extend(more);
        place.assay(&arguments).ended(0)
    };
    let (first, second) = (explore(&["--workers", "1"]), explore(&["--workers", "2"]));
    assert_eq!(first.out, second.out);
    let found = first.json();
    let edges = found["found"]["edges"].as_array().unwrap();
    assert_eq!((edges.len(), found["found"]["evaluations"].as_u64()), (3, Some(120)));
    for edge in edges {
        assert!(edge["parameters"]["longest"].as_u64().unwrap() > 60, "{edge}");
        assert_eq!(edge["best"]["name"], "even.rs");
        assert!(edge["regret"].as_f64().unwrap() > 20.0, "{edge}");
    }
    assert_ne!(explore(&["--seed", "2"]).json()["found"]["edges"], found["found"]["edges"]);
    assert!(!place.path().join("day/pool.jsonl").exists(), "without --add nothing is written");

    let added = explore(&["--add"]).json();
    assert_eq!((&added["added"]["cases"], &added["found"]), (&3.into(), &found["found"]));
    assert_ne!(added["added"]["new"], added["task"]);
    let eval: Value = place.assay(&["eval", "day", "--json"]).ended(0).json();
    assert_eq!(eval["cases"], 19);
    place.assay(&["check", "day"]).ended(0).says(added["added"]["new"].as_str().unwrap());
    // The same cases again are in the pool already.
    let again = explore(&["--add"]).json();
    assert_eq!(again["added"], Value::Null);
}

#[test]
fn what_cannot_be_explored_is_said_with_what_to_do() {
    let place = planted();
    place.assay(&["explore", "day"]).ended(2).says("--edges");
    place.assay(&["explore", "day", "--edges", "--budget", "1"]).ended(2);
    place.write("day/even.rs", PLANTED);
    place.assay(&["explore", "day", "--edges"]).ended(2).says("references = [\"other.rs\"]");
    place.assay(&["new", "shout"]).ended(0);
    place.assay(&["explore", "shout", "--edges"]).ended(2).says("no simulator").says("assay feedback");
    // A simulator that refuses all but its own parameters is a dead end, not an error.
    let simulator = place.read("day/simulator.rs");
    let strict = simulator.replace("let mut state = seed;", "if longest != 40 || jobs != 60 || machines != 4 { return Err(\"no\".into()); }\n    let mut state = seed;");
    assert_ne!(strict, simulator);
    place.write("day/simulator.rs", strict);
    place.write("day/even.rs", EVEN);
    let said = place.assay(&["explore", "day", "--edges", "--budget", "40"]).ended(0);
    said.says("dead ends").says("no case was found on which another agent of the task does better");
}
