//! Every key of the policy bites, and with the verdict that names it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::policy::{LOG_RESERVE, Limits};
use sandbox::protocol::Account;
use sandbox::verdict::{TrapKind, Verdict};
use support::{grants, judge, judge_named, run, run_by_engine, run_with};

fn limits() -> Limits {
    Limits::default()
}

const FINE: &str = "(call $score (f64.const 1))";
const LOOP: &str = "(loop $l (br $l)) (unreachable)";

#[track_caller]
fn memory_verdict(verdict: Verdict, says: &str) {
    match verdict {
        Verdict::OutOfMemory(why) if why.contains(says) => {}
        other => panic!("expected out-of-memory with {says:?}, got {other:?}"),
    }
}

#[test]
fn within_all_limits_is_scored() {
    let result = run(&judge("", FINE), &limits());
    assert!(matches!(&result.verdict, Verdict::Scored(outcome) if outcome.score == 1.0), "{result:?}");
    assert!(result.usage.fuel.is_some_and(|fuel| fuel > 0 && fuel < 1_000), "{result:?}");
    assert_eq!(result.usage.memory_bytes, 2 * 65536);
}

#[test]
fn an_endless_loop_is_out_of_fuel_and_spent_all_of_it() {
    let limits = Limits { fuel: 100_000, ..limits() };
    let result = run(&judge("", LOOP), &limits);
    assert_eq!((result.verdict, result.usage.fuel), (Verdict::OutOfFuel, Some(100_000)));
}

/// Threat 26.
#[test]
fn an_endless_start_function_is_out_of_fuel() {
    let guest = judge("(func $forever (loop $l (br $l))) (start $forever)", FINE);
    assert_eq!(run(&guest, &Limits { fuel: 100_000, ..limits() }).verdict, Verdict::OutOfFuel);
}

/// Threat 27.
#[test]
fn a_loop_with_fuel_to_burn_is_timed_out() {
    let limits = Limits { fuel: Limits::CEILING.fuel, wall_clock_ms: 50, ..limits() };
    // One that meters itself takes its process along: see `worker.rs`.
    let result = run_by_engine(&judge("", LOOP), &limits, &grants(), None);
    assert_eq!((result.verdict, result.usage.fuel), (Verdict::TimedOut, None));
}

#[test]
fn growing_past_memory_bytes_is_out_of_memory() {
    let guest = judge("", &format!("(drop (memory.grow (i32.const 200))) {FINE}"));
    assert!(matches!(run(&guest, &limits()).verdict, Verdict::Scored(_)));
    memory_verdict(run(&guest, &Limits { memory_bytes: 100 << 16, ..limits() }).verdict, "memory-bytes");
}

#[test]
fn growing_to_what_no_memory_can_have_is_out_of_memory() {
    let guest = judge("", &format!("(drop (memory.grow (i32.const 65536))) {FINE}"));
    memory_verdict(run(&guest, &limits()).verdict, "memory-bytes");
}

#[test]
fn growing_past_the_modules_own_maximum_is_the_guests_own_affair() {
    let items = "(memory $small 1 2)";
    let guest = judge(items, "(call $score (f64.convert_i32_s (memory.grow $small (i32.const 5))))");
    let verdict = run(&guest, &limits()).verdict;
    assert!(matches!(&verdict, Verdict::Scored(outcome) if outcome.score == -1.0), "{verdict:?}");
}

/// Threat 28.
#[test]
fn many_memories_sum_up_to_out_of_memory() {
    let items = "(memory 20) (memory 20) (memory 20)";
    let tight = Limits { memory_bytes: 61 << 16, ..limits() };
    memory_verdict(run(&judge(items, FINE), &tight).verdict, "memory-bytes");
    let roomy = Limits { memory_bytes: 62 << 16, ..limits() };
    assert_eq!(run(&judge(items, FINE), &roomy).usage.memory_bytes, 62 << 16);
}

/// Threat 30.
#[test]
fn a_huge_first_size_is_out_of_memory() {
    memory_verdict(run(&judge("(memory 2000)", FINE), &limits()).verdict, "memory-bytes");
    memory_verdict(run(&judge("(table 30000 funcref)", FINE), &limits()).verdict, "table-elements");
}

/// Threat 29.
#[test]
fn growing_memory_is_priced_by_the_page() {
    let fuel = |pages| {
        let guest = judge("", &format!("(drop (memory.grow (i32.const {pages}))) {FINE}"));
        run(&guest, &limits()).usage.fuel.unwrap()
    };
    assert_eq!(fuel(200) - fuel(100), 100 * 255);
}

#[test]
fn more_memories_than_granted_is_out_of_memory() {
    let guest = judge(&"(memory 0)".repeat(8), FINE);
    memory_verdict(run(&guest, &limits()).verdict, "memory count");
    assert!(matches!(run(&guest, &Limits { memories: 9, ..limits() }).verdict, Verdict::Scored(_)));
}

#[test]
fn more_tables_than_granted_is_out_of_memory() {
    let guest = judge(&"(table 0 funcref)".repeat(17), FINE);
    memory_verdict(run(&guest, &limits()).verdict, "table count");
}

#[test]
fn table_elements_are_summed_to_out_of_memory() {
    let guest = judge("(table 15000 funcref) (table 6000 funcref)", FINE);
    memory_verdict(run(&guest, &limits()).verdict, "table-elements");
}

/// Threat 25.
#[test]
fn more_instances_than_granted_is_out_of_memory() {
    let guest = judge("", FINE);
    memory_verdict(run(&guest, &Limits { instances: 1, ..limits() }).verdict, "instance count");
    assert!(matches!(run(&guest, &Limits { instances: 2, ..limits() }).verdict, Verdict::Scored(_)));
}

/// Threat 33.
#[test]
fn deep_recursion_is_a_stack_overflow() {
    let items = "(func $deep (param i64) (result i64) (i64.add (i64.const 1) (call $deep (local.get 0))))";
    let guest = judge(items, &format!("(drop (call $deep (i64.const 0))) {FINE}"));
    assert_eq!(run(&guest, &limits()).verdict, Verdict::Trapped(TrapKind::StackOverflow));
}

/// Threat 35.
#[test]
fn more_notes_than_output_bytes_is_invalid_output() {
    let notes = "(drop (call $score (f64.const 1))) (i32.store (i32.const 1048) (i32.const 2048)) \
                 (i32.store (i32.const 1052) (i32.const 5000)) (i32.const 1024)";
    let guest = judge("", notes);
    assert!(
        matches!(run(&guest, &limits()).verdict, Verdict::Scored(outcome) if outcome.notes.len() == 5000)
    );
    let verdict = run(&guest, &Limits { output_bytes: 4000, ..limits() }).verdict;
    assert!(matches!(&verdict, Verdict::InvalidOutput(why) if why.contains("output-bytes")), "{verdict:?}");
}

#[test]
fn more_in_one_call_than_output_bytes_is_invalid_output() {
    let guest = judge("", &format!("(call $log (i32.const 1) (i32.const 0) (i32.const 5000)) {FINE}"));
    let verdict = run(&guest, &Limits { output_bytes: 4000, ..limits() }).verdict;
    assert!(matches!(&verdict, Verdict::InvalidOutput(why) if why.contains("output-bytes")), "{verdict:?}");
}

fn logs(level: u32, bytes: u32, times: u32) -> String {
    format!(
        "(local $n i32) (loop $l (call $log (i32.const {level}) (i32.const 2048) (i32.const {bytes})) \
         (local.set $n (i32.add (local.get $n) (i32.const 1))) \
         (br_if $l (i32.lt_u (local.get $n) (i32.const {times}))))"
    )
}

/// Threat 41.
#[test]
fn a_flood_of_log_bytes_keeps_the_verdict_and_says_truncated() {
    let result = run(&judge("", &format!("{} {FINE}", logs(1, 100, 1000))), &limits());
    assert!(matches!(result.verdict, Verdict::Scored(_)));
    assert!(result.log.truncated);
    let kept: usize = result.log.lines.iter().map(|line| line.message.len()).sum();
    assert!(kept <= 16 << 10 && kept > 15 << 10, "{kept}");
}

#[test]
fn a_flood_of_log_lines_keeps_the_verdict_and_says_truncated() {
    let result = run(&judge("", &format!("{} {FINE}", logs(0, 1, 1000))), &limits());
    assert!(matches!(result.verdict, Verdict::Scored(_)));
    assert_eq!((result.log.lines.len(), result.log.truncated), (200, true));
}

#[test]
fn the_reserve_keeps_the_panic_message_and_no_more() {
    let body = format!(
        "{} (call $log (i32.const 3) (i32.const 64) (i32.const 5)) \
         (call $log (i32.const 3) (i32.const 2048) (i32.const 3000)) \
         (call $log (i32.const 3) (i32.const 2048) (i32.const 3000)) (unreachable)",
        logs(1, 128, 1000)
    );
    let items = "(data (i32.const 64) \"panic\")";
    let result = run(&judge(items, &body), &limits());
    assert_eq!(result.verdict, Verdict::Trapped(TrapKind::Unreachable));
    let errors: Vec<_> = result.log.lines.iter().filter(|line| line.level == 3).collect();
    assert_eq!(errors[0].message, "panic");
    assert_eq!(errors[0].account, Account::Candidate);
    assert_eq!(errors.iter().map(|line| line.message.len()).sum::<usize>(), LOG_RESERVE as usize);
}

/// Threat 36.
#[test]
fn a_storm_of_calls_is_out_of_calls() {
    let result = run(&judge("", &format!("{} {FINE}", logs(1, 1, 20_000))), &limits());
    assert!(matches!(&result.verdict, Verdict::OutOfCalls(why) if why.contains("10000")), "{result:?}");
    assert_eq!(result.usage.host_calls, 10_001);
}

#[test]
fn each_call_costs_fuel_and_so_does_each_byte() {
    let fuel = |bytes, times| {
        run(&judge("", &format!("{} {FINE}", logs(1, bytes, times))), &limits()).usage.fuel.unwrap()
    };
    assert_eq!(fuel(60, 1) - fuel(10, 1), 50);
    assert!(fuel(10, 2) - fuel(10, 1) >= 110);
    let storm = judge("", &format!("{} {FINE}", logs(1, 100, 1000)));
    assert_eq!(run(&storm, &Limits { fuel: 50_000, ..limits() }).verdict, Verdict::OutOfFuel);
}

/// Threat 37.
#[test]
fn a_flood_of_handles_is_out_of_calls() {
    let guest = r#"(component
      (type $r (resource (rep i32)))
      (core func $new (canon resource.new $r))
      (core module $candidate
        (import "host" "new" (func $new (param i32) (result i32)))
        (func (export "go") (loop $l (drop (call $new (i32.const 0))) (br $l))))
      (core instance $main (instantiate $candidate (with "host" (instance (export "new" (func $new))))))
      (func (export "go") (canon lift (core func $main "go"))))"#;
    let linked = support::link(guest, &grants()).unwrap();
    let (value, _, _) = linked.invoke(&std::sync::Arc::new(limits()), None, "go", &[], 0);
    assert!(matches!(&value, Err(Verdict::OutOfCalls(why)) if why.contains("handles")), "{value:?}");
}

#[test]
fn the_evaluators_own_flood_is_an_error_of_the_task() {
    let mut grants = grants();
    grants.logs[1].1 = Account::Evaluator;
    let guest = judge_named("evaluator", "", &format!("{} {FINE}", logs(1, 1, 20_000)));
    let verdict = run_with(&guest, &limits(), &grants, None).verdict;
    assert!(matches!(&verdict, Verdict::TaskError(why) if why.contains("10000")), "{verdict:?}");
}
