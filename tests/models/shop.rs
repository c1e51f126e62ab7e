//! A place with a small task, a models' file and a server; and the answers that models give there.
//!
//! The task sends jobs to machines; its seed agent sends all to the first. `-load` is as good as it gets.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "one module of one test binary")]

use crate::model_server::{ModelServer, Reply};
use crate::support::{Place, Said};
use serde_json::Value;
use std::process::{Child, Stdio};

pub const KEY: &str = "sk-hunter2-never-to-be-seen-0123456789";
pub const GOOD: &str = "    -f64::from(load as u32)";
pub const BETTER: &str = "    -load";

pub struct Shop {
    pub place: Place,
}

impl Shop {
    /// Models `fast` and `slow` at that server.
    pub fn new(server: &ModelServer, lines: &str) -> Self {
        let place = Place::new();
        let said = Self { place };
        said.assay(&["new", "mine", "--template", "simulated"]).ended(0);
        said.serves(server, lines);
        said
    }

    /// From here on the models are at this server.
    pub fn serves(&self, server: &ModelServer, lines: &str) {
        let model = |name: &str| {
            let endpoint = server.endpoint();
            format!(
                "[models.{name}]\nmodel = \"{name}-1b\"\nendpoint = \"{endpoint}\"\nkey-env = \"SHOP_KEY\"\n{lines}\n"
            )
        };
        self.place.write("models.toml", model("fast") + &model("slow"));
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.place.command(arguments);
        command.env("SHOP_KEY", KEY).env("ASSAY_MODELS", self.place.path().join("models.toml"));
        command
    }

    pub fn assay(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// A run `r` of the task with model `fast` and so many candidates.
    pub fn improve(&self, candidates: &str, more: &[&str]) -> Said {
        self.assay(&improve(candidates, more))
    }

    pub fn journal(&self) -> String {
        self.place.read("runs/r/journal.jsonl")
    }

    /// Events of one kind.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let lines = self.journal();
        let events =
            lines.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone());
        events.filter(|event| event["event"] == kind).collect()
    }

    /// Candidates that models wrote.
    pub fn written(&self) -> Vec<Value> {
        self.events("candidate").into_iter().filter(|candidate| candidate["model"].is_string()).collect()
    }

    pub fn exchanges(&self) -> Vec<Value> {
        let lines = self.place.read("runs/r/transcript.jsonl");
        lines
            .lines()
            .skip(1)
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone())
            .collect()
    }
}

pub fn improve<'a>(candidates: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let base = ["improve", "mine", "--run", "r", "--candidates", candidates, "--model", "fast", "--json"];
    base.into_iter().chain(more.iter().copied()).collect()
}

/// What is asked, in one text.
pub fn asked(request: &Value) -> String {
    let messages = request["messages"].as_array().unwrap();
    messages.iter().map(|message| message["content"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

pub fn is_repair(request: &Value) -> bool {
    asked(request).contains("This is the complaint:")
}

/// The first program in what the user says.
pub fn program(request: &Value) -> String {
    let text = request["messages"][1]["content"].as_str().unwrap();
    let inside = text.split("```rust\n").nth(1).unwrap();
    inside.split("\n```").next().unwrap().to_owned() + "\n"
}

/// A good answer in the form that is asked for: the evolving region becomes `body`.
pub fn answer(request: &Value, body: &str) -> String {
    let program = program(request);
    let (before, rest) = program.split_once("    // assay: evolve\n").unwrap();
    let (inside, after) = rest.split_once("    // assay: end").unwrap();
    if asked(request).contains("One or more blocks") {
        format!("I change it.\n<<<<<<< SEARCH\n{inside}=======\n{body}\n>>>>>>> REPLACE\n")
    } else {
        format!(
            "I change it.\n\n```rust\n{before}    // assay: evolve\n{body}\n    // assay: end{after}```\n"
        )
    }
}

pub fn good(request: &Value) -> Reply {
    Reply::Text(answer(request, BETTER))
}

/// A number that follows from what is asked and from nothing else.
pub fn number(request: &Value) -> usize {
    asked(request).bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) >> 8
}

/// Answers of mixed quality, a function of the request.
pub fn mixed(request: &Value) -> Reply {
    let bodies = [
        BETTER,
        "    load - job",
        "    job - load",
        "    -(load + 2.0 * job) * load",
        "    load + nothing",
        "    (job * 0.01 - load).abs()",
        "    panic!(\"out of ideas\")",
    ];
    match number(request) % 9 {
        at if at < bodies.len() => Reply::Text(answer(request, bodies[at])),
        7 => Reply::Text("I can't think of anything.".into()),
        _ => Reply::Slow(50, answer(request, "    -load.sqrt()")),
    }
}
