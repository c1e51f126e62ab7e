//! Every way an evaluation can end has its verdict, on the right account.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::ending::EVALUATOR;
use sandbox::policy::Limits;
use sandbox::protocol::Grants;
use sandbox::verdict::{TrapKind, Verdict};
use std::sync::{Arc, Mutex};
use support::{LIBC, grants, judge, judge_in, judge_named, link, run, run_with};

const FINE: &str = "(call $score (f64.const 1))";

fn verdict(items: &str, body: &str) -> Verdict {
    run(&judge(items, body), &Limits::default()).verdict
}

#[test]
fn each_trap_has_its_kind() {
    for (items, body, kind) in [
        ("", "(unreachable)".to_string(), TrapKind::Unreachable),
        ("", format!("(drop (i32.load (i32.const -1))) {FINE}"), TrapKind::OutOfBounds),
        ("", format!("(drop (i32.div_s (i32.const 1) (i32.const 0))) {FINE}"), TrapKind::Arithmetic),
        ("", format!("(drop (i32.trunc_f64_s (f64.const nan))) {FINE}"), TrapKind::Arithmetic),
        (
            "(table 1 funcref) (type $f (func))",
            format!("(call_indirect (type $f) (i32.const 0)) {FINE}"),
            TrapKind::IndirectCall,
        ),
        (
            "(table 1 funcref) (type $f (func))",
            format!("(call_indirect (type $f) (i32.const 9)) {FINE}"),
            TrapKind::OutOfBounds,
        ),
        // A result that lies outside the memory, and one that is neither ok nor error.
        ("", "(i32.const -8)".into(), TrapKind::Other),
        (
            "",
            format!("(drop {FINE}) (i32.store8 (i32.const 1024) (i32.const 7)) (i32.const 1024)"),
            TrapKind::Other,
        ),
    ] {
        assert_eq!(verdict(items, &body), Verdict::Trapped(kind), "{body}");
    }
}

/// Threat 59.
#[test]
fn scores_that_are_no_numbers_are_invalid_output() {
    for score in ["nan", "inf", "-inf", "-nan:0x4000000000001"] {
        let verdict = verdict("", &format!("(call $score (f64.const {score}))"));
        assert!(matches!(&verdict, Verdict::InvalidOutput(why) if why.contains("score")), "{verdict:?}");
    }
    let Verdict::Scored(outcome) = verdict("", "(call $score (f64.const -0))") else { panic!("not scored") };
    assert!(outcome.score.is_sign_positive());
}

#[test]
fn a_metric_that_is_no_number_is_invalid_output() {
    let metric = |value| {
        format!(
            "(drop {FINE}) (i32.store (i32.const 1040) (i32.const 2048)) (i32.store (i32.const 1044) (i32.const 1)) \
             (i32.store (i32.const 2048) (i32.const 512)) (i32.store (i32.const 2052) (i32.const 4)) \
             (f64.store (i32.const 2056) (f64.const {value})) (i32.const 1024)"
        )
    };
    let items = "(data (i32.const 512) \"bins\")";
    let Verdict::Scored(outcome) = verdict(items, &metric("7")) else { panic!("not scored") };
    assert_eq!(outcome.metrics, [("bins".to_string(), 7.0)]);
    let nan = verdict(items, &metric("nan"));
    assert!(matches!(&nan, Verdict::InvalidOutput(why) if why.contains("bins")), "{nan:?}");
}

#[test]
fn faults_that_the_evaluator_names_are_told_apart() {
    let fault = |case| {
        format!(
            "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store8 (i32.const 1032) (i32.const {case})) \
             (i32.store (i32.const 1036) (i32.const 512)) (i32.store (i32.const 1040) (i32.const 3)) (i32.const 1024)"
        )
    };
    let items = "(data (i32.const 512) \"why\")";
    assert_eq!(verdict(items, &fault(0)), Verdict::InvalidOutput("why".into()));
    assert_eq!(verdict(items, &fault(1)), Verdict::TaskError("why".into()));
}

#[test]
fn a_trap_of_the_evaluator_is_an_error_of_the_task() {
    let guest = judge_named(EVALUATOR, "", "(unreachable)");
    let verdict = run(&guest, &Limits::default()).verdict;
    assert!(matches!(&verdict, Verdict::TaskError(why) if why.contains("unreachable")), "{verdict:?}");
}

/// A composed pair: the candidate is a component of its own that the evaluator calls.
fn pair(candidate: &str, evaluator: &str) -> String {
    let evaluator = judge_in(
        EVALUATOR,
        "(import \"answer\" (func $answer (param \"x\" f64) (result f64)))
         (core func $lowered (canon lower (func $answer)))
         (core instance $host (export \"answer\" (func $lowered)))",
        "",
        evaluator,
    );
    format!(
        r#"(component
        (component $c
          (core module $candidate (func (export "answer") (param f64) (result f64) {candidate}))
          (core instance $i (instantiate $candidate))
          (func (export "answer") (param "x" f64) (result f64) (canon lift (core func $i "answer"))))
        {}
        (instance $c (instantiate $c))
        (instance $e (instantiate $e (with "answer" (func $c "answer"))))
        (export "assay:host/judge@0.1.0" (instance $e "assay:host/judge@0.1.0")))"#,
        evaluator.replacen("(component", "(component $e", 1)
    )
}

#[test]
fn in_a_composed_pair_each_trap_falls_on_who_made_it() {
    let drives = "(call $score (call $answer (f64.const 3)))";
    let fine = run(&pair("(local.get 0)", drives), &Limits::default()).verdict;
    assert!(matches!(&fine, Verdict::Scored(outcome) if outcome.score == 3.0), "{fine:?}");

    let candidate = run(&pair("(unreachable)", drives), &Limits::default()).verdict;
    assert_eq!(candidate, Verdict::Trapped(TrapKind::Unreachable));

    let evaluator =
        run(&pair("(local.get 0)", &format!("(drop {drives}) (unreachable)")), &Limits::default());
    assert!(matches!(&evaluator.verdict, Verdict::TaskError(_)), "{evaluator:?}");
}

/// Threat 21.
#[test]
fn an_import_outside_the_grant_is_refused_by_name() {
    let Err(why) = link(&judge("", FINE), &Grants::default()) else { panic!("linked") };
    assert!(why.contains("candidate-log"), "{why}");
    let guest = format!(
        "(component (import \"wasi:cli/environment@0.2.0\" (instance \
         (export \"get-environment\" (func (result (list (tuple string string))))))) {LIBC})"
    );
    let Err(why) = link(&guest, &grants()) else { panic!("linked") };
    assert!(why.contains("wasi:cli/environment@0.2.0"), "{why}");
}

#[test]
fn an_import_of_another_type_than_granted_is_refused() {
    let guest =
        "(component (import \"candidate-log\" (instance (export \"write\" (func (param \"x\" u32))))))";
    assert!(link(guest, &grants()).is_err());
}

#[test]
fn a_component_of_another_world_is_rejected() {
    let verdict = run("(component)", &Limits::default()).verdict;
    assert!(matches!(&verdict, Verdict::Rejected(why) if why.contains("judge")), "{verdict:?}");
}

#[test]
fn a_call_to_the_host_is_answered_and_its_time_is_not_the_guests() {
    let ask: sandbox::limits::Ask = Arc::new(|_, instance, function, request| {
        std::thread::sleep(std::time::Duration::from_millis(300));
        Ok(format!("ok(\"{instance} {function} {}\")", request.replace('"', "'")))
    });
    // The notes are what the host answered: the result area holds a discriminant, a pointer and a length.
    let body = "(call $ask (i32.const 512) (i32.const 2) (i32.const 4096)) (drop (call $score (f64.const 1))) \
                (i64.store (i32.const 1048) (i64.load (i32.const 4100))) (i32.const 1024)";
    let limits = Limits { wall_clock_ms: 100, ..Limits::default() };
    let guest = judge("(data (i32.const 512) \"hi\")", body);
    let result = run_with(&guest, &limits, &grants(), Some(ask));
    let Verdict::Scored(outcome) = &result.verdict else { panic!("{result:?}") };
    assert_eq!(outcome.notes, "assay:host/evaluation@0.1.0 score ('hi')");
    assert_eq!(result.usage.host_calls, 1);
}

/// Threat 49, and the promise behind every score: same inputs, same bytes.
#[test]
fn two_runs_are_the_same_to_the_last_unit_of_fuel() {
    let items = "(func $work (param i32) (result f64) (local $x f64) (local.set $x (f64.const 1.5)) \
                 (loop $l (local.set $x (f64.sqrt (f64.add (local.get $x) (f64.const 2)))) \
                 (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))) (local.get $x))";
    let guest = judge(
        items,
        "(call $log (i32.const 1) (i32.const 0) (i32.const 9)) (call $score (call $work (i32.const 5000)))",
    );
    let linked = link(&guest, &grants()).unwrap();
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..20 {
                    results.lock().unwrap().push(linked.evaluate(&Arc::new(Limits::default()), None, "case"));
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    assert!(matches!(results[0].verdict, Verdict::Scored(_)) && results[0].usage.fuel.is_some());
    assert!(results.iter().all(|result| *result == results[0]));
}

/// Threat 49: the bits of a NaN are the same whoever made it.
#[test]
fn a_nan_has_one_bit_pattern() {
    let bits = |nan| {
        let body = format!("(call $score (f64.convert_i64_u (i64.reinterpret_f64 {nan})))");
        verdict("", &body)
    };
    let made = bits("(f64.div (f64.const 0) (f64.const 0))");
    assert!(matches!(made, Verdict::Scored(_)));
    assert_eq!(made, bits("(f64.sqrt (f64.const -1))"));
    assert_eq!(made, bits("(f64.add (f64.const nan:0x4000000000123) (f64.const 1))"));
}

#[test]
fn invoking_speaks_wave() {
    let guest = r#"(component
      (core module $m
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "nothing")))
      (core instance $m (instantiate $m))
      (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add")))
      (func (export "nothing") (canon lift (core func $m "nothing")))
      (export "add" (func $add))
      (instance $i (export "add" (func $add)))
      (export "assay:test/sums@0.1.0" (instance $i)))"#;
    let linked = link(guest, &grants()).unwrap();
    let limits = Arc::new(Limits::default());
    let invoke = |function: &str, arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().map(|text| text.to_string()).collect();
        linked.invoke(&limits, None, function, &arguments, 0).0
    };
    assert_eq!(invoke("add", &["2", "40"]), Ok("42".into()));
    assert_eq!(invoke("assay:test/sums@0.1.0#add", &["1", "1"]), Ok("2".into()));
    assert_eq!(invoke("nothing", &[]), Ok(String::new()));
    for (function, arguments, says) in [
        ("add", &["2"][..], "takes 2"),
        ("add", &["2", "-1"], "`b`"),
        ("absent", &[], "absent"),
        ("assay:test/sums@0.1.0", &[], "sums"),
        ("assay:test/sums@0.1.0#absent", &[], "absent"),
    ] {
        let answer = invoke(function, arguments);
        assert!(matches!(&answer, Err(Verdict::Rejected(why)) if why.contains(says)), "{answer:?}");
    }
}

#[test]
fn a_simulator_draws_from_its_seed() {
    let guest = format!(
        r#"(component {LIBC}
      (core module $simulator
        (import "libc" "memory" (memory 1))
        (func (export "draw") (param $seed i64) (param i32 i32) (result i32)
          (i32.store8 (i32.const 16) (i64.eq (local.get $seed) (i64.const 13)))
          (i32.store (i32.const 20) (i32.const 64)) (i32.store (i32.const 24) (i32.const 1))
          (i32.store8 (i32.const 64) (i32.add (i32.const 97) (i32.wrap_i64 (local.get $seed))))
          (i32.const 16)))
      (core instance $main (instantiate $simulator (with "libc" (instance $libc))))
      (func (export "draw") (param "seed" u64) (param "parameters" string) (result (result string (error string)))
        (canon lift (core func $main "draw") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))"#
    );
    let linked = link(&guest, &grants()).unwrap();
    let limits = Arc::new(Limits::default());
    assert_eq!(linked.draw(&limits, None, 0, "{}"), Ok("a".into()));
    assert_eq!(linked.draw(&limits, None, 2, "{}"), Ok("c".into()));
    let failed = linked.draw(&limits, None, 13, "{}").unwrap_err();
    assert_eq!(failed.verdict, Verdict::TaskError("n".into()));
}
