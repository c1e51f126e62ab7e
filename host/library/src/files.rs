//! The only place that touches the library's folder.
//!
//! Everything goes through one cap-std [`Dir`], so a symbolic link planted inside the folder can't lead a read or
//! a write outside it. Reading is capped in size and refuses what is not a regular file (a FIFO would block a
//! verifier for ever, a device would feed it without end).
//!
//! Writing is always: a temporary file, its bytes, fsync, rename over the final name, fsync of the folder. The last
//! step is collected in [`Dirty`], so that several files of one folder share it. There is one writer (see
//! `.lock`), hence one temporary name is enough; a file of that name is always rubbish.
//!
//! Tests count these steps and stop at any one of them: see `Faults`.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::error::Error;
use crate::fault::Fault;

/// Where a file is written before it gets its name.
const TEMPORARY: &str = ".partial";

/// The library's folders. Below `log/tile` there are more.
const FOLDERS: [&str; 6] = ["blobs", "blobs/sha256", "log", "log/tile", "pending", "trust"];

/// Folders whose entries changed and are not yet durable. Empty it with [`Files::sync`].
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Dirty(BTreeSet<String>);

/// One library's folder.
#[derive(Debug)]
pub(crate) struct Files {
    dir: Dir,
    #[cfg(test)]
    pub(crate) faults: faults::Faults,
}

/// The lock of the one writer. Unlocked by name, not by closing: a program that another thread is starting holds a copy of
/// every descriptor between its fork and its exec, and would keep the lock for as long.
#[derive(Debug)]
pub(crate) struct Lock(std::fs::File);

impl Drop for Lock {
    fn drop(&mut self) {
        // It fails for a lock that is not held only.
        let _ = self.0.unlock();
    }
}

impl Files {
    /// Opens an existing folder.
    pub(crate) fn open(dir: &Path) -> Result<Self, Error> {
        let dir = Dir::open_ambient_dir(dir, ambient_authority())
            .map_err(Error::io("opening", dir.display().to_string()))?;
        Ok(Self {
            dir,
            #[cfg(test)]
            faults: faults::Faults::default(),
        })
    }

    /// Opens `path` if it is a regular file of at most `limit` bytes.
    fn regular(&self, path: &str, limit: u64) -> Result<File, Error> {
        let unsound = |fault: Fault| Error::Unsound(fault.in_file(path));
        // Looked at before it is opened, as opening a FIFO would block.
        let metadata = match self.dir.symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(e) if absent(&e) => return Err(unsound(Fault::Missing)),
            Err(e) => return Err(self.refused("reading", path, e)),
        };
        if !metadata.is_file() {
            return Err(unsound(Fault::NotAFile));
        }
        if metadata.len() > limit {
            return Err(unsound(Fault::TooLarge { limit }));
        }
        self.dir.open(path).map_err(Error::io("opening", path))
    }

    /// An error at `path`: the first folder on the way that is none, if there is one (cap-std lets no link lead outside).
    fn refused(&self, doing: &'static str, path: &str, e: io::Error) -> Error {
        let mut parents = path.match_indices('/').map(|(end, _)| &path[..end]).chain([path]);
        let is_link =
            |path: &&str| self.dir.symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
        match parents.find(is_link) {
            Some(link) => Fault::NotAFolder.in_file(link).into(),
            None => Error::io(doing, path)(e),
        }
    }

    /// Whether the folders that every path here begins with are folders, and no links to some.
    ///
    /// # Errors
    /// [`Fault::NotAFolder`].
    pub(crate) fn check_folders(&self) -> Result<(), Error> {
        for folder in FOLDERS {
            if self.exists(folder)? && !self.is_folder(folder)? {
                return Err(Fault::NotAFolder.in_file(folder).into());
            }
        }
        Ok(())
    }

    /// A file's bytes; a [`Fault`] if it is missing, no file, or larger than `limit` bytes.
    pub(crate) fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let file = self.regular(path, limit)?;
        file.take(limit + 1).read_to_end(&mut bytes).map_err(Error::io("reading", path))?;
        if bytes.len() as u64 > limit {
            return Err(Error::Unsound(Fault::TooLarge { limit }.in_file(path)));
        }
        Ok(bytes)
    }

    /// A file's digest and size without holding it in memory.
    pub(crate) fn hash(&self, path: &str, limit: u64) -> Result<(Digest, u64), Error> {
        let mut file = self.regular(path, limit)?.take(limit + 1);
        let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
        loop {
            match file.read(&mut buffer).map_err(Error::io("reading", path))? {
                0 => break,
                n => {
                    hasher.update(&buffer[..n]);
                    size += n as u64;
                }
            }
        }
        if size > limit {
            return Err(Error::Unsound(Fault::TooLarge { limit }.in_file(path)));
        }
        Ok((Digest::from_bytes(hasher.finalize().into()), size))
    }

    /// A file's size in bytes, not followed if it is a link.
    pub(crate) fn length(&self, path: &str) -> Result<u64, Error> {
        self.dir.symlink_metadata(path).map(|metadata| metadata.len()).map_err(Error::io("reading", path))
    }

    /// The first `n` bytes of a regular file, fewer if it is shorter.
    pub(crate) fn peek(&self, path: &str, n: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let file = self.regular(path, u64::MAX - 1)?;
        file.take(n).read_to_end(&mut bytes).map_err(Error::io("reading", path))?;
        Ok(bytes)
    }

    /// Whether anything is at `path`.
    pub(crate) fn exists(&self, path: &str) -> Result<bool, Error> {
        match self.dir.symlink_metadata(path) {
            Ok(_) => Ok(true),
            Err(e) if absent(&e) => Ok(false),
            Err(e) => Err(self.refused("reading", path, e)),
        }
    }

    /// Whether `path` is a folder (and no link to one).
    pub(crate) fn is_folder(&self, path: &str) -> Result<bool, Error> {
        match self.dir.symlink_metadata(path) {
            Ok(metadata) => Ok(metadata.is_dir()),
            Err(e) if absent(&e) => Ok(false),
            Err(e) => Err(self.refused("reading", path, e)),
        }
    }

    /// The names in a folder, sorted; none if the folder is missing. Names that are not UTF-8 come out with
    /// replacement characters and so match nothing that this crate writes.
    pub(crate) fn names(&self, folder: &str) -> Result<Vec<String>, Error> {
        let entries = match self.dir.read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if absent(&e) => return Ok(Vec::new()),
            Err(e) => return Err(self.refused("listing", folder, e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("listing", folder))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Writes a whole file under its final name, which shows either the old bytes or the new, never a part.
    /// Durable only after [`Files::sync`].
    pub(crate) fn write(&self, path: &str, bytes: &[u8], dirty: &mut Dirty) -> Result<(), Error> {
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        self.make_folder(folder, dirty)?;
        self.replace(path, bytes).map_err(Error::io("writing", path))?;
        dirty.0.insert(folder.to_owned());
        Ok(())
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        match self.dir.remove_file(TEMPORARY) {
            Err(e) if !absent(&e) => return Err(e),
            _ => {}
        }
        self.step()?;
        let mut file = self.dir.open_with(TEMPORARY, OpenOptions::new().write(true).create_new(true))?;
        let half = bytes.len() / 2;
        file.write_all(&bytes[..half])?;
        self.step()?;
        file.write_all(&bytes[half..])?;
        self.step()?;
        file.sync_all()?;
        self.step()?;
        self.dir.rename(TEMPORARY, &self.dir, path)
    }

    fn make_folder(&self, folder: &str, dirty: &mut Dirty) -> Result<(), Error> {
        let mut parent = ".";
        let ends = folder.match_indices('/').map(|(i, _)| i).chain([folder.len()]);
        for path in ends.map(|end| &folder[..end]).filter(|path| *path != ".") {
            if !self.exists(path)? {
                self.step()
                    .and_then(|()| self.dir.create_dir(path))
                    .map_err(Error::io("making folder", path))?;
                dirty.0.insert(parent.to_owned());
            }
            parent = path;
        }
        Ok(())
    }

    /// Makes the names of all written files durable.
    pub(crate) fn sync(&self, dirty: Dirty) -> Result<(), Error> {
        for folder in dirty.0 {
            // fsync on a `Dir` itself gives EBADF: cap-std opens folders with O_PATH.
            let sync = || self.dir.open_dir(&folder)?.open(".")?.sync_all();
            self.step().and_then(|()| sync()).map_err(Error::io("syncing", folder.as_str()))?;
        }
        Ok(())
    }

    /// Makes durable what an earlier writer may have left written but not yet durable: it was killed, or told of a failure.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let mut dirty = Dirty::default();
        for folder in [".", "trust", "log", "blobs", "blobs/sha256", "pending"] {
            if self.is_folder(folder)? {
                dirty.0.insert(folder.to_owned());
            }
        }
        self.sync(dirty)
    }

    /// Writes one file and makes it durable.
    pub(crate) fn write_durably(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut dirty = Dirty::default();
        self.write(path, bytes, &mut dirty)?;
        self.sync(dirty)
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, path: &str) -> Result<(), Error> {
        match self.step().and_then(|()| self.dir.remove_file(path)) {
            Err(e) if !absent(&e) => Err(Error::io("removing", path)(e)),
            _ => Ok(()),
        }
    }

    /// Removes a folder, if it is there and empty.
    pub(crate) fn remove_if_empty(&self, folder: &str) {
        // A folder that stays behind is only untidy: it names no file.
        let _ = self.dir.remove_dir(folder);
    }

    /// Removes what an interrupted write left.
    pub(crate) fn remove_temporary(&self) -> Result<(), Error> {
        self.remove(TEMPORARY)
    }

    /// Takes the lock of the one writer; held until the returned value is dropped.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        let options = OpenOptions::new().read(true).write(true).create(true).clone();
        let file = self.dir.open_with(".lock", &options).map_err(Error::io("opening", ".lock"))?.into_std();
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::Locked),
            Err(std::fs::TryLockError::Error(e)) => Err(Error::io("locking", ".lock")(e)),
        }
    }

    #[cfg(not(test))]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        self.faults.step()
    }
}

fn absent(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
pub(crate) mod faults {
    //! Stops the writer at a chosen step: once (a full disk) or for good (a crash).

    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

    #[derive(Debug)]
    pub(crate) struct Faults {
        fail_at: AtomicU32,
        for_good: AtomicBool,
        done: AtomicU32,
    }

    impl Default for Faults {
        fn default() -> Self {
            Self { fail_at: u32::MAX.into(), for_good: false.into(), done: 0.into() }
        }
    }

    impl Faults {
        /// Lets `steps` more steps pass, then fails the next one, or all that follow.
        pub(crate) fn fail_after(&self, steps: u32, for_good: bool) {
            self.fail_at.store(self.done.load(Relaxed).saturating_add(steps), Relaxed);
            self.for_good.store(for_good, Relaxed);
        }

        pub(super) fn step(&self) -> io::Result<()> {
            let (now, fail_at) = (self.done.fetch_add(1, Relaxed), self.fail_at.load(Relaxed));
            if now == fail_at || (self.for_good.load(Relaxed) && now > fail_at) {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        (folder, files)
    }

    #[test]
    fn a_write_makes_its_folders_and_leaves_no_temporary_file() {
        let (folder, files) = files();
        files.write_durably("a/b/c", b"one").unwrap();
        files.write_durably("a/b/c", b"two").unwrap();
        assert_eq!(files.read("a/b/c", 3).unwrap(), b"two");
        assert_eq!(files.names(".").unwrap(), ["a"]);
        drop(folder);
    }

    #[test]
    fn what_is_no_regular_file_or_too_large_is_refused_unread() {
        let (folder, files) = files();
        files.write_durably("big", b"1234").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        assert_eq!(files.read("big", 3).unwrap_err().fault(), Some(&Fault::TooLarge { limit: 3 }));
        assert_eq!(files.hash("big", 3).unwrap_err().fault(), Some(&Fault::TooLarge { limit: 3 }));
        assert_eq!(files.read("link", 9999).unwrap_err().fault(), Some(&Fault::NotAFile));
        assert_eq!(files.read("folder", 9999).unwrap_err().fault(), Some(&Fault::NotAFile));
        assert_eq!(files.read("big/x", 9).unwrap_err().fault(), Some(&Fault::Missing));
    }

    #[test]
    fn a_second_writer_is_refused() {
        let (_folder, files) = files();
        let held = files.lock().unwrap();
        assert!(matches!(files.lock(), Err(Error::Locked)));
        // What a program that is being started holds of it: a descriptor of the same open file.
        let copy = held.0.try_clone().unwrap();
        drop(held);
        files.lock().unwrap();
        drop(copy);
    }
}
