//! A leaf about a version: one line of canonical JSON that says what happened to it, and on what evidence.
//!
//! ```json
//! {"v":1,"type":"promote","name":"bin-packing","channel":"stable","task":"sha256:…","component":"sha256:…",
//!  "manifest":"sha256:…","attempt":3,"replaces":0,"evidence":["sha256:…"],"approvals":[],"prev":"sha256:…"}
//! ```
//!
//! `evidence` names digests of statement *payloads*, not of signed envelopes, and there is no time of day: a replay
//! with other keys on another machine reaches the same leaf bodies. `prev` is the digest of the previous leaf's body
//! of the same name and channel, so each agent's history is a chain of its own within the log.
//!
//! An **attempt** is committed before its holdout cases are drawn, a **refuse** or **promote** resolves it. So the number
//! of tries behind a promotion can't be understated.
//!
//! `replaces` is the index of the leaf that made current what this one replaces. An approval covers it, so it can't be used
//! again when something else is current.
//!
//! The form is closed: unknown fields are refused, and a leaf must be exactly the bytes that writing it again gives. A
//! later format has another `v`. Leaves about keys and time are in `entry`.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

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
    /// The attempt passed all gates, or the version moves up from another channel: it is current now.
    Promote,
    /// The current version of a channel is taken back; what was current before is so again.
    Demote,
    /// A version that was current before is so again. Not evaluated again, but approved.
    Rollback,
    /// The version is not to be used any more, in any channel.
    RevokeVersion,
}

impl Kind {
    /// All kinds, as they are spelled in leaves and in a root's list of what needs approval.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Baseline, "baseline"),
        (Self::Attempt, "attempt"),
        (Self::Refuse, "refuse"),
        (Self::Promote, "promote"),
        (Self::Demote, "demote"),
        (Self::Rollback, "rollback"),
        (Self::RevokeVersion, "revoke-version"),
    ];

    /// Whether a leaf of this kind makes its version current.
    pub(crate) fn makes_current(self) -> bool {
        matches!(self, Self::Baseline | Self::Promote | Self::Rollback)
    }

    /// As it is spelled.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
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
    /// Number of the holdout attempt that this makes or resolves, from 1 per name and task.
    pub attempt: Option<u64>,
    /// The channel that a promotion moves up from, if it resolves no attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Index of the leaf that made current what this replaces or takes back; filled in when it is appended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u64>,
    /// Digests of the payloads of the statements that this rests on.
    pub evidence: Vec<Digest>,
    /// Digest of the statement that people signed to approve this leaf: none or one.
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
            from: None,
            replaces: None,
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

    /// The version that is current in the channel `from` becomes so here; needs evidence of how it did there.
    pub fn advance(line: &Line, version: Version, from: &str, evidence: Vec<Digest>) -> Self {
        let leaf = Self::new(Kind::Promote, line, version.component);
        Self { manifest: Some(version.manifest), from: Some(from.to_owned()), evidence, ..leaf }
    }

    /// The current version is taken back; needs evidence of what it did.
    pub fn demote(line: &Line, version: Version, evidence: Vec<Digest>) -> Self {
        let leaf = Self::new(Kind::Demote, line, version.component);
        Self { manifest: Some(version.manifest), evidence, ..leaf }
    }

    /// A version that was current here before is so again.
    pub fn rollback(line: &Line, version: Version) -> Self {
        Self { manifest: Some(version.manifest), ..Self::new(Kind::Rollback, line, version.component) }
    }

    /// The version is not to be used any more.
    pub fn revoke_version(line: &Line, version: Version) -> Self {
        Self { manifest: Some(version.manifest), ..Self::new(Kind::RevokeVersion, line, version.component) }
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
}
