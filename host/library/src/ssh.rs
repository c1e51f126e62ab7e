//! Approvals by SSH keys: what `ssh-keygen -Y sign` writes, checked as `ssh-keygen -Y verify` checks it.
//!
//! OpenSSH's PROTOCOL.sshsig: the armored blob names the public key, a namespace and a hash; what is signed is
//! `SSHSIG` followed by namespace, reserved, hash name and the message's hash. The message is the statement's payload, the
//! very bytes that others sign by DSSE; the namespace [`NAMESPACE`] keeps signatures made for other ends (git, files) out. Only
//! `ssh-ed25519` is known: keys on a token sign other bytes.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256, Sha512};

/// What `ssh-keygen -Y sign -n` must be given.
pub const NAMESPACE: &str = "assay-approval";
/// Bytes of the largest armored signature that is read.
const MAX_ARMOR: usize = 8 << 10;
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const MAGIC: &[u8; 6] = b"SSHSIG";
const KIND: &[u8] = b"ssh-ed25519";

/// Takes `count` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

/// Takes a string off the front: its length in four bytes, then the bytes.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take(rest, 4)?.try_into().map(u32::from_be_bytes).ok()?;
    take(rest, usize::try_from(length).ok()?)
}

/// The key in the wire format: its kind, its 32 bytes, nothing more.
fn wire_key(mut bytes: &[u8]) -> Option<VerifyingKey> {
    let (kind, key) = (string(&mut bytes)?, string(&mut bytes)?);
    let key = key.try_into().ok().and_then(|key| VerifyingKey::from_bytes(key).ok())?;
    (kind == KIND && bytes.is_empty() && !key.is_weak()).then_some(key)
}

/// The key of a line `ssh-ed25519 AAAA… comment`, as it stands in an `.pub` file.
pub(crate) fn public_key(line: &str) -> Option<VerifyingKey> {
    let mut words = line.split_ascii_whitespace();
    let key = words.next().filter(|kind| kind.as_bytes() == KIND).and(words.next())?;
    wire_key(&Base64::decode_vec(key).ok()?)
}

/// Whether `armored` is a signature of `message` by `key`, for approvals.
pub(crate) fn verify(armored: &str, message: &[u8], key: &VerifyingKey) -> bool {
    check(armored, message, key).is_some()
}

fn check(armored: &str, message: &[u8], key: &VerifyingKey) -> Option<()> {
    let text = Some(armored).filter(|text| text.len() <= MAX_ARMOR)?.trim();
    let text: String = text.strip_prefix(BEGIN)?.strip_suffix(END)?.split_ascii_whitespace().collect();
    let blob = Base64::decode_vec(&text).ok()?;
    let mut rest = blob.as_slice();
    let magic = take(&mut rest, MAGIC.len())?;
    let version = take(&mut rest, 4)?;
    let public = wire_key(string(&mut rest)?)?;
    let (namespace, reserved, hash) = (string(&mut rest)?, string(&mut rest)?, string(&mut rest)?);
    let mut signature = string(&mut rest)?;
    let right =
        magic == MAGIC && version == [0, 0, 0, 1] && public == *key && namespace == NAMESPACE.as_bytes();
    if !right || !rest.is_empty() {
        return None;
    }
    let digest = match hash {
        b"sha256" => Sha256::digest(message).to_vec(),
        b"sha512" => Sha512::digest(message).to_vec(),
        _ => return None,
    };
    let mut signed = MAGIC.to_vec();
    for part in [namespace, reserved, hash, &digest] {
        // Each is shorter than the armor, the digest 64 bytes at most.
        signed.extend(u32::try_from(part.len()).ok()?.to_be_bytes());
        signed.extend(part);
    }
    let (kind, bytes) = (string(&mut signature)?, string(&mut signature)?);
    let whole = kind == KIND && signature.is_empty();
    let bytes = Signature::from_slice(bytes).ok().filter(|_| whole)?;
    key.verify_strict(&signed, &bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by OpenSSH: ssh-keygen -t ed25519; ssh-keygen -Y sign -f key -n assay-approval message
    const KEY: &str = include_str!("ssh/key.pub");
    const SIGNATURE: &str = include_str!("ssh/message.sig");
    const ELSEWHERE: &str = include_str!("ssh/message.file.sig");
    const MESSAGE: &[u8] = b"approved\n";

    #[test]
    fn what_openssh_signs_verifies_and_nothing_else_does() {
        let key = public_key(KEY).unwrap();
        assert!(verify(SIGNATURE, MESSAGE, &key));
        assert!(!verify(SIGNATURE, b"approved", &key));
        assert!(!verify(ELSEWHERE, MESSAGE, &key), "made for another namespace");
        let other = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
        assert!(!verify(SIGNATURE, MESSAGE, &other));
    }

    #[test]
    fn no_change_of_a_byte_is_accepted_or_panics() {
        let key = public_key(KEY).unwrap();
        let body: String = SIGNATURE.lines().filter(|line| !line.starts_with('-')).collect();
        let blob = Base64::decode_vec(&body).unwrap();
        for at in 0..blob.len() {
            let mut blob = blob.clone();
            blob[at] ^= 0x41;
            let armored = format!("{BEGIN}\n{}\n{END}\n", Base64::encode_string(&blob));
            assert!(!verify(&armored, MESSAGE, &key), "byte {at}");
            let armored = format!("{BEGIN}\n{}\n{END}\n", Base64::encode_string(&blob[..at]));
            assert!(!verify(&armored, MESSAGE, &key), "first {at} bytes");
        }
        for line in ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5", "x"] {
            assert!(public_key(line).is_none());
        }
    }
}
