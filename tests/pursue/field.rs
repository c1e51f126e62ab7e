//! A place with five toy tasks, small enough that a search for an agent takes a second.
//!
//! ```text
//! raw ──cut──► core ──triple──► loud        echo: raw ─► loud     (the first goal)
//!               └────count────► number      size: raw ─► number   (the second)
//! ```
//!
//! `cut`, `triple` and `count` start one edit away from their best reference. `echo` and `size` are whole jobs: their seed agents
//! do nothing, and two steps do all. So a goal is reached by a chain, and the second goal shares a link with the first.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "one module of one test binary")]

use crate::support::{Place, Said};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The journal of goals.
pub const GOALS: &str = "runs/goals/goals.jsonl";

/// A toy task.
struct Toy {
    name: &'static str,
    words: &'static str,
    kinds: (&'static str, &'static str),
    difficulty: u32,
    /// Bodies of the seed agent and of the best reference.
    bodies: (&'static str, Option<&'static str>),
    answer: fn(&str) -> String,
}

fn cut(text: &str) -> String {
    text.chars().skip(2).collect()
}

const TOYS: [Toy; 5] = [
    Toy {
        name: "cut",
        words: "Leave the first two letters away.",
        kinds: ("raw", "core"),
        difficulty: 1,
        bodies: ("Ok(input.chars().skip(1).collect())", Some("Ok(input.chars().skip(2).collect())")),
        answer: cut,
    },
    Toy {
        name: "triple",
        words: "Say it three times.",
        kinds: ("core", "loud"),
        difficulty: 2,
        bodies: ("Ok(input.repeat(2))", Some("Ok(input.repeat(3))")),
        answer: |text| text.repeat(3),
    },
    Toy {
        name: "count",
        words: "Count the letters and add one.",
        kinds: ("core", "number"),
        difficulty: 2,
        bodies: ("Ok((input.len() + 2).to_string())", Some("Ok((input.len() + 1).to_string())")),
        answer: |text| (text.len() + 1).to_string(),
    },
    Toy {
        name: "echo",
        words: "Without the first two letters, three times.",
        kinds: ("raw", "loud"),
        difficulty: 4,
        bodies: ("Ok(input)", None),
        answer: |text| cut(text).repeat(3),
    },
    Toy {
        name: "size",
        words: "How many letters but two, and one more.",
        kinds: ("raw", "number"),
        difficulty: 4,
        bodies: ("Ok(input)", None),
        answer: |text| (text.len() - 1).to_string(),
    },
];

/// What no agent may ever see of a task: a word that stands in every holdout and in no case to train on.
pub const SEALED: &str = "qzqzq";

fn agent(body: &str) -> String {
    format!("pub fn run(input: String) -> Result<String, String> {{\n    {body}\n}}\n")
}

/// Letters that look like nothing in particular, of several lengths.
fn letters(number: u32) -> String {
    let letter = |at: u32| char::from(b'a' + ((number * 7 + at * (number % 5 + 1) * 3) % 26) as u8);
    (0..4 + number % 6).map(letter).collect()
}

fn cases(answer: fn(&str) -> String, inputs: impl Iterator<Item = String>) -> String {
    inputs.map(|input| format!("{}\n", json!({ "input": input, "expected": answer(&input) }))).collect()
}

/// A place with the toys in `tasks/`, `in.txt`, and the goals `goal.toml` (echo) and `second.toml` (size).
pub fn field() -> Place {
    let place = Place::new();
    for Toy { name, words, kinds, difficulty, bodies: (seed, best), answer } in TOYS {
        let references = if best.is_some() { "references = [\"good.rs\"]\n" } else { "" };
        let toml = format!(
            "[task]\nname = \"{name}\"\ndescription = \"{words}\"\n[agent]\nseed = \"seed.rs\"\n{references}\
             [evaluator]\nbuiltin = \"expectations\"\nmode = \"exact\"\n\
             [score]\ndirection = \"maximize\"\nunit = \"share\"\nminimum-effect = 0.05\n\
             [cases]\ntrain = \"cases.jsonl\"\nholdout = \"holdout.jsonl\"\n\
             [gates]\nfuel-factor = 100.0\nmemory-factor = 16.0\n\
             [catalogue]\ntakes = \"{}\"\ngives = \"{}\"\ndifficulty = {difficulty}\nwords = [\"text\"]\n",
            kinds.0, kinds.1
        );
        place.write(&format!("tasks/{name}/task.toml"), toml);
        place.write(&format!("tasks/{name}/seed.rs"), agent(seed));
        if let Some(best) = best {
            place.write(&format!("tasks/{name}/good.rs"), agent(best));
        }
        place.write(&format!("tasks/{name}/cases.jsonl"), cases(answer, (0..8).map(letters)));
        let sealed = (100..116).map(|number| format!("{}{SEALED}", letters(number)));
        place.write(&format!("tasks/{name}/holdout.jsonl"), cases(answer, sealed));
    }
    place.write("in.txt", "xxhello");
    place.write("goal.toml", goal("echo", "held-out = [\"size\"]", ""));
    place.write("second.toml", goal("size", "held-out = [\"echo\"]", ""));
    place
}

/// A goal's file. `more` are lines of `[goal]`, `rest` what follows on it; `candidates` of a search are 16 unless that says so.
pub fn goal(task: &str, more: &str, rest: &str) -> String {
    let quotas = if rest.contains("candidates") || rest.contains("[quotas]") {
        String::new()
    } else {
        "[quotas]\ncandidates = 16\n".to_owned()
    };
    format!(
        "[goal]\nname = \"{task}\"\nwords = \"As {task} says.\"\ntask = \"{task}\"\ntasks = \"tasks\"\n\
         input = \"in.txt\"\n{more}\n{quotas}{rest}\n"
    )
}

/// As [`field`], with good agents for these in the library already.
pub fn stocked(names: &[&str]) -> Place {
    let place = field();
    for name in names {
        place.assay(&["submit", &format!("tasks/{name}"), &format!("tasks/{name}/good.rs")]).ended(0);
    }
    place
}

/// Pursue the goal in `file`.
pub fn pursue(place: &Place, file: &str, more: &[&str]) -> Said {
    place.assay(&[&["pursue", file, "--json"], more].concat())
}

/// All events of the journal of goals.
pub fn events(place: &Place) -> Vec<Value> {
    let journal = place.read(GOALS);
    let lines = journal.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["event"].clone()).collect()
}

/// Those of one kind.
pub fn of_kind(place: &Place, kind: &str) -> Vec<Value> {
    events(place).into_iter().filter(|event| event["event"] == kind).collect()
}

/// Root of the library's log, in hex.
pub fn root(place: &Place) -> String {
    let checkpoint = place.assay(&["library", "checkpoint", "--json"]).ended(0).json();
    checkpoint["root"].as_str().unwrap().to_owned()
}

/// What no pursuit may leave behind: a library that does not verify.
#[track_caller]
pub fn verifies(place: &Place) {
    place.assay(&["library", "verify", "--json"]).ended(0);
}

/// Files below a folder.
pub fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// An orchestrator that does this. `one` finds the component of an agent, `chain` makes a team of two.
pub fn leader(body: &str) -> String {
    format!(
        "use assay::*;

#[allow(dead_code)]
fn all() -> Vec<library::Agent> {{
    library::find(&library::Query {{
        name: String::new(), takes: String::new(), gives: String::new(), words: Vec::new(),
    }})
}}

#[allow(dead_code)]
fn one(name: &str) -> String {{
    all().into_iter().find(|agent| agent.name == name).map(|agent| agent.component).unwrap_or_default()
}}

#[allow(dead_code)]
fn chain(first: &str, second: &str) -> String {{
    format!(
        \"# assay team 1\\nanswer = \\\"b\\\"\\n[roles.a]\\nagent = \\\"{{}}\\\"\\ntakes = [\\\"input\\\"]\\n\\
         [roles.b]\\nagent = \\\"{{}}\\\"\\ntakes = [\\\"a\\\"]\\n\",
        one(first), one(second)
    )
}}

pub fn pursue(_goal: String) -> Result<String, String> {{
    {body}
}}
"
    )
}

/// What it answered to each call of that function, in order.
pub fn replies(place: &Place, function: &str) -> Vec<String> {
    let calls = of_kind(place, "called").into_iter().filter(|call| call["function"] == function);
    calls.map(|call| call["reply"].as_str().unwrap().to_owned()).collect()
}

/// End a program at once, as a power cut would. A worker that it was just starting holds copies of its files, and so of their
/// locks, until it is a program of its own: whoever goes on must find them free.
pub fn kill(place: &Place, child: &mut std::process::Child) {
    child.kill().unwrap();
    child.wait().unwrap();
    let started = std::time::Instant::now();
    for folder in ["runs", "library"] {
        for file in files(place.path().join(folder)) {
            let free = || std::fs::File::open(&file).map_or(true, |file| file.try_lock().is_ok());
            while !free() {
                assert!(started.elapsed().as_secs() < 300, "{} stays locked", file.display());
                std::thread::sleep(std::time::Duration::from_millis(3));
            }
        }
    }
}
