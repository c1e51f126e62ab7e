//! Where the time of a candidate goes: each stage of the loop by itself, on every processor, candidates per second.
//!
//! The sources are random walks of `mutate` from the seed agent of `tasks/bin-packing`, as a search makes them. *compile*
//! is source to component (one compiler run for `n` of them, inside of its box), with a cold cache; *join* wires
//! a component to its evaluator; *translate* makes native code of the pair in a worker; *evaluate* tries it on the train
//! cases. *source to ready* is the first three, one after the other, as a search does them. Run by `make bench`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks, and fails loudly"
)]

use assay::compile::{Compiler, Component, Toolchain};
use assay::evaluate::compose::{self, Grant};
use assay::evaluate::judge::Judge;
use assay::evaluate::native::Program as Native;
use assay::evaluate::pool::{Pool, PoolConfig};
use assay::generate::mutate::{Program, Settings, mutate};
use assay::run::train_cases;
use assay::task::Task;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

/// Sources in each round.
const SOURCES: usize = 256;
/// Edits from the seed agent to a source.
const EDITS: usize = 12;
/// Members of one compiler run.
const GROUPS: [usize; 5] = [1, 16, 32, 64, 128];
const ROUNDS: usize = 3;

/// Programs that differ from each other, of the sizes that a search breeds.
fn sources(task: &Task) -> Vec<String> {
    let seed = Program::parse(&task.seed.text).unwrap();
    let settings = Settings::default();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut made = std::collections::BTreeSet::new();
    let mut sources = Vec::new();
    while sources.len() < SOURCES {
        let mut program = seed.clone();
        for _ in 0..EDITS {
            if let Ok(proposal) = mutate(&program, &[], &settings, &mut rng) {
                program = proposal.program;
            }
        }
        if made.insert(program.normalised()) {
            sources.push(program.text().to_owned());
        }
    }
    sources
}

/// Each of `work` on `workers` at once; seconds for all, and what came of them, in order.
async fn timed<I: Send + 'static, O: Send + 'static, F>(
    workers: usize,
    work: Vec<I>,
    job: impl Fn(I) -> F,
) -> (f64, Vec<O>)
where
    F: Future<Output = O> + Send + 'static,
{
    let began = Instant::now();
    let mut set = JoinSet::new();
    let permits = Arc::new(tokio::sync::Semaphore::new(workers));
    for (index, item) in work.into_iter().enumerate() {
        let (permits, made) = (permits.clone(), job(item));
        set.spawn(async move {
            let _permit = permits.acquire().await.unwrap();
            (index, made.await)
        });
    }
    let mut done = set.join_all().await;
    let seconds = began.elapsed().as_secs_f64();
    done.sort_by_key(|(index, _)| *index);
    (seconds, done.into_iter().map(|(_, made)| made).collect())
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn say(stage: &str, seconds: Vec<f64>) {
    let rate = |seconds: f64| SOURCES as f64 / seconds;
    let (low, high) =
        seconds.iter().fold((f64::MAX, 0_f64), |(low, high), s| (low.min(rate(*s)), high.max(rate(*s))));
    println!("  {stage:28} {:>8.1} candidates/s   ({low:.1} to {high:.1})", rate(median(seconds)));
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let sandbox = PathBuf::from(env!("CARGO_BIN_EXE_assay")).with_file_name("assay-sandbox");
    let task = Task::load(&root.join("tasks/bin-packing"), None).unwrap();
    let sources = sources(&task);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!(
        "stages, bin-packing, {SOURCES} mutants on {workers} processors, medians of {ROUNDS} rounds (lowest and highest):"
    );
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let compiler = |cache: &str| {
            Arc::new(Compiler::new(Toolchain::find().unwrap(), sandbox.clone(), folder.path().join(cache)))
        };
        let pool = Arc::new(
            Pool::start(PoolConfig::new(sandbox.clone(), workers, task.limits.stack_bytes)).await.unwrap(),
        );
        let judge = Arc::new(Judge::new(task.clone(), compiler("own"), pool.clone()).await.unwrap());
        let train = Arc::new(train_cases(&judge, 1).await.unwrap());
        let mut components: Vec<Component> = Vec::new();
        for group in GROUPS {
            let mut seconds = Vec::new();
            for round in 0..if group == 1 { 1 } else { ROUNDS } {
                let compiler = compiler(&format!("{group}-{round}"));
                // The bindings are made once in a cache's life.
                let _ = compiler
                    .drafts(judge.agent_world(), std::slice::from_ref(&task.seed.text))
                    .await
                    .unwrap();
                let groups: Vec<Vec<String>> = sources.chunks(group).map(<[String]>::to_vec).collect();
                let (took, made) = timed(workers, groups, |members| {
                    let (compiler, judge) = (compiler.clone(), judge.clone());
                    async move { compiler.drafts(judge.agent_world(), &members).await.unwrap() }
                })
                .await;
                seconds.push(took);
                components = made.into_iter().flatten().flatten().collect();
            }
            say(&format!("compile, {group} at a time"), seconds);
        }
        let mut stages = [Vec::new(), Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            let pool = Arc::new(
                Pool::start(PoolConfig::new(sandbox.clone(), workers, task.limits.stack_bytes))
                    .await
                    .unwrap(),
            );
            let (took, joined) = timed(workers, components.clone(), |component| {
                let judge = judge.clone();
                async move { compose::compose(judge.evaluator(), &component, &Grant::default()).unwrap() }
            })
            .await;
            stages[0].push(took);
            let limits = Arc::new(task.limits.clone());
            let (took, natives) = timed(workers, joined, |joined| {
                let (pool, limits) = (pool.clone(), limits.clone());
                async move {
                    Native::new(
                        pool.compile(joined.wasm, &joined.grants, &limits).await.unwrap().unwrap(),
                        joined.grants,
                    )
                }
            })
            .await;
            stages[1].push(took);
            if round == 0 {
                let bytes: usize = natives
                    .iter()
                    .flat_map(|native| native.native.parts.iter())
                    .map(|part| part.bytes.len())
                    .sum();
                println!(
                    "  native code, mean {} KiB; component, mean {} bytes; evaluator {} bytes",
                    bytes / natives.len() / 1024,
                    components.iter().map(|c| c.wasm.len()).sum::<usize>() / components.len(),
                    judge.evaluator().wasm.len()
                );
            }
            let (took, _) = timed(workers, natives, |native| {
                let (pool, limits, train) = (pool.clone(), limits.clone(), train.clone());
                async move { pool.evaluate(&native, &limits, &train).await.unwrap() }
            })
            .await;
            stages[2].push(took);
        }
        for (name, seconds) in ["join", "translate", "evaluate"].into_iter().zip(stages) {
            say(name, seconds);
        }
    });
}
