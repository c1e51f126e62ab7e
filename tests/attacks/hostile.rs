//! Random hostile components: modules that nobody designed, and honest components with bytes changed. Nothing is asserted of
//! any one of them but that it gets a verdict, that no worker dies of it and none outlives its deadline.
//!
//! A few hundred in `make test`; `ASSAY_HOSTILE=10000` (as `make test-full` sets) for more.

use super::{Field, Watch, corpus, verdict};
use arbitrary::Unstructured;
use assay::evaluate::judge::Judge;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Verdicts that only a component gets that was admitted and run.
const RAN: [&str; 6] = ["scored", "trapped", "out-of-fuel", "out-of-memory", "timed-out", "invalid-output"];

/// From a proposal to its verdict: two cases of at most a second, tried twice, with compiling.
const DEADLINE: Duration = Duration::from_secs(15);

fn bytes(random: &mut ChaCha8Rng, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    random.fill_bytes(&mut bytes);
    bytes
}

/// A module that exports what the task's world asks for and is otherwise anything: wasm-smith with its limits as they
/// come, one in four with the features that are off here switched on.
fn smith(random: &mut ChaCha8Rng) -> Option<Vec<u8>> {
    let export = r#"(module (func (export "assay:numbers/policy@0.1.0#priority") (param i32 i32) (result f64) (f64.const 0)))"#;
    let wild = random.next_u32().is_multiple_of(4);
    let config = wasm_smith::Config {
        exports: Some(wat::parse_str(export).ok()?),
        max_imports: 0,
        max_memories: 4,
        max_tables: 8,
        allow_start_export: true,
        threads_enabled: wild,
        memory64_enabled: wild,
        gc_enabled: wild,
        exceptions_enabled: wild,
        reference_types_enabled: wild,
        ..wasm_smith::Config::default()
    };
    let data = bytes(random, 6000);
    wasm_smith::Module::new(config, &mut Unstructured::new(&data)).ok().map(|module| module.to_bytes())
}

/// A component that was honest before some of its bytes were changed.
fn mutated(random: &mut ChaCha8Rng, honest: &[u8]) -> Vec<u8> {
    let mut wasm = honest.to_vec();
    for _ in 0..=random.next_u32() % 4 {
        let at = random.next_u32() as usize % wasm.len();
        wasm[at] = match random.next_u32() % 3 {
            0 => wasm[at] ^ (1 << (random.next_u32() % 8)),
            1 => random.next_u32() as u8,
            _ => wasm[at].wrapping_add(1),
        };
    }
    wasm
}

async fn fate(judge: Arc<Judge>, wasm: Option<Vec<u8>>) -> (String, Duration) {
    let started = Instant::now();
    let name = match wasm.and_then(|wasm| judge.admit(&wasm).ok()) {
        None => "rejected".to_owned(),
        Some(component) => {
            let cases = ["4".to_owned(), "6".to_owned()];
            verdict(&judge.evaluate(&component, &cases).await.unwrap())
        }
    };
    (name, started.elapsed())
}

#[test]
fn random_hostile_components_get_a_verdict_and_kill_nobody() {
    let count: u64 = std::env::var("ASSAY_HOSTILE").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut field = Field::new();
    let limits = ["fuel = 5000000, wall-clock-ms = 1000, memory-bytes = 16777216".to_owned()];
    let judge = Arc::new(runtime.block_on(field.judge(&limits, None)));
    let source = std::fs::read_to_string(corpus().join("task/honest.rs")).unwrap();
    let honest = runtime.block_on(judge.compile(&source)).unwrap().unwrap();
    let before = runtime.block_on(judge.evaluate(&honest, &["4".to_owned()])).unwrap().measured();
    let watch = Watch::start();
    let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    for index in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(index);
        let wasm = match index % 10 {
            0..7 => smith(&mut random).and_then(|mut module| super::encode(&mut module).ok()),
            _ => Some(mutated(&mut random, &honest.wasm)),
        };
        let (name, took) = runtime.block_on(fate(judge.clone(), wasm));
        slowest = slowest.max(took);
        assert!(took < DEADLINE, "component {index} took {took:?}");
        assert_ne!(name, "crashed", "component {index} killed its worker");
        *verdicts.entry(name).or_default() += 1;
    }
    let ran: u64 = RAN.iter().filter_map(|name| verdicts.get(*name)).sum();
    println!(
        "{count} random components: {verdicts:?}; {ran} ran; slowest {slowest:?}, largest process {} KiB",
        watch.take()
    );
    assert!(ran * 10 >= count * 3, "only {ran} of {count} were admitted and ran");
    let after = runtime.block_on(judge.evaluate(&honest, &["4".to_owned()])).unwrap().measured();
    assert_eq!(before, after);
}
