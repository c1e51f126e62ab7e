//! The store of native code: what a worker that compiles made once need not be made again.
//!
//! A file is found by the engine's identity, the component's digest, the limits it was admitted under and how it was to be
//! metered; it names them once more, and each part's length and sha256. Whatever does not fit (another name, another hash, a file or folder that
//! somebody else owns or may write) counts as absent, and so does a store that can't be read. Nothing but what came from this
//! host's own compiling workers is put there. Where a result is judged or done again, the store is not asked.

use super::native::Native;
use crate::digest::{hex, of_parts, sha256};
use sandbox::policy::Limits;
use sandbox::protocol::{EngineIdentity, Metering};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A folder of native code.
pub struct Store {
    folder: PathBuf,
    engine: EngineIdentity,
}

/// A file's first line; the parts follow.
#[derive(Serialize, Deserialize, PartialEq)]
struct Head {
    engine: EngineIdentity,
    component: String,
    limits: Limits,
    metering: Metering,
    made: Metering,
    parts: Vec<Described>,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct Described {
    bytes: usize,
    sha256: String,
}

/// What names a component's native code.
pub struct Name {
    component: String,
    limits: Limits,
    metering: Metering,
}

impl Name {
    /// Of a component that is admitted under `limits`, and metered so if it can be.
    pub fn of(component: &[u8], limits: &Limits, metering: Metering) -> Self {
        Self { component: sha256(component), limits: limits.clone(), metering }
    }
}

impl Store {
    /// For one engine, in a folder that is made when it is needed.
    pub fn new(folder: PathBuf, engine: EngineIdentity) -> Self {
        Self { folder, engine }
    }

    fn path(&self, name: &Name) -> Option<PathBuf> {
        let parts = [
            serde_json::to_vec(&(&self.engine, &name.limits, name.metering)).ok()?,
            name.component.clone().into_bytes(),
        ];
        let key = of_parts(parts.iter().map(Vec::as_slice));
        Some(self.folder.join(&key[..2]).join(key))
    }

    /// What was kept under this name, if every byte of it is what was kept.
    pub fn load(&self, name: &Name) -> Option<Native> {
        let path = self.path(name)?;
        own(&std::fs::symlink_metadata(&self.folder).ok()?)?;
        own(&std::fs::symlink_metadata(path.parent()?).ok()?)?;
        let mut file = File::open(&path).ok()?;
        own(&file.metadata().ok()?)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
        let mut rest = &bytes[end + 1..];
        let mut parts = Vec::with_capacity(head.parts.len());
        for part in &head.parts {
            let (own, more) = rest.split_at_checked(part.bytes)?;
            parts.push(own.to_vec());
            rest = more;
        }
        let native = Native::of(head.made, name.limits.fuel, parts);
        (rest.is_empty() && !native.parts.is_empty() && head == self.head(name, &native)).then_some(native)
    }

    /// Keep what a worker made. Where that does not work, it is made again next time.
    pub fn keep(&self, name: &Name, native: &Native) {
        let Some(path) = self.path(name) else { return };
        // Kept or not: the code is there.
        let _ = write(&path, &self.head(name, native), native);
    }

    fn head(&self, name: &Name, native: &Native) -> Head {
        let described =
            native.parts.iter().map(|part| Described { bytes: part.bytes.len(), sha256: hex(&part.digest) });
        Head {
            engine: self.engine.clone(),
            component: name.component.clone(),
            limits: name.limits.clone(),
            metering: name.metering,
            made: native.metering,
            parts: described.collect(),
        }
    }
}

/// Whether nobody but this user can have written it.
fn own(metadata: &std::fs::Metadata) -> Option<()> {
    let mine = metadata.uid() == rustix::process::geteuid().as_raw();
    (mine && metadata.mode() & 0o022 == 0 && !metadata.is_symlink()).then_some(())
}

/// Whole or not at all.
fn write(path: &Path, head: &Head, native: &Native) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut private = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(private.recursive(true), 0o700).create(folder)?;
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, head)?;
    file.write_all(b"\n")?;
    for part in &*native.parts {
        file.write_all(&part.bytes)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const METERING: Metering = Metering::Program;
    const FUEL: u64 = 7;

    fn engine(settings: &str) -> EngineIdentity {
        EngineIdentity { engine: "e".into(), compatibility: "c".into(), settings: settings.into() }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let shelves = std::fs::read_dir(folder).unwrap().map(|shelf| shelf.unwrap().path());
        shelves.flat_map(|shelf| std::fs::read_dir(shelf).unwrap()).map(|file| file.unwrap().path()).collect()
    }

    #[test]
    fn what_was_kept_comes_back_to_the_same_engine_component_and_limits_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("native");
        let store = Store::new(folder.clone(), engine("s"));
        let limits = Limits { fuel: FUEL, ..Limits::default() };
        let name = Name::of(b"component", &limits, METERING);
        assert!(store.load(&name).is_none());
        let native = Native::of(METERING, FUEL, [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
        store.keep(&name, &native);
        let back = store.load(&name).unwrap();
        assert_eq!((back.digest, back.metering, back.fuel), (native.digest, METERING, FUEL));
        assert!(back.parts.iter().zip(&*native.parts).all(|(a, b)| a.bytes == b.bytes));
        assert!(Store::new(folder, engine("t")).load(&name).is_none());
        assert!(store.load(&Name::of(b"other", &limits, METERING)).is_none());
        assert!(store.load(&Name::of(b"component", &limits, Metering::Engine)).is_none());
        assert!(
            store
                .load(&Name::of(b"component", &Limits { functions: 1, ..limits.clone() }, METERING))
                .is_none()
        );
    }

    #[test]
    fn whatever_does_not_fit_counts_as_absent() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("native");
        let store = Store::new(folder.clone(), engine("s"));
        let (name, other) =
            [b"component", b"different"].map(|c| Name::of(c, &Limits::default(), METERING)).into();
        let native = Native::of(METERING, FUEL, [b"native code".to_vec()]);
        store.keep(&name, &native);
        let path = files(&folder).pop().unwrap();
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(store.load(&name).is_none(), "byte {at}");
            std::fs::write(&path, &good[..at]).unwrap();
            assert!(store.load(&name).is_none(), "cut at {at}");
        }
        std::fs::write(&path, [&good[..], b"more"].concat()).unwrap();
        assert!(store.load(&name).is_none());
        // Another component's file under this one's name.
        store.keep(&other, &native);
        let moved = files(&folder).into_iter().find(|file| *file != path).unwrap();
        std::fs::rename(moved, &path).unwrap();
        assert!(store.load(&name).is_none());
        store.keep(&name, &native);
        assert!(store.load(&name).is_some());
        for open in [path.clone(), path.parent().unwrap().to_owned(), folder] {
            let before = std::fs::metadata(&open).unwrap().permissions();
            std::fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
            assert!(store.load(&name).is_none(), "{} can be written by others", open.display());
            std::fs::set_permissions(&open, before).unwrap();
        }
        assert!(store.load(&name).is_some());
    }

    #[test]
    fn a_folder_that_takes_nothing_keeps_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let store = Store::new(file.path().join("native"), engine("s"));
        let name = Name::of(b"component", &Limits::default(), METERING);
        store.keep(&name, &Native::of(METERING, FUEL, [b"code".to_vec()]));
        assert!(store.load(&name).is_none());
    }
}
