//! Propose: the next batch of candidates, a function of the state and the run's seed alone.
//!
//! Each slot of a batch has a random generator of its own, derived from (seed, batch, slot), so there is no
//! generator state to store: a resumed run proposes what the killed one would have.

use super::event::Search;
use super::state::State;
use crate::generate::mutate::{Program, Settings, crossover, mutate};
use crate::generate::writer::Rests;
use crate::team::vary::vary;
use crate::team::{Document, Roster};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// One candidate to be.
pub(super) struct Proposal {
    pub(super) island: u64,
    pub(super) parents: Vec<u64>,
    pub(super) operators: Vec<String>,
    pub(super) source: String,
    /// Not written by this program: it shares no compiler run.
    pub(super) foreign: bool,
    /// What it rests on, if a model wrote it.
    pub(super) rests: Option<Rests>,
}

/// How often a slot tries again when it drew what was seen before.
const TRIES: u32 = 30;
/// One slot in so many starts from a crossover.
const CROSSOVER: u32 = 8;

/// Propose up to `count` candidates that differ from everything seen so far, from what is at work (`pending`, to which they
/// are added) and from each other.
pub(super) fn propose(
    state: &State,
    search: &Search,
    settings: &Settings,
    batch: u64,
    count: u64,
    pending: &mut Pending,
) -> Vec<Proposal> {
    (0..count).filter_map(|slot| one(state, search, settings, (batch, slot), pending)).collect()
}

/// What is at work: normalised sources, and the batch that each is of.
#[derive(Default)]
pub(super) struct Pending(BTreeMap<String, u64>);

impl Pending {
    /// Whether this one is new, and then no more.
    fn add(&mut self, normalised: String, batch: u64) -> bool {
        match self.0.entry(normalised) {
            Entry::Vacant(place) => {
                place.insert(batch);
                true
            }
            Entry::Occupied(_) => false,
        }
    }

    /// Everything up to this batch has been taken in.
    pub(super) fn landed(&mut self, batch: u64) {
        self.0.retain(|_, of| *of > batch);
    }
}

fn one(
    state: &State,
    search: &Search,
    settings: &Settings,
    (batch, slot): (u64, u64),
    pending: &mut Pending,
) -> Option<Proposal> {
    let mut rng = generator(search.seed, batch, slot);
    let island = (batch + slot) % search.islands.max(1);
    for _ in 0..TRIES {
        let parents = state.population.parents(usize::try_from(island).unwrap_or(0), &mut rng)?;
        let Some(parent) = state.source(parents.parent).and_then(|source| Program::parse(source).ok()) else {
            continue;
        };
        let lenders: Vec<(u64, Program)> = parents
            .donors
            .iter()
            .filter_map(|id| Some((*id, Program::parse(state.source(*id)?).ok()?)))
            .collect();
        let donors: Vec<&Program> = lenders.iter().map(|(_, program)| program).collect();
        let made = match donors.first() {
            Some(donor) if rng.next_u32().is_multiple_of(CROSSOVER) => {
                crossover(&parent, donor, settings, &mut rng)
            }
            _ => mutate(&parent, &donors, settings, &mut rng),
        };
        let Ok(made) = made else { continue };
        let normalised = made.program.normalised();
        if state.has_seen(&normalised) || !pending.add(normalised, batch) {
            continue;
        }
        return Some(Proposal {
            island,
            parents: std::iter::once(parents.parent).chain(parents.donors).collect(),
            operators: made.operators.iter().map(|name| (*name).to_owned()).collect(),
            source: made.program.text().to_owned(),
            foreign: false,
            rests: None,
        });
    }
    None
}

/// The same where candidates are teams.
pub(super) fn propose_teams(
    state: &State,
    search: &Search,
    roster: &Roster,
    batch: u64,
    count: u64,
    pending: &mut Pending,
) -> Vec<Proposal> {
    (0..count).filter_map(|slot| one_team(state, search, roster, (batch, slot), pending)).collect()
}

fn one_team(
    state: &State,
    search: &Search,
    roster: &Roster,
    (batch, slot): (u64, u64),
    pending: &mut Pending,
) -> Option<Proposal> {
    let mut rng = generator(search.seed, batch, slot);
    let island = (batch + slot) % search.islands.max(1);
    let team = |id: u64| Document::parse(state.source(id)?).ok();
    for _ in 0..TRIES {
        let parents = state.population.parents(usize::try_from(island).unwrap_or(0), &mut rng)?;
        let Some(parent) = team(parents.parent) else { continue };
        let donors: Vec<(u64, Document)> =
            parents.donors.iter().filter_map(|id| Some((*id, team(*id)?))).collect();
        let lenders: Vec<&Document> = donors.iter().map(|(_, team)| team).collect();
        let Some((varied, operators)) = vary(&parent, &lenders, roster, &mut rng) else { continue };
        let source = varied.text();
        if state.has_seen(&source) || !pending.add(source.clone(), batch) {
            continue;
        }
        return Some(Proposal {
            island,
            parents: std::iter::once(parents.parent).chain(donors.iter().map(|(id, _)| *id)).collect(),
            operators: operators.into_iter().map(str::to_owned).collect(),
            source,
            foreign: false,
            rests: None,
        });
    }
    None
}

pub(super) fn generator(seed: u64, batch: u64, slot: u64) -> ChaCha8Rng {
    let hash = Sha256::new()
        .chain_update(b"assay propose v1\0")
        .chain_update(seed.to_le_bytes())
        .chain_update(batch.to_le_bytes())
        .chain_update(slot.to_le_bytes())
        .finalize();
    ChaCha8Rng::from_seed(hash.into())
}
