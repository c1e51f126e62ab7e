//! Signed notes and checkpoints (<https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>).
//!
//! A checkpoint is three lines – the log's name, its size, its root – with a signature below: the one thing that the
//! log key signs. Everything else in the log is proved by hashing up to it.
//!
//! Reading is strict: one spelling of a number, no extension lines, nothing after the last signature line. Lines by
//! other keys are passed over, as the specification asks: that is where witnesses will sign.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::tree::Hash;

/// Signature lines that are looked at; a note with more is malformed.
const MAX_SIGNATURES: usize = 32;
/// Bytes of the largest checkpoint file.
pub(crate) const MAX_NOTE: u64 = 64 << 10;
/// The signed-note type byte of plain Ed25519.
const ED25519: u8 = 1;

/// The state of a log that its key vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree of these leaves.
    pub root: Hash,
}

/// Why a signed checkpoint was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoteFault {
    /// It is not in the format.
    #[error("not a checkpoint: {0}")]
    Format(&'static str),
    /// It names another log.
    #[error("it belongs to the log {found:?}")]
    Origin {
        /// The name that it gives.
        found: String,
    },
    /// No signature by the log key, or a wrong one.
    #[error("it is not signed by this log's key")]
    Signature,
}

/// Refuses names that can't stand in an origin line, a key line and a leaf alike.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), Error> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    // Nothing here makes a path of a name. Someone else's tool might.
    let climbs = name.split('/').any(|part| ["", ".", ".."].contains(&part));
    if climbs || name.len() > 100 || !name.bytes().all(allowed) {
        return Err(Error::BadName { what, name: crate::fault::clean(name) });
    }
    Ok(())
}

/// The four bytes by which a signature line names its key.
fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update(b"\n").chain_update([ED25519]);
    let hash: Hash = hash.chain_update(key.as_bytes()).finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A public key as the line `<name>+<hash>+<key>` that note verifiers take.
pub(crate) fn vkey(name: &str, key: &VerifyingKey) -> String {
    let typed: Vec<u8> = [ED25519].iter().chain(key.as_bytes()).copied().collect();
    format!("{name}+{}+{}", crate::digest::hex(&key_hash(name, key)), Base64::encode_string(&typed))
}

/// Parses a key line: its name and key. `None` unless it is well-formed and its hash is right.
pub(crate) fn parse_vkey(line: &str) -> Option<(String, VerifyingKey)> {
    let mut parts = line.splitn(3, '+');
    let (name, hash, typed) = (parts.next()?, parts.next()?, parts.next()?);
    let typed = Base64::decode_vec(typed).ok()?;
    let (kind, key) = typed.split_first()?;
    let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    let right = *kind == ED25519 && hash == crate::digest::hex(&key_hash(name, &key));
    right.then(|| (name.to_owned(), key))
}

impl Checkpoint {
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, Base64::encode_string(&self.root))
    }

    /// The signed note. Ed25519 is deterministic: same state and key, same bytes.
    pub(crate) fn sign(&self, key: &SigningKey) -> String {
        let mut note = self.text();
        let signature = key.sign(note.as_bytes()).to_bytes();
        let line: Vec<u8> =
            key_hash(&self.origin, &key.verifying_key()).into_iter().chain(signature).collect();
        // Writing to a String can't fail.
        let _ = write!(note, "\n— {} {}\n", self.origin, Base64::encode_string(&line));
        note
    }

    /// Reads a signed note that must be of the log `origin` and signed by one of `keys`.
    ///
    /// # Errors
    /// [`NoteFault`], the first that applies.
    pub(crate) fn open(note: &[u8], origin: &str, keys: &[VerifyingKey]) -> Result<Self, NoteFault> {
        let format = NoteFault::Format;
        let note = str::from_utf8(note).map_err(|_| format("it is not UTF-8"))?;
        let (text, signatures) = note.split_once("\n\n").ok_or(format("it has no signature"))?;
        let text = format!("{text}\n");
        let checkpoint = Self::parse(&text)?;
        if checkpoint.origin != origin {
            return Err(NoteFault::Origin { found: crate::fault::clean(&checkpoint.origin) });
        }
        let signatures = signatures.strip_suffix('\n').ok_or(format("its last line has no end"))?;
        if signatures.split('\n').count() > MAX_SIGNATURES {
            return Err(format("it has too many signatures"));
        }
        let mut signed = false;
        for line in signatures.split('\n') {
            let (name, bytes) = line
                .strip_prefix("— ")
                .and_then(|line| line.split_once(' '))
                .and_then(|(name, text)| Some((name, Base64::decode_vec(text).ok()?)))
                .filter(|(name, bytes)| !name.is_empty() && !name.contains('+') && bytes.len() > 4)
                .ok_or(format("it has a line that is no signature"))?;
            let Some((hash, signature)) = bytes.split_first_chunk::<4>() else { continue };
            for key in keys.iter().filter(|key| name == origin && key_hash(origin, key) == *hash) {
                let signature = Signature::from_slice(signature).map_err(|_| NoteFault::Signature)?;
                key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteFault::Signature)?;
                signed = true;
            }
        }
        if signed { Ok(checkpoint) } else { Err(NoteFault::Signature) }
    }

    fn parse(text: &str) -> Result<Self, NoteFault> {
        let format = NoteFault::Format;
        let mut lines = text.split_terminator('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(format("it has not exactly the lines name, size and root"));
        };
        let number: u64 = size.parse().map_err(|_| format("its size is no number"))?;
        let root = Base64::decode_vec(root).ok().and_then(|root| Hash::try_from(root).ok());
        let root = root.ok_or(format("its root is not 32 bytes in base64"))?;
        let checkpoint = Self { origin: origin.to_owned(), size: number, root };
        // One spelling only: no `+1`, no `01`.
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(format("its size is oddly written")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn note() -> String {
        Checkpoint { origin: "example.com/log".into(), size: 5, root: [9; 32] }.sign(&key())
    }

    fn open(note: &str) -> Result<Checkpoint, NoteFault> {
        Checkpoint::open(note.as_bytes(), "example.com/log", &[key().verifying_key()])
    }

    #[test]
    fn the_specification_s_key_line_is_read() {
        // From golang.org/x/mod/sumdb/note's documentation: the Go checksum database's key.
        let line = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
        let (name, key) = parse_vkey(line).unwrap();
        assert_eq!((name.as_str(), vkey(&name, &key).as_str()), ("sum.golang.org", line));
        assert!(parse_vkey(&line.replace("033de0ae", "033de0af")).is_none());
    }

    #[test]
    fn a_checkpoint_survives_signing_and_other_signatures_are_passed_over() {
        let expected = Checkpoint { origin: "example.com/log".into(), size: 5, root: [9; 32] };
        assert_eq!(open(&note()), Ok(expected.clone()));
        let witnessed = note() + "— witness.example/w " + &Base64::encode_string(&[1; 76]) + "\n";
        assert_eq!(open(&witnessed), Ok(expected));
    }

    #[test]
    fn anything_else_is_refused() {
        let note = note();
        let other = SigningKey::from_bytes(&[8; 32]);
        let foreign = Checkpoint { origin: "example.com/log".into(), size: 5, root: [9; 32] }.sign(&other);
        assert_eq!(open(&foreign), Err(NoteFault::Signature));
        assert_eq!(open(&note.replace("\n5\n", "\n6\n")), Err(NoteFault::Signature));
        let found = "example.com/lag".to_owned();
        assert_eq!(open(&note.replace("/log", "/lag")), Err(NoteFault::Origin { found }));
        for (from, to) in [("\n5\n", "\n05\n"), ("\n5\n", "\n+5\n"), ("\n\n", "\nmore\n\n"), ("\n\n", "\n")] {
            assert!(
                matches!(open(&note.replacen(from, to, 1)), Err(NoteFault::Format(_))),
                "{from:?} {to:?}"
            );
        }
        for extra in ["x", "\n", "x\n", "— \n", "— a b\n"] {
            assert!(matches!(open(&format!("{note}{extra}")), Err(NoteFault::Format(_))), "{extra:?}");
        }
    }
}
