//! What a leaf claims, followed to the bytes: leaf ↔ manifest ↔ component, leaf ↔ statement ↔ signature ↔ key ↔ person.
//!
//! The log proves that a leaf was logged, not that it is true to what it names. So each link is checked
//! explicitly, by the writer before it appends and by the verifier afterwards, with this one function. Which keys count
//! is a matter of the leaf's place: those of the root in force there, without those revoked before it.

use crate::approval::{self, Signed};
use crate::blobs;
use crate::digest::Digest;
use crate::dsse::{EnvelopeFault, MAX_ENVELOPE, key_id};
use crate::entry::{Entry, TrustKind};
use crate::error::Error;
use crate::fault::Fault;
use crate::files::Files;
use crate::history::History;
use crate::index::Envelopes;
use crate::leaf::Leaf;
use crate::manifest;
use crate::roots::Roots;
use crate::statement::{self, MAX_PAYLOAD, PAYLOAD_TYPE};
use crate::trust::{Group, Root};

/// What an entry's bindings are checked against.
pub(crate) struct Context<'a> {
    pub(crate) files: &'a Files,
    pub(crate) roots: &'a Roots,
    /// Where to look for signatures.
    pub(crate) envelopes: &'a Envelopes,
    /// A blob's size, after its bytes were verified.
    pub(crate) size: &'a dyn Fn(&Digest) -> Result<u64, Error>,
}

impl Context<'_> {
    /// Checks every digest that the entry with this index names; stops at the first fault. `before` is the history up to
    /// it.
    pub(crate) fn check(&self, index: u64, entry: &Entry, before: &History) -> Result<(), Error> {
        let root = self.roots.in_force(before.roots())?;
        match entry {
            Entry::Version(leaf) => {
                self.version(index, leaf)?;
                for digest in &leaf.evidence {
                    self.signed(index, digest, root, before)?;
                }
                self.approved(index, entry, &root.approvers, root.approvals_needed(leaf), root, before)
            }
            Entry::Trust(leaf) if leaf.kind == TrustKind::RevokeKey => {
                self.approved(index, entry, &root.root, root.root.threshold, root, before)
            }
            Entry::Trust(leaf) => {
                let later: Vec<Digest> = before.roots().iter().chain(&leaf.root).copied().collect();
                self.roots.in_force(&later)?;
                Ok(())
            }
        }
    }

    fn version(&self, index: u64, leaf: &Leaf) -> Result<(), Error> {
        let Some(version) = leaf.version() else { return Ok(()) };
        let (_, found) = manifest::follow(
            self.files,
            &version.manifest,
            self.size,
            leaf.kind == crate::leaf::Kind::Refuse,
        )?;
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
        }
        Ok(())
    }

    /// Everything that was found signed over this payload, and a fault of what can't be read.
    fn found(&self, payload: &Digest) -> Result<(Vec<Signed>, Option<crate::fault::Finding>), Error> {
        let (mut found, mut fault) = (Vec::new(), None);
        for digest in self.envelopes.get(payload).into_iter().flatten() {
            match blobs::get(self.files, digest, MAX_ENVELOPE) {
                Ok(bytes) => found.extend(Signed::parse(&bytes)),
                Err(Error::Unsound(finding)) => fault = Some(finding),
                Err(e) => return Err(e),
            }
        }
        Ok((found, fault))
    }

    /// Whether one of the payload's envelopes is signed by an evidence key that counts.
    fn signed(&self, index: u64, payload: &Digest, root: &Root, before: &History) -> Result<(), Error> {
        let path = blobs::path(payload);
        let (found, fault) = self.found(payload)?;
        let mut worst = fault.unwrap_or_else(|| Fault::EvidenceUnsigned { index }.in_file(path.as_str()));
        for envelope in &found {
            let Signed::Dsse(envelope) = envelope else { continue };
            for key in root.evidence.keys() {
                let opened: Result<Vec<u8>, EnvelopeFault> = envelope.open(PAYLOAD_TYPE, &[key]);
                if !opened.is_ok_and(|opened| Digest::of(&opened) == *payload) {
                    if !matches!(worst.fault, Fault::EvidenceRevoked { .. }) {
                        worst = Fault::EvidenceSignature { index }.in_file(path.as_str());
                    }
                    continue;
                }
                let key = key_id(&key);
                match before.revoked_key(&key) {
                    Some(by) => worst = Fault::EvidenceRevoked { index, key, by }.in_file(path.as_str()),
                    None => return Ok(()),
                }
            }
        }
        Err(worst.into())
    }

    /// Whether enough people approved, and this very entry.
    fn approved(
        &self,
        index: u64,
        entry: &Entry,
        group: &Group,
        needed: u32,
        root: &Root,
        before: &History,
    ) -> Result<(), Error> {
        let named = match entry {
            Entry::Version(leaf) => leaf.approvals.first(),
            Entry::Trust(leaf) => leaf.approvals.first(),
        };
        let Some(digest) = named else {
            if needed == 0 {
                return Ok(());
            }
            let fault = Fault::Approvals { index, approved: 0, needed, revoked: Vec::new() };
            return Err(fault.in_file("log").into());
        };
        let path = blobs::path(digest);
        let payload = blobs::get(self.files, digest, MAX_PAYLOAD)?;
        if approval::statement(&root.name, entry)?.is_none_or(|statement| statement.payload() != payload) {
            return Err(Fault::ApprovalOfAnother { index }.in_file(path).into());
        }
        let (found, _) = self.found(digest)?;
        let approved = approval::count(group, &payload, found.iter(), &|id| before.revoked_key(id).is_some());
        let count = u32::try_from(approved.people.len()).unwrap_or(u32::MAX);
        if count < needed.max(1) {
            let revoked = approved.revoked.into_iter().collect();
            let fault = Fault::Approvals { index, approved: count, needed: needed.max(1), revoked };
            return Err(fault.in_file(path).into());
        }
        Ok(())
    }
}
