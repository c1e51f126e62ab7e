//! What can be wrong with a library's files: data, because a verifier collects all that it finds and prints it as a report.
//!
//! A [`Finding`] adds the file that a [`Fault`] was found in. Texts that come out of a hostile file (an unknown field's
//! name, say) pass through [`clean`] before they enter a fault, so that no report carries terminal escapes or a
//! megabyte of someone's choosing.

use serde::Serialize;

use crate::digest::Digest;
use crate::history::Rule;

/// Something wrong with one file of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// A file that something else names is not there.
    #[error("is missing")]
    Missing,
    /// A folder, pipe, device or symbolic link stands where a file belongs.
    #[error("is not a regular file")]
    NotAFile,
    /// A symbolic link, perhaps to somewhere else, or a file stands where a folder belongs.
    #[error("is not a folder of its own: a symbolic link or a file")]
    NotAFolder,
    /// A file is bigger than anything valid could be; it was not read.
    #[error("is larger than the {limit} bytes that such a file may have")]
    TooLarge {
        /// The cap, bytes.
        limit: u64,
    },
    /// A file is not in its format.
    #[error("is malformed: {why}")]
    Malformed {
        /// What is wrong with it, at most a line.
        why: String,
    },
    /// A blob's bytes are not the ones its name promises.
    #[error("was edited: its bytes hash to {actual}")]
    BlobEdited {
        /// The digest of the bytes that are there.
        actual: Digest,
    },
    /// Too few people of a root's root role signed a root of trust.
    #[error("is signed by {signed} of the {needed} people whom root {of} demands")]
    RootSignature {
        /// The root whose role is meant: its own, or the one before.
        of: u64,
        /// People who signed.
        signed: u32,
        /// People who must.
        needed: u32,
    },
    /// The log names a root of trust that is not there, or another than is.
    #[error("is not the root {number} that the log names ({root})")]
    RootUnknown {
        /// Its number.
        number: u64,
        /// Digest of the payload that the log names.
        root: Digest,
    },
    /// The root of trust is valid but not the pinned one.
    #[error("is not the pinned root of trust")]
    RootNotPinned,
    /// A file in `trust/` that this version does not know, so could not honour.
    #[error("is a trust file that this version cannot check")]
    UnknownTrust,
    /// The checkpoint names another log than the root of trust does.
    #[error("belongs to the log {found:?}, not to {expected:?}")]
    CheckpointOrigin {
        /// The origin line that is there.
        found: String,
        /// The library's name according to the root of trust.
        expected: String,
    },
    /// The checkpoint is not signed by the log key.
    #[error("is not signed by the log key of the root of trust")]
    CheckpointSignature,
    /// There are fewer entries than the checkpoint says.
    #[error("is missing, so the log ends after {found} of {size} leaves")]
    LogTruncated {
        /// Leaves that could be read.
        found: u64,
        /// Leaves according to the checkpoint.
        size: u64,
    },
    /// A leaf is not the one that was logged (the tiles, which match the checkpoint, say so).
    #[error("was edited: leaf {index} is not the leaf that was logged")]
    EntryEdited {
        /// The leaf's index.
        index: u64,
    },
    /// A tile is not what the entries give (the entries match the checkpoint).
    #[error("was edited: it is not what the logged leaves hash to")]
    TileEdited,
    /// Neither entries nor tiles hash to the checkpoint's root.
    #[error("does not fit the entries: {size} leaves hash to {actual}, the checkpoint says {expected}")]
    TreeRoot {
        /// Leaves hashed.
        size: u64,
        /// The root of the entries that are there.
        actual: Digest,
        /// The root that was signed.
        expected: Digest,
    },
    /// A leaf of a type that this version does not know, so cannot judge.
    #[error("has leaf {index} of the unknown type {kind:?}")]
    LeafType {
        /// The leaf's index.
        index: u64,
        /// The type it gives.
        kind: String,
    },
    /// A leaf that is not in its (single, canonical) form.
    #[error("has a malformed leaf {index}: {why}")]
    LeafMalformed {
        /// The leaf's index.
        index: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A leaf that breaks a rule of the log's history.
    #[error("has leaf {index}, which breaks a rule: {rule}")]
    LeafRule {
        /// The leaf's index.
        index: u64,
        /// The rule.
        rule: Rule,
    },
    /// The manifest's layer is not the component that the leaf names.
    #[error("is the manifest of component {found}, but leaf {index} is about {expected}")]
    ManifestComponent {
        /// The leaf's index.
        index: u64,
        /// The component that the manifest names.
        found: Digest,
        /// The component that the leaf names.
        expected: Digest,
    },
    /// A manifest or its configuration contradicts a blob that it describes.
    #[error("describes {digest} wrongly: {why}")]
    ManifestWrong {
        /// The described blob.
        digest: Digest,
        /// The contradiction.
        why: String,
    },
    /// A statement in a leaf's evidence is about something else.
    #[error("is evidence of leaf {index} but is not about its manifest and component")]
    EvidenceSubject {
        /// The leaf's index.
        index: u64,
    },
    /// No envelope with a signature over this statement was found.
    #[error("is evidence of leaf {index} but no signed envelope for it is in the library")]
    EvidenceUnsigned {
        /// The leaf's index.
        index: u64,
    },
    /// Envelopes exist, none with a valid signature by an evidence key.
    #[error("is evidence of leaf {index} but no envelope has a valid signature by an evidence key")]
    EvidenceSignature {
        /// The leaf's index.
        index: u64,
    },
    /// The statement that was approved is not about this leaf.
    #[error("approves something else than leaf {index}")]
    ApprovalOfAnother {
        /// The leaf's index.
        index: u64,
    },
    /// Too few people approved.
    #[error("is approved by {approved} of the {needed} people whom leaf {index} needs{}", too_late(.revoked))]
    Approvals {
        /// The leaf's index.
        index: u64,
        /// People who approved.
        approved: u32,
        /// People who must.
        needed: u32,
        /// Key ids of signatures that came too late: the key was revoked before.
        revoked: Vec<String>,
    },
    /// A statement is signed by a key that was revoked before.
    #[error("is evidence of leaf {index}, signed by key {key}, which leaf {by} had revoked")]
    EvidenceRevoked {
        /// The leaf's index.
        index: u64,
        /// The key's id.
        key: String,
        /// The leaf that revoked it.
        by: u64,
    },
    /// The log has not said for too long that it is alive.
    #[error(
        "does not say that it was alive within {allowed} seconds before {now} (last: {last}): newer leaves may be withheld"
    )]
    Stale {
        /// The last freshness; `never` if there is none.
        last: String,
        /// Seconds that are allowed.
        allowed: u64,
        /// The verifier's clock.
        now: String,
    },
    /// Too few of the witnesses that were asked for cosigned the checkpoint.
    #[error("is cosigned by {found} of the {needed} witnesses that were asked for")]
    Witnesses {
        /// Witnesses that did.
        found: u32,
        /// How many were asked for.
        needed: u32,
    },
    /// `index.json` shows something to OCI tools that the log does not know.
    #[error("lists {digest}, which the log does not name")]
    IndexStranger {
        /// The stranger.
        digest: Digest,
    },
    /// The earlier checkpoint is newer than the library: the library was put back.
    #[error("is an earlier state: you hold a checkpoint of {since} leaves, the library has {size}")]
    RolledBack {
        /// Size of the checkpoint that the caller holds.
        since: u64,
        /// Size of the library's checkpoint.
        size: u64,
    },
    /// The log's first leaves are not the ones that the held checkpoint covers.
    #[error("does not continue the checkpoint of {since} leaves that you hold: history was rewritten")]
    Forked {
        /// Size of the checkpoint that the caller holds.
        since: u64,
    },
}

impl Fault {
    /// What a person does next.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotAFolder => "copy the library as it is, with its files in place of links to them",
            Self::Missing | Self::NotAFile | Self::LogTruncated { .. } => {
                "restore the file from a copy of the library that verifies"
            }
            Self::BlobEdited { .. } | Self::EntryEdited { .. } => {
                "restore the file from a copy that verifies, and find out who wrote to it"
            }
            Self::TileEdited => "restore the tile from a copy; the leaves themselves are intact",
            Self::RootSignature { .. } | Self::RootNotPinned | Self::RootUnknown { .. } => {
                "do not trust this library; get the root of trust from its owner by another way and compare"
            }
            Self::UnknownTrust | Self::LeafType { .. } => {
                "check it with the version of assay-verify that belongs to the assay that wrote it"
            }
            Self::CheckpointOrigin { .. } | Self::CheckpointSignature | Self::TreeRoot { .. } => {
                "restore the folder log/ as a whole from a copy that verifies"
            }
            Self::RolledBack { .. } => "ask the owner for the newer library that your checkpoint came from",
            Self::Forked { .. } => {
                "keep both checkpoints: together they prove that the log key signed two histories"
            }
            Self::IndexStranger { .. } => {
                "delete index.json; the next promotion writes it again from the log"
            }
            Self::TooLarge { .. } | Self::Malformed { .. } => "restore the file from a copy that verifies",
            Self::LeafMalformed { .. } | Self::LeafRule { .. } => {
                "do not rely on the versions from this leaf on; whoever holds the log key must explain it"
            }
            Self::ManifestComponent { .. }
            | Self::ManifestWrong { .. }
            | Self::EvidenceSubject { .. }
            | Self::EvidenceUnsigned { .. }
            | Self::EvidenceSignature { .. } => {
                "do not rely on this version; restore the evidence from a copy that verifies"
            }
            Self::ApprovalOfAnother { .. } | Self::Approvals { .. } | Self::EvidenceRevoked { .. } => {
                "do not rely on this version; ask the people who should have approved it"
            }
            Self::Stale { .. } => "ask the owner for the newest copy; it should hold a newer freshness leaf",
            Self::Witnesses { .. } => "ask the witnesses to look at this checkpoint and cosign it",
        }
    }

    pub(crate) fn malformed(why: impl std::fmt::Display) -> Self {
        Self::Malformed { why: clean(&why.to_string()) }
    }

    /// This fault in that file.
    pub(crate) fn in_file(self, file: impl Into<String>) -> Finding {
        Finding { file: file.into(), fault: self }
    }
}

fn too_late(keys: &[String]) -> String {
    match keys {
        [] => String::new(),
        keys => format!(" (not counted, as they were revoked before: {})", keys.join(", ")),
    }
}

/// A fault and the file it was found in, relative to the library's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file} {fault}; {}", .fault.advice())]
pub struct Finding {
    /// The file, relative to the library's folder.
    pub file: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Text from a file, safe to show: control and direction characters escaped, at most 200 characters.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(200) {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || hidden { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_do_not_reach_a_report() {
        let fault = Fault::malformed("\u{1b}[2Junknown field \u{202e}".to_owned() + &"x".repeat(9999));
        let text = fault.in_file("log/checkpoint").to_string();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && text.len() < 400, "{text}");
    }
}
