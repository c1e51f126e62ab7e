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
use crate::error::{Error, Fault};
use crate::files::{Dirty, Files};
use crate::history::History;
use crate::leaf::Leaf;
use crate::note::{Checkpoint, MAX_NOTE, NoteFault};
use crate::tiles;
use crate::tree::{Frontier, WIDTH, leaf_hash};
use crate::trust::Trust;

/// The file that says how long the log is, and is signed.
pub(crate) const CHECKPOINT: &str = "log/checkpoint";
/// Leaves that this version handles: they are all held in memory.
pub(crate) const MAX_LEAVES: u64 = 1 << 24;

/// A log that was read: its leaves hash to its checkpoint and obey the rules.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) history: History,
    frontier: Frontier,
    /// The entries of the unfinished bundle.
    bundle: Vec<Vec<u8>>,
}

/// The checkpoint's bytes and, verified, what it says.
pub(crate) fn read_checkpoint(files: &Files, trust: &Trust) -> Result<(Vec<u8>, Checkpoint), Error> {
    let note = files.read(CHECKPOINT, MAX_NOTE)?;
    let unsound = |fault: Fault| Error::Unsound(fault.in_file(CHECKPOINT));
    let checkpoint = Checkpoint::open(&note, &trust.name, &trust.log).map_err(|fault| {
        unsound(match fault {
            NoteFault::Format(why) => Fault::malformed(why),
            NoteFault::Origin { found } => Fault::CheckpointOrigin { found, expected: trust.name.clone() },
            NoteFault::Signature => Fault::CheckpointSignature,
        })
    })?;
    if checkpoint.size > MAX_LEAVES {
        return Err(unsound(Fault::malformed(format!("this version handles at most {MAX_LEAVES} leaves"))));
    }
    Ok((note, checkpoint))
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
        Self { checkpoint, leaves: Vec::new(), history: History::default(), frontier, bundle: Vec::new() }
    }

    /// Reads the log up to its checkpoint.
    pub(crate) fn read(files: &Files, trust: &Trust) -> Result<Self, Error> {
        let (_, checkpoint) = read_checkpoint(files, trust)?;
        let mut log = Self::empty(&trust.name);
        while log.frontier.size() < checkpoint.size {
            let bundle = log.frontier.size() / WIDTH as u64;
            log.bundle = read_entries(files, checkpoint.size, bundle)?;
            for entry in &log.bundle {
                let index = log.frontier.size();
                log.frontier.push(leaf_hash(entry), &mut |_| {});
                let path = || tiles::path(tiles::Kind::Entries, bundle, log.bundle.len());
                let leaf = Leaf::parse(entry, index).map_err(|fault| fault.in_file(path()))?;
                log.history.apply(&leaf).map_err(|rule| Fault::LeafRule { index, rule }.in_file(path()))?;
                log.leaves.push(leaf);
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
        log.checkpoint = checkpoint;
        Ok(log)
    }

    /// Signs and writes the checkpoint of the log as it is.
    pub(crate) fn write_checkpoint(&self, files: &Files, key: &SigningKey) -> Result<(), Error> {
        files.write_durably(CHECKPOINT, self.checkpoint.sign(key).as_bytes())
    }

    /// Grows the log by leaves that keep its rules; durable when this returns. On failure what is in memory is as
    /// before, what is on disk is the old log or (if the very last step failed) the new one.
    pub(crate) fn grow(
        &mut self,
        files: &Files,
        leaves: Vec<Leaf>,
        history: History,
        key: &SigningKey,
    ) -> Result<(), Error> {
        let (mut frontier, mut bundle, mut full) = (self.frontier.clone(), self.bundle.clone(), Vec::new());
        let mut dirty = Dirty::default();
        for leaf in &leaves {
            let entry = leaf.body();
            frontier.push(leaf_hash(&entry), &mut |tile| full.push(tile));
            bundle.push(entry);
            if bundle.len() == WIDTH {
                let index = frontier.size() / WIDTH as u64 - 1;
                tiles::write_bundle(files, index, &std::mem::take(&mut bundle), &mut dirty)?;
            }
        }
        if !bundle.is_empty() {
            tiles::write_bundle(files, frontier.size() / WIDTH as u64, &bundle, &mut dirty)?;
        }
        for tile in &full {
            tiles::write_full(files, tile, &mut dirty)?;
        }
        let old: Vec<_> = self.frontier.partials().collect();
        for (level, index, hashes) in frontier.partials().filter(|partial| !old.contains(partial)) {
            tiles::write_hashes(files, level, index, hashes, &mut dirty)?;
        }
        files.sync(dirty)?;
        let (size, root) = (frontier.size(), frontier.root());
        let grown = Self {
            checkpoint: Checkpoint { origin: self.checkpoint.origin.clone(), size, root },
            leaves: Vec::new(),
            history,
            frontier,
            bundle,
        };
        grown.write_checkpoint(files, key)?;
        let mut all = std::mem::take(&mut self.leaves);
        all.extend(leaves);
        *self = Self { leaves: all, ..grown };
        Ok(())
    }
}
