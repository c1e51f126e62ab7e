//! The worker process, spoken to directly: two lives, one turn, and frames alone on its output.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "support/guests.rs"]
mod guests;

use guests::{judge, judge_in, wasm};
use sandbox::policy::Limits;
use sandbox::protocol::*;
use sandbox::verdict::{REASON_BYTES, Verdict};
use sha2::{Digest as _, Sha256};
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const FINE: &str = "(call $score (f64.const 1))";

struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Worker {
    fn spawn() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_assay-sandbox"))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn start() -> Self {
        Self::metering(Metering::Engine)
    }

    fn metering(metering: Metering) -> Self {
        let mut worker = Self::spawn();
        worker.say(&ToWorker::Configure { stack_bytes: Limits::default().stack_bytes, metering });
        assert!(matches!(worker.hear(), FromWorker::Ready { .. }));
        worker
    }

    fn say(&mut self, message: &ToWorker) {
        write_frame(&mut self.input, message).unwrap();
    }

    fn hear(&mut self) -> FromWorker {
        read_frame(&mut self.output).unwrap()
    }

    /// Nothing more comes, and this is how it went.
    fn end(mut self) -> bool {
        drop(self.input);
        let mut rest = Vec::new();
        self.output.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "{} bytes more", rest.len());
        self.child.wait().unwrap().success()
    }

    fn compile(&mut self, text: &str) -> Result<Vec<ByteBuf>, String> {
        self.translate(text, Metering::Engine).map(|native| native.parts)
    }

    fn translate(&mut self, text: &str, metering: Metering) -> Result<Translated, String> {
        let (component, limits) = (wasm(text), Limits::default());
        self.say(&ToWorker::Compile { job: 0, component, limits, metering });
        match self.hear() {
            FromWorker::Compiled { native, .. } => native,
            other => panic!("{other:?}"),
        }
    }
}

fn compiled(text: &str) -> (Digest, Vec<ByteBuf>) {
    let mut compiler = Worker::start();
    let native = compiler.compile(text).unwrap();
    assert!(compiler.end());
    (name(&native), native)
}

fn name(native: &[ByteBuf]) -> Digest {
    native.iter().fold(Sha256::new(), |all, part| all.chain_update(part)).finalize().into()
}

fn load(program: Digest, native: Vec<ByteBuf>) -> ToWorker {
    let part = |native: ByteBuf| Part::new(Sha256::digest(&native).into(), native.into_vec());
    ToWorker::Load { program, fuel: Limits::default().fuel, parts: native.into_iter().map(part).collect() }
}

fn grants() -> Grants {
    let host_calls = vec![HostCall {
        instance: "assay:host/evaluation@0.1.0".into(),
        function: "score".into(),
        account: Account::Candidate,
    }];
    Grants { logs: vec![("candidate-log".into(), Account::Candidate)], wasi: false, host_calls }
}

fn evaluate(job: Job, program: Digest, cases: &[&str]) -> ToWorker {
    let cases = cases.iter().map(|case| case.to_string()).collect();
    ToWorker::Evaluate { job, program, grants: grants(), limits: Limits::default(), cases }
}

#[test]
fn it_ends_well_when_its_input_ends() {
    assert!(Worker::start().end());
    assert!(Worker::spawn().end());
}

#[test]
fn it_ends_badly_on_what_no_host_says() {
    let mut worker = Worker::spawn();
    worker.say(&ToWorker::Unload { program: [0; 32] });
    assert!(!worker.end());
    let mut worker = Worker::start();
    worker.input.write_all(b"\x05\0\0\0garba").unwrap();
    assert!(!worker.end());
    let mut worker = Worker::start();
    worker.say(&evaluate(1, [7; 32], &["never loaded"]));
    assert!(!worker.end());
}

#[test]
fn a_worker_that_runs_does_not_compile() {
    let (program, native) = compiled(&judge("", FINE));
    let mut worker = Worker::start();
    worker.say(&load(program, native));
    assert!(worker.compile("(component)").unwrap_err().contains("does not compile"));
    assert!(worker.end());
}

#[test]
fn a_worker_that_compiles_does_not_run() {
    let (program, native) = compiled(&judge("", FINE));
    let mut worker = Worker::start();
    worker.compile("(component)").unwrap();
    worker.say(&load(program, native));
    assert!(!worker.end());
}

#[test]
fn every_worker_compiles_to_the_same_bytes() {
    assert_eq!(compiled(&judge("", FINE)), compiled(&judge("", FINE)));
    let mut warm = Worker::start();
    warm.compile(&judge("(func)", FINE)).unwrap();
    assert_eq!(warm.compile(&judge("", FINE)).unwrap(), compiled(&judge("", FINE)).1);
}

#[test]
fn native_code_under_another_digest_never_runs() {
    let (_, mut native) = compiled(&judge("", FINE));
    let part = Part::new([1; 32], native.remove(0).into_vec());
    let mut worker = Worker::start();
    worker.say(&ToWorker::Load { program: [1; 32], fuel: 1, parts: vec![part] });
    worker.say(&evaluate(1, [1; 32], &["a"]));
    let FromWorker::Evaluated { results, .. } = worker.hear() else { panic!("no results") };
    assert!(matches!(&results[0].verdict, Verdict::Crashed(why) if why.contains("digest")), "{results:?}");
    assert!(worker.end());
}

#[test]
fn what_it_says_of_a_program_is_no_longer_than_hosts_take() {
    let (program, native) = compiled(&format!("(component (import \"{}\" (instance)))", "x".repeat(10_000)));
    let mut worker = Worker::start();
    worker.say(&load(program, native));
    worker.say(&evaluate(1, program, &["a"]));
    let FromWorker::Evaluated { results, .. } = worker.hear() else { panic!("no results") };
    assert!(
        matches!(&results[0].verdict, Verdict::Rejected(why) if why.len() == REASON_BYTES && why.contains("xxx")),
        "{results:?}"
    );
    assert!(worker.end());
}

/// While one guest waits for the host, another job runs from start to end.
#[test]
fn a_waiting_guest_leaves_its_turn_to_others() {
    let body = format!("(call $ask (i32.const 512) (i32.const 0) (i32.const 4096)) {FINE}");
    let (asks, asks_native) = compiled(&judge("", &body));
    let (plain, plain_native) = compiled(&judge("", FINE));
    let mut worker = Worker::start();
    worker.say(&load(asks, asks_native));
    worker.say(&load(plain, plain_native));
    worker.say(&evaluate(1, asks, &["a"]));
    let FromWorker::Call { job: 1, call: 0, .. } = worker.hear() else { panic!("no call") };
    worker.say(&evaluate(2, plain, &["a", "b"]));
    let FromWorker::Evaluated { job: 2, results } = worker.hear() else { panic!("the worker is blocked") };
    assert_eq!(results.len(), 2);
    worker.say(&ToWorker::Answer { job: 1, call: 0, answer: Ok("ok(\"go on\")".into()) });
    let FromWorker::Evaluated { job: 1, results } = worker.hear() else { panic!("no results") };
    assert!(matches!(results[0].verdict, Verdict::Scored(_)), "{results:?}");
    assert!(worker.end());
}

#[test]
fn a_long_job_speaks_on_its_way() {
    let work = "(local $n i32) (local.set $n (i32.const 20000000)) \
        (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))";
    let (program, native) = compiled(&judge("", &format!("{work} {FINE}")));
    let mut worker = Worker::start();
    worker.say(&load(program, native));
    worker.say(&evaluate(1, program, &["case"; 30]));
    let (mut frames, mut results) = (0, 0);
    while results < 30 {
        let FromWorker::Evaluated { results: more, .. } = worker.hear() else { panic!("no results") };
        frames += 1;
        results += more.len();
    }
    assert!(frames > 1 && results == 30, "{frames} frames, {results} results");
    assert!(worker.end());
}

/// A worker of programs that meter themselves, with one in it.
fn metered(text: &str) -> (Worker, Digest) {
    let mut compiler = Worker::start();
    let native = compiler.translate(text, Metering::Program).unwrap();
    assert!(compiler.end());
    assert_eq!(native.metering, Metering::Program);
    let (mut worker, program) = (Worker::metering(Metering::Program), name(&native.parts));
    worker.say(&load(program, native.parts));
    (worker, program)
}

/// No import: nothing that the host answers.
fn plain(body: &str) -> String {
    let nothing =
        "(type $r (resource (rep i32))) (core func $unused (canon resource.drop $r)) (core instance $host)";
    judge_in("candidate", nothing, "", body)
}

fn evaluate_plain(program: Digest, limits: Limits, cases: &[&str]) -> ToWorker {
    let cases = cases.iter().map(|case| case.to_string()).collect();
    ToWorker::Evaluate { job: 1, program, grants: Grants::default(), limits, cases }
}

/// Threat 27.
#[test]
fn a_program_that_meters_itself_takes_its_worker_along_when_its_time_is_up() {
    // The case's length decides: `slow` never ends.
    let body = format!("(if (i32.eq (local.get $length) (i32.const 4)) (then (loop $l (br $l)))) {FINE}");
    let limits = Limits { fuel: Limits::CEILING.fuel, wall_clock_ms: 200, ..Limits::default() };
    let (mut worker, program) = metered(&plain(&body));
    worker.say(&evaluate_plain(program, limits.clone(), &["a", "b"]));
    let FromWorker::Evaluated { results, .. } = worker.hear() else { panic!("no results") };
    assert!(results.iter().all(|result| matches!(result.verdict, Verdict::Scored(_))), "{results:?}");
    std::thread::sleep(std::time::Duration::from_millis(400));
    worker.say(&evaluate_plain(program, limits, &["a", "slow", "b"]));
    assert_eq!(worker.hear(), FromWorker::TimedOut { job: 1 });
    assert!(worker.end());
}

#[test]
fn a_program_that_meters_itself_is_out_of_fuel_like_any_other() {
    let (mut worker, program) = metered(&plain("(loop $l (br $l)) unreachable"));
    for fuel in [1_000, 100_000, 2 * Limits::default().fuel] {
        worker.say(&evaluate_plain(program, Limits { fuel, ..Limits::default() }, &["a"]));
        let FromWorker::Evaluated { results, .. } = worker.hear() else { panic!("no results") };
        assert_eq!((&results[0].verdict, results[0].usage.fuel), (&Verdict::OutOfFuel, Some(fuel)));
    }
    assert!(worker.end());
}

#[test]
fn a_program_that_meters_itself_never_waits_for_the_host() {
    let (mut worker, program) = metered(&judge("", FINE));
    worker.say(&evaluate(1, program, &["a"]));
    assert!(!worker.end(), "granted a call, it is what no host asks for");
}

#[test]
fn native_code_runs_only_where_it_is_metered() {
    let text = plain(FINE);
    for (made, runs) in [(Metering::Program, Metering::Engine), (Metering::Engine, Metering::Program)] {
        let native = Worker::start().translate(&text, made).unwrap().parts;
        let (mut worker, program) = (Worker::metering(runs), name(&native));
        worker.say(&load(program, native));
        worker.say(&evaluate_plain(program, Limits::default(), &["a"]));
        let FromWorker::Evaluated { results, .. } = worker.hear() else { panic!("no results") };
        assert!(
            matches!(&results[0].verdict, Verdict::Crashed(why) if why.contains("did not load")),
            "{results:?}"
        );
        assert!(worker.end());
    }
}
