//! Agents that teams are made of, each the seed of a small task of its own, and a task for teams.
//!
//! `tidy` wants a line without space around it and in capitals. `trim` does the first, `loud-all` the second, `loud-first`
//! only for short lines: so a team with `loud-first` is right on half of the cases, and swapping one member mends it.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its part; what fails says where"
)]

use crate::support::Place;

const TRIM: &str = "pub fn run(input: String) -> Result<String, String> {
    Ok(input.trim().to_owned())
}
";
const LOUD_FIRST: &str = "pub fn run(input: String) -> Result<String, String> {
    Ok(if input.len() < 8 { input.to_uppercase() } else { input })
}
";
const LOUD_ALL: &str = "pub fn run(input: String) -> Result<String, String> {
    Ok(input.to_uppercase())
}
";
/// Does what it is told to, wrong things too; all else comes back.
const ODD: &str = "use std::sync::atomic::{AtomicU32, Ordering};

static CALLS: AtomicU32 = AtomicU32::new(0);

pub fn run(input: String) -> Result<String, String> {
    match input.trim() {
        \"trap\" => panic!(\"odd was told to\"),
        \"count\" => Ok(format!(\"call {}\", CALLS.fetch_add(1, Ordering::Relaxed) + 1)),
        \"pour\" => Ok(\"x\".repeat(600 << 10)),
        \"decline\" => Err(\"not today\".to_owned()),
        \"flood\" => Ok(\"x\".repeat(2 << 20)),
        \"spin\" => loop { std::hint::black_box(0); },
        \"grow\" => Ok(vec![0_u8; 80 << 20].len().to_string()),
        _ => Ok(input),
    }
}
";

/// The team to start from: right for short lines.
pub const START: &str = "# assay team 1
answer = \"loud\"

[roles.loud]
name = \"loud-first\"
takes = [\"trim\"]

[roles.trim]
find = { takes = \"raw\", gives = \"clean\" }
takes = [\"input\"]
";

fn task(place: &Place, name: &str, seed: &str, more: &str, cases: impl Fn(u32) -> (String, String)) {
    let file = |from: u32, count: u32| {
        let line = |number| {
            let (input, expected) = cases(number);
            serde_json::json!({ "input": input, "expected": expected }).to_string()
        };
        (from..from + count).map(line).collect::<Vec<_>>().join("\n")
    };
    let toml = format!(
        "[task]\nname = \"{name}\"\ndescription = \"A part of a test.\"\n[agent]\nseed = \"seed.rs\"\n\
         [evaluator]\nbuiltin = \"expectations\"\nmode = \"exact\"\n\
         [score]\ndirection = \"maximize\"\nunit = \"share\"\nminimum-effect = 0.05\n\
         [cases]\ntrain = \"cases.jsonl\"\nholdout = \"holdout.jsonl\"\n{more}"
    );
    place.write(&format!("tasks/{name}/task.toml"), toml);
    place.write(&format!("tasks/{name}/seed.rs"), seed);
    place.write(&format!("tasks/{name}/cases.jsonl"), file(0, 6));
    place.write(&format!("tasks/{name}/holdout.jsonl"), file(100, 16));
}

/// A place whose library holds the agents, with `tasks/tidy` to judge teams on and `start.toml` to begin with.
pub fn company() -> Place {
    let place = Place::new();
    let kinds = |takes: &str, gives: &str| {
        format!("[catalogue]\ntakes = \"{takes}\"\ngives = \"{gives}\"\ndifficulty = 1\nwords = [\"line\"]\n")
    };
    let agents = [
        ("trim", TRIM, kinds("raw", "clean")),
        ("loud-first", LOUD_FIRST, kinds("clean", "loud")),
        ("loud-all", LOUD_ALL, kinds("clean", "loud")),
        ("odd", ODD, String::new()),
    ];
    for (name, seed, kinds) in agents {
        task(&place, name, seed, &kinds, |number| (format!(" word {number}"), format!("WORD {number}")));
        // The seed is the incumbent itself: nothing is promoted, and the library has it from now on.
        let seed = format!("tasks/{name}/seed.rs");
        place.assay(&["submit", &format!("tasks/{name}"), &seed]).ended(1).says("the incumbent itself");
    }
    let echo = "pub fn run(input: String) -> Result<String, String> {\n    Ok(input)\n}\n";
    task(&place, "tidy", echo, "[gates]\nfuel-factor = 100.0\nmemory-factor = 10.0\n", |number| {
        let long = if number % 2 == 0 { "" } else { "and then some" };
        (format!("  w{number} {long} "), format!("w{number} {long}").trim().to_uppercase())
    });
    place.write("start.toml", START);
    place
}
