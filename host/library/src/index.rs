//! `index.json`: the door through which OCI tools enter, and find the signed envelope of a statement.
//!
//! It lists, in the order of the log, two kinds of descriptor:
//!
//! * each version's manifest, tagged (`org.opencontainers.image.ref.name`) with its own hex digest – never with a name
//!   that could be moved, since "current" is a fold over the log;
//! * each envelope, of media type `application/vnd.dsse.envelope.v1+json`, with the annotation
//!   `dev.assay.payload` = digest of the payload that it signs. OCI readers must pass over media types that they do
//!   not know, so the layout stays valid for them.
//!
//! It is a cache for others: a function of the log and the blobs, written after the checkpoint and rebuilt when a library
//! is opened for writing. Nothing here reads it but the verifier, which compares it with what it should be; writer and
//! verifier find envelopes by looking through the blobs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::blobs;
use crate::digest::Digest;
use crate::dsse::{self, Envelope};
use crate::error::{Error, Fault};
use crate::files::Files;
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

/// The index in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    entries: Vec<Descriptor>,
    positions: BTreeMap<Digest, usize>,
}

impl Index {
    /// Reads `index.json`.
    pub(crate) fn load(files: &Files) -> Result<Self, Error> {
        let malformed = |why: &str| Error::Unsound(Fault::malformed(why).in_file(INDEX));
        let bytes = files.read(INDEX, MAX_INDEX)?;
        let document: Document = serde_json::from_slice(&bytes).map_err(|e| malformed(&e.to_string()))?;
        if document.schema_version != 2 || document.media_type != MEDIA_TYPE {
            return Err(malformed("it is no OCI image index, version 2"));
        }
        let mut index = Self::default();
        document.manifests.into_iter().for_each(|entry| index.add(entry));
        Ok(index)
    }

    /// The bytes of `index.json`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let document = Document {
            schema_version: 2,
            media_type: MEDIA_TYPE.to_owned(),
            manifests: self.entries.clone(),
        };
        // Strings, numbers and maps with text keys can't fail to serialise.
        serde_json::to_vec(&document).unwrap_or_default()
    }

    fn add(&mut self, entry: Descriptor) {
        if !self.positions.contains_key(&entry.digest) {
            self.positions.insert(entry.digest, self.entries.len());
            self.entries.push(entry);
        }
    }

    /// Takes in what a leaf names. `envelopes` must know each of its statements.
    pub(crate) fn add_leaf(
        &mut self,
        files: &Files,
        leaf: &Leaf,
        envelopes: &Envelopes,
    ) -> Result<(), Error> {
        let mut add = |digest: Digest, media_type: &str, key: &str, value: String, limit: u64| {
            if self.positions.contains_key(&digest) {
                return Ok(());
            }
            let (_, size) = files.hash(&blobs::path(&digest), limit)?;
            let annotations = [(key.to_owned(), value)].into();
            self.add(Descriptor { media_type: media_type.to_owned(), digest, size, annotations });
            Ok::<_, Error>(())
        };
        if let Some(digest) = leaf.manifest {
            add(digest, manifest::MEDIA_TYPE, REF_NAME, digest.hex(), MAX_MANIFEST)?;
        }
        for payload in &leaf.evidence {
            for envelope in envelopes.get(payload).into_iter().flatten() {
                add(*envelope, dsse::MEDIA_TYPE, PAYLOAD, payload.to_string(), dsse::MAX_ENVELOPE)?;
            }
        }
        Ok(())
    }

    /// Entries of this index that `other` has not, or has differently.
    pub(crate) fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Digest> {
        let missing = |entry: &&Descriptor| {
            other.positions.get(&entry.digest).and_then(|at| other.entries.get(*at)) != Some(*entry)
        };
        self.entries.iter().filter(missing).map(|entry| &entry.digest)
    }
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
        if let Some(payload) = Envelope::parse(&bytes).ok().and_then(|envelope| envelope.unverified_payload())
        {
            envelopes.entry(Digest::of(&payload)).or_default().push(digest);
        }
    }
    Ok(envelopes)
}
