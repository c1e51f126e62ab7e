//! From a folder to a [`Task`]: what the sections of `task.toml` say, in their order.
//!
//! Where cases come from is in `load_cases.rs`, what a better agent is and must pass in `load_gates.rs`, how a model is asked in `load_model.rs`,
//! what agents turn into what in `load_catalogue.rs`. All classes are checked for their keys, whichever is chosen, but files are read for
//! the chosen one only.

use std::path::Path;

use sandbox::policy::Limits;
use serde_json::Value;

use super::confined::Folder;
use super::definition::{Evaluator, Grant, Mode, Mutate, Nested, Source, Task};
use super::error::TaskError;
use super::form::{Document, Entry, Section};
use super::load_catalogue;
use super::nested;
use super::suggest::{instead, shown};

/// The sections of `task.toml`.
const SECTIONS: [&str; 15] = [
    "task",
    "agent",
    "evaluator",
    "score",
    "cases",
    "simulator",
    "classes",
    "judging",
    "gates",
    "canary",
    "limits",
    "mutate",
    "model",
    "nested",
    "catalogue",
];

/// What a class may say: the rest is the task's.
const OF_CLASS: [&str; 12] = [
    "parameters",
    "seed",
    "cases",
    "minimum-effect",
    "bound",
    "train",
    "pool",
    "catalogue",
    "references",
    "evaluator",
    "description",
    "cascade",
];

impl Task {
    /// Read the task in the folder `dir`. `class` chooses one of its classes; without it the first in the file
    /// is taken, if there are any.
    ///
    /// # Errors
    /// One of [`TaskError`], with the file and line of the first thing that is wrong.
    pub fn load(dir: &Path, class: Option<&str>) -> Result<Self, TaskError> {
        Self::load_at(dir, class, Depth::Outer)
    }

    /// The same for a task that another one nests: it can't nest in turn.
    pub(super) fn load_at(dir: &Path, class: Option<&str>, depth: Depth) -> Result<Self, TaskError> {
        let folder = open(dir)?;
        with_loader(&folder, dir, depth, |loader| loader.task(class))
    }
}

/// Open the folder of a task.
pub(super) fn open(dir: &Path) -> Result<Folder, TaskError> {
    let reason = |error| format!("can't be opened as a folder: {error}");
    Folder::open(dir).map_err(|error| TaskError::NoTask { path: dir.to_owned(), reason: reason(error) })
}

/// Do `work` with what reads the task in `folder`, which lies at `dir`.
pub(super) fn with_loader<T>(
    folder: &Folder,
    dir: &Path,
    depth: Depth,
    work: impl FnOnce(&Loader<'_>) -> Result<T, TaskError>,
) -> Result<T, TaskError> {
    let path = dir.join("task.toml");
    let no_task = |reason: String| TaskError::NoTask { path: path.clone(), reason };
    let text = folder.read("task.toml").map_err(|refusal| no_task(refusal.reason))?;
    let document = Document { file: path.display().to_string(), text: text.into() };
    let parsed = document.parse()?;
    let root = Section::root(&document, parsed.get_ref(), &SECTIONS)?;
    work(&Loader { folder, dir, root, depth })
}

/// Whether a task stands by itself or is one that improvers are tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Outer,
    Nested,
}

/// A folder being read.
pub(super) struct Loader<'a> {
    folder: &'a Folder,
    dir: &'a Path,
    pub(super) root: Section<'a>,
    depth: Depth,
}

/// One of the task's classes: what it says other than the task.
pub(super) struct Class<'a> {
    pub(super) name: &'a str,
    pub(super) section: Section<'a>,
}

impl<'a> Loader<'a> {
    pub(super) fn task(&self, class: Option<&str>) -> Result<Task, TaskError> {
        let header =
            self.needed("task", "begin with:\n[task]\nname = \"my-task\"", &["name", "description"])?;
        let name = kebab(&header.required("name", "name = \"my-task\"")?)?;
        let description = header.required("description", "description = \"What the agents do.\"")?.text()?;
        let classes = self.classes()?;
        let class = choose(name, &classes, class)?;

        let help = "add:\n[agent]\nseed = \"seed.rs\"";
        let agent = self.needed("agent", help, &["seed", "wit", "references", "grants"])?;
        let of_class = |key: &str| class.and_then(|class| class.section.entry(key));
        let description = of_class("description").map_or(Ok(description), |entry| entry.text())?;
        let seed = match of_class("seed") {
            Some(seed) => seed,
            None => agent.required("seed", "seed = \"seed.rs\", the agent to start from")?,
        };
        let wit = agent.entry("wit").map(|entry| self.source(&entry)).transpose()?;
        let references = of_class("references").or_else(|| agent.entry("references"));
        let references = references.map_or(Ok(Vec::new()), |entry| entry.list())?;

        let evaluator = self.evaluator(&agent, of_class("evaluator"))?;
        let judging = self.judging()?;
        let limits = self.limits()?;
        let nested = self.nested(&agent, &evaluator, &limits)?;
        Ok(Task {
            name: name.to_owned(),
            class: class.map(|class| class.name.to_owned()),
            classes: classes.iter().map(|class| class.name.to_owned()).collect(),
            description: description.to_owned(),
            seed: self.source(&seed)?,
            wit,
            references: references.iter().map(|entry| self.source(entry)).collect::<Result<_, _>>()?,
            grants: grants(&agent)?,
            score: self.score(class, &judging)?,
            bound: self.bound(class)?,
            cases: self.cases(class, &evaluator, &judging)?,
            evaluator,
            judging,
            gates: self.gates()?,
            canary: self.canary()?,
            limits,
            mutate: self.mutate(of_class("cascade"))?,
            model: self.model()?,
            nested,
            catalogue: self.catalogue(class, &agent)?,
        })
    }

    /// What improvers are tried on. Their worlds are the host's own, and a nested evaluation takes depth.
    fn nested(
        &self,
        agent: &Section<'_>,
        evaluator: &Evaluator,
        limits: &Limits,
    ) -> Result<Option<Nested>, TaskError> {
        let Some(section) = self.section("nested", &nested::KEYS)? else { return Ok(None) };
        if self.depth == Depth::Nested {
            let help = "name tasks whose agents are no improvers";
            return Err(
                section.conflict("a task that improvers are tried on can't be one of improvers itself", help)
            );
        }
        if let Some(wit) = agent.entry("wit") {
            let help =
                "take away `wit`: agents that are tried on other tasks have the host's world `improver`";
            return Err(wit.conflict("an improver has no interface of the task's own", help));
        }
        if !matches!(evaluator, Evaluator::Own(_)) {
            let help = "write source = \"evaluator.rs\", a guest of the host's world `meta-evaluator`";
            return Err(section.conflict("the built-in evaluator does not judge improvers", help));
        }
        if self.root.entry("simulator").is_none() {
            return Err(section.conflict("improvers are tried on drawn cases alone", "add a [simulator]"));
        }
        if limits.depth == 0 {
            let help = "add:\n[limits]\ndepth = 1";
            return Err(section.conflict("evaluations nest, but the limit `depth` is 0", help));
        }
        nested::read(&section, self.dir).map(Some)
    }

    /// The section `name`, if it is there, with its keys checked.
    pub(super) fn section(&self, name: &str, known: &[&str]) -> Result<Option<Section<'a>>, TaskError> {
        self.root.entry(name).map(|entry| entry.section()?.only(known)).transpose()
    }

    /// The section `name`, which every task needs.
    pub(super) fn needed(&self, name: &str, help: &str, known: &[&str]) -> Result<Section<'a>, TaskError> {
        self.section(name, known)?.ok_or_else(|| self.root.missing(&format!("[{name}]"), help))
    }

    /// The text of the file that `entry` names.
    pub(super) fn source(&self, entry: &Entry<'_>) -> Result<Source, TaskError> {
        let name = entry.text()?;
        match self.folder.read(name) {
            Ok(text) => Ok(Source { name: name.to_owned(), text }),
            Err(refusal) => Err(TaskError::File {
                at: entry.document.place(entry.span.clone()),
                key: entry.path.clone(),
                file: format!("`{}`", shown(name)),
                reason: refusal.reason,
                help: refusal.help.to_owned(),
            }),
        }
    }

    /// The same, as a document that errors can point into.
    pub(super) fn document(&self, entry: &Entry<'_>) -> Result<Document, TaskError> {
        let source = self.source(entry)?;
        let file = self.dir.join(&source.name).display().to_string();
        Ok(Document { file, text: source.text.into() })
    }

    pub(super) fn classes(&self) -> Result<Vec<Class<'a>>, TaskError> {
        let Some(classes) = self.root.entry("classes") else { return Ok(Vec::new()) };
        let classes = classes.section()?.entries().into_iter().map(|(name, entry)| {
            if !is_kebab(name) {
                let at = entry.document.place(entry.key_span.clone());
                let problem = "is no name for a class".to_owned();
                return Err(TaskError::BadValue { at, key: entry.path, problem, help: KEBAB.to_owned() });
            }
            let section = entry.section()?.only(&OF_CLASS)?;
            if let Some(catalogue) = section.entry("catalogue") {
                catalogue.section()?.only(&load_catalogue::KEYS)?;
            }
            Ok(Class { name, section })
        });
        classes.collect()
    }

    /// Who judges: `own` is the source that a class names in place of the task's.
    fn evaluator(&self, agent: &Section<'_>, own: Option<Entry<'_>>) -> Result<Evaluator, TaskError> {
        let help = "add:\n[evaluator]\nbuiltin = \"expectations\"\nmode = \"exact\"";
        let section = self.needed("evaluator", help, &["source", "builtin", "mode", "tolerance"])?;
        let (source, builtin) = (section.entry("source"), section.entry("builtin"));
        match (source, builtin) {
            (Some(source), Some(_)) => Err(source.conflict(
                "an evaluator is either the task's own or built in",
                "take away either `source` or `builtin`",
            )),
            (None, None) => {
                Err(section
                    .missing("source", "write source = \"evaluator.rs\", or builtin = \"expectations\""))
            }
            (Some(source), None) => {
                for key in ["mode", "tolerance"] {
                    if let Some(entry) = section.entry(key) {
                        let problem = format!("`evaluator.{key}` is for the built-in evaluator");
                        return Err(
                            entry.conflict(problem, "take it away, or use builtin = \"expectations\"")
                        );
                    }
                }
                Ok(Evaluator::Own(self.source(&own.unwrap_or(source))?))
            }
            (None, Some(builtin)) => {
                builtin.word(&["expectations"])?;
                if let Some(own) = own {
                    let help = "take it away, or write source = \"evaluator.rs\" in [evaluator]";
                    return Err(own.conflict(
                        "this task's evaluator is built in, so a class has none of its own",
                        help,
                    ));
                }
                if let Some(wit) = agent.entry("wit") {
                    return Err(wit.conflict(
                        "the built-in evaluator judges general agents, not a task's own interface",
                        "take away `wit`, or write an evaluator that drives the interface",
                    ));
                }
                expectations(&section)
            }
        }
    }

    fn limits(&self) -> Result<Limits, TaskError> {
        let Ok(Value::Object(mut limits)) = serde_json::to_value(Limits::default()) else {
            // Unreachable: a struct of integers always becomes an object.
            return Ok(Limits::default());
        };
        let known: Vec<String> = limits.keys().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let mut read = Limits::default();
        if let Some(section) = self.section("limits", &known)? {
            for (key, entry) in section.entries() {
                limits.insert(key.to_owned(), Value::from(entry.whole(0..u64::MAX)?));
                // One key at a time, so that the one that doesn't fit its width can be pointed at.
                read = serde_json::from_value(Value::Object(limits.clone()))
                    .map_err(|_| entry.bad("is out of range", format!("write at most {}", u32::MAX)))?;
            }
        }
        Ok(read)
    }

    fn mutate(&self, of_class: Option<Entry<'a>>) -> Result<Mutate, TaskError> {
        let section = self.section("mutate", &["max-nodes", "loops", "cascade"])?;
        let entry = |key| section.as_ref().and_then(|section| section.entry(key));
        let max_nodes = entry("max-nodes").map(|entry| entry.whole(1..1_000_001)).transpose()?;
        let loops = entry("loops").map_or(Ok(false), |entry| entry.boolean())?;
        let cascade =
            of_class.or_else(|| entry("cascade")).map(|entry| entry.whole(1..10_001)).transpose()?;
        Ok(Mutate {
            max_nodes: max_nodes.map(|nodes| nodes as u32),
            loops,
            cascade: cascade.map(|cases| cases as u32),
        })
    }
}

/// The class named `wanted`, or the first.
pub(super) fn choose<'c, 'a>(
    task: &str,
    classes: &'c [Class<'a>],
    wanted: Option<&str>,
) -> Result<Option<&'c Class<'a>>, TaskError> {
    let Some(wanted) = wanted else { return Ok(classes.first()) };
    if let Some(class) = classes.iter().find(|class| class.name == wanted) {
        return Ok(Some(class));
    }
    let help = match classes {
        [] => "this task has no classes: leave the class away".to_owned(),
        _ => instead(wanted, classes.iter().map(|class| class.name)),
    };
    Err(TaskError::NoSuchClass { task: task.to_owned(), class: shown(wanted), help })
}

fn expectations(section: &Section<'_>) -> Result<Evaluator, TaskError> {
    let mode = section.required("mode", "mode = \"exact\", \"json\" or \"numeric\"")?;
    let mode = [Mode::Exact, Mode::Json, Mode::Numeric][mode.word(&["exact", "json", "numeric"])?];
    let tolerance = match (section.entry("tolerance"), mode) {
        (Some(entry), Mode::Numeric) => {
            entry.number(|tolerance| tolerance >= 0.0, "of 0 or more, e.g. 1e-9")?
        }
        (None, Mode::Numeric) => 1e-9,
        (None, _) => 0.0,
        (Some(entry), _) => {
            let problem = format!("mode \"{}\" has no tolerance", mode.word());
            return Err(entry.conflict(problem, "take it away, or use mode = \"numeric\""));
        }
    };
    Ok(Evaluator::Expectations { mode, tolerance })
}

fn grants(agent: &Section<'_>) -> Result<Vec<Grant>, TaskError> {
    let entries = agent.entry("grants").map_or(Ok(Vec::new()), |entry| entry.list())?;
    let mut grants = Vec::new();
    for entry in entries {
        entry.word(&[Grant::Wasi.word()])?;
        if !grants.contains(&Grant::Wasi) {
            grants.push(Grant::Wasi);
        }
    }
    Ok(grants)
}

const KEBAB: &str =
    "use at most 64 lower-case letters and digits in words joined by hyphens, e.g. `bin-packing`";

/// The value of `entry` as a name.
pub(super) fn kebab<'a>(entry: &Entry<'a>) -> Result<&'a str, TaskError> {
    let name = entry.text()?;
    if is_kebab(name) { Ok(name) } else { Err(entry.bad(format!("can't be `{}`", shown(name)), KEBAB)) }
}

/// Words of lower-case letters and digits, the first letter a letter, joined by single hyphens; 64 bytes at most.
pub(super) fn is_kebab(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(|word| !word.is_empty())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
