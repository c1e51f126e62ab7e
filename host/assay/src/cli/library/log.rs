//! The log itself: its leaves, proofs about them, its checkpoint, and those who witness it.

use super::super::place::{Place, library_failure};
use super::super::{Answer, Failure, report};
use super::verify;
use ::library::{Digest, Entry, Options, Time, TrustLeaf, cosign};
use serde_json::json;
use std::path::Path;

pub(super) fn log(place: &Place, name: Option<&str>, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let about = |entry: &Entry| name.is_none_or(|name| entry.leaf().is_some_and(|leaf| leaf.name == name));
    let entries: Vec<(u64, &Entry)> =
        (0..).zip(library.entries()).filter(|(_, entry)| about(entry)).collect();
    let value: Vec<_> =
        entries.iter().map(|(index, entry)| json!({ "index": index, "leaf": entry })).collect();
    report::print(json, &json!(value), || {
        entries
            .iter()
            .map(|(index, entry)| format!("{index:>6}  {}", line(entry)))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(Answer::Yes)
}

fn line(entry: &Entry) -> String {
    match entry {
        Entry::Version(leaf) => {
            let version = leaf.manifest.as_ref().map_or("-".repeat(12), Digest::short);
            let attempt = leaf.attempt.map_or(String::new(), |attempt| format!("  attempt {attempt}"));
            let from = leaf.from.as_ref().map_or(String::new(), |from| format!("  from {from}"));
            let replaces = leaf.replaces.map_or(String::new(), |leaf| format!("  replaces leaf {leaf}"));
            let approved = if leaf.approvals.is_empty() { "" } else { "  approved" };
            format!(
                "{:<14} {:<28} {:<8} {version}{attempt}{from}{replaces}{approved}",
                leaf.kind.name(),
                leaf.name,
                leaf.channel
            )
        }
        Entry::Trust(leaf) => {
            let number = leaf.number.map_or(String::new(), |number| format!("root {number}"));
            let key = leaf.key.as_ref().map_or(String::new(), |key| format!("key {key}"));
            let time = leaf.time.map_or(String::new(), |time| time.to_string());
            format!("{:<14} {number}{key}{time}", leaf.kind.name())
        }
    }
}

pub(super) fn prove(place: &Place, index: u64, since: Option<u64>, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let head = library.head();
    let hex = |hash: &[u8; 32]| Digest::from_bytes(*hash).hex();
    if let Some(size) = since {
        if size > head.size {
            return Err(Failure::says(format!("the log has {} leaves, not {size}", head.size)));
        }
        let proof = library.consistency(size).map_err(library_failure)?;
        let old = library.root_at(size).map(|root| hex(&root));
        let proof: Vec<String> = proof.iter().map(hex).collect();
        let value = json!({ "oldSize": size, "oldRoot": old, "size": head.size, "root": hex(&head.root), "proof": proof });
        report::print(json, &value, || {
            format!(
                "the {} leaves with root {} continue the {size} leaves with root {}; proof (RFC 9162 §2.1.4), {} hashes:\n{}",
                head.size,
                hex(&head.root),
                old.unwrap_or_default(),
                proof.len(),
                proof.join("\n")
            )
        });
        return Ok(Answer::Yes);
    }
    let entry = usize::try_from(index).ok().and_then(|at| library.entries().get(at));
    let Some(entry) = entry else {
        return Err(Failure::says(format!(
            "the log has {} leaves, 0 to {}",
            head.size,
            head.size.saturating_sub(1)
        )));
    };
    let proof: Vec<String> = library.inclusion(index).map_err(library_failure)?.iter().map(hex).collect();
    let leaf = hex(&::library::leaf_hash(&entry.body()));
    let value = json!({ "index": index, "leafHash": leaf, "leaf": entry, "size": head.size, "root": hex(&head.root), "proof": proof });
    report::print(json, &value, || {
        format!(
            "leaf {index} ({leaf}) is in the log of {} leaves with root {}; proof (RFC 9162 §2.1.3), {} hashes:\n{}",
            head.size,
            hex(&head.root),
            proof.len(),
            proof.join("\n")
        )
    });
    Ok(Answer::Yes)
}

pub(super) fn checkpoint(place: &Place, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let note = library.note().map_err(library_failure)?;
    let head = library.head();
    let value = json!({ "name": library.name(), "size": head.size, "root": Digest::from_bytes(head.root).hex(), "note": note });
    report::print(json, &value, || note.trim_end().to_owned());
    Ok(Answer::Yes)
}

pub(super) fn fresh(place: &Place, json: bool) -> Result<Answer, Failure> {
    let mut library = place.open_library()?;
    let now = Time::now();
    let leaf = library.append(TrustLeaf::freshness(now)).map_err(library_failure)?;
    report::print(json, &json!({ "leaf": leaf, "time": now }), || format!("leaf {leaf}: alive at {now}"));
    Ok(Answer::Yes)
}

/// Verifies what this witness has not seen yet, cosigns, and remembers.
pub(super) fn witness(place: &Place, name: &str, state: &Path, json: bool) -> Result<Answer, Failure> {
    let since = match std::fs::read(state) {
        Ok(bytes) => Some(bytes),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(Failure::says(format!("can't read {}: {e}", state.display()))),
    };
    let first = since.is_none();
    let note = place.read_library()?.note().map_err(library_failure)?;
    let found = verify(&place.library, &Options { since, ..Options::default() }).map_err(library_failure)?;
    if !found.verified {
        report::print(json, &json!(found), || report::escape(&found.to_string()));
        return Ok(Answer::No);
    }
    let keys = place.open_keys()?;
    let (cosigned, witness) = cosign(note.as_bytes(), name, &keys, Time::now()).map_err(library_failure)?;
    ::library::add_cosignature(&place.library, &cosigned).map_err(library_failure)?;
    // Remembered last: a witness that forgot would only ask for the same proof again.
    std::fs::write(state, &cosigned).map_err(Failure::machine)?;
    let value = json!({ "witness": witness.line(), "note": cosigned, "first": first });
    report::print(json, &value, || {
        let what = if first { " (the first checkpoint that it sees)" } else { "" };
        format!("cosigned{what}; others know this witness by\n{}\n\n{}", witness.line(), cosigned.trim_end())
    });
    Ok(Answer::Yes)
}
