//! Steps by the library's own door. They can be refused, and then that is the case's end.
//!
//! | do | |
//! |---|---|
//! | `version` | stores `component` as a version, named `as` |
//! | `promote` | attempt, evidence and promotion of a new version of `component`, named `as` |
//! | `append` | appends `leaf` (see `insider.rs`) |
//! | `propose` | proposes `leaf`; its statement is named `as` |
//! | `approve` | `by` signs the proposal `id` |
//! | `settle` | appends the proposal `id` |
//! | `revoke-key` | revokes `key` (an id), approved by the owner |
//! | `rotate` | puts the next root in force: see `root`; with `keys`, these are its log and evidence keys |
//! | `root` | writes the next root to the library's `file`: `people` [[office, person, key line]…], `thresholds`
//!   {office: number}, `approve` [type…], `working` person whose log and evidence keys it names, `signed` [person…] |
//! | `freshness` | the log was alive at `time` |
//! | `cosign` | `by` cosigns the checkpoint as the witness `name`; the witness' line is named `as` |

use library::{
    About, Digest, Error, Leaf, Library, Office, Time, TrustLeaf, add_cosignature, cosign, sign_root,
};
use serde_json::Value;

use crate::insider::body;
use crate::world::{NAME, World, line, statement, text};

fn id(step: &Value) -> Digest {
    text(step, "id").parse().unwrap()
}

fn office(name: &str) -> Office {
    if name == "root" { Office::Root } else { Office::Approver }
}

fn entry(world: &World, step: &Value) -> library::Entry {
    let body = body(world, &step["leaf"]);
    let leaf = serde_json::from_slice::<Leaf>(&body).map(library::Entry::from);
    leaf.or_else(|_| serde_json::from_slice::<TrustLeaf>(&body).map(library::Entry::from)).unwrap()
}

fn root(world: &World, step: &Value) -> Result<Vec<u8>, Error> {
    let mut draft = world.open().next_root();
    for person in step["people"].as_array().into_iter().flatten() {
        let part = |i: usize| person[i].as_str().unwrap();
        draft.add(office(part(0)), part(1), part(2))?;
    }
    for (name, people) in step["thresholds"].as_object().into_iter().flatten() {
        draft.threshold(office(name), u32::try_from(people.as_u64().unwrap()).unwrap());
    }
    if let Some(kinds) = step["approve"].as_array() {
        draft.approve(kinds.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect());
    }
    if let Some(person) = step["working"].as_str() {
        draft.replace_working_keys(&world.keys(person));
    }
    let signers: Vec<&str> = step["signed"]
        .as_array()
        .map_or(vec!["owner"], |all| all.iter().map(|p| p.as_str().unwrap()).collect());
    let mut file = draft.finish(&world.keys(signers[0]))?;
    for signer in &signers[1..] {
        file = sign_root(&file, &world.keys(signer))?;
    }
    Ok(file)
}

/// Does the step, if it is one of these.
pub(crate) fn step(world: &mut World, kind: &str, step: &Value) -> Option<Result<(), Error>> {
    Some(match kind {
        "version" => {
            let stored = world.open().put_version(text(step, "component").as_bytes(), &About::default());
            stored.map(|version| world.name_version(text(step, "as"), &version))
        }
        "promote" => promote(world, step),
        "append" => world.open().append(entry(world, step)).map(drop),
        "propose" => {
            let proposed = world.open().propose(entry(world, step));
            proposed.map(|id| world.name_digest(text(step, "as"), &id))
        }
        "approve" => world.open().approve(&id(step), &world.keys(text(step, "by"))).map(drop),
        "settle" => world.open().settle(&id(step)).map(|index| assert!(index.is_some(), "it still waits")),
        "revoke-key" => revoke(&mut world.open(), world, text(step, "key")),
        "rotate" => {
            let keys = world.keys(step["keys"].as_str().unwrap_or("owner"));
            root(world, step).and_then(|file| Library::rotate(&world.library, NAME, &keys, &file)).map(drop)
        }
        "root" => root(world, step).map(|file| world.write(text(step, "file"), file)),
        "freshness" => {
            let time: Time = text(step, "time").parse().unwrap();
            world.open().append(TrustLeaf::freshness(time)).map(drop)
        }
        "cosign" => {
            let (keys, now) = (world.keys(text(step, "by")), Time::from_seconds(1_800_000_000).unwrap());
            cosign(&world.read("log/checkpoint"), text(step, "name"), &keys, now).and_then(
                |(note, witness)| {
                    world.name(text(step, "as"), witness.line());
                    add_cosignature(&world.library, &note)
                },
            )
        }
        _ => return None,
    })
}

fn promote(world: &mut World, step: &Value) -> Result<(), Error> {
    let (mut library, name) = (world.open(), text(step, "as"));
    let version = library.put_version(text(step, "component").as_bytes(), &About::default())?;
    let number = library.attempts(&line()) + 1;
    library.append(Leaf::attempt(&line(), version.component, number))?;
    let evidence = library.sign(&statement(&version))?;
    world.name_version(name, &version);
    world.name_digest(&format!("{name}.evidence"), &evidence);
    library.append(Leaf::promote(&line(), version, number, vec![evidence])).map(drop)
}

fn revoke(library: &mut Library, world: &World, key: &str) -> Result<(), Error> {
    let id = library.propose(TrustLeaf::revoke_key(key))?;
    library.approve(&id, &world.keys("owner"))?;
    library.settle(&id).map(|index| assert!(index.is_some(), "it still waits"))
}
