//! Reading a task's files: text, of bounded size, and from the task's folder only.
//!
//! A task may come from a stranger. cap-std opens each path relative to the folder's handle and refuses
//! what would leave it, symbolic links included, without a moment between check and use. What is
//! read is a regular file, never a pipe that blocks or a device that doesn't end.

use std::io::Read;
use std::path::{Component, Path};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// Most bytes of one file of a task.
pub(super) const MAX_FILE: u64 = 16 << 20;

/// A task's folder, opened once.
pub(super) struct Folder {
    dir: Dir,
}

/// Why a file can't be used: the reason reads after the file's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) help: &'static str,
}

impl Folder {
    /// Open the folder at `path`.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self { dir: Dir::open_ambient_dir(path, ambient_authority())? })
    }

    /// The text of the file at `path`, relative to the folder.
    pub(super) fn read(&self, path: &str) -> Result<String, Refusal> {
        let normal = |component: Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
        if path.is_empty() || !Path::new(path).components().all(normal) {
            return Err(Refusal { reason: "is not a path inside the task's folder".into(), help: INSIDE });
        }
        let metadata = self.dir.metadata(path).map_err(refused)?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "is a folder" } else { "is not a regular file" };
            return Err(Refusal { reason: what.into(), help: "name a text file in the task's folder" });
        }
        read_text(self.dir.open(path).map_err(refused)?)
    }
}

const INSIDE: &str =
    "files of a task lie in its folder: no absolute path, no `..`, no link that leads outside";

fn refused(error: std::io::Error) -> Refusal {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Refusal { reason: "is not there".into(), help: "create the file, or correct its name" }
        }
        // cap-std's word for a path that leaves the folder.
        std::io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            Refusal { reason: "leads out of the task's folder".into(), help: INSIDE }
        }
        _ => Refusal { reason: format!("can't be opened: {error}"), help: "make the file readable" },
    }
}

/// All of `file` as text: at most [`MAX_FILE`] bytes of UTF-8 without NUL; a byte-order mark is dropped.
pub(super) fn read_text(file: impl Read) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    if let Err(error) = file.take(MAX_FILE + 1).read_to_end(&mut bytes) {
        return Err(Refusal { reason: format!("can't be read: {error}"), help: "make the file readable" });
    }
    if bytes.len() as u64 > MAX_FILE {
        let reason = format!("is larger than {} MiB", MAX_FILE >> 20);
        return Err(Refusal { reason, help: "use fewer or smaller cases, or a simulator" });
    }
    let line_of = |offset: usize| bytes[..offset].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let help = "save the file as plain UTF-8 text";
    if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        return Err(Refusal { reason: format!("has a NUL byte in line {}", line_of(offset)), help });
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
        Err(error) => {
            let line = line_of(error.valid_up_to());
            Err(Refusal { reason: format!("is not UTF-8 in line {line}"), help })
        }
    }
}
