//! A component taken apart runs as the whole does: verdict, score, fuel, memory, calls and words.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use sandbox::native;
use sandbox::outline::{MODULES, outline};
use sandbox::policy::Limits;
use sandbox::program::{Linked, Program};
use sandbox::programs::Programs;
use sandbox::protocol::{ByteBuf, CaseResult, Digest, Metering, Part};
use sandbox::translate::{Parts, Translator};
use sandbox::verdict::Verdict;
use sha2::Digest as _;
use std::sync::Arc;
use support::{engine, grants, judge, judge_named, link_parts, wasm};

/// The judge of [`support`] as composition would put it: nested, its modules with it.
fn nested(judge: &str) -> Vec<u8> {
    let inner = judge.strip_prefix("(component").unwrap();
    let imports = inner.split("(core module").next().unwrap();
    wasm(&format!(
        r#"(component {imports}
  (component $inner {inner}
  (instance $i (instantiate $inner (with "candidate-log" (instance $log))
    (with "assay:host/evaluation@0.1.0" (instance $evaluation))))
  (alias export $i "assay:host/judge@0.1.0" (instance $judged))
  (export "assay:host/judge@0.1.0" (instance $judged)))"#
    ))
}

fn digest(bytes: &[u8]) -> Digest {
    sha2::Sha256::digest(bytes).into()
}

fn linked(parts: &Parts) -> Linked {
    link_parts(parts, engine(), &grants(), 0)
}

fn translator() -> Translator {
    Translator::new(engine().clone())
}

fn translate(translator: &Translator, component: &[u8]) -> Result<Parts, String> {
    translator.translate(component, Metering::Engine, &Limits::default()).map(|(_, parts)| parts)
}

/// What a case comes to, whole and taken apart.
fn both(component: &[u8], limits: &Limits) -> [CaseResult; 2] {
    let parts = translate(&translator(), component).unwrap();
    assert_eq!(parts.len(), 3, "a skeleton and two modules");
    let whole = vec![engine().compile(component).unwrap().into()];
    let limits = Arc::new(limits.clone());
    let ask: sandbox::limits::Ask = Arc::new(|_, _, _, _| Ok("ok(\"an answer\")".into()));
    [whole, parts].map(|parts| linked(&parts).evaluate(&limits, Some(&ask), "a case"))
}

const FINE: &str = "(call $score (f64.const 4.5))";

#[test]
fn every_ending_is_the_same_whole_and_taken_apart() {
    let tight = Limits { fuel: 100_000, memory_bytes: 1 << 20, ..Limits::default() };
    let mut seen = std::collections::BTreeSet::new();
    for (name, items, body) in [
        ("fine", "", FINE.to_owned()),
        ("nan", "", "(call $score (f64.const nan))".to_owned()),
        ("logs", "", format!("(call $log (i32.const 1) (i32.const 0) (i32.const 5)) {FINE}")),
        ("asks", "", format!("(call $ask (i32.const 512) (i32.const 0) (i32.const 4)) {FINE}")),
        ("traps", "", "unreachable".to_owned()),
        (
            "divides",
            "",
            "(i32.div_u (i32.const 1) (local.get $case)) drop (i32.div_u (i32.const 1) (i32.const 0))"
                .to_owned(),
        ),
        ("reaches out", "", "(i32.load (i32.const -8))".to_owned()),
        ("a bad pointer", "", "(i32.const -8)".to_owned()),
        ("for ever", "", "(loop $l (br $l)) unreachable".to_owned()),
        ("grows", "", format!("(drop (memory.grow (i32.const 3))) {FINE}")),
        ("grows too much", "", format!("(drop (memory.grow (i32.const 300))) {FINE}")),
        (
            "deep",
            "(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))",
            "(call $deep (i32.const 0))".to_owned(),
        ),
        ("starts", "(func $start (drop (memory.grow (i32.const 1)))) (start $start)", FINE.to_owned()),
    ] {
        for judge in [judge(items, &body), judge_named("evaluator", items, &body)] {
            for limits in [Limits::default(), tight.clone()] {
                let [whole, apart] = both(&nested(&judge), &limits);
                assert_eq!(whole, apart, "{name}");
                seen.insert(whole.verdict.name());
            }
        }
    }
    let endings = ["invalid-output", "out-of-fuel", "out-of-memory", "scored", "task-error", "trapped"];
    assert!(endings.iter().all(|ending| seen.contains(ending)), "{seen:?}");
}

#[test]
fn candidates_of_a_shape_share_all_but_their_own_module() {
    let translator = translator();
    let [one, other] = [FINE, "(call $score (f64.const 7))"]
        .map(|body| translate(&translator, &nested(&judge("", body))).unwrap());
    let same: Vec<bool> = one.iter().zip(&other).map(|(a, b)| a == b).collect();
    assert_eq!(same, [true, true, false]);
    for (parts, score) in [(one, 4.5), (other, 7.0)] {
        let result = linked(&parts).evaluate(&Arc::new(Limits::default()), None, "a case");
        assert!(matches!(result.verdict, Verdict::Scored(outcome) if outcome.score == score));
    }
}

#[test]
fn what_composition_does_not_make_stays_whole() {
    let module = "(core module (func (export \"f\")))";
    for (why, text) in [
        ("modules in the root and below", format!("(component {module} (component {module}))")),
        ("no module", "(component (component))".to_owned()),
        ("a core type", format!("(component (core type (func)) (component {module}))")),
        ("a module from outside", format!("(component (import \"m\" (core module)) (component {module}))")),
        (
            "a module of an instance in the root",
            format!(
                "(component (component $c {module} (export \"m\" (core module 0))) (instance $i (instantiate $c)) (alias export $i \"m\" (core module $m)))"
            ),
        ),
        (
            "a module by outer alias",
            format!("(component (component $c {module} (component (alias outer $c 0 (core module)))))"),
        ),
    ] {
        assert!(outline(&wasm(&text)).is_none(), "{why}");
    }
    let many = |count| wasm(&format!("(component {})", format!("(component {module})").repeat(count)));
    assert_eq!(outline(&many(MODULES)).unwrap().modules.len(), MODULES);
    assert!(outline(&many(MODULES + 1)).is_none());
    assert!(outline(b"\0asm\x0d\0\x01\0\xff").is_none());
    assert!(outline(&wasm("(module)")).is_none());
}

#[test]
fn what_is_wrong_is_said_of_the_whole() {
    let broken = wasm("(component (component (core module (func (result i32)))))");
    let whole = engine().compile(&broken).unwrap_err();
    assert_eq!(translate(&translator(), &broken).unwrap_err(), whole);
}

/// Of parts that a worker has, their digests are enough; they go with the last program that has them.
#[test]
fn programs_share_parts_and_the_last_takes_them_along() {
    let translator = translator();
    let named = |body: &str, known: usize| {
        let parts = translate(&translator, &nested(&judge("", body))).unwrap();
        let name = digest(&parts.concat());
        let part = |(index, native): (usize, &Arc<[u8]>)| Part {
            digest: digest(native),
            native: (index >= known).then(|| ByteBuf::from(native.to_vec())),
        };
        (name, parts.iter().enumerate().map(part).collect::<Vec<_>>())
    };
    let (one, two) = (named(FINE, 0), named("(call $score (f64.const 7))", 2));
    let score = |programs: &Programs, name: &Digest| {
        let linked = programs.get(name).unwrap().link(engine(), &grants())?;
        match linked.evaluate(&Arc::new(Limits::default()), None, "a case").verdict {
            Verdict::Scored(outcome) => Ok(outcome.score),
            other => Err(other),
        }
    };
    let mut programs = Programs::default();
    programs.load(engine(), two.0, 0, &two.1);
    let never = Verdict::Crashed("native code did not load: a part of it was never loaded".into());
    assert_eq!(score(&programs, &two.0), Err(never), "the parts that it shares are not there yet");
    programs.unload(&two.0);
    programs.load(engine(), one.0, 0, &one.1);
    programs.load(engine(), two.0, 0, &two.1);
    assert_eq!(programs.parts(), 4);
    assert_eq!((score(&programs, &one.0), score(&programs, &two.0)), (Ok(4.5), Ok(7.0)));
    programs.unload(&one.0);
    assert!(programs.get(&one.0).is_none());
    assert_eq!((programs.parts(), score(&programs, &two.0)), (3, Ok(7.0)));
    programs.unload(&two.0);
    assert_eq!(programs.parts(), 0);

    programs.load(engine(), one.0, 0, &[]);
    let nothing = Verdict::Crashed("native code did not load: it has no parts".into());
    assert_eq!(score(&programs, &one.0), Err(nothing));
}

#[test]
fn an_import_called_like_a_part_is_granted_to_nobody() {
    let name = sandbox::outline::name(0);
    let text = format!("(component (import \"{name}\" (func)))");
    let native = engine().compile(&wasm(&text)).unwrap();
    let component = native::load(engine().wasmtime(), &native, digest(&native)).unwrap();
    let why = Program::of(component, Vec::new(), 0).link(engine(), &grants()).err().unwrap();
    assert!(why.contains(&name) && why.contains("not granted"), "{why}");
}
