//! `library verify --reexecute`: figures that come out again, and hosts that lied about them.

use crate::support::{Place, task};
use library::{Keys, Kind, Leaf, Library, Statement};
use serde_json::{Value, json};

/// What a host makes of a predicate.
type Lie = fn(&mut Value);

/// A library with other keys whose promotions say what `lie` makes of them. All its signatures are good.
fn forge(place: &Place, name: &str, lie: Lie) {
    forge_of(place, name, Kind::Promote, lie);
}

/// The same for leaves of another kind.
fn forge_of(place: &Place, name: &str, about: Kind, lie: Lie) {
    let at = |name: &str| place.path().join(name);
    let honest = Library::open_read_only(&at("library")).unwrap();
    let keys = Keys::open_or_create(&at("liar")).unwrap();
    let mut library = Library::open_or_create(&at(name), "a/liar", &keys).unwrap();
    for blob in std::fs::read_dir(at("library/blobs/sha256")).unwrap() {
        library.put(&std::fs::read(blob.unwrap().path()).unwrap()).unwrap();
    }
    for (_, leaf) in honest.leaves() {
        let mut evidence = Vec::new();
        for payload in &leaf.evidence {
            let mut statement: Value = serde_json::from_slice(&honest.get(payload).unwrap()).unwrap();
            if leaf.kind == about {
                lie(&mut statement["predicate"]);
            }
            let kind = statement["predicateType"].as_str().unwrap();
            let statement = Statement::new(&leaf.version().unwrap(), kind, &statement["predicate"]).unwrap();
            evidence.push(library.sign(&statement).unwrap());
        }
        library.append(Leaf { evidence, ..leaf.clone() }).unwrap();
    }
}

/// The rows that differ, by name.
fn differing(said: &Value) -> Vec<&str> {
    let rows = said["reexecuted"][0]["rows"].as_array().unwrap();
    rows.iter().filter(|row| row["outcome"] == "differs").map(|row| row["what"].as_str().unwrap()).collect()
}

fn verify<'a>(library: &'a str, version: &'a str) -> Vec<&'a str> {
    vec!["library", "verify", "--library", library, "--reexecute", version]
}

/// A text task of a person's own with a promoted agent.
fn shout() -> Place {
    let place = Place::new();
    place.assay(&["new", "shout"]).ended(0);
    let case =
        |words: &str| format!("{{\"input\": \"{words}\", \"expected\": \"{}\"}}\n", words.to_uppercase());
    let cases = |from: u32| (from..from + 20).map(|i| case(&format!("word {i} here"))).collect::<String>();
    place.write("shout/cases.jsonl", cases(0));
    place.write("shout/holdout.jsonl", cases(100));
    place.write("shout/seed.rs", "pub fn run(input: String) -> Result<String, String> {\n    Ok(input)\n}\n");
    let good = "pub fn run(input: String) -> Result<String, String> {\n    Ok(input.to_uppercase())\n}\n";
    let good = place.write("good.rs", good);
    place.assay(&["submit", "shout", good.to_str().unwrap()]).ended(0);
    place
}

#[test]
fn a_promotion_comes_out_again_without_its_task_and_its_sealed_holdout_stays_sealed() {
    let place = shout();
    std::fs::remove_dir_all(place.path().join("shout")).unwrap();
    let holdout = "word 105 here";
    for blob in std::fs::read_dir(place.path().join("library/blobs/sha256")).unwrap() {
        let bytes = std::fs::read(blob.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(holdout), "a sealed case stands in the library");
    }
    let said = place.assay(&verify("library", "shout")).ended(0);
    said.says("holdout sealed").says("confirmed bit for bit, as far as it can be compared");
    place.assay(&verify("library", "nobody")).ended(2).says("library list");
}

#[test]
fn a_lie_about_any_figure_is_caught_and_named() {
    let place = shout();
    let lies: [(&str, &str, Lie); 6] = [
        ("score", "train score", |said| said["train"]["measured"]["score"] = json!(1.5)),
        ("fuel", "train fuel", |said| said["train"]["measured"]["fuel"] = json!(17)),
        ("weak", "incumbent's train score", |said| said["baseline"]["train"]["score"] = json!(-1.0)),
        ("loose", "judging", |said| said["gates"]["alpha"] = json!(0.9)),
        ("limits", "limits", |said| said["limits"]["fuel"] = json!(199_000_000)),
        ("hides", "evaluator", |said| said["evaluator"]["component"] = json!("00".repeat(32))),
    ];
    for (library, figure, lie) in lies {
        forge(&place, library, lie);
        place.assay(&["library", "verify", "--library", library]).ended(0);
        let said = place.assay(&verify(library, "shout")).ended(1).says("NOT CONFIRMED").says(figure);
        assert!(said.err.is_empty(), "{}", said.err);
        let mut arguments = verify(library, "shout");
        arguments.push("--json");
        let said = place.assay(&arguments).ended(1).json();
        assert!(said["equal"] == false && differing(&said).contains(&figure), "{library}: {said:#}");
    }
    forge(&place, "old", |said| said["train"]["blob"] = Value::Null);
    place.assay(&verify("old", "shout")).ended(1).says("does not say enough to be executed again");
}

#[test]
fn a_lie_about_a_demotion_is_caught_and_named() {
    let place = shout();
    let version = place.assay(&["library", "show", "shout", "--json"]).ended(0).json();
    let version = version["leaf"]["component"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    // What should come out is what went in by now, as the seed agent has it.
    let same = |i| format!("{{\"input\": \"word {i} here\", \"expected\": \"word {i} here\"}}\n");
    place.write("shout/cases.jsonl", (0..20).map(same).collect::<String>());
    place.assay(&["reassess", "--tasks", "shout", "--demote"]).ended(1).says("demoted (leaf 3)");
    place.assay(&verify("library", &version)).ended(0).says("confirmed bit for bit");
    let lies: [(&str, &str, Lie); 7] = [
        ("score", "now score", |said| said["asked"]["measured"]["score"] = json!(0.5)),
        ("before", "what it replaced, now score", |said| {
            said["predecessor"]["measured"]["score"] = json!(0.5)
        }),
        ("ruling", "ruling", |said| said["reassessment"]["ruling"]["standing"] = json!("fails")),
        ("level", "level", |said| said["reassessment"]["spent"]["level"] = json!(0.9)),
        ("heads", "heads of the log", |said| said["reassessment"]["spent"]["heads"] = json!(7)),
        ("alpha", "judging", |said| said["reassessment"]["spent"]["alpha"] = json!(0.5)),
        ("early", "log root at the reassessment", |said| said["reassessment"]["logSize"] = json!(2)),
    ];
    for (library, figure, lie) in lies {
        forge_of(&place, library, Kind::Demote, lie);
        place.assay(&["library", "verify", "--library", library]).ended(0);
        place.assay(&verify(library, &version)).ended(1).says("NOT CONFIRMED").says(figure);
    }
    forge_of(&place, "silent", Kind::Demote, |said| said["reassessment"] = Value::Null);
    place.assay(&verify("silent", &version)).ended(1).says("it does not say how the version was reassessed");
}

#[test]
fn drawn_cases_are_drawn_again_from_the_log_and_chosen_ones_are_caught() {
    let place = Place::new();
    let best_fit = format!("{}/best-fit.rs", task("bin-packing"));
    let made = place.assay(&["submit", &task("bin-packing"), &best_fit, "--json"]).ended(0).json();
    let mut arguments = verify("library", "bin-packing-uniform-150");
    arguments.push("--json");
    let said = place.assay(&arguments).ended(0).json();
    let rows = said["reexecuted"][0]["rows"].as_array().unwrap();
    for what in
        ["holdout cases, drawn again", "log root at the attempt", "holdout results digest", "decision"]
    {
        let row = rows.iter().find(|row| row["what"] == what).unwrap();
        assert_eq!(row["outcome"], "equal", "{row}");
    }
    let seed = made["incumbent"].as_str().unwrap();
    place.assay(&verify("library", seed)).ended(0).says("baseline").says("confirmed bit for bit");

    // The host judges on the train cases instead, which its candidate knows.
    forge(&place, "chooses", |said| {
        let (cases, blob) = (said["train"]["cases"].clone(), said["train"]["blob"].clone());
        said["decision"]["holdout"]["commitment"] = cases.clone();
        (said["holdout"]["cases"], said["holdout"]["blob"]) = (cases, blob);
    });
    place
        .assay(&verify("chooses", "bin-packing-uniform-150"))
        .ended(1)
        .says("these cases do not follow from the log");
    forge(&place, "hides", |said| said["holdout"] = Value::Null);
    place.assay(&verify("hides", "bin-packing-uniform-150")).ended(1).says("the evidence names none");
    // What does not verify is not executed.
    let entries = place.path().join("chooses/index.json");
    std::fs::write(entries, "{}").unwrap();
    let said = place.assay(&verify("chooses", "bin-packing-uniform-150")).ended(1);
    said.says("nothing was executed");
}
