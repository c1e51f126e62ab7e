//! Why an operation stopped: a finding about the library's files (`fault`), a rule that a new leaf would break, a lock that
//! someone else holds, a disk that is full.

use std::io;

use crate::fault::{Fault, Finding};
use crate::history::Rule;

/// Why an operation on a library or on keys stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library's files are not sound.
    #[error(transparent)]
    Unsound(#[from] Finding),
    /// The operating system refused something.
    #[error("{doing} {path}: {source}")]
    Io {
        /// What was being done: a verb in -ing.
        doing: &'static str,
        /// The path, as far as it is known here.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// Another process writes to this library.
    #[error("another process holds this library's .lock; wait until it ends, then try again")]
    Locked,
    /// The folder holds something, and it is not a library.
    #[error(
        "{dir} is not empty and holds no library ({missing} is missing); name an empty folder or a library"
    )]
    NotALibrary {
        /// The folder.
        dir: String,
        /// The file that a library would have.
        missing: &'static str,
    },
    /// The library's checkpoint is gone though it holds data.
    #[error(
        "log/checkpoint is missing but the library holds data; restore it from a copy, or use a new folder"
    )]
    CheckpointGone,
    /// The library trusts other keys than the ones given.
    #[error(
        "this library's root of trust does not name your {role} key; use the folder of keys that made it"
    )]
    OtherKeys {
        /// The role whose key differs.
        role: &'static str,
    },
    /// The library has another name than the one given.
    #[error("this library is called {found:?}, not {asked:?}")]
    OtherName {
        /// Its name.
        found: String,
        /// The name asked for.
        asked: String,
    },
    /// A name that can't be an origin line or a leaf's name.
    #[error(
        "{name:?} is no name for a {what}: use 1 to 100 of a-z, A-Z, 0-9, `.`, `_`, `-` and `/`, and no empty, `.` or `..` part"
    )]
    BadName {
        /// What was to be named.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The library was opened for reading.
    #[error("this library was opened for reading only")]
    ReadOnly,
    /// An earlier write failed; what is on disk must be read again before anything is added.
    #[error("an earlier write failed; free space if the disk is full, then open the library again")]
    Broken,
    /// A leaf that would break the history's rules was not appended.
    #[error("this leaf can't be appended: {rule}")]
    Refused {
        /// The rule it would break.
        rule: Rule,
    },
    /// The leaf is committed, but a step after the commit failed.
    #[error(
        "the log now has {size} leaves, but index.json was not updated ({source}); opening it again will do so"
    )]
    CommittedOnly {
        /// Leaves in the log.
        size: u64,
        /// What failed.
        source: Box<Error>,
    },
    /// Something given to the library is too big or too deep to store.
    #[error("{what} is too large to store: {limit}")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// The limit, in words.
        limit: &'static str,
    },
    /// An annotation key that would make a version's id depend on a time.
    #[error("the annotation {key:?} holds a time; a version's id must depend on recorded input only")]
    TimeInManifest {
        /// The annotation's key.
        key: String,
    },
    /// A key file or its folder is open to others.
    #[error("{path} can be read by others (mode {mode:o}); run: chmod {want:o} {path}")]
    KeyPermissions {
        /// File or folder.
        path: String,
        /// Its permission bits.
        mode: u32,
        /// The bits that it should have.
        want: u32,
    },
    /// A key file is not an Ed25519 key in PKCS#8 PEM.
    #[error(
        "{path} is not an Ed25519 private key in PKCS#8 PEM; restore it from a backup (never make a new one in its place)"
    )]
    KeyFile {
        /// The file.
        path: String,
    },
    /// A key file is encrypted, and no passphrase was given.
    #[error("{path} is protected by a passphrase; give it in ASSAY_PASSPHRASE")]
    PassphraseNeeded {
        /// The file.
        path: String,
    },
    /// The passphrase is not the one that the key file was encrypted with.
    #[error("the passphrase does not open {path}")]
    WrongPassphrase {
        /// The file.
        path: String,
    },
    /// A next root of trust that can't be.
    #[error("no root of trust comes of this: {why}")]
    BadDraft {
        /// Why not.
        why: String,
    },
    /// An approval that can't be taken in.
    #[error("this approval can't be taken: {why}")]
    BadApproval {
        /// Why not.
        why: String,
    },
    /// Something is waiting for people already, or not at all.
    #[error("{what}")]
    Pending {
        /// What is the matter.
        what: String,
    },
    /// A cap of the library would be passed.
    #[error("the library's cap of {limit} {what} is reached; {advice}")]
    Full {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: u64,
        /// What to do.
        advice: &'static str,
    },
    /// A pin that is neither a root file nor a key line.
    #[error("the pinned root is neither a root.<n>.json nor a public key line (name+hash+base64): {why}")]
    BadPin {
        /// Why not.
        why: String,
    },
    /// A previous checkpoint that is not one of this library.
    #[error("the earlier checkpoint can't be used: {why}")]
    BadSince {
        /// Why not.
        why: String,
    },
    /// A scratch copy that can't be made, and why.
    #[error("a replica can't be made: {0}")]
    Replica(String),
    /// The system gave no random bytes.
    #[error("the operating system gave no random bytes for a new key")]
    NoEntropy,
}

impl Error {
    pub(crate) fn io(doing: &'static str, path: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }

    /// The fault, where the operation stopped at one.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Unsound(finding) => Some(&finding.fault),
            _ => None,
        }
    }
}
