//! From parents to a proposal: edits in a row, then tidied, written, read back and compared.

use rand_chacha::ChaCha8Rng;

use super::choose::chance;
use super::clean;
use super::expressions;
use super::operators::{self, Operator};
use super::program::{MutateError, Program, Region};
use super::work::{self, Work};

/// How far and how large mutation may go.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most nodes a proposal may have, unless its parent has as many already.
    pub max_nodes: usize,
    /// Chance in `0..1` of another edit after each, up to [`MAX_EDITS`]: 0 changes one thing at a time.
    pub temperature: f64,
    /// Also draw from the operators that make and unmake loops: for programs that work in rounds.
    pub loops: bool,
}

impl Default for Settings {
    /// What found good formulas of a few dozen nodes in simulation; 0.6 did about as well.
    fn default() -> Self {
        Settings { max_nodes: 120, temperature: 0.35, loops: false }
    }
}

/// Most edits in one proposal.
pub const MAX_EDITS: usize = 3;

/// A new program and what made it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The program itself, parsed; its text is the source to compile.
    pub program: Program,
    /// The operators in the order they were applied.
    pub operators: Vec<&'static str>,
}

impl Proposal {
    /// The source to compile.
    #[must_use]
    pub fn source(&self) -> &str {
        self.program.text()
    }
}

/// How often a whole proposal is begun anew before giving up.
const TRIES: usize = 40;

/// Changes a parent in one to three places. Donors lend parts to it.
///
/// # Errors
/// [`MutateError::Stuck`] when nothing new was found, as for a region without anything to change.
pub fn mutate(
    parent: &Program,
    donors: &[&Program],
    settings: &Settings,
    rng: &mut ChaCha8Rng,
) -> Result<Proposal, MutateError> {
    search(parent, donors, settings, rng, |_| None)
}

/// Puts a part of `b` into `a`, and may change a little more.
///
/// # Errors
/// [`MutateError::Stuck`] when the two have nothing to exchange.
pub fn crossover(
    a: &Program,
    b: &Program,
    settings: &Settings,
    rng: &mut ChaCha8Rng,
) -> Result<Proposal, MutateError> {
    search(a, &[b], settings, rng, |work| {
        let done = (0..8).any(|_| expressions::graft(work));
        work.refresh();
        Some(done)
    })
}

fn search(
    parent: &Program,
    donors: &[&Program],
    settings: &Settings,
    rng: &mut ChaCha8Rng,
    mut begin: impl FnMut(&mut Work<'_>) -> Option<bool>,
) -> Result<Proposal, MutateError> {
    let own = parent.normalised();
    let operators = operators::operators(settings.loops);
    for _ in 0..TRIES {
        let mut work = Work::new(parent, donors, rng);
        let mut names = Vec::new();
        match begin(&mut work) {
            Some(false) => continue,
            Some(true) => names.push("graft"),
            None => names.extend(operators::apply(&mut work, &operators)),
        }
        edit_on(&mut work, &mut names, &operators, (MAX_EDITS, settings.temperature));
        if names.is_empty() {
            break;
        }
        if let Some(program) = finished(parent, work.region, settings)
            && program.normalised() != own
        {
            return Ok(Proposal { program, operators: names });
        }
    }
    Err(MutateError::Stuck { tries: TRIES })
}

/// Edits on behind a first edit, each with the chance of another, until there are `most`.
pub(super) fn edit_on(
    work: &mut Work<'_>,
    names: &mut Vec<&'static str>,
    operators: &[Operator],
    (most, another): (usize, f64),
) {
    while !names.is_empty() && names.len() < most && chance(work.rng, another) {
        match operators::apply(work, operators) {
            Some(name) => names.push(name),
            None => break,
        }
    }
}

/// The program with an edited region, tidied, if it can be written and is not too large.
pub(super) fn finished(parent: &Program, mut region: Region, settings: &Settings) -> Option<Program> {
    clean::tidy(&mut region, parent.folds());
    work::anchor(&mut region);
    let bound = settings.max_nodes.max(parent.nodes());
    parent.with_region(region).filter(|program| program.nodes() <= bound)
}
