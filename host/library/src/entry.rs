//! One entry of the log: a leaf about a version, or one about keys and time.
//!
//! ```json
//! {"v":1,"type":"rotate-root","number":2,"root":"sha256:…","approvals":[],"prev":"sha256:…"}
//! {"v":1,"type":"revoke-key","key":"<64 hex digits>","approvals":["sha256:…"],"prev":"sha256:…"}
//! {"v":1,"type":"freshness","time":"2026-11-22T18:00:00Z","approvals":[],"prev":"sha256:…"}
//! ```
//!
//! A rotation is approved by the signatures in the root file that it names, a revocation by root keys, freshness by the
//! log key alone: it is the log's own word that it was alive. The only time of day in a library is there, and nothing of
//! a version depends on it.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::fault::{Fault, clean};
use crate::leaf::{Kind, Leaf};
use crate::tiles::MAX_ENTRY;
use crate::time::Time;

/// What a leaf about keys and time records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustKind {
    /// Another root of trust is in force from here on.
    RotateRoot,
    /// What this key signs for later leaves does not count.
    RevokeKey,
    /// The log was alive at this time.
    Freshness,
}

impl TrustKind {
    /// As it is spelled in leaves.
    pub fn name(self) -> &'static str {
        match self {
            Self::RotateRoot => "rotate-root",
            Self::RevokeKey => "revoke-key",
            Self::Freshness => "freshness",
        }
    }
}

/// A leaf about keys and time. `prev` is filled in when it is appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustLeaf {
    /// Format version: 1.
    pub v: u32,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: TrustKind,
    /// The number of the root that is in force now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Digest of that root's payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Digest>,
    /// Id of the revoked key: SHA-256 of its 32 bytes, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When the log was alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// Digest of the statement that root keys signed: none or one.
    pub approvals: Vec<Digest>,
    /// Digest of the body of the previous leaf about keys and time.
    pub prev: Option<Digest>,
}

impl TrustLeaf {
    fn new(kind: TrustKind) -> Self {
        Self {
            v: 1,
            kind,
            number: None,
            root: None,
            key: None,
            time: None,
            approvals: Vec::new(),
            prev: None,
        }
    }

    pub(crate) fn rotate_root(number: u64, root: Digest) -> Self {
        Self { number: Some(number), root: Some(root), ..Self::new(TrustKind::RotateRoot) }
    }

    /// The key with this id (64 hex digits) is not to be believed from here on.
    pub fn revoke_key(key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::new(TrustKind::RevokeKey) }
    }

    /// The log is alive at this time.
    pub fn freshness(time: Time) -> Self {
        Self { time: Some(time), ..Self::new(TrustKind::Freshness) }
    }

    fn body(&self) -> Vec<u8> {
        // Digests, strings and numbers can't fail to serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// About a version.
    Version(Leaf),
    /// About keys and time.
    Trust(TrustLeaf),
}

impl From<Leaf> for Entry {
    fn from(leaf: Leaf) -> Self {
        Self::Version(leaf)
    }
}

impl From<TrustLeaf> for Entry {
    fn from(leaf: TrustLeaf) -> Self {
        Self::Trust(leaf)
    }
}

impl Entry {
    /// The leaf, if it is about a version.
    pub fn leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Version(leaf) => Some(leaf),
            Self::Trust(_) => None,
        }
    }

    /// The leaf, if it is about keys and time.
    pub fn trust(&self) -> Option<&TrustLeaf> {
        match self {
            Self::Version(_) => None,
            Self::Trust(leaf) => Some(leaf),
        }
    }

    /// The body: the bytes that are logged.
    pub fn body(&self) -> Vec<u8> {
        match self {
            Self::Version(leaf) => leaf.body(),
            Self::Trust(leaf) => leaf.body(),
        }
    }

    /// Its chain: name and channel, both empty for keys and time.
    pub(crate) fn chain(&self) -> (String, String) {
        match self {
            Self::Version(leaf) => (leaf.name.clone(), leaf.channel.clone()),
            Self::Trust(_) => Default::default(),
        }
    }

    /// Digest of the previous body of its chain.
    pub(crate) fn prev(&self) -> Option<Digest> {
        match self {
            Self::Version(leaf) => leaf.prev,
            Self::Trust(leaf) => leaf.prev,
        }
    }

    pub(crate) fn set_prev(&mut self, prev: Option<Digest>) {
        match self {
            Self::Version(leaf) => leaf.prev = prev,
            Self::Trust(leaf) => leaf.prev = prev,
        }
    }

    /// Reads the body of entry `index`.
    pub(crate) fn parse(body: &[u8], index: u64) -> Result<Self, Fault> {
        /// Enough of any leaf to know its type.
        #[derive(Deserialize)]
        struct Typed {
            #[serde(rename = "type")]
            kind: String,
        }
        let malformed = |why: &str| Fault::LeafMalformed { index, why: clean(why) };
        if body.len() > MAX_ENTRY {
            return Err(malformed("it is longer than 65535 bytes"));
        }
        let Typed { kind } = serde_json::from_slice(body).map_err(|e| malformed(&e.to_string()))?;
        let (entry, v) = if Kind::ALL.iter().any(|(_, name)| *name == kind) {
            let leaf: Leaf = serde_json::from_slice(body).map_err(|e| malformed(&e.to_string()))?;
            let v = leaf.v;
            (Self::Version(leaf), v)
        } else if ["rotate-root", "revoke-key", "freshness"].contains(&kind.as_str()) {
            let leaf: TrustLeaf = serde_json::from_slice(body).map_err(|e| malformed(&e.to_string()))?;
            let v = leaf.v;
            (Self::Trust(leaf), v)
        } else {
            return Err(Fault::LeafType { index, kind: clean(&kind) });
        };
        if v != 1 {
            return Err(malformed(&format!("it has format version {v}; this is 1")));
        }
        if entry.body() != body {
            return Err(malformed("it is not in canonical form"));
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf::Line;

    fn leaf() -> Entry {
        let line = Line { name: "a".into(), channel: "stable".into(), task: Digest::of(b"task") };
        Leaf::attempt(&line, Digest::of(b"component"), 1).into()
    }

    #[test]
    fn an_entry_has_one_form_and_reads_back() {
        let time = "2026-11-22T18:00:00Z".parse().unwrap();
        for entry in [leaf(), TrustLeaf::freshness(time).into(), TrustLeaf::revoke_key("00").into()] {
            assert_eq!(Entry::parse(&entry.body(), 0), Ok(entry));
        }
        let text = String::from_utf8(leaf().body()).unwrap();
        assert!(text.starts_with(r#"{"v":1,"type":"attempt","name":"a","channel":"stable","task":"sha256:"#));
        for other in [
            text.replace(":1,", ": 1,"),
            text.replace(r#""approvals":[],"#, ""),
            text.replace(r#","prev":null"#, ""),
            text.replace(r#""evidence""#, r#""from":null,"evidence""#),
        ] {
            assert!(matches!(Entry::parse(other.as_bytes(), 0), Err(Fault::LeafMalformed { .. })), "{other}");
        }
    }

    #[test]
    fn unknown_fields_types_and_versions_are_refused_each_by_its_fault() {
        let text = String::from_utf8(leaf().body()).unwrap();
        let parse = |text: String| Entry::parse(text.as_bytes(), 3).unwrap_err();
        let kind = "forget".to_owned();
        assert_eq!(
            parse(text.replace("attempt\",\"name", "forget\",\"name")),
            Fault::LeafType { index: 3, kind }
        );
        assert!(matches!(parse(text.replace("\"v\":1", "\"v\":2")), Fault::LeafMalformed { .. }));
        assert!(matches!(
            parse(text.replace("\"prev\"", "\"time\":1,\"prev\"")),
            Fault::LeafMalformed { .. }
        ));
        assert!(matches!(parse("[".repeat(60_000)), Fault::LeafMalformed { .. }));
    }
}
