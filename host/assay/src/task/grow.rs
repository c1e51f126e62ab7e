//! A task's next version: the same task with cases more to train on.
//!
//! Requirements change where use shows what nobody had thought of: a real input that came out wrong, or a hard case that a
//! search found. Such a case joins the task's train file, or its simulator's pool, and with it the task has a new digest, so no
//! score of the old version is ever compared with one of the new. Holdouts are never added to.
//!
//! **Nothing is written that does not load.** [`Growth::plan`] reads the grown task as if it stood in the folder already, and only
//! [`Growth::write`] puts it there: the case file first, whole, then `task.toml` where that must name it. A process that dies
//! between the two leaves the old version, and the same addition again completes it. One process grows a task at a time.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::confined::Folder;
use super::definition::{Cases, Task};
use super::error::TaskError;
use super::insert;
use super::load::{Depth, Loader, choose, open, with_loader};
use lines::Lines;

/// Most bytes of one case that is added: what evaluators are handed should be looked through by a person.
const MOST_BYTES: usize = 1 << 20;

mod lines;
#[cfg(test)]
mod tests;

/// A case that is to be added.
#[derive(Clone, Debug, PartialEq)]
pub enum Addition {
    /// For tasks judged by declared expectations: an input, and what should come out.
    Expectation {
        /// What the agent is asked.
        input: String,
        /// What should come out, in words; read as the evaluator's mode has it.
        expected: String,
    },
    /// For tasks with an evaluator of their own: the text that it is handed. In a train file it must be JSON.
    Text(String),
}

/// What to do where the task expects something else of the same input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflicting {
    /// Refuse, and show both.
    Refuse,
    /// What is new replaces what is there.
    Replace,
}

/// Why a task can't be grown. Nothing was written.
#[derive(Debug, Error)]
pub enum GrowError {
    /// The task, as it is or as it would be, does not load.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The addition is not of this task's kind, or too large.
    #[error("{0}")]
    Unfit(String),
    /// The task has this case already.
    #[error("the task has this case already (`{case}` in {place}); nothing was changed")]
    Duplicate {
        /// The case, made printable.
        case: String,
        /// Where it is.
        place: String,
    },
    /// The task expects something else of the same input.
    #[error(
        "the task expects something else of `{input}`: {there} is in {place}, and {given} was given; nothing was changed. \
         --replace puts the new expectation in its place"
    )]
    Contradiction {
        /// The input, made printable.
        input: String,
        /// What is expected of it now.
        there: String,
        /// Where that stands.
        place: String,
        /// What was to be expected.
        given: String,
    },
    /// The holdout asks the same.
    #[error(
        "the task's holdout asks this already, and what guides a search must not be in it; to train on it, take it out of the \
         holdout first"
    )]
    Sealed,
    /// The place for the case can't be written by this program.
    #[error("{0}")]
    Place(String),
    /// Another process grows this task.
    #[error("another process adds to the task in {}; try again when it is done", .0.display())]
    Locked(PathBuf),
    /// The disk.
    #[error("{} can't be written: {reason}; the task is as it was", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

/// A grown task that is not written yet.
pub struct Growth {
    /// The task as it is.
    pub old: Task,
    /// The task as it will be.
    pub new: Task,
    /// The case texts that are added, in order, as an evaluator is handed them.
    pub added: Vec<String>,
    /// The case texts that they replace.
    pub replaced: Vec<String>,
    /// The file that they are added to, in the task's folder.
    pub file: String,
    dir: PathBuf,
    folder: Folder,
    /// Texts by file, in the order in which they are written.
    writes: Vec<(String, String)>,
    /// What these files held, where they were read.
    before: Vec<(String, String)>,
    /// Held, never read.
    _lock: crate::lock::Locked,
}

impl std::fmt::Debug for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Growth").field("file", &self.file).field("added", &self.added).finish_non_exhaustive()
    }
}

/// Where a task's train cases are added.
struct Target {
    /// The file, if `task.toml` names one.
    file: Option<String>,
    /// The one that it would name.
    default: String,
    /// The section and key that name it.
    section: Vec<String>,
    key: &'static str,
    /// Lines are a pool's.
    pooled: bool,
}

impl Growth {
    /// The task in `dir`, its class `class` or the first, with `additions`, in their order.
    ///
    /// # Errors
    /// One of [`GrowError`].
    pub fn plan(
        dir: &Path,
        class: Option<&str>,
        additions: &[Addition],
        conflicting: Conflicting,
    ) -> Result<Self, GrowError> {
        let mut folder = open(dir)?;
        let failed =
            |error: std::io::Error| GrowError::Write { path: dir.to_owned(), reason: error.to_string() };
        let lock = folder.lock().map_err(failed)?.ok_or_else(|| GrowError::Locked(dir.to_owned()))?;
        let old = with_loader(&folder, dir, Depth::Outer, |loader| loader.task(class))?;
        let target = with_loader(&folder, dir, Depth::Outer, |loader| loader.target(class, &old))?;
        let file = target.file.clone().unwrap_or_else(|| target.default.clone());
        if folder.is_link(&file) {
            let problem = format!("{file} is a link; name the file that it leads to in task.toml instead");
            return Err(GrowError::Place(problem));
        }
        let text = match &target.file {
            Some(file) => {
                folder.read(file).map_err(|refusal| GrowError::Place(format!("{file} {}", refusal.reason)))?
            }
            None => String::new(),
        };
        let mut before: Vec<(String, String)> =
            target.file.iter().map(|file| (file.clone(), text.clone())).collect();
        let mut lines = Lines::of(dir, &file, &text, &target, &old)?;
        let (mut added, mut replaced) = (Vec::new(), Vec::new());
        for addition in additions {
            added.push(lines.take(addition, conflicting, &mut replaced)?);
        }
        let mut writes = vec![(file.clone(), lines.text)];
        folder.instead.extend(writes.iter().cloned());
        let named = |folder: &Folder| with_loader(folder, dir, Depth::Outer, |loader| loader.task(class));
        let new = match &target.file {
            Some(_) => named(&folder)?,
            None => {
                in_the_way(&folder, &file, &writes[0].1)?;
                let (toml, new) = target.name_it(&mut folder, &file, &added, named)?;
                before.extend(folder.read_disk("task.toml").map(|text| ("task.toml".to_owned(), text)));
                writes.push(("task.toml".into(), toml));
                new
            }
        };
        Ok(Self { old, new, added, replaced, file, dir: dir.to_owned(), folder, writes, before, _lock: lock })
    }

    /// Put it into the task's folder, durably.
    ///
    /// # Errors
    /// [`GrowError::Place`] if somebody edited these files since they were read, [`GrowError::Write`].
    pub fn write(self) -> Result<(), GrowError> {
        let edited = |(name, text): &&(String, String)| self.folder.read_disk(name).as_ref() != Some(text);
        if let Some((name, _)) = self.before.iter().find(edited) {
            return Err(GrowError::Place(format!(
                "{name} was edited meanwhile; nothing was changed, try again"
            )));
        }
        for (name, text) in &self.writes {
            self.folder
                .replace(name, text)
                .map_err(|error| GrowError::Write { path: self.dir.join(name), reason: error.to_string() })?;
        }
        Ok(())
    }
}

impl Loader<'_> {
    fn target(&self, class: Option<&str>, task: &Task) -> Result<Target, TaskError> {
        let classes = self.classes()?;
        let class = choose(&task.name, &classes, class)?;
        let name = |section: &str, key: &str| {
            let entry = self
                .root
                .entry(section)
                .map(|entry| entry.section())
                .transpose()?
                .and_then(|it| it.entry(key));
            entry.map(|entry| entry.text().map(str::to_owned)).transpose()
        };
        if let Cases::Fixed { .. } = task.cases {
            let inline = class.is_some_and(|class| class.section.entry("cases").is_some());
            let file = if inline { None } else { name("cases", "train")? };
            let section = vec!["cases".to_owned()];
            return Ok(Target { file, default: String::new(), section, key: "train", pooled: false });
        }
        // A class has parameters of its own, so what is real for one of them need not be for another.
        let (file, default, section) = match class {
            Some(class) => {
                let own =
                    class.section.entry("pool").map(|entry| entry.text().map(str::to_owned)).transpose()?;
                let section = vec!["classes".to_owned(), class.name.to_owned()];
                (own, format!("pool-{}.jsonl", class.name), section)
            }
            None => (name("simulator", "pool")?, "pool.jsonl".to_owned(), vec!["simulator".to_owned()]),
        };
        Ok(Target { file, default, section, key: "pool", pooled: true })
    }
}

impl Target {
    /// The text of `task.toml` that names `file`, and the task that it makes.
    fn name_it(
        &self,
        folder: &mut Folder,
        file: &str,
        added: &[String],
        load: impl Fn(&Folder) -> Result<Task, TaskError>,
    ) -> Result<(String, Task), GrowError> {
        let toml = folder
            .read("task.toml")
            .map_err(|refusal| GrowError::Place(format!("task.toml {}", refusal.reason)))?;
        let section: Vec<&str> = self.section.iter().map(String::as_str).collect();
        let mut worst = None;
        if !folder.is_link("task.toml") {
            for text in insert::candidates(&toml, &section, self.key, file) {
                folder.instead.insert("task.toml".into(), text.clone());
                match load(folder) {
                    Ok(task) if pool_of(&task).ends_with(added) => return Ok((text, task)),
                    Ok(_) => {}
                    Err(error) => worst = Some(error),
                }
            }
        }
        // What is wrong with the case itself is worth more than that no line was found for it.
        if let Some(error @ TaskError::Case { .. }) = worst {
            return Err(error.into());
        }
        let (section, key) = (self.section.join("."), self.key);
        Err(GrowError::Place(format!(
            "task.toml has no plain section [{section}] to add to: write `{key} = \"{file}\"` into it yourself, the cases into that \
             file, and try again"
        )))
    }
}

/// A file that the task does not name is not touched, unless it is what an interrupted process left of this very addition.
fn in_the_way(folder: &Folder, file: &str, text: &str) -> Result<(), GrowError> {
    if !folder.holds(file) || folder.read_disk(file).as_deref() == Some(text) {
        return Ok(());
    }
    Err(GrowError::Place(format!(
        "{file} is there, but task.toml does not name it: move it away, or name it in task.toml if its cases belong to the task"
    )))
}

fn pool_of(task: &Task) -> &[String] {
    match &task.cases {
        Cases::Drawn(simulator) => &simulator.pool,
        Cases::Fixed { train, .. } => train,
    }
}
