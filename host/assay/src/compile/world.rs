//! A world: what a guest exports, and what it may import.
//!
//! The host's own package `assay:host` is built into the program; a task may bring one package of its
//! own that builds on it. A world is identified by the digest of every WIT text it was read from.

use sha2::{Digest, Sha256};
use wit_parser::{Resolve, SourceMap, WorldId, WorldItem, WorldKey};

/// The texts of package `assay:host`, by file name.
pub const HOST_WIT: [(&str, &str); 6] = [
    ("log.wit", include_str!("../../../../wit/log.wit")),
    ("agent.wit", include_str!("../../../../wit/agent.wit")),
    ("evaluator.wit", include_str!("../../../../wit/evaluator.wit")),
    ("simulator.wit", include_str!("../../../../wit/simulator.wit")),
    ("improver.wit", include_str!("../../../../wit/improver.wit")),
    ("team.wit", include_str!("../../../../wit/team.wit")),
];

/// What the names of the host's own interfaces begin with.
const HOST: &str = "assay:host/";
/// The name under which every guest imports its log.
pub(crate) const LOG: &str = "assay:host/log@0.1.0";

/// One world, resolved.
#[derive(Clone)]
pub struct World {
    pub(crate) resolve: Resolve,
    pub(crate) id: WorldId,
    name: String,
    digest: String,
}

/// An interface whose functions the host answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// Its full name.
    pub instance: String,
    /// Its functions.
    pub functions: Vec<String>,
}

/// Why a world can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The WIT text is not valid.
    #[error("the interface {file} is not valid WIT: {why}")]
    Syntax {
        /// The file as the task names it.
        file: String,
        /// The parser's words, with line and column.
        why: String,
    },
    /// The package has no such world.
    #[error("{file} has no world named `{world}`; declare `world {world} {{ … }}` in it")]
    Missing {
        /// The file as the task names it.
        file: String,
        /// The world that was looked for.
        world: String,
    },
}

impl World {
    /// A world of the host's own package: `agent`, `evaluator`, `simulator`, `improver` or `meta-evaluator`.
    pub fn host(world: &str) -> Result<Self, WorldError> {
        Self::read(None, world)
    }

    /// A world of a task's package. `file` is only named in errors.
    pub fn task(file: &str, wit: &str, world: &str) -> Result<Self, WorldError> {
        Self::read(Some((file, wit)), world)
    }

    fn read(task: Option<(&str, &str)>, world: &str) -> Result<Self, WorldError> {
        let mut resolve = Resolve::default();
        let mut hash = Sha256::new();
        let mut map = SourceMap::default();
        for (name, text) in HOST_WIT {
            map.push_str(name, text);
            hash_text(&mut hash, name, text);
        }
        let mut package = push(&mut resolve, "wit", map)?;
        let mut file = "the host's WIT package";
        if let Some((name, text)) = task {
            let mut map = SourceMap::default();
            map.push_str(name, text);
            hash_text(&mut hash, "task", text);
            package = push(&mut resolve, name, map)?;
            file = name;
        }
        hash_text(&mut hash, "world", world);
        let id = resolve.packages[package]
            .worlds
            .get(world)
            .copied()
            .ok_or_else(|| WorldError::Missing { file: file.to_owned(), world: world.to_owned() })?;
        Ok(Self { resolve, id, name: world.to_owned(), digest: crate::digest::hex(&hash.finalize()) })
    }

    /// sha256 over every text the world was read from and its name, hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The world's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The full names of what the world imports, e.g. `assay:host/log@0.1.0`.
    pub fn imports(&self) -> Vec<String> {
        self.resolve.worlds[self.id].imports.keys().map(|key| self.resolve.name_world_key(key)).collect()
    }

    /// What the host lends in this world besides the log: each interface of its own package that is imported, with its
    /// functions. All of it is answered by the host.
    pub fn lent(&self) -> Vec<Lent> {
        let mut lent = Vec::new();
        for (key, item) in &self.resolve.worlds[self.id].imports {
            let instance = self.resolve.name_world_key(key);
            if let WorldItem::Interface { id, .. } = item
                && instance.starts_with(HOST)
                && instance != LOG
            {
                let functions = self.resolve.interfaces[*id].functions.keys().cloned().collect();
                lent.push(Lent { instance, functions });
            }
        }
        lent
    }

    /// The full names of what the world exports.
    pub fn exports(&self) -> Vec<String> {
        self.resolve.worlds[self.id].exports.keys().map(|key| self.resolve.name_world_key(key)).collect()
    }

    /// Exported functions as (`function` or `interface#function`).
    pub fn functions(&self) -> Vec<String> {
        let mut functions = Vec::new();
        for (key, item) in &self.resolve.worlds[self.id].exports {
            let name = self.resolve.name_world_key(key);
            match item {
                WorldItem::Function(_) => functions.push(name),
                WorldItem::Interface { id, .. } => functions
                    .extend(self.resolve.interfaces[*id].functions.keys().map(|f| format!("{name}#{f}"))),
                WorldItem::Type { .. } => {}
            }
        }
        functions
    }

    /// Whether a guest of this world is handed, or asks for, anything that does not fit into a core value: a string, a
    /// list, a record of them. Then the canonical ABI needs its allocator.
    pub(crate) fn hands_over_memory(&self) -> bool {
        let world = &self.resolve.worlds[self.id];
        let items = world.imports.iter().chain(&world.exports);
        items.filter(|(key, _)| self.resolve.name_world_key(key) != LOG).any(|(_, item)| match item {
            WorldItem::Function(function) => !is_plain(function),
            WorldItem::Interface { id, .. } => !self.resolve.interfaces[*id].functions.values().all(is_plain),
            WorldItem::Type { .. } => false,
        })
    }

    /// Rust paths, inside the bindings, of what the world lets an author use: imported interfaces and
    /// functions, and the modules of exported interfaces (for their types).
    pub(crate) fn prelude(&self) -> Vec<String> {
        let world = &self.resolve.worlds[self.id];
        let mut paths = Vec::new();
        for (key, item) in &world.imports {
            match (key, item) {
                (WorldKey::Interface(_), _) if self.resolve.name_world_key(key) == LOG => {}
                (WorldKey::Interface(_) | WorldKey::Name(_), WorldItem::Interface { id, .. }) => {
                    paths.push(self.module_of(key, *id));
                }
                (WorldKey::Name(name), WorldItem::Function(_)) => paths.push(snake(name)),
                _ => {}
            }
        }
        for (key, item) in &world.exports {
            if let WorldItem::Interface { id, .. } = item {
                paths.push(format!("exports::{}::*", self.module_of(key, *id)));
            }
        }
        paths
    }

    fn module_of(&self, key: &WorldKey, id: wit_parser::InterfaceId) -> String {
        let interface = &self.resolve.interfaces[id];
        match (key, interface.package, &interface.name) {
            (WorldKey::Interface(_), Some(package), Some(name)) => {
                let package = &self.resolve.packages[package].name;
                format!("{}::{}::{}", snake(&package.namespace), snake(&package.name), snake(name))
            }
            (key, ..) => snake(&self.resolve.name_world_key(key)),
        }
    }
}

fn push(resolve: &mut Resolve, file: &str, map: SourceMap) -> Result<wit_parser::PackageId, WorldError> {
    let group = map
        .parse()
        .map_err(|(map, error)| WorldError::Syntax { file: file.to_owned(), why: error.render(&map) })?;
    resolve
        .push_group(group)
        .map_err(|error| WorldError::Syntax { file: file.to_owned(), why: error.to_string() })
}

fn hash_text(hash: &mut Sha256, name: &str, text: &str) {
    for part in [name, text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
}

/// Numbers, booleans and characters alone.
fn is_plain(function: &wit_parser::Function) -> bool {
    use wit_parser::Type;
    let plain = |kind: &Type| !matches!(kind, Type::Id(_) | Type::String | Type::ErrorContext);
    function.params.iter().all(|param| plain(&param.ty)) && function.result.iter().all(plain)
}

pub(crate) fn snake(kebab: &str) -> String {
    kebab.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_worlds_resolve_and_name_their_functions() {
        assert_eq!(World::host("agent").unwrap().functions(), ["run"]);
        assert_eq!(World::host("evaluator").unwrap().functions(), ["assay:host/judge@0.1.0#evaluate"]);
        assert_eq!(World::host("simulator").unwrap().imports(), [LOG]);
    }

    #[test]
    fn what_an_improver_and_its_evaluator_are_lent_has_nothing_in_common() {
        let names = |world: &str| -> Vec<String> {
            World::host(world).unwrap().lent().into_iter().map(|lent| lent.instance).collect()
        };
        assert_eq!(names("improver"), ["assay:host/proposals@0.1.0", "assay:host/evaluation@0.1.0"]);
        assert_eq!(names("meta-evaluator"), ["assay:host/utility@0.1.0"]);
        assert!(names("agent").is_empty() && names("evaluator").is_empty());
        assert_eq!(World::host("improver").unwrap().lent()[1].functions, ["score", "score-all", "remaining"]);
    }

    #[test]
    fn wrong_wit_is_an_error_with_a_position() {
        let error = World::task("policy.wit", "package a:b;\ninterface x {\n  f: fun();\n}\n", "agent")
            .err()
            .unwrap();
        assert!(error.to_string().contains("policy.wit:3:6"), "{error}");
    }

    #[test]
    fn a_missing_world_is_named() {
        let error = World::task("policy.wit", "package a:b;\n", "agent").err().unwrap();
        assert!(error.to_string().contains("no world named `agent`"), "{error}");
    }
}
