//! The improver that leads a run: where it comes from, and how it is kept with the run.
//!
//! A run is a function of the improver's component and of the program that it is given. Both are copied into the run's
//! folder under names of their own, and the run's first event names them by digest: a resume or a replay takes them from there and believes
//! the digest.

use super::Failure;
use super::agents::from_library;
use super::place::{Place, judge_failure};
use crate::compile::{Component, Role, World, admit};
use crate::digest::sha256;
use crate::evaluate::compose;
use crate::evaluate::judge::Judge;
use crate::evaluate::native::Program;
use crate::nest::Proposer;
use crate::run::Lead;
use crate::run::event::{Generator, Returned};
use sandbox::policy::Limits;
use sandbox::protocol::Account;
use std::path::Path;

const COMPONENT: &str = "improver.wasm";
const START: &str = "start.rs";

/// What an improver may take while it leads: it waits for most of its time, and waiting costs nothing.
fn limits(judge: &Judge) -> Limits {
    let task = &judge.task.limits;
    Limits {
        fuel: 20_000_000_000,
        wall_clock_ms: 120_000,
        memory_bytes: 256 << 20,
        output_bytes: 4 << 20,
        stack_bytes: task.stack_bytes,
        depth: task.depth + 1,
        ..Limits::default()
    }
}

/// An improver that is to lead.
pub(super) struct Leader {
    wasm: Vec<u8>,
    digest: String,
    /// What it is given to improve; none: the task's seed agent.
    start: Option<String>,
}

impl Leader {
    /// From a file, or from the library.
    pub(super) async fn named(named: &str, place: &Place) -> Result<Self, Failure> {
        let path = Path::new(named);
        if !path.exists() && !named.ends_with(".rs") && !named.ends_with(".wasm") {
            let (_, wasm) = from_library(place, named)?;
            return Self::admitted(&wasm, named);
        }
        let bytes = std::fs::read(path).map_err(|e| Failure::says(format!("can't read {named}: {e}")))?;
        if bytes.starts_with(b"\0asm") {
            return Self::admitted(&bytes, named);
        }
        let source = String::from_utf8(bytes).map_err(|_| {
            Failure::says(format!("{named} is neither a WebAssembly binary nor UTF-8 source text"))
        })?;
        Self::compiled(&source, named, place).await
    }

    /// From source text.
    pub(super) async fn compiled(source: &str, named: &str, place: &Place) -> Result<Self, Failure> {
        let compiler = place.compiler()?;
        let compiled =
            compiler.compile(&world()?, Role::Candidate, source).await.map_err(Failure::machine)?;
        match compiled {
            Ok(component) => Ok(Self::of(component)),
            Err(rejection) => Err(Failure::says(format!("{named} is no improver: {rejection}"))),
        }
    }

    /// From a component.
    pub(super) fn admitted(wasm: &[u8], named: &str) -> Result<Self, Failure> {
        match admit(wasm, &world()?, Role::Candidate, false) {
            Ok(component) => Ok(Self::of(component)),
            Err(why) => Err(Failure::says(format!("{named} is no improver: {why}"))),
        }
    }

    fn of(component: Component) -> Self {
        Self { digest: component.digest, wasm: component.wasm, start: None }
    }

    /// The same, given another program than the task's seed agent.
    pub(super) fn starting_from(self, source: String) -> Self {
        Self { start: Some(source), ..self }
    }

    /// Its component.
    pub(super) fn component(&self) -> Result<Component, Failure> {
        admit(&self.wasm, &world()?, Role::Candidate, false).map_err(Failure::says)
    }

    /// Digest of its component.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// What the run's first event says of it.
    pub(super) fn generator(&self) -> Generator {
        let (improver, start) = (Some(self.digest.clone()), self.start.as_ref().map(sha256));
        Generator { improver, start, ..Generator::default() }
    }

    /// Copy it into a run's folder.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), Failure> {
        std::fs::write(folder.join(COMPONENT), &self.wasm).map_err(Failure::machine)?;
        match &self.start {
            Some(start) => std::fs::write(folder.join(START), start).map_err(Failure::machine),
            None => Ok(()),
        }
    }

    /// What a run's folder kept, if it is what the run began with.
    pub(super) fn kept(folder: &Path, generator: &Generator) -> Result<Option<Self>, Failure> {
        let Some(digest) = &generator.improver else { return Ok(None) };
        let read = |file: &str| {
            std::fs::read(folder.join(file))
                .map_err(|e| Failure::says(format!("{} of the run: {e}", folder.join(file).display())))
        };
        let changed = |file: &str| {
            Failure::says(format!(
                "{} is not what the run began with: put the original back, or start a new run",
                folder.join(file).display()
            ))
        };
        let leader = Self::admitted(&read(COMPONENT)?, COMPONENT)?;
        if leader.digest != *digest {
            return Err(changed(COMPONENT));
        }
        let Some(start) = &generator.start else { return Ok(Some(leader)) };
        match String::from_utf8(read(START)?) {
            Ok(source) if sha256(&source) == *start => Ok(Some(leader.starting_from(source))),
            _ => Err(changed(START)),
        }
    }

    /// Translated, with what it is lent.
    pub(super) async fn ready(self, judge: &Judge, proposer: Proposer) -> Result<Lead, Failure> {
        let component = self.component()?;
        let joined = compose::alone(&component, Account::Candidate, false, &world()?.lent());
        let limits = limits(judge);
        let native =
            judge.pool().compile(joined.wasm, &joined.grants, &limits).await.map_err(Failure::machine)?;
        let native =
            native.map_err(|verdict| Failure::says(format!("the improver can't be run: {verdict:?}")))?;
        let program = Program::new(native, joined.grants);
        Ok(Lead { program, limits, proposer, start: self.start })
    }
}

fn world() -> Result<World, Failure> {
    World::host("improver").map_err(|error| judge_failure(error.into()))
}

/// How an improver ended that came to nothing.
pub(super) fn words(returned: &Returned) -> String {
    match returned {
        Returned::Program { candidate } => format!("the improver returned candidate {candidate}"),
        Returned::Nothing { words } => format!("the improver came to nothing ({words})"),
        Returned::Failed { verdict } => format!("the improver ended {}", verdict.name()),
    }
}
