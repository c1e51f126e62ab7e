//! Which task is an agent's? Looked for by name, in a folder of tasks.
//!
//! A library keeps agents under the names of their tasks and classes, and not where those lie: that is this machine's affair.

use std::path::{Path, PathBuf};

use super::definition::Task;
use super::error::TaskError;

/// What a folder of tasks holds.
#[derive(Debug, Default)]
pub struct Folders {
    /// Every class of every task, with its folder; by folder name, classes in the order of their file.
    pub tasks: Vec<(PathBuf, Task)>,
    /// What holds a `task.toml` that can't be used.
    pub broken: Vec<(PathBuf, TaskError)>,
}

/// All tasks in the folders of `dir`, or the one in `dir` itself if it holds a `task.toml`.
///
/// # Errors
/// [`TaskError::NoTask`] if `dir` can't be read.
pub fn find(dir: &Path) -> Result<Folders, TaskError> {
    let unreadable = |error: std::io::Error| TaskError::NoTask {
        path: dir.to_owned(),
        reason: format!("can't be read as a folder of tasks: {error}"),
    };
    let mut folders = Vec::new();
    if dir.join("task.toml").is_file() {
        folders.push(dir.to_owned());
    } else {
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.join("task.toml").is_file() {
                folders.push(path);
            }
        }
    }
    folders.sort();
    let mut found = Folders::default();
    for folder in folders {
        match classes(&folder) {
            Ok(tasks) => found.tasks.extend(tasks.into_iter().map(|task| (folder.clone(), task))),
            Err(error) => found.broken.push((folder, error)),
        }
    }
    Ok(found)
}

fn classes(folder: &Path) -> Result<Vec<Task>, TaskError> {
    let first = Task::load(folder, None)?;
    let others: Vec<String> = first.classes.iter().skip(1).cloned().collect();
    let mut tasks = vec![first];
    for class in others {
        tasks.push(Task::load(folder, Some(&class))?);
    }
    Ok(tasks)
}

impl Folders {
    /// The task whose agents the library keeps as `name`. Of several, the first.
    pub fn of(&self, name: &str) -> Option<&(PathBuf, Task)> {
        self.tasks.iter().find(|(_, task)| task.agent_name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DRAWN, FIXED, folder};
    use super::*;

    #[test]
    fn every_class_is_found_by_its_agents_name_and_a_broken_task_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for (name, from) in [("b", folder(DRAWN)), ("a", folder(FIXED)), ("c", folder("[task"))] {
            std::fs::rename(from.keep(), dir.path().join(name)).unwrap();
        }
        std::fs::write(dir.path().join("no-task"), "").unwrap();
        let found = find(dir.path()).unwrap();
        let names: Vec<String> = found.tasks.iter().map(|(_, task)| task.agent_name()).collect();
        assert_eq!(names, ["dates", "bin-packing-uniform-150", "bin-packing-a-later-one"]);
        assert_eq!(found.of("bin-packing-a-later-one").unwrap().0, dir.path().join("b"));
        assert!(found.of("bin-packing").is_none());
        assert!(matches!(&found.broken[..], [(path, TaskError::Syntax { .. })] if path.ends_with("c")));
        assert_eq!(find(&dir.path().join("a")).unwrap().tasks.len(), 1);
        assert!(find(&dir.path().join("nowhere")).is_err());
    }
}
