//! The corpus of refusals: each attack on a library ends in its own error, told by its name, its file and its words.
//!
//! A folder here is a case; `case.json` says what the attack is, how it is done, and how it ends:
//!
//! ```json
//! {"attack": "…", "steps": [{"do": "flip", "file": "{component.blob}"}],
//!  "command": {"verify": ["--max-age", "60"]},
//!  "refusal": {"name": "blob-edited", "file": "{component.blob}", "words": "was edited"}}
//! ```
//!
//! Every case begins with the same library (`world.rs`): a baseline, a refused and a promoted attempt, made by the keys of
//! `owner`. `{…}` is replaced in every text. Without `refusal` the command must succeed: the border of what is refused.
//!
//! | command | |
//! |---|---|
//! | `{"verify": [option…]}` | `assay-verify`, as JSON and as text: exit code 1, and the first finding is the refusal |
//! | `{"usage": [option…]}` | the same, exit code 2, and `words` on standard error |
//! | `{"open": person}` | open for writing with that person's keys |
//! | `{"open-twice": person}` | open for writing while another writer has it |
//! | `{"step": {…}}` | a step that the library itself refuses |
//!
//! The steps are those of `honest.rs`, `enemy.rs` (whoever can write the folder) and `insider.rs` (whoever holds keys too).
//! A new case of known steps takes no code.

// Helpers outside test functions may unwrap too: a case that can't be played fails the test.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

use library::{Error, Library};
use serde::Deserialize;
use serde_json::Value;

mod enemy;
mod honest;
mod insider;
mod world;

use world::{NAME, World};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    attack: String,
    steps: Vec<Value>,
    command: Value,
    refusal: Option<Refusal>,
}

/// How a case ends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// The fault's or the error's name, in kebab case.
    name: String,
    /// The file it is found in, where it is a fault.
    #[serde(default)]
    file: String,
    /// Words of the message.
    words: String,
}

impl Refusal {
    fn of(error: &Error) -> Self {
        let words = error.to_string();
        if let Error::Unsound(finding) = error {
            let fault = serde_json::to_value(&finding.fault).unwrap();
            return Self { name: fault["fault"].as_str().unwrap().into(), file: finding.file.clone(), words };
        }
        let variant: String = format!("{error:?}").chars().take_while(|c| c.is_alphanumeric()).collect();
        let mut name = String::new();
        for (i, c) in variant.char_indices() {
            if i > 0 && c.is_uppercase() {
                name.push('-');
            }
            name.extend(c.to_lowercase());
        }
        Self { name, file: String::new(), words }
    }
}

fn verifier(world: &World, options: &Value, json: bool) -> Output {
    let options: Vec<String> = serde_json::from_value(world.told(options)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay-verify"));
    command.arg(&world.library).args(options).args(json.then_some("--json"));
    command.output().unwrap()
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What the case's command says; `Ok` if it refuses nothing.
fn outcome(world: &mut World, command: &Value) -> Result<(), Refusal> {
    let (kind, argument) = command.as_object().unwrap().iter().next().unwrap();
    let open = |world: &World| {
        Library::open_or_create(&world.library, NAME, &world.keys(argument.as_str().unwrap()))
            .map_err(|e| Refusal::of(&e))
    };
    match kind.as_str() {
        "verify" => {
            let (json, text) = (verifier(world, argument, true), verifier(world, argument, false));
            assert_eq!(json.status, text.status);
            assert_ne!(json.status.code(), Some(2), "{}", string(&json.stderr));
            let report: Value = serde_json::from_slice(&json.stdout).unwrap();
            assert_eq!(report["verified"], json.status.success());
            let Some(found) = report["findings"].as_array().unwrap().first() else { return Ok(()) };
            assert_eq!(json.status.code(), Some(1));
            let field = |value: &Value| value.as_str().unwrap().to_owned();
            let text = string(&text.stdout);
            // An enemy's text reaches no terminal.
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
            let words = text.lines().find_map(|line| line.trim().strip_prefix("WRONG: ")).unwrap().to_owned();
            Err(Refusal { name: field(&found["fault"]["fault"]), file: field(&found["file"]), words })
        }
        "usage" => {
            let output = verifier(world, argument, true);
            assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
            Err(Refusal { name: "usage".into(), file: String::new(), words: string(&output.stderr) })
        }
        "open" => open(world).map(drop),
        "open-twice" => {
            let _held = open(world)?;
            open(world).map(drop)
        }
        "step" => step(world, argument).map_err(|e| Refusal::of(&e)),
        _ => panic!("no command {kind}"),
    }
}

/// Does one step; only honest ones can be refused.
fn step(world: &mut World, step: &Value) -> Result<(), Error> {
    let told = world.told(step);
    let kind = told["do"].as_str().expect("a step says what to do").to_owned();
    if let Some(done) = honest::step(world, &kind, &told) {
        return done;
    }
    let known = enemy::step(world, &kind, &told) || insider::step(world, &kind, &told);
    assert!(known, "no step {kind:?}");
    Ok(())
}

struct Played {
    attack: String,
    refusal: Option<Refusal>,
    /// How it ended otherwise than the case says.
    wrong: Option<String>,
}

fn play(name: &str, folder: &Path, base: &World) -> Played {
    let text = std::fs::read(folder.join("case.json")).unwrap();
    let case: Case = serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut world = base.copy();
    for (i, one) in case.steps.iter().enumerate() {
        step(&mut world, one).unwrap_or_else(|e| panic!("{name}, step {i}: {e}"));
    }
    let found = outcome(&mut world, &case.command).err();
    let right = match (&found, &case.refusal) {
        (None, None) => true,
        (Some(found), Some(refusal)) => {
            let expected = (&refusal.name, &world.fill(&refusal.file));
            (&found.name, &found.file) == expected && found.words.contains(&world.fill(&refusal.words))
        }
        _ => false,
    };
    let wrong = (!right).then(|| format!("{name}: expected {:?}, found {found:?}", case.refusal));
    Played { attack: case.attack, refusal: case.refusal, wrong }
}

#[test]
fn every_attack_on_a_library_ends_in_its_own_error() {
    let base = World::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals");
    let mut folders: Vec<_> = std::fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort_unstable();
    let (mut refused, mut passed, mut wrong) = (0, 0, Vec::new());
    eprintln!("{:<36} {:<20} ATTACK", "CASE", "ERROR");
    for folder in &folders {
        let name = folder.file_name().unwrap().to_string_lossy();
        let Played { attack, refusal, wrong: other } = play(&name, folder, &base);
        let error = refusal.as_ref().map_or("– (passes)", |refusal| &refusal.name);
        eprintln!("{name:<36} {error:<20} {attack}");
        *if refusal.is_some() { &mut refused } else { &mut passed } += 1;
        wrong.extend(other);
    }
    eprintln!("{refused} attacks refused, {passed} borders passed");
    assert!(wrong.is_empty(), "{} cases end otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused >= 60 && passed >= 3, "{refused} and {passed} cases are too few");
}
