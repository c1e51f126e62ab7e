//! `replay`: the same bytes from another place, and what it says where they are not the same.

use crate::support::{Place, task};
use crate::{RUN, improve};
use serde_json::{Value, json};

/// All files of the library and the runs, with their bytes.
fn everything(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![place.path().join("library"), place.path().join("runs")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Rewrite the first event that `change` takes, and the chain of hashes after it. Its number.
fn forge(place: &Place, change: impl Fn(&mut Value) -> bool) -> usize {
    let journal = place.read(RUN);
    let mut lines = journal.lines();
    let mut out = vec![lines.next().unwrap().to_owned()];
    let mut changed = None;
    for (number, line) in lines.enumerate() {
        // As text where nothing changes: the order of keys is the writer's.
        let event = &line[line.find("\"event\":").unwrap() + 8..line.len() - 1];
        let mut value: Value = serde_json::from_str(event).unwrap();
        let event = if changed.is_none() && change(&mut value) {
            changed = Some(number);
            let event: assay::run::event::Event = serde_json::from_value(value).unwrap();
            serde_json::to_string(&event).unwrap()
        } else {
            event.to_owned()
        };
        let prev = assay::digest::sha256(out.last().unwrap());
        out.push(format!("{{\"prev\":\"{}\",\"event\":{event}}}", &prev[..16]));
    }
    place.write(RUN, out.join("\n") + "\n");
    changed.unwrap()
}

fn replay(place: &Place) -> crate::support::Said {
    place.assay(&["replay", "r", "--cached", "--json"])
}

#[test]
fn a_run_replays_with_other_keys_in_another_place_and_writes_nothing() {
    let place = Place::new();
    let task = task("bin-packing");
    // Something stands in the log already, so the replay's holdout must meet it.
    let best_fit = format!("{task}/best-fit.rs");
    place.assay(&["submit", &task, &best_fit, "--by", "a test"]).ended(0);
    place.assay(&improve(&task, "7", "2"));
    let before = everything(&place);
    let said = place.assay(&["replay", "r", "--json", "--workers", "1"]).ended(0).json();
    assert_eq!(
        (&said["equal"], &said["complete"], &said["compileCache"]),
        (&json!(true), &json!(true), &json!("fresh"))
    );
    assert_eq!(everything(&place), before);
    assert_eq!(replay(&place).ended(0).json()["compileCache"], "yours");

    // Without the library: the journal alone, up to the gates.
    std::fs::rename(place.path().join("library"), place.path().join("elsewhere")).unwrap();
    let said = place.assay(&["replay", "r", "--cached"]).ended(0);
    said.says("the log that its gates met is not at hand").says("as far as it can be compared");

    // An unfinished run: as far as it went.
    let journal = place.read(RUN);
    let part: String = journal.split_inclusive('\n').take(20).collect();
    place.write(RUN, part);
    let said = replay(&place).ended(0).json();
    assert_eq!((&said["events"], &said["complete"]), (&json!(19), &json!(false)), "{said:#}");
}

#[test]
fn a_promotion_replays_to_the_same_leaves() {
    let place = Place::new();
    // From first-fit to a promotion within a few candidates.
    place.assay(&improve(&task("bin-packing"), "7", "2"));
    let said = replay(&place).ended(0).json();
    assert_eq!((&said["equal"], &said["complete"]), (&json!(true), &json!(true)), "{said:#}");
    let rows = said["rows"].as_array().unwrap();
    let bodies = rows.iter().filter(|row| row["what"].as_str().unwrap().starts_with("body of leaf"));
    assert_eq!(bodies.count(), 3, "baseline, attempt and what resolved it: {said:#}");
    assert!(rows.iter().any(|row| row["what"] == "holdout score"), "{said:#}");

    // A bad ancestor takes what was derived from it along.
    let log = place.assay(&["library", "log", "--json"]).ended(0).json();
    let version = |index: usize| log[index]["leaf"]["manifest"].as_str().unwrap().to_owned();
    let (seed, winner) = (version(0), version(2));
    place.assay(&["library", "lineage", &winner]).ended(0).says("derived from (nearest first)");
    place.assay(&["library", "lineage", &seed]).ended(0).says(&winner[7..19]);
    let said = place.assay(&["library", "revoke", &seed, "--descendants"]).ended(0);
    said.says("revoked with it").says("current now in bin-packing-uniform-150 (stable): nothing");
    for version in [&seed, &winner] {
        place.assay(&["run", version, "1", "2"]).ended(2).says("was revoked by leaf");
    }
    place.assay(&["library", "verify"]).ended(0);
}

#[test]
fn a_forged_score_is_named_even_where_the_chain_of_hashes_was_mended() {
    let place = Place::new();
    place.assay(&improve(&task("sorting-network"), "1", "2"));
    replay(&place).ended(0);
    let scored = |event: &mut Value| {
        let of = |event: &Value| event["event"] == "candidate" && event["fate"]["fate"] == "scored";
        let is = of(event) && event["id"] != 0;
        if is {
            event["fate"]["measured"]["score"] = json!(0.5);
        }
        is
    };
    let number = forge(&place, scored);
    let said = replay(&place).ended(1).json();
    assert_eq!(said["firstDifference"]["event"], number, "{said:#}");
    let words = place.assay(&["replay", "r", "--cached"]).ended(1);
    words
        .says(&format!("the first that differs is event {number} (candidate"))
        .says("fate.measured.score recorded 0.5");
    // Another toolchain makes it another run: nothing is executed.
    let started = |event: &mut Value| {
        let is = event["event"] == "started";
        event["compiler"] = json!("rustc 0.0.0");
        is
    };
    assert_eq!(forge(&place, started), 0);
    let words = place.assay(&["replay", "r", "--cached"]).ended(1);
    words.says("compiler recorded \"rustc 0.0.0\"").says("nothing was executed");
}

#[test]
fn a_fate_that_depended_on_the_machine_is_taken_as_it_is_and_said() {
    let place = Place::new();
    place.assay(&improve(&task("bin-packing"), "7", "2"));
    let number = forge(&place, |event| {
        let fate = event["fate"]["fate"].as_str();
        let is = event["event"] == "candidate" && matches!(fate, Some("rejected" | "duplicate"));
        if is {
            event["fate"] = json!({"fate": "rejected", "kind": "timed-out", "words": "slow"});
        }
        is
    });
    let said = replay(&place).ended(0).json();
    assert_eq!(said["environmental"][0]["event"], number, "{said:#}");
    place.assay(&["replay", "r", "--cached"]).ended(0).says("can't be reproduced independently");
}

#[test]
fn a_changed_task_is_not_replayed() {
    let place = Place::new();
    place.assay(&["new", "mine"]).ended(0);
    place.assay(&["improve", "mine", "--candidates", "4", "--run", "r"]);
    let toml = place.read("mine/task.toml");
    place.write("mine/task.toml", toml.replace("[score]", "[limits]\nfuel = 1234567\n\n[score]"));
    replay(&place).ended(2).says("the task has changed").says("limits");
    // Elsewhere it may stand as it was.
    place.write("mine/task.toml", toml);
    std::fs::rename(place.path().join("mine"), place.path().join("moved")).unwrap();
    replay(&place).ended(2);
    place.assay(&["replay", "r", "--cached", "--task", "moved"]).ended(0);
    place.assay(&["replay", "nothing"]).ended(2).says("runs list");
}
