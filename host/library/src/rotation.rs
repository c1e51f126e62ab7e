//! Changing who is trusted: the next root of trust, and the revocation of keys.
//!
//! The root's file comes first and has no effect; the leaf that names it puts it in force, under a checkpoint that the new
//! root's log key signs. A crash between the two leaves a file that the next writer removes.

use std::path::Path;

use crate::digest::Digest;
use crate::entry::{Entry, TrustLeaf};
use crate::error::Error;
use crate::files::Files;
use crate::keys::Keys;
use crate::library::Library;
use crate::roots;
use crate::trust::Draft;

/// What may be told of the root of trust that is in force.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RootInfo {
    /// Its number.
    pub number: u64,
    /// Digest of its payload.
    pub digest: Digest,
    /// Role → key ids with whose they are, and how many people must agree.
    pub roles: Vec<RoleInfo>,
    /// Leaf types that need approval.
    pub approve: Vec<String>,
    /// Ids of keys that were revoked, and by which leaf.
    pub revoked: Vec<(String, u64)>,
}

/// A role of a root.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RoleInfo {
    /// `approver`, `evidence`, `log` or `root`.
    pub role: &'static str,
    /// How many people must agree.
    pub threshold: u32,
    /// (key id, person): the person is the key's own id if it has none.
    pub keys: Vec<(String, String)>,
}

impl Library {
    /// The root of trust that is in force.
    pub fn root(&self) -> RootInfo {
        let root = self.roots.last();
        let role = |role, group: &crate::trust::Group| RoleInfo {
            role,
            threshold: group.threshold,
            keys: group
                .holders
                .iter()
                .map(|holder| (crate::dsse::key_id(&holder.key), holder.person.clone()))
                .collect(),
        };
        RootInfo {
            number: root.number,
            digest: root.digest(),
            roles: vec![
                role("approver", &root.approvers),
                role("evidence", &root.evidence),
                role("log", &root.log),
                role("root", &root.root),
            ],
            approve: root.approve().to_vec(),
            revoked: self.log.history.revoked_keys().map(|(key, by)| (key.clone(), by)).collect(),
        }
    }

    /// The next root, as the one in force with nothing changed yet.
    pub fn next_root(&self) -> Draft {
        Draft::after(self.roots.last())
    }

    /// Opens the library in `dir` and puts the next root in force. `keys` must hold that root's log and evidence keys; the
    /// ones before may be lost. Returns the leaf's index too.
    ///
    /// # Errors
    /// [`Error::Unsound`] if too few people signed it or it is not the next one; [`Error::OtherKeys`]; those of
    /// [`Library::open_or_create`] and [`Library::append`].
    pub fn rotate(dir: &Path, name: &str, keys: &Keys, file: &[u8]) -> Result<(Self, u64), Error> {
        let mut library = Self::open(Files::open(dir)?, &dir.display().to_string(), name, keys, false)?;
        let root = library.roots.push(file)?;
        let (number, digest) = (root.number, root.digest());
        root.signed_by(keys)?;
        library.files.write_durably(&roots::path(number), file)?;
        library.sign_with(keys);
        let index = library.append(TrustLeaf::rotate_root(number, digest))?;
        Ok((library, index))
    }

    /// Whether revoking this key would leave the log without one that counts.
    pub(crate) fn check_revocation(&self, entry: &Entry) -> Result<(), Error> {
        let key = entry.trust().and_then(|leaf| leaf.key.as_deref());
        let signs = |id: &str| self.roots.last().log.keys().iter().any(|log| crate::dsse::key_id(log) == id);
        match key {
            Some(id) if signs(id) => Err(Error::Pending {
                what:
                    "this key signs the log; put a root with another log key in force first, then revoke it"
                        .into(),
            }),
            _ => Ok(()),
        }
    }
}
