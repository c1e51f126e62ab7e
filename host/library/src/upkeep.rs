//! Upkeep: what takes room, what may go, and the caps that keep a library from growing without anyone's decision.
//!
//! A blob stays as long as the log names it: as manifest, configuration, component, source, statement or signature, as
//! something that a statement names in turn, or for a proposal that waits. Everything else is left over from work that was
//! never logged. Of *refused* versions the component may go as well, on demand: their evidence stays, so that what was tried
//! and lost remains visible, and the verifier says how many are gone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::blobs;
use crate::digest::Digest;
use crate::entry::Entry;
use crate::error::Error;
use crate::fault::Fault;
use crate::index::Index;
use crate::leaf::Kind;
use crate::library::Library;
use crate::manifest;
use crate::pending;
use crate::statement::MAX_PAYLOAD;

/// Where the caps are, if they are not the default.
const CAPS: &str = "caps.json";

/// What a library may hold. The writer keeps to it; a reader does not care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Caps {
    /// Leaves that name a version.
    pub versions: u64,
    /// Proposals that wait.
    pub pending: u64,
    /// Bytes of all blobs.
    pub bytes: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { versions: 1 << 20, pending: 64, bytes: 64 << 30 }
    }
}

/// What a library holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Entries of the log.
    pub leaves: u64,
    /// Leaves by type.
    pub kinds: std::collections::BTreeMap<String, u64>,
    /// Leaves that name a version.
    pub versions: u64,
    /// Different components.
    pub components: u64,
    /// Proposals that wait.
    pub pending: u64,
    /// Blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs that nothing names.
    pub unnamed: u64,
    /// Their bytes.
    pub unnamed_bytes: u64,
    /// Bytes of components of refused versions that nothing else needs.
    pub losers_bytes: u64,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Blobs that nothing named.
    pub unnamed: u64,
    /// Components of refused versions.
    pub losers: u64,
    /// Bytes of both.
    pub bytes: u64,
}

impl Library {
    /// The caps that the writer keeps to.
    ///
    /// # Errors
    /// [`Error::Unsound`] for a `caps.json` that is none.
    pub fn caps(&self) -> Result<Caps, Error> {
        if !self.files.exists(CAPS)? {
            return Ok(Caps::default());
        }
        let bytes = self.files.read(CAPS, 4096)?;
        serde_json::from_slice(&bytes).map_err(|e| Fault::malformed(e).in_file(CAPS).into())
    }

    /// Sets the caps.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Io`].
    pub fn set_caps(&mut self, caps: &Caps) -> Result<(), Error> {
        self.writer()?;
        // Numbers can't fail to serialise.
        self.files.write_durably(CAPS, &serde_json::to_vec(caps).unwrap_or_default())
    }

    pub(crate) fn room_for_pending(&self) -> Result<(), Error> {
        let (limit, waiting) = (self.caps()?.pending, self.files.names(pending::FOLDER)?.len() as u64);
        let advice = "approve or withdraw some of them";
        if waiting < limit { Ok(()) } else { Err(Error::Full { what: "pending proposals", limit, advice }) }
    }

    /// Whether a version more may be named.
    pub(crate) fn room_for_version(&self, more: u64) -> Result<(), Error> {
        let limit = self.caps()?.versions;
        let versions = self.log.history.versions();
        let advice = "raise `versions` with `assay library caps`, or begin another library";
        if versions + more <= limit { Ok(()) } else { Err(Error::Full { what: "versions", limit, advice }) }
    }

    /// Digests that what the log says needs, and those of them that are refused components nothing else needs.
    fn needed(&self) -> Result<(BTreeSet<Digest>, BTreeSet<Digest>), Error> {
        let mut needed = BTreeSet::from([Digest::of(manifest::EMPTY)]);
        let (mut losers, mut kept) = (BTreeSet::new(), BTreeSet::new());
        let waiting: Vec<Entry> = self.pending()?.into_iter().map(|pending| pending.entry).collect();
        let mut payloads = BTreeSet::new();
        for entry in self.entries().iter().chain(&waiting) {
            let leaf = match entry {
                Entry::Version(leaf) => leaf,
                Entry::Trust(leaf) => {
                    payloads.extend(&leaf.approvals);
                    continue;
                }
            };
            payloads.extend(leaf.evidence.iter().chain(&leaf.approvals));
            let Some(digest) = leaf.manifest else { continue };
            needed.insert(digest);
            needed.extend(manifest::names(&self.files, &digest)?);
            needed.remove(&leaf.component);
            if leaf.kind == Kind::Refuse {
                losers.insert(leaf.component)
            } else {
                kept.insert(leaf.component)
            };
        }
        let envelopes = crate::index::search_envelopes(&self.files)?;
        for payload in &payloads {
            needed.insert(*payload);
            needed.extend(envelopes.get(payload).into_iter().flatten());
            // What a statement names it rests on: sources, an evaluator, cases.
            let bytes = blobs::get(&self.files, payload, MAX_PAYLOAD)?;
            needed.extend(digests_in(&serde_json::from_slice(&bytes).unwrap_or_default()));
        }
        let mut index = Index::default();
        let leaf = |index: u64| usize::try_from(index).ok().and_then(|at| self.entries().get(at)).cloned();
        index.update(&self.files, &self.log.history, &leaf, &envelopes)?;
        needed.extend(index.digests());
        losers.retain(|loser| !kept.contains(loser));
        needed.extend(kept);
        needed.retain(|digest| !losers.contains(digest));
        Ok((needed, losers))
    }

    /// What the library holds.
    ///
    /// # Errors
    /// [`Error::Unsound`], [`Error::Io`].
    pub fn stats(&self) -> Result<Stats, Error> {
        let (needed, losers) = self.needed()?;
        let mut stats = Stats { leaves: self.head().size, ..Stats::default() };
        let mut components = BTreeSet::new();
        for entry in self.entries() {
            let kind = match entry {
                Entry::Version(leaf) => leaf.kind.name(),
                Entry::Trust(leaf) => leaf.kind.name(),
            };
            *stats.kinds.entry(kind.to_owned()).or_default() += 1;
            if let Some(leaf) = entry.leaf().filter(|leaf| leaf.manifest.is_some()) {
                stats.versions += 1;
                components.insert(leaf.component);
            }
        }
        stats.components = components.len() as u64;
        stats.pending = self.files.names(pending::FOLDER)?.len() as u64;
        for (digest, size) in self.sizes()? {
            stats.blobs += 1;
            stats.bytes += size;
            if losers.contains(&digest) {
                stats.losers_bytes += size;
            } else if !needed.contains(&digest) {
                stats.unnamed += 1;
                stats.unnamed_bytes += size;
            }
        }
        Ok(stats)
    }

    /// Stores bytes, if the cap leaves room for them.
    pub(crate) fn store(&mut self, bytes: &[u8]) -> Result<Digest, Error> {
        let (held, limit) = (self.writer()?.bytes, self.caps()?.bytes);
        let new = match self.files.exists(&blobs::path(&Digest::of(bytes)))? {
            true => 0,
            false => bytes.len() as u64,
        };
        if new > 0 && held.saturating_add(new) > limit {
            let advice = "clean up with `assay library gc`, or raise `bytes` with `assay library caps`";
            return Err(Error::Full { what: "bytes", limit, advice });
        }
        let digest = self.put_blob(bytes)?;
        self.writer()?.bytes += new;
        Ok(digest)
    }

    pub(crate) fn sizes(&self) -> Result<Vec<(Digest, u64)>, Error> {
        let names = self.files.names(blobs::FOLDER)?;
        let digests = names.iter().filter_map(|name| Digest::from_hex(name).ok());
        digests.map(|digest| Ok((digest, self.files.length(&blobs::path(&digest))?))).collect()
    }

    /// Removes blobs that nothing names and, with `losers`, the components of refused versions.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Unsound`] (then nothing was removed), [`Error::Io`].
    pub fn gc(&mut self, losers: bool) -> Result<Removed, Error> {
        self.writer()?;
        let (needed, lost) = self.needed()?;
        let mut removed = Removed::default();
        for (digest, size) in self.sizes()? {
            let loser = lost.contains(&digest);
            if needed.contains(&digest) || (loser && !losers) {
                continue;
            }
            self.files.remove(&blobs::path(&digest))?;
            *if loser { &mut removed.losers } else { &mut removed.unnamed } += 1;
            removed.bytes += size;
        }
        let named = |envelopes: &mut Vec<Digest>| {
            envelopes.retain(|envelope| needed.contains(envelope));
            !envelopes.is_empty()
        };
        if let Some(writer) = self.writer.as_mut() {
            writer.bytes = writer.bytes.saturating_sub(removed.bytes);
            writer.envelopes.retain(|_, envelopes| named(envelopes));
        }
        Ok(removed)
    }
}

/// Every digest that a document names: 64 hex digits, with or without `sha256:`. Nesting is bounded by what parses.
fn digests_in(value: &serde_json::Value) -> Vec<Digest> {
    let (mut found, mut open) = (Vec::new(), vec![value]);
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(text) => {
                let hex = text.strip_prefix("sha256:").unwrap_or(text);
                found.extend(Digest::from_hex(hex));
            }
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests;
