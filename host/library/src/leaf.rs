//! A log leaf: one line of canonical JSON that says what happened to which version, and on what evidence.
//!
//! ```json
//! {"v":1,"type":"promote","name":"bin-packing","channel":"stable","task":"sha256:…","component":"sha256:…",
//!  "manifest":"sha256:…","attempt":3,"evidence":["sha256:…"],"approvals":[],"prev":"sha256:…"}
//! ```
//!
//! `evidence` names digests of statement *payloads*, not of signed envelopes, and there is no time of day: a replay
//! with other keys on another machine reaches the same leaf bodies. `prev` is the digest of the previous leaf's body
//! of the same name and channel, so each agent's history is a chain of its own within the log.
//!
//! An **attempt** is committed before its holdout cases are drawn, a **refuse** or **promote** resolves it. So the number
//! of tries behind a promotion can't be understated.
//!
//! The form is closed: unknown fields are refused, every field is always present, and a leaf must be exactly the bytes that
//! writing it again gives. A later format has another `v`.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{Fault, clean};
use crate::tiles::MAX_ENTRY;

/// What a leaf records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The seed agent enters, so that the first promotion has something to beat.
    Baseline,
    /// A holdout attempt is about to draw its cases.
    Attempt,
    /// A gate refused the attempt.
    Refuse,
    /// The attempt passed all gates: its version is current now.
    Promote,
}

/// What attempts are counted by, and what has a current version of its own (per name and channel).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The agent's name, 1 to 100 of `a-z A-Z 0-9 . _ - /`.
    pub name: String,
    /// The channel, in the same alphabet.
    pub channel: String,
    /// Digest of the task.
    pub task: Digest,
}

/// One leaf. Made by the constructors; `prev` is filled in when it is appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Format version: 1.
    pub v: u32,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The agent's name.
    pub name: String,
    /// The channel.
    pub channel: String,
    /// Digest of the task.
    pub task: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Digest of the version's manifest; none for an attempt.
    pub manifest: Option<Digest>,
    /// Number of the holdout attempt, from 1 per name, channel and task; none for a baseline.
    pub attempt: Option<u64>,
    /// Digests of the payloads of the statements that this rests on.
    pub evidence: Vec<Digest>,
    /// Digests of approvals' payloads: none in this version.
    pub approvals: Vec<Digest>,
    /// Digest of the body of the previous leaf of this name and channel.
    pub prev: Option<Digest>,
}

/// A stored version: its id and the code in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Digest of the manifest: the version's id.
    pub manifest: Digest,
    /// Digest of the component.
    pub component: Digest,
}

impl Leaf {
    fn new(kind: Kind, line: &Line, component: Digest) -> Self {
        Self {
            v: 1,
            kind,
            name: line.name.clone(),
            channel: line.channel.clone(),
            task: line.task,
            component,
            manifest: None,
            attempt: None,
            evidence: Vec::new(),
            approvals: Vec::new(),
            prev: None,
        }
    }

    /// The seed agent enters; `evidence` may be empty.
    pub fn baseline(line: &Line, version: Version, evidence: Vec<Digest>) -> Self {
        let leaf = Self::new(Kind::Baseline, line, version.component);
        Self { manifest: Some(version.manifest), evidence, ..leaf }
    }

    /// Holdout attempt `number` with this component. Numbers count up from 1; see [`crate::Library::attempts`].
    pub fn attempt(line: &Line, component: Digest, number: u64) -> Self {
        Self { attempt: Some(number), ..Self::new(Kind::Attempt, line, component) }
    }

    /// A gate refused attempt `number`; needs evidence.
    pub fn refuse(line: &Line, version: Version, number: u64, evidence: Vec<Digest>) -> Self {
        let leaf = Self::new(Kind::Refuse, line, version.component);
        Self { manifest: Some(version.manifest), attempt: Some(number), evidence, ..leaf }
    }

    /// Attempt `number` passed; needs evidence.
    pub fn promote(line: &Line, version: Version, number: u64, evidence: Vec<Digest>) -> Self {
        Self { kind: Kind::Promote, ..Self::refuse(line, version, number, evidence) }
    }

    /// What this leaf's attempts are counted by.
    pub fn line(&self) -> Line {
        Line { name: self.name.clone(), channel: self.channel.clone(), task: self.task }
    }

    /// The version that the leaf is about; none for an attempt.
    pub fn version(&self) -> Option<Version> {
        self.manifest.map(|manifest| Version { manifest, component: self.component })
    }

    /// The body: the bytes that are logged.
    pub fn body(&self) -> Vec<u8> {
        // Digests, strings and numbers can't fail to serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the body of leaf `index`.
    pub(crate) fn parse(body: &[u8], index: u64) -> Result<Self, Fault> {
        /// Enough of any leaf to name a type that this version does not know.
        #[derive(Deserialize)]
        struct Typed {
            #[serde(rename = "type")]
            kind: String,
        }
        let malformed = |why: &str| Fault::LeafMalformed { index, why: clean(why) };
        if body.len() > MAX_ENTRY {
            return Err(malformed("it is longer than 65535 bytes"));
        }
        let leaf: Self = match serde_json::from_slice(body) {
            Ok(leaf) => leaf,
            Err(e) => {
                let known = ["baseline", "attempt", "refuse", "promote"];
                return Err(match serde_json::from_slice::<Typed>(body) {
                    Ok(Typed { kind }) if !known.contains(&kind.as_str()) => {
                        Fault::LeafType { index, kind: clean(&kind) }
                    }
                    _ => malformed(&e.to_string()),
                });
            }
        };
        if leaf.v != 1 {
            return Err(malformed(&format!("it has format version {}; this is 1", leaf.v)));
        }
        if leaf.body() != body {
            return Err(malformed("it is not in canonical form"));
        }
        Ok(leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf() -> Leaf {
        let line = Line { name: "a".into(), channel: "stable".into(), task: Digest::of(b"task") };
        Leaf::attempt(&line, Digest::of(b"component"), 1)
    }

    #[test]
    fn a_leaf_has_one_form_and_reads_back() {
        let body = leaf().body();
        assert_eq!(Leaf::parse(&body, 0), Ok(leaf()));
        let text = String::from_utf8(body).unwrap();
        assert!(text.starts_with(r#"{"v":1,"type":"attempt","name":"a","channel":"stable","task":"sha256:"#));
        for other in [
            text.replace(":1,", ": 1,"),
            text.replace(r#""approvals":[],"#, ""),
            text.replace(r#","prev":null"#, ""),
        ] {
            assert!(matches!(Leaf::parse(other.as_bytes(), 0), Err(Fault::LeafMalformed { .. })), "{other}");
        }
    }

    #[test]
    fn unknown_fields_types_and_versions_are_refused_each_by_its_fault() {
        let text = String::from_utf8(leaf().body()).unwrap();
        let parse = |text: String| Leaf::parse(text.as_bytes(), 3).unwrap_err();
        let kind = "revoke-key".to_owned();
        assert_eq!(
            parse(text.replace("attempt\",\"name", "revoke-key\",\"name")),
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
