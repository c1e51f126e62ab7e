//! A task's files: text, of bounded size, and in the task's folder only.
//!
//! A task may come from a stranger. cap-std opens each path relative to the folder's handle and refuses
//! what would leave it, symbolic links included, without a moment between check and use. What is
//! read is a regular file, never a pipe that blocks or a device that doesn't end.
//!
//! The one thing that is ever written into a person's task is a case ([`super::grow`]), and what would be written can be read
//! first as if it stood there ([`Folder::instead`]). A file is replaced whole or not at all.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Component, Path};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::lock::Locked;

/// Most bytes of one file of a task.
pub(super) const MAX_FILE: u64 = 16 << 20;

/// A task's folder, opened once.
pub(super) struct Folder {
    dir: Dir,
    /// By name: what is read in place of what the file holds.
    pub(super) instead: BTreeMap<String, String>,
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
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        Ok(Self { dir, instead: BTreeMap::new() })
    }

    /// The text of the file at `path`, relative to the folder.
    pub(super) fn read(&self, path: &str) -> Result<String, Refusal> {
        let normal = |component: Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
        if path.is_empty() || !Path::new(path).components().all(normal) {
            return Err(Refusal { reason: "is not a path inside the task's folder".into(), help: INSIDE });
        }
        if let Some(text) = self.instead.get(path) {
            return read_text(text.as_bytes());
        }
        let metadata = self.dir.metadata(path).map_err(refused)?;
        if !metadata.is_file() {
            let what = if metadata.is_dir() { "is a folder" } else { "is not a regular file" };
            return Err(Refusal { reason: what.into(), help: "name a text file in the task's folder" });
        }
        read_text(self.dir.open(path).map_err(refused)?)
    }

    /// As [`Folder::read`], of what the disk holds; none if that can't be read.
    pub(super) fn read_disk(&self, path: &str) -> Option<String> {
        read_text(self.dir.open(path).ok()?).ok()
    }

    /// Whether something of that name is in the folder, a link that leads nowhere included.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.dir.symlink_metadata(path).is_ok()
    }

    /// Whether the file at `path` is a link: what is written must not depend on where one leads.
    pub(super) fn is_link(&self, path: &str) -> bool {
        self.dir.symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
    }

    /// Keep others that do the same from changing this folder as long as what is returned lives; none if another does.
    pub(super) fn lock(&self) -> std::io::Result<Option<Locked>> {
        // The handle that paths are opened by can be neither locked nor flushed.
        Locked::take(self.dir.open(".")?.into_std())
    }

    /// Put `text` into the file at `path`: all of it is there, and durable, when this returns; else what was there before.
    pub(super) fn replace(&self, path: &str, text: &str) -> std::io::Result<()> {
        let beside = format!("{path}.partial");
        let permissions = self.dir.metadata(path).map(|metadata| metadata.permissions());
        // What an interrupted one left behind; a link there is removed, not followed.
        let _ = self.dir.remove_file(&beside);
        let written = (|| {
            let mut file = self.dir.open_with(&beside, OpenOptions::new().write(true).create_new(true))?;
            file.write_all(text.as_bytes())?;
            if let Ok(permissions) = permissions {
                file.set_permissions(permissions)?;
            }
            file.sync_all()?;
            self.dir.rename(&beside, &self.dir, path)
        })();
        if written.is_err() {
            let _ = self.dir.remove_file(&beside);
            return written;
        }
        let parent = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty());
        self.dir.open(parent.unwrap_or(Path::new(".")))?.sync_all()
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
