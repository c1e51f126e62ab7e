//! Runs that an improver leads: the same bytes whatever happens around them, and an ending whatever the improver does.

use crate::support::{Place, Said, task};
use crate::{RUN, improvers, leaves};
use serde_json::Value;

/// A run of twelve candidates on `dispatch`, led by the improver in `file`.
fn led<'a>(task: &'a str, file: &'a str, workers: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["improve", task, "--improver", file, "--candidates", "12", "--run", "r"];
    arguments.extend(["--workers", workers, "--json"]);
    arguments
}

fn hill_climb() -> String {
    format!("{}/hill-climb.rs", task("improver"))
}

/// A place with `dispatch`, and that run in it, whole.
fn whole(workers: &str) -> (Place, Said) {
    let place = Place::new();
    let task = improvers::dispatch(place.path());
    let said = place.assay(&led(&task, &hill_climb(), workers));
    (place, said)
}

fn events(place: &Place, name: &str) -> Vec<Value> {
    let journal = place.read(name);
    let lines = journal.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["event"].clone()).collect()
}

#[test]
fn a_led_run_is_the_same_bytes_with_other_workers_and_caches_and_replays_bit_for_bit() {
    let (warm, first) = whole("2");
    let cold = Place::with_cold_cache();
    let task = improvers::dispatch(cold.path());
    let second = cold.assay(&led(&task, &hill_climb(), "1"));
    assert_eq!(first.code, second.code, "{}{}", first.err, second.err);
    assert_eq!(warm.read(RUN), cold.read(RUN));
    assert_eq!(leaves(&warm), leaves(&cold));
    let scored = events(&warm, RUN).iter().filter(|event| event["event"] == "candidate").count();
    assert!(scored >= 12, "the improver had its candidates: {}", first.err);
    let replayed = warm.assay(&["replay", "r", "--cached", "--json"]).ended(0).json();
    assert_eq!((&replayed["equal"], &replayed["complete"]), (&true.into(), &true.into()), "{replayed:#}");
}

#[test]
fn a_led_run_that_was_killed_resumes_to_the_same_bytes() {
    let (whole, _) = whole("2");
    let lines = whole.read(RUN).lines().count();
    let killed = Place::with_cold_cache();
    let task = improvers::dispatch(killed.path());
    let mut child = killed.spawn(&led(&task, &hill_climb(), "2"));
    while killed.read(RUN).lines().count() < lines / 2 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let left = killed.read(RUN).lines().count();
    assert!((2..lines).contains(&left), "{left} of {lines} lines: it was not killed on the way");
    // Neither the file nor the library is asked for the improver again.
    killed.assay(&["resume", "--json"]);
    assert_eq!(killed.read(RUN), whole.read(RUN));
    assert_eq!(leaves(&killed), leaves(&whole));
    killed.assay(&["library", "verify"]).ended(0);
}

#[test]
fn an_improver_that_comes_to_nothing_ends_its_run_and_changes_nothing() {
    let head =
        "use assay::*;\n\npub fn improve(program: String, _brief: String) -> Result<String, String> {\n";
    for (name, body, says) in [
        ("traps", "let _ = evaluation::score(&program); panic!(\"{}\", program.len())", "trapped"),
        (
            "gives-up",
            "let _ = evaluation::score(&program); Err(\"no idea\".to_owned())",
            "its own word: no idea",
        ),
        ("prose", "Ok(format!(\"better than {}\", program.len()))", "it is no program of this task"),
        ("breaks", "Ok(program.replacen(\"40.0\", \"forty\", 1))", "came to nothing"),
        ("spins", "loop { std::hint::black_box(evaluation::remaining()); }", "out-of-calls"),
    ] {
        let place = Place::new();
        let task = improvers::dispatch(place.path());
        let file = place.write("improver.rs", format!("{head}    {body}\n}}\n")).display().to_string();
        let mut arguments = led(&task, &file, "2");
        arguments.pop();
        place.assay(&arguments).ended(1).says("nothing changes").says(says);
        assert!(
            !place.path().join("library/log/tile/entries").exists() || leaves(&place).is_empty(),
            "{name}"
        );
        let list = place.assay(&["runs", "list", "--json"]).ended(0).json();
        assert_eq!(list[0]["stands"], "came to nothing", "{name}");
        // It is finished: no resume picks it, and one that names it changes nothing.
        place.assay(&["resume"]).ended(2).says("no unfinished run");
        let journal = place.read(RUN);
        place.assay(&["resume", "r"]).ended(1).says("nothing changes");
        assert_eq!(place.read(RUN), journal, "{name}");
        let replayed = place.assay(&["replay", "r", "--cached", "--json"]).ended(0).json();
        assert_eq!(
            (&replayed["equal"], &replayed["complete"]),
            (&true.into(), &true.into()),
            "{name}: {replayed:#}"
        );
    }
}

#[test]
fn what_is_no_improver_does_not_lead() {
    let place = Place::new();
    let task = improvers::dispatch(place.path());
    let program = format!("{task}/seed.rs");
    place.assay(&led(&task, &program, "2")).ended(2).says("is no improver");
    place.write("not.wasm", b"\0asm\x0d\0\x01\0");
    place.assay(&led(&task, "not.wasm", "2")).ended(2).says("is no improver");
    place.assay(&led(&task, "missing.rs", "2")).ended(2).says("missing.rs");
    assert!(!place.path().join("runs/r").exists(), "nothing was begun");
}

#[test]
fn an_improver_that_was_exchanged_in_its_runs_folder_is_refused_by_name() {
    let (place, _) = whole("2");
    let improver = std::fs::read(place.path().join("runs/r/improver.wasm")).unwrap();
    let another = Place::new();
    let task = improvers::dispatch(another.path());
    another.assay(&led(&task, &format!("{}/beam.rs", crate::support::task("improver")), "2"));
    let other = std::fs::read(another.path().join("runs/r/improver.wasm")).unwrap();
    let journal = place.read(RUN);
    for verb in [vec!["resume", "r"], vec!["replay", "r", "--cached"]] {
        place.write("runs/r/improver.wasm", &other);
        place.assay(&verb).ended(2).says("improver.wasm is not what the run began with");
        place.write("runs/r/improver.wasm", &other[..other.len() / 2]);
        place.assay(&verb).ended(2).says("improver.wasm");
        std::fs::remove_file(place.path().join("runs/r/improver.wasm")).unwrap();
        place.assay(&verb).ended(2).says("improver.wasm");
    }
    assert_eq!(place.read(RUN), journal);
    place.write("runs/r/improver.wasm", &improver);
    place.assay(&["replay", "r", "--cached"]).ended(0);
}
