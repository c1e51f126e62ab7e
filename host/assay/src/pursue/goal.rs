//! A goal: what is wanted, which tasks it may be made of, and what it may cost.
//!
//! One TOML file that a person writes. Every bound has a default, none is absent.

use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Longest goal file, in bytes.
const BYTES: u64 = 64 << 10;
/// Largest input, in bytes.
const INPUT: u64 = 1 << 20;

/// A goal.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Its name.
    pub name: String,
    /// What is wanted, in a person's words.
    pub words: String,
    /// The task of the whole job, by its agents' name.
    pub task: String,
    /// The folder of the task folders that make up the catalogue.
    pub tasks: PathBuf,
    /// What the answer is wanted for, if there is a real input.
    pub input: Option<String>,
    /// Tasks of whole jobs that nobody trains for: how many of them the library can do is measured after each goal.
    pub held_out: Vec<String>,
    /// What it may cost.
    pub quotas: Quotas,
    /// What a person is asked first.
    pub ask: Policy,
    /// Metrics of the goal's task, more of which is better, that may not be worse than those of what is in use.
    pub guards: Vec<String>,
    /// sha256 of the file and of the input.
    pub digest: String,
}

/// What a goal may cost at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Quotas {
    /// Agents that are made for this goal, exploration included.
    pub agents: u64,
    /// Agents that are made ahead of need, of these.
    pub explore: u64,
    /// Agents that were ever made under this journal.
    pub total: u64,
    /// Agents of the catalogue in use at once, retired ones not counted.
    pub alive: u64,
    /// Searches for one agent, its lineage, during this goal.
    pub lineage: u64,
    /// How deep makers may be nested: 1, the orchestrator makes agents, and these make none; 0, nobody makes any.
    pub depth: u64,
    /// Candidates of one search.
    pub candidates: u64,
    /// Candidates that one search may try besides, each a smaller form of its winner.
    pub minimise: u64,
    /// Candidates of all searches of this goal.
    pub all_candidates: u64,
    /// Teams that the orchestrator may have scored.
    pub evaluations: u32,
    /// Variations of teams that it may ask for.
    pub proposals: u32,
    /// Agents that it may call.
    pub invocations: u32,
    /// Fuel of all its evaluations and calls.
    pub fuel: u64,
    /// Calls of models, for this goal.
    pub model_calls: u64,
    /// Tokens of models, for this goal.
    pub model_tokens: u64,
    /// Millionths of a US dollar for models, by the prices in the models' file; none: tokens and calls alone count.
    pub model_micro_dollars: Option<u64>,
    /// Goals without a use after which an agent is retired; 0 counts as 1.
    pub idle: u64,
    /// Goals in a row that were not reached with it after which an agent is retired; 0 counts as 1.
    pub failed: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            agents: 12,
            explore: 4,
            total: 10_000,
            alive: 256,
            lineage: 2,
            depth: 1,
            candidates: 48,
            minimise: 48,
            all_candidates: 2_000,
            evaluations: 64,
            proposals: 64,
            invocations: 64,
            fuel: 1_000_000_000_000,
            model_calls: 16,
            model_tokens: 200_000,
            model_micro_dollars: None,
            idle: 8,
            failed: 3,
        }
    }
}

/// What waits for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Policy {
    /// The first agent that gives what no agent in use gives.
    pub capability: bool,
    /// Every agent beyond so many in use.
    pub growth: Option<u64>,
}

/// Why a goal can't be read.
#[derive(Debug, thiserror::Error)]
pub enum GoalError {
    /// A file of it.
    #[error("{} can't be read: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// What it says.
    #[error("{}: {why}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, where.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    goal: RawGoal,
    #[serde(default)]
    quotas: Quotas,
    #[serde(default)]
    ask: Policy,
    #[serde(default)]
    guards: RawGuards,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawGoal {
    name: String,
    words: String,
    task: String,
    tasks: PathBuf,
    input: Option<PathBuf>,
    #[serde(default)]
    held_out: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGuards {
    #[serde(default)]
    metrics: Vec<String>,
}

impl Goal {
    /// The goal in a file. What it names is beside that.
    ///
    /// # Errors
    /// [`GoalError`].
    pub fn read(path: &Path) -> Result<Self, GoalError> {
        let text = text(path, BYTES)?;
        let form = |why: String| GoalError::Form { path: path.to_owned(), why };
        let raw: Raw = toml::from_str(&text).map_err(|error| form(error.to_string()))?;
        let RawGoal { name, words, task, tasks, input, held_out } = raw.goal;
        if !crate::team::document::is_name(&name) {
            return Err(form(format!(
                "goal.name `{name}` can't name a goal: lower-case letters, digits and single dashes"
            )));
        }
        if raw.quotas.depth > 1 {
            return Err(form(
                "quotas.depth is 0 or 1: what is made is lent nothing to make others with".into(),
            ));
        }
        let beside = path.parent().unwrap_or(Path::new(""));
        let input = input.map(|input| self::text(&beside.join(input), INPUT)).transpose()?;
        let digest = sha256(format!("{text}\0{}", input.as_deref().unwrap_or_default()));
        let (tasks, guards) = (beside.join(tasks), raw.guards.metrics);
        let (quotas, ask) = (raw.quotas, raw.ask);
        Ok(Self { name, words, task, tasks, input, held_out, quotas, ask, guards, digest })
    }
}

fn text(path: &Path, most: u64) -> Result<String, GoalError> {
    let refused = |why: String| GoalError::File { path: path.to_owned(), why };
    let metadata = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > most {
        return Err(refused(format!("it is to be a file of at most {most} bytes")));
    }
    std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Goal, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("goal.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("lot.csv"), "a,b").unwrap();
        Goal::read(&path).map_err(|error| error.to_string())
    }

    const LEAST: &str = "[goal]\nname = \"lots\"\nwords = \"w\"\ntask = \"t\"\ntasks = \".\"\n";

    #[test]
    fn what_is_not_said_has_a_default_and_the_input_is_part_of_the_digest() {
        let goal = read(LEAST).unwrap();
        assert_eq!((goal.quotas, goal.input, goal.ask), (Quotas::default(), None, Policy::default()));
        let with = read(&format!("{LEAST}input = \"lot.csv\"\n[quotas]\nagents = 3\n")).unwrap();
        assert_eq!((with.quotas.agents, with.input.as_deref()), (3, Some("a,b")));
        assert_ne!(with.digest, goal.digest);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, said) in [
            ("", "goal"),
            ("[goal]\nname = \"x\"", "words"),
            (&format!("{LEAST}[quotas]\nagentz = 1\n"), "agentz"),
            (&format!("{LEAST}[quotas]\nagents = -1\n"), "agents"),
            (&format!("{LEAST}[quotas]\ndepth = 2\n"), "depth"),
            (&format!("{LEAST}input = \"no.csv\"\n"), "no.csv"),
            (&LEAST.replace("\"lots\"", "\"Lots!\""), "Lots!"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
