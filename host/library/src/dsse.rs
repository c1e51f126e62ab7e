//! Dead Simple Signing Envelope (<https://github.com/secure-systems-lab/dsse>, protocol 1.0).
//!
//! What is signed is not the payload but its pre-authentication encoding, which binds the payload's *type*: bytes signed
//! as evidence can't be passed off as a root of trust. The bytes that were signed travel inside the envelope and are
//! verified before anything parses them.
//!
//! One signature per envelope: verifiers in the field refuse more. Several signers make several envelopes over the same
//! payload, so a statement is named by its *payload's* digest, never by an envelope's. Roots of trust are the exception:
//! they are files with a name of their own, and nobody else reads them.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The media type of a stored envelope.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.dsse.envelope.v1+json";
/// Bytes of the largest envelope that is read.
pub(crate) const MAX_ENVELOPE: u64 = 8 << 20;
/// How every envelope that this crate wrote begins.
pub(crate) const BEGINNING: &[u8] = b"{\"payload\":\"";

/// A payload with one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// Why an envelope was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvelopeFault {
    #[error("not an envelope: {0}")]
    Format(String),
    #[error("its payload is of another type")]
    PayloadType,
    #[error("it is not signed by a key that may sign this")]
    Signature,
}

/// The id by which envelopes and the root of trust name a key: SHA-256 of its 32 bytes, in hex.
pub(crate) fn key_id(key: &VerifyingKey) -> String {
    Digest::of(key.as_bytes()).hex()
}

/// The bytes that are signed: `DSSEv1 <length> <type> <length> <payload>`.
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend(payload);
    bytes
}

/// Signs a finished payload. Deterministic.
pub(crate) fn sign(key: &SigningKey, payload_type: &str, payload: &[u8]) -> Envelope {
    let signature = key.sign(&pre_authentication_encoding(payload_type, payload));
    Envelope {
        payload: Base64::encode_string(payload),
        payload_type: payload_type.to_owned(),
        signatures: vec![EnvelopeSignature {
            keyid: key_id(&key.verifying_key()),
            sig: Base64::encode_string(&signature.to_bytes()),
        }],
    }
}

impl Envelope {
    /// The stored form: fixed field order, no space.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Strings and vectors of strings can't fail to serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the stored form.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, EnvelopeFault> {
        serde_json::from_slice(bytes).map_err(|e| EnvelopeFault::Format(e.to_string()))
    }

    /// The payload's bytes, not verified: only to find out which statement an envelope is for.
    pub(crate) fn unverified_payload(&self) -> Option<Vec<u8>> {
        Base64::decode_vec(&self.payload).ok()
    }

    /// This envelope with the signatures of another over the same payload added.
    pub(crate) fn with(mut self, other: Self) -> Self {
        if self.payload == other.payload && self.payload_type == other.payload_type {
            let known: Vec<String> =
                self.signatures.iter().map(|signature| signature.keyid.clone()).collect();
            let new = other.signatures.into_iter().filter(|signature| !known.contains(&signature.keyid));
            self.signatures.extend(new);
        }
        self
    }

    /// Which of `keys` signed this payload as of this type.
    pub(crate) fn signers(&self, payload_type: &str, keys: &[VerifyingKey]) -> Vec<VerifyingKey> {
        let Some(payload) = self.unverified_payload().filter(|_| self.payload_type == payload_type) else {
            return Vec::new();
        };
        let encoded = pre_authentication_encoding(payload_type, &payload);
        let signed = |key: &&VerifyingKey| {
            // Enough for every key of the largest root, and not for a file made to keep a verifier busy.
            self.signatures.iter().take(256).filter(|signature| signature.keyid == key_id(key)).any(
                |signature| {
                    let bytes = Base64::decode_vec(&signature.sig).ok();
                    let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
                    signature.is_some_and(|signature| key.verify_strict(&encoded, &signature).is_ok())
                },
            )
        };
        keys.iter().filter(signed).copied().collect()
    }

    /// The payload, after its type and its one signature by one of `keys` were verified.
    pub(crate) fn open(&self, payload_type: &str, keys: &[VerifyingKey]) -> Result<Vec<u8>, EnvelopeFault> {
        let format = |why: &str| EnvelopeFault::Format(why.to_owned());
        if self.payload_type != payload_type {
            return Err(EnvelopeFault::PayloadType);
        }
        let [signature] = self.signatures.as_slice() else {
            return Err(format("it has not exactly one signature"));
        };
        let payload = self.unverified_payload().ok_or(format("its payload is not base64"))?;
        let key = keys.iter().find(|key| key_id(key) == signature.keyid).ok_or(EnvelopeFault::Signature)?;
        let bytes = Base64::decode_vec(&signature.sig).map_err(|_| format("its signature is not base64"))?;
        let signature = Signature::from_slice(&bytes).map_err(|_| EnvelopeFault::Signature)?;
        key.verify_strict(&pre_authentication_encoding(payload_type, &payload), &signature)
            .map_err(|_| EnvelopeFault::Signature)?;
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_specification_s_vector() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn only_the_signed_payload_of_the_signed_type_by_the_right_key_opens() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let keys = [key.verifying_key()];
        let envelope = sign(&key, "a", b"payload");
        assert!(envelope.to_bytes().starts_with(BEGINNING));
        assert_eq!(Envelope::parse(&envelope.to_bytes()).as_ref(), Ok(&envelope));
        assert_eq!(envelope.open("a", &keys).as_deref(), Ok(&b"payload"[..]));
        assert_eq!(envelope.open("b", &keys), Err(EnvelopeFault::PayloadType));
        assert_eq!(envelope.open("a", &[other.verifying_key()]), Err(EnvelopeFault::Signature));

        let retyped = Envelope { payload_type: "b".into(), ..envelope.clone() };
        assert_eq!(retyped.open("b", &keys), Err(EnvelopeFault::Signature));
        let edited = Envelope { payload: Base64::encode_string(b"pay1oad"), ..envelope.clone() };
        assert_eq!(edited.open("a", &keys), Err(EnvelopeFault::Signature));
        let mut two = envelope;
        two.signatures.push(two.signatures[0].clone());
        assert!(matches!(two.open("a", &keys), Err(EnvelopeFault::Format(_))));
    }
}
