//! A replica: a scratch library that begins as another one did.
//!
//! A replay must meet the log that the original met, since holdout cases derive from its root. So a replica's first
//! leaves have the very same bodies as the source's, hence the same root, and the blobs that they name are there. Everything
//! that is signed is another's: root of trust, checkpoint and all new statements carry the replica's own keys.
//!
//! **It is for scratch.** The statements behind the copied leaves are signed by keys that it does not trust, so it does
//! not verify ([`crate::verify()`] says where), and must not: what is copied here is vouched for by its source alone.
//! What is appended later is checked as in any library.

use std::path::Path;

use crate::blobs;
use crate::digest::Digest;
use crate::error::Error;
use crate::files::Files;
use crate::index::LAYOUT;
use crate::keys::Keys;
use crate::leaf::Kind;
use crate::library::Library;
use crate::roots;
use crate::trust;

impl Library {
    /// Makes a library in the empty folder `dir` whose first `size` leaves have the bodies of `source`'s, and opens it for
    /// writing.
    ///
    /// # Errors
    /// [`Error::Replica`] if `dir` holds something or the source has fewer leaves; [`Error::Unsound`] if a blob that a leaf
    /// names is missing or was edited; [`Error::Io`]; as [`Library::open_or_create`].
    pub fn replica(dir: &Path, name: &str, keys: &Keys, source: &Library, size: u64) -> Result<Self, Error> {
        let entries = usize::try_from(size).ok().and_then(|size| source.entries().get(..size));
        let Some(entries) = entries else {
            let has = source.head().size;
            return Err(Error::Replica(format!(
                "it is to begin with {size} leaves, and the source has {has}"
            )));
        };
        std::fs::create_dir_all(dir).map_err(Error::io("making folder", dir.display().to_string()))?;
        let files = Files::open(dir)?;
        if !files.names(".")?.is_empty() {
            return Err(Error::Replica(format!("{} is not empty", dir.display())));
        }
        // The same people approve the same kinds of leaves, so that what waited for them waits again.
        // Without its mark the folder would be somebody else's, with a root of trust in it.
        files.write_durably(LAYOUT.0, LAYOUT.1)?;
        files.write_durably(roots::FIRST, &trust::make_like(source.roots.last(), name, keys)?)?;
        let mut library = Self::open_files(files, &dir.display().to_string(), name, keys)?;
        library.roots.stand_for_all();
        for entry in entries {
            if let Some(leaf) = entry.leaf() {
                let component = Some(leaf.component).filter(|_| leaf.manifest.is_some());
                // Of a refused version the component may have been removed.
                let component =
                    component.filter(|_| leaf.kind != Kind::Refuse || source.get(&leaf.component).is_ok());
                for digest in
                    component.iter().chain(&leaf.manifest).chain(&leaf.evidence).chain(&leaf.approvals)
                {
                    copy(source, &library.files, digest)?;
                }
            }
            library.log.history.apply(entry).map_err(|rule| Error::Refused { rule })?;
        }
        if !entries.is_empty() {
            library.log.grow(&library.files, entries.to_vec(), &keys.log)?;
        }
        Ok(library)
    }
}

fn copy(source: &Library, files: &Files, digest: &Digest) -> Result<(), Error> {
    if files.exists(&blobs::path(digest))? {
        return Ok(());
    }
    blobs::put(files, &source.get(digest)?).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf::{Leaf, Line};
    use crate::manifest::About;
    use crate::statement::Statement;
    use crate::verify::{Options, verify};

    fn line() -> Line {
        Line { name: "a".into(), channel: "stable".into(), task: Digest::of(b"task") }
    }

    fn promote(library: &mut Library, code: &[u8]) {
        let version = library.put_version(code, &About::default()).unwrap();
        let number = library.attempts(&line()) + 1;
        library.append(Leaf::attempt(&line(), version.component, number)).unwrap();
        let statement = Statement::new(&version, "t", &serde_json::json!({"n": number})).unwrap();
        let evidence = library.sign(&statement).unwrap();
        library.append(Leaf::promote(&line(), version, number, vec![evidence])).unwrap();
    }

    #[test]
    fn a_replica_begins_as_its_source_did_and_goes_on_with_its_own_keys() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let keys = |name: &str| Keys::open_or_create(&at(name)).unwrap();
        let mut source = Library::open_or_create(&at("source"), "a/library", &keys("keys")).unwrap();
        let seed = source.put_version(b"seed", &About::default()).unwrap();
        source.append(Leaf::baseline(&line(), seed, vec![])).unwrap();
        promote(&mut source, b"better");
        promote(&mut source, b"best");

        let others = keys("others");
        let mut replica = Library::replica(&at("replica"), "a/library", &others, &source, 3).unwrap();
        assert_eq!((replica.head().size, replica.head().root), (3, source.root_at(3).unwrap()));
        assert_eq!(replica.current("a", "stable").unwrap().leaf, 2);
        promote(&mut replica, b"best");
        let bodies =
            |library: &Library| library.entries().iter().map(crate::entry::Entry::body).collect::<Vec<_>>();
        assert_eq!(bodies(&replica), bodies(&source));
        drop(replica);
        let report = verify(&at("replica"), &Options::default()).unwrap();
        assert!(!report.verified, "its first leaves' statements are signed by keys that it does not trust");
        assert!(Library::open_or_create(&at("replica"), "a/library", &others).is_ok());

        let empty = Library::replica(&at("empty"), "a/library", &others, &source, 0).unwrap();
        assert_eq!(empty.head().size, 0);
        drop(empty);
        for (name, size) in [("replica", 3), ("other", 6), ("huge", u64::MAX)] {
            let refused = Library::replica(&at(name), "a/library", &others, &source, size);
            assert!(matches!(refused, Err(Error::Replica(_))), "{name}");
        }
        assert!(!at("other").exists());
    }
}
