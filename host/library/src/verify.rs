//! The verifier: everything that can be checked offline, checked explicitly.
//!
//! It trusts no step of the writer. From the root of trust (compared with the pin, if there is one) to the checkpoint's
//! signature, from the leaves up to the root that was signed, through every tile on the way, and from each leaf down to
//! manifest, component, source, statement and signature. It goes on after a fault as far as that makes sense, so that one
//! run names all that was edited.
//!
//! The folder may be written by an enemy: sizes are capped before reading, nothing recurses over data, no path is made
//! from text, and the log is taken in bundle by bundle.

mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::blobs;
use crate::digest::Digest;
use crate::entry::Entry;
use crate::error::Error;
use crate::evidence::Context;
use crate::fault::{Fault, clean};
use crate::files::Files;
use crate::history::History;
use crate::index::{self, Compared, INDEX, Index, LAYOUT, search_envelopes};
use crate::leaf::Kind;
use crate::library::READ_ATTEMPTS;
use crate::log::{CHECKPOINT, read_checkpoint, signed_in_force};
use crate::note::Checkpoint;
use crate::report::{MAX_FINDINGS, Report};
use crate::roots::{self, Roots};
use crate::tiles;
use crate::time::Time;
use crate::tree::WIDTH;
use crate::trust::Pin;
use crate::witness::Witness;

/// What a verifier brings along.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The root of trust or root key, known from elsewhere.
    pub pin: Option<Pin>,
    /// A checkpoint of this library that was kept: the bytes of its `log/checkpoint` back then.
    pub since: Option<Vec<u8>>,
    /// Witnesses that are known from elsewhere, and how many of them must have cosigned the checkpoint.
    pub witnesses: (Vec<Witness>, u32),
    /// The log must have said that it is alive within so many seconds before this time.
    pub fresh: Option<(Time, u64)>,
}

/// Verifies the library in `dir`.
///
/// # Errors
/// [`Error::NotALibrary`], [`Error::Io`] and [`Error::BadSince`]: nothing could be said about the library. All that is
/// *wrong* with it is in the report.
pub fn verify(dir: &Path, options: &Options) -> Result<Report, Error> {
    let files = Files::open(dir)?;
    if [LAYOUT.0, roots::FOLDER, "log"]
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
    let folders = pass.take(files.check_folders())?;
    if folders.is_none() {
        return Ok(pass.report);
    }
    pass.layout()?;
    pass.blobs()?;
    if let Some(roots) = pass.roots(options.pin.as_ref())?
        && let Some((note, checkpoint)) = pass.checkpoint(&roots)?
    {
        let entries = pass.log(&checkpoint)?;
        pass.since(options.since.as_deref(), &roots, &checkpoint)?;
        pass.witnesses(&note, &options.witnesses);
        if let Some(entries) = entries {
            let history = pass.history(&entries, options.fresh);
            let signed = signed_in_force(&note, &roots, &history);
            pass.take(signed)?;
            pass.strangers(&roots, &history)?;
            pass.bindings(&roots, &entries)?;
        }
    }
    let mut report = pass.report;
    report.verified = report.findings.is_empty();
    report.unchecked.push(
        "that the evaluations were honest: their scores are signed here, and reproduced only by running them again \
         (assay library verify --reexecute)"
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

    fn roots(&mut self, pin: Option<&Pin>) -> Result<Option<Roots>, Error> {
        let Some(roots) = self.take(Roots::load(self.files))? else { return Ok(None) };
        self.report.name = roots.name().to_owned();
        match pin {
            Some(pin) if roots.admitted_by(pin) => self.checked("the root of trust is the pinned one, or follows from it"),
            Some(_) => self.report.found(Fault::RootNotPinned.in_file(roots::FIRST)),
            None => self.report.unchecked.push(
                "who made this library: without a pinned root (--root) anyone who can write the folder could have made \
                 all of it, keys included"
                    .to_owned(),
            ),
        }
        Ok(Some(roots))
    }

    /// Files in `trust/` that the log does not put in force.
    fn strangers(&mut self, roots: &Roots, history: &History) -> Result<(), Error> {
        for file in roots::strangers(self.files, roots)? {
            self.report.found(Fault::UnknownTrust.in_file(file));
        }
        for root in roots.iter().skip(history.roots().len() + 1) {
            let file = roots::path(root.number);
            self.report.notes.push(format!("{file} is in force nowhere in the log; ignored"));
        }
        Ok(())
    }

    fn checkpoint(&mut self, roots: &Roots) -> Result<Option<(Vec<u8>, Checkpoint)>, Error> {
        let read = self.take(read_checkpoint(self.files, roots))?;
        if let Some((_, checkpoint)) = &read {
            self.report.counts.leaves = checkpoint.size;
            self.report.root = Digest::from_bytes(checkpoint.root).hex();
            self.checked("the checkpoint is signed by a log key of the root of trust");
        }
        Ok(read)
    }

    fn witnesses(&mut self, note: &[u8], (known, needed): &(Vec<Witness>, u32)) {
        if *needed == 0 {
            let what = "whether others were shown another history: that takes witnesses (--witness)";
            self.report.unchecked.push(what.to_owned());
            return;
        }
        let note = str::from_utf8(note).unwrap_or_default();
        // One who is named twice, or known under two names, is one.
        let cosigned = known.iter().filter(|witness| witness.cosigned(note).is_some());
        let found = cosigned.map(Witness::id).collect::<BTreeSet<_>>().len();
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        if found < *needed {
            self.report.found(Fault::Witnesses { found, needed: *needed }.in_file(CHECKPOINT));
        } else {
            self.checked(format!("{found} of the witnesses that you know cosigned the checkpoint"));
        }
    }

    /// The rules of the log's history. Stops at the first leaf that breaks one: what follows rests on it.
    fn history(&mut self, entries: &[Vec<u8>], fresh: Option<(Time, u64)>) -> History {
        let mut history = History::default();
        let mut broken = None;
        for (index, entry) in (0u64..).zip(entries) {
            let applied = Entry::parse(entry, index).and_then(|entry| {
                history.apply(&entry).map_err(|rule| Fault::LeafRule { index, rule })?;
                Ok(entry)
            });
            let counts = &mut self.report.counts;
            match applied {
                Ok(Entry::Version(leaf)) => match leaf.kind {
                    Kind::Baseline => {}
                    Kind::Attempt => counts.attempts += 1,
                    Kind::Refuse => counts.refused += 1,
                    Kind::Promote => counts.promoted += 1,
                    Kind::Demote | Kind::Rollback | Kind::RevokeVersion => counts.taken_back += 1,
                },
                Ok(Entry::Trust(_)) => counts.trust += 1,
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
            None => self.checked(
                "every leaf keeps the rules: chains, attempt numbers, what resolves and replaces what",
            ),
        }
        self.fresh(&history, fresh);
        history
    }

    fn fresh(&mut self, history: &History, fresh: Option<(Time, u64)>) {
        let Some((now, allowed)) = fresh else {
            let what = "whether newer leaves are withheld: that takes a maximum age (--max-age) and a clock";
            self.report.unchecked.push(what.to_owned());
            return;
        };
        let age = history.alive().map(|last| now.seconds().saturating_sub(last.seconds()));
        if age.is_some_and(|age| age <= allowed) {
            self.checked(format!("the log said that it is alive within {allowed} seconds"));
            return;
        }
        let last = history.alive().map_or("never".to_owned(), |last| last.to_string());
        self.report.found(Fault::Stale { last, allowed, now: now.to_string() }.in_file("log"));
    }

    /// Each leaf's links to manifest, component, source, statements, signatures and people.
    fn bindings(&mut self, roots: &Roots, entries: &[Vec<u8>]) -> Result<(), Error> {
        let before = self.report.findings.len();
        let envelopes = search_envelopes(self.files)?;
        let (mut history, mut named) = (History::default(), BTreeSet::new());
        for (index, body) in (0u64..).zip(entries) {
            // What does not parse was reported with the history.
            let Ok(entry) = Entry::parse(body, index) else { continue };
            let size = |digest: &Digest| match self.sizes.get(digest) {
                Some(size) => Ok(*size),
                // Missing or edited: this says which.
                None => blobs::size(self.files, digest),
            };
            let context = Context { files: self.files, roots, envelopes: &envelopes, size: &size };
            let result = context.check(index, &entry, &history);
            if let Entry::Version(leaf) = &entry {
                self.report.counts.evidence += leaf.evidence.len() as u64;
                self.report.counts.approvals += leaf.approvals.len() as u64;
                named.extend(leaf.manifest.iter().chain(&leaf.evidence).chain(&leaf.approvals));
                if leaf.kind == Kind::Refuse && !self.files.exists(&blobs::path(&leaf.component))? {
                    self.report.counts.aged_out += 1;
                }
            }
            self.take(result)?;
            let _ = history.apply(&entry);
        }
        if self.report.findings.len() > before {
            return Ok(());
        }
        let counts = &self.report.counts;
        let (evidence, approvals, aged_out) = (counts.evidence, counts.approvals, counts.aged_out);
        self.checked(format!(
            "every leaf's manifest, component and source are there, {evidence} statements about them are signed by the \
             evidence key, {approvals} leaves are approved by the people whom the root of trust demands"
        ));
        if aged_out > 0 {
            self.report.notes.push(format!(
                "the components of {aged_out} refused versions were removed; their evidence is there"
            ));
        }
        let mut expected = Index::default();
        let leaf = |index: u64| {
            let body = usize::try_from(index).ok().and_then(|index| entries.get(index))?;
            Entry::parse(body, index).ok()
        };
        let updated = expected.update(self.files, &history, &leaf, &envelopes);
        if self.take(updated)?.is_none() {
            return Ok(());
        }
        let compared = index::compare(self.files, &expected, &named);
        match self.take(compared)? {
            Some(Compared::Current) => self.checked(format!("{INDEX} shows OCI tools what is current")),
            Some(Compared::Behind) => {
                self.report
                    .notes
                    .push(format!("{INDEX} is behind the log; opening the library for writing mends it"));
            }
            Some(Compared::Stranger(digests)) => {
                for digest in digests {
                    self.report.found(Fault::IndexStranger { digest }.in_file(INDEX));
                }
            }
            None => {}
        }
        Ok(())
    }
}
