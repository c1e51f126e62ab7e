//! New tasks: three small ones that work as they stand, to be made over.
//!
//! `text` is where most people begin: text in, text out, expectations in a file and no evaluator to write.
//! `typed` adds an interface and an evaluator of the task's own, `simulated` draws its cases. Nothing that is
//! there already is ever overwritten.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::error::TaskError;
use super::load::is_kebab;
use super::suggest::shown;

/// What a new task starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// A general agent judged by declared expectations: no code but the seed agent.
    Text,
    /// An interface of its own, an evaluator that drives it, fixed cases.
    Typed,
    /// An interface of its own, an evaluator that drives it, and a simulator that draws cases.
    Simulated,
}

impl Template {
    /// Its files, by name.
    fn files(self) -> &'static [(&'static str, &'static str)] {
        macro_rules! files {
            ($($folder:literal / $name:literal),*) => {
                &[$(($name, include_str!(concat!("../../templates/", $folder, "/", $name)))),*]
            };
        }
        match self {
            Self::Text => files![
                "text" / "task.toml",
                "text" / "seed.rs",
                "text" / "cases.jsonl",
                "text" / "holdout.jsonl"
            ],
            Self::Typed => files![
                "typed" / "task.toml",
                "typed" / "curve.wit",
                "typed" / "seed.rs",
                "typed" / "evaluator.rs",
                "typed" / "cases.jsonl",
                "typed" / "holdout.jsonl"
            ],
            Self::Simulated => files![
                "simulated" / "task.toml",
                "simulated" / "dispatch.wit",
                "simulated" / "seed.rs",
                "simulated" / "evaluator.rs",
                "simulated" / "simulator.rs"
            ],
        }
    }
}

/// Make the folder `folder`, whose last part names the task, and fill it from `template`. Returns the names of its
/// files, in the order in which to read them.
///
/// # Errors
/// [`TaskError::Name`] if the name is not kebab-case, [`TaskError::Exists`] if there is anything at `folder`,
/// [`TaskError::Write`] if the folder or a file can't be written.
pub fn scaffold(folder: &Path, template: Template) -> Result<Vec<&'static str>, TaskError> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_kebab(name) {
        let problem = "it isn't made of lower-case words joined by hyphens, at most 64 bytes";
        return Err(TaskError::Name { name: shown(&folder.display().to_string()), problem });
    }
    let failed = |path: &Path, error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => TaskError::Exists { path: path.to_owned() },
        _ => TaskError::Write { path: path.to_owned(), reason: error.to_string() },
    };
    DirBuilder::new().create(folder).map_err(|error| failed(folder, error))?;
    for (file, text) in template.files() {
        let path = folder.join(file);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.replace("{{name}}", name).as_bytes()))
            .map_err(|error| failed(&path, error))?;
    }
    Ok(template.files().iter().map(|(file, _)| *file).collect())
}

#[cfg(test)]
mod tests {
    use super::super::definition::{Cases, Task};
    use super::*;

    const ALL: [Template; 3] = [Template::Text, Template::Typed, Template::Simulated];

    #[test]
    fn every_template_is_a_task_as_it_stands() {
        for template in ALL {
            let parent = tempfile::tempdir().unwrap();
            let written = scaffold(&parent.path().join("my-task"), template).unwrap();
            let task = Task::load(&parent.path().join("my-task"), None).unwrap();
            assert_eq!(task.name, "my-task");
            assert_eq!(written.len(), std::fs::read_dir(parent.path().join("my-task")).unwrap().count());
            assert_eq!(matches!(task.cases, Cases::Drawn(_)), template == Template::Simulated);
        }
    }

    #[test]
    fn the_rust_in_templates_parses() {
        for (file, text) in
            ALL.into_iter().flat_map(Template::files).filter(|(file, _)| file.ends_with(".rs"))
        {
            assert!(syn::parse_file(text).is_ok(), "{file}");
        }
    }

    #[test]
    fn nothing_that_is_there_is_overwritten() {
        let parent = tempfile::tempdir().unwrap();
        let there = parent.path().join("taken");
        std::fs::write(&there, "precious").unwrap();
        let error = scaffold(&parent.path().join("taken"), Template::Text).unwrap_err();
        assert!(matches!(&error, TaskError::Exists { path } if *path == there), "{error}");
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "precious");
        scaffold(&parent.path().join("twice"), Template::Text).unwrap();
        assert!(matches!(
            scaffold(&parent.path().join("twice"), Template::Typed),
            Err(TaskError::Exists { .. })
        ));
    }

    #[test]
    fn a_folder_with_a_name_that_no_task_may_have_is_not_made() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["..", "A", "a b", "a--b", "-a", "a-", "1a", "é", &"a".repeat(65)] {
            assert!(
                matches!(scaffold(&parent.path().join(name), Template::Text), Err(TaskError::Name { .. })),
                "{name}"
            );
        }
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let missing = parent.path().join("missing");
        let error = scaffold(&missing.join("task"), Template::Text).unwrap_err();
        assert!(matches!(&error, TaskError::Write { path, .. } if *path == missing.join("task")), "{error}");
    }
}
