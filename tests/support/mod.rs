//! A person at a prompt: the built programs, run in a folder of their own with keys of their own.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A folder with a library, runs and keys that nobody else uses.
pub struct Place {
    pub dir: tempfile::TempDir,
    /// Compile cache: shared by default, since nothing may depend on it.
    pub cache: PathBuf,
}

/// What a verb did.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }

    /// Fails unless the verb ended with `code` and without a panic.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert!(!self.err.contains("panicked"), "{}", self.err);
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let all = format!("{}{}", self.out, self.err);
        // Reports wrap: compare without white space.
        let squeeze = |text: &str| {
            text.chars().filter(|c| !c.is_whitespace() && !"│|".contains(*c)).collect::<String>()
        };
        assert!(squeeze(&all).contains(&squeeze(words)), "expected `{words}` in:\n{all}");
        self
    }
}

impl Place {
    pub fn new() -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-cache");
        Self { dir: tempfile::tempdir().unwrap(), cache }
    }

    pub fn with_cold_cache() -> Self {
        let mut place = Self::new();
        place.cache = place.dir.path().join("cache");
        place
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_assay"));
        assert!(
            program.with_file_name("assay-sandbox").exists(),
            "the worker is not built: run `cargo build --workspace --bins` first (make test does)"
        );
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env("ASSAY_KEYS", self.path().join("keys"))
            .env("ASSAY_CACHE", &self.cache)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
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

    pub fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path().join(name)).unwrap_or_default()).into_owned()
    }
}

/// A task that ships.
pub fn task(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    root.join("tasks").join(name).display().to_string()
}
