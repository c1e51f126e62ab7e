//! Appending: the one step that changes what a library says.
//!
//! Leaves are checked as the verifier will check them, then written, all or none: referrers, tiles, the checkpoint, and last the index,
//! which says nothing that the log does not.

use std::ops::Range;

use crate::blobs;
use crate::digest::Digest;
use crate::entry::Entry;
use crate::error::Error;
use crate::evidence::Context;
use crate::history::History;
use crate::index::{self, INDEX};
use crate::leaf::Leaf;
use crate::library::Library;
use crate::manifest;
use crate::tiles;

impl Library {
    /// Appends a leaf and returns its index; durable when this returns.
    ///
    /// # Errors
    /// As [`Library::append_all`].
    pub fn append(&mut self, entry: impl Into<Entry>) -> Result<u64, Error> {
        self.append_all(vec![entry]).map(|range| range.start)
    }

    /// Appends leaves under one checkpoint: all or none. `prev` is filled in, and `replaces` where nobody approved it.
    ///
    /// # Errors
    /// [`Error::Refused`] for a leaf that breaks a rule and [`Error::Unsound`] for one whose links do not hold or that lacks
    /// approvals: nothing happened. [`Error::Io`]: what is on disk verifies, but must be read again ([`Error::Broken`] until it
    /// is). [`Error::CommittedOnly`]: the leaves are in the log.
    pub fn append_all(&mut self, entries: Vec<impl Into<Entry>>) -> Result<Range<u64>, Error> {
        let old = self.head().size;
        self.writer()?;
        if entries.is_empty() {
            return Ok(old..old);
        }
        let entries: Vec<Entry> = entries.into_iter().map(Into::into).collect();
        let versions =
            entries.iter().filter(|entry| entry.leaf().is_some_and(|leaf| leaf.manifest.is_some()));
        self.room_for_version(versions.count() as u64)?;
        let entries = self.follow(entries)?;
        // From here on memory is ahead of the disk until both are written.
        let Some(writer) = self.writer.as_mut() else { return Err(Error::ReadOnly) };
        writer.broken = true;
        let log_key = writer.log_key.clone();
        for leaf in entries.iter().filter_map(Entry::leaf) {
            self.put_referrers(leaf)?;
        }
        self.log.grow(&self.files, entries, &log_key)?;
        let size = self.log.checkpoint.size;
        self.refresh_index()
            .and_then(|()| self.files.write_durably(INDEX, &self.index.to_bytes()))
            .and_then(|()| tiles::drop_outgrown(&self.files, old, size))
            .map_err(|source| Error::CommittedOnly { size, source: Box::new(source) })?;
        if let Some(writer) = self.writer.as_mut() {
            writer.broken = false;
        }
        Ok(old..size)
    }

    /// Chains new entries to the old and checks rules and links. The history has them when this returns, or none of them.
    fn follow(&mut self, mut entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        let first = self.log.checkpoint.size;
        for (index, entry) in (first..).zip(&mut entries) {
            if let Err(error) = self.take(index, entry) {
                if index > first {
                    self.log.history = History::default();
                    for entry in &self.log.entries {
                        // They were taken in before, in this order.
                        self.log.history.apply(entry).map_err(|rule| Error::Refused { rule })?;
                    }
                }
                return Err(error);
            }
        }
        Ok(entries)
    }

    fn take(&mut self, index: u64, entry: &mut Entry) -> Result<(), Error> {
        self.fill(entry);
        if entry.body().len() > tiles::MAX_ENTRY {
            return Err(Error::TooLarge { what: "a leaf", limit: "65535 bytes" });
        }
        let history = &self.log.history;
        history.check(entry).map_err(|rule| Error::Refused { rule })?;
        self.check_revocation(entry)?;
        let envelopes = &self.writer.as_ref().ok_or(Error::ReadOnly)?.envelopes;
        let size = |digest: &Digest| blobs::size(&self.files, digest);
        let context = Context { files: &self.files, roots: &self.roots, envelopes, size: &size };
        context.check(index, entry, history)?;
        self.log.history.apply(entry).map_err(|rule| Error::Refused { rule })
    }

    /// Fills in what an entry says of the log it is appended to.
    pub(crate) fn fill(&self, entry: &mut Entry) {
        let history = &self.log.history;
        if let Entry::Version(leaf) = entry
            && leaf.approvals.is_empty()
        {
            leaf.replaces = history.replaced(leaf);
        }
        entry.set_prev(history.tip(&entry.chain()));
    }

    /// Stores what ties a leaf's signed statements to its version, for OCI tools.
    pub(crate) fn put_referrers(&self, leaf: &Leaf) -> Result<(), Error> {
        let Some(writer) = &self.writer else { return Err(Error::ReadOnly) };
        let made = index::referrers(&self.files, leaf, &writer.envelopes)?;
        if !made.is_empty() {
            blobs::put(&self.files, manifest::EMPTY)?;
        }
        made.iter().try_for_each(|(bytes, _)| blobs::put(&self.files, bytes).map(drop))
    }

    pub(crate) fn refresh_index(&mut self) -> Result<(), Error> {
        let Some(writer) = &self.writer else { return Err(Error::ReadOnly) };
        let (files, entries) = (&self.files, &self.log.entries);
        let leaf = |index: u64| usize::try_from(index).ok().and_then(|index| entries.get(index)).cloned();
        self.index.update(files, &self.log.history, &leaf, &writer.envelopes)
    }
}
