//! Fresh, fully limited evaluations per second: this engine against wasmtime as it comes, and where the time goes.
//!
//! A tiny evaluator (one string in, one outcome out) is run in rounds that alternate between the contenders,
//! so that a busy machine slows all of them; medians over the rounds are printed, and their ratios. *Ours* carries
//! every limit: fuel, wall clock, the memory limiter, canonical NaNs; once metered by the program itself, once by the
//! engine. *wasmtime's default* carries none: default `Config`, on-demand allocation, the same store, instance and typed
//! call per evaluation. *Through the worker* is ours with the process, the pipe, the protocol and the outer wall around
//! it; *without its walls* is the same code in a process that put none up, which only this benchmark can start.
//! What two workers gain over one stands beside what two threads gain that only multiply: no more is to be had of a machine.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a report; a benchmark that fails should stop")]

#[path = "../../tests/support/guests.rs"]
mod guests;
mod layers;
mod plain;
mod worker;

use guests::wasm;
use sandbox::engine::Engine;
use sandbox::native;
use sandbox::policy::Limits;
use sandbox::program::{Linked, Program};
use sandbox::protocol::{Grants, Metering, Walls};
use sandbox::translate::{Parts, Translator};
use sandbox::verdict::Verdict;
use sha2::{Digest, Sha256};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use worker::Worker;

const ROUNDS: usize = 21;
/// Evaluations in a round, of ours and of the default.
const OURS: u32 = 4_000;
const DEFAULT: u32 = 400;
/// Programs that take turns.
const DISTINCT: u32 = 256;
/// 64 KiB pages of the guest's memory: two of stack, as Assay has its guests linked, and one of data and heap.
const PAGES: u32 = 3;
/// What a Rust toolchain gives a component by itself.
const WIDE: u32 = 17;

/// What this program is asked to be a worker with.
const UNCONFINED: &str = "serve-without-walls";

fn main() {
    if std::env::args().any(|argument| argument == UNCONFINED) {
        sandbox::serve::serve(Walls::default()).unwrap();
        return;
    }
    let component = wasm(&guests::lone_judge(PAGES, 0));
    let [switches, own] = [Metering::Engine, Metering::Program]
        .map(|metering| Engine::new(Limits::default().stack_bytes, metering).unwrap());
    // As in a worker: nothing is timed out, but the guest looks at the clock.
    let clock = switches.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(5));
            clock.increment_epoch();
        }
    });
    let translator = Translator::new(switches.clone());
    let parts = |component: &[u8], metering| {
        let (made, parts) = translator.translate(component, metering, &Limits::default()).unwrap();
        assert_eq!(made, metering);
        parts
    };
    let native = parts(&component, Metering::Program);
    let mut ours = evaluates(vec![load(&own, &native)]);
    let mut by_engine = evaluates(vec![load(&switches, &parts(&component, Metering::Engine))]);
    let mut default = plain::default(&component);
    let wide = wasm(&guests::lone_judge(WIDE, 0));
    let mut ours_wide = evaluates(vec![load(&own, &parts(&wide, Metering::Program))]);
    let mut default_wide = plain::default(&wide);
    let others = (0..DISTINCT).map(|n| wasm(&guests::lone_judge(PAGES, n)));
    let mut distinct = evaluates(others.map(|one| load(&own, &parts(&one, Metering::Program))).collect());
    let mut workers =
        [(); 2].map(|()| Worker::start(Command::new(env!("CARGO_BIN_EXE_assay-sandbox")), &native));
    let mut bare = Command::new(std::env::current_exe().unwrap());
    bare.arg(UNCONFINED);
    let mut bare = Worker::start(bare, &native);

    let mut times: [Vec<f64>; 11] = Default::default();
    for round in 0..ROUNDS + 3 {
        let one = [
            timed(OURS, &mut ours),
            timed(OURS, &mut by_engine),
            timed(DEFAULT, &mut default),
            timed(OURS, &mut distinct),
            timed(OURS, &mut ours_wide),
            timed(DEFAULT, &mut default_wide),
            workers[0].round(OURS),
            bare.round(OURS),
            both(&mut workers),
            arithmetic(1),
            arithmetic(2),
        ];
        // The first ones warm up.
        if round >= 3 {
            times.iter_mut().zip(one).for_each(|(times, one)| times.push(one));
        }
    }
    let spread = times.clone();
    let [
        ours,
        by_engine,
        default,
        distinct,
        ours_wide,
        default_wide,
        process,
        bare_process,
        two,
        alone,
        beside,
    ] = times.map(median);
    println!("fresh evaluations, medians of {ROUNDS} interleaved rounds (lowest … highest)");
    for ((name, seconds), rounds) in [
        ("ours, every limit on", ours),
        ("the same, metered by the engine", by_engine),
        ("wasmtime's default, no limits", default),
        ("ours, 256 programs in turn", distinct),
        ("ours, 17 pages of memory", ours_wide),
        ("wasmtime's default, 17 pages", default_wide),
        ("ours, through the worker process", process),
        ("the same without its walls", bare_process),
        ("through two workers at once", two),
    ]
    .into_iter()
    .zip(spread)
    {
        let (low, high) = rounds.iter().fold((f64::MAX, 0_f64), |(low, high), s| (low.min(*s), high.max(*s)));
        let [low, seconds, high] = [low, seconds, high].map(|seconds| seconds * 1e6);
        println!(
            "  {name:34} {seconds:>6.2} µs ({low:.2} … {high:.2})  {:>9.0} evaluations/s",
            1e6 / seconds
        );
    }
    println!(
        "  ours is {:.1} times as fast as the default, with 17 pages {:.1} times; through the worker {:.1} times, {:.0} % of the worker's own; \
         the walls cost {:+.1} %; two workers do {:.2} times what one does, two threads that only count {:.2} times",
        default / ours,
        default_wide / ours_wide,
        default / process,
        100.0 * ours / process,
        100.0 * (process / bare_process - 1.0),
        process / two,
        2.0 * alone / beside
    );
    layers::print(&own, &component, &native, ours);
    workers.iter_mut().chain([&mut bare]).for_each(Worker::end);
}

/// One after the other.
fn evaluates(programs: Vec<Linked>) -> impl FnMut() {
    let limits = Arc::new(Limits::default());
    let mut turn = 0;
    move || {
        turn = (turn + 1) % programs.len();
        let result = programs[turn].evaluate(&limits, None, "case");
        assert!(matches!(result.verdict, Verdict::Scored(_)), "{result:?}");
    }
}

/// Ready to run.
fn load(engine: &Engine, parts: &Parts) -> Linked {
    let digest = |part: &[u8]| Sha256::digest(part).into();
    let (first, rest) = parts.split_first().unwrap();
    let component = native::load(engine.wasmtime(), first, digest(first)).unwrap();
    let modules = rest.iter().map(|part| native::load_module(engine.wasmtime(), part, digest(part)).unwrap());
    let program = Program::of(component, modules.collect(), Limits::default().fuel);
    program.link(engine, &Grants::default()).unwrap()
}

/// Seconds per evaluation, each of two workers doing half.
fn both(workers: &mut [Worker; 2]) -> f64 {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for worker in workers.iter_mut() {
            scope.spawn(|| worker.round(OURS));
        }
    });
    began.elapsed().as_secs_f64() / f64::from(2 * OURS)
}

/// Seconds in which each of so many threads multiplies the same numbers: what this machine's processors do side by side at best.
fn arithmetic(threads: u32) -> f64 {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let numbers = 0..20_000_000_u64;
                std::hint::black_box(
                    numbers.fold(1, |product: u64, n| std::hint::black_box(product.wrapping_mul(n | 1))),
                )
            });
        }
    });
    began.elapsed().as_secs_f64()
}

/// Seconds per evaluation.
fn timed(times: u32, evaluate: &mut impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..times {
        evaluate();
    }
    began.elapsed().as_secs_f64() / f64::from(times)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
