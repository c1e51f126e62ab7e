//! The append-only log on disk: reading it up to its checkpoint, and growing it so that a crash at any point leaves a log
//! that verifies.
//!
//! Growing writes entry bundles, then hash tiles, makes both durable, and replaces the checkpoint **last**. Until that
//! rename the old checkpoint stands and covers none of the new files; they are swept away when the log is opened for
//! writing. After it, everything the new checkpoint needs is on disk already. A signature is released only by
//! that rename, so nobody is ever shown two heads of one size.
//!
//! (Finishing an interrupted append instead of discarding it would be friendlier, and wrong: it would have the log key sign
//! leaves merely because they lie in the folder.)

use ed25519_dalek::SigningKey;

use crate::digest::Digest;
use crate::dsse::key_id;
use crate::entry::Entry;
use crate::error::Error;
use crate::fault::Fault;
use crate::files::{Dirty, Files};
use crate::history::History;
use crate::note::{Checkpoint, MAX_NOTE, NoteFault};
use crate::roots::Roots;
use crate::tiles;
use crate::tree::{Frontier, WIDTH, leaf_hash};

/// The file that says how long the log is, and is signed.
pub(crate) const CHECKPOINT: &str = "log/checkpoint";
/// Leaves that this version handles: they are all held in memory.
pub(crate) const MAX_LEAVES: u64 = 1 << 24;

/// A log that was read: its leaves hash to its checkpoint and obey the rules.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) entries: Vec<Entry>,
    pub(crate) history: History,
    frontier: Frontier,
    /// The entries of the unfinished bundle.
    bundle: Vec<Vec<u8>>,
}

/// The checkpoint's bytes and what it says, signed by the log key of *some* root; which root is in force only its leaves say
/// ([`signed_in_force`]).
pub(crate) fn read_checkpoint(files: &Files, roots: &Roots) -> Result<(Vec<u8>, Checkpoint), Error> {
    let note = files.read(CHECKPOINT, MAX_NOTE)?;
    let unsound = |fault: Fault| Error::Unsound(fault.in_file(CHECKPOINT));
    let keys: Vec<_> = roots.iter().flat_map(|root| root.log.keys()).collect();
    let checkpoint = Checkpoint::open(&note, roots.name(), &keys).map_err(|fault| {
        unsound(match fault {
            NoteFault::Format(why) => Fault::malformed(why),
            NoteFault::Origin { found } => {
                Fault::CheckpointOrigin { found, expected: roots.name().to_owned() }
            }
            NoteFault::Signature => Fault::CheckpointSignature,
        })
    })?;
    if checkpoint.size > MAX_LEAVES {
        return Err(unsound(Fault::malformed(format!("this version handles at most {MAX_LEAVES} leaves"))));
    }
    Ok((note, checkpoint))
}

/// Whether the log key of the root that is in force after `history` signed this checkpoint, and was not revoked.
pub(crate) fn signed_in_force(note: &[u8], roots: &Roots, history: &History) -> Result<(), Error> {
    let in_file = |fault: Fault| Error::Unsound(fault.in_file(CHECKPOINT));
    let root = roots.in_force(history.roots())?;
    let counts = |key: &ed25519_dalek::VerifyingKey| history.revoked_key(&key_id(key)).is_none();
    let keys: Vec<_> = root.log.keys().into_iter().filter(counts).collect();
    Checkpoint::open(note, roots.name(), &keys).map_err(|_| in_file(Fault::CheckpointSignature)).map(|_| ())
}

/// The entries of bundle `index` of a log of `size` leaves.
pub(crate) fn read_entries(files: &Files, size: u64, index: u64) -> Result<Vec<Vec<u8>>, Error> {
    tiles::read_bundle(files, index, tiles::bundle_width(size, index)).map_err(|e| match e {
        Error::Unsound(mut finding) if finding.fault == Fault::Missing => {
            finding.fault = Fault::LogTruncated { found: index * WIDTH as u64, size };
            finding.into()
        }
        e => e,
    })
}

impl Log {
    /// A log of no leaves, not on disk yet.
    pub(crate) fn empty(name: &str) -> Self {
        let frontier = Frontier::default();
        let checkpoint = Checkpoint { origin: name.to_owned(), size: 0, root: frontier.root() };
        Self { checkpoint, entries: Vec::new(), history: History::default(), frontier, bundle: Vec::new() }
    }

    /// Reads the log up to its checkpoint.
    pub(crate) fn read(files: &Files, roots: &Roots) -> Result<Self, Error> {
        let (note, checkpoint) = read_checkpoint(files, roots)?;
        let mut log = Self::empty(roots.name());
        while log.frontier.size() < checkpoint.size {
            let bundle = log.frontier.size() / WIDTH as u64;
            log.bundle = read_entries(files, checkpoint.size, bundle)?;
            for entry in &log.bundle {
                let index = log.frontier.size();
                log.frontier.push(leaf_hash(entry), &mut |_| {});
                let path = || tiles::path(tiles::Kind::Entries, bundle, log.bundle.len());
                let entry = Entry::parse(entry, index).map_err(|fault| fault.in_file(path()))?;
                log.history.apply(&entry).map_err(|rule| Fault::LeafRule { index, rule }.in_file(path()))?;
                log.entries.push(entry);
            }
        }
        if log.bundle.len() == WIDTH {
            log.bundle.clear();
        }
        let (actual, expected) = (log.frontier.root(), checkpoint.root);
        if actual != expected {
            let [actual, expected] = [actual, expected].map(Digest::from_bytes);
            return Err(Fault::TreeRoot { size: checkpoint.size, actual, expected }
                .in_file(CHECKPOINT)
                .into());
        }
        signed_in_force(&note, roots, &log.history)?;
        log.checkpoint = checkpoint;
        Ok(log)
    }

    /// Signs and writes the checkpoint of the log as it is.
    pub(crate) fn write_checkpoint(&self, files: &Files, key: &SigningKey) -> Result<(), Error> {
        files.write_durably(CHECKPOINT, self.checkpoint.sign(key).as_bytes())
    }

    /// Grows the log by entries that `history` has taken in already; durable when this returns. On failure what is on disk is
    /// the old log or (if the very last step failed) the new one, and this must be read again.
    pub(crate) fn grow(&mut self, files: &Files, entries: Vec<Entry>, key: &SigningKey) -> Result<(), Error> {
        let old: Vec<_> = self.frontier.partials().map(|(l, i, hashes)| (l, i, hashes.len())).collect();
        let (mut full, mut dirty) = (Vec::new(), Dirty::default());
        for entry in &entries {
            let body = entry.body();
            self.frontier.push(leaf_hash(&body), &mut |tile| full.push(tile));
            self.bundle.push(body);
            if self.bundle.len() == WIDTH {
                let index = self.frontier.size() / WIDTH as u64 - 1;
                tiles::write_bundle(files, index, &std::mem::take(&mut self.bundle), &mut dirty)?;
            }
        }
        if !self.bundle.is_empty() {
            tiles::write_bundle(files, self.frontier.size() / WIDTH as u64, &self.bundle, &mut dirty)?;
        }
        for tile in &full {
            tiles::write_full(files, tile, &mut dirty)?;
        }
        let is_new =
            |(level, index, hashes): &(u8, u64, &[_])| !old.contains(&(*level, *index, hashes.len()));
        for (level, index, hashes) in self.frontier.partials().filter(is_new) {
            tiles::write_hashes(files, level, index, hashes, &mut dirty)?;
        }
        files.sync(dirty)?;
        self.checkpoint.size = self.frontier.size();
        self.checkpoint.root = self.frontier.root();
        self.entries.extend(entries);
        self.write_checkpoint(files, key)
    }
}
