//! Where the time of a candidate goes: the loop, and each stage of it by itself on the same candidates, per second.
//!
//! The loop (`run.rs`) is `assay improve tasks/bin-packing`, of each of two classes (or of those that are named as arguments): short cases
//! of which a candidate runs for as long as it takes to be made, and long ones. The candidates are those of its journal. Of the stages, each on every
//! processor, *compile* is source to component (one compiler run for `n` of them, inside of its box) with a cold cache; *join* wires
//! a component to its evaluator; *translate* makes native code of the pair in a worker; *evaluate* tries it on as many
//! train cases as the loop did. A candidate that came no further in the loop (rejected, a duplicate) is no work for the later stages, and
//! is counted as a candidate all the same. Of what the host does on one thread, *judge* makes a score and a digest of results, and
//! *journal* writes the candidate down. Run by `make bench`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks, and fails loudly"
)]

mod run;

use assay::compile::{Compiler, Component, Toolchain};
use assay::evaluate::compose::{self, Grant};
use assay::evaluate::judge::{Evaluation, Judge};
use assay::evaluate::native::Program as Native;
use assay::evaluate::pool::{Pool, PoolConfig};
use assay::run::event::Event;
use assay::run::journal::Journal;
use assay::run::train_cases;
use assay::task::Task;
use run::Loop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

const CLASSES: [&str; 2] = ["uniform-150", "weibull-100"];
/// Members of one compiler run; a search's last, since what it makes is what the other stages are given.
const GROUPS: [usize; 5] = [1, 16, 64, 128, 32];
/// Candidates that are compiled one by one.
const ALONE: usize = 256;
const ROUNDS: usize = 3;

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

/// Print a stage's rate, and return it.
fn say(stage: &str, candidates: usize, seconds: Vec<f64>) -> f64 {
    let rate = |seconds: f64| candidates as f64 / seconds;
    let (low, high) =
        seconds.iter().fold((f64::MAX, 0_f64), |(low, high), s| (low.min(rate(*s)), high.max(rate(*s))));
    let median = rate(median(seconds));
    println!("  {stage:28} {median:>8.1} candidates/s   ({low:.1} to {high:.1})");
    median
}

/// Print what judging and writing down take, of a candidate and of each evaluation of it.
fn on_the_host(results: &[Evaluation], events: &[Event], folder: &Path) {
    let evaluations: usize = results.iter().map(|evaluation| evaluation.cases.len()).sum();
    let (mut judging, mut writing) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let began = Instant::now();
        for evaluation in results {
            std::hint::black_box(evaluation.measured());
        }
        judging.push(began.elapsed().as_secs_f64());
        let folder = folder.join(format!("journal-{round}"));
        std::fs::create_dir(&folder).unwrap();
        let mut journal = Journal::create(&folder).unwrap();
        let began = Instant::now();
        for event in events {
            journal.append(event).unwrap();
        }
        writing.push(began.elapsed().as_secs_f64());
    }
    for (name, count, seconds) in [("judge", results.len(), judging), ("journal", events.len(), writing)] {
        let seconds = median(seconds) * 1e6;
        println!(
            "  {name:28} {:>8.1} µs a candidate, {:.2} an evaluation ({} of a candidate, on average)",
            seconds / count as f64,
            seconds / evaluations as f64,
            evaluations / results.len()
        );
    }
}

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if named.is_empty() {
        CLASSES.iter().for_each(|class| stages(class));
    }
    named.iter().for_each(|class| stages(class));
}

fn stages(class: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let sandbox = PathBuf::from(env!("CARGO_BIN_EXE_assay")).with_file_name("assay-sandbox");
    let task = Task::load(&root.join("tasks/bin-packing"), Some(class)).unwrap();
    let looped = Loop::run(root, class);
    let sources: Vec<String> = looped.candidates.iter().map(|(source, _)| source.clone()).collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!(
        "bin-packing, {class}, {} candidates on {workers} processors, medians of {ROUNDS} rounds (lowest and highest):",
        sources.len()
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
        let (mut components, mut compiling): (Vec<(Component, usize)>, f64) = (Vec::new(), 0.0);
        for group in GROUPS {
            let mut seconds = Vec::new();
            for round in 0..if group == 1 { 1 } else { ROUNDS } {
                let compiler = compiler(&format!("{group}-{round}"));
                // The bindings are made once in a cache's life.
                let _ = compiler
                    .drafts(judge.agent_world(), std::slice::from_ref(&task.seed.text))
                    .await
                    .unwrap();
                let sources = if group == 1 { &sources[..ALONE] } else { &sources[..] };
                let groups: Vec<Vec<String>> = sources.chunks(group).map(<[String]>::to_vec).collect();
                let (took, made) = timed(workers, groups, |members| {
                    let (compiler, judge) = (compiler.clone(), judge.clone());
                    async move { compiler.drafts(judge.agent_world(), &members).await.unwrap() }
                })
                .await;
                seconds.push(took);
                // Rejections stand in their places, so what came of each candidate in the loop can be laid beside it.
                components = made
                    .into_iter()
                    .flatten()
                    .zip(&looped.candidates)
                    .filter_map(|(made, (_, cases))| made.ok().filter(|_| *cases > 0).map(|made| (made, *cases)))
                    .collect();
            }
            let candidates = if group == 1 { ALONE } else { sources.len() };
            compiling = say(&format!("compile, {group} at a time"), candidates, seconds);
        }
        let (mut stages, mut results) = ([Vec::new(), Vec::new(), Vec::new()], Vec::new());
        for round in 0..ROUNDS {
            let pool = Arc::new(
                Pool::start(PoolConfig::new(sandbox.clone(), workers, task.limits.stack_bytes))
                    .await
                    .unwrap(),
            );
            let (took, joined) = timed(workers, components.clone(), |(component, cases)| {
                let judge = judge.clone();
                async move {
                    (compose::compose(judge.evaluator(), &component, &Grant::default()).unwrap(), cases)
                }
            })
            .await;
            stages[0].push(took);
            let limits = Arc::new(task.limits.clone());
            let (took, natives) = timed(workers, joined, |(joined, cases)| {
                let (pool, limits) = (pool.clone(), limits.clone());
                async move {
                    let native = pool.compile(joined.wasm, &joined.grants, &limits).await.unwrap().unwrap();
                    (Native::new(native, joined.grants), cases)
                }
            })
            .await;
            stages[1].push(took);
            if round == 0 {
                let bytes: usize = natives
                    .iter()
                    .flat_map(|(native, _)| native.native.parts.iter())
                    .map(|part| part.bytes.len())
                    .sum();
                println!(
                    "  native code, mean {} KiB; component, mean {} bytes; evaluator {} bytes",
                    bytes / natives.len() / 1024,
                    components.iter().map(|(component, _)| component.wasm.len()).sum::<usize>() / components.len(),
                    judge.evaluator().wasm.len()
                );
            }
            let (took, evaluated) = timed(workers, natives, |(native, cases)| {
                let (pool, limits, train) = (pool.clone(), limits.clone(), train.clone());
                async move {
                    let cases = &train[..cases.min(train.len())];
                    Evaluation { cases: pool.evaluate(&native, &limits, cases).await.unwrap() }
                }
            })
            .await;
            stages[2].push(took);
            results = evaluated;
        }
        on_the_host(&results, &looped.events, folder.path());
        let mut rates = vec![compiling];
        for (name, seconds) in ["join", "translate", "evaluate"].into_iter().zip(stages) {
            rates.push(say(name, sources.len(), seconds));
        }
        let after_another = |rates: &[f64]| 1.0 / rates.iter().map(|rate| 1.0 / rate).sum::<f64>();
        println!("  {:28} {:>8.1} candidates/s", "source to ready", after_another(&rates[..3]));
        let slowest = rates.iter().copied().fold(f64::MAX, f64::min);
        let (all, rate) = (after_another(&rates), looped.rate);
        println!(
            "  {:28} {rate:>8.1} candidates/s   {:.0} % of the slowest stage by itself, {:.0} % of the stages one after another ({all:.1})",
            "the loop",
            100.0 * rate / slowest,
            100.0 * rate / all,
        );
        println!(
            "  in the loop {:.0} % of the processors' time is used; {:.0} % of the candidates are evaluated, {:.0} % of these not on all cases",
            100.0 * looped.busy / workers as f64,
            100.0 * components.len() as f64 / sources.len() as f64,
            100.0 * looped.pruned,
        );
    });
}
