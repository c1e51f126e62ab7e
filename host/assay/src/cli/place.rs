//! Where things are on this machine: folders, keys, toolchain, workers. None of it reaches a result.

use super::args::{PlaceArgs, TaskArgs};
use super::failure::Failure;
use crate::compile::{CompileLimits, Compiler, Toolchain, sandbox_beside_program};
use crate::evaluate::judge::{Judge, JudgeError};
use crate::evaluate::pool::{Pool, PoolConfig};
use crate::nest::Proposer;
use crate::task::Task;
use library::{Keys, Library};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name a new library's log gets.
pub(super) const LIBRARY_NAME: &str = "assay.local/library";

/// The folders that were asked for.
pub(super) struct Place {
    pub(super) library: PathBuf,
    pub(super) runs: PathBuf,
    pub(super) keys: PathBuf,
    pub(super) cache: PathBuf,
    /// Where models are described, unless a verb says otherwise.
    pub(super) models: PathBuf,
    pub(super) workers: usize,
    /// Weaker walls will do.
    pub(super) weak: bool,
}

impl Place {
    pub(super) fn new(args: &PlaceArgs) -> Self {
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let cache = args.cache.clone().unwrap_or_else(|| home.join(".cache/assay"));
        let workers =
            args.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        Self {
            library: args.library.clone(),
            runs: args.runs.clone(),
            keys: args.keys.clone().unwrap_or_else(|| home.join(".config/assay/keys")),
            // The compiler runs in a folder of its own: a path from here would lead nowhere there.
            cache: std::path::absolute(&cache).unwrap_or(cache),
            models: home.join(".config/assay/models.toml"),
            workers: workers.clamp(1, 64),
            weak: args.allow_weak_confinement,
        }
    }

    /// The library, for writing; made with new keys at first use.
    pub(super) fn open_library(&self) -> Result<Library, Failure> {
        let keys = self.open_keys()?;
        Library::open_or_create(&self.library, LIBRARY_NAME, &keys).map_err(library_failure)
    }

    /// The keys, with the passphrase of ASSAY_PASSPHRASE if there is one.
    pub(super) fn open_keys(&self) -> Result<Keys, Failure> {
        let keys = Keys::open_or_create(&self.keys).map_err(library_failure)?;
        Ok(match std::env::var("ASSAY_PASSPHRASE") {
            Ok(passphrase) => keys.with_passphrase(&passphrase),
            Err(_) => keys,
        })
    }

    /// The library, for reading.
    pub(super) fn read_library(&self) -> Result<Library, Failure> {
        if !self.library.exists() {
            return Err(Failure::says(format!(
                "there is no library at {}; `assay improve` or `assay submit` makes one, --library names another",
                self.library.display()
            )));
        }
        Library::open_read_only(&self.library).map_err(library_failure)
    }

    pub(super) fn sandbox(&self) -> Result<PathBuf, Failure> {
        sandbox_beside_program().ok_or_else(|| Failure {
            kind: super::Kind::Machine,
            report: miette::miette!(
                "the worker `assay-sandbox` is not beside this program; build both with `cargo build --release --workspace --bins`"
            ),
        })
    }

    pub(super) fn compiler(&self) -> Result<Arc<Compiler>, Failure> {
        let toolchain = Toolchain::find().map_err(Failure::machine)?;
        let limits = CompileLimits { weak: self.weak, ..CompileLimits::default() };
        Ok(Arc::new(Compiler::new(toolchain, self.sandbox()?, self.cache.clone()).limited(limits)))
    }

    pub(super) async fn pool(&self, stack_bytes: u32) -> Result<Arc<Pool>, Failure> {
        self.pool_with(stack_bytes, Some(self.cache.join("native"))).await
    }

    /// The same, without anything that was kept from before.
    pub(super) async fn pool_anew(&self, stack_bytes: u32) -> Result<Arc<Pool>, Failure> {
        self.pool_with(stack_bytes, None).await
    }

    async fn pool_with(&self, stack_bytes: u32, store: Option<PathBuf>) -> Result<Arc<Pool>, Failure> {
        let config = PoolConfig::new(self.sandbox()?, self.workers, stack_bytes);
        let config = PoolConfig { weak: self.weak, store, ..config };
        let pool = Pool::start(config).await.map_err(Failure::machine)?;
        let missing = pool.walls().missing();
        if !missing.is_empty() {
            eprintln!("WEAK CONFINEMENT, as you allowed: the workers lack {}", missing.join(", "));
        }
        Ok(Arc::new(pool))
    }

    /// A task, ready to be judged.
    pub(super) async fn judge(&self, task: Task) -> Result<Judge, Failure> {
        self.judge_with(task, Proposer::Mutate).await
    }

    /// The same, with somebody to propose to improvers that are tried.
    pub(super) async fn judge_with(&self, task: Task, proposer: Proposer) -> Result<Judge, Failure> {
        let compiler = self.compiler()?;
        let pool = self.pool(task.limits.stack_bytes).await?;
        let judge = crate::nest::judge(task, compiler, pool, proposer, self.workers).await;
        Ok(judge.map_err(judge_failure)?.with_members(super::team::members_of(self)))
    }

    pub(super) fn run_folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let plain = !name.is_empty()
            && name.len() <= 100
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if !plain || name.starts_with('.') {
            return Err(Failure::says(format!("`{name}` can't name a run: use letters, digits, - _ and .")));
        }
        Ok(self.runs.join(name))
    }
}

pub(super) fn load(args: &TaskArgs) -> Result<Task, Failure> {
    load_from(&args.task, args.class.as_deref())
}

pub(super) fn load_from(folder: &Path, class: Option<&str>) -> Result<Task, Failure> {
    Task::load(folder, class).map_err(Failure::input)
}

/// The task's own faults are input, the rest is the machine.
pub(super) fn judge_failure(error: JudgeError) -> Failure {
    match error {
        JudgeError::Compile(_) | JudgeError::Pool(_) => Failure::machine(error),
        JudgeError::Model(error) => super::models::failure(error),
        _ => Failure::says(super::failure::chain(&error)),
    }
}

/// A library that does not verify is input; a full disk is the machine.
pub(super) fn library_failure(error: library::Error) -> Failure {
    match &error {
        library::Error::Io { .. } => Failure::machine(error),
        _ => Failure::says(super::failure::chain(&error)),
    }
}

/// A runtime for a verb that compiles or evaluates.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::machine)
}
