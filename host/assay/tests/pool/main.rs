//! The pool with real worker processes: what happens to a worker is nobody's verdict but the case's.
#![allow(clippy::unwrap_used, reason = "tests")]

mod calls;
#[path = "../../../sandbox/tests/support/guests.rs"]
mod guests;

use assay::evaluate::native::{Native, Program};
use assay::evaluate::pool::{Answer, Call, Handler, Invoked, Pool, PoolConfig, PoolError};
use guests::{judge, judge_in, wasm};
use sandbox::policy::Limits;
use sandbox::protocol::{
    Account, CaseResult, FromWorker, Grants, HostCall, Log, Metering, Part, ToWorker, Usage, Walls, encode,
};
use sandbox::verdict::{REASON_BYTES, TrapKind, Verdict};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

const FINE: &str = "(call $score (f64.const 1))";
/// Loops on the case "slow", scores the length of others.
const SLOW: &str = "(if (i32.eq (i32.load (local.get $case)) (i32.const 0x776f6c73)) (then (loop $l (br $l)))) \
                    (call $score (f64.convert_i32_u (local.get $length)))";

/// Built by whoever tests the workspace; it stands beside the tests' own folder.
fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let binary = tests.ancestors().nth(2).unwrap().join("assay-sandbox");
    assert!(binary.exists(), "no {}: run `cargo build -p sandbox` first", binary.display());
    binary
}

fn grants() -> Grants {
    Grants {
        logs: vec![("candidate-log".into(), Account::Candidate)],
        wasi: false,
        host_calls: vec![HostCall {
            instance: "assay:host/evaluation@0.1.0".into(),
            function: "score".into(),
            account: Account::Candidate,
        }],
    }
}

fn config(workers: usize) -> PoolConfig {
    PoolConfig::new(binary(), workers, Limits::default().stack_bytes)
}

/// A worker that stands in for the real one: a shell script.
fn script(name: &str, text: &str) -> (PathBuf, PoolConfig) {
    let folder = std::env::temp_dir().join(format!("assay-pool-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("worker");
    let source = folder.join("worker.sh");
    std::fs::write(&source, format!("#!/bin/sh\n{text}\n")).unwrap();
    // Another process writes what is executed: a program that another test is starting would hold our descriptor of it
    // between its fork and its exec, and the kernel executes nothing that is open for writing.
    let installed =
        std::process::Command::new("install").args(["-m", "755"]).arg(&source).arg(&path).status();
    assert!(installed.unwrap().success());
    let config = PoolConfig { sandbox: path, ..config(1) };
    (folder, config)
}

fn texts(cases: &[&str]) -> Vec<String> {
    cases.iter().map(|case| case.to_string()).collect()
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn program(pool: &Pool, text: &str) -> Program {
    let native = pool.compile(wasm(text), &grants(), &Limits::default()).await.unwrap().unwrap();
    Program::new(native, grants())
}

async fn evaluate(pool: &Pool, text: &str, limits: &Limits, cases: &[&str]) -> Vec<CaseResult> {
    let program = program(pool, text).await;
    pool.evaluate(&program, limits, &texts(cases)).await.unwrap()
}

fn names(results: &[CaseResult]) -> Vec<&'static str> {
    results.iter().map(|result| result.verdict.name()).collect()
}

#[test]
fn results_do_not_depend_on_the_number_of_workers() {
    let run = |workers| {
        block(async move {
            let pool = Pool::start(config(workers)).await.unwrap();
            let guest = program(&pool, &judge("", SLOW)).await;
            let cases: Vec<String> = (0..40).map(|n| "x".repeat(n)).collect();
            let limits = Limits::default();
            let jobs = cases.chunks(4).map(|cases| pool.evaluate(&guest, &limits, cases));
            let mut results = Vec::new();
            for job in jobs.collect::<Vec<_>>() {
                results.extend(job.await.unwrap());
            }
            (results, pool.engine().clone(), guest.native.digest)
        })
    };
    let one = run(1);
    assert!(one.0.iter().all(|result| matches!(result.verdict, Verdict::Scored(_))), "{:?}", names(&one.0));
    assert_eq!(one, run(2));
}

#[test]
fn jobs_side_by_side_all_end() {
    block(async {
        let pool = Pool::start(config(2)).await.unwrap();
        let guest = program(&pool, &judge("", SLOW)).await;
        let jobs: Vec<_> = (0..20)
            .map(|n| {
                let (pool, guest) = (pool.clone(), guest.clone());
                tokio::spawn(
                    async move { pool.evaluate(&guest, &Limits::default(), &[format!("{n}")]).await },
                )
            })
            .collect();
        for job in jobs {
            assert_eq!(names(&job.await.unwrap().unwrap()), ["scored"]);
        }
    });
}

#[test]
fn a_verdict_in_the_middle_is_that_cases_alone() {
    let results = block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let limits = Limits { fuel: 1_000_000, ..Limits::default() };
        evaluate(&pool, &judge("", SLOW), &limits, &["a", "slow", "b"]).await
    });
    assert_eq!(names(&results), ["scored", "out-of-fuel", "scored"]);
}

/// Threat 27: the wall clock, in the worker itself.
#[test]
fn a_timeout_is_tried_again_alone_and_then_is_the_verdict() {
    let results = block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let limits = Limits { fuel: Limits::CEILING.fuel, wall_clock_ms: 100, ..Limits::default() };
        evaluate(&pool, &judge("", SLOW), &limits, &["a", "slow", "b"]).await
    });
    assert_eq!(names(&results), ["scored", "timed-out", "scored"]);
}

/// As [`SLOW`], without an import: it meters itself.
async fn plain(pool: &Pool) -> Program {
    let nothing =
        "(type $r (resource (rep i32))) (core func $unused (canon resource.drop $r)) (core instance $host)";
    let (wasm, grants) = (wasm(&judge_in("candidate", nothing, "", SLOW)), Grants::default());
    let native = pool.compile(wasm, &grants, &Limits::default()).await.unwrap().unwrap();
    assert_eq!(native.metering, Metering::Program);
    Program::new(native, grants)
}

/// Threat 27: a guest that looks at no clock takes its worker along, and nobody else's case.
#[test]
fn a_timeout_that_ends_the_worker_is_that_cases_alone() {
    let slow = Limits { fuel: Limits::CEILING.fuel, wall_clock_ms: 200, ..Limits::default() };
    block(async {
        let pool = Pool::start(config(2)).await.unwrap();
        let program = plain(&pool).await;
        let cases = texts(&["a", "slow", "b", "slow"]);
        let (one, other) =
            tokio::join!(pool.evaluate(&program, &slow, &cases), pool.evaluate(&program, &slow, &cases));
        for results in [one.unwrap(), other.unwrap()] {
            assert_eq!(names(&results), ["scored", "timed-out", "scored", "timed-out"]);
        }
        let tight = Limits { fuel: 1_000_000, ..Limits::default() };
        let results = pool.evaluate(&program, &tight, &cases).await.unwrap();
        assert_eq!(names(&results), ["scored", "out-of-fuel", "scored", "out-of-fuel"]);
        let fresh = pool.evaluate_fresh(&program, &tight, &cases).await.unwrap();
        assert_eq!(fresh, results);
    });
}

/// Whoever waits for the host does not share a process with what it waits for.
#[test]
fn a_guest_that_waits_outlives_what_runs_out_of_time_for_it() {
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let inner = plain(&pool).await;
        let body = format!("(call $ask (i32.const 512) (i32.const 0) (i32.const 4)) {FINE}");
        let handler: Handler = Arc::new(move |call: Call| {
            let inner = inner.clone();
            Box::pin(async move {
                let slow = Limits { fuel: Limits::CEILING.fuel, wall_clock_ms: 100, ..Limits::default() };
                let results = call.evaluate(&inner, &slow, &texts(&["slow", "a"])).await.unwrap();
                assert_eq!(names(&results), ["timed-out", "scored"]);
                Ok("ok(\"\")".into())
            })
        });
        let outer = program(&pool, &judge("", &body)).await.served(Arc::new(move || handler.clone()));
        let limits = Limits { depth: 1, ..Limits::default() };
        let results = pool.evaluate(&outer, &limits, &texts(&["a", "b"])).await.unwrap();
        assert_eq!(names(&results), ["scored", "scored"]);
    });
}

/// Threat 44: every worker is killed two seconds after its start, in the middle of the slow case.
#[test]
fn a_worker_killed_in_the_middle_costs_its_case_alone() {
    let (folder, config) =
        script("killed", &format!("exec /usr/bin/timeout -s KILL 2 {}", binary().display()));
    let results = block(async {
        let pool = Pool::start(config).await.unwrap();
        let limits = Limits { fuel: Limits::CEILING.fuel, wall_clock_ms: 60_000, ..Limits::default() };
        evaluate(&pool, &judge("", SLOW), &limits, &["a", "slow", "bb"]).await
    });
    assert_eq!(names(&results), ["scored", "crashed", "scored"], "{results:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_worker_that_talks_garbage_is_crashed() {
    let (guest, engine, walls) = block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        (program(&pool, &judge("", FINE)).await, pool.engine().clone(), pool.walls().clone())
    });
    // Its first frame is the real worker's, to the byte.
    let first = encode(&FromWorker::Ready { engine, walls }).unwrap().len();
    let talk = format!("{} | {{ /usr/bin/dd bs=1 count={first}; echo garbage; }}", binary().display());
    let (folder, config) = script("garbage", &talk);
    let results = block(async {
        let pool = Pool::start(config).await.unwrap();
        pool.evaluate(&guest, &Limits::default(), &texts(&["a"])).await.unwrap()
    });
    assert!(matches!(&results[0].verdict, Verdict::Crashed(why) if why.contains("garbage")), "{results:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_worker_whose_walls_are_incomplete_is_refused_and_the_missing_one_named() {
    let engine = block(async { Pool::start(config(1)).await.unwrap().engine().clone() });
    let walls = Walls {
        landlock: false,
        seccomp: true,
        privileges: true,
        connects_nowhere: true,
        ..Walls::default()
    };
    let frame = encode(&FromWorker::Ready { engine, walls }).unwrap();
    let octal: String = frame.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let (folder, config) = script("weak", &format!("printf '{octal}'; exec sleep 5"));
    let start = |config| block(async { Pool::start(config).await.map(|pool| pool.walls().missing().len()) });
    let refused = start(config.clone()).unwrap_err().to_string();
    for words in ["Landlock", "open a file", "start a process", "--allow-weak-confinement"] {
        assert!(refused.contains(words), "{refused}");
    }
    assert!(!refused.contains("seccomp"), "{refused}");
    assert_eq!(start(PoolConfig { weak: true, ..config }).unwrap(), 3, "allowed, and still said");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn without_a_worker_there_is_an_error_and_no_verdict() {
    let start = |config| block(async { Pool::start(config).await.map(|_| ()) });
    let missing = PoolConfig::new(Path::new("/nowhere/assay-sandbox").into(), 1, 1 << 19);
    let Err(PoolError { .. }) = start(missing) else { panic!("started") };
    let (folder, config) = script("dumb", "echo 'no such engine' >&2; exit 3");
    let error = start(config).unwrap_err().to_string();
    assert!(error.contains("no such engine"), "{error}");
    let (other, config) = script("babble", "echo garbage garbage garbage; read forever");
    assert!(start(config).is_err());
    std::fs::remove_dir_all(folder).unwrap();
    std::fs::remove_dir_all(other).unwrap();
}

#[test]
fn a_trap_at_birth_and_a_wrong_world_are_verdicts() {
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let limits = Limits { fuel: 100_000, ..Limits::default() };
        let stillborn = judge("(func $s (unreachable)) (start $s)", FINE);
        let results = evaluate(&pool, &stillborn, &limits, &["a"]).await;
        assert_eq!(results[0].verdict, Verdict::Trapped(TrapKind::Unreachable));
        let forever = judge("(func $s (loop $l (br $l))) (start $s)", FINE);
        assert_eq!(names(&evaluate(&pool, &forever, &limits, &["a"]).await), ["out-of-fuel"]);
        assert_eq!(names(&evaluate(&pool, "(component)", &limits, &["a", "b"]).await), ["rejected"; 2]);
        let foreign = "(component (import \"wasi:cli/exit@0.2.0\" (instance)))";
        let results = evaluate(&pool, foreign, &limits, &["a"]).await;
        assert!(
            matches!(&results[0].verdict, Verdict::Rejected(why) if why.contains("wasi:cli/exit")),
            "{results:?}"
        );
        let limits = Limits { stack_bytes: 1 << 20, ..limits };
        assert_eq!(names(&evaluate(&pool, &judge("", FINE), &limits, &["a"]).await), ["rejected"]);
    });
}

#[test]
fn what_can_not_be_compiled_is_rejected() {
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let limits = Limits { component_bytes: 500, ..Limits::default() };
        for (component, says) in
            [(wasm(&judge("", FINE)), "component-bytes"), (b"text".to_vec(), "component")]
        {
            let Err(Verdict::Rejected(why)) = pool.compile(component, &grants(), &limits).await.unwrap()
            else {
                panic!("taken")
            };
            assert!(why.contains(says), "{why}");
        }
        // More memories than a worker can hold at all: refused by the compiling worker, not by the runner.
        let vast = judge(&"(memory 0)".repeat(40), FINE);
        assert!(matches!(
            pool.compile(wasm(&vast), &grants(), &Limits::default()).await.unwrap(),
            Err(Verdict::Rejected(_))
        ));
    });
}

/// Call a function twice, once each, of workers that say it returned `value` for `fuel`. What came of it, and how many
/// workers that took.
fn lied(value: &str, fuel: u64) -> (Vec<Invoked>, usize) {
    let (engine, walls) = block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        (pool.engine().clone(), pool.walls().clone())
    });
    let limits = Limits { output_bytes: 100, ..Limits::default() };
    let (native, grants) = (Native::of(Metering::Program, 7, [b"any".to_vec()]), Grants::default());
    let digest = native.digest;
    let heard = [
        ToWorker::Configure { stack_bytes: limits.stack_bytes, metering: Metering::Program },
        ToWorker::Load {
            program: digest,
            fuel: 7,
            parts: vec![Part::new(native.parts[0].digest, b"any".to_vec())],
        },
        ToWorker::Invoke {
            job: 0,
            program: digest,
            grants: grants.clone(),
            limits: limits.clone(),
            function: "f".into(),
            arguments: Vec::new(),
            seed: 0,
        },
    ];
    let heard: usize = heard.iter().map(|frame| encode(frame).unwrap().len()).sum();
    let usage = Usage { fuel: Some(fuel), ..Usage::default() };
    let said = FromWorker::Invoked { job: 0, value: Ok(value.into()), usage, log: Log::default() };
    let octal = |frame: &FromWorker| -> String {
        encode(frame).unwrap().iter().map(|byte| format!("\\{byte:03o}")).collect()
    };
    let text = format!(
        "echo >> \"${{0%/*}}/starts\"; printf '{}'; /usr/bin/dd bs=1 count={heard} > /dev/null 2>&1; printf '{}'; exec /usr/bin/sleep 60",
        octal(&FromWorker::Ready { engine, walls }),
        octal(&said),
    );
    let (folder, config) = script("liar", &text);
    let invoked = block(async {
        let pool = Pool::start(config).await.unwrap();
        let program = Program::new(native, grants);
        let mut invoked = vec![pool.invoke_once(&program, &limits, "f", Vec::new(), 0).await.unwrap()];
        // An honest one would wait for the rest of the second call.
        if invoked[0].is_err() {
            invoked.push(pool.invoke_once(&program, &limits, "f", Vec::new(), 0).await.unwrap());
        }
        invoked
    });
    let starts = std::fs::read_to_string(folder.join("starts")).unwrap().lines().count();
    std::fs::remove_dir_all(folder).unwrap();
    (invoked, starts)
}

#[test]
fn a_worker_whose_answer_to_a_single_call_can_not_be_true_is_kept_no_longer() {
    let (invoked, starts) = lied("1", 5);
    assert!(matches!(&invoked[..], [Ok((value, ..))] if value == "1"), "{invoked:?}");
    assert_eq!(starts, 2, "the pool's first, and the call's own");
    let (fuel, long) = (Limits::default().fuel, "1".repeat(10_000));
    for (value, fuel) in [("1", fuel + 1), (&long, 5)] {
        let (invoked, starts) = lied(value, fuel);
        for invoked in invoked {
            assert!(
                matches!(&invoked, Err((Verdict::Crashed(why), _)) if why.contains("not asked")),
                "{invoked:?}"
            );
        }
        assert_eq!(starts, 3, "each call had a worker of its own");
    }
}

#[test]
fn many_programs_pass_through_one_worker() {
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let mut programs = Vec::new();
        for n in 0..40 {
            programs.push(program(&pool, &judge("", &format!("(call $score (f64.const {n}))"))).await);
        }
        for _ in 0..2 {
            for (n, program) in programs.iter().enumerate() {
                let results = pool.evaluate(program, &Limits::default(), &texts(&["a"])).await.unwrap();
                assert!(matches!(&results[0].verdict, Verdict::Scored(outcome) if outcome.score == n as f64));
            }
        }
    });
}

#[test]
fn a_fresh_worker_gives_the_same_results() {
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let program = program(&pool, &judge("", SLOW)).await;
        let cases = texts(&["a", "bb"]);
        let limits = Limits::default();
        let usual = pool.evaluate(&program, &limits, &cases).await.unwrap();
        assert_eq!(usual, pool.evaluate_fresh(&program, &limits, &cases).await.unwrap());
    });
}

#[test]
fn functions_are_called_by_name_and_simulators_draw() {
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let adder = r#"(component
          (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
          (core instance $m (instantiate $m))
          (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add"))))"#;
        let program = program(&pool, adder).await;
        let limits = Limits::default();
        let (value, usage, _) =
            pool.invoke(&program, &limits, "add", texts(&["2", "3"]), 0).await.unwrap().unwrap();
        assert_eq!(value, "5");
        assert!(usage.fuel.is_some());
        let (verdict, _) = pool.invoke(&program, &limits, "sub", vec![], 0).await.unwrap().unwrap_err();
        assert!(matches!(verdict, Verdict::Rejected(_)));
        let failed = pool.draw(&program, &limits, vec![1, 2], "{}").await.unwrap().unwrap_err();
        assert!(matches!(&failed.verdict, Verdict::Rejected(why) if why.contains("draw")));
    });
}
