//! The library as the host uses it.
//!
//! Storing ([`Library::put`], [`Library::put_version`]), signing ([`Library::sign`]) and logging ([`Library::append`]) are
//! three steps. Only the last (`append.rs`) changes what the library says; what the first two leave behind without it are blobs that
//! nobody names. Before a leaf is appended its links are followed as the verifier will follow them.
//!
//! A folder has one writer: `.lock` is held as long as a [`Library`] that can write lives. Readers need no lock; if the log
//! grows under them they start again.

use std::collections::BTreeSet;
use std::path::Path;

use ed25519_dalek::SigningKey;

use crate::blobs;
use crate::digest::Digest;
use crate::dsse;
use crate::entry::Entry;
use crate::error::Error;
use crate::files::{Files, Lock};
use crate::history::{Current, History};
use crate::index::{self, Envelopes, INDEX, Index, LAYOUT};
use crate::keys::Keys;
use crate::leaf::{Leaf, Line, Version};
use crate::log::{CHECKPOINT, Log};
use crate::manifest::{self, About};
use crate::note::{Checkpoint, check_name};
use crate::pending;
use crate::roots::{self, Roots};
use crate::statement::{PAYLOAD_TYPE, Statement};
use crate::tiles;
use crate::tree::{self, Hash};
use crate::trust;

/// How often a reader starts again when the log grows under it.
pub(crate) const READ_ATTEMPTS: u32 = 5;

/// The state of the log: what a seed is drawn from, what a checkpoint signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of leaves.
    pub size: u64,
    /// Root of their tree.
    pub root: Hash,
}

/// An open library.
#[derive(Debug)]
pub struct Library {
    pub(crate) files: Files,
    pub(crate) roots: Roots,
    pub(crate) log: Log,
    pub(crate) index: Index,
    pub(crate) writer: Option<Writer>,
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) log_key: SigningKey,
    evidence_key: SigningKey,
    /// Envelopes on disk, by payload.
    pub(crate) envelopes: Envelopes,
    /// Bytes of all blobs, as far as they were put one by one.
    pub(crate) bytes: u64,
    /// A write failed: what is on disk must be read again.
    pub(crate) broken: bool,
    /// Held, never read.
    _lock: Lock,
}

impl Library {
    /// Opens the library in `dir` for writing, or makes it: its name becomes the log's origin, its root of trust names `keys`.
    /// What an interrupted append left behind is discarded; `index.json` is brought up to date.
    ///
    /// # Errors
    /// [`Error::Locked`] while another process writes; [`Error::NotALibrary`] for a folder that holds something else;
    /// [`Error::OtherName`], [`Error::OtherKeys`], [`Error::CheckpointGone`]; [`Error::Unsound`] if the log does not
    /// verify; [`Error::Io`].
    pub fn open_or_create(dir: &Path, name: &str, keys: &Keys) -> Result<Self, Error> {
        check_name("library", name)?;
        let shown = dir.display().to_string();
        std::fs::create_dir_all(dir).map_err(Error::io("making folder", shown.as_str()))?;
        Self::open_files(Files::open(dir)?, &shown, name, keys)
    }

    pub(crate) fn open_files(files: Files, shown: &str, name: &str, keys: &Keys) -> Result<Self, Error> {
        Self::open(files, shown, name, keys, true)
    }

    /// With keys that the root in force may not know, if it is about to be replaced.
    pub(crate) fn open(
        files: Files,
        shown: &str,
        name: &str,
        keys: &Keys,
        check_keys: bool,
    ) -> Result<Self, Error> {
        if !files.exists(LAYOUT.0)?
            && files.names(".")?.iter().any(|name| name != ".lock" && name != ".partial")
        {
            return Err(Error::NotALibrary { dir: shown.to_owned(), missing: LAYOUT.0 });
        }
        files.check_folders()?;
        let lock = files.lock()?;
        files.remove_temporary()?;
        files.settle()?;
        if !files.exists(CHECKPOINT)? {
            create(&files, name, keys)?;
        }
        let mut roots = Roots::load(&files)?;
        if roots.name() != name {
            return Err(Error::OtherName { found: roots.name().to_owned(), asked: name.to_owned() });
        }
        let log = Log::read(&files, &roots)?;
        roots.discard_beyond(log.history.roots().len(), &files)?;
        if check_keys {
            roots.last().signed_by(keys)?;
        }
        tiles::sweep(&files, log.checkpoint.size)?;
        let envelopes = index::search_envelopes(&files)?;
        let writer = Writer {
            log_key: keys.log.clone(),
            evidence_key: keys.evidence.clone(),
            envelopes,
            bytes: 0,
            broken: false,
            _lock: lock,
        };
        let mut library = Self { files, roots, log, index: Index::default(), writer: Some(writer) };
        let bytes = library.sizes()?.iter().map(|(_, size)| size).sum();
        library.writer()?.bytes = bytes;
        for current in library.log.history.all_current() {
            if let Some(leaf) = library.leaves_from(current.leaf).next().map(|(_, leaf)| leaf) {
                library.put_referrers(leaf)?;
            }
        }
        library.refresh_index()?;
        if !matches!(library.compare_index(), Ok(index::Compared::Current)) {
            library.files.write_durably(INDEX, &library.index.to_bytes())?;
        }
        pending::discard_settled(&library)?;
        Ok(library)
    }

    /// Opens the library in `dir` for reading: no key, no lock. The log is verified against the library's own root of
    /// trust; versions and evidence are not ([`crate::verify()`] does that), but no blob is returned unverified.
    ///
    /// # Errors
    /// [`Error::NotALibrary`], [`Error::Unsound`], [`Error::Io`].
    pub fn open_read_only(dir: &Path) -> Result<Self, Error> {
        let files = Files::open(dir)?;
        if !files.exists(LAYOUT.0)? {
            return Err(Error::NotALibrary { dir: dir.display().to_string(), missing: LAYOUT.0 });
        }
        files.check_folders()?;
        let read = || {
            let roots = Roots::load(&files)?;
            Ok::<_, Error>((Log::read(&files, &roots)?, roots))
        };
        let mut both = read();
        for _ in 1..READ_ATTEMPTS {
            if both.is_ok() {
                break;
            }
            both = read();
        }
        let (log, roots) = both?;
        Ok(Self { files, roots, log, index: Index::default(), writer: None })
    }

    /// The library's name.
    pub fn name(&self) -> &str {
        self.roots.name()
    }

    /// The state of the log.
    pub fn head(&self) -> Head {
        Head { size: self.log.checkpoint.size, root: self.log.checkpoint.root }
    }

    /// The root that the log had when it held `size` leaves; none if it never did.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        let entries = self.entries().get(..usize::try_from(size).ok()?)?;
        let mut tree = tree::Frontier::default();
        for entry in entries {
            tree.push(tree::leaf_hash(&entry.body()), &mut |_| {});
        }
        Some(tree.root())
    }

    /// The state of the log with its name, as it is signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.log.checkpoint
    }

    /// All entries of the log; an entry's position is its index.
    pub fn entries(&self) -> &[Entry] {
        &self.log.entries
    }

    /// All leaves about versions from index `from` on, each with its index.
    pub fn leaves_from(&self, from: u64) -> impl DoubleEndedIterator<Item = (u64, &Leaf)> {
        let skipped = usize::try_from(from).unwrap_or(usize::MAX).min(self.log.entries.len());
        let entries = self.log.entries.iter().enumerate().skip(skipped);
        entries.filter_map(|(index, entry)| Some((index as u64, entry.leaf()?)))
    }

    /// All leaves about versions, each with its index.
    pub fn leaves(&self) -> impl DoubleEndedIterator<Item = (u64, &Leaf)> {
        self.leaves_from(0)
    }

    /// The leaf at that index, if it is about a version.
    pub fn leaf(&self, index: u64) -> Option<&Leaf> {
        self.log.entries.get(usize::try_from(index).ok()?)?.leaf()
    }

    /// The leaf that revoked this version, if one did.
    pub fn revoked(&self, manifest: &Digest) -> Option<u64> {
        self.log.history.revoked(manifest)
    }

    /// The current version of a name and channel: its last baseline or promotion.
    pub fn current(&self, name: &str, channel: &str) -> Option<&Current> {
        self.log.history.current(name, channel)
    }

    /// The version that was current when the log had `size` leaves.
    pub fn current_at(&self, size: u64, name: &str, channel: &str) -> Option<Current> {
        let mut history = History::default();
        for entry in self.entries().iter().take(usize::try_from(size).unwrap_or(usize::MAX)) {
            // They were taken in before, in this order.
            history.apply(entry).ok()?;
        }
        history.current(name, channel).cloned()
    }

    /// All current versions, by name and channel.
    pub fn all_current(&self) -> impl Iterator<Item = &Current> {
        self.log.history.all_current()
    }

    /// Holdout attempts made so far on this line: the next has this number plus one.
    pub fn attempts(&self, line: &Line) -> u64 {
        self.log.history.attempts(line)
    }

    /// A blob's bytes, verified.
    ///
    /// # Errors
    /// [`Error::Unsound`] if it is missing or was edited; [`Error::Io`].
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, Error> {
        blobs::get(&self.files, digest, blobs::MAX_BLOB)
    }

    /// The hashes that prove, with [`tree::verify_inclusion`], that leaf `index` is in the log of [`Library::head`]. Read from
    /// the tiles. Empty for an index beyond the log (and for the only leaf).
    ///
    /// # Errors
    /// [`Error::Unsound`], [`Error::Io`].
    pub fn inclusion(&self, index: u64) -> Result<Vec<Hash>, Error> {
        let size = self.head().size;
        tree::inclusion(index, size, &mut |height, i| tiles::node(&self.files, size, height, i))
    }

    /// The hashes that prove, with [`tree::verify_consistency`], that the log of [`Library::head`] continues its first `size`
    /// leaves. Read from the tiles.
    ///
    /// # Errors
    /// [`Error::Unsound`], [`Error::Io`].
    pub fn consistency(&self, size: u64) -> Result<Vec<Hash>, Error> {
        let now = self.head().size;
        tree::consistency(size, now, &mut |height, i| tiles::node(&self.files, now, height, i))
    }

    /// The signed checkpoint as it stands in `log/checkpoint`, cosignatures included.
    ///
    /// # Errors
    /// [`Error::Unsound`], [`Error::Io`].
    pub fn note(&self) -> Result<String, Error> {
        let (note, _) = crate::log::read_checkpoint(&self.files, &self.roots)?;
        Ok(String::from_utf8_lossy(&note).into_owned())
    }

    /// Stores bytes; durable when this returns.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::TooLarge`], [`Error::Io`].
    pub fn put(&mut self, bytes: &[u8]) -> Result<Digest, Error> {
        self.store(bytes)
    }

    /// Stores a component, its configuration and its manifest: a version that a leaf can name.
    ///
    /// # Errors
    /// As [`Library::put`], and [`Error::TimeInManifest`].
    pub fn put_version(&mut self, component: &[u8], about: &About) -> Result<Version, Error> {
        let made = manifest::make(component, about)?;
        for bytes in [component, &made.config, &made.manifest] {
            self.store(bytes)?;
        }
        Ok(made.version)
    }

    /// Signs a finished statement with the evidence key and stores it: payload and envelope. Returns the payload's digest, by
    /// which leaves name it. Signing the same statement again changes nothing.
    ///
    /// # Errors
    /// As [`Library::put`].
    pub fn sign(&mut self, statement: &Statement) -> Result<Digest, Error> {
        let key = &self.writer.as_ref().ok_or(Error::ReadOnly)?.evidence_key;
        let envelope = dsse::sign(key, PAYLOAD_TYPE, statement.payload());
        let payload = self.store(statement.payload())?;
        let envelope = self.store(&envelope.to_bytes())?;
        self.know(payload, envelope)?;
        Ok(payload)
    }

    fn compare_index(&self) -> Result<index::Compared, Error> {
        index::compare(&self.files, &self.index, &BTreeSet::new())
    }

    /// Signs the log and statements with these keys from here on.
    pub(crate) fn sign_with(&mut self, keys: &Keys) {
        if let Some(writer) = self.writer.as_mut() {
            writer.log_key = keys.log.clone();
            writer.evidence_key = keys.evidence.clone();
        }
    }

    /// Stores bytes. A failure leaves open what of them is on disk and durable, so the library must be opened again.
    pub(crate) fn put_blob(&mut self, bytes: &[u8]) -> Result<Digest, Error> {
        self.writer()?;
        let stored = blobs::put(&self.files, bytes);
        if let (Err(Error::Io { .. }), Some(writer)) = (&stored, self.writer.as_mut()) {
            writer.broken = true;
        }
        stored
    }

    /// Notes that an envelope over this payload is stored.
    pub(crate) fn know(&mut self, payload: Digest, envelope: Digest) -> Result<(), Error> {
        let known = self.writer()?.envelopes.entry(payload).or_default();
        if !known.contains(&envelope) {
            known.push(envelope);
            known.sort_unstable();
        }
        Ok(())
    }

    pub(crate) fn writer(&mut self) -> Result<&mut Writer, Error> {
        let writer = self.writer.as_mut().ok_or(Error::ReadOnly)?;
        if writer.broken { Err(Error::Broken) } else { Ok(writer) }
    }
}

/// Makes an empty library, the checkpoint last: without one it is not a library yet, and making it is taken up again.
fn create(files: &Files, name: &str, keys: &Keys) -> Result<(), Error> {
    if !files.names(blobs::FOLDER)?.is_empty() || !files.names("log")?.is_empty() {
        return Err(Error::CheckpointGone);
    }
    files.write_durably(LAYOUT.0, LAYOUT.1)?;
    if !files.exists(roots::FIRST)? {
        files.write_durably(roots::FIRST, &trust::make(name, keys)?)?;
    }
    files.write_durably(INDEX, &Index::default().to_bytes())?;
    Log::empty(name).write_checkpoint(files, &keys.log)
}
