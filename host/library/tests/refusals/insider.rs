//! Steps of someone who holds keys: what is signed is right, what it says is not.
//!
//! All of it is made here by hand, from the formats' specifications and not by the crate's own code, which would refuse it.
//! One entry bundle is enough: cases have fewer than 256 leaves.
//!
//! | do | |
//! |---|---|
//! | `log` | appends `leaf`, or `raw` text, or the proposal in `file`, under a checkpoint signed by `key` (`owner.log`) |
//! | `cut` | the log's first `size` leaves become all of it, signed by `key` |
//! | `sign` | an envelope over the bytes of the blob `payload`, or over what the envelope in `payload-of` holds, of payload `type`
//!   (in-toto's), by `by`; written to `file`, or a blob that is named `as` |
//! | `payload` | what the envelope in `file` holds, as a blob that is named `as` |
//! | `store` | `text`, or the bytes of `file`, and `more` after them, as a blob that is named `as` |
//!
//! A leaf is given by its fields. What is not given is as in most leaves, `prev` as it must be.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use library::{Digest, Hash, leaf_hash};
use serde_json::{Value, json};

use crate::world::{NAME, World, text};

const VERSION: [&str; 12] = [
    "v",
    "type",
    "name",
    "channel",
    "task",
    "component",
    "manifest",
    "attempt",
    "from",
    "replaces",
    "evidence",
    "approvals",
];
const TRUST: [&str; 7] = ["v", "type", "number", "root", "key", "time", "approvals"];

/// A leaf's body.
pub(crate) fn body(world: &World, leaf: &Value) -> Vec<u8> {
    let given = leaf.as_object().expect("a leaf is given by its fields");
    let trust = ["rotate-root", "revoke-key", "freshness"].iter().any(|kind| given["type"] == *kind);
    let default = |field: &&str| match *field {
        "v" => Some(json!(1)),
        "name" => Some(json!("packer")),
        "channel" => Some(json!("stable")),
        "task" => Some(json!(Digest::of(b"task").to_string())),
        "manifest" | "attempt" => Some(Value::Null),
        "evidence" | "approvals" => Some(json!([])),
        _ => None,
    };
    let known: &[&str] = if trust { &TRUST } else { &VERSION };
    let mut fields: Vec<(&str, Value)> = Vec::new();
    for field in known {
        fields.extend(given.get(*field).cloned().or_else(|| default(field)).map(|value| (*field, value)));
    }
    for (field, value) in
        given.iter().filter(|(field, _)| !known.contains(&field.as_str()) && *field != "prev")
    {
        fields.push((field, value.clone()));
    }
    let chain = |entry: &Value| if trust { Value::Null } else { json!([entry["name"], entry["channel"]]) };
    let own: Value = fields.iter().cloned().map(|(field, value)| (field.to_owned(), value)).collect();
    let prev = given.get("prev").cloned().unwrap_or_else(|| {
        let before = entries(world).into_iter().rev().find(|before| {
            let before: Value = serde_json::from_slice(before).unwrap_or_default();
            before["name"].is_null() == trust && (trust || chain(&before) == chain(&own))
        });
        before.map_or(Value::Null, |before| Digest::of(&before).to_string().into())
    });
    fields.push(("prev", prev));
    let fields: Vec<String> = fields.iter().map(|(field, value)| format!("\"{field}\":{value}")).collect();
    format!("{{{}}}", fields.join(",")).into_bytes()
}

fn size(world: &World) -> usize {
    let note = String::from_utf8(world.read("log/checkpoint")).unwrap();
    note.lines().nth(1).unwrap().parse().unwrap()
}

/// The bodies of all leaves.
fn entries(world: &World) -> Vec<Vec<u8>> {
    let size = size(world);
    let bytes = if size == 0 { Vec::new() } else { world.read(&format!("log/tile/entries/000.p/{size}")) };
    let (mut rest, mut entries) = (&bytes[..], Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry.to_vec());
        rest = after;
    }
    entries
}

/// The root of these leaf hashes, as RFC 6962 defines it.
fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => Digest::of(b"").as_bytes().to_owned(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            *Digest::of(&[&[1][..], &root(left), &root(right)].concat()).as_bytes()
        }
    }
}

/// Makes these the log.
fn replace(world: &World, entries: &[Vec<u8>], key: &str) {
    assert!(entries.len() < 256);
    std::fs::remove_dir_all(world.library.join("log/tile")).unwrap();
    let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend(u16::try_from(entry.len()).unwrap().to_be_bytes());
        bundle.extend(entry);
    }
    let size = entries.len();
    world.write(&format!("log/tile/entries/000.p/{size}"), bundle);
    world.write(&format!("log/tile/0/000.p/{size}"), hashes.as_flattened());
    let text = format!("{NAME}\n{size}\n{}\n", Base64::encode_string(&root(&hashes)));
    let key = world.key(key);
    let id = Digest::of(&[NAME.as_bytes(), b"\n\x01", key.verifying_key().as_bytes()].concat());
    let line = [&id.as_bytes()[..4], &key.sign(text.as_bytes()).to_bytes()[..]].concat();
    world.write("log/checkpoint", format!("{text}\n— {NAME} {}\n", Base64::encode_string(&line)));
}

/// What the envelope in this file holds.
fn payload(world: &World, file: &str) -> Vec<u8> {
    let envelope: Value = serde_json::from_slice(&world.read(file)).unwrap();
    Base64::decode_vec(text(&envelope, "payload")).unwrap()
}

fn envelope(world: &World, step: &Value) -> Vec<u8> {
    let payload = match step["payload-of"].as_str() {
        Some(file) => payload(world, file),
        None => world.read(text(step, "payload")),
    };
    let kind = step["type"].as_str().unwrap_or("application/vnd.in-toto+json");
    let key = world.key(text(step, "by"));
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    let sig = Base64::encode_string(&key.sign(&[head.as_bytes(), &payload].concat()).to_bytes());
    let keyid = world.key_id(text(step, "by"));
    let payload = Base64::encode_string(&payload);
    // In the order in which the crate writes them: by their beginning envelopes are found.
    format!(r#"{{"payload":"{payload}","payloadType":"{kind}","signatures":[{{"keyid":"{keyid}","sig":"{sig}"}}]}}"#)
        .into_bytes()
}

/// Does the step, if it is one of these.
pub(crate) fn step(world: &mut World, kind: &str, step: &Value) -> bool {
    let key = step["key"].as_str().unwrap_or("owner.log");
    match kind {
        "log" => {
            let mut all = entries(world);
            all.push(match (step["raw"].as_str(), step["file"].as_str()) {
                (Some(raw), _) => raw.into(),
                (_, Some(file)) => {
                    let mut leaf: Value = serde_json::from_slice(&world.read(file)).unwrap();
                    leaf.as_object_mut().unwrap().remove("prev");
                    body(world, &leaf)
                }
                _ => body(world, &step["leaf"]),
            });
            replace(world, &all, key);
        }
        "cut" => {
            replace(world, &entries(world)[..usize::try_from(step["size"].as_u64().unwrap()).unwrap()], key)
        }
        "sign" => {
            let made = envelope(world, step);
            match step["file"].as_str() {
                Some(file) => world.write(file, made),
                None => {
                    let digest = world.blob(&made);
                    world.name_digest(text(step, "as"), &digest);
                }
            }
        }
        "payload" => {
            let digest = world.blob(&payload(world, text(step, "file")));
            world.name_digest(text(step, "as"), &digest);
        }
        "store" => {
            let bytes =
                step["file"].as_str().map_or_else(|| text(step, "text").into(), |file| world.read(file));
            let more = step["more"].as_str().unwrap_or_default();
            let digest = world.blob(&[&bytes, more.as_bytes()].concat());
            world.name_digest(text(step, "as"), &digest);
        }
        _ => return false,
    }
    true
}
