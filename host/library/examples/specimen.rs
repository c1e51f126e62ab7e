//! `specimen DIR`: makes the library that `tests/interop` hands to other people's tools.
//!
//! Those tools are worth something only if what they read was written by the very code that promotes agents. So this goes
//! through the public door alone: 300 leaves of four agents, each version a component of its own, each verdict
//! with a signed statement. The checkpoint of size 150 is kept, since consistency needs somebody who kept one.
//!
//! ```text
//! DIR/library/          the library              DIR/keys/   its private keys
//! DIR/checkpoint-150    log/checkpoint back then
//! DIR/facts.json        what a reader can't take from the library: key lines, inclusion proofs, what to look at
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};

use library::{About, Digest, Keys, Leaf, Library, Line, Statement, Version};
use serde_json::{Value, json};

const NAME: &str = "example.com/specimen";
/// An even number of agents: their baselines, then two leaves a step, must meet both sizes.
const AGENTS: [&str; 4] = ["packer/uniform", "packer/weibull", "sorter", "normalize-dates"];
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

/// One attempt and what came of it: every third is promoted. Returns the evidence's digest.
fn step(library: &mut Library, agent: &str) -> Outcome<(Version, Digest)> {
    let line = line(agent);
    let number = library.attempts(&line) + 1;
    let candidate = version(library, agent, number)?;
    let promoted = number % 3 == 1;
    let evidence = library.sign(&statement(&candidate, number, promoted)?)?;
    let resolve = if promoted { Leaf::promote } else { Leaf::refuse };
    library.append_all(vec![
        Leaf::attempt(&line, candidate.component, number),
        resolve(&line, candidate, number, vec![evidence]),
    ])?;
    Ok((candidate, evidence))
}

fn facts(library: &Library, keys: &Keys, version: &Version, evidence: &Digest) -> Outcome<Value> {
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
        "manifest": version.manifest.hex(),
        "component": version.component.hex(),
    }))
}

fn make(dir: &Path) -> Outcome<()> {
    let keys = Keys::open_or_create(&dir.join("keys"))?;
    let folder = dir.join("library");
    let mut library = Library::open_or_create(&folder, NAME, &keys)?;
    if library.head().size != 0 {
        return Err("there is a library already".into());
    }
    for agent in AGENTS {
        let seed = version(&mut library, agent, 0)?;
        library.append(Leaf::baseline(&line(agent), seed, vec![]))?;
    }
    let mut last = None;
    for agent in AGENTS.iter().cycle() {
        if library.head().size >= SIZE {
            break;
        }
        let (candidate, evidence) = step(&mut library, agent)?;
        if library.current(agent, "stable").is_some_and(|current| current.version == candidate) {
            last = Some((candidate, evidence));
        }
        if library.head().size == OLD {
            std::fs::copy(folder.join("log/checkpoint"), dir.join(format!("checkpoint-{OLD}")))?;
        }
    }
    let (version, evidence) = last.ok_or("nothing was promoted")?;
    let facts = serde_json::to_vec_pretty(&facts(&library, &keys, &version, &evidence)?)?;
    std::fs::write(dir.join("facts.json"), facts)?;
    Ok(())
}

fn main() -> Outcome<()> {
    let dir: PathBuf = std::env::args_os().nth(1).ok_or("usage: specimen DIR")?.into();
    make(&dir)
}
