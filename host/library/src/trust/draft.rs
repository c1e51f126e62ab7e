//! The next root of trust, while people are still changing it.
//!
//! A draft is the document of the root in force with its number raised. It becomes a file only through [`Draft::finish`], which
//! reads it back as any other root is read, so that nothing can be signed here that a verifier would refuse.

use super::{Document, Key, PAYLOAD_TYPE, Role, Root, Scheme, parse, read};
use crate::dsse::{self, key_id};
use crate::error::Error;
use crate::keys::Keys;
use crate::note::{check_name, parse_vkey};
use crate::ssh;
use base64ct::{Base64, Encoding as _};

/// Changes to a root, on the way to the next one.
#[derive(Debug, Clone)]
pub struct Draft {
    pub(super) document: Document,
}

/// A role that people have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// Approves leaves.
    Approver,
    /// Signs roots of trust and the revocation of keys.
    Root,
}

impl Draft {
    /// The root after `root`, with nothing changed yet.
    pub(crate) fn after(root: &Root) -> Self {
        // It was read from these bytes.
        let document = serde_json::from_slice::<Document>(&root.payload);
        let document = document.unwrap_or_else(|_| unreachable!("a root's payload reads back"));
        Self { document: Document { version: root.number.saturating_add(1), ..document } }
    }

    fn role(&mut self, office: Office) -> &mut Role {
        match office {
            Office::Approver => &mut self.document.roles.approver,
            Office::Root => &mut self.document.roles.root,
        }
    }

    /// Gives a person a key: a line as `assay keys` prints it or, for approvers, an SSH public key's line.
    ///
    /// # Errors
    /// [`Error::BadDraft`] for no such line, or a key that has a role already; [`Error::BadName`].
    pub fn add(&mut self, office: Office, person: &str, line: &str) -> Result<(), Error> {
        check_name("person", person)?;
        let bad = |why: &str| Error::BadDraft { why: why.to_owned() };
        let line = line.trim();
        let (scheme, key) = match (parse_vkey(line), ssh::public_key(line)) {
            (Some((_, key)), _) => (Scheme::Ed25519, key),
            (None, Some(key)) => (Scheme::Ssh, key),
            (None, None) => {
                return Err(bad("a key is given as the line `assay keys` prints, or as `ssh-ed25519 AAAA…`"));
            }
        };
        let (id, public) = (key_id(&key), Base64::encode_string(key.as_bytes()));
        if self.document.keys.contains_key(&id) {
            return Err(bad("that key has a role already; each role needs a key of its own"));
        }
        self.document.keys.insert(id.clone(), Key { scheme, public, person: Some(person.to_owned()) });
        self.role(office).keys.push(id);
        Ok(())
    }

    /// Takes all keys of that role from a person.
    ///
    /// # Errors
    /// [`Error::BadDraft`] if the person has none.
    pub fn remove(&mut self, office: Office, person: &str) -> Result<(), Error> {
        let keys = &self.document.keys;
        let theirs = |id: &String| keys.get(id).is_some_and(|key| key.person.as_deref() == Some(person));
        let role = match office {
            Office::Approver => &mut self.document.roles.approver,
            Office::Root => &mut self.document.roles.root,
        };
        let (gone, stay): (Vec<_>, Vec<_>) = role.keys.drain(..).partition(theirs);
        role.keys = stay;
        if gone.is_empty() {
            return Err(Error::BadDraft { why: format!("{person} has no key of that role") });
        }
        gone.iter().for_each(|id| drop(self.document.keys.remove(id)));
        Ok(())
    }

    /// How many people of a role must agree.
    pub fn threshold(&mut self, office: Office, people: u32) {
        self.role(office).threshold = people;
    }

    /// Which leaf types need approval: `TYPE` or `TYPE:CHANNEL`.
    pub fn approve(&mut self, mut kinds: Vec<String>) {
        kinds.sort_unstable();
        kinds.dedup();
        self.document.approve = kinds;
    }

    /// Puts the log and evidence keys of `keys` in the place of those that are there.
    pub fn replace_working_keys(&mut self, keys: &Keys) {
        let Document { keys: listed, roles, .. } = &mut self.document;
        for (role, key) in [(&mut roles.log, &keys.log), (&mut roles.evidence, &keys.evidence)] {
            role.keys.iter().for_each(|id| drop(listed.remove(id)));
            let (public, id) = (key.verifying_key(), key_id(&key.verifying_key()));
            let public = Base64::encode_string(public.as_bytes());
            listed.insert(id.clone(), Key { scheme: Scheme::Ed25519, public, person: None });
            role.keys = vec![id];
        }
    }

    /// The root as a file, signed by the root key of `keys`; others add their signatures by [`sign_root`].
    ///
    /// # Errors
    /// [`Error::BadDraft`] if it would not be a valid root; [`Error::KeyFile`] and the like for the key.
    pub fn finish(&self, keys: &Keys) -> Result<Vec<u8>, Error> {
        // Strings, numbers and maps with text keys can't fail to serialise.
        let payload = serde_json::to_vec(&self.document).unwrap_or_default();
        read(payload.clone()).map_err(|fault| Error::BadDraft { why: fault.to_string() })?;
        Ok(dsse::sign(&keys.root()?, PAYLOAD_TYPE, &payload).to_bytes())
    }
}

/// Adds the signature of the root key of `keys` to a root file.
///
/// # Errors
/// [`Error::BadDraft`] if it is no root; errors of the key.
pub fn sign_root(file: &[u8], keys: &Keys) -> Result<Vec<u8>, Error> {
    let (root, envelope) = parse(file).map_err(|fault| Error::BadDraft { why: format!("it {fault}") })?;
    let own = dsse::sign(&keys.root()?, PAYLOAD_TYPE, &root.payload);
    Ok(envelope.with(own).to_bytes())
}
