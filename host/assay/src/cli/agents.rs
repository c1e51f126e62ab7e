//! An agent named on the command line: a source file, a component, or something in the library.

use super::args::TaskArgs;
use super::place::{Place, judge_failure, library_failure};
use super::{Failure, team};
use crate::compile::Component;
use crate::evaluate::judge::Judge;
use crate::promote::CHANNEL;
use crate::team::Document;
use library::{Digest, Library};
use std::path::Path;

/// A component and, if it was compiled here, its source.
pub(super) struct Agent {
    pub(super) component: Component,
    pub(super) source: Option<String>,
}

/// Bytes larger than this are not read.
const FILE_BYTES: u64 = 64 << 20;

/// A file: `.wasm` is a component, anything else source text, a team's document too. The inner error is the candidate's
/// rejection.
pub(super) async fn from_file(
    path: &Path,
    judge: &Judge,
    (place, task): (&Place, &TaskArgs),
) -> Result<Result<Agent, String>, Failure> {
    let size = std::fs::metadata(path)
        .map_err(|e| Failure::says(format!("can't read {}: {e}", path.display())))?
        .len();
    if size > FILE_BYTES {
        return Err(Failure::says(format!(
            "{} is {size} bytes; at most {FILE_BYTES} are read",
            path.display()
        )));
    }
    let bytes =
        std::fs::read(path).map_err(|e| Failure::says(format!("can't read {}: {e}", path.display())))?;
    if bytes.starts_with(b"\0asm") || path.extension().is_some_and(|ext| ext == "wasm") {
        return Ok(judge.admit(&bytes).map(|component| Agent { component, source: None }));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Failure::says(format!(
            "{} is neither a WebAssembly binary nor UTF-8 source text",
            path.display()
        )));
    };
    let text = match Document::is_one(&text) {
        true => match Document::parse(&text) {
            Ok(document) => team::filled(document, place, &team::siblings(&task.task))?.text(),
            Err(error) => return Ok(Err(error.to_string())),
        },
        false => text,
    };
    let result = judge.compile(&text).await.map_err(judge_failure)?;
    Ok(result.map(|component| Agent { component, source: Some(text) }).map_err(|why| why.to_string()))
}

/// A name's current version, or a version or component by digest (or its first eight digits and more).
pub(super) fn find<'a>(library: &'a Library, wanted: &str) -> Option<&'a library::Leaf> {
    find_in(library, wanted, CHANNEL)
}

/// As [`find`] in a channel.
pub(super) fn find_in<'a>(library: &'a Library, wanted: &str, channel: &str) -> Option<&'a library::Leaf> {
    let index = position_in(library, wanted, channel)?;
    library.leaves_from(index).next().map(|(_, leaf)| leaf)
}

/// Where in the log the leaf is that [`find`] finds.
pub(super) fn position(library: &Library, wanted: &str) -> Option<u64> {
    position_in(library, wanted, CHANNEL)
}

fn position_in(library: &Library, wanted: &str, channel: &str) -> Option<u64> {
    if let Some(current) = library.current(wanted, channel) {
        return Some(current.leaf);
    }
    let wanted = wanted.strip_prefix("sha256:").unwrap_or(wanted);
    let is = |digest: &Digest| wanted.len() >= 8 && digest.hex().starts_with(wanted);
    let found = library.leaves().rev().find(|(_, leaf)| {
        leaf.manifest.as_ref().is_some_and(&is) || (leaf.manifest.is_some() && is(&leaf.component))
    });
    found.map(|(index, _)| index)
}

/// What the library holds in use for the judge's task; its seed agent where that is nothing, or there is no library.
pub(super) struct InUse {
    pub(super) component: Component,
    /// Where it is current; none: the seed agent stands in.
    pub(super) current: Option<library::Current>,
}

impl InUse {
    pub(super) async fn of(judge: &Judge, place: &Place) -> Result<Self, Failure> {
        let name = judge.task.agent_name();
        if place.library.exists() {
            let library = place.read_library()?;
            if let Some(current) = library.current(&name, CHANNEL) {
                let wasm = library.get(&current.version.component).map_err(library_failure)?;
                let component = judge.admit(&wasm).map_err(|why| {
                    Failure::says(format!(
                        "what the library holds as `{name}` is no agent of this task: {why}"
                    ))
                })?;
                return Ok(Self { component, current: Some(current.clone()) });
            }
        }
        let seed = &judge.task.seed;
        let component = judge.compile_own(&seed.name, &seed.text).await.map_err(judge_failure)?;
        Ok(Self { component, current: None })
    }

    /// In a few words, e.g. `dates 1a2b3c4d5e6f (leaf 3)`.
    pub(super) fn words(&self, judge: &Judge) -> String {
        let name = judge.task.agent_name();
        match &self.current {
            Some(current) => format!("{name} {} (leaf {})", current.version.manifest.short(), current.leaf),
            None => format!("the seed agent {} ({name} is not in the library yet)", judge.task.seed.name),
        }
    }

    pub(super) fn value(&self) -> serde_json::Value {
        serde_json::json!({ "component": self.component.digest, "leaf": self.current.as_ref().map(|current| current.leaf),
            "version": self.current.as_ref().map(|current| current.version.manifest.hex()) })
    }
}

/// As [`find`], with an error that says what to do.
pub(super) fn from_library(place: &Place, wanted: &str) -> Result<(library::Leaf, Vec<u8>), Failure> {
    from_library_in(&place.read_library()?, place, wanted, CHANNEL)
}

/// As [`find_in`], with an error that says what to do.
pub(super) fn from_library_in(
    library: &Library,
    place: &Place,
    wanted: &str,
    channel: &str,
) -> Result<(library::Leaf, Vec<u8>), Failure> {
    let Some(leaf) = find_in(library, wanted, channel) else {
        let place = place.library.display();
        return Err(Failure::says(if library.all_current().any(|current| current.name == wanted) {
            format!(
                "channel `{channel}` of the library at {place} holds no version of `{wanted}`; `assay library list` shows which do"
            )
        } else {
            format!(
                "the library at {place} has no agent `{wanted}`; `assay library list` shows what there is"
            )
        }));
    };
    let wasm = library.get(&leaf.component).map_err(library_failure)?;
    Ok((leaf.clone(), wasm))
}
