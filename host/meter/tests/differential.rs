//! Programs that wasm-smith makes do the same rewritten as with wasmtime's own switches.
//!
//! `METER_SEEDS` is how many are tried (400), `METER_FIRST` the first. A failure names its seed.

mod common;

use common::{Compared, End, compare};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use wasm_smith::Config;

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What is made differs from seed to seed, so that every form gets its turn.
fn program(seed: u64) -> Option<Vec<u8>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut bytes = vec![0; 2048 << (seed % 4)];
    random.fill_bytes(&mut bytes);
    let config = Config {
        bulk_memory_enabled: true,
        multi_value_enabled: true,
        simd_enabled: seed.is_multiple_of(3),
        relaxed_simd_enabled: false,
        tail_call_enabled: seed.is_multiple_of(2),
        reference_types_enabled: seed.is_multiple_of(5),
        gc_enabled: false,
        exceptions_enabled: false,
        threads_enabled: false,
        memory64_enabled: false,
        extended_const_enabled: true,
        disallow_traps: !seed.is_multiple_of(4),
        export_everything: true,
        min_funcs: 1,
        max_funcs: 12,
        max_imports: if seed.is_multiple_of(7) { 6 } else { 0 },
        max_instructions: 40 + (seed % 6) as usize * 60,
        max_memories: if seed.is_multiple_of(11) { 3 } else { 1 },
        max_tables: if seed.is_multiple_of(5) { 3 } else { 1 },
        max_table_elements: 500,
        max_memory32_bytes: 1 << 20,
        min_memories: 1,
        memory_offset_choices: wasm_smith::MemoryOffsetChoices(90, 9, 1),
        ..Config::default()
    };
    let module = wasm_smith::Module::new(config, &mut arbitrary::Unstructured::new(&bytes)).ok()?;
    Some(module.to_bytes())
}

#[test]
fn generated_programs_do_the_same() {
    let (first, seeds) = (variable("METER_FIRST", 0), variable("METER_SEEDS", 400));
    // With little fuel, recursion ends before the stack does.
    let fuel = |seed: u64| [300_000, 30_000, 3_000][seed as usize % 3];
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + seeds {
        let Some(module) = program(seed) else { continue };
        let compared = std::panic::catch_unwind(|| compare(&module, fuel(seed), seed));
        let Ok(compared) = compared else {
            if let Ok(path) = std::env::var("METER_KEEP") {
                std::fs::write(path, &module).expect("a path to write to");
            }
            panic!("seed {seed} (METER_FIRST={seed} METER_SEEDS=1 METER_KEEP=file)");
        };
        *counts.entry(format!("{compared:?}")).or_default() += 1;
    }
    println!("{counts:#?}");
    let of = |compared: &Compared| counts.get(&format!("{compared:?}")).copied().unwrap_or_default();
    if seeds >= 400 {
        assert!(of(&Compared::Same(End::Ordinary)) > seeds / 4, "few programs ended ordinarily");
        assert!(of(&Compared::Same(End::OutOfFuel)) > seeds / 50, "few programs ran out of fuel");
        assert!(of(&Compared::Left) < seeds / 3, "few programs were rewritten");
    }
}
