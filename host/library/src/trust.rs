//! A root of trust, `trust/root.<n>.json`: which keys may do what in this library, and whose they are. TUF's idea, at its smallest.
//!
//! The file is a DSSE envelope of payload type `application/vnd.assay.root+json`, signed by enough people who hold root
//! keys. The first is signed by keys that it names itself, so it proves nothing on its own: trust begins when a person
//! compares it, or its key, with a copy that came another way (a *pin*). Each later one is signed by enough people of the
//! root before it and by enough of its own (`roots`).
//!
//! ```json
//! {"v":1,"version":1,"library":"…",
//!  "keys":{"<sha256 of the public key>":{"scheme":"ed25519","public":"<base64>","person":"anna"}},
//!  "roles":{"approver":{"keys":["…"],"threshold":1},"evidence":{…},"log":{…},"root":{…}},
//!  "approve":["revoke-version","rollback"]}
//! ```
//!
//! **People, not keys, are counted.** A person may hold several keys and counts once; a key without a person is one of its
//! own. `scheme` is `ed25519` or, for approvers, `ssh-ed25519`. `approve` lists the leaf types that need the approval of
//! `threshold` approvers, as `TYPE` or `TYPE:CHANNEL`. The payload is canonical: exactly what writing it again gives.

mod draft;

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::dsse::{self, Envelope, key_id};
use crate::error::Error;
use crate::fault::Fault;
use crate::keys::Keys;
use crate::leaf::{Kind, Leaf};
use crate::note::{check_name, parse_vkey};

pub use draft::{Draft, Office, sign_root};

/// Bytes of the largest root.
pub(crate) const MAX_ROOT: u64 = 256 << 10;
const PAYLOAD_TYPE: &str = "application/vnd.assay.root+json";
/// What needs approval unless somebody decides otherwise.
const APPROVE: [&str; 2] = ["revoke-version", "rollback"];
/// Who holds the keys that a library was made with.
const OWNER: &str = "owner";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    version: u64,
    library: String,
    keys: BTreeMap<String, Key>,
    roles: Roles,
    approve: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    approver: Role,
    evidence: Role,
    log: Role,
    root: Role,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    keys: Vec<String>,
    threshold: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    scheme: Scheme,
    public: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
}

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Scheme {
    #[serde(rename = "ed25519")]
    Ed25519,
    #[serde(rename = "ssh-ed25519")]
    Ssh,
}

/// A key of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) key: VerifyingKey,
    pub(crate) scheme: Scheme,
    /// Whose it is: a name, or the key's own id.
    pub(crate) person: String,
}

/// Keys of one role, and how many people must agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) holders: Vec<Holder>,
    pub(crate) threshold: u32,
}

impl Group {
    /// The keys that sign plainly.
    pub(crate) fn keys(&self) -> Vec<VerifyingKey> {
        let plain = self.holders.iter().filter(|holder| holder.scheme == Scheme::Ed25519);
        plain.map(|holder| holder.key).collect()
    }

    /// How many people there are.
    pub(crate) fn people(&self) -> usize {
        self.holders.iter().map(|holder| &holder.person).collect::<BTreeSet<_>>().len()
    }
}

/// A root of trust that is well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    /// The library's name, which is the log's origin.
    pub(crate) name: String,
    pub(crate) number: u64,
    pub(crate) approvers: Group,
    pub(crate) log: Group,
    pub(crate) evidence: Group,
    pub(crate) root: Group,
    approve: Vec<String>,
    pub(crate) payload: Vec<u8>,
}

/// What a verifier brings along to know the right root by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin(Pinned);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pinned {
    Root(Box<Root>),
    Key(VerifyingKey),
}

impl Pin {
    /// Reads a pin: a copy of a root, or the root key's line as `assay keys` prints it.
    ///
    /// # Errors
    /// [`Error::BadPin`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let bad = |why: &str| Error::BadPin { why: why.to_owned() };
        let text = str::from_utf8(bytes).map_err(|_| bad("it is not text"))?.trim();
        if bytes.len() as u64 > MAX_ROOT {
            return Err(bad("it is too large"));
        }
        if text.starts_with('{') {
            let (root, _) = parse(bytes).map_err(|fault| bad(&format!("it {fault}")))?;
            return Ok(Self(Pinned::Root(Box::new(root))));
        }
        let (_, key) = parse_vkey(text).ok_or(bad("no key, or its hash is wrong"))?;
        Ok(Self(Pinned::Key(key)))
    }

    /// Whether `root` is what was pinned.
    pub(crate) fn admits(&self, root: &Root) -> bool {
        match &self.0 {
            Pinned::Root(pinned) => pinned.payload == root.payload,
            Pinned::Key(key) => root.root.keys().contains(key),
        }
    }
}

/// The bytes of a new library's first root of trust.
pub(crate) fn make(name: &str, keys: &Keys) -> Result<Vec<u8>, Error> {
    let (root, approver) = (keys.root()?, keys.approver()?);
    let id = |key: &SigningKey| key_id(&key.verifying_key());
    let role = |key: &SigningKey| Role { keys: vec![id(key)], threshold: 1 };
    let key = |key: &SigningKey, person: bool| {
        let public = Base64::encode_string(key.verifying_key().as_bytes());
        let person = person.then(|| OWNER.to_owned());
        (id(key), Key { scheme: Scheme::Ed25519, public, person })
    };
    let document = Document {
        v: 1,
        version: 1,
        library: name.to_owned(),
        keys: [key(&approver, true), key(&keys.evidence, false), key(&keys.log, false), key(&root, true)]
            .into(),
        roles: Roles {
            approver: role(&approver),
            evidence: role(&keys.evidence),
            log: role(&keys.log),
            root: role(&root),
        },
        approve: APPROVE.map(str::to_owned).into(),
    };
    // Strings, numbers and maps with text keys can't fail to serialise.
    let payload = serde_json::to_vec(&document).unwrap_or_default();
    Ok(dsse::sign(&root, PAYLOAD_TYPE, &payload).to_bytes())
}

/// A first root with the approvers of `root` and what they approve, and all other keys from `keys`.
pub(crate) fn make_like(root: &Root, name: &str, keys: &Keys) -> Result<Vec<u8>, Error> {
    let mut draft = Draft::after(root);
    draft.replace_working_keys(keys);
    let own = keys.root()?;
    let Document { keys: listed, roles, version, library, .. } = &mut draft.document;
    roles.root.keys.iter().for_each(|id| drop(listed.remove(id)));
    let (id, public) = (key_id(&own.verifying_key()), Base64::encode_string(own.verifying_key().as_bytes()));
    listed.insert(id.clone(), Key { scheme: Scheme::Ed25519, public, person: None });
    roles.root = Role { keys: vec![id], threshold: 1 };
    (*version, *library) = (1, name.to_owned());
    draft.finish(keys)
}

/// Reads a root and its signatures, which are not verified yet.
pub(crate) fn parse(bytes: &[u8]) -> Result<(Root, Envelope), Fault> {
    let envelope = Envelope::parse(bytes).map_err(Fault::malformed)?;
    // Read before it is verified, since it names the keys; nothing of it is used until the signatures hold.
    let payload = envelope.unverified_payload().ok_or(Fault::malformed("its payload is not base64"))?;
    Ok((read(payload)?, envelope))
}

fn read(payload: Vec<u8>) -> Result<Root, Fault> {
    let document: Document = serde_json::from_slice(&payload).map_err(Fault::malformed)?;
    if serde_json::to_vec(&document).ok().as_ref() != Some(&payload) {
        return Err(Fault::malformed("its payload is not in canonical form"));
    }
    if document.v != 1 || document.version == 0 {
        return Err(Fault::malformed("its format is not 1, or its version is 0"));
    }
    check_name("library", &document.library).map_err(Fault::malformed)?;
    let kinds = |entry: &String| {
        let kind = entry.split_once(':').map_or(entry.as_str(), |(kind, channel)| {
            if check_name("channel", channel).is_ok() { kind } else { "" }
        });
        Kind::ALL.iter().any(|(_, name)| *name == kind)
    };
    if !document.approve.iter().all(kinds) || !document.approve.is_sorted_by(|a, b| a < b) {
        return Err(Fault::malformed("what needs approval is not a sorted list of leaf types"));
    }
    let mut keys = BTreeMap::new();
    for (id, key) in &document.keys {
        let bytes = Base64::decode_vec(&key.public).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let public = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        let public = public.filter(|public| !public.is_weak() && key_id(public) == *id);
        let public =
            public.ok_or(Fault::malformed("a key is no Ed25519 key, or not the one its id names"))?;
        if let Some(person) = &key.person {
            check_name("person", person).map_err(Fault::malformed)?;
        }
        let person = key.person.clone().unwrap_or_else(|| id.clone());
        keys.insert(id.as_str(), Holder { key: public, scheme: key.scheme, person });
    }
    let mut group = |role: &Role, ssh: bool, most: u32| {
        // Taken out as they are found: no key has two roles.
        let holders: Option<Vec<Holder>> = role.keys.iter().map(|id| keys.remove(id.as_str())).collect();
        let holders =
            holders.ok_or(Fault::malformed("a role names a key that is not listed, or is another role's"))?;
        let group = Group { holders, threshold: role.threshold };
        if !ssh && group.keys().len() < group.holders.len() {
            return Err(Fault::malformed("an SSH key can approve, and nothing else"));
        }
        if group.threshold == 0 || group.threshold > most || group.people() < group.threshold as usize {
            return Err(Fault::malformed("a role's threshold can't be reached, or is none"));
        }
        Ok(group)
    };
    let roles = &document.roles;
    Ok(Root {
        approvers: group(&roles.approver, true, u32::MAX)?,
        evidence: group(&roles.evidence, false, 1)?,
        log: group(&roles.log, false, 1)?,
        root: group(&roles.root, false, u32::MAX)?,
        name: document.library,
        number: document.version,
        approve: document.approve,
        payload,
    })
}

impl Root {
    /// Digest of the payload: how a rotation's leaf names it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.payload)
    }

    /// Leaf types that need approval, as `TYPE` or `TYPE:CHANNEL`.
    pub(crate) fn approve(&self) -> &[String] {
        &self.approve
    }

    /// How many people must approve this leaf; none need to for most.
    pub(crate) fn approvals_needed(&self, leaf: &Leaf) -> u32 {
        let kind = leaf.kind.name();
        let listed = |entry: &String| {
            entry == kind
                || entry.split_once(':').is_some_and(|(k, channel)| k == kind && channel == leaf.channel)
        };
        if self.approve.iter().any(listed) { self.approvers.threshold } else { 0 }
    }

    /// Whether the log and evidence keys of `keys` are this root's.
    pub(crate) fn signed_by(&self, keys: &Keys) -> Result<(), Error> {
        for (role, key, known) in
            [("log", &keys.log, &self.log), ("evidence", &keys.evidence, &self.evidence)]
        {
            if !known.keys().contains(&key.verifying_key()) {
                return Err(Error::OtherKeys { role });
            }
        }
        Ok(())
    }

    /// People of this root's root role who signed the envelope.
    pub(crate) fn signers(&self, envelope: &Envelope) -> BTreeSet<String> {
        let signed = envelope.signers(PAYLOAD_TYPE, &self.root.keys());
        let holders = self.root.holders.iter().filter(|holder| signed.contains(&holder.key));
        holders.map(|holder| holder.person.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_pins_by_file_or_by_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open_or_create(&folder.path().join("a")).unwrap();
        let others = Keys::open_or_create(&folder.path().join("b")).unwrap();
        let (ours, theirs) = (make("lib", &keys).unwrap(), make("lib", &others).unwrap());
        let (root, envelope) = parse(&ours).unwrap();
        assert_eq!((root.name.as_str(), root.log.people(), root.number), ("lib", 1, 1));
        assert_eq!(root.signers(&envelope).len(), 1);
        let line = |keys: &Keys| keys.list("lib")[2].public.clone();
        assert!(Pin::parse(&ours).unwrap().admits(&root));
        assert!(Pin::parse(format!("{}\n", line(&keys)).as_bytes()).unwrap().admits(&root));
        assert!(!Pin::parse(&theirs).unwrap().admits(&root));
        assert!(!Pin::parse(line(&others).as_bytes()).unwrap().admits(&root));
        assert!(matches!(Pin::parse(b"{}"), Err(Error::BadPin { .. })));
        assert!(matches!(Pin::parse(b"lib+00000000+AAAA"), Err(Error::BadPin { .. })));
    }

    #[test]
    fn a_root_that_is_not_in_its_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open_or_create(&folder.path().join("a")).unwrap();
        let (root, _) = parse(&make("lib", &keys).unwrap()).unwrap();
        let payload = String::from_utf8(root.payload).unwrap();
        let log = key_id(&keys.log.verifying_key());
        for (from, to) in [
            ("\"threshold\":1", "\"threshold\":0"),
            ("\"threshold\":1", "\"threshold\":2"),
            ("\"v\":1", "\"v\":2"),
            ("\"v\":1", "\"v\": 1"),
            ("\"version\":1", "\"version\":0"),
            ("\"lib\"", "\"l b\""),
            ("\"ed25519\"", "\"rsa\""),
            ("\"ed25519\"", "\"ssh-ed25519\""),
            ("\"owner\"", "\"the owner\""),
            ("\"rollback\"", "\"roll\""),
            ("\"revoke-version\",\"rollback\"", "\"rollback\",\"revoke-version\""),
            (&log[..], &key_id(&keys.evidence.verifying_key())[..]),
        ] {
            let edited = payload.replace(from, to);
            assert_ne!(edited, payload, "{from}");
            assert!(matches!(read(edited.into_bytes()), Err(Fault::Malformed { .. })), "{from}");
        }
    }
}
