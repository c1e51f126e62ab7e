//! The compiler: source in, component or rejection out, everything cached by content.
//!
//! The cache's key is all that can reach the result: toolchain, flags, bindings, role and source. What depends
//! on the machine (a timeout, a full disk) is never cached, so a cold cache and a warm one give the same run.

use super::bindings::Bindings;
use super::component::{Build, Component, Role, encode};
use super::rustc::CompileLimits;
use super::toolchain::Toolchain;
use super::world::World;
use super::{bindings, precheck, rustc};
use crate::digest::{of_parts, sha256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// The largest source text that is looked at.
const SOURCE_BYTES: usize = 256 << 10;

/// A verdict on a source text that did not become a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "rejection", content = "detail")]
pub enum Rejection {
    /// Too large, nested too deep, or it reads other files.
    Source(String),
    /// The compiler refused it. Its words, capped, free of this machine's paths.
    Diagnostics(String),
    /// The compiler died on it: crashed, or out of memory, processor time or output space.
    CompilerDied(String),
    /// The compiler's wall clock ran out. Environmental.
    TimedOut,
    /// What came out is not a component of the world, or imports more than is granted.
    World(String),
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(why) => write!(f, "the source is not accepted: {why}"),
            Self::Diagnostics(words) => write!(f, "the compiler refuses it:\n{words}"),
            Self::CompilerDied(how) => write!(f, "the compiler died on it ({how})"),
            Self::TimedOut => f.write_str("the compiler took longer than its wall clock allows"),
            Self::World(why) => write!(f, "{why}"),
        }
    }
}

/// The machine's fault, not the source's.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Bindings for a world can't be made or compiled.
    #[error("the bindings of world `{world}` can't be built: {why}")]
    Bindings {
        /// The world's name.
        world: String,
        /// What went wrong.
        why: String,
    },
    /// The compiler could not be run.
    #[error("the compiler can't be run: {0}; `assay doctor` shows what is missing")]
    Machine(String),
    /// The cache can't be written.
    #[error("can't write to the cache {path}: {source}; free some room or name another folder with --cache")]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Compiles guests with one toolchain, through one cache.
pub struct Compiler {
    toolchain: Toolchain,
    sandbox: PathBuf,
    cache: PathBuf,
    limits: CompileLimits,
    worlds: Mutex<BTreeMap<String, Arc<OnceCell<Arc<Prepared>>>>>,
}

/// The bindings of a world, compiled.
pub(super) struct Prepared {
    pub(super) texts: Bindings,
    library: PathBuf,
    pub(super) digest: String,
}

impl Compiler {
    /// `sandbox` is the `assay-sandbox` binary, `cache` a folder that is made if it is missing.
    pub fn new(toolchain: Toolchain, sandbox: PathBuf, cache: PathBuf) -> Self {
        Self { toolchain, sandbox, cache, limits: CompileLimits::default(), worlds: Mutex::default() }
    }

    /// The same with other limits on each compiler run.
    #[must_use]
    pub fn limited(self, limits: CompileLimits) -> Self {
        Self { limits, ..self }
    }

    /// The toolchain in use.
    pub fn toolchain(&self) -> &Toolchain {
        &self.toolchain
    }

    /// Compile one author's file as a guest of `world`.
    pub async fn compile(
        &self,
        world: &World,
        role: Role,
        source: &str,
    ) -> Result<Result<Component, Rejection>, CompileError> {
        if let Some(rejection) = unfit(source) {
            return Ok(Err(rejection));
        }
        let prepared = self.prepare(world).await?;
        let flags = role.flags();
        let build = Build {
            source: sha256(source),
            compiler: self.toolchain.compiler().to_owned(),
            toolchain: self.toolchain.identity(),
            bindings: prepared.digest.clone(),
            flags: rustc::FLAGS.iter().chain(flags).map(|f| (*f).to_owned()).collect(),
        };
        let own = flags.join(" ");
        let parts = [prepared.digest.as_str(), role.name(), own.as_str(), source].map(str::as_bytes);
        let key = of_parts(parts);
        if let Some(cached) = self.load(&key).and_then(|mut cached| cached.pop()) {
            return Ok(cached);
        }
        let files = [("root.rs", prepared.texts.root.as_str()), ("agent.rs", source)];
        let result = match self.rustc(&prepared, &files, flags).await {
            Ok(module) => encode(&module, world, role)
                .map(|component| Component { build: Some(build), ..component })
                .map_err(Rejection::World),
            Err(rustc::Failure::Refused(words)) => Err(Rejection::Diagnostics(words)),
            Err(rustc::Failure::Died(how)) => Err(Rejection::CompilerDied(how)),
            Err(rustc::Failure::TimedOut) => Err(Rejection::TimedOut),
            Err(rustc::Failure::Machine(why)) => return Err(CompileError::Machine(why)),
        };
        self.store(&key, std::slice::from_ref(&result))?;
        Ok(result)
    }

    /// Compile `files`, of which the first is the crate's root, against prepared bindings.
    pub(super) async fn rustc(
        &self,
        prepared: &Prepared,
        files: &[(&str, &str)],
        flags: &[&str],
    ) -> Result<Vec<u8>, rustc::Failure> {
        let run = rustc::Run {
            files,
            crate_name: "agent",
            crate_type: "cdylib",
            flags,
            externs: &[("assay", &prepared.library)],
            output: "agent.wasm",
        };
        rustc::run(&self.toolchain, &self.sandbox, &self.limits, run).await
    }

    /// The bindings of a world, compiled: from memory, from the cache, or now.
    pub(super) async fn prepare(&self, world: &World) -> Result<Arc<Prepared>, CompileError> {
        let cell = self.worlds.lock().await.entry(world.digest().to_owned()).or_default().clone();
        cell.get_or_try_init(|| self.build_bindings(world)).await.cloned()
    }

    async fn build_bindings(&self, world: &World) -> Result<Arc<Prepared>, CompileError> {
        let failed = |why: String| CompileError::Bindings { world: world.name().to_owned(), why };
        let texts = bindings::generate(world).map_err(failed)?;
        let flags = rustc::FLAGS.join(" ");
        let toolchain = self.toolchain.identity();
        let parts = [&toolchain, &flags, &texts.library, &texts.root].map(|part| part.as_bytes());
        let digest = of_parts(parts);
        // rustc wants the file to be called after the crate.
        let library = self.cache.join("bindings").join(&digest).join("libassay.rlib");
        if !library.exists() {
            let files = [("lib.rs", texts.library.as_str())];
            let sdk = sdk_rlib(&self.toolchain.sdk).ok_or_else(|| {
                CompileError::Machine(format!(
                    "no libsdk*.rlib in {}; run `make setup`",
                    self.toolchain.sdk.display()
                ))
            })?;
            let run = rustc::Run {
                files: &files,
                crate_name: "assay",
                crate_type: "rlib",
                flags: &[],
                externs: &[("sdk", &sdk)],
                output: "libassay.rlib",
            };
            let rlib =
                rustc::run(&self.toolchain, &self.sandbox, &self.limits, run).await.map_err(|failure| {
                    match failure {
                        rustc::Failure::Machine(why) => CompileError::Machine(why),
                        other => failed(format!("{other:?}")),
                    }
                })?;
            write(&library, &rlib)?;
        }
        Ok(Arc::new(Prepared { texts, library, digest }))
    }

    fn entry(&self, key: &str) -> PathBuf {
        self.cache.join("components").join(&key[..2]).join(key)
    }

    /// Cached results whose bytes are still what they were; anything else counts as absent.
    pub(super) fn load(&self, key: &str) -> Option<Vec<Result<Component, Rejection>>> {
        let bytes = std::fs::read(self.entry(key)).ok()?;
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let entries: Vec<(Result<Component, Rejection>, usize)> =
            serde_json::from_slice(&bytes[..end]).ok()?;
        let mut wasm = &bytes[end + 1..];
        let mut results = Vec::with_capacity(entries.len());
        for (mut result, length) in entries {
            let (own, rest) = wasm.split_at_checked(length)?;
            wasm = rest;
            if let Ok(component) = &mut result {
                component.wasm = own.to_vec();
                if sha256(own) != component.digest {
                    return None;
                }
            }
            results.push(result);
        }
        Some(results)
    }

    /// Keep results that any machine would come to: none that has to do with this one's clock or memory.
    pub(super) fn store(
        &self,
        key: &str,
        results: &[Result<Component, Rejection>],
    ) -> Result<(), CompileError> {
        if results.iter().any(|r| matches!(r, Err(Rejection::CompilerDied(_) | Rejection::TimedOut))) {
            return Ok(());
        }
        let wasm = |result: &Result<Component, Rejection>| match result {
            Ok(component) => component.wasm.clone(),
            Err(_) => Vec::new(),
        };
        let path = self.entry(key);
        let entries: Vec<_> = results.iter().map(|result| (result, wasm(result).len())).collect();
        let mut bytes = serde_json::to_vec(&entries)
            .map_err(|e| CompileError::Cache { path: path.clone(), source: std::io::Error::other(e) })?;
        bytes.push(b'\n');
        bytes.extend(results.iter().flat_map(wasm));
        write(&path, &bytes)
    }
}

/// A text that no compiler is started for.
pub(super) fn unfit(source: &str) -> Option<Rejection> {
    if source.len() > SOURCE_BYTES {
        let why = format!("{} bytes; at most {SOURCE_BYTES} are looked at", source.len());
        return Some(Rejection::Source(why));
    }
    precheck::refuse(source).map(Rejection::Source)
}

/// Whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CompileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let attempt = || {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    attempt().map_err(|source| CompileError::Cache { path: path.to_owned(), source })
}

fn sdk_rlib(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name().is_some_and(|n| {
                n.to_string_lossy().starts_with("libsdk") && n.to_string_lossy().ends_with(".rlib")
            })
        })
        .collect();
    found.sort();
    found.into_iter().next()
}
