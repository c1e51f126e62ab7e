//! `specimen DIR`: makes the library that `tests/interop` hands to other people's tools.
//!
//! Those tools are worth something only if what they read was written by the very code that promotes agents. So this goes
//! through the public door alone: 300 leaves of four agents, each version a component of its own, each verdict
//! with a signed statement, each promotion approved by two of three people whom the second root of trust names. The
//! checkpoint of size 150 is kept, since consistency needs somebody who kept one.
//!
//! ```text
//! DIR/library/          the library              DIR/keys/   its private keys     DIR/people/  those of the approvers
//! DIR/checkpoint-150    log/checkpoint back then
//! DIR/facts.json        what a reader can't take from the library: key lines, inclusion proofs, what to look at
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};

use library::{About, Digest, Keys, Leaf, Library, Line, Office, Statement, Time, TrustLeaf, Version};
use serde_json::{Value, json};

const NAME: &str = "example.com/specimen";
/// An even number of agents: a new root, a word of being alive and the baselines, then two leaves a step, must meet both
/// sizes.
const AGENTS: [&str; 4] = ["packer/uniform", "packer/weibull", "sorter", "normalize-dates"];
/// Who approves: two of them must.
const PEOPLE: [&str; 3] = ["anna", "bob", "carol"];
const OLD: u64 = 150;
const SIZE: u64 = 300;
/// Both sides of each edge: of the tree, of the kept checkpoint, of the first full tile.
const PROVED: [u64; 10] = [0, 1, 63, 149, 150, 254, 255, 256, 298, 299];

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A component that any tool takes for one: the preamble of the binary format and a custom section with this text.
fn component(text: &str) -> Vec<u8> {
    let section = [&[9][..], b"specimen:", text.as_bytes()].concat();
    // Lengths are LEB128; two bytes of it reach 16383.
    let length = [(section.len() & 0x7f) as u8 | 0x80, (section.len() >> 7) as u8];
    [&b"\0asm\x0d\0\x01\0\0"[..], &length, &section].concat()
}

fn line(agent: &str) -> Line {
    let task = Digest::of(format!("task of {agent}").as_bytes());
    Line { name: agent.to_owned(), channel: "stable".to_owned(), task }
}

/// Stores a version with its source.
fn version(library: &mut Library, agent: &str, number: u64) -> Outcome<Version> {
    let source = format!("// {agent}, number {number}\npub fn run(input: String) -> String {{ input }}\n");
    let about = About {
        imports: vec!["assay:agent/log".to_owned()],
        exports: vec!["assay:agent/run".to_owned()],
        source: Some(library.put(source.as_bytes())?),
        annotations: [("dev.assay.agent".to_owned(), agent.to_owned())].into(),
    };
    Ok(library.put_version(&component(&source), &about)?)
}

/// What is claimed of a version. Fractions, signs and text beyond ASCII: what encoders disagree about.
fn statement(version: &Version, number: u64, promoted: bool) -> Outcome<Statement> {
    let predicate = json!({
        "attempt": number,
        "promoted": promoted,
        "gain": if promoted { 0.125 } else { -1.5e-7 },
        "gates": [{"name": "improves", "holds": promoted}, {"name": "conforms", "holds": true}],
        "remark": "≥ the incumbent – \"as far as one can see\"",
        "parent": null,
    });
    Ok(Statement::new(version, "https://assay.dev/promotion/v1", &predicate)?)
}

/// One attempt and what came of it: every third is promoted. Returns the digests of evidence and approval.
fn step(library: &mut Library, agent: &str, people: &[Keys]) -> Outcome<(Version, Digest, Option<Digest>)> {
    let line = line(agent);
    let number = library.attempts(&line) + 1;
    let candidate = version(library, agent, number)?;
    let promoted = number % 3 == 1;
    let evidence = library.sign(&statement(&candidate, number, promoted)?)?;
    library.append(Leaf::attempt(&line, candidate.component, number))?;
    if !promoted {
        library.append(Leaf::refuse(&line, candidate, number, vec![evidence]))?;
        return Ok((candidate, evidence, None));
    }
    let waiting = library.propose(Leaf::promote(&line, candidate, number, vec![evidence]))?;
    for person in &people[..2] {
        library.approve(&waiting, person)?;
    }
    library.settle(&waiting)?.ok_or("two approvals are not enough")?;
    Ok((candidate, evidence, Some(waiting)))
}

/// The second root of trust: people, and what they approve.
fn rotate(dir: &Path, keys: &Keys, people: &[Keys]) -> Outcome<Library> {
    let folder = dir.join("library");
    let mut next = Library::open_or_create(&folder, NAME, keys)?.next_root();
    for (name, keys) in PEOPLE.iter().zip(people) {
        next.add(Office::Approver, name, &keys.list(NAME)[3].public)?;
    }
    next.remove(Office::Approver, "owner")?;
    next.threshold(Office::Approver, 2);
    next.approve(["promote", "revoke-version", "rollback"].map(str::to_owned).into());
    Ok(Library::rotate(&folder, NAME, keys, &next.finish(keys)?)?.0)
}

fn facts(
    library: &Library,
    keys: &Keys,
    people: &[Keys],
    (version, evidence, approval): &(Version, Digest, Digest),
) -> Outcome<Value> {
    let mut proofs = Vec::new();
    for index in PROVED {
        let hashes = library.inclusion(index)?.into_iter().map(|hash| Digest::from_bytes(hash).hex());
        proofs.push(json!({"index": index, "hashes": hashes.collect::<Vec<_>>()}));
    }
    let lines = keys.list(NAME).into_iter().map(|key| (key.role.to_owned(), Value::from(key.public)));
    Ok(json!({
        "name": NAME,
        "size": SIZE,
        "old": OLD,
        "keys": lines.collect::<serde_json::Map<_, _>>(),
        "inclusion": proofs,
        // The last promotion: whose statement is checked by hand, and which version goes to a registry.
        "statement": evidence.hex(),
        "approval": approval.hex(),
        "approvers": people.iter().map(|keys| keys.list(NAME)[3].public.clone()).collect::<Vec<_>>(),
        "manifest": version.manifest.hex(),
        "component": version.component.hex(),
    }))
}

fn make(dir: &Path) -> Outcome<()> {
    let keys = Keys::open_or_create(&dir.join("keys"))?;
    let folder = dir.join("library");
    if Library::open_or_create(&folder, NAME, &keys)?.head().size != 0 {
        return Err("there is a library already".into());
    }
    let people = PEOPLE.map(|name| Keys::open_or_create(&dir.join("people").join(name)));
    let people: Vec<Keys> = people.into_iter().collect::<Result<_, _>>()?;
    let mut library = rotate(dir, &keys, &people)?;
    // Any time will do; this one is the same tomorrow.
    library.append(TrustLeaf::freshness("2026-11-22T18:00:00Z".parse::<Time>()?))?;
    for agent in AGENTS {
        let seed = version(&mut library, agent, 0)?;
        library.append(Leaf::baseline(&line(agent), seed, vec![]))?;
    }
    let mut last = None;
    for agent in AGENTS.iter().cycle() {
        if library.head().size >= SIZE {
            break;
        }
        let (candidate, evidence, approval) = step(&mut library, agent, &people)?;
        last = approval.map(|approval| (candidate, evidence, approval)).or(last);
        if library.head().size == OLD {
            std::fs::copy(folder.join("log/checkpoint"), dir.join(format!("checkpoint-{OLD}")))?;
        }
    }
    let last = last.ok_or("nothing was promoted")?;
    let facts = serde_json::to_vec_pretty(&facts(&library, &keys, &people, &last)?)?;
    std::fs::write(dir.join("facts.json"), facts)?;
    Ok(())
}

fn main() -> Outcome<()> {
    let dir: PathBuf = std::env::args_os().nth(1).ok_or("usage: specimen DIR")?.into();
    make(&dir)
}
