//! Assay's signed library and its verifier. No wasmtime, no network, no async: an auditor builds this alone.
//!
//! A library is a folder: an OCI image layout that holds components, manifests, sources and signed statements, and a
//! C2SP tlog-tiles log that says what happened to them. State is a fold over that log; what is "current" is stored nowhere.
//!
//! ```text
//! oci-layout  index.json  blobs/sha256/…                    blobs, index
//! log/checkpoint  log/tile/<L>/<N>[.p/W]  log/tile/entries/…   note, tiles, tree, log
//! trust/root.1.json                                            trust
//! .lock                                                        files
//! ```
//!
//! From the bottom up: [`Digest`] names bytes; `files` is the only door to the folder; `blobs` stores by digest;
//! `manifest` makes a component a version; `statement` and `dsse` say and sign something about it; `leaf` records
//! what happened, `history` holds the rules, `log` makes it durable; `evidence` follows a leaf's links; [`Library`] is the
//! host's door to all of it, [`verify()`] the auditor's.
//!
//! What is deliberately absent: a time of day, a cache of native code, a path made from text, and any option to skip a check.

mod append;
mod approval;
mod blobs;
mod digest;
mod dsse;
mod entry;
mod error;
mod evidence;
mod fault;
mod files;
mod history;
mod index;
mod keys;
mod leaf;
mod library;
mod log;
mod manifest;
mod note;
mod pending;
mod replica;
mod report;
mod roots;
mod rotation;
mod ssh;
mod statement;
mod tiles;
mod time;
mod tree;
mod trust;
mod upkeep;
mod verify;
mod witness;

#[cfg(test)]
mod crash_tests;

pub use approval::PREDICATE as APPROVAL_PREDICATE;
pub use blobs::MAX_BLOB;
pub use digest::{Digest, NotADigest};
pub use entry::{Entry, TrustKind, TrustLeaf};
pub use error::Error;
pub use fault::{Fault, Finding};
pub use history::{Current, Rule};
pub use keys::{KeyInfo, Keys};
pub use leaf::{Kind, Leaf, Line, Version};
pub use library::{Head, Library};
pub use manifest::{About, SOURCE};
pub use note::Checkpoint;
pub use pending::Pending;
pub use report::{Counts, Report};
pub use rotation::{RoleInfo, RootInfo};
pub use ssh::NAMESPACE as SSH_NAMESPACE;
pub use statement::Statement;
pub use time::{NotATime, Time};
pub use tree::{Hash, leaf_hash, verify_consistency, verify_inclusion};
pub use trust::{Draft, Office, Pin, sign_root};
pub use upkeep::{Caps, Removed, Stats};
pub use verify::{Options, verify};
pub use witness::{Witness, add_cosignature, cosign};
