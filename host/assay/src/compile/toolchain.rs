//! The guest toolchain: which rustc, which standard library, which SDK.
//!
//! `scripts/setup-guest.sh` leaves a descriptor, `toolchain.json`, in `.guest/`. The paths in it are this
//! machine's and never reach a result; the compiler's version text and the SDK's digest are the
//! toolchain's identity and belong to every result.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The only target guests are built for: std works and nothing of WASI is imported unasked.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// A guest toolchain that is in place.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Toolchain {
    /// The real compiler binary.
    pub(crate) rustc: PathBuf,
    /// Where its shared libraries are; empty if it finds them itself.
    pub(crate) library_path: String,
    /// Its sysroot, which holds the wasm target's std.
    pub(crate) sysroot: PathBuf,
    /// All of `rustc -vV`.
    pub(crate) version: String,
    /// The folder of the SDK's rlibs.
    pub(crate) sdk: PathBuf,
    /// sha256 over the SDK's rlibs, hex.
    pub(crate) sdk_digest: String,
}

/// Why there is no usable toolchain.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// No descriptor anywhere.
    #[error(
        "no guest toolchain: looked for {looked}; run `make setup` (or scripts/setup-guest.sh) to make one"
    )]
    Missing {
        /// The places that were tried.
        looked: String,
    },
    /// A descriptor that can't be used.
    #[error("the guest toolchain described by {path} can't be used: {why}; run `make setup` to make it anew")]
    Broken {
        /// The descriptor.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Toolchain {
    /// Find the toolchain: `$ASSAY_GUEST`, else `.guest` beside the program or in a folder above it, else
    /// `~/.local/share/assay/guest`.
    pub fn find() -> Result<Self, ToolchainError> {
        let mut places = Vec::new();
        if let Some(dir) = std::env::var_os("ASSAY_GUEST") {
            places.push(PathBuf::from(dir));
        } else {
            if let Ok(program) = std::env::current_exe() {
                places.extend(program.ancestors().skip(1).map(|dir| dir.join(".guest")));
            }
            if let Some(home) = std::env::var_os("HOME") {
                places.push(Path::new(&home).join(".local/share/assay/guest"));
            }
        }
        match places.iter().find(|dir| dir.join("toolchain.json").exists()) {
            Some(dir) => Self::read(&dir.join("toolchain.json")),
            None => Err(ToolchainError::Missing {
                looked: places.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The toolchain that a descriptor describes.
    pub fn read(path: &Path) -> Result<Self, ToolchainError> {
        let broken = |why: String| ToolchainError::Broken { path: path.to_owned(), why };
        let text = std::fs::read_to_string(path).map_err(|e| broken(e.to_string()))?;
        let found: Self = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
        for (what, place) in [("rustc", &found.rustc), ("sysroot", &found.sysroot), ("sdk", &found.sdk)] {
            if !place.exists() {
                return Err(broken(format!("its {what} {} does not exist", place.display())));
            }
        }
        let target = found.sysroot.join("lib/rustlib").join(TARGET);
        if !target.exists() {
            return Err(broken(format!("there is no std for {TARGET} in {}", target.display())));
        }
        Ok(found)
    }

    /// The compiler's version line, e.g. `rustc 1.96.0 (…)`.
    pub fn compiler(&self) -> &str {
        self.version.lines().next().unwrap_or_default()
    }

    /// What makes two toolchains the same, hex sha256. Free of paths.
    pub fn identity(&self) -> String {
        crate::digest::of_parts([
            self.version.trim().as_bytes(),
            self.sdk_digest.as_bytes(),
            TARGET.as_bytes(),
        ])
    }
}
