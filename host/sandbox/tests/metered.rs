//! Programs that meter themselves. That they come to the same as the engine's is shown wherever `support::run` is used, by
//! every test of a limit; here is what they can't do, and which are not made so.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::metered::{COUNTERS, limit, used};
use sandbox::policy::Limits;
use sandbox::protocol::Metering;
use sandbox::translate::Translator;
use sandbox::verdict::Verdict;
use std::ops::Add;
use std::sync::Arc;
use support::{engine, grants, judge, link_metered, wasm};

const FINE: &str = "(call $score (f64.const 1))";

fn metering(component: &[u8]) -> Result<Metering, String> {
    let translator = Translator::new(engine().clone());
    translator.translate(component, Metering::Program, &Limits::default()).map(|(metering, _)| metering)
}

/// A root with `modules`, and whatever follows.
fn component(text: &str) -> Vec<u8> {
    wasm(&format!("(component {text})"))
}

const SPENDS: &str = r#"(core module $spends (func (export "go") (loop $l (br $l))))
  (core instance $spends (instantiate $spends))"#;

/// Threat 26. A guest that could call its counter's functions would have as much fuel as it likes. They are not there when it
/// is validated, whatever it says they are.
#[test]
fn no_guest_reaches_a_counter() {
    for name in [meter::FUEL_USED, meter::FUEL_LIMIT] {
        let kind = if name == meter::FUEL_USED { "(result i64)" } else { "(param i64)" };
        let lifted = if name == meter::FUEL_USED { "(result s64)" } else { "(param \"x\" s64)" };
        for text in [
            // By an import of another module.
            format!(
                r#"{SPENDS} (core module $takes (import "s" "{name}" (func {kind})))
                (core instance (instantiate $takes (with "s" (instance $spends))))"#
            ),
            // By an alias, to lift it or to hand it on.
            format!(r#"{SPENDS} (func (export "f") {lifted} (canon lift (core func $spends "{name}")))"#),
            format!(
                r#"{SPENDS} (core module $takes (import "s" "f" (func {kind})))
                (core instance (instantiate $takes (with "s" (instance (export "f" (func $spends "{name}"))))))"#
            ),
            // By the name under which a component tells it.
            format!(
                r#"(component $inner {SPENDS}) (instance $i (instantiate $inner))
                (alias export $i "{}" (func $f)) (export "f" (func $f))"#,
                if name == meter::FUEL_USED { used(0) } else { limit(0) }
            ),
        ] {
            let why = metering(&component(&text)).expect_err(&text);
            assert!(!why.is_empty(), "{text}");
        }
    }
}

/// What exports such names itself is metered by the engine, and so are its counters none.
#[test]
fn no_guest_passes_for_a_counter() {
    let lies = |name: &str| {
        format!(
            r#"(core module $lies (func (export "{name}") (result i64) (i64.const -1)))
            (core instance $lies (instantiate $lies))
            (func (export "{}") (result s64) (canon lift (core func $lies "{name}")))"#,
            used(0)
        )
    };
    for name in [meter::FUEL_USED, "f"] {
        assert_eq!(metering(&component(&lies(name))), Ok(Metering::Engine), "{name}");
        let nested = format!(
            "(component $c {}) (instance $i (instantiate $c)) (export \"i\" (instance $i))",
            lies(name)
        );
        assert_eq!(metering(&component(&nested)), Ok(Metering::Engine), "{name}, nested");
    }
    // One that follows ours would count for less than nothing.
    let follows = format!(
        r#"(core module $m (func (export "go")) (func (export "f") (result i64) (i64.const -9)))
        (core instance $i (instantiate $m)) (func (export "go") (canon lift (core func $i "go")))
        (func (export "{}") (result s64) (canon lift (core func $i "f")))"#,
        used(1)
    );
    assert_eq!(metering(&component(&follows)), Ok(Metering::Engine));
}

#[test]
fn instances_that_are_not_to_be_found_are_metered_by_the_engine() {
    let inner = format!("(component $inner {SPENDS})");
    for (why, text) in [
        (
            "a component is handed to another",
            format!(
                r#"{inner} (component $outer (import "c" (component $c)) (instance (instantiate $c)))
                (instance (instantiate $outer (with "c" (component $inner))))"#
            ),
        ),
        (
            "a component of an instance",
            format!(
                r#"(component $has {inner} (export "c" (component $inner))) (instance $i (instantiate $has))
                (alias export $i "c" (component $c)) (instance (instantiate $c))"#
            ),
        ),
        (
            "a component of outside",
            format!(
                "{inner} (component $outer (alias outer 1 $inner (component $c)) (instance (instantiate $c))) (instance (instantiate $outer))"
            ),
        ),
        ("too many", format!("{inner} {}", "(instance (instantiate $inner))".repeat(COUNTERS + 1))),
        (
            "a feature that is not rewritten",
            "(core module $m (type $t (func)) (func (param (ref null $t)))) (core instance (instantiate $m))"
                .into(),
        ),
        ("none", "(component)".into()),
    ] {
        assert_eq!(metering(&component(&text)), Ok(Metering::Engine), "{why}");
    }
    assert_eq!(
        metering(&component(&format!("{inner} {}", "(instance (instantiate $inner))".repeat(COUNTERS)))),
        Ok(Metering::Program)
    );
}

/// The compiler shall not see much more than was admitted.
#[test]
fn what_grows_too_much_is_metered_by_the_engine() {
    let module = |body: &str| {
        component(&format!(
            "(core module $m (func (param i32) (result i32) {body})) (core instance (instantiate $m))"
        ))
    };
    // Each NaN that might be seen is looked at.
    let seen = "f64.const 0 ".to_owned()
        + &"f64.sqrt f64.neg i64.reinterpret_f64 f64.reinterpret_i64 ".repeat(8_000)
        + "drop (local.get 0)";
    let limits = Limits::default();
    let made = |wasm: &[u8], function_bytes| {
        let limits = Limits { function_bytes, ..limits.clone() };
        Translator::new(engine().clone()).translate(wasm, Metering::Program, &limits).unwrap().0
    };
    assert_eq!(made(&module(&seen), u32::MAX), Metering::Engine);
    // One that fits, and does not when it also pays.
    let fits = module(&"(br_if 0 (i32.const 1) (local.get 0)) drop ".repeat(100).add("(i32.const 1)"));
    assert_eq!(made(&fits, limits.function_bytes), Metering::Program);
    assert_eq!(made(&fits, 900), Metering::Engine);
}

/// Each module may use all of the fuel, and all of them together no more.
#[test]
fn counters_add_up() {
    let text = r#"(component
      (component $work
        (core module $m (func (export "go") (param $n i32)
          (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))))
        (core instance $a (instantiate $m)) (core instance $b (instantiate $m))
        (func (export "a") (param "n" u32) (canon lift (core func $a "go")))
        (func (export "b") (param "n" u32) (canon lift (core func $b "go"))))
      (instance $one (instantiate $work)) (instance $two (instantiate $work))
      (component $calls
        (import "a" (func $a (param "n" u32))) (import "b" (func $b (param "n" u32))) (import "c" (func $c (param "n" u32)))
        (core func $a' (canon lower (func $a))) (core func $b' (canon lower (func $b))) (core func $c' (canon lower (func $c)))
        (core module $m
          (import "h" "a" (func $a (param i32))) (import "h" "b" (func $b (param i32))) (import "h" "c" (func $c (param i32)))
          (func (export "go") (param i32 i32 i32)
            (call $a (local.get 0)) (call $b (local.get 1)) (call $c (local.get 2))))
        (core instance $i (instantiate $m (with "h" (instance
          (export "a" (func $a')) (export "b" (func $b')) (export "c" (func $c'))))))
        (func (export "go") (param "a" u32) (param "b" u32) (param "c" u32) (canon lift (core func $i "go"))))
      (instance $all (instantiate $calls (with "a" (func $one "a")) (with "b" (func $one "b")) (with "c" (func $two "a"))))
      (export "go" (func $all "go")))"#;
    let linked = link_metered(&wasm(text), &grants(), Limits::default().fuel).unwrap();
    let go = |fuel: u64, turns: [u32; 3]| {
        let limits = Arc::new(Limits { fuel, ..Limits::default() });
        let (value, usage, _) = linked.invoke(&limits, None, "go", &turns.map(|n| n.to_string()), 0);
        (value.err(), usage.fuel)
    };
    let (_, all) = go(1_000_000, [1, 1, 1]);
    let base = all.unwrap();
    // A turn costs six: get, constant, subtract, set, get, branch.
    let turn = |extra: u64| Some(base + 6 * extra);
    assert_eq!(go(1_000_000, [101, 1, 1]), (None, turn(100)));
    assert_eq!(go(1_000_000, [101, 201, 301]), (None, turn(600)));
    let exact = turn(600).unwrap();
    assert_eq!(go(exact, [101, 201, 301]), (None, Some(exact)));
    assert_eq!(go(exact - 1, [101, 201, 301]), (Some(Verdict::OutOfFuel), Some(exact - 1)), "together");
    assert_eq!(go(1_000, [1, 1, 0]), (Some(Verdict::OutOfFuel), Some(1_000)), "one alone: 2^32 turns");
}

/// A guest can't call what tells its fuel, and neither can whoever names a function of it.
#[test]
fn counters_are_no_functions_of_the_program() {
    let linked = link_metered(&wasm(&judge("", FINE)), &grants(), 1_000_000).unwrap();
    for name in [used(0), limit(0)] {
        let arguments = if name == used(0) { vec![] } else { vec!["5".to_owned()] };
        let (value, _, _) = linked.invoke(&Arc::new(Limits::default()), None, &name, &arguments, 0);
        assert!(
            matches!(&value, Err(Verdict::Rejected(why)) if why.contains("does not export")),
            "{value:?}"
        );
    }
}
