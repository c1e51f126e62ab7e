//! Every fuzz target on its seeds, on random changes of them and on random bytes: what `make fuzz` does for minutes, for a
//! moment.
#![allow(clippy::unwrap_used, reason = "tests")]

use fuzz::TARGETS;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::path::Path;

/// Changes of seeds that are tried for each target.
const CASES: u32 = 400;

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A seed with bytes changed, a piece of another put in, or its end cut off; now and then random bytes.
fn changed(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let seed = proptest::sample::select(seeds);
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..6);
    let edited = (seed.clone(), seed, edits, any::<prop::sample::Index>()).prop_map(
        |(mut seed, other, edits, cut)| {
            for (at, to, how) in edits {
                if seed.is_empty() {
                    break;
                }
                let place = at.index(seed.len());
                match how {
                    0 => seed[place] = to,
                    1 => seed[place] ^= 1 << (to % 8),
                    2 => drop(seed.drain(place..(place + usize::from(to)).min(seed.len()))),
                    _ if other.is_empty() => {}
                    _ => {
                        let from = at.index(other.len());
                        let piece = &other[from..(from + usize::from(to)).min(other.len())];
                        drop(seed.splice(place..place, piece.iter().copied()));
                    }
                }
            }
            if cut.index(8) == 0 {
                seed.truncate(cut.index(seed.len() + 1));
            }
            seed
        },
    );
    prop_oneof![9 => edited, 1 => proptest::collection::vec(any::<u8>(), 0..300)]
}

#[test]
fn no_bytes_break_a_reader() {
    for (name, run) in TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in &seeds {
            run(seed);
        }
        run(&[]);
        // The same cases every time: CI finds nothing by chance, `make fuzz` does.
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&changed(seeds), |data| {
            run(&data);
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{name}: {failure}"));
    }
}

/// Each target is a program of its own for libFuzzer, under one name everywhere.
#[test]
fn every_target_has_a_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut programs: Vec<String> = std::fs::read_dir(root.join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    programs.sort();
    assert_eq!(programs, TARGETS.map(|(name, _)| name));
}
