//! Calls that the host answers: any function whose values can be written down, as text on both ways.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::limits::Ask;
use sandbox::policy::Limits;
use sandbox::protocol::{Account, Grants, HostCall};
use sandbox::verdict::{REASON_BYTES, Verdict};
use std::sync::Arc;
use support::{LIBC, link};

const INSTANCE: &str = "assay:host/utility@0.1.0";

/// Four functions of one instance, and exports that call them.
fn guest() -> String {
    format!(
        r#"(component
  (import "{INSTANCE}" (instance $host
    (type $worth' (record (field "utility" f64) (field "failure" string)))
    (export "worth" (type $worth (eq $worth')))
    (export "measure" (func (param "program" string) (result (result $worth (error string)))))
    (export "scale" (func (param "by" f64) (param "up" bool) (result f64)))
    (export "note" (func))
    (export "sum" (func (param "numbers" (list f64)) (result f64)))))
{LIBC}
  (core func $measure (canon lower (func $host "measure")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core func $scale (canon lower (func $host "scale")))
  (core func $note (canon lower (func $host "note")))
  (core func $sum (canon lower (func $host "sum") (memory (core memory $libc "memory"))))
  (core module $candidate
    (import "libc" "memory" (memory 1))
    (import "host" "measure" (func $measure (param i32 i32 i32)))
    (import "host" "scale" (func $scale (param f64 i32) (result f64)))
    (import "host" "note" (func $note))
    (import "host" "sum" (func $sum (param i32 i32) (result f64)))
    ;; The failure of a worth, or the error: a string either way.
    (func (export "failure") (param i32 i32) (result i32)
      (call $measure (local.get 0) (local.get 1) (i32.const 1024))
      (if (result i32) (i32.load8_u (i32.const 1024)) (then (i32.const 1032)) (else (i32.const 1040))))
    (func (export "scale") (param f64) (result f64) (call $scale (local.get 0) (i32.const 1)))
    (func (export "note") (call $note))
    ;; So many copies of the number whose decimal form is longest: their sum, and the list of them.
    (func (export "sum") (param i32) (result f64)
      (call $fill (local.get 0))
      (call $sum (i32.const 2048) (local.get 0)))
    (func (export "numbers") (param i32) (result i32)
      (call $fill (local.get 0))
      (i32.store (i32.const 1024) (i32.const 2048)) (i32.store (i32.const 1028) (local.get 0))
      (i32.const 1024))
    (func $fill (param i32) (local $at i32)
      (loop $l
        (f64.store (i32.add (i32.const 2048) (i32.mul (i32.const 8) (local.get $at))) (f64.const -0x1p-1074))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $at) (local.get 0))))))
  (core instance $main (instantiate $candidate (with "libc" (instance $libc)) (with "host" (instance
    (export "measure" (func $measure)) (export "scale" (func $scale))
    (export "note" (func $note)) (export "sum" (func $sum))))))
  (func (export "failure") (param "program" string) (result string)
    (canon lift (core func $main "failure") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (func (export "scale") (param "by" f64) (result f64) (canon lift (core func $main "scale")))
  (func (export "note") (canon lift (core func $main "note")))
  (func (export "sum") (param "count" u32) (result f64) (canon lift (core func $main "sum")))
  (func (export "numbers") (param "count" u32) (result (list f64))
    (canon lift (core func $main "numbers") (memory (core memory $libc "memory")))))"#
    )
}

fn grants(functions: &[&str]) -> Grants {
    let call = |function: &&str| HostCall {
        instance: INSTANCE.into(),
        function: function.to_string(),
        account: Account::Candidate,
    };
    Grants { host_calls: functions.iter().map(call).collect(), ..Grants::default() }
}

const ALL: [&str; 4] = ["measure", "scale", "note", "sum"];

fn limits() -> Limits {
    Limits { output_bytes: 4096, ..Limits::default() }
}

/// Call `function` of the guest, whose own call the host answers with `answer`. What came back, and what was asked.
fn call(
    function: &str,
    argument: Option<&str>,
    answer: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static,
) -> (Result<String, Verdict>, Option<u64>) {
    let linked = link(&guest(), &grants(&ALL)).unwrap();
    let ask: Ask = Arc::new(move |_, _, _, request| answer(&request));
    let arguments: Vec<String> = argument.iter().map(|text| text.to_string()).collect();
    let (value, usage, _) = linked.invoke(&Arc::new(limits()), Some(&ask), function, &arguments, 0);
    (value, usage.fuel)
}

#[test]
fn arguments_and_results_are_text_in_both_directions() {
    let words = r#""say \"hi\"\n\tto \\ 世界 \u{7f}""#;
    let back = format!("ok({{utility: -inf, failure: {words}}})");
    let (value, _) = call("failure", Some(words), move |request| {
        assert_eq!(request, format!("({words})"));
        Ok(back.clone())
    });
    assert_eq!(value, Ok(words.into()));
    assert_eq!(call("failure", Some("\"\""), |_| Ok("err(\"no\")".into())).0, Ok("\"no\"".into()));
    for number in ["nan", "inf", "-inf", "-0", "0.1", "-1.5"] {
        let (value, _) = call("scale", Some(number), move |request| {
            assert_eq!(request, format!("({number}, true)"));
            Ok(number.into())
        });
        assert_eq!(value, Ok(number.into()));
    }
    let (value, _) = call("note", None, |request| {
        assert_eq!(request, "()");
        Ok(String::new())
    });
    assert_eq!(value, Ok(String::new()));
}

#[test]
fn a_host_without_an_answer_is_crashed_and_so_is_one_that_talks_garbage() {
    let (value, _) = call("failure", Some("\"\""), |_| Err("the disk is full".into()));
    assert!(matches!(&value, Err(Verdict::Crashed(why)) if why.ends_with("the disk is full")), "{value:?}");
    for garbage in
        ["", "ok", "ok(1)", "ok({utility: 1})", "ok({utility: 1, failure: \"\"}) x", "err(\"", "\u{0}"]
    {
        let (value, _) = call("failure", Some("\"\""), move |_| Ok(garbage.into()));
        assert!(
            matches!(&value, Err(Verdict::Crashed(why)) if why.contains("`measure`")),
            "{garbage}: {value:?}"
        );
    }
    let (value, _) = call("note", None, |_| Ok("1".into()));
    assert!(matches!(&value, Err(Verdict::Crashed(_))), "{value:?}");
    let linked = link(&guest(), &grants(&ALL)).unwrap();
    let (value, ..) = linked.invoke(&Arc::new(limits()), None, "note", &[], 0);
    assert!(matches!(&value, Err(Verdict::Crashed(why)) if why.contains("nobody")), "{value:?}");
}

/// A host takes no longer ones from a worker.
#[test]
fn reasons_are_cut() {
    let long = "no ".repeat(REASON_BYTES);
    let (reason, text) = (long.clone(), format!("\"{long}\""));
    let (value, _) = call("failure", Some("\"\""), move |_| Err(reason.clone()));
    assert!(
        matches!(&value, Err(Verdict::Crashed(why)) if why.len() == REASON_BYTES && why.contains("no no")),
        "{value:?}"
    );
    // A text of another type, of which the parser would quote all.
    let (value, _) = call("scale", Some("1"), move |_| Ok(text.clone()));
    assert!(matches!(&value, Err(Verdict::Crashed(why)) if why.len() < 200), "{value:?}");
    let (value, _) = call("scale", Some(&format!("\"{long}\"")), |_| panic!("asked"));
    assert!(matches!(&value, Err(Verdict::Rejected(why)) if why.len() <= REASON_BYTES), "{value:?}");
}

#[test]
fn a_call_costs_a_unit_of_fuel_for_each_byte_of_its_text() {
    let fuel = |program: &str| {
        let (value, fuel) = call("failure", Some(program), |_| Ok("err(\"\")".into()));
        assert_eq!(value, Ok("\"\"".into()));
        fuel.unwrap()
    };
    assert_eq!(fuel("\"aaaa\""), fuel("\"bbbb\""));
    // As long in memory, twice as long when it is written down.
    assert_eq!(fuel(r#""\n\n\n\n""#) - fuel("\"aaaa\""), 4);
}

#[test]
fn a_text_too_long_to_hand_over_is_invalid_output() {
    assert_eq!(call("sum", Some("3"), |_| Ok("0".into())).0, Ok("0".into()));
    // 326 bytes of text for each number, and a few dozen where it is lifted.
    let (value, _) = call("sum", Some("100"), |_| panic!("asked"));
    assert!(matches!(&value, Err(Verdict::InvalidOutput(why)) if why.contains("output-bytes")), "{value:?}");
    // The same list as a result.
    assert!(call("numbers", Some("3"), |_| panic!("asked")).0.unwrap().starts_with("[-0.000"));
    let (value, _) = call("numbers", Some("100"), |_| panic!("asked"));
    assert!(matches!(&value, Err(Verdict::InvalidOutput(why)) if why.contains("output-bytes")), "{value:?}");
    // What any string comes to that may be handed over at all does fit.
    let deletes = format!("\"{}\"", r"\u{7f}".repeat(4096));
    assert_eq!(call("failure", Some(&deletes), |_| Ok("err(\"\")".into())).0, Ok("\"\"".into()));
}

#[test]
fn functions_are_granted_one_by_one_and_the_missing_one_is_named() {
    let missing = link(&guest(), &grants(&["measure", "scale", "sum"])).map(drop).unwrap_err();
    assert!(missing.contains("note"), "{missing}");
    let more = ["measure", "scale", "note", "sum", "begin"];
    assert!(link(&guest(), &grants(&more)).is_ok(), "a guest may import less than it is granted");
    assert!(link("(component)", &grants(&ALL)).is_ok());
}

#[test]
fn values_without_a_text_form_are_rejected_before_anything_runs() {
    let guest = format!(
        r#"(component (import "{INSTANCE}" (instance
            (export "handle" (type $handle (sub resource)))
            (export "measure" (func (param "what" (list (own $handle))))))))"#
    );
    let refused = link(&guest, &grants(&ALL)).map(drop).unwrap_err();
    assert!(refused.contains("`assay:host/utility@0.1.0#measure`"), "{refused}");
    let guest = format!(r#"(component (import "{INSTANCE}" (func)))"#);
    assert!(link(&guest, &grants(&ALL)).map(drop).unwrap_err().contains("not as an instance"));
}

#[test]
fn a_function_that_returns_what_has_no_text_form_is_not_called() {
    let guest = r#"(component
      (type $handle' (resource (rep i32)))
      (export $handle "handle" (type $handle'))
      (core module $m (func (export "make") (result i32) (unreachable)))
      (core instance $m (instantiate $m))
      (func $make (result (own $handle)) (canon lift (core func $m "make")))
      (export "make" (func $make)))"#;
    let linked = link(guest, &Grants::default()).unwrap();
    let (value, ..) = linked.invoke(&Arc::new(limits()), None, "make", &[], 0);
    assert!(matches!(&value, Err(Verdict::Rejected(why)) if why.contains("`make`")), "{value:?}");
}
