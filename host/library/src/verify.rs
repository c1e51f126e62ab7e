//! The verifier: everything that can be checked offline, checked explicitly.
//!
//! It trusts no step of the writer. From the root of trust (compared with the pin, if there is one) to the checkpoint's
//! signature, from the leaves up to the root that was signed, through every tile on the way, and from each leaf down to
//! manifest, component, source, statement and signature. It goes on after a fault as far as that makes sense, so that one
//! run names all that was edited.
//!
//! The folder may be written by an enemy: sizes are capped before reading, nothing recurses over data, no path is made
//! from text, and the log is taken in bundle by bundle.

use std::collections::BTreeMap;
use std::path::Path;

use crate::blobs;
use crate::digest::Digest;
use crate::error::{Error, Fault, clean};
use crate::evidence::Context;
use crate::files::Files;
use crate::history::History;
use crate::index::{INDEX, Index, LAYOUT, search_envelopes};
use crate::leaf::{Kind, Leaf};
use crate::library::READ_ATTEMPTS;
use crate::log::{CHECKPOINT, read_checkpoint, read_entries};
use crate::note::{Checkpoint, NoteFault};
use crate::report::{MAX_FINDINGS, Report};
use crate::tiles;
use crate::tree::{self, Frontier, FullTile, Hash, WIDTH, leaf_hash};
use crate::trust::{self, Pin, Trust};

/// What a verifier brings along.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The root of trust or root key, known from elsewhere.
    pub pin: Option<Pin>,
    /// A checkpoint of this library that was kept: the bytes of its `log/checkpoint` back then.
    pub since: Option<Vec<u8>>,
}

/// Verifies the library in `dir`.
///
/// # Errors
/// [`Error::NotALibrary`], [`Error::Io`] and [`Error::BadSince`]: nothing could be said about the library. All that is
/// *wrong* with it is in the report.
pub fn verify(dir: &Path, options: &Options) -> Result<Report, Error> {
    let files = Files::open(dir)?;
    if [LAYOUT.0, trust::FOLDER, "log"]
        .iter()
        .map(|path| files.exists(path))
        .collect::<Result<Vec<_>, _>>()?
        == [false; 3]
    {
        return Err(Error::NotALibrary { dir: dir.display().to_string(), missing: LAYOUT.0 });
    }
    let state = || files.read(CHECKPOINT, crate::note::MAX_NOTE).ok();
    let mut before = state();
    let mut report = run(&files, options)?;
    for _ in 1..READ_ATTEMPTS {
        let after = state();
        if after == before {
            break;
        }
        // It grew meanwhile, so what was read may be of two states.
        before = after;
        report = run(&files, options)?;
    }
    Ok(report)
}

/// One pass.
fn run(files: &Files, options: &Options) -> Result<Report, Error> {
    let mut pass = Pass { files, report: Report::default(), sizes: BTreeMap::new() };
    pass.layout()?;
    pass.blobs()?;
    if let Some(trust) = pass.trust(options.pin.as_ref())?
        && let Some(checkpoint) = pass.checkpoint(&trust)?
    {
        let leaves = pass.log(&checkpoint)?;
        pass.since(options.since.as_deref(), &trust, &checkpoint)?;
        if let Some(leaves) = leaves {
            pass.history(&leaves);
            pass.bindings(&trust, &leaves)?;
        }
    }
    let mut report = pass.report;
    report.verified = report.findings.is_empty();
    report.unchecked.push(
        "that the evaluations were honest: their scores are signed here, and reproduced only by running them again"
            .to_owned(),
    );
    Ok(report)
}

struct Pass<'a> {
    files: &'a Files,
    report: Report,
    /// Verified blobs.
    sizes: BTreeMap<Digest, u64>,
}

impl Pass<'_> {
    /// Takes a fault into the report; lets errors of the system through.
    fn take<T>(&mut self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Unsound(finding)) => {
                self.report.found(finding);
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn checked(&mut self, what: impl Into<String>) {
        self.report.checked.push(what.into());
    }

    fn layout(&mut self) -> Result<(), Error> {
        let bytes = self.files.read(LAYOUT.0, 4096);
        if let Some(bytes) = self.take(bytes)?
            && bytes != LAYOUT.1
        {
            self.report.found(Fault::malformed("it is no OCI image layout 1.0.0").in_file(LAYOUT.0));
        }
        Ok(())
    }

    fn blobs(&mut self) -> Result<(), Error> {
        let before = self.report.findings.len();
        for name in self.files.names(blobs::FOLDER)? {
            match Digest::from_hex(&name) {
                Ok(digest) => {
                    let size = blobs::size(self.files, &digest);
                    if let Some(size) = self.take(size)? {
                        self.sizes.insert(digest, size);
                    }
                }
                Err(_) => {
                    self.report.notes.push(format!("{}/{} is no blob; ignored", blobs::FOLDER, clean(&name)))
                }
            }
            // A folder of a million odd names must not make a report of a million lines.
            self.report.notes.truncate(MAX_FINDINGS);
        }
        self.report.counts.blobs = self.sizes.len() as u64;
        if self.report.findings.len() == before {
            self.checked(format!("{} blobs have the bytes that their names promise", self.sizes.len()));
        }
        Ok(())
    }

    fn trust(&mut self, pin: Option<&Pin>) -> Result<Option<Trust>, Error> {
        for file in trust::unknown(self.files)? {
            self.report.found(Fault::UnknownTrust.in_file(file));
        }
        let Some(trust) = self.take(trust::load(self.files))? else { return Ok(None) };
        self.report.name.clone_from(&trust.name);
        match pin {
            Some(pin) if pin.admits(&trust) => self.checked("the root of trust is the pinned one"),
            Some(_) => self.report.found(Fault::RootNotPinned.in_file(trust::ROOT)),
            None => self.report.unchecked.push(
                "who made this library: without a pinned root (--root) anyone who can write the folder could have made \
                 all of it, keys included"
                    .to_owned(),
            ),
        }
        Ok(Some(trust))
    }

    fn checkpoint(&mut self, trust: &Trust) -> Result<Option<Checkpoint>, Error> {
        let checkpoint = read_checkpoint(self.files, trust).map(|(_, checkpoint)| checkpoint);
        let checkpoint = self.take(checkpoint)?;
        if let Some(checkpoint) = &checkpoint {
            self.report.counts.leaves = checkpoint.size;
            self.report.root = Digest::from_bytes(checkpoint.root).hex();
            self.checked("the checkpoint is signed by the log key of the root of trust");
        }
        Ok(checkpoint)
    }

    /// Entries and tiles against the checkpoint. The leaves, if the entries are the ones that were signed.
    fn log(&mut self, checkpoint: &Checkpoint) -> Result<Option<Vec<Vec<u8>>>, Error> {
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
    fn since(&mut self, note: Option<&[u8]>, trust: &Trust, now: &Checkpoint) -> Result<(), Error> {
        let Some(note) = note else {
            self.report.unchecked.push(
                "that nothing was taken back: without an earlier checkpoint (--since) an old copy of the whole library \
                 looks as valid as this one"
                    .to_owned(),
            );
            return Ok(());
        };
        let held = Checkpoint::open(note, &trust.name, &trust.log).map_err(|fault| Error::BadSince {
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
        self.report
            .unchecked
            .push("whether others were shown another history: that takes witnesses".to_owned());
        Ok(())
    }

    /// The rules of the log's history. Stops at the first leaf that breaks one: what follows rests on it.
    fn history(&mut self, entries: &[Vec<u8>]) {
        let mut history = History::default();
        let mut broken = None;
        for (index, entry) in (0u64..).zip(entries) {
            let applied = Leaf::parse(entry, index).and_then(|leaf| {
                history.apply(&leaf).map_err(|rule| Fault::LeafRule { index, rule })?;
                Ok(leaf)
            });
            match applied {
                Ok(leaf) => match leaf.kind {
                    Kind::Baseline => {}
                    Kind::Attempt => self.report.counts.attempts += 1,
                    Kind::Refuse => self.report.counts.refused += 1,
                    Kind::Promote => self.report.counts.promoted += 1,
                },
                Err(fault) => {
                    let bundle = index / WIDTH as u64;
                    let width = tiles::bundle_width(entries.len() as u64, bundle);
                    broken = Some(fault.in_file(tiles::path(tiles::Kind::Entries, bundle, width)));
                    break;
                }
            }
        }
        self.report.counts.open_attempts = history.open_attempts() as u64;
        self.report.current = history.all_current().cloned().collect();
        match broken {
            Some(finding) => self.report.found(finding),
            None => self.checked("every leaf keeps the rules: chains, attempt numbers, what resolves what"),
        }
    }

    /// Each leaf's links to manifest, component, source, statements and signatures.
    fn bindings(&mut self, trust: &Trust, entries: &[Vec<u8>]) -> Result<(), Error> {
        let before = self.report.findings.len();
        let envelopes = search_envelopes(self.files)?;
        let (mut expected, mut complete) = (Index::default(), true);
        for (index, entry) in (0u64..).zip(entries) {
            // What does not parse was reported with the history.
            let Ok(leaf) = Leaf::parse(entry, index) else { continue };
            let size = |digest: &Digest| match self.sizes.get(digest) {
                Some(size) => Ok(*size),
                // Missing or edited: this says which.
                None => blobs::size(self.files, digest),
            };
            let context = Context { files: self.files, trust, envelopes: &envelopes, size: &size };
            let result =
                context.check(index, &leaf).and_then(|()| expected.add_leaf(self.files, &leaf, &envelopes));
            self.report.counts.evidence += leaf.evidence.len() as u64;
            complete &= self.take(result)?.is_some();
        }
        if self.report.findings.len() == before {
            let evidence = self.report.counts.evidence;
            self.checked(format!(
                "every leaf's manifest, component and source are there, and {evidence} statements about them are signed \
                 by the evidence key"
            ));
        }
        if complete { self.index(&expected) } else { Ok(()) }
    }

    /// `index.json` against what the log makes of it.
    fn index(&mut self, expected: &Index) -> Result<(), Error> {
        let Some(index) = self.take(Index::load(self.files))? else { return Ok(()) };
        let strangers: Vec<Digest> = index.beyond(expected).copied().collect();
        for digest in &strangers {
            self.report.found(Fault::IndexStranger { digest: *digest }.in_file(INDEX));
        }
        if expected.beyond(&index).next().is_some() {
            self.report
                .notes
                .push(format!("{INDEX} is behind the log; opening the library for writing mends it"));
        } else if strangers.is_empty() {
            self.checked(format!("{INDEX} shows OCI tools what the log says"));
        }
        Ok(())
    }
}
