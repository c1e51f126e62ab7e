//! Guests in a few lines of WebAssembly text. The host's tests of its pool use them too.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

/// The binary form of a text.
pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// An evaluator without a candidate. `items` are further fields of its core module (which is named
/// `name`), `body` is the body of `evaluate`, which ends with a pointer; `(call $score (f64.const 1))` makes
/// one, `(call $log level pointer length)` and `(call $ask …)` call the host.
pub fn judge_named(name: &str, items: &str, body: &str) -> String {
    judge_in(name, IMPORTS, items, body)
}

/// A candidate's, as far as its name goes.
pub fn judge(items: &str, body: &str) -> String {
    judge_named("candidate", items, body)
}

const IMPORTS: &str = r#"
  (import "candidate-log" (instance $log
    (type $level' (enum "debug" "info" "warn" "error"))
    (export "level" (type $level (eq $level')))
    (export "write" (func (param "level" $level) (param "message" string)))))
  (import "assay:host/evaluation@0.1.0" (instance $evaluation
    (export "score" (func (param "request" string) (result (result string (error string)))))))
  (core func $write (canon lower (func $log "write") (memory (core memory $libc "memory"))))
  (core func $ask (canon lower (func $evaluation "score") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core instance $host (export "log" (func $write)) (export "ask" (func $ask)))
"#;

/// As [`judge_named`] with other imports, which end in a core instance `$host`.
pub fn judge_in(name: &str, imports: &str, items: &str, body: &str) -> String {
    let functions = [
        ("log", "(param i32 i32 i32)"),
        ("ask", "(param i32 i32 i32)"),
        ("answer", "(param f64) (result f64)"),
        ("now", "(result i64)"),
        ("sleep", "(param i64) (result i32)"),
        ("block", "(param i32)"),
        ("random", "(param i64 i32)"),
        ("stdout", "(result i32)"),
        ("print", "(param i32 i32 i32 i32)"),
    ];
    let lowered: String = functions
        .iter()
        .filter(|(function, _)| imports.contains(&format!("(export \"{function}\"")))
        .map(|(function, kind)| format!("(import \"host\" \"{function}\" (func ${function} {kind}))\n"))
        .collect();
    let (imports, lowers) = imports.split_once("(core func").expect("imports that are lowered");
    format!(
        r#"(component
{imports}
{LIBC}
  (core func{lowers}
  (core module ${name}
    (import "libc" "memory" (memory 1))
    {lowered}
    {items}
    (func $score (param f64) (result i32)
      (i32.store8 (i32.const 1024) (i32.const 0))
      (f64.store (i32.const 1032) (local.get 0))
      (i64.store (i32.const 1040) (i64.const 0))
      (i64.store (i32.const 1048) (i64.const 0))
      (i32.const 1024))
    (func (export "evaluate") (param $case i32) (param $length i32) (result i32)
      {body}))
  (core instance $main (instantiate ${name} (with "libc" (instance $libc)) (with "host" (instance $host))))
  {JUDGE})"#
    )
}

/// A judge that scores everything 1, of one module with so much memory: the least that a toolchain makes. It touches what a
/// compiled one does: its stack, its data, its heap, each on a page of its own. Another `number`, another program.
pub fn lone_judge(pages: u32, number: u32) -> String {
    let end = pages * 65536;
    let (stack, data, heap) = (end / 2 - 64, end / 2, end / 2 + 8192);
    format!(
        r#"(component
  (core module $evaluator
    (memory (export "memory") {pages})
    (data (i32.const {data}) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\f0\3f")
    (global $next (mut i32) (i32.const {heap}))
    (func (result i32) (i32.const {number}))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get $new)))
      (local.get $at))
    (func (export "evaluate") (param $case i32) (param $length i32) (result i32)
      (i64.store (i32.const {stack}) (i64.const 0))
      (f64.store offset=8 (i32.const {stack}) (f64.load offset=8 (i32.const {data})))
      (i32.const {stack})))
  (core instance $main (instantiate $evaluator))
  {judge})"#,
        judge = JUDGE.replace("$libc", "$main")
    )
}

/// Memory and an allocator that never frees.
pub const LIBC: &str = r#"
  (core module $libc
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get $new)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
"#;

const JUDGE: &str = r#"
  (type $metric (record (field "name" string) (field "value" f64)))
  (type $outcome (record (field "score" f64) (field "metrics" (list $metric)) (field "notes" string)))
  (type $fault (variant (case "invalid-output" string) (case "bad-case" string)))
  (func $evaluate (param "case" string) (result (result $outcome (error $fault)))
    (canon lift (core func $main "evaluate") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (component $judge
    (type $metric' (record (field "name" string) (field "value" f64)))
    (import "metric" (type $metric (eq $metric')))
    (type $outcome' (record (field "score" f64) (field "metrics" (list $metric)) (field "notes" string)))
    (import "outcome" (type $outcome (eq $outcome')))
    (type $fault' (variant (case "invalid-output" string) (case "bad-case" string)))
    (import "fault" (type $fault (eq $fault')))
    (import "evaluate" (func $evaluate (param "case" string) (result (result $outcome (error $fault)))))
    (export $metric-e "metric" (type $metric'))
    (type $outcome2 (record (field "score" f64) (field "metrics" (list $metric-e)) (field "notes" string)))
    (export $outcome-e "outcome" (type $outcome2))
    (export $fault-e "fault" (type $fault'))
    (export "evaluate" (func $evaluate)
      (func (param "case" string) (result (result $outcome-e (error $fault-e))))))
  (instance $judged (instantiate $judge (with "metric" (type $metric)) (with "outcome" (type $outcome))
    (with "fault" (type $fault)) (with "evaluate" (func $evaluate))))
  (export "assay:host/judge@0.1.0" (instance $judged))
"#;
