//! What was promoted, asked again: holds, drifted, fails; and taken back, with a library that verifies.

use crate::support::Place;
use library::{Kind, Library};
use serde_json::Value;

/// The agent to beat: right for short words only.
const SEED: &str = "pub fn run(input: String) -> Result<String, String> {
    Ok(if input.len() < 8 { input.to_uppercase() } else { input })
}
";
/// Passes all gates: no case has an exclamation mark.
const TRAPS: &str = "pub fn run(input: String) -> Result<String, String> {
    if input.contains('!') {
        std::process::abort();
    }
    Ok(input.to_uppercase())
}
";

fn cases(of: impl Fn(u32) -> String, expected: impl Fn(&str) -> String) -> String {
    let line = |i| {
        let words = of(i);
        format!("{{\"input\": \"{words}\", \"expected\": \"{}\"}}\n", expected(&words))
    };
    (0..20).map(line).collect()
}

/// The task `shout`, with [`TRAPS`] in use.
fn promoted() -> Place {
    let place = Place::new();
    place.assay(&["new", "shout"]).ended(0);
    place.write("shout/cases.jsonl", cases(|i| format!("word {i} here"), str::to_uppercase));
    place.write("shout/holdout.jsonl", cases(|i| format!("other {i} there"), str::to_uppercase));
    place.write("shout/seed.rs", SEED);
    place.write("agent.rs", TRAPS);
    place.assay(&["submit", "shout", "agent.rs"]).ended(0).says("promoted");
    place
}

fn reassess(place: &Place, more: &[&str], code: i32) -> Value {
    let mut arguments = vec!["reassess", "--tasks", "shout", "--json"];
    arguments.extend(more);
    place.assay(&arguments).ended(code).json()
}

fn in_use(place: &Place) -> String {
    let list = place.assay(&["library", "list", "--json"]).ended(0).json();
    list["current"][0]["component"].as_str().unwrap().to_owned()
}

#[test]
fn a_version_that_still_gains_holds_and_nothing_is_written() {
    let place = Place::new();
    place.assay(&["new", "day", "--template", "simulated"]).ended(0);
    place.assay(&["new", "shout"]).ended(0);
    place.write("good.rs", "pub fn preference(_job: u32, load: u32) -> f64 {\n    -f64::from(load)\n}\n");
    place.assay(&["submit", "day", "good.rs"]).ended(0).says("promoted");
    let log = place.read("library/log/checkpoint");
    let first = place.assay(&["reassess", "--tasks", ".", "--demote", "--json", "--workers", "2"]).ended(0);
    let again = place.assay(&["reassess", "day", "--tasks", "day", "--json", "--workers", "1"]).ended(0);
    assert_eq!(first.out, again.out, "one head of the log draws one set of cases");
    assert_eq!(place.read("library/log/checkpoint"), log);
    let row = &first.json()["agents"][0];
    assert_eq!((&row["standing"], &row["demoted"]), (&"holds".into(), &Value::Null));
    let found = &row["assessment"];
    assert_eq!(
        (&found["drawn"], &found["count"], &found["taskChanged"]),
        (&true.into(), &80.into(), &false.into())
    );
    assert!(
        found["then"]["gain"]["gain"].as_f64().unwrap() > 10.0
            && found["ruling"]["gain"]["mean"].as_f64().unwrap() > 10.0
    );
    let said = place.assay(&["reassess", "--tasks", "day"]).ended(0);
    said.says("day").says("holds").says("80 drawn for this").says("as it was");
    // Another head, other cases.
    place.assay(&["submit", "day", "good.rs"]).ended(1);
    place.write("worse.rs", "pub fn preference(job: u32, load: u32) -> f64 {\n    -f64::from(load) - f64::from(job % 2) * 0.5\n}\n");
    place.assay(&["submit", "day", "worse.rs"]);
    let later = place.assay(&["reassess", "--tasks", "day", "--json"]).ended(0).json();
    if later["log"] != first.json()["log"] {
        assert_ne!(later["agents"][0]["assessment"]["cases"], found["cases"]);
    }
    place.assay(&["reassess", "nobody", "--tasks", "day"]).ended(2).says("assay library list");
    place.assay(&["reassess", "--tasks", "shout"]).ended(2).says("--tasks names another folder");
    place.assay(&["reassess", "--tasks", "nowhere"]).ended(2).says("nowhere");
}

#[test]
fn feedback_that_breaks_a_version_demotes_it_and_the_library_verifies() {
    let place = promoted();
    let version = in_use(&place);
    assert_eq!(reassess(&place, &[], 0)["agents"][0]["standing"], "holds");
    let said = place.assay(&["feedback", "shout", "--input", "ouch!", "--expected", "OUCH!"]).ended(1);
    said.says("trapped").says("it does not meet the new case");

    let found = reassess(&place, &[], 1);
    let row = &found["agents"][0];
    assert_eq!(
        (&row["standing"], &row["demotable"], &row["demoted"]),
        (&"fails".into(), &true.into(), &Value::Null)
    );
    assert_eq!(row["assessment"]["taskChanged"], true);
    assert_eq!(row["assessment"]["failures"][0]["case"], 20);
    assert_eq!(in_use(&place), version, "without --demote nothing changes");

    let said = place.assay(&["reassess", "--tasks", "shout", "--demote"]).ended(1);
    said.says("fails").says("case   20: trapped (Unreachable)").says("demoted (leaf 3); in use now");
    place.assay(&["library", "verify"]).ended(0);
    assert_ne!(in_use(&place), version);
    place.assay(&["run", "shout", "ouch!"]).ended(0).says("OUCH!");

    let library = Library::open_read_only(&place.path().join("library")).unwrap();
    let (_, leaf) = library.leaves().next_back().unwrap();
    assert_eq!(leaf.kind, Kind::Demote);
    let statement: Value = serde_json::from_slice(&library.get(&leaf.evidence[0]).unwrap()).unwrap();
    assert_eq!(statement["predicateType"], "https://assay.dev/reassessment/v1");
    let told = &statement["predicate"]["reassessment"];
    assert_eq!((&told["ruling"]["standing"], &told["failures"][0]["case"]), (&"fails".into(), &20.into()));
    assert_eq!(told["scores"]["predecessor"].as_array().unwrap().len(), 21);
    let again = place.assay(&["library", "verify", "--reexecute", &version]).ended(0);
    again.says("leaf 3 (demote shout)").says("ruling").says("confirmed bit for bit");

    // What opened the name promised no gain, and nothing stands behind it.
    let row = &reassess(&place, &["--demote"], 0)["agents"][0];
    assert_eq!((&row["standing"], &row["demotable"]), (&"holds".into(), &false.into()));
}

#[test]
fn a_lost_gain_is_drift_and_a_loss_is_taken_back() {
    let place = promoted();
    let version = in_use(&place);
    // Now only short words are asked, which both get right.
    place.write("shout/cases.jsonl", cases(|i| format!("w{i}"), str::to_uppercase));
    let row = &reassess(&place, &["--demote"], 1)["agents"][0];
    assert_eq!(
        (&row["standing"], &row["demotable"], &row["demoted"]),
        (&"drifted".into(), &false.into(), &Value::Null)
    );
    assert_eq!(in_use(&place), version);
    // Now long words should stay as they are, as the seed agent leaves them.
    place.write("shout/cases.jsonl", cases(|i| format!("word {i} here"), str::to_owned));
    let row = &reassess(&place, &["--demote"], 1)["agents"][0];
    assert_eq!((&row["standing"], &row["demoted"]["leaf"]), (&"drifted".into(), &3.into()));
    assert!(row["why"].as_str().unwrap().starts_with("worse than what it replaced: mean gain -1.0000"));
    assert_ne!(in_use(&place), version);
    place.assay(&["library", "verify", "--reexecute", &version]).ended(0).says("confirmed bit for bit");
}

#[test]
fn a_demotion_waits_for_people_where_the_root_of_trust_wants_them() {
    let place = promoted();
    let version = in_use(&place);
    let keys = place.assay(&["--keys", "anna", "keys", "--json"]).ended(0).json();
    let approver = keys.as_array().unwrap().iter().find(|key| key["role"] == "approver").unwrap().clone();
    place.write("anna.pub", approver["public"].as_str().unwrap());
    let next =
        ["library", "root", "next", "root.json", "--add-approver", "anna=anna.pub", "--approvers", "1"];
    place.assay(&[&next[..], &["--approve", "demote:stable"]].concat()).ended(0);
    place.assay(&["library", "root", "apply", "root.json"]).ended(0);
    place.assay(&["feedback", "shout", "--input", "ouch!", "--expected", "OUCH!"]).ended(1);

    let row = &reassess(&place, &["--demote"], 1)["agents"][0];
    let waits = row["demoted"]["pending"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    assert_eq!(in_use(&place), version, "until people approved it stays");
    place.assay(&["library", "pending", &waits[..8]]).ended(0).says("demote");
    place.assay(&["--keys", "anna", "library", "approve", &waits[..8], "--detached", "anna.sig"]).ended(0);
    place.assay(&["library", "approve", &waits[..8], "--signature", "anna.sig"]).ended(0);
    assert_ne!(in_use(&place), version);
    place.assay(&["library", "verify", "--reexecute", &version]).ended(0).says("confirmed bit for bit");
}

#[test]
fn a_task_that_cannot_be_asked_is_named_and_keeps_no_other_from_it() {
    let place = promoted();
    place.assay(&["new", "whisper"]).ended(0);
    place.write("whisper/cases.jsonl", cases(|i| format!("word {i} here"), str::to_uppercase));
    place.write("whisper/holdout.jsonl", cases(|i| format!("other {i} there"), str::to_uppercase));
    place.write("whisper/seed.rs", SEED);
    place.assay(&["submit", "whisper", "agent.rs"]).ended(0);
    place.write("whisper/task.toml", "[task");
    let said = place.assay(&["reassess", "--tasks", "."]).ended(1);
    said.says("holds").says("unmeasured").says("not valid TOML");
}
