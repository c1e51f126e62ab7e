//! The log as a tree: entries and tiles hash to the root that was signed, and that root continues the one that the caller held.
//!
//! It is read bundle by bundle, and the tree built twice, out of the entries and out of the stored hashes: so an edited entry is told from
//! an edited tile.

use super::Pass;
use crate::digest::Digest;
use crate::error::Error;
use crate::fault::Fault;
use crate::log::{CHECKPOINT, read_entries};
use crate::note::{Checkpoint, NoteFault};
use crate::report::MAX_FINDINGS;
use crate::roots::Roots;
use crate::tiles;
use crate::tree::{self, Frontier, FullTile, Hash, WIDTH, leaf_hash};

impl Pass<'_> {
    /// Entries and tiles against the checkpoint. The leaves, if the entries are the ones that were signed.
    pub(super) fn log(&mut self, checkpoint: &Checkpoint) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let (files, size) = (self.files, checkpoint.size);
        let (mut entries, mut frontier) = (Vec::new(), Frontier::default());
        // The same tree out of the stored leaf hashes, to tell an edited entry from an edited tile.
        let mut by_tiles = Frontier::default();
        let (mut odd_entries, mut odd_tiles) = (Vec::new(), Vec::new());
        let mut lost = None;
        while frontier.size() < size {
            let bundle = frontier.size() / WIDTH as u64;
            let read = match read_entries(files, size, bundle) {
                Ok(read) => read,
                Err(Error::Unsound(finding)) => {
                    lost = Some(finding);
                    break;
                }
                Err(e) => return Err(e),
            };
            let hashes = self.take(tiles::read_hashes(files, 0, bundle, read.len()))?;
            let mut full = Vec::new();
            for (i, entry) in read.iter().enumerate() {
                let (index, hash) = (frontier.size(), leaf_hash(entry));
                let stored = hashes.as_ref().map_or(hash, |hashes| hashes[i]);
                if stored != hash && odd_entries.len() < MAX_FINDINGS {
                    odd_entries.push((index, tiles::path(tiles::Kind::Entries, bundle, read.len())));
                    odd_tiles.push(tiles::path(tiles::Kind::Hashes(0), bundle, read.len()));
                }
                frontier.push(hash, &mut |tile| full.push(tile));
                by_tiles.push(stored, &mut |_| {});
            }
            entries.extend(read);
            for FullTile { level, index, hashes } in full.into_iter().filter(|tile| tile.level > 0) {
                self.tile(level, index, &hashes, &mut odd_tiles)?;
            }
        }
        if let Some(finding) = lost {
            self.report.found(finding);
            return Ok(None);
        }
        let partials: Vec<_> = frontier.partials().map(|(l, i, hashes)| (l, i, hashes.to_vec())).collect();
        for (level, index, hashes) in partials.into_iter().filter(|(level, ..)| *level > 0) {
            self.tile(level, index, &hashes, &mut odd_tiles)?;
        }
        let root = frontier.root();
        if root == checkpoint.root {
            odd_tiles.dedup();
            odd_tiles.iter().for_each(|path| self.report.found(Fault::TileEdited.in_file(path.as_str())));
            let strangers = tiles::strangers(files, size)?;
            let note = |path: &String| format!("{path} is beyond the checkpoint or no tile; ignored");
            self.report.notes.extend(strangers.iter().take(MAX_FINDINGS).map(note));
            self.checked(format!("{size} leaves hash to the signed root"));
            if odd_tiles.is_empty() && self.report.findings.iter().all(|f| !f.file.starts_with("log/tile/")) {
                self.checked("every tile is what the leaves hash to");
            }
            return Ok(Some(entries));
        }
        if by_tiles.root() == checkpoint.root {
            odd_entries
                .into_iter()
                .for_each(|(index, path)| self.report.found(Fault::EntryEdited { index }.in_file(path)));
        } else {
            let [actual, expected] = [root, checkpoint.root].map(Digest::from_bytes);
            self.report.found(Fault::TreeRoot { size, actual, expected }.in_file(CHECKPOINT));
        }
        Ok(None)
    }

    fn tile(&mut self, level: u8, index: u64, hashes: &[Hash], odd: &mut Vec<String>) -> Result<(), Error> {
        let stored = tiles::read_hashes(self.files, level, index, hashes.len());
        if self.take(stored)?.is_some_and(|stored| stored != hashes) {
            odd.push(tiles::path(tiles::Kind::Hashes(level), index, hashes.len()));
        }
        Ok(())
    }

    /// Whether the log continues the checkpoint that the caller held, shown by a consistency proof out of the tiles.
    pub(super) fn since(
        &mut self,
        note: Option<&[u8]>,
        roots: &Roots,
        now: &Checkpoint,
    ) -> Result<(), Error> {
        let Some(note) = note else {
            self.report.unchecked.push(
                "that nothing was taken back: without an earlier checkpoint (--since) an old copy of the whole library \
                 looks as valid as this one"
                    .to_owned(),
            );
            return Ok(());
        };
        let keys: Vec<_> = roots.iter().flat_map(|root| root.log.keys()).collect();
        let held = Checkpoint::open(note, roots.name(), &keys).map_err(|fault| Error::BadSince {
            why: match fault {
                NoteFault::Signature => format!("{fault} (is the library the one that you kept it of?)"),
                fault => fault.to_string(),
            },
        })?;
        let since = held.size;
        if since > now.size {
            self.report.found(Fault::RolledBack { since, size: now.size }.in_file(CHECKPOINT));
            return Ok(());
        }
        let mut node = |height, i| tiles::node(self.files, now.size, height, i);
        let proof = tree::consistency(since, now.size, &mut node);
        if let Some(proof) = self.take(proof)? {
            if tree::verify_consistency(since, &held.root, now.size, &now.root, &proof) {
                self.checked(format!("the log continues the {since} leaves of the checkpoint that you held"));
            } else {
                self.report.found(Fault::Forked { since }.in_file(CHECKPOINT));
            }
        }
        Ok(())
    }
}
