//! What waits for people: leaves that need approval, one file each in `pending/`.
//!
//! A proposal is the leaf as it would be appended, named by the digest of the statement that people sign to approve it
//! (`approval`). Their signatures are blobs like all others. A proposal has no effect: not before enough people signed,
//! and not if something else became current meanwhile than what it would replace – then it is blocked for good and is to
//! be withdrawn. The attempt behind it stays in the log either way.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::approval::{self, Signed};
use crate::blobs;
use crate::digest::Digest;
use crate::dsse::{MAX_ENVELOPE, key_id};
use crate::entry::{Entry, TrustKind};
use crate::error::Error;
use crate::fault::Fault;
use crate::history::Rule;
use crate::index::{Envelopes, search_envelopes};
use crate::keys::Keys;
use crate::library::Library;
use crate::statement::MAX_PAYLOAD;
use crate::tiles::MAX_ENTRY;
use crate::trust::Group;

/// The folder of proposals.
pub(crate) const FOLDER: &str = "pending";

/// A leaf that waits, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Digest of the statement that is to be signed: the proposal's name.
    pub id: Digest,
    /// The leaf.
    pub entry: Entry,
    /// People who must approve.
    pub needed: u32,
    /// People who did.
    pub approved: Vec<String>,
    /// Why it can't be appended any more, if it can't.
    pub blocked: Option<Rule>,
}

fn path(id: &Digest) -> String {
    format!("{FOLDER}/{}.json", id.hex())
}

impl Library {
    /// How many people must approve this leaf.
    pub fn approvals_needed(&self, entry: &Entry) -> u32 {
        self.group(entry).1
    }

    fn group(&self, entry: &Entry) -> (&Group, u32) {
        let root = self.roots.last();
        match entry {
            Entry::Version(leaf) => (&root.approvers, root.approvals_needed(leaf)),
            Entry::Trust(leaf) if leaf.kind == TrustKind::RevokeKey => (&root.root, root.root.threshold),
            Entry::Trust(_) => (&root.root, 0),
        }
    }

    /// Stores a leaf that waits for approval and returns its name. Proposing the same again changes nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] for a leaf that could not be appended whoever approved, [`Error::Pending`] for one that nobody
    /// approves, [`Error::Full`], [`Error::Io`].
    pub fn propose(&mut self, entry: impl Into<Entry>) -> Result<Digest, Error> {
        self.writer()?;
        let mut entry = entry.into();
        self.fill(&mut entry);
        let statement = approval::statement(self.name(), &entry)?;
        let statement = statement.ok_or(Error::Pending { what: "nobody approves such a leaf".into() })?;
        let id = Digest::of(statement.payload());
        match &mut entry {
            Entry::Version(leaf) => leaf.approvals = vec![id],
            Entry::Trust(leaf) => leaf.approvals = vec![id],
        }
        self.log.history.check(&entry).map_err(|rule| Error::Refused { rule })?;
        self.room_for_pending()?;
        entry.set_prev(None);
        self.put_blob(statement.payload())?;
        self.files.write_durably(&path(&id), &entry.body())?;
        Ok(id)
    }

    /// Everything that waits, by name.
    ///
    /// # Errors
    /// [`Error::Unsound`] for a file in `pending/` that is no proposal, [`Error::Io`].
    pub fn pending(&self) -> Result<Vec<Pending>, Error> {
        let names = self.files.names(FOLDER)?;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let found;
        let envelopes = match &self.writer {
            Some(writer) => &writer.envelopes,
            None => {
                found = search_envelopes(&self.files)?;
                &found
            }
        };
        let ids = names.iter().filter_map(|name| Digest::from_hex(name.strip_suffix(".json")?).ok());
        ids.map(|id| self.waiting(&id, envelopes)).collect()
    }

    fn proposal(&self, id: &Digest) -> Result<Entry, Error> {
        let file = path(id);
        if !self.files.exists(&file)? {
            let what = format!(
                "nothing called {} waits for approval; `assay library pending` lists what does",
                id.hex()
            );
            return Err(Error::Pending { what });
        }
        let entry = Entry::parse(&self.files.read(&file, MAX_ENTRY as u64)?, self.head().size)
            .map_err(|fault| fault.in_file(file.as_str()))?;
        let statement = approval::statement(self.name(), &entry)?;
        if statement.is_none_or(|statement| Digest::of(statement.payload()) != *id) {
            return Err(Fault::malformed("it is not the leaf that its name promises").in_file(file).into());
        }
        Ok(entry)
    }

    fn waiting(&self, id: &Digest, envelopes: &Envelopes) -> Result<Pending, Error> {
        let mut entry = self.proposal(id)?;
        let payload = blobs::get(&self.files, id, MAX_PAYLOAD)?;
        let (group, needed) = self.group(&entry);
        let mut signed = Vec::new();
        for digest in envelopes.get(id).into_iter().flatten() {
            signed.extend(Signed::parse(&blobs::get(&self.files, digest, MAX_ENVELOPE)?));
        }
        let history = &self.log.history;
        let approved =
            approval::count(group, &payload, signed.iter(), &|key| history.revoked_key(key).is_some());
        entry.set_prev(history.tip(&entry.chain()));
        let blocked = history.check(&entry).err();
        Ok(Pending {
            id: *id,
            entry,
            needed: needed.max(1),
            approved: approved.people.into_iter().collect(),
            blocked,
        })
    }

    /// The bytes that are to be signed to approve a proposal.
    ///
    /// # Errors
    /// [`Error::Pending`] if there is no such proposal.
    pub fn approval_payload(&self, id: &Digest) -> Result<Vec<u8>, Error> {
        self.proposal(id)?;
        blobs::get(&self.files, id, MAX_PAYLOAD)
    }

    /// What [`Library::approve_with`] takes, signed with the approver's key of `keys` (for the revocation of a key: its root
    /// key). Whether that key may approve is not asked.
    ///
    /// # Errors
    /// [`Error::Pending`]; errors of the key.
    pub fn sign_detached(&self, id: &Digest, keys: &Keys) -> Result<Vec<u8>, Error> {
        let payload = self.approval_payload(id)?;
        let key = match self.proposal(id)? {
            Entry::Version(_) => keys.approver()?,
            Entry::Trust(_) => keys.root()?,
        };
        Ok(approval::sign(&key, &payload))
    }

    /// Approves with the key that [`Library::sign_detached`] signs with.
    ///
    /// # Errors
    /// [`Error::BadApproval`] if that key may not; [`Error::Pending`]; errors of the key.
    pub fn approve(&mut self, id: &Digest, keys: &Keys) -> Result<Pending, Error> {
        let signed = self.sign_detached(id, keys)?;
        self.approve_with(id, &signed)
    }

    /// Takes in what somebody signed elsewhere: a DSSE envelope, or what `ssh-keygen -Y sign` wrote.
    ///
    /// # Errors
    /// [`Error::BadApproval`] if it is neither, is for something else, or by nobody who may approve; [`Error::Pending`].
    pub fn approve_with(&mut self, id: &Digest, signature: &[u8]) -> Result<Pending, Error> {
        self.writer()?;
        let bad = |why: String| Error::BadApproval { why };
        let payload = self.approval_payload(id)?;
        let text = str::from_utf8(signature).unwrap_or_default();
        let stored = match text.trim_start().starts_with("-----BEGIN SSH") {
            true => approval::from_ssh(text, &payload),
            false => signature.to_vec(),
        };
        let signed = Signed::parse(&stored)
            .ok_or_else(|| bad("it is neither a DSSE envelope nor an SSH signature".into()))?;
        if signed.unverified_payload().as_ref() != Some(&payload) {
            return Err(bad("it approves something else".into()));
        }
        let entry = self.proposal(id)?;
        let (group, _) = self.group(&entry);
        let history = &self.log.history;
        let revoked = |key: &str| history.revoked_key(key).is_some();
        let approved = approval::count(group, &payload, std::iter::once(&signed), &revoked);
        if approved.people.is_empty() {
            let known: Vec<String> =
                group.holders.iter().map(|holder| key_id(&holder.key)[..16].to_owned()).collect();
            return Err(bad(match approved.revoked.first() {
                Some(key) => format!("key {key} was revoked"),
                None => format!(
                    "it is not signed by a key that may approve this; those begin with {}",
                    known.join(", ")
                ),
            }));
        }
        let envelope = self.put_blob(&stored)?;
        self.know(*id, envelope)?;
        let writer = self.writer.as_ref().ok_or(Error::ReadOnly)?;
        self.waiting(id, &writer.envelopes)
    }

    /// Appends a proposal that enough people approved, and returns its index; `None` if it still waits.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is blocked for good; those of [`Library::append`].
    pub fn settle(&mut self, id: &Digest) -> Result<Option<u64>, Error> {
        let envelopes = &self.writer.as_ref().ok_or(Error::ReadOnly)?.envelopes;
        let waiting = self.waiting(id, envelopes)?;
        if let Some(rule) = waiting.blocked {
            return Err(Error::Refused { rule });
        }
        if waiting.approved.len() < waiting.needed as usize {
            return Ok(None);
        }
        let index = self.append(waiting.entry)?;
        self.files.remove(&path(id))?;
        Ok(Some(index))
    }

    /// Takes a proposal back. What was signed for it stays among the blobs until they are cleaned up.
    ///
    /// # Errors
    /// [`Error::Pending`] if there is no such proposal, [`Error::Io`].
    pub fn withdraw(&mut self, id: &Digest) -> Result<(), Error> {
        self.writer()?;
        if !self.files.exists(&path(id))? {
            self.proposal(id)?;
        }
        self.files.remove(&path(id))
    }
}

/// Removes the files of proposals that are in the log: a crash may come between the two.
pub(crate) fn discard_settled(library: &Library) -> Result<(), Error> {
    let names = library.files.names(FOLDER)?;
    if names.is_empty() {
        return Ok(());
    }
    let settled: BTreeSet<String> = library
        .entries()
        .iter()
        .flat_map(|entry| match entry {
            Entry::Version(leaf) => leaf.approvals.clone(),
            Entry::Trust(leaf) => leaf.approvals.clone(),
        })
        .map(|id| format!("{}.json", id.hex()))
        .collect();
    for name in names.iter().filter(|name| settled.contains(*name)) {
        library.files.remove(&format!("{FOLDER}/{name}"))?;
    }
    Ok(())
}
