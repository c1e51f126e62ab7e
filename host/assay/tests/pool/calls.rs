//! Guests that ask the host, and hosts that evaluate to answer.

use super::*;

/// The one plain string of a call's arguments.
fn text(arguments: &str) -> String {
    arguments.strip_prefix("(\"").and_then(|rest| rest.strip_suffix("\")")).unwrap().to_owned()
}

/// Asks once about its case, and notes the answer.
const ASKS: &str = "(call $ask (local.get $case) (local.get $length) (i32.const 4096)) \
    (drop (call $score (f64.const 1))) \
    (i64.store (i32.const 1048) (i64.load (i32.const 4100))) (i32.const 1024)";

/// Two cases of [`ASKS`], whose calls `answer` answers, with the number of tries made.
fn asked(answer: impl Fn(usize, Call) -> Answer + Send + Sync + 'static) -> (Vec<CaseResult>, usize) {
    let tries = Arc::new(AtomicUsize::new(0));
    let (counted, answer) = (tries.clone(), Arc::new(answer));
    let results = block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let program = program(&pool, &judge("", ASKS)).await.served(Arc::new(move || {
            let (number, answer) = (counted.fetch_add(1, Ordering::Relaxed), answer.clone());
            Arc::new(move |call| answer(number, call))
        }));
        pool.evaluate(&program, &Limits::default(), &texts(&["one"])).await.unwrap()
    });
    (results, tries.load(Ordering::Relaxed))
}

#[test]
fn answers_reach_the_guest_as_typed_values() {
    let (results, tries) = asked(|_, call| {
        Box::pin(async move {
            assert_eq!((call.function.as_str(), call.request.as_str()), ("score", "(\"one\")"));
            Ok(r#"err("a \"b\"\n\u{e9}")"#.into())
        })
    });
    assert!(
        matches!(&results[0].verdict, Verdict::Scored(outcome) if outcome.notes == "a \"b\"\né"),
        "{results:?}"
    );
    assert_eq!(tries, 1);
}

#[test]
fn a_host_without_an_answer_is_a_crash_and_the_second_try_has_a_handler_of_its_own() {
    let (results, tries) = asked(|_, _| Box::pin(async { Err("the disk is full".into()) }));
    assert!(
        matches!(&results[0].verdict, Verdict::Crashed(why) if why.contains("the disk is full")),
        "{results:?}"
    );
    assert_eq!(tries, 2);
    let (results, tries) = asked(|try_, _| {
        Box::pin(async move { if try_ == 0 { Err("busy".into()) } else { Ok("ok(\"fine\")".into()) } })
    });
    assert!(
        matches!(&results[0].verdict, Verdict::Scored(outcome) if outcome.notes == "fine"),
        "{results:?}"
    );
    assert_eq!(tries, 2);
}

/// Not the worker's word but the host's own, come back: a worker that repeats it is honest.
#[test]
fn a_long_reason_for_no_answer_is_cut_and_accuses_nobody() {
    let (results, tries) = asked(|_, _| Box::pin(async { Err("no ".repeat(1 << 20)) }));
    let Verdict::Crashed(why) = &results[0].verdict else { panic!("{results:?}") };
    assert!(why.contains("no no") && why.len() == REASON_BYTES, "{} bytes: {why:.80}", why.len());
    assert_eq!(tries, 2);
}

#[test]
fn an_answer_of_another_type_is_a_crash() {
    // `"text"` alone would do: WAVE reads it as `ok("text")`.
    for answer in ["ok(1)", "1", "ok(\"", "", "some(\"x\")"] {
        let (results, _) = asked(move |_, _| Box::pin(async move { Ok(answer.into()) }));
        assert!(matches!(&results[0].verdict, Verdict::Crashed(_)), "{answer}: {results:?}");
    }
}

/// Asks the host about its case less one letter, until nothing is left, and notes the answer.
const NESTED: &str = "(if (i32.eqz (local.get $length)) (then (return (call $score (f64.const 0))))) \
    (call $ask (i32.add (local.get $case) (i32.const 1)) (i32.sub (local.get $length) (i32.const 1)) (i32.const 4096)) \
    (drop (call $score (f64.convert_i32_u (local.get $length)))) \
    (i64.store (i32.const 1048) (i64.load (i32.const 4100))) (i32.const 1024)";

/// Evaluate a case of four letters, each level through the host and back into the pool.
fn nested(depth: u32) -> CaseResult {
    let guest: Arc<OnceLock<Program>> = Arc::default();
    let known = guest.clone();
    let handler: Handler = Arc::new(move |call: Call| {
        let guest = known.get().unwrap().clone();
        Box::pin(async move {
            let limits = Limits { depth: 8, wall_clock_ms: 2_000, ..Limits::default() };
            let results = call.evaluate(&guest, &limits, &[text(&call.request)]).await.unwrap();
            Ok(match &results[0].verdict {
                Verdict::Scored(outcome) => format!("ok(\"{}<{}>\")", outcome.score, outcome.notes),
                other => format!("err(\"{}\")", other.name()),
            })
        })
    });
    block(async {
        let pool = Pool::start(config(1)).await.unwrap();
        let program = program(&pool, &judge("", NESTED)).await.served(Arc::new(move || handler.clone()));
        assert!(guest.set(program.clone()).is_ok());
        let limits = Limits { depth, ..Limits::default() };
        pool.evaluate(&program, &limits, &texts(&["xxx"])).await.unwrap().remove(0)
    })
}

/// Threat 45.
#[test]
fn nesting_three_deep_ends_with_one_worker() {
    let result = nested(3);
    assert!(
        matches!(&result.verdict, Verdict::Scored(outcome) if outcome.notes == "2<1<0<>>>"),
        "{result:?}"
    );
}

/// Threat 45.
#[test]
fn nesting_deeper_than_granted_is_out_of_calls() {
    let result = nested(2);
    assert!(
        matches!(&result.verdict, Verdict::Scored(outcome) if outcome.notes == "2<1<out-of-calls>>"),
        "{result:?}"
    );
    let result = nested(0);
    assert!(
        matches!(&result.verdict, Verdict::Scored(outcome) if outcome.notes == "out-of-calls"),
        "{result:?}"
    );
}
