//! The library as the host uses it.
//!
//! Storing ([`Library::put`], [`Library::put_version`]), signing ([`Library::sign`]) and logging ([`Library::append`]) are
//! three steps. Only the last changes what the library says; what the first two leave behind without it are blobs that
//! nobody names. Before a leaf is appended its links are followed as the verifier will follow them.
//!
//! A folder has one writer: `.lock` is held as long as a [`Library`] that can write lives. Readers need no lock; if the log
//! grows under them they start again.

use std::ops::Range;
use std::path::Path;

use ed25519_dalek::SigningKey;

use crate::blobs;
use crate::digest::Digest;
use crate::dsse;
use crate::error::Error;
use crate::evidence::Context;
use crate::files::Files;
use crate::history::Current;
use crate::index::{self, Envelopes, INDEX, Index, LAYOUT};
use crate::keys::Keys;
use crate::leaf::{Leaf, Line, Version};
use crate::log::{CHECKPOINT, Log};
use crate::manifest::{self, About};
use crate::note::{Checkpoint, check_name};
use crate::statement::{PAYLOAD_TYPE, Statement};
use crate::tiles;
use crate::tree::{self, Hash};
use crate::trust::{self, Trust};

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
    trust: Trust,
    log: Log,
    index: Index,
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Writer {
    log_key: SigningKey,
    evidence_key: SigningKey,
    /// Envelopes on disk, by payload: those in the index and those signed since.
    envelopes: Envelopes,
    /// A write failed: what is on disk must be read again.
    broken: bool,
    /// Held, never read.
    _lock: std::fs::File,
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
        if !files.exists(LAYOUT.0)?
            && files.names(".")?.iter().any(|name| name != ".lock" && name != ".partial")
        {
            return Err(Error::NotALibrary { dir: shown.to_owned(), missing: LAYOUT.0 });
        }
        let lock = files.lock()?;
        files.remove_temporary()?;
        if !files.exists(CHECKPOINT)? {
            create(&files, name, keys)?;
        }
        let trust = trust::load(&files)?;
        if trust.name != name {
            return Err(Error::OtherName { found: trust.name, asked: name.to_owned() });
        }
        for (role, key, known) in [
            ("root", &keys.root, &trust.root),
            ("log", &keys.log, &trust.log),
            ("evidence", &keys.evidence, &trust.evidence),
        ] {
            if !known.contains(&key.verifying_key()) {
                return Err(Error::OtherKeys { role });
            }
        }
        let log = Log::read(&files, &trust)?;
        tiles::sweep(&files, log.checkpoint.size)?;
        let (index, envelopes) = up_to_date(&files, &log)?;
        let writer = Writer {
            log_key: keys.log.clone(),
            evidence_key: keys.evidence.clone(),
            envelopes,
            broken: false,
            _lock: lock,
        };
        Ok(Self { files, trust, log, index, writer: Some(writer) })
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
        let trust = trust::load(&files)?;
        let mut log = Log::read(&files, &trust);
        for _ in 1..READ_ATTEMPTS {
            if log.is_ok() {
                break;
            }
            log = Log::read(&files, &trust);
        }
        Ok(Self { files, trust, log: log?, index: Index::default(), writer: None })
    }

    /// The library's name.
    pub fn name(&self) -> &str {
        &self.trust.name
    }

    /// The state of the log.
    pub fn head(&self) -> Head {
        Head { size: self.log.checkpoint.size, root: self.log.checkpoint.root }
    }

    /// The root that the log had when it held `size` leaves; none if it never did.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        let leaves = self.leaves().get(..usize::try_from(size).ok()?)?;
        let mut tree = tree::Frontier::default();
        for leaf in leaves {
            tree.push(tree::leaf_hash(&leaf.body()), &mut |_| {});
        }
        Some(tree.root())
    }

    /// The state of the log with its name, as it is signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.log.checkpoint
    }

    /// All leaves; a leaf's position is its index.
    pub fn leaves(&self) -> &[Leaf] {
        &self.log.leaves
    }

    /// The current version of a name and channel: its last baseline or promotion.
    pub fn current(&self, name: &str, channel: &str) -> Option<&Current> {
        self.log.history.current(name, channel)
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

    /// Stores bytes; durable when this returns.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::TooLarge`], [`Error::Io`].
    pub fn put(&mut self, bytes: &[u8]) -> Result<Digest, Error> {
        self.writer()?;
        blobs::put(&self.files, bytes)
    }

    /// Stores a component, its configuration and its manifest: a version that a leaf can name.
    ///
    /// # Errors
    /// As [`Library::put`], and [`Error::TimeInManifest`].
    pub fn put_version(&mut self, component: &[u8], about: &About) -> Result<Version, Error> {
        self.writer()?;
        let made = manifest::make(component, about)?;
        for bytes in [component, &made.config, &made.manifest] {
            blobs::put(&self.files, bytes)?;
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
        let payload = blobs::put(&self.files, statement.payload())?;
        let envelope = blobs::put(&self.files, &envelope.to_bytes())?;
        let known = self.writer()?.envelopes.entry(payload).or_default();
        if !known.contains(&envelope) {
            known.push(envelope);
        }
        Ok(payload)
    }

    /// Appends a leaf and returns its index; durable when this returns.
    ///
    /// # Errors
    /// As [`Library::append_all`].
    pub fn append(&mut self, leaf: Leaf) -> Result<u64, Error> {
        self.append_all(vec![leaf]).map(|range| range.start)
    }

    /// Appends leaves under one checkpoint: all or none. `prev` is filled in.
    ///
    /// # Errors
    /// [`Error::Refused`] for a leaf that breaks a rule and [`Error::Unsound`] for one whose links do not hold: nothing
    /// happened. [`Error::Io`]: what is on disk verifies, but must be read again ([`Error::Broken`] until it is).
    /// [`Error::CommittedOnly`]: the leaves are in the log.
    pub fn append_all(&mut self, leaves: Vec<Leaf>) -> Result<Range<u64>, Error> {
        let old = self.head().size;
        self.writer()?;
        if leaves.is_empty() {
            return Ok(old..old);
        }
        let (history, leaves) = self.follow(leaves)?;
        let index = self.index_with(&leaves)?;
        let Some(writer) = self.writer.as_mut() else { return Err(Error::ReadOnly) };
        writer.broken = true;
        self.log.grow(&self.files, leaves, history, &writer.log_key)?;
        let size = self.log.checkpoint.size;
        self.files
            .write_durably(INDEX, &index.to_bytes())
            .and_then(|()| tiles::drop_outgrown(&self.files, old, size))
            .map_err(|source| Error::CommittedOnly { size, source: Box::new(source) })?;
        self.index = index;
        writer.broken = false;
        Ok(old..size)
    }

    /// Chains new leaves to the old and checks rules and links.
    fn follow(&self, mut leaves: Vec<Leaf>) -> Result<(crate::history::History, Vec<Leaf>), Error> {
        let mut history = self.log.history.clone();
        let envelopes = &self.writer.as_ref().ok_or(Error::ReadOnly)?.envelopes;
        let size = |digest: &Digest| blobs::size(&self.files, digest);
        let context = Context { files: &self.files, trust: &self.trust, envelopes, size: &size };
        for (index, leaf) in (self.log.checkpoint.size..).zip(&mut leaves) {
            leaf.prev = history.tip(&leaf.name, &leaf.channel);
            if leaf.body().len() > tiles::MAX_ENTRY {
                return Err(Error::TooLarge { what: "a leaf", limit: "65535 bytes" });
            }
            history.apply(leaf).map_err(|rule| Error::Refused { rule })?;
            context.check(index, leaf)?;
        }
        Ok((history, leaves))
    }

    fn index_with(&self, leaves: &[Leaf]) -> Result<Index, Error> {
        let writer = self.writer.as_ref().ok_or(Error::ReadOnly)?;
        let mut index = self.index.clone();
        for leaf in leaves {
            index.add_leaf(&self.files, leaf, &writer.envelopes)?;
        }
        Ok(index)
    }

    fn writer(&mut self) -> Result<&mut Writer, Error> {
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
    if !files.exists(trust::ROOT)? {
        files.write_durably(trust::ROOT, &trust::make(name, keys))?;
    }
    files.write_durably(INDEX, &Index::default().to_bytes())?;
    Log::empty(name).write_checkpoint(files, &keys.log)
}

/// The index of that log, written if the one on disk is another, and where all envelopes are. Made from the blobs alone:
/// what the file on disk says is not asked.
fn up_to_date(files: &Files, log: &Log) -> Result<(Index, Envelopes), Error> {
    let envelopes = index::search_envelopes(files)?;
    let mut index = Index::default();
    for leaf in &log.leaves {
        index.add_leaf(files, leaf, &envelopes)?;
    }
    match Index::load(files) {
        Ok(stored) if stored == index => {}
        Ok(_) | Err(Error::Unsound(_)) => files.write_durably(INDEX, &index.to_bytes())?,
        Err(e) => return Err(e),
    }
    Ok((index, envelopes))
}
