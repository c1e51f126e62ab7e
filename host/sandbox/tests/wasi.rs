//! WASI without a way out: the clock, the random numbers and the standard output of a guest are functions
//! of its case.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::policy::Limits;
use sandbox::protocol::{CaseResult, Grants};
use sandbox::verdict::Verdict;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::{engine, judge_in, link, link_metered, wasm};

const WASI: &str = r#"
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $io-error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $output (sub resource)))
    (alias outer 1 $io-error (type $io-error'))
    (export "error" (type $e (eq $io-error')))
    (type $stream-error' (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error')))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output (type $output'))
    (export "output-stream" (type $o (eq $output')))
    (export "get-stdout" (func (result (own $o))))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $pollable'))
    (export "pollable" (type $p (eq $pollable')))
    (export "now" (func (result u64)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (import "wasi:random/random@0.2.0" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
  (core func $now (canon lower (func $clock "now")))
  (core func $sleep (canon lower (func $clock "subscribe-duration")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $random (canon lower (func $random "get-random-bytes")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $print (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $libc "memory"))))
  (core instance $host (export "now" (func $now)) (export "sleep" (func $sleep)) (export "block" (func $block))
    (export "random" (func $random)) (export "stdout" (func $get)) (export "print" (func $print)))
"#;

/// Sleeps an hour, prints 16 random letters, scores the time.
const BODY: &str = r#"
  (local $n i32) (local $byte i32)
  (call $block (call $sleep (i64.const 3600000000000)))
  (call $random (i64.const 16) (i32.const 512))
  (loop $l
    (local.set $byte (i32.add (i32.load (i32.const 512)) (local.get $n)))
    (i32.store8 (local.get $byte) (i32.add (i32.const 97) (i32.and (i32.load8_u (local.get $byte)) (i32.const 15))))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $l (i32.lt_u (local.get $n) (i32.const 16))))
  (call $print (call $stdout) (i32.load (i32.const 512)) (i32.const 16) (i32.const 600))
  (call $score (f64.convert_i64_u (call $now)))"#;

fn wasi() -> Grants {
    Grants { wasi: true, ..Grants::default() }
}

fn evaluate(body: &str, case: &str, limits: Limits) -> CaseResult {
    let linked = link(&judge_in("candidate", WASI, "", body), &wasi()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _entered = runtime.enter();
    let limits = Arc::new(limits);
    let result = linked.evaluate(&limits, None, case);
    let metered = link_metered(&wasm(&judge_in("candidate", WASI, "", body)), &wasi(), limits.fuel).unwrap();
    assert_eq!(metered.evaluate(&limits, None, case), result, "metered by itself");
    result
}

/// Threat 48, 49.
#[test]
fn two_runs_are_the_same_bytes_and_an_hours_sleep_takes_no_time() {
    let began = Instant::now();
    let first = evaluate(BODY, "case", Limits::default());
    assert!(began.elapsed() < Duration::from_secs(30));
    let Verdict::Scored(outcome) = &first.verdict else { panic!("{first:?}") };
    assert!(outcome.score > 3.6e12 && outcome.score < 3.7e12, "{outcome:?}");
    assert_eq!(first.log.lines[0].message.len(), 16);
    assert!(first.usage.fuel.is_some());
    assert_eq!(first.usage.host_calls, 6);
    assert_eq!(first, evaluate(BODY, "case", Limits::default()));

    let other = evaluate(BODY, "another case", Limits::default());
    assert_ne!(first.log, other.log);
}

/// Threat 49: each function that is entered is interrupted here, also those that a call into WASI enters to
/// make room for its result.
#[test]
fn the_clock_that_interrupts_guests_changes_no_fuel() {
    let calm = evaluate(BODY, "case", Limits::default());
    let over = AtomicBool::new(false);
    let ticking: Vec<CaseResult> = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                engine().increment_epoch();
            }
        });
        let results = (0..20).map(|_| evaluate(BODY, "case", Limits::default())).collect();
        over.store(true, Ordering::Relaxed);
        results
    });
    assert!(ticking.iter().all(|result| *result == calm), "{calm:?} is not {ticking:?}");
}

#[test]
fn a_flood_on_standard_output_keeps_the_verdict_and_says_truncated() {
    let flood = "(local $n i32) (local $out i32) (local.set $out (call $stdout)) \
        (loop $l (call $print (local.get $out) (i32.const 2048) (i32.const 4096) (i32.const 600)) \
        (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $l (i32.lt_u (local.get $n) (i32.const 500)))) \
        (call $score (f64.const 1))";
    let result = evaluate(flood, "case", Limits::default());
    assert!(matches!(result.verdict, Verdict::Scored(_)), "{result:?}");
    assert!(result.log.truncated && result.log.lines.len() < 10);
}

/// Threat 36.
#[test]
fn a_storm_of_calls_into_wasi_is_out_of_calls() {
    let result = evaluate("(loop $l (drop (call $now)) (br $l)) (unreachable)", "case", Limits::default());
    assert!(matches!(&result.verdict, Verdict::OutOfCalls(_)), "{result:?}");
}

/// Threat 37.
#[test]
fn a_flood_of_wasi_handles_is_out_of_calls() {
    let flood = "(loop $l (drop (call $sleep (i64.const 1))) (br $l)) (unreachable)";
    let result = evaluate(flood, "case", Limits::default());
    assert!(matches!(&result.verdict, Verdict::OutOfCalls(why) if why.contains("handles")), "{result:?}");
}

/// Threat 43.
#[test]
fn a_huge_random_read_is_refused() {
    let read = "(call $random (i64.const 0x7fffffffffff) (i32.const 512)) (unreachable)";
    let result = evaluate(read, "case", Limits::default());
    assert!(matches!(&result.verdict, Verdict::Trapped(_)), "{result:?}");
}

/// Threat 21.
#[test]
fn without_the_grant_such_a_component_is_refused_by_its_import() {
    let Err(why) = link(&judge_in("candidate", WASI, "", BODY), &Grants::default()) else { panic!("linked") };
    assert!(why.contains("`wasi:"), "{why}");
}
