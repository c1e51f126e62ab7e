//! `index.json`: the door through which OCI tools enter.
//!
//! It shows what is **current**, in the order of names and channels: each current version's manifest, tagged
//! (`org.opencontainers.image.ref.name`) with its own hex digest – never with a name that could be moved – and, for
//! each signed statement that its leaf rests on, a *referrer*: an OCI artifact manifest whose `subject` is the version
//! and whose one layer is the envelope. Tools that copy a version with its referrers take its evidence along.
//!
//! It is a cache for others: a function of the log and the blobs, written after the checkpoint and rebuilt when a library
//! is opened for writing. Nothing here reads it but the verifier, which compares it with what it should be. It grows with
//! the number of agents, not with that of promotions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::approval::Signed;
use crate::blobs;
use crate::digest::Digest;
use crate::dsse;
use crate::entry::Entry;
use crate::error::Error;
use crate::fault::Fault;
use crate::files::Files;
use crate::history::History;
use crate::leaf::Leaf;
use crate::manifest::{self, Descriptor, MAX_MANIFEST};

/// Where it is.
pub(crate) const INDEX: &str = "index.json";
/// The file by which a folder says that it is an OCI image layout, and its content.
pub(crate) const LAYOUT: (&str, &[u8]) = ("oci-layout", b"{\"imageLayoutVersion\":\"1.0.0\"}");
const MEDIA_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const PAYLOAD: &str = "dev.assay.payload";
const MAX_INDEX: u64 = 64 << 20;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    schema_version: u32,
    media_type: String,
    manifests: Vec<Descriptor>,
}

/// Which envelopes sign which payload: candidates, not verified.
pub(crate) type Envelopes = BTreeMap<Digest, Vec<Digest>>;

/// What the index shows of one name and channel, and the leaf that made it current.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    leaf: u64,
    entries: Vec<Descriptor>,
}

/// The index of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    shown: BTreeMap<(String, String), Shown>,
}

impl Index {
    /// Brings the index up to what the log says now.
    pub(crate) fn update(
        &mut self,
        files: &Files,
        history: &History,
        leaves: &dyn Fn(u64) -> Option<Entry>,
        envelopes: &Envelopes,
    ) -> Result<(), Error> {
        let mut shown = BTreeMap::new();
        for current in history.all_current() {
            let key = (current.name.clone(), current.channel.clone());
            if let Some(same) = self.shown.remove(&key).filter(|same| same.leaf == current.leaf) {
                shown.insert(key, same);
                continue;
            }
            let mut entries = vec![version(files, &current.version.manifest)?];
            if let Some(Entry::Version(leaf)) = leaves(current.leaf) {
                entries.extend(referrers(files, &leaf, envelopes)?.into_iter().map(|(_, entry)| entry));
            }
            shown.insert(key, Shown { leaf: current.leaf, entries });
        }
        self.shown = shown;
        Ok(())
    }

    fn entries(&self) -> Vec<Descriptor> {
        let mut seen = BTreeSet::new();
        let all = self.shown.values().flat_map(|shown| &shown.entries);
        all.filter(|entry| seen.insert(entry.digest)).cloned().collect()
    }

    /// The bytes of `index.json`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let document =
            Document { schema_version: 2, media_type: MEDIA_TYPE.to_owned(), manifests: self.entries() };
        // Strings, numbers and maps with text keys can't fail to serialise.
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// Digests that this index needs to be there beside what the log names: the referrers'.
    pub(crate) fn digests(&self) -> impl Iterator<Item = Digest> {
        self.entries().into_iter().map(|entry| entry.digest)
    }
}

/// The referrers of a leaf that makes a version current: their bytes and entries.
pub(crate) fn referrers(
    files: &Files,
    leaf: &Leaf,
    envelopes: &Envelopes,
) -> Result<Vec<(Vec<u8>, Descriptor)>, Error> {
    let Some(manifest) = leaf.manifest.filter(|_| leaf.kind.makes_current()) else { return Ok(Vec::new()) };
    let version = version(files, &manifest)?;
    let mut made = Vec::new();
    for payload in leaf.evidence.iter().chain(&leaf.approvals) {
        for signed in envelopes.get(payload).into_iter().flatten() {
            made.push(referrer(files, &version, payload, signed)?);
        }
    }
    Ok(made)
}

/// How the index on disk compares with what it should be.
pub(crate) enum Compared {
    /// It shows what is current.
    Current,
    /// It shows what was current: a crash came between the log and the index.
    Behind,
    /// It shows something that the log does not know.
    Stranger(Vec<Digest>),
}

/// Compares `index.json` with what it should be. `named` are all manifests and payloads that the log names.
pub(crate) fn compare(files: &Files, expected: &Index, named: &BTreeSet<Digest>) -> Result<Compared, Error> {
    let malformed = |why: &str| Error::Unsound(Fault::malformed(why).in_file(INDEX));
    let bytes = files.read(INDEX, MAX_INDEX)?;
    let document: Document = serde_json::from_slice(&bytes).map_err(|e| malformed(&e.to_string()))?;
    if document.schema_version != 2 || document.media_type != MEDIA_TYPE {
        return Err(malformed("it is no OCI image index, version 2"));
    }
    let expected = expected.entries();
    if document.manifests == expected {
        return Ok(Compared::Current);
    }
    let was = |entry: &Descriptor| {
        named.contains(&entry.digest) && version(files, &entry.digest).is_ok_and(|right| right == *entry)
            || refers(files, entry, named).unwrap_or(false)
    };
    let strangers: Vec<Digest> = document
        .manifests
        .iter()
        .filter(|entry| !expected.contains(entry) && !was(entry))
        .map(|entry| entry.digest)
        .collect();
    Ok(if strangers.is_empty() { Compared::Behind } else { Compared::Stranger(strangers) })
}

/// A version's entry.
fn version(files: &Files, manifest: &Digest) -> Result<Descriptor, Error> {
    let (_, size) = files.hash(&blobs::path(manifest), MAX_MANIFEST)?;
    let annotations = [(REF_NAME.to_owned(), manifest.hex())].into();
    Ok(Descriptor { annotations, ..manifest::descriptor(manifest::MEDIA_TYPE, *manifest, size) })
}

/// The artifact manifest that ties an envelope to a version, and its entry.
fn referrer(
    files: &Files,
    version: &Descriptor,
    payload: &Digest,
    signed: &Digest,
) -> Result<(Vec<u8>, Descriptor), Error> {
    let bytes = blobs::get(files, signed, dsse::MAX_ENVELOPE)?;
    let media_type = Signed::parse(&bytes).map_or(dsse::MEDIA_TYPE, |signed| signed.media_type());
    let layer = manifest::descriptor(media_type, *signed, bytes.len() as u64);
    let subject = Descriptor { annotations: BTreeMap::new(), ..version.clone() };
    let made = manifest::artifact(layer, subject, (PAYLOAD, payload.to_string()));
    let annotations = [(PAYLOAD.to_owned(), payload.to_string())].into();
    let entry = manifest::descriptor(manifest::MEDIA_TYPE, Digest::of(&made), made.len() as u64);
    let entry = Descriptor { annotations, artifact_type: Some(manifest::ARTIFACT_TYPE.to_owned()), ..entry };
    Ok((made, entry))
}

/// Whether an entry is the referrer of a version and a statement that the log names.
fn refers(files: &Files, entry: &Descriptor, named: &BTreeSet<Digest>) -> Result<bool, Error> {
    let payload = entry.annotations.get(PAYLOAD).and_then(|payload| payload.parse::<Digest>().ok());
    let bytes = blobs::get(files, &entry.digest, MAX_MANIFEST)?;
    let (Some(payload), Some((subject, layer))) = (payload, manifest::artifact_of(&bytes)) else {
        return Ok(false);
    };
    if !named.contains(&payload) || !named.contains(&subject) {
        return Ok(false);
    }
    let (made, right) = referrer(files, &version(files, &subject)?, &payload, &layer)?;
    let signs = blobs::get(files, &layer, dsse::MAX_ENVELOPE)?;
    let signs = Signed::parse(&signs).and_then(|signed| signed.unverified_payload());
    Ok(made == bytes && right == *entry && signs.is_some_and(|signs| Digest::of(&signs) == payload))
}

/// Finds envelopes by looking at every blob, by digest. Reads few bytes of what is no envelope.
pub(crate) fn search_envelopes(files: &Files) -> Result<Envelopes, Error> {
    let mut envelopes = Envelopes::new();
    for name in files.names(blobs::FOLDER)? {
        let Ok(digest) = Digest::from_hex(&name) else { continue };
        let path = blobs::path(&digest);
        let looks = files.peek(&path, dsse::BEGINNING.len() as u64);
        if !matches!(looks, Ok(beginning) if beginning == dsse::BEGINNING) {
            continue;
        }
        // A damaged envelope is as good as none here; whoever needs it says so.
        let Ok(bytes) = blobs::get(files, &digest, dsse::MAX_ENVELOPE) else { continue };
        if let Some(payload) = Signed::parse(&bytes).and_then(|signed| signed.unverified_payload()) {
            envelopes.entry(Digest::of(&payload)).or_default().push(digest);
        }
    }
    Ok(envelopes)
}
