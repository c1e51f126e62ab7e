//! Real inputs that become cases: what is written, what is refused, and what the exit code says.

use crate::support::{Place, task};
use library::Library;
use serde_json::Value;
use std::path::Path;

/// A task that ships, where a test may change it.
fn copied(place: &Place, name: &str) {
    for entry in std::fs::read_dir(task(name)).unwrap() {
        let entry = entry.unwrap();
        place.write(
            &format!("{name}/{}", entry.file_name().to_string_lossy()),
            std::fs::read(entry.path()).unwrap(),
        );
    }
}

fn digest(place: &Place, folder: &str) -> String {
    place.assay(&["check", folder, "--json"]).json()["digest"].as_str().unwrap().to_owned()
}

/// All files below `folder` with their bytes.
fn everything(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn feedback<'a>(folder: &'a str, input: &'a str, expected: &'a str) -> Vec<&'a str> {
    vec!["feedback", folder, "--input", input, "--expected", expected]
}

#[test]
fn a_wrong_answer_becomes_a_case_and_the_exit_code_says_whether_what_is_in_use_meets_it() {
    let place = Place::new();
    copied(&place, "normalize-dates");
    let folder = "normalize-dates";
    let old = digest(&place, folder);
    // Nothing is promoted: the seed agent stands in.
    let said = place.assay(&feedback(folder, "on 3 May 2031, at noon", "2031-05-03")).ended(1);
    said.says("added to normalize-dates/cases.jsonl")
        .says("the seed agent clumsy.rs")
        .says("assay improve normalize-dates");
    let new = digest(&place, folder);
    assert_ne!(old, new);

    place.assay(&["submit", folder, "normalize-dates/good.rs"]).ended(0).says("promoted");
    let mut words = feedback(folder, "4 May 2031", "2031-05-04");
    words.push("--json");
    let met = place.assay(&words).ended(0).json();
    assert_eq!((met["old"].as_str(), met["met"].as_bool()), (Some(new.as_str()), Some(true)));
    assert_eq!(met["new"].as_str().unwrap(), digest(&place, folder));
    assert_eq!(met["inUse"]["leaf"], 2);
    assert_eq!(met["case"]["verdict"], "scored");
    assert!(met["before"]["score"].as_f64().unwrap() > 0.9, "{met}");

    let before = everything(&place.path().join(folder));
    place
        .assay(&feedback(folder, "4 May 2031", "2031-05-04"))
        .ended(2)
        .says("the task has this case already");
    let said = place.assay(&feedback(folder, "4 May 2031", "2031-05-05")).ended(2);
    said.says("2031-05-04").says("and").says("2031-05-05").says("--replace");
    let holdout = place.read("normalize-dates/holdout.jsonl");
    let sealed: Value = serde_json::from_str(holdout.lines().next().unwrap()).unwrap();
    let said = place.assay(&feedback(folder, sealed["input"].as_str().unwrap(), "x")).ended(2);
    said.says("the task's holdout asks this already");
    assert_eq!(everything(&place.path().join(folder)), before, "what is refused changes nothing");

    let mut words = feedback(folder, "4 May 2031", "invalid");
    words.push("--replace");
    place.assay(&words).ended(1).says("replaced in").says("it does not meet the new case");
    assert_eq!(place.read("normalize-dates/cases.jsonl").matches("4 May 2031").count(), 1);
    // What was promoted on the old version stands as it did.
    place.assay(&["library", "verify"]).ended(0);
}

#[test]
fn hostile_inputs_are_kept_whole_or_refused_whole() {
    let place = Place::new();
    place.assay(&["new", "shout"]).ended(0);
    let controls = place.write("controls.txt", "a\u{1b}[31m\u{7f}\r\n\u{202e}\"\\ {\"input\": 1}\n");
    let arguments = |file: &Path| {
        let file = file.to_str().unwrap().to_owned();
        vec![
            "feedback".to_owned(),
            "shout".into(),
            "--input-file".into(),
            file,
            "--expected".into(),
            "-x".into(),
        ]
    };
    let run = |file: &Path| {
        let arguments = arguments(file);
        place.assay(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let said = run(&controls).ended(1);
    assert!(!said.out.contains('\u{1b}') && !said.out.contains('\u{202e}'), "{}", said.out);
    let line = place.read("shout/cases.jsonl").lines().last().unwrap().to_owned();
    let case: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(case["input"].as_str().unwrap(), place.read("controls.txt"));
    let before = everything(&place.path().join("shout"));
    for (bytes, words) in [
        (b"a\0b".to_vec(), "NUL byte"),
        (b"\xff".to_vec(), "not UTF-8"),
        (vec![b'x'; 2 << 20], "at most 1048576 are added"),
        (vec![b'x'; 17 << 20], "larger than 16 MiB"),
    ] {
        run(&place.write("hostile", bytes)).ended(2).says(words);
    }
    run(Path::new("nowhere")).ended(2).says("nowhere");
    place.assay(&["feedback", "shout"]).ended(2).says("--input and --expected");
    place
        .assay(&["feedback", "shout", "--case", "controls.txt"])
        .ended(2)
        .says("give --input and --expected");
    place.assay(&["feedback", "shout", "--input", "x", "--case", "controls.txt"]).ended(2);
    assert_eq!(everything(&place.path().join("shout")), before);
}

#[test]
fn a_simulators_pool_is_begun_by_feedback_and_reaches_runs_and_evidence() {
    let place = Place::new();
    place.assay(&["new", "day", "--template", "simulated"]).ended(0);
    let toml = place.read("day/task.toml");
    let old = digest(&place, "day");
    let before = everything(&place.path().join("day"));
    place.write("bad", "{\"machines\": 0, \"jobs\": [1]}");
    let said = place.assay(&["feedback", "day", "--case", "bad"]).ended(2);
    said.says("the task's evaluator does not take this case: `machines` is missing or malformed");
    assert_eq!(everything(&place.path().join("day")), before);

    place.write("case", "{\"machines\": 2, \"jobs\": [7, 7, 14]}\n");
    place.assay(&["feedback", "day", "--case", "case"]).ended(0).says("pool.jsonl");
    let grown = toml.replace("[simulator]\n", "[simulator]\npool = \"pool.jsonl\"\n");
    assert_eq!(place.read("day/task.toml"), grown, "the author's words stay");
    assert_ne!(digest(&place, "day"), old);
    let eval = place.assay(&["eval", "day", "--json"]).ended(0).json();
    assert_eq!(eval["cases"], 17, "16 are drawn");

    place.assay(&["improve", "day", "--candidates", "8", "--run", "r"]);
    assert!(place.read("runs/r/journal.jsonl").contains(&digest(&place, "day")));
    place.write("good.rs", "pub fn preference(_job: u32, load: u32) -> f64 {\n    -f64::from(load)\n}\n");
    place.assay(&["submit", "day", "good.rs"]).ended(0).says("promoted");
    let library = Library::open_read_only(&place.path().join("library")).unwrap();
    let (_, leaf) = library.leaves().next_back().unwrap();
    let statement: Value = serde_json::from_slice(&library.get(&leaf.evidence[0]).unwrap()).unwrap();
    let blob = library::Digest::from_hex(statement["predicate"]["train"]["blob"].as_str().unwrap()).unwrap();
    let cases: Vec<String> = serde_json::from_slice(&library.get(&blob).unwrap()).unwrap();
    assert_eq!((cases.len(), cases[16].as_str()), (17, "{\"machines\": 2, \"jobs\": [7, 7, 14]}\n"));
    let again = place.assay(&["library", "verify", "--reexecute", "day"]).ended(0);
    again.says("train cases of the pool").says("confirmed bit for bit");
}
