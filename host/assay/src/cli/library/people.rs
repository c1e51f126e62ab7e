//! People: what waits for them, their approvals, and whom the library trusts.

use super::super::place::{Place, library_failure};
use super::super::{Answer, Failure, report};
use super::args::{NextArgs, RootVerb};
use super::story::Story;
use ::library::{Digest, Entry, Library, Office, Pending, SSH_NAMESPACE, TrustLeaf, sign_root};
use serde_json::json;
use std::path::Path;

/// The one proposal whose id begins so.
fn one(library: &Library, wanted: &str) -> Result<Pending, Failure> {
    let wanted = wanted.strip_prefix("sha256:").unwrap_or(wanted);
    let all = library.pending().map_err(library_failure)?;
    let mut found =
        all.into_iter().filter(|waiting| wanted.len() >= 8 && waiting.id.hex().starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::says(format!(
            "nothing called `{wanted}` waits (at least eight digits); `assay library pending` lists what does"
        ))),
        _ => Err(Failure::says(format!("`{wanted}` begins several ids: give more of its digits"))),
    }
}

fn summary(waiting: &Pending) -> String {
    let what = match &waiting.entry {
        Entry::Version(leaf) => format!("{} {} ({})", leaf.kind.name(), leaf.name, leaf.channel),
        Entry::Trust(leaf) => format!("{} {}", leaf.kind.name(), leaf.key.as_deref().unwrap_or_default()),
    };
    let people = if waiting.approved.is_empty() { "nobody yet".into() } else { waiting.approved.join(", ") };
    let blocked =
        waiting.blocked.as_ref().map_or(String::new(), |rule| format!("; can't happen any more: {rule}"));
    format!("{}  {what}; approved by {people}, {} needed{blocked}", &waiting.id.hex()[..12], waiting.needed)
}

pub(super) fn pending(place: &Place, id: Option<&str>, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let Some(id) = id else {
        let all = library.pending().map_err(library_failure)?;
        report::print(json, &json!(all), || match all.as_slice() {
            [] => "nothing waits".into(),
            all => all.iter().map(summary).collect::<Vec<_>>().join("\n"),
        });
        return Ok(Answer::Yes);
    };
    let waiting = one(&library, id)?;
    let Some(leaf) = waiting.entry.leaf() else {
        report::print(json, &json!(waiting), || summary(&waiting));
        return Ok(Answer::Yes);
    };
    // What an approver must see: what would change, against what is in use.
    let new = Story::of_leaf(&library, library.head().size, leaf)?;
    let old = Story::current(&library, &leaf.name, &leaf.channel)?;
    let difference = old.as_ref().map(|old| old.difference(&new));
    let ancestry = super::family::ancestry(&library, &new)?;
    let value = json!({ "pending": waiting, "story": new.value(), "difference": difference.as_ref().map(|d| &d.value) });
    report::print(json, &value, || {
        let mut text = format!("{}\n\n{}", summary(&waiting), new.words());
        if let (Some(old), Some(difference)) = (&old, &difference) {
            text.push_str(&format!("\nagainst what is current, {}:\n{}", old.short(), difference.words));
        }
        text.push_str(&format!("\nderived from\n{ancestry}"));
        let id = waiting.id.hex();
        text.push_str(&format!(
            "\napprove: assay library approve {0}\nor by SSH: assay library approve {0} --export payload && ssh-keygen -Y sign -f KEY -n {SSH_NAMESPACE} payload && assay library approve {0} --signature payload.sig",
            &id[..12]
        ));
        text
    });
    Ok(Answer::Yes)
}

/// The bytes that are to be signed, for a signer that is not this program.
pub(super) fn export(place: &Place, id: &str, file: &Path) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let payload = library.approval_payload(&one(&library, id)?.id).map_err(library_failure)?;
    write(file, &payload)?;
    eprintln!("what is to be signed is in {}", file.display());
    Ok(Answer::Yes)
}

/// An approval by someone who reads the library and does not write it.
pub(super) fn sign_detached(place: &Place, id: &str, file: &Path) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let id = one(&library, id)?.id;
    write(file, &library.sign_detached(&id, &place.open_keys()?).map_err(library_failure)?)?;
    eprintln!(
        "signed; whoever writes the library takes it in by: assay library approve {} --signature {}",
        &id.hex()[..12],
        file.display()
    );
    Ok(Answer::Yes)
}

pub(super) fn approve(
    place: &Place,
    id: &str,
    signature: Option<&Path>,
    json: bool,
) -> Result<Answer, Failure> {
    let mut library = place.open_library()?;
    let id = one(&library, id)?.id;
    let waiting = match signature {
        Some(path) => library.approve_with(&id, &read(path)?),
        None => library.approve(&id, &place.open_keys()?),
    };
    let waiting = waiting.map_err(library_failure)?;
    let leaf = library.settle(&id).map_err(library_failure)?;
    report::print(json, &json!({ "pending": waiting, "leaf": leaf }), || {
        let done = leaf.map_or("it still waits".into(), |leaf| format!("done: leaf {leaf}"));
        format!("{}\n{done}", summary(&waiting))
    });
    Ok(Answer::Yes)
}

pub(super) fn withdraw(place: &Place, id: &str, json: bool) -> Result<Answer, Failure> {
    let mut library = place.open_library()?;
    let waiting = one(&library, id)?;
    library.withdraw(&waiting.id).map_err(library_failure)?;
    report::print(json, &json!(waiting), || format!("withdrawn: {}", summary(&waiting)));
    Ok(Answer::Yes)
}

/// Appends an entry, or has it wait for people; the own approver's key counts at once where it may.
pub(super) fn append_or_propose(
    place: &Place,
    library: &mut Library,
    entry: Entry,
    json: bool,
) -> Result<Answer, Failure> {
    if library.approvals_needed(&entry) == 0 {
        let leaf = library.append(entry).map_err(library_failure)?;
        report::print(json, &json!({ "leaf": leaf }), || format!("done: leaf {leaf}"));
        return Ok(Answer::Yes);
    }
    let id = library.propose(entry).map_err(library_failure)?;
    let waiting = match library.approve(&id, &place.open_keys()?) {
        Ok(waiting) => waiting,
        // Whoever proposes need not be one of those who approve.
        Err(::library::Error::BadApproval { .. } | ::library::Error::PassphraseNeeded { .. }) => {
            one(library, &id.hex())?
        }
        Err(error) => return Err(library_failure(error)),
    };
    let leaf = library.settle(&id).map_err(library_failure)?;
    report::print(json, &json!({ "pending": waiting, "leaf": leaf }), || match leaf {
        Some(leaf) => format!("{}\ndone: leaf {leaf}", summary(&waiting)),
        None => format!("{}\nit waits: assay library approve {}", summary(&waiting), &id.hex()[..12]),
    });
    Ok(Answer::Yes)
}

pub(super) fn revoke_key(place: &Place, key: &str, json: bool) -> Result<Answer, Failure> {
    if Digest::from_hex(key).is_err() {
        return Err(Failure::says(format!(
            "`{key}` is no key's id: 64 hex digits, as `assay library root show` prints them"
        )));
    }
    let mut library = place.open_library()?;
    let known = library.root().roles.iter().any(|role| role.keys.iter().any(|(id, _)| id == key));
    if !known {
        eprintln!("note: no key with this id is in the root of trust that is in force");
    }
    append_or_propose(place, &mut library, TrustLeaf::revoke_key(key).into(), json)
}

pub(super) fn root(place: &Place, verb: &RootVerb, json: bool) -> Result<Answer, Failure> {
    match verb {
        RootVerb::Show => {
            let root = place.read_library()?.root();
            report::print(json, &json!(root), || {
                let mut text = format!("root {} ({})\n", root.number, root.digest);
                for role in &root.roles {
                    text.push_str(&format!("  {:<9} {} of\n", role.role, role.threshold));
                    for (id, person) in &role.keys {
                        let whose = if person == id { "" } else { person.as_str() };
                        text.push_str(&format!("    {id} {whose}\n"));
                    }
                }
                text.push_str(&format!("  needs approval: {}\n", root.approve.join(" ")));
                for (key, leaf) in &root.revoked {
                    text.push_str(&format!("  revoked by leaf {leaf}: {key}\n"));
                }
                text
            });
        }
        RootVerb::Next(args) => {
            let library = place.read_library()?;
            let bytes = next(place, &library, args)?;
            write(&args.file, &bytes)?;
            let number = library.root().number + 1;
            report::print(json, &json!({ "root": number, "file": args.file }), || {
                format!(
                    "root {number} is in {0}; have others sign it (assay library root sign {0}), then: assay library root apply {0}",
                    args.file.display()
                )
            });
        }
        RootVerb::Sign { file } => {
            let signed = sign_root(&read(file)?, &place.open_keys()?).map_err(library_failure)?;
            write(file, &signed)?;
            eprintln!("{} is signed", file.display());
        }
        RootVerb::Apply { file } => {
            let name = place.read_library()?.name().to_owned();
            let (library, leaf) = Library::rotate(&place.library, &name, &place.open_keys()?, &read(file)?)
                .map_err(library_failure)?;
            let number = library.root().number;
            report::print(json, &json!({ "root": number, "leaf": leaf }), || {
                format!("root {number} is in force since leaf {leaf}")
            });
        }
    }
    Ok(Answer::Yes)
}

fn next(place: &Place, library: &Library, args: &NextArgs) -> Result<Vec<u8>, Failure> {
    let mut draft = library.next_root();
    for (office, removed) in [(Office::Approver, &args.remove_approver), (Office::Root, &args.remove_root)] {
        for person in removed {
            draft.remove(office, person).map_err(library_failure)?;
        }
    }
    for (office, added) in [(Office::Approver, &args.add_approver), (Office::Root, &args.add_root)] {
        for entry in added {
            let Some((person, file)) = entry.split_once('=') else {
                return Err(Failure::says(format!("`{entry}`: give PERSON=FILE, e.g. anna=anna.pub")));
            };
            let line = String::from_utf8(read(Path::new(file))?)
                .map_err(|_| Failure::says(format!("{file} is not text")))?;
            draft.add(office, person, &line).map_err(library_failure)?;
        }
    }
    if let Some(people) = args.approvers {
        draft.threshold(Office::Approver, people);
    }
    if let Some(people) = args.roots {
        draft.threshold(Office::Root, people);
    }
    if let Some(kinds) = &args.approve {
        draft.approve(kinds.clone());
    }
    let keys = place.open_keys()?;
    if args.new_working_keys {
        draft.replace_working_keys(&keys);
    }
    draft.finish(&keys).map_err(library_failure)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map(|metadata| metadata.len());
    let refused = |e: std::io::Error| Failure::says(format!("can't read {}: {e}", path.display()));
    if size.map_err(refused)? > 1 << 20 {
        return Err(Failure::says(format!("{} is larger than 1 MiB", path.display())));
    }
    std::fs::read(path).map_err(refused)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(Failure::machine)
}
