//! Task folders: `task.toml` and files of cases, written by anyone.

use assay::task::Task;
use std::cell::LazyCell;
use tempfile::TempDir;

thread_local! {
    static FOLDER: LazyCell<TempDir> = LazyCell::new(|| {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("seed.rs", "pub fn f() {}"),
            ("agent.wit", "package a:b@0.1.0; interface f { f: func(); } world agent { export f; }"),
            ("evaluator.rs", "//"),
            ("simulator.rs", "//"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    });
}

/// `data` is `task.toml`, and after the first zero byte `cases.jsonl`.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let toml = parts.next().unwrap_or_default();
    let cases = parts.next().unwrap_or_default();
    FOLDER.with(|folder| {
        std::fs::write(folder.path().join("task.toml"), toml).unwrap();
        std::fs::write(folder.path().join("cases.jsonl"), cases).unwrap();
        match Task::load(folder.path(), None) {
            Ok(task) => {
                task.limits.within_ceiling().unwrap();
                for class in &task.classes {
                    let _ = Task::load(folder.path(), Some(class));
                }
                assert_eq!(task.digest(), Task::load(folder.path(), None).unwrap().digest());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    });
}
