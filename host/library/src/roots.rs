//! The chain of roots of trust: `trust/root.1.json`, `root.2.json` …
//!
//! TUF's rule (the specification's §5.3): root n + 1 is signed by enough people of root n's root role *and* of its own, and
//! numbers are not skipped. Which of them is in force at a leaf is not a matter of files: the log says so, by a
//! `rotate-root` leaf that names the root. A file beyond those is a rotation that was interrupted; it has no effect.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::error::Error;
use crate::fault::{Fault, clean};
use crate::files::Files;
use crate::trust::{self, MAX_ROOT, Pin, Root};

/// The folder of roots.
pub(crate) const FOLDER: &str = "trust";
/// The first root.
pub(crate) const FIRST: &str = "trust/root.1.json";

/// Where root `number` is.
pub(crate) fn path(number: u64) -> String {
    format!("{FOLDER}/root.{number}.json")
}

/// All roots, each signed as it must be; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roots {
    first: Root,
    later: Vec<Root>,
    /// The first stands for all that the log names: only in a scratch copy of another library's log.
    for_all: bool,
}

impl Roots {
    /// Reads the chain as far as its files go without a gap.
    pub(crate) fn load(files: &Files) -> Result<Self, Error> {
        let first = load(files, 1)?;
        let mut roots = Self { first: first.0, later: Vec::new(), for_all: false };
        enough(&roots.first, &first.1).map_err(|fault| fault.in_file(FIRST))?;
        loop {
            let number = roots.last().number.saturating_add(1);
            if !files.exists(&path(number))? {
                return Ok(roots);
            }
            let (root, envelope) = load(files, number)?;
            follows(roots.last(), &root, &envelope).map_err(|fault| fault.in_file(path(number)))?;
            roots.later.push(root);
        }
    }

    /// The library's name.
    pub(crate) fn name(&self) -> &str {
        &self.first.name
    }

    /// The newest that there is a file of.
    pub(crate) fn last(&self) -> &Root {
        self.later.last().unwrap_or(&self.first)
    }

    /// All of them, the first first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Root> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The root that is in force once the log has named `later`; the first of these that is not the file's is a fault.
    pub(crate) fn in_force(&self, later: &[Digest]) -> Result<&Root, Error> {
        if self.for_all {
            return Ok(&self.first);
        }
        for (i, digest) in later.iter().enumerate() {
            if self.later.get(i).map(Root::digest).as_ref() != Some(digest) {
                let number = i as u64 + 2;
                return Err(Fault::RootUnknown { number, root: *digest }.in_file(path(number)).into());
            }
        }
        Ok(later.len().checked_sub(1).and_then(|last| self.later.get(last)).unwrap_or(&self.first))
    }

    /// In a replica the log names roots that are another library's.
    pub(crate) fn stand_for_all(&mut self) {
        self.for_all = true;
    }

    /// Whether the pinned root is among them.
    pub(crate) fn admitted_by(&self, pin: &Pin) -> bool {
        self.iter().any(|root| pin.admits(root))
    }

    /// Takes the next root in, if it is signed as it must be.
    pub(crate) fn push(&mut self, file: &[u8]) -> Result<&Root, Error> {
        let number = self.last().number.saturating_add(1);
        let in_file = |fault: Fault| fault.in_file(path(number));
        let (root, envelope) = trust::parse(file).map_err(in_file)?;
        follows(self.last(), &root, &envelope).map_err(in_file)?;
        self.later.push(root);
        Ok(self.last())
    }

    /// Forgets those beyond the ones that the log names, and removes their files.
    pub(crate) fn discard_beyond(&mut self, named: usize, files: &Files) -> Result<(), Error> {
        for root in self.later.drain(named.min(self.later.len())..) {
            files.remove(&path(root.number))?;
        }
        Ok(())
    }
}

fn load(files: &Files, number: u64) -> Result<(Root, crate::dsse::Envelope), Error> {
    let bytes = files.read(&path(number), MAX_ROOT)?;
    trust::parse(&bytes).map_err(|fault| fault.in_file(path(number)).into())
}

/// Whether enough people of this root's root role signed the envelope.
fn enough(root: &Root, envelope: &crate::dsse::Envelope) -> Result<(), Fault> {
    let (signed, needed) = (root.signers(envelope).len(), root.root.threshold);
    if signed < needed as usize {
        return Err(Fault::RootSignature { of: root.number, signed: signed as u32, needed });
    }
    Ok(())
}

fn follows(before: &Root, root: &Root, envelope: &crate::dsse::Envelope) -> Result<(), Fault> {
    if root.number != before.number.saturating_add(1) || root.name != before.name {
        return Err(Fault::malformed("it is not the next root of this library"));
    }
    enough(before, envelope)?;
    enough(root, envelope)
}

/// Files in `trust/` that are no root of this chain.
pub(crate) fn strangers(files: &Files, roots: &Roots) -> Result<Vec<String>, Error> {
    let known: BTreeSet<String> = roots.iter().map(|root| format!("root.{}.json", root.number)).collect();
    let unknown = files.names(FOLDER)?.into_iter().filter(|name| !known.contains(name));
    Ok(unknown.map(|name| format!("{FOLDER}/{}", clean(&name))).collect())
}
