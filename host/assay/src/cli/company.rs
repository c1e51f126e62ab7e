//! What a run of teams rests on, kept in its folder: the team it started from, the roster, and the roster's components.
//!
//! The run's first event names the first two by digest, and the roster names the components by theirs; so a resume or a
//! replay needs no library, and believes nothing that changed meanwhile.

use super::Failure;
use super::place::library_failure;
use crate::digest::sha256;
use crate::evaluate::judge::Members;
use crate::run::Teams;
use crate::run::event::Generator;
use crate::task::Task;
use crate::team::pack::can_join;
use crate::team::{Document, Member, Roster, TeamError};
use library::{Kind, Library};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const START: &str = "start.toml";
const ROSTER: &str = "roster.json";
const MEMBERS: &str = "members";

/// The agents that teams of a run are made of, and the one it starts from.
pub(super) struct Company {
    start: Document,
    roster: Roster,
    components: Components,
}

/// Components by their digests.
pub(super) type Components = BTreeMap<String, Vec<u8>>;

/// What agents of a library take and give: by their names.
pub(super) type Kinds = BTreeMap<String, (String, String)>;

impl Company {
    /// A team to start from, and whoever of these agents its run may choose from.
    pub(super) fn of(start: Document, known: &Roster, components: &Components) -> Result<Self, Failure> {
        let says = |error: TeamError| Failure::says(error.to_string());
        let start = start.resolved(|filling| known.find(filling)).map_err(says)?;
        let roster = known.at_most(&start.members().unwrap_or_default()).map_err(says)?;
        let chosen = |digest: &str| roster.of(digest).is_some();
        let components = components.iter().filter(|(digest, _)| chosen(digest));
        let components = components.map(|(digest, wasm)| (digest.clone(), wasm.clone())).collect();
        Ok(Self { start, roster, components })
    }

    /// What the search is given.
    pub(super) fn teams(&self) -> Teams {
        Teams { start: self.start.clone(), roster: self.roster.clone() }
    }

    /// Where the judge takes members from.
    pub(super) fn members(&self) -> Members {
        let components = Arc::new(self.components.clone());
        Arc::new(move |digest| {
            components.get(digest).cloned().ok_or_else(|| "it is not in the run's roster".to_owned())
        })
    }

    /// What the run's first event says of it.
    pub(super) fn generator(&self) -> Generator {
        let (start, roster) = (Some(sha256(self.start.text())), Some(self.roster.digest()));
        Generator { start, roster, ..Generator::default() }
    }

    /// Copy it into a run's folder.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), Failure> {
        let members = folder.join(MEMBERS);
        std::fs::create_dir_all(&members).map_err(Failure::machine)?;
        for (digest, wasm) in &self.components {
            std::fs::write(members.join(format!("{digest}.wasm")), wasm).map_err(Failure::machine)?;
        }
        let roster = serde_json::to_vec(&self.roster).map_err(Failure::machine)?;
        std::fs::write(folder.join(ROSTER), roster).map_err(Failure::machine)?;
        std::fs::write(folder.join(START), self.start.text()).map_err(Failure::machine)
    }

    /// What a run's folder kept, if it is what the run began with; none if its candidates are programs.
    pub(super) fn kept(folder: &Path, generator: &Generator) -> Result<Option<Self>, Failure> {
        let Some(digest) = &generator.roster else { return Ok(None) };
        let read = |file: &Path| {
            std::fs::read(folder.join(file))
                .map_err(|e| Failure::says(format!("{} of the run: {e}", folder.join(file).display())))
        };
        let changed = |file: &Path| {
            Failure::says(format!(
                "{} is not what the run began with: put the original back, or start a new run",
                folder.join(file).display()
            ))
        };
        let (start_file, roster_file) = (Path::new(START), Path::new(ROSTER));
        let start = String::from_utf8(read(start_file)?).map_err(|_| changed(start_file))?;
        if generator.start.as_ref() != Some(&sha256(&start)) {
            return Err(changed(start_file));
        }
        let start = Document::parse(&start).map_err(|_| changed(start_file))?;
        let roster: Roster = serde_json::from_slice(&read(roster_file)?).map_err(|_| changed(roster_file))?;
        if roster.digest() != *digest {
            return Err(changed(roster_file));
        }
        let mut components = BTreeMap::new();
        for member in roster.members() {
            // What a file of the run's folder says is no path before it is a digest.
            library::Digest::from_hex(&member.component).map_err(|_| changed(roster_file))?;
            let file = PathBuf::from(MEMBERS).join(format!("{}.wasm", member.component));
            let wasm = read(&file)?;
            if sha256(&wasm) != member.component {
                return Err(changed(&file));
            }
            components.insert(member.component.clone(), wasm);
        }
        Ok(Some(Self { start, roster, components }))
    }
}

/// Every version that was ever in use, as far as it can be a member.
pub(super) fn roster(library: &Library, kinds: &Kinds) -> Result<(Roster, Components), Failure> {
    let (mut members, mut components) = (Vec::new(), BTreeMap::new());
    for (_, leaf) in library.leaves() {
        let Some(manifest) = leaf.manifest.filter(|_| matches!(leaf.kind, Kind::Baseline | Kind::Promote))
        else {
            continue;
        };
        if library.revoked(&manifest).is_some() {
            continue;
        }
        let wasm = library.get(&leaf.component).map_err(library_failure)?;
        if can_join(&wasm).is_err() {
            continue;
        }
        let current = library
            .current(&leaf.name, crate::promote::CHANNEL)
            .is_some_and(|current| current.version.component == leaf.component);
        let (takes, gives) = kinds.get(&leaf.name).cloned().unzip();
        let component = leaf.component.hex();
        members.push(Member { name: leaf.name.clone(), component: component.clone(), current, takes, gives });
        components.insert(component, wasm);
    }
    Ok((Roster::new(members), components))
}

/// What agents take and give, as the tasks in a folder of task folders declare it.
pub(super) fn kinds(tasks: &Path) -> Result<Kinds, Failure> {
    let mut kinds = Kinds::new();
    let Ok(entries) = std::fs::read_dir(tasks) else { return Ok(kinds) };
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in entries {
        folders.push(entry.map_err(Failure::machine)?.path());
    }
    folders.sort();
    for folder in folders.into_iter().filter(|folder| folder.join("task.toml").exists()) {
        let first = Task::load(&folder, None).map_err(Failure::input)?;
        let classes = first.classes.clone();
        let mut declared = vec![first];
        for class in classes.iter().skip(1) {
            declared.push(Task::load(&folder, Some(class)).map_err(Failure::input)?);
        }
        for task in declared {
            if let Some(catalogue) = &task.catalogue {
                kinds.insert(task.agent_name(), (catalogue.takes.clone(), catalogue.gives.clone()));
            }
        }
    }
    Ok(kinds)
}
