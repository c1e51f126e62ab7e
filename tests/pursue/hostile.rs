//! Who leads a goal is a stranger's program, and is believed nothing. Each file of `hostile/` is an orchestrator or an explorer that
//! tries something; its header says what, and where that must end:
//!
//! | line | says |
//! |---|---|
//! | `tries:` | what it tries |
//! | `leads:` | `orchestrator` or `explorer` |
//! | `ends:` | the exit code, and `reached` or `not reached`; none where nothing was begun |
//! | `says:` | words that the journal, or the program's last words, must hold; may stand several times |
//! | `never:` | words that neither may hold |
//! | `quotas:` | lines of `[quotas]`, separated by commas |
//!
//! All lead in one place, one goal after the other. Its library holds good `cut` and `triple`, and must verify in the end; then the
//! planner that ships must reach the goal there as if nobody else had been.
//!
//! `.rs` is source text, `.wat` a component.
//! `SEALED` stands in every held-out case: it must be in no journal until the gates have spoken.

use crate::field::{GOALS, SEALED, goal, of_kind, pursue, stocked, verifies};
use crate::support::Place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Guest {
    name: String,
    header: BTreeMap<String, Vec<String>>,
    path: PathBuf,
}

impl Guest {
    fn read(path: PathBuf) -> Self {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut header: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines().map_while(|line| line.strip_prefix("//! ").or(line.strip_prefix(";; "))) {
            let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("{name}: `{line}`"));
            header.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        for key in ["tries", "leads", "ends"] {
            assert!(header.contains_key(key), "{name} has no `{key}:`");
        }
        Self { name, header, path }
    }

    fn all(&self, key: &str) -> &[String] {
        self.header.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

fn guests() -> Vec<Guest> {
    let files = std::fs::read_dir(root().join("tests/pursue/hostile")).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut guests: Vec<Guest> = paths.into_iter().map(Guest::read).collect();
    // While nobody has reached the goal, nothing that is in use reaches it in an orchestrator's place.
    guests.sort_by_key(|guest| guest.all("leads") != ["orchestrator"]);
    guests
}

/// What is not as the header says.
fn differs(place: &Place, guest: &Guest) -> Vec<String> {
    place.write(
        "goal.toml",
        goal("echo", "held-out = [\"size\"]", &{
            let lines = guest.all("quotas").join("\n").replace(", ", "\n");
            format!("[quotas]\ncandidates = 8\nagents = 0\n{lines}\n")
        }),
    );
    let before = place.read(GOALS).len();
    let leads = format!("--{}", guest.all("leads")[0]);
    let file = match guest.path.extension().is_some_and(|extension| extension == "wat") {
        true => place.write("leader.wasm", wat::parse_file(&guest.path).unwrap()),
        false => guest.path.clone(),
    };
    let file = file.display().to_string();
    let said = pursue(place, "goal.toml", &[&leads, &file]);
    let journal = place.read(GOALS).split_off(before);
    let reached = match journal.lines().last() {
        Some(last) if last.contains("\"event\":\"ended\",\"reached\":true") => " reached",
        Some(last) if last.contains("\"event\":\"ended\"") => " not reached",
        Some(_) => " in the middle",
        None => "",
    };
    let ends = format!("{}{reached}", said.code.unwrap_or(-1));
    let words = format!("{journal}\n{}\n{}", said.out, said.err);
    let squeezed =
        |text: &str| text.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
    let all = squeezed(&words);
    let mut differs = Vec::new();
    if guest.all("ends") != [ends.clone()] {
        differs.push(format!("it ended {ends}: {}", said.err));
    }
    let lacks = guest.all("says").iter().filter(|words| !all.contains(words.as_str()));
    differs.extend(lacks.map(|words| format!("it lacks `{words}`")));
    assert!(!said.err.contains("panicked at"), "{}: {}", guest.name, said.err);
    let never = [SEALED.to_owned()];
    let has = guest.all("never").iter().chain(&never).filter(|words| all.contains(words.as_str()));
    differs.extend(has.map(|words| format!("it has `{words}`")));
    if reached == " in the middle" {
        pursue(place, "goal.toml", &["--give-up"]).ended(0);
    }
    differs
}

#[test]
fn every_hostile_leader_ends_where_its_header_says_and_the_next_goal_is_reached_as_ever() {
    let place = stocked(&["cut", "triple"]);
    let only = std::env::var("ASSAY_HOSTILE_LEADER").unwrap_or_default();
    let mut wrong = Vec::new();
    for guest in guests().iter().filter(|guest| guest.name.contains(&only)) {
        let started = std::time::Instant::now();
        let differs = differs(&place, guest);
        eprintln!("{:<32} {:.1?}", guest.name, started.elapsed());
        if !differs.is_empty() {
            wrong.push(format!("{}: {}", guest.name, differs.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    verifies(&place);
    let made = of_kind(&place, "made");
    assert!(made.is_empty(), "no quota let anyone make agents: {made:?}");
    place.write("goal.toml", goal("echo", "", ""));
    let said = pursue(&place, "goal.toml", &["--without", "exploration"]).ended(0).json();
    assert_eq!(said["answer"]["Ok"], "hellohellohello");
}

#[test]
fn threats_names_every_hostile_leader() {
    let threats = std::fs::read_to_string(root().join("THREATS.md")).unwrap();
    for guest in guests() {
        let name = format!("`pursue/hostile/{}`", guest.name);
        assert!(threats.contains(&name), "THREATS.md lacks {name}");
    }
}
