//! In-toto Statement v1 (<https://github.com/in-toto/attestation>): what is claimed about which version.
//!
//! The subjects are always the version's manifest and its component. The predicate is the host's: this crate stores,
//! signs and binds it, but does not judge it. Its bytes are canonical (keys sorted, no space), so the same finding has
//! the same payload digest wherever it is made; they are written by hand here because serde_json's own order depends on
//! a feature that any crate of the build can turn on.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::error::Error;
use crate::leaf::Version;

/// The payload type under which statements are signed.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Bytes of the largest payload.
pub(crate) const MAX_PAYLOAD: u64 = 4 << 20;
const TYPE: &str = "https://in-toto.io/Statement/v1";
const MAX_DEPTH: usize = 64;

/// A finished claim about a version, ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    payload: Vec<u8>,
}

/// What a reader of a stored statement checks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Value,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDigest {
    sha256: String,
}

impl Statement {
    /// A claim of type `predicate_type` (a URI such as `https://assay.dev/promotion/v1`) about `version`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a predicate deeper than 64 levels or a payload over 4 MiB.
    pub fn new(version: &Version, predicate_type: &str, predicate: &Value) -> Result<Self, Error> {
        let subjects = [("component", version.component), ("manifest", version.manifest)];
        Self::about(&subjects, predicate_type, predicate)
    }

    /// A claim about these digests. Their names are this crate's own words.
    pub(crate) fn about(
        subjects: &[(&str, Digest)],
        predicate_type: &str,
        predicate: &Value,
    ) -> Result<Self, Error> {
        let subject = |(name, digest): &(&str, Digest)| {
            format!(r#"{{"digest":{{"sha256":"{}"}},"name":"{name}"}}"#, digest.hex())
        };
        let mut payload = format!(r#"{{"_type":"{TYPE}","predicate":"#);
        canonical(predicate, 0, &mut payload)?;
        payload += r#","predicateType":"#;
        canonical(&Value::from(predicate_type), 0, &mut payload)?;
        let subjects: Vec<String> = subjects.iter().map(subject).collect();
        payload += &format!(r#","subject":[{}]}}"#, subjects.join(","));
        if payload.len() as u64 > MAX_PAYLOAD {
            return Err(Error::TooLarge { what: "a statement", limit: "4 MiB" });
        }
        Ok(Self { payload: payload.into_bytes() })
    }

    /// The bytes that are signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

/// Canonical JSON: keys sorted by their bytes, no space.
fn canonical(value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::TooLarge { what: "a predicate", limit: "64 levels of nesting" });
    }
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                out.push(if i == 0 { '[' } else { ',' });
                canonical(item, depth + 1, out)?;
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            for (i, (key, item)) in fields.iter().enumerate() {
                out.push(if i == 0 { '{' } else { ',' });
                *out += &Value::from(key.as_str()).to_string();
                out.push(':');
                canonical(item, depth + 1, out)?;
            }
            out.push_str(if fields.is_empty() { "{}" } else { "}" });
        }
        scalar => *out += &scalar.to_string(),
    }
    Ok(())
}

/// Whether a stored payload is a statement, and one about `version`.
pub(crate) fn is_about(payload: &[u8], version: &Version) -> Result<bool, serde_json::Error> {
    let stored: Stored = serde_json::from_slice(payload)?;
    let names = |name: &str, digest: &Digest| {
        stored.subject.iter().any(|s| s.name == name && s.digest.sha256 == digest.hex())
    };
    let two = stored.subject.len() == 2 && stored.kind == TYPE;
    Ok(two && names("component", &version.component) && names("manifest", &version.manifest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_payload_is_canonical_and_is_about_its_version_only() {
        let version = Version { manifest: Digest::of(b"m"), component: Digest::of(b"c") };
        let other = Version { manifest: Digest::of(b"n"), ..version };
        let predicate = json!({"z": [1, -0.5, "\u{1}\"é"], "a": {"y": null, "b": {}}, "e": []});
        let statement = Statement::new(&version, "https://assay.dev/promotion/v1", &predicate).unwrap();
        let text = str::from_utf8(statement.payload()).unwrap();
        let inner = r#""predicate":{"a":{"b":{},"y":null},"e":[],"z":[1,-0.5,"\u0001\"é"]},"predicateType":"#;
        assert!(text.contains(inner), "{text}");
        assert_eq!(serde_json::from_str::<Value>(text).unwrap()["predicate"], predicate);
        assert!(is_about(statement.payload(), &version).unwrap());
        assert!(!is_about(statement.payload(), &other).unwrap());
    }

    #[test]
    fn a_predicate_that_is_too_deep_or_too_large_is_refused() {
        let version = Version { manifest: Digest::of(b"m"), component: Digest::of(b"c") };
        let deep = (0..100).fold(json!(0), |inner, _| json!([inner]));
        for predicate in [deep, json!("x".repeat(5 << 20))] {
            assert!(matches!(Statement::new(&version, "t", &predicate), Err(Error::TooLarge { .. })));
        }
    }
}
