//! `assay library`: what is current, why it is there, and whether nobody has rewritten the story.

mod args;
mod family;
mod log;
mod people;
mod story;
mod upkeep;

use super::place::{Place, library_failure};
use super::{Answer, Failure, agents, report};
use ::library::{Error, Options, Pin, Report, Time, Witness};
use args::VerifyArgs;
use serde_json::json;
use std::path::Path;

pub(super) use args::LibraryVerb;

/// The source of what is in use under a name, if it came with source.
pub(super) fn current_source(library: &::library::Library, name: &str) -> Result<Option<String>, Failure> {
    let story = story::Story::current(library, name, crate::promote::CHANNEL)?;
    Ok(story.and_then(|story| story.source))
}

pub(super) fn run(verb: &LibraryVerb, place: &Place, json: bool) -> Result<Answer, Failure> {
    match verb {
        LibraryVerb::List => list(place, json),
        LibraryVerb::Show { version } => show(place, version, json),
        LibraryVerb::Advance(args) => super::advance::run(args, place, json),
        LibraryVerb::Verify(args) => {
            let report = check(place, args)?;
            match &args.reexecute {
                Some(version) => super::reexecute::run(&report, version, place, json),
                None => {
                    report::print(json, &json!(report), || report::escape(&report.to_string()));
                    Ok(if report.verified { Answer::Yes } else { Answer::No })
                }
            }
        }
        LibraryVerb::Log { name } => log::log(place, name.as_deref(), json),
        LibraryVerb::Prove { leaf, since } => log::prove(place, *leaf, *since, json),
        LibraryVerb::Checkpoint => log::checkpoint(place, json),
        LibraryVerb::Fresh => log::fresh(place, json),
        LibraryVerb::Witness { name, state } => log::witness(place, name, state, json),
        LibraryVerb::Pending { id } => people::pending(place, id.as_deref(), json),
        LibraryVerb::Approve { id, export: Some(file), .. } => people::export(place, id, file),
        LibraryVerb::Approve { id, detached: Some(file), .. } => people::sign_detached(place, id, file),
        LibraryVerb::Approve { id, signature, .. } => people::approve(place, id, signature.as_deref(), json),
        LibraryVerb::Withdraw { id } => people::withdraw(place, id, json),
        LibraryVerb::Rollback { name, to, channel } => {
            family::rollback(place, name, to.as_deref(), channel, json)
        }
        LibraryVerb::Revoke { version, descendants } => family::revoke(place, version, *descendants, json),
        LibraryVerb::RevokeKey { key } => people::revoke_key(place, key, json),
        LibraryVerb::Root(verb) => people::root(place, verb, json),
        LibraryVerb::Lineage { version } => family::lineage(place, version, json),
        LibraryVerb::Diff { old, new } => family::diff(place, old, new, json),
        LibraryVerb::Explain { version } => family::explain(place, version, json),
        LibraryVerb::Fsck => upkeep::fsck(place, json),
        LibraryVerb::Gc { losers } => upkeep::gc(place, *losers, json),
        LibraryVerb::Stats => upkeep::stats(place, json),
        LibraryVerb::Caps { versions, pending, bytes } => {
            upkeep::caps(place, (*versions, *pending, *bytes), json)
        }
    }
}

fn list(place: &Place, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let current: Vec<_> = library.all_current().collect();
    let value = json!({
        "name": library.name(), "leaves": library.head().size,
        "current": current.iter().map(|version| json!({ "name": version.name, "channel": version.channel, "leaf": version.leaf,
            "kind": version.kind, "version": version.version.manifest.hex(), "component": version.version.component.hex(),
            "attempt": version.attempt })).collect::<Vec<_>>(),
    });
    report::print(json, &value, || {
        let mut lines = vec![format!("{} – {} leaves", library.name(), library.head().size)];
        for version in &current {
            lines.push(format!(
                "{:<32} {:<8} {}  leaf {}",
                version.name,
                version.channel,
                version.version.manifest.short(),
                version.leaf
            ));
        }
        lines.join("\n")
    });
    Ok(Answer::Yes)
}

fn show(place: &Place, wanted: &str, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let Some(leaf) = agents::find(&library, wanted) else {
        return Err(Failure::says(format!(
            "the library has no agent `{wanted}`; `assay library list` shows what there is"
        )));
    };
    let mut predicates = Vec::new();
    for payload in &leaf.evidence {
        let bytes = library.get(payload).map_err(library_failure)?;
        let statement: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        predicates.push(statement["predicate"].clone());
    }
    let source = predicates
        .iter()
        .find_map(|predicate| predicate["component"]["build"]["source"].as_str())
        .and_then(|hex| ::library::Digest::from_hex(hex).ok())
        .and_then(|digest| library.get(&digest).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let value = json!({ "leaf": leaf, "evidence": predicates, "source": source });
    report::print(json, &value, || {
        let mut text = format!(
            "{} ({})\n  kind      {:?}\n  version   {}\n  component {}\n",
            leaf.name,
            leaf.channel,
            leaf.kind,
            leaf.manifest.as_ref().map_or("-".into(), ToString::to_string),
            leaf.component
        );
        for predicate in &predicates {
            let provenance = &predicate["provenance"];
            let words: Vec<&str> = provenance["words"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|word| word.as_str())
                .collect();
            let generator = provenance["generator"].as_str().unwrap_or_default();
            text.push_str(&format!(
                "  generator {}\n",
                report::escape(&format!("{generator}: {}", words.join("; ")))
            ));
            if let Some(score) = predicate["train"]["measured"]["score"].as_f64() {
                text.push_str(&format!(
                    "  train     {score:.4} {}\n",
                    report::escape(predicate["task"]["unit"].as_str().unwrap_or_default())
                ));
            }
            for finding in predicate["decision"]["findings"].as_array().into_iter().flatten() {
                text.push_str(&format!(
                    "  {:<12} {}\n",
                    report::escape(finding["gate"].as_str().unwrap_or_default()),
                    report::escape(finding["reason"].as_str().unwrap_or_default())
                ));
            }
        }
        if let Some(source) = &source {
            text.push_str(&format!("\n{}", report::escape(source)));
        }
        text
    });
    Ok(Answer::Yes)
}

fn check(place: &Place, args: &VerifyArgs) -> Result<Report, Failure> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|e| Failure::says(format!("can't read {}: {e}", path.display())))
    };
    let mut options = Options::default();
    if let Some(path) = &args.root {
        options.pin = Some(Pin::parse(&read(path)?).map_err(library_failure)?);
    }
    if let Some(path) = &args.since {
        options.since = Some(read(path)?);
    }
    for given in &args.witness {
        let lines = match Witness::parse(given) {
            Ok(_) => given.clone(),
            Err(_) => String::from_utf8_lossy(&read(Path::new(given))?).into_owned(),
        };
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            options.witnesses.0.push(Witness::parse(line).map_err(library_failure)?);
        }
    }
    let all = u32::try_from(options.witnesses.0.len()).unwrap_or(u32::MAX);
    options.witnesses.1 = args.witnesses.unwrap_or(all);
    options.fresh = args.max_age.map(|age| (Time::now(), age));
    verify(&place.library, &options).map_err(library_failure)
}

fn verify(dir: &Path, options: &Options) -> Result<Report, Error> {
    ::library::verify(dir, options)
}
