//! Improvers that improve themselves: each generation is led by what is in use, and none is done twice.

use crate::improvers::small_of_four_cases;
use crate::support::Place;
use serde_json::Value;

/// With this seed the first generation finds a better improver and the second none.
const SEED: &str = "3";

const RUNS: [&str; 2] = ["small-seed-3-generation-1", "small-seed-3-generation-2"];

fn generations(task: &str) -> Vec<&str> {
    vec!["improve", task, "--generations", "2", "--candidates", "4", "--seed", SEED, "--json"]
}

fn task(place: &Place) -> String {
    small_of_four_cases(place.path(), "small", "proposals = 24\nevaluations = 24")
}

fn started(place: &Place, run: &str) -> Value {
    let journal = place.read(&format!("runs/{run}/journal.jsonl"));
    let first: Value = serde_json::from_str(journal.lines().nth(1).unwrap()).unwrap();
    first["event"].clone()
}

#[test]
fn each_generation_is_led_by_what_is_in_use_and_none_is_done_twice() {
    let place = Place::new();
    let task = task(&place);
    let said = place.assay(&generations(&task)).ended(0).json();
    assert_eq!(said["promoted"], 1, "{said:#}");
    assert_eq!([0, 1].map(|at| said["generations"][at]["promoted"] == true), [true, false], "{said:#}");

    // The first is led by the seed and given it, the second by what the first one found.
    let [first, second] = RUNS.map(|run| started(&place, run)["search"]["generator"].clone());
    let seed = std::fs::read(format!("{task}/seed.rs")).unwrap();
    assert_eq!(first["start"], assay::digest::sha256(seed), "{first:#}");
    let found = &said["generations"][0]["ending"]["decision"]["component"];
    assert_eq!(second["improver"], *found, "{second:#}");
    let source = std::fs::read(place.path().join(format!("runs/{}/start.rs", RUNS[1]))).unwrap();
    assert_eq!(second["start"], assay::digest::sha256(source));
    assert_ne!(first["improver"], second["improver"]);

    // What was promoted names what it was made from.
    let lineage = place.assay(&["library", "lineage", "small", "--json"]).ended(0).json();
    let (ancestors, replaced) = (lineage["ancestors"].as_array().unwrap(), &lineage["replaced"][0]);
    assert_eq!(ancestors.len(), 1, "{lineage:#}");
    assert_eq!(ancestors[0]["version"], replaced["version"], "{lineage:#}");

    // The same command again: nothing is left to do.
    let before = RUNS.map(|run| place.read(&format!("runs/{run}/journal.jsonl")));
    let log = crate::leaves(&place);
    let again = place.assay(&generations(&task)).ended(0).says("is done already");
    assert_eq!(again.json()["promoted"], 1);
    assert_eq!(RUNS.map(|run| place.read(&format!("runs/{run}/journal.jsonl"))), before);
    assert_eq!(crate::leaves(&place), log);

    // A program to start from that was exchanged is refused by name.
    let start = format!("runs/{}/start.rs", RUNS[1]);
    place.write(&start, "fn main() {}");
    place.assay(&["resume", RUNS[1]]).ended(2).says("start.rs is not what the run began with");
    place.assay(&["replay", RUNS[1], "--cached"]).ended(2).says("start.rs is not what the run began with");
}

#[test]
fn generations_are_for_improvers() {
    let place = Place::new();
    let task = crate::improvers::dispatch(place.path());
    place.assay(&generations(&task)).ended(2).says("has no [nested]").says("--improver");
}
