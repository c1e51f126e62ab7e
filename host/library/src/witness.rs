//! Witnesses: others who saw a checkpoint and say so (<https://c2sp.org/tlog-cosignature>).
//!
//! A witness keeps the last checkpoint that it saw, asks for proof that the next one continues it, and cosigns. Whoever
//! demands K cosignatures of witnesses he knows can't be shown a history of his own, unless K of them help.
//!
//! What is signed is `cosignature/v1`, a line `time <seconds since 1970>`, and the checkpoint's text; the signature line
//! holds the key's hash (type byte 4), the time in eight bytes and the signature. It is added to the checkpoint's file
//! like any other signature of a note.

use std::path::Path;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::dsse::key_id;
use crate::error::Error;
use crate::files::Files;
use crate::keys::Keys;
use crate::log::CHECKPOINT;
use crate::note::{MAX_NOTE, check_name};
use crate::time::Time;
use crate::tree::Hash;

/// The signed-note type byte of a cosignature.
const COSIGNATURE: u8 = 4;

/// A witness as others know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    name: String,
    key: VerifyingKey,
}

fn key_hash(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update(b"\n").chain_update([COSIGNATURE]);
    let hash: Hash = hash.chain_update(key.as_bytes()).finalize().into();
    [hash[0], hash[1], hash[2], hash[3]]
}

fn message(time: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// The text of a note: everything up to the empty line, its last newline included.
fn text(note: &str) -> Option<String> {
    note.split_once("\n\n").map(|(text, _)| format!("{text}\n"))
}

impl Witness {
    /// Reads a witness' key: `<name>+<hash>+<base64 of 4 and the key>`.
    ///
    /// # Errors
    /// [`Error::BadPin`] for anything else.
    pub fn parse(line: &str) -> Result<Self, Error> {
        let read = || {
            let mut parts = line.trim().splitn(3, '+');
            let (name, hash, typed) = (parts.next()?, parts.next()?, parts.next()?);
            let typed = Base64::decode_vec(typed).ok()?;
            let (kind, key) = typed.split_first()?;
            let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
            let right = *kind == COSIGNATURE && hash == crate::digest::hex(&key_hash(name, &key));
            right.then(|| Self { name: name.to_owned(), key })
        };
        read().ok_or_else(|| Error::BadPin { why: "it is no witness' key line".into() })
    }

    /// Which key it is.
    pub(crate) fn id(&self) -> String {
        key_id(&self.key)
    }

    fn of(name: &str, key: &SigningKey) -> Self {
        Self { name: name.to_owned(), key: key.verifying_key() }
    }

    /// The line that others know this witness by.
    pub fn line(&self) -> String {
        let typed: Vec<u8> = [COSIGNATURE].iter().chain(self.key.as_bytes()).copied().collect();
        let hash = crate::digest::hex(&key_hash(&self.name, &self.key));
        format!("{}+{hash}+{}", self.name, Base64::encode_string(&typed))
    }

    /// When this witness cosigned the note, if it did.
    pub(crate) fn cosigned(&self, note: &str) -> Option<Time> {
        let text = text(note)?;
        let (_, signatures) = note.split_once("\n\n")?;
        let hash = key_hash(&self.name, &self.key);
        // More lines than the note's own reader takes are none of this one's either.
        signatures.lines().take(32).find_map(|line| {
            let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
            let bytes = Base64::decode_vec(bytes).ok().filter(|_| name == self.name)?;
            let (found, rest) = bytes.split_first_chunk::<4>()?;
            let (time, signature) = rest.split_first_chunk::<8>()?;
            let time = u64::from_be_bytes(*time);
            let signature = Signature::from_slice(signature).ok().filter(|_| *found == hash)?;
            self.key.verify_strict(&message(time, &text), &signature).ok()?;
            Time::from_seconds(time)
        })
    }
}

/// Cosigns a checkpoint, as the witness `name` with the approver's key of `keys`: the note with one line more. Whoever calls
/// this has verified the library, and that it continues what this witness saw before.
///
/// # Errors
/// [`Error::BadSince`] if it is no note; [`Error::BadName`]; errors of the key.
pub fn cosign(note: &[u8], name: &str, keys: &Keys, now: Time) -> Result<(String, Witness), Error> {
    check_name("witness", name)?;
    let key = keys.approver()?;
    let witness = Witness::of(name, &key);
    let note = str::from_utf8(note).ok().filter(|note| note.ends_with('\n') && note.len() as u64 <= MAX_NOTE);
    let bad = || Error::BadSince { why: "it is no signed note".to_owned() };
    let note = note.ok_or_else(bad)?;
    let text = text(note).ok_or_else(bad)?;
    if witness.cosigned(note).is_some() {
        return Ok((note.to_owned(), witness));
    }
    let signature = key.sign(&message(now.seconds(), &text)).to_bytes();
    let line: Vec<u8> = key_hash(name, &witness.key)
        .into_iter()
        .chain(now.seconds().to_be_bytes())
        .chain(signature)
        .collect();
    Ok((format!("{note}— {name} {}\n", Base64::encode_string(&line)), witness))
}

/// Adds the signature lines of a cosigned checkpoint to the library's own. Whose they are is for verifiers to say: lines by
/// unknown keys are passed over.
///
/// # Errors
/// [`Error::BadSince`] if the log has grown since, or it is no checkpoint of it; [`Error::Locked`], [`Error::Io`].
pub fn add_cosignature(dir: &Path, cosigned: &str) -> Result<(), Error> {
    let files = Files::open(dir)?;
    let _lock = files.lock()?;
    let bad = || Error::BadSince { why: "the log has grown since; look at its checkpoint again".to_owned() };
    let own = String::from_utf8(files.read(CHECKPOINT, MAX_NOTE)?).map_err(|_| bad())?;
    if text(&own).is_none() || text(&own) != text(cosigned) || !cosigned.ends_with('\n') {
        return Err(bad());
    }
    let (_, lines) = cosigned.split_once("\n\n").ok_or_else(bad)?;
    let new: Vec<&str> = lines.lines().filter(|line| !own.lines().any(|known| known == *line)).collect();
    if new.is_empty() {
        return Ok(());
    }
    files.write_durably(CHECKPOINT, format!("{own}{}\n", new.join("\n")).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Checkpoint;

    #[test]
    fn a_cosignature_counts_for_its_note_and_its_witness_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open_or_create(&folder.path().join("keys")).unwrap();
        let checkpoint = |size| Checkpoint { origin: "lib".into(), size, root: [1; 32] };
        let note = checkpoint(3).sign(&keys.log);
        let now = Time::from_seconds(1_800_000_000).unwrap();
        let (cosigned, witness) = cosign(note.as_bytes(), "example.com/witness", &keys, now).unwrap();
        assert_eq!(witness.cosigned(&cosigned), Some(now));
        assert_eq!(witness.cosigned(&note), None);
        // The log's own signature still counts, and a second time changes nothing.
        assert!(Checkpoint::open(cosigned.as_bytes(), "lib", &[keys.log.verifying_key()]).is_ok());
        assert_eq!(cosign(cosigned.as_bytes(), "example.com/witness", &keys, now).unwrap().0, cosigned);
        assert_eq!(witness.cosigned(&cosigned.replace("\n3\n", "\n4\n")), None);
        let known = Witness::parse(&witness.line()).unwrap();
        assert_eq!(known, witness);
        let other = Witness { name: "example.com/other".into(), ..witness.clone() };
        assert_eq!(other.cosigned(&cosigned), None);
        assert!(Witness::parse(&keys.list("lib")[3].public).is_err(), "a plain key is no witness'");
    }
}
