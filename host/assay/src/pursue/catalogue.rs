//! The catalogue: every task of a folder that says what its agents turn into what.

use crate::digest::of_parts;
use crate::task::{self, Task, TaskError};
use std::path::{Path, PathBuf};

/// A task that agents can be made for.
#[derive(Debug)]
pub struct Entry {
    /// Its agents' name.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// The task.
    pub task: Task,
    /// What its agents turn into what.
    pub kinds: task::Catalogue,
}

/// All of them, by name.
#[derive(Debug, Default)]
pub struct Catalogue(Vec<Entry>);

impl Catalogue {
    /// Every task folder in `folder`, every class of each.
    ///
    /// # Errors
    /// One of them does not load.
    pub fn read(folder: &Path) -> Result<Self, TaskError> {
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        folders.sort();
        let mut entries: Vec<Entry> = Vec::new();
        for folder in folders.into_iter().filter(|folder| folder.join("task.toml").is_file()) {
            let first = Task::load(&folder, None)?;
            let others = first.classes.clone();
            let mut tasks = vec![first];
            for class in others.iter().skip(1) {
                tasks.push(Task::load(&folder, Some(class))?);
            }
            for task in tasks {
                if let Some(kinds) = task.catalogue.clone() {
                    entries.push(Entry { name: task.agent_name(), folder: folder.clone(), task, kinds });
                }
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.dedup_by(|a, b| a.name == b.name);
        Ok(Self(entries))
    }

    /// The task of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    /// sha256 over the names and the tasks' digests.
    pub fn digest(&self) -> String {
        let parts: Vec<String> = self.0.iter().flat_map(|e| [e.name.clone(), e.task.digest()]).collect();
        of_parts(parts.iter().map(String::as_bytes))
    }
}
