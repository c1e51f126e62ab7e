//! The cheats: known ways to a score that nobody earned, each a candidate that a search could produce, submitted through
//! the gates. A header says what it tries and where it is stopped:
//!
//! | line | says |
//! |---|---|
//! | `task:` | the task's folder |
//! | `cheat:` | what it tries |
//! | `frameworks:` | where that works today |
//! | `refused:` | `rejected` before it runs, or the gate that refuses it |
//! | `says:` | words of the refusal |
//! | `train:` | its mean score on the visible cases, where that is the bait |
//! | `same-as:` | another file that must score exactly the same |
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails says where, and the corpus reports"
)]

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::Place;

struct Cheat {
    path: PathBuf,
    header: BTreeMap<String, String>,
}

impl Cheat {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map_while(|line| line.strip_prefix("//! ")?.split_once(": "));
        let header = lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { path, header }
    }

    fn task(&self) -> String {
        root().join(&self.header["task"]).display().to_string()
    }

    fn file(&self) -> String {
        self.path.display().to_string()
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap().to_string_lossy().into_owned()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

fn cheats() -> Vec<Cheat> {
    let files = std::fs::read_dir(root().join("tests/cheats")).unwrap().map(|entry| entry.unwrap().path());
    let mut cheats: Vec<Cheat> = files
        .filter(|path| path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("main.rs"))
        .map(Cheat::read)
        .collect();
    cheats.sort_by(|a, b| a.path.cmp(&b.path));
    cheats
}

/// Mean score and evaluation's failure on the visible cases.
fn visible(place: &Place, cheat: &Cheat) -> serde_json::Value {
    let said = place.assay(&["eval", &cheat.task(), "--agent", &cheat.file(), "--json"]).json();
    said["measured"].clone()
}

#[test]
fn every_cheat_is_refused_where_its_header_says() {
    let place = Place::new();
    for cheat in cheats() {
        let name = cheat.name();
        // A library of its own, so that no cheat's attempt costs another one alpha.
        let library = format!("library-{name}");
        let arguments =
            ["submit", &cheat.task(), &cheat.file(), "--by", "a cheat", "--json", "--library", &library];
        let said = place.assay(&arguments).ended(1);
        let answer = said.json();
        assert_eq!(answer["promoted"], false, "{name} was promoted: {answer}");
        let stopped = answer["findings"].as_array().and_then(|findings| {
            let refused = findings.iter().find(|finding| finding["passed"] == false)?;
            Some((refused["gate"].as_str()?.to_owned(), refused["reason"].as_str()?.to_owned()))
        });
        let (gate, reason) = match answer["rejected"].as_str() {
            Some(why) => ("rejected".to_owned(), why.to_owned()),
            None => stopped.unwrap_or_else(|| panic!("{name}: no gate refused it: {answer}")),
        };
        println!("{name:<26} {gate:<12} {}", reason.lines().next().unwrap_or_default());
        assert_eq!(gate, cheat.header["refused"], "{name}: {reason}");
        if let Some(words) = cheat.header.get("says") {
            assert!(reason.contains(words), "{name}: {reason}");
        }
        if let Some(train) = cheat.header.get("train") {
            let score = visible(&place, &cheat)["score"].as_f64();
            assert_eq!(score, Some(train.parse().unwrap()), "{name}: the bait");
        }
        if let Some(other) = cheat.header.get("same-as") {
            let other = Cheat::read(cheat.path.with_file_name(other));
            let scores = |cheat: &Cheat| {
                let measured = visible(&place, cheat);
                (measured["score"].clone(), measured["metrics"].clone())
            };
            assert_eq!(scores(&cheat), scores(&other), "{name}");
        }
        assert!(!place.path().join("results.json").exists(), "{name} wrote a file");
    }
}

#[test]
fn the_readme_names_every_cheat() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for cheat in cheats().iter().filter(|cheat| !cheat.header["cheat"].starts_with("none")) {
        let name = cheat.name();
        assert!(readme.contains(&format!("`{name}`")), "README.md's table of cheats lacks `{name}`");
        for key in ["frameworks", "refused"] {
            assert!(cheat.header.contains_key(key), "{name} has no `{key}:`");
        }
    }
}
