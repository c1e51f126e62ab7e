//! What a leaf claims, followed to the bytes: leaf ↔ manifest ↔ component, leaf ↔ statement ↔ signature ↔ key.
//!
//! The log proves that a leaf was logged, not that it is true to what it names. So each link is checked
//! explicitly, by the writer before it appends and by the verifier afterwards, with this one function.

use crate::blobs;
use crate::digest::Digest;
use crate::dsse::{Envelope, MAX_ENVELOPE};
use crate::error::{Error, Fault};
use crate::files::Files;
use crate::index::Envelopes;
use crate::leaf::Leaf;
use crate::manifest;
use crate::statement::{self, MAX_PAYLOAD, PAYLOAD_TYPE};
use crate::trust::Trust;

/// What a leaf's bindings are checked against.
pub(crate) struct Context<'a> {
    pub(crate) files: &'a Files,
    pub(crate) trust: &'a Trust,
    /// Where to look for signatures.
    pub(crate) envelopes: &'a Envelopes,
    /// A blob's size, after its bytes were verified.
    pub(crate) size: &'a dyn Fn(&Digest) -> Result<u64, Error>,
}

impl Context<'_> {
    /// Checks every digest that the leaf with this index names; stops at the first fault.
    pub(crate) fn check(&self, index: u64, leaf: &Leaf) -> Result<(), Error> {
        let Some(version) = leaf.version() else { return Ok(()) };
        let (_, found) = manifest::follow(self.files, &version.manifest, self.size)?;
        if found != version.component {
            let fault = Fault::ManifestComponent { index, found, expected: version.component };
            return Err(fault.in_file(blobs::path(&version.manifest)).into());
        }
        for digest in &leaf.evidence {
            let path = blobs::path(digest);
            let payload = blobs::get(self.files, digest, MAX_PAYLOAD)?;
            match statement::is_about(&payload, &version) {
                Ok(true) => {}
                Ok(false) => return Err(Fault::EvidenceSubject { index }.in_file(path).into()),
                Err(e) => return Err(Fault::malformed(e).in_file(path).into()),
            }
            self.signed(index, digest)?;
        }
        Ok(())
    }

    /// Whether one of the payload's envelopes is signed by an evidence key.
    fn signed(&self, index: u64, payload: &Digest) -> Result<(), Error> {
        let mut worst = Fault::EvidenceUnsigned { index }.in_file(blobs::path(payload));
        for digest in self.envelopes.get(payload).into_iter().flatten() {
            let bytes = match blobs::get(self.files, digest, MAX_ENVELOPE) {
                Ok(bytes) => bytes,
                Err(Error::Unsound(finding)) => {
                    worst = finding;
                    continue;
                }
                Err(e) => return Err(e),
            };
            let opened = Envelope::parse(&bytes).and_then(|e| e.open(PAYLOAD_TYPE, &self.trust.evidence));
            if opened.is_ok_and(|opened| Digest::of(&opened) == *payload) {
                return Ok(());
            }
            worst = Fault::EvidenceSignature { index }.in_file(blobs::path(payload));
        }
        Err(worst.into())
    }
}
