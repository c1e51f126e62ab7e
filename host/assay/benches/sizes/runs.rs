//! What a run keeps: its population, and its journal. Proposing and folding are the search's own; that every candidate is
//! scored, by a number that its text gives, takes the place of compiling and evaluating.

use crate::plot::Series;
use crate::series;
use assay::generate::mutate::{Program, Settings, mutate};
use assay::run::event::{Candidate, Event, Fate, Measured, Phase, Search};
use assay::run::journal::Journal;
use assay::run::state::State;
use assay::task::{Direction, Task};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Instant;

const ISLANDS: u64 = 4;

pub(crate) fn measure() -> Vec<Series> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let seed = Task::load(&root.join("tasks/bin-packing"), None).unwrap().seed.text.clone();
    let population = series("population", "population: propose and fold", "candidates in a run", |size| {
        let began = Instant::now();
        search(&seed, size);
        began.elapsed().as_secs_f64()
    });
    let journal = |size: u64, read: bool| {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path()).unwrap();
        let began = Instant::now();
        for id in 0..size {
            let parents = vec![id.saturating_sub(7)];
            journal
                .append(&scored(id, id % ISLANDS, parents, vec!["swap".into()], format!("// {id}\n{seed}")))
                .unwrap();
        }
        let written = began.elapsed().as_secs_f64();
        drop(journal);
        let began = Instant::now();
        let back: Vec<Event> = Journal::read(folder.path()).unwrap();
        assert_eq!(back.len(), size as usize);
        if read { began.elapsed().as_secs_f64() } else { written }
    };
    let written = series("journal-write", "journal: append", "events", |size| journal(size, false));
    let read = series("journal-read", "journal: read and check", "events", |size| journal(size, true));
    vec![population, written, read]
}

/// A search, without its compilers and workers.
fn search(seed: &str, candidates: u64) {
    let search = Search {
        seed: 1,
        candidates,
        batch: 32,
        islands: ISLANDS,
        ahead: 2,
        minimise: 0,
        generator: Default::default(),
    };
    let mut state = State::new(Direction::Minimize, &search);
    state.apply(&scored(0, 0, vec![], vec![], seed.to_owned()));
    let (settings, mut rng) = (Settings::default(), ChaCha8Rng::seed_from_u64(1));
    while state.next < candidates {
        let island = state.next % ISLANDS;
        let parents = state.population.parents(island as usize, &mut rng).unwrap();
        let source = |id| Program::parse(state.source(id).unwrap()).unwrap();
        let donors: Vec<Program> = parents.donors.iter().map(|id| source(*id)).collect();
        let Ok(proposal) =
            mutate(&source(parents.parent), &donors.iter().collect::<Vec<_>>(), &settings, &mut rng)
        else {
            continue;
        };
        if state.has_seen(&proposal.program.normalised()) {
            continue;
        }
        let operators = proposal.operators.iter().map(ToString::to_string).collect();
        let text = proposal.program.text().to_owned();
        state.apply(&scored(state.next, island, vec![parents.parent], operators, text));
    }
}

fn scored(id: u64, island: u64, parents: Vec<u64>, operators: Vec<String>, source: String) -> Event {
    let digest = Sha256::digest(&source);
    let score = f64::from(u32::from_le_bytes([digest[0], digest[1], digest[2], 0])) / 1e6;
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let measured = Measured {
        score,
        metrics: Default::default(),
        fuel: 1_000_000,
        memory_bytes: 1 << 18,
        results: hex.clone(),
    };
    let fate = Fate::Scored { component: hex, measured, stage: None };
    Event::Candidate(Box::new(Candidate {
        id,
        phase: Phase::Search,
        island,
        parents,
        operators,
        model: None,
        exchanges: Vec::new(),
        spend: None,
        source,
        fate,
    }))
}
