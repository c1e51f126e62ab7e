//! Approvals: what people sign so that a leaf may be appended, and who of them counts.
//!
//! What is signed is an in-toto statement of type [`PREDICATE`] about the version. It says everything that the leaf will
//! say, `prev` and `approvals` aside, and it is *derived from the leaf* by writer and verifier alike: the leaf names the
//! statement's digest, and any other statement has another. So an approval is for one leaf of one library, in one
//! situation (`replaces`), and can't be used for a second. Its bytes are the same for all who approve.
//!
//! Each approver signs for himself: one DSSE envelope with one signature, or one SSH signature in a small wrapper
//! (`ssh`). **People are counted**, never signatures: the root of trust says whose key is whose.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::digest::Digest;
use crate::dsse::{self, Envelope, key_id};
use crate::entry::Entry;
use crate::error::Error;
use crate::ssh;
use crate::statement::{PAYLOAD_TYPE, Statement};
use crate::trust::{Group, Scheme};

/// Predicate type of an approval's statement.
pub const PREDICATE: &str = "https://assay.dev/approval/v1";
/// The media type of a stored SSH approval.
pub(crate) const SSH_MEDIA_TYPE: &str = "application/vnd.assay.ssh-approval+json";

/// An SSH signature over a payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SshApproval {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    sshsig: String,
}

/// A signed statement as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signed {
    Dsse(Envelope),
    Ssh(SshApproval),
}

impl Signed {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let ssh = || serde_json::from_slice(bytes).ok().map(Self::Ssh);
        Envelope::parse(bytes).ok().map(Self::Dsse).or_else(ssh)
    }

    /// The payload's bytes, not verified.
    pub(crate) fn unverified_payload(&self) -> Option<Vec<u8>> {
        match self {
            Self::Dsse(envelope) => envelope.unverified_payload(),
            Self::Ssh(approval) => Base64::decode_vec(&approval.payload).ok(),
        }
    }

    pub(crate) fn media_type(&self) -> &'static str {
        match self {
            Self::Dsse(_) => dsse::MEDIA_TYPE,
            Self::Ssh(_) => SSH_MEDIA_TYPE,
        }
    }
}

/// The statement that people sign to approve this entry; none for one that nobody approves.
pub(crate) fn statement(library: &str, entry: &Entry) -> Result<Option<Statement>, Error> {
    match entry {
        Entry::Version(leaf) => {
            let Some(version) = leaf.version() else { return Ok(None) };
            let predicate = json!({
                "library": library, "action": leaf.kind.name(), "name": leaf.name, "channel": leaf.channel,
                "task": leaf.task, "attempt": leaf.attempt, "from": leaf.from, "replaces": leaf.replaces,
                "evidence": leaf.evidence,
            });
            Statement::new(&version, PREDICATE, &predicate).map(Some)
        }
        Entry::Trust(leaf) => {
            let Some(key) = leaf.key.as_deref().and_then(|key| Digest::from_hex(key).ok()) else {
                return Ok(None);
            };
            let predicate = json!({ "library": library, "action": "revoke-key", "key": leaf.key });
            Statement::about(&[("key", key)], PREDICATE, &predicate).map(Some)
        }
    }
}

/// A person's signature under a statement, as it is stored.
pub(crate) fn sign(key: &SigningKey, payload: &[u8]) -> Vec<u8> {
    dsse::sign(key, PAYLOAD_TYPE, payload).to_bytes()
}

/// An SSH signature under a statement, as it is stored.
pub(crate) fn from_ssh(armored: &str, payload: &[u8]) -> Vec<u8> {
    let approval = SshApproval {
        payload: Base64::encode_string(payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        sshsig: armored.to_owned(),
    };
    // Strings can't fail to serialise.
    serde_json::to_vec(&approval).unwrap_or_default()
}

/// Who approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Approved {
    pub(crate) people: BTreeSet<String>,
    /// Ids of keys that signed but had been revoked.
    pub(crate) revoked: BTreeSet<String>,
}

/// Counts the people of `group` who signed `payload` in one of `signed`.
pub(crate) fn count<'a>(
    group: &Group,
    payload: &[u8],
    signed: impl Iterator<Item = &'a Signed>,
    is_revoked: &dyn Fn(&str) -> bool,
) -> Approved {
    let mut approved = Approved::default();
    for signed in signed {
        for holder in &group.holders {
            let holds = match (signed, holder.scheme) {
                (Signed::Dsse(envelope), Scheme::Ed25519) => {
                    envelope.open(PAYLOAD_TYPE, &[holder.key]).is_ok_and(|opened| opened == payload)
                }
                (Signed::Ssh(approval), Scheme::Ssh) => {
                    approval.payload_type == PAYLOAD_TYPE
                        && Base64::decode_vec(&approval.payload).is_ok_and(|bytes| bytes == payload)
                        && ssh::verify(&approval.sshsig, payload, &holder.key)
                }
                _ => false,
            };
            let id = key_id(&holder.key);
            match holds {
                true if is_revoked(&id) => drop(approved.revoked.insert(id)),
                true => drop(approved.people.insert(holder.person.clone())),
                false => {}
            }
        }
    }
    approved
}
