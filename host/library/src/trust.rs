//! `trust/root.1.json`: which keys may do what in this library. TUF's idea, at its smallest.
//!
//! The file is a DSSE envelope of payload type `application/vnd.assay.root+json`, signed by the root key that it
//! names itself. So it proves nothing on its own: trust begins when a person compares it, or its key, with a copy that
//! came another way (a *pin*). Without a pin, whoever could write the library could have made all of it.
//!
//! ```json
//! {"v":1,"version":1,"library":"…","keys":{"<sha256 of the public key>":{"scheme":"ed25519","public":"<base64>"}},
//!  "roles":{"evidence":{"keys":["…"],"threshold":1},"log":{…},"root":{…}}}
//! ```
//!
//! The payload is canonical: it must be exactly what writing it again gives. Later roots (`root.2.json` …) will be signed
//! by their predecessor; this version knows none and refuses a library that has one.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::dsse::{self, Envelope, EnvelopeFault, key_id};
use crate::error::{Error, Fault};
use crate::files::Files;
use crate::keys::Keys;
use crate::note::{check_name, parse_vkey};

/// The folder of roots.
pub(crate) const FOLDER: &str = "trust";
/// The first root.
pub(crate) const ROOT: &str = "trust/root.1.json";
const ROOT_NAME: &str = "root.1.json";
const PAYLOAD_TYPE: &str = "application/vnd.assay.root+json";
const MAX_ROOT: u64 = 256 << 10;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    version: u64,
    library: String,
    keys: BTreeMap<String, Key>,
    roles: BTreeMap<String, Role>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    scheme: String,
    public: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    keys: Vec<String>,
    threshold: u32,
}

/// A root of trust whose signature was verified against itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trust {
    /// The library's name, which is the log's origin.
    pub(crate) name: String,
    pub(crate) log: Vec<VerifyingKey>,
    pub(crate) evidence: Vec<VerifyingKey>,
    pub(crate) root: Vec<VerifyingKey>,
    payload: Vec<u8>,
}

/// What a verifier brings along to know the right root by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin(Pinned);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pinned {
    Root(Box<Trust>),
    Key(VerifyingKey),
}

impl Pin {
    /// Reads a pin: a copy of `root.1.json`, or the root key's line as `assay keys` prints it.
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
            let trust = parse(bytes).map_err(|fault| bad(&format!("it {fault}")))?;
            return Ok(Self(Pinned::Root(Box::new(trust))));
        }
        let (_, key) = parse_vkey(text).ok_or(bad("no key, or its hash is wrong"))?;
        Ok(Self(Pinned::Key(key)))
    }

    /// Whether `trust` is what was pinned.
    pub(crate) fn admits(&self, trust: &Trust) -> bool {
        match &self.0 {
            Pinned::Root(pinned) => pinned.payload == trust.payload,
            Pinned::Key(key) => trust.root.contains(key),
        }
    }
}

/// The bytes of a new library's root of trust.
pub(crate) fn make(name: &str, keys: &Keys) -> Vec<u8> {
    let roles = [("evidence", &keys.evidence), ("log", &keys.log), ("root", &keys.root)];
    let public = |key: &ed25519_dalek::SigningKey| Key {
        scheme: "ed25519".to_owned(),
        public: Base64::encode_string(key.verifying_key().as_bytes()),
    };
    let id = |key: &ed25519_dalek::SigningKey| key_id(&key.verifying_key());
    let document = Document {
        v: 1,
        version: 1,
        library: name.to_owned(),
        keys: roles.iter().map(|(_, key)| (id(key), public(key))).collect(),
        roles: roles
            .iter()
            .map(|(role, key)| ((*role).to_owned(), Role { keys: vec![id(key)], threshold: 1 }))
            .collect(),
    };
    // Strings, numbers and maps with text keys can't fail to serialise.
    let payload = serde_json::to_vec(&document).unwrap_or_default();
    dsse::sign(&keys.root, PAYLOAD_TYPE, &payload).to_bytes()
}

/// Reads the library's root of trust and verifies it against itself.
pub(crate) fn load(files: &Files) -> Result<Trust, Error> {
    let bytes = files.read(ROOT, MAX_ROOT)?;
    parse(&bytes).map_err(|fault| fault.in_file(ROOT).into())
}

/// Files in `trust/` that this version can't honour.
pub(crate) fn unknown(files: &Files) -> Result<Vec<String>, Error> {
    let names = files.names(FOLDER)?;
    let unknown = names.into_iter().filter(|name| name != ROOT_NAME);
    Ok(unknown.map(|name| format!("{FOLDER}/{}", crate::error::clean(&name))).collect())
}

fn parse(bytes: &[u8]) -> Result<Trust, Fault> {
    let envelope = Envelope::parse(bytes).map_err(Fault::malformed)?;
    // Read before it is verified, since it names the key; nothing of it is used until the signature holds.
    let payload = envelope.unverified_payload().ok_or(Fault::malformed("its payload is not base64"))?;
    let document: Document = serde_json::from_slice(&payload).map_err(Fault::malformed)?;
    if serde_json::to_vec(&document).ok().as_ref() != Some(&payload) {
        return Err(Fault::malformed("its payload is not in canonical form"));
    }
    if (document.v, document.version) != (1, 1) {
        return Err(Fault::malformed("its format or its version is not 1"));
    }
    check_name("library", &document.library).map_err(Fault::malformed)?;
    let known: Vec<&str> = document.roles.keys().map(String::as_str).collect();
    if known != ["evidence", "log", "root"] {
        return Err(Fault::malformed("its roles are not evidence, log and root"));
    }
    let mut keys = BTreeMap::new();
    for (id, key) in &document.keys {
        let bytes = Base64::decode_vec(&key.public).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let public = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        let public =
            public.filter(|public| key.scheme == "ed25519" && !public.is_weak() && key_id(public) == *id);
        keys.insert(
            id.as_str(),
            public.ok_or(Fault::malformed("a key is no Ed25519 key, or not the one its id names"))?,
        );
    }
    let mut role = |name: &str| {
        let role = document.roles.get(name).filter(|role| role.threshold == 1 && !role.keys.is_empty());
        let role = role.ok_or(Fault::malformed("a role has no key, or a threshold other than 1"))?;
        // Taken out as they are found: no key has two roles.
        let take = |id: &String| keys.remove(id.as_str());
        let keys: Option<Vec<VerifyingKey>> = role.keys.iter().map(take).collect();
        keys.ok_or(Fault::malformed("a role names a key that is not listed, or is another role's"))
    };
    let (log, evidence, root) = (role("log")?, role("evidence")?, role("root")?);
    match envelope.open(PAYLOAD_TYPE, &root) {
        Ok(payload) => Ok(Trust { name: document.library, log, evidence, root, payload }),
        Err(EnvelopeFault::Format(why)) => Err(Fault::malformed(why)),
        Err(EnvelopeFault::PayloadType) => Err(Fault::malformed("it is not a root of trust")),
        Err(EnvelopeFault::Signature) => Err(Fault::RootSignature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_verifies_against_itself_and_pins_by_file_or_by_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open_or_create(&folder.path().join("a")).unwrap();
        let others = Keys::open_or_create(&folder.path().join("b")).unwrap();
        let (ours, theirs) = (make("lib", &keys), make("lib", &others));
        let trust = parse(&ours).unwrap();
        assert_eq!((trust.name.as_str(), trust.log.len()), ("lib", 1));
        let line = |keys: &Keys| keys.list("lib")[2].public.clone();
        assert!(Pin::parse(&ours).unwrap().admits(&trust));
        assert!(Pin::parse(format!("{}\n", line(&keys)).as_bytes()).unwrap().admits(&trust));
        assert!(!Pin::parse(&theirs).unwrap().admits(&trust));
        assert!(!Pin::parse(line(&others).as_bytes()).unwrap().admits(&trust));
        assert!(matches!(Pin::parse(b"{}"), Err(Error::BadPin { .. })));
        assert!(matches!(Pin::parse(b"lib+00000000+AAAA"), Err(Error::BadPin { .. })));
    }

    #[test]
    fn a_root_that_was_edited_or_signed_by_another_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open_or_create(&folder.path().join("a")).unwrap();
        let resign = |payload: &str, key: &ed25519_dalek::SigningKey| {
            parse(&dsse::sign(key, PAYLOAD_TYPE, payload.as_bytes()).to_bytes()).unwrap_err()
        };
        let payload = String::from_utf8(parse(&make("lib", &keys)).unwrap().payload).unwrap();
        assert_eq!(resign(&payload, &keys.log), Fault::RootSignature);
        for (from, to) in [
            ("\"threshold\":1", "\"threshold\":0"),
            ("\"v\":1", "\"v\":2"),
            ("\"v\":1", "\"v\": 1"),
            ("\"lib\"", "\"l b\""),
            ("ed25519", "rsa"),
            (&key_id(&keys.log.verifying_key())[..], &key_id(&keys.root.verifying_key())[..]),
        ] {
            assert!(
                matches!(resign(&payload.replace(from, to), &keys.root), Fault::Malformed { .. }),
                "{from}"
            );
        }
    }
}
