//! Fresh, fully limited evaluations per second on one thread: this engine against wasmtime as it comes.
//!
//! A tiny evaluator (one string in, one outcome out) is run in rounds that alternate between the contenders,
//! so that a busy machine slows both; medians over the rounds are printed, and their ratio. *Ours* carries
//! every limit: fuel, epochs, the memory limiter, canonical NaNs. *wasmtime's default* carries none: default
//! `Config`, on-demand allocation, the same store, instance and typed call per evaluation. *Through the
//! worker* is ours with the process, the pipe, the protocol and the outer wall around it; *without its walls* is the same
//! code in a process that put none up, which only this benchmark can start.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a report; a benchmark that fails should stop")]

#[path = "../tests/support/guests.rs"]
mod guests;

use guests::{judge_in, wasm};
use sandbox::engine::Engine;
use sandbox::policy::Limits;
use sandbox::program::Program;
use sandbox::protocol::{FromWorker, Grants, Part, ToWorker, Walls, read_frame, write_frame};
use sandbox::verdict::Verdict;
use sha2::{Digest, Sha256};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use wasmtime::component::{Component, ComponentType, Lift, Linker};

const ROUNDS: usize = 21;
const OURS: u32 = 4_000;
const DEFAULT: u32 = 400;

#[derive(ComponentType, Lift)]
#[component(record)]
struct Metric {
    name: String,
    value: f64,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct Judged {
    score: f64,
    metrics: Vec<Metric>,
    notes: String,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
enum Fault {
    #[component(name = "invalid-output")]
    InvalidOutput(String),
    #[component(name = "bad-case")]
    BadCase(String),
}

/// What this program is asked to be a worker with.
const UNCONFINED: &str = "serve-without-walls";

fn main() {
    if std::env::args().any(|argument| argument == UNCONFINED) {
        sandbox::serve::serve(Walls::default()).unwrap();
        return;
    }
    // No imports: `(core func` marks where the text builder puts memory, an empty instance is the host.
    let nothing = "(core func $unused (canon resource.drop $r)) (core instance $host)";
    let text = judge_in(
        "evaluator",
        &format!("(type $r (resource (rep i32))) {nothing}"),
        "",
        "(call $score (f64.const 1))",
    );
    let component = wasm(&text);

    let engine = Engine::new(Limits::default().stack_bytes).unwrap();
    let native = engine.compile(&component).unwrap();
    let digest = Sha256::digest(&native).into();
    let loaded = sandbox::native::load(engine.wasmtime(), &native, digest).unwrap();
    let ours = Program::of(loaded, Vec::new()).link(&engine, &Grants::default()).unwrap();
    // As in a worker: nothing is timed out, but the guest looks at the clock.
    let clock = engine.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_millis(5));
            clock.increment_epoch();
        }
    });
    let limits = Arc::new(Limits::default());
    let mut ours = || {
        let result = ours.evaluate(&limits, None, "case");
        assert!(matches!(result.verdict, Verdict::Scored(_)), "{result:?}");
    };

    let plain = wasmtime::Engine::new(&wasmtime::Config::new()).unwrap();
    let plain_component = Component::new(&plain, &component).unwrap();
    let prepared = Linker::<()>::new(&plain).instantiate_pre(&plain_component).unwrap();
    let judge = plain_component.get_export_index(None, "assay:host/judge@0.1.0").unwrap();
    let evaluate = plain_component.get_export_index(Some(&judge), "evaluate").unwrap();
    let mut default = || {
        let mut store = wasmtime::Store::new(&plain, ());
        let instance = prepared.instantiate(&mut store).unwrap();
        let function =
            instance.get_typed_func::<(&str,), (Result<Judged, Fault>,)>(&mut store, &evaluate).unwrap();
        match function.call(&mut store, ("case",)).unwrap().0 {
            Ok(judged) => {
                assert!(
                    judged.score == 1.0
                        && judged.notes.is_empty()
                        && judged.metrics.iter().all(|m| m.name.is_empty() && m.value == 0.0)
                )
            }
            Err(Fault::InvalidOutput(why) | Fault::BadCase(why)) => panic!("{why}"),
        }
    };

    let mut worker = Worker::start(Command::new(env!("CARGO_BIN_EXE_assay-sandbox")), &native, digest);
    let mut bare = Command::new(std::env::current_exe().unwrap());
    bare.arg(UNCONFINED);
    let mut bare = Worker::start(bare, &native, digest);
    for _ in 0..3 {
        round(OURS, &mut ours);
        round(DEFAULT, &mut default);
        worker.round();
        bare.round();
    }
    let mut times = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        times[0].push(round(OURS, &mut ours));
        times[1].push(round(DEFAULT, &mut default));
        times[2].push(worker.round());
        times[3].push(bare.round());
    }
    let [ours, default, process, bare_process] = times.map(median);
    println!("fresh evaluations on one thread, medians of {ROUNDS} interleaved rounds");
    for (name, seconds) in [
        ("ours, every limit on", ours),
        ("wasmtime's default, no limits", default),
        ("ours, through the worker process", process),
        ("the same without its walls", bare_process),
    ] {
        println!("  {name:34} {:>8.2} µs  {:>9.0} evaluations/s", seconds * 1e6, 1.0 / seconds);
    }
    println!(
        "  ours is {:.1} times as fast as the default; through the worker {:.1} times; the walls cost {:+.1} %",
        default / ours,
        default / process,
        100.0 * (process / bare_process - 1.0)
    );
    let _ = (worker.child.kill(), bare.child.kill());
}

/// Seconds per evaluation.
fn round(times: u32, evaluate: &mut impl FnMut()) -> f64 {
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

struct Worker {
    child: Child,
    job: u64,
    program: [u8; 32],
}

impl Worker {
    fn start(mut command: Command, native: &[u8], program: [u8; 32]) -> Self {
        let child = command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut worker = Self { child, job: 0, program };
        worker.say(&ToWorker::Configure { stack_bytes: Limits::default().stack_bytes });
        assert!(matches!(worker.hear(), FromWorker::Ready { .. }));
        worker.say(&ToWorker::Load { program, parts: vec![Part::new(program, native.to_vec())] });
        worker
    }

    fn say(&mut self, message: &ToWorker) {
        write_frame(self.child.stdin.as_mut().unwrap(), message).unwrap();
    }

    fn hear(&mut self) -> FromWorker {
        read_frame(self.child.stdout.as_mut().unwrap()).unwrap()
    }

    fn round(&mut self) -> f64 {
        self.job += 1;
        let cases = vec!["case".to_string(); OURS as usize];
        let (job, program) = (self.job, self.program);
        let began = Instant::now();
        self.say(&ToWorker::Evaluate {
            job,
            program,
            grants: Grants::default(),
            limits: Limits::default(),
            cases,
        });
        let mut results = 0;
        while results < OURS as usize {
            match self.hear() {
                FromWorker::Evaluated { results: more, .. } => results += more.len(),
                other => panic!("{other:?}"),
            }
        }
        began.elapsed().as_secs_f64() / f64::from(OURS)
    }
}
