//! A team as a component: one file that carries the document and every member, and conforms to the world `team-agent`.
//!
//! The component is a relay: what it exports is what it imports, the host's `team.run`. Document and members lie in a core
//! module as passive data, where no admission drops them and nothing compiles or runs them; so the digest covers all that the
//! team is, and whoever holds the component needs no library to run it again.
//!
//! A team has no code of its own. What is taken out of a component is packed again, and must give the same bytes: so
//! there is one component for a document, and nowhere in it to put anything else.

use super::document::{Document, Filling, TeamError};
use crate::compile::{Build, Component, Role, component_interface, stored};
use crate::digest::sha256;
use std::collections::BTreeMap;
use wasm_encoder::{
    Alias, ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentImportSection,
    ComponentTypeRef, ComponentTypeSection, ComponentValType, DataCountSection, DataSection, InstanceType,
    Module, ModuleSection, NameSection, PrimitiveValType,
};
use wasmparser::{DataKind, Parser, Payload};

/// The interface through which a team is run.
pub const TEAM: &str = "assay:host/team@0.1.0";
/// What a member may import.
const LOG: &str = "assay:host/log@0.1.0";

/// A team taken out of its component.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// Who does what; every role is filled by a digest.
    pub document: Document,
    /// Components by digest, each a text agent that imports nothing but the log.
    pub members: BTreeMap<String, Component>,
}

/// Why something is no team.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The document.
    #[error(transparent)]
    Team(#[from] TeamError),
    /// A member that is not there, or can't be one.
    #[error("role `{role}`: component {digest} can't be a member: {why}")]
    Member {
        /// A role that it fills.
        role: String,
        /// The component.
        digest: String,
        /// Why.
        why: String,
    },
    /// Not a packed team.
    #[error("it imports `{TEAM}` but carries no team: {0}")]
    Carries(String),
}

/// Make the component of a team whose roles are all filled by digests that `member` knows.
///
/// # Errors
/// A role that is not filled by a digest, or a member that is missing or is no text agent.
pub fn pack(
    document: &Document,
    member: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<u8>, PackError> {
    let mut members = BTreeMap::new();
    for (digest, role) in fillings(document)? {
        let refused = |why| PackError::Member { role: role.to_owned(), digest: digest.to_owned(), why };
        let component = can_join(&member(digest).map_err(refused)?).map_err(refused)?;
        if component.digest != digest {
            return Err(refused(format!("its bytes have digest {}", component.digest)));
        }
        members.insert(digest.to_owned(), component);
    }
    Ok(encoded(document, &members))
}

/// The component, in the form in which one is admitted.
fn encoded(document: &Document, members: &BTreeMap<String, Component>) -> Vec<u8> {
    let mut data = DataSection::new();
    data.passive(document.text().into_bytes());
    for member in members.values() {
        data.passive(member.wasm.iter().copied());
    }
    let mut name = NameSection::new();
    name.module(Role::Candidate.name());
    let mut module = Module::new();
    // A document has at most 32 roles.
    module.section(&DataCountSection { count: members.len() as u32 + 1 });
    module.section(&data);
    module.section(&name);

    let text = ComponentValType::Primitive(PrimitiveValType::String);
    let mut instance = InstanceType::new();
    instance.ty().defined_type().result(Some(text), Some(text));
    instance.ty().function().params([("input", text)]).result(Some(ComponentValType::Type(0)));
    instance.export("run", ComponentTypeRef::Func(1));
    let mut types = ComponentTypeSection::new();
    types.instance(&instance);
    let mut imports = ComponentImportSection::new();
    imports.import(TEAM, ComponentTypeRef::Instance(0));
    let mut aliases = ComponentAliasSection::new();
    aliases.alias(Alias::InstanceExport { instance: 0, kind: ComponentExportKind::Func, name: "run" });
    let mut exports = ComponentExportSection::new();
    exports.export("run", ComponentExportKind::Func, 0, None);
    let mut component = wasm_encoder::Component::new();
    component
        .section(&types)
        .section(&imports)
        .section(&aliases)
        .section(&exports)
        .section(&ModuleSection(&module));
    component.finish()
}

/// How a team's component came from `source`: packed by this program, without a compiler.
pub fn build(source: &str) -> Build {
    Build {
        source: sha256(source),
        compiler: format!("assay {}", env!("CARGO_PKG_VERSION")),
        toolchain: "none".into(),
        bindings: sha256(""),
        flags: Vec::new(),
    }
}

/// Whether a component is run as a team.
pub fn is_team(component: &Component) -> bool {
    component.imports.iter().any(|import| import == TEAM)
}

/// What a team's component carries. Nothing in it is believed: it may have been built elsewhere.
///
/// # Errors
/// It carries no team, or one that can't be run.
pub fn unpack(wasm: &[u8]) -> Result<Unpacked, PackError> {
    let carried = carried(wasm).map_err(|why| PackError::Carries(why.to_string()))?;
    let Some((text, rest)) = carried.split_first() else {
        return Err(PackError::Carries("there is no data in it".into()));
    };
    let text =
        std::str::from_utf8(text).map_err(|_| PackError::Carries("its document is not UTF-8".into()))?;
    let document = Document::parse(text)?;
    if document.text() != text {
        return Err(PackError::Carries("its document is not in the canonical form".into()));
    }
    let fillings = fillings(&document)?;
    if rest.len() != fillings.len() {
        return Err(PackError::Carries(format!("{} members for {} components", rest.len(), fillings.len())));
    }
    let mut members = BTreeMap::new();
    for ((digest, role), wasm) in fillings.into_iter().zip(rest) {
        let refused = |why| PackError::Member { role: role.to_owned(), digest: digest.to_owned(), why };
        if sha256(wasm) != digest {
            return Err(refused("its bytes have another digest".into()));
        }
        members.insert(digest.to_owned(), can_join(wasm).map_err(refused)?);
    }
    if encoded(&document, &members) != wasm {
        return Err(PackError::Carries("there is more in it than its document and its members".into()));
    }
    Ok(Unpacked { document, members })
}

/// Each member's digest with the first role that it fills, by digest.
fn fillings(document: &Document) -> Result<BTreeMap<&str, &str>, PackError> {
    let mut fillings = BTreeMap::new();
    for (name, role) in &document.roles {
        let Filling::Agent(digest) = &role.filling else {
            let filling = role.filling.to_string();
            let help = "resolve it to a component first".into();
            return Err(TeamError::Unfilled { role: name.clone(), filling, help }.into());
        };
        fillings.entry(digest.as_str()).or_insert(name.as_str());
    }
    Ok(fillings)
}

/// A member: a text agent that can do nothing but compute and log, in the form in which the library keeps one.
///
/// # Errors
/// Why it can't be one.
pub fn can_join(wasm: &[u8]) -> Result<Component, String> {
    let component = stored(wasm, Role::Candidate)?;
    if let Some(import) = component.imports.iter().find(|import| *import != LOG) {
        return Err(format!("it imports `{import}`, and members of a team are lent nothing but the log"));
    }
    if !component_interface(wasm)?.text_agent {
        return Err("it does not export `run: func(input: string) -> result<string, string>`".into());
    }
    Ok(component)
}

/// The passive data of the first core module.
fn carried(wasm: &[u8]) -> Result<Vec<&[u8]>, wasmparser::BinaryReaderError> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::DataSection(section) = payload? {
            let mut carried = Vec::new();
            for data in section {
                let data = data?;
                if matches!(data.kind, DataKind::Passive) {
                    carried.push(data.data);
                }
            }
            return Ok(carried);
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests;
