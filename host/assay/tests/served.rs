//! Guests that ask the host: an improver is judged by an evaluator of improvers, both compiled from source, and the host
//! answers each of them what the other may not ask.
#![allow(clippy::unwrap_used, reason = "tests")]

use assay::compile::{Compiler, Component, Role, Toolchain, World, admit, stored};
use assay::evaluate::compose::{self, Grant};
use assay::evaluate::judge::{Evaluation, JudgeError};
use assay::evaluate::native::Program;
use assay::evaluate::pool::{Call, Handler, Pool, PoolConfig};
use assay::evaluate::rig::{Rig, Served, Spent, Trouble};
use sandbox::policy::Limits;
use sandbox::protocol::Account;
use sandbox::verdict::Verdict;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Takes whichever of four variations scores best.
const BEST_OF: &str = r#"
use assay::*;
pub fn improve(program: String, brief: String) -> Result<String, String> {
    let found = proposals::propose(&program, &brief, proposals::remaining().min(4), 0.5)?;
    let scores = evaluation::score_all(&found);
    let best = found.into_iter().zip(scores).filter_map(|(text, score)| Some((text, score.ok()?)));
    Ok(best.max_by(|one, other| one.1.total_cmp(&other.1)).ok_or("none scores")?.0)
}"#;

/// Returns what it was given, by way of the host.
const ECHO: &str = r#"
use assay::*;
pub fn improve(program: String, _: String) -> Result<String, String> {
    let found = proposals::propose(&program, &program, 1, f64::NAN)?;
    assert!(evaluation::score(&found[0])?.is_nan());
    Ok(found[0].clone())
}"#;

/// Asks the same thing again and again.
const NAGS: &str = r#"
pub fn improve(program: String, _: String) -> Result<String, String> {
    while assay::evaluation::remaining() > 0 {}
    Ok(program)
}"#;

const META: &str = r#"
use assay::*;
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let start = utility::begin(&case).map_err(Fault::BadCase)?;
    let better = improve(&start.program, &start.brief).map_err(Fault::InvalidOutput)?;
    let worth = utility::measure(&better).map_err(Fault::InvalidOutput)?;
    let metrics = vec![Metric { name: "score".to_owned(), value: worth.score }];
    Ok(Outcome { score: worth.utility, metrics, notes: worth.failure })
}"#;

/// Built by whoever tests the workspace; it stands beside the tests' own folder.
fn sandbox() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let binary = tests.ancestors().nth(2).unwrap().join("assay-sandbox");
    assert!(binary.exists(), "no {}: run `cargo build -p sandbox` first", binary.display());
    binary
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn world(name: &str) -> World {
    World::host(name).unwrap()
}

async fn compile(name: &str, role: Role, source: &str) -> Component {
    // Kept between runs: what it holds is named after what it was made from.
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guests");
    let compiler = Compiler::new(Toolchain::find().unwrap(), sandbox(), cache);
    compiler.compile(&world(name), role, source).await.unwrap().unwrap_or_else(|why| panic!("{why}"))
}

async fn improver(source: &str) -> Component {
    compile("improver", Role::Candidate, source).await
}

async fn meta() -> Component {
    compile("meta-evaluator", Role::Evaluator, META).await
}

fn lent() -> Grant {
    Grant { wasi: false, candidate: world("improver").lent(), evaluator: world("meta-evaluator").lent() }
}

async fn pool() -> Arc<Pool> {
    let config = PoolConfig::new(sandbox(), 1, Limits::default().stack_bytes);
    Arc::new(Pool::start(config).await.unwrap())
}

/// Answers at once what `answer` says.
fn at_once(answer: impl Fn(&Call) -> Result<String, String> + Send + Sync + 'static) -> Handler {
    Arc::new(move |call| {
        let answer = answer(&call);
        Box::pin(async move { answer })
    })
}

/// Judge an improver on the cases `one` and `two`. The handler of each try comes from `handler`, which is given the case.
async fn judge(
    pool: Arc<Pool>,
    source: &str,
    limits: Limits,
    fresh: bool,
    handler: impl Fn(&str) -> Handler + Send + Sync + 'static,
) -> Evaluation {
    judge_or_fail(pool, source, limits, fresh, handler, Trouble::default()).await.unwrap()
}

/// The same where something may be left in `trouble`.
async fn judge_or_fail(
    pool: Arc<Pool>,
    source: &str,
    limits: Limits,
    fresh: bool,
    handler: impl Fn(&str) -> Handler + Send + Sync + 'static,
    trouble: Trouble,
) -> Result<Evaluation, JudgeError> {
    let handler = Arc::new(handler);
    let service = Arc::new(move |_: &Component, case: &str, _: bool| {
        let (handler, case) = (handler.clone(), case.to_owned());
        Served {
            handler: Arc::new(move || handler(&case)),
            trouble: trouble.clone(),
            spent: Spent::default(),
        }
    });
    let rig = Rig::new(pool, limits, (lent(), Some(service)), meta().await, None).await?;
    let (candidate, cases) = (improver(source).await, ["one".to_owned(), "two".to_owned()]);
    match fresh {
        false => rig.evaluate(&candidate, &cases).await,
        true => rig.evaluate_fresh(&candidate, &cases).await,
    }
}

/// An improver and its evaluator, ready to be served.
async fn program(pool: &Pool, source: &str) -> Program {
    let joined = compose::compose(&meta().await, &improver(source).await, &lent()).unwrap();
    let native = pool.compile(joined.wasm, &joined.grants, &Limits::default()).await.unwrap().unwrap();
    Program::new(native, joined.grants)
}

/// A host that knows three programs, of which `b` is the best.
fn host(call: &Call) -> Result<String, String> {
    let answer = match (call.instance.as_str(), call.function.as_str()) {
        ("assay:host/utility@0.1.0", "begin") => r#"ok({program: "a", brief: "shorter, please"})"#,
        ("assay:host/utility@0.1.0", "measure") => match call.request.as_str() {
            "(\"b\")" => "ok({utility: 0.75, score: -3.5, failure: \"\"})",
            other => return Err(format!("measured {other}")),
        },
        ("assay:host/proposals@0.1.0", "remaining") => "20",
        ("assay:host/proposals@0.1.0", "propose") => r#"ok(["c", "b", "d"])"#,
        ("assay:host/evaluation@0.1.0", "score-all") => r#"[ok(-1), ok(0.5), err("no `main`")]"#,
        other => return Err(format!("{other:?}")),
    };
    Ok(answer.to_owned())
}

fn verdicts(evaluation: &Evaluation) -> Vec<&'static str> {
    evaluation.cases.iter().map(|case| case.verdict.name()).collect()
}

#[test]
fn an_improver_is_scored_through_what_the_host_answers() {
    let heard: Arc<Mutex<Vec<(Account, String)>>> = Arc::default();
    let hears = heard.clone();
    let evaluation = block(async {
        let handler = move |case: &str| {
            let (hears, case) = (hears.clone(), case.to_owned());
            at_once(move |call| {
                let text = format!("{case} {} {}", call.function, call.request);
                hears.lock().unwrap().push((call.account, text));
                host(call)
            })
        };
        judge(pool().await, BEST_OF, Limits::default(), false, handler).await
    });
    assert_eq!(evaluation.scores(), Some(vec![0.75, 0.75]), "{evaluation:?}");
    assert_eq!(evaluation.metrics()["score"], -3.5);
    assert_eq!(evaluation.cases[0].usage.host_calls, 5);
    let heard = heard.lock().unwrap();
    let of = |case: &str| -> Vec<(Account, &str)> {
        let heard = heard.iter().map(|(who, text)| (*who, text.as_str()));
        heard.filter(|(_, text)| text.starts_with(case)).collect()
    };
    assert_eq!(
        of("one "),
        [
            (Account::Evaluator, r#"one begin ("one")"#),
            (Account::Candidate, "one remaining ()"),
            (Account::Candidate, r#"one propose ("a", "shorter, please", 4, 0.5)"#),
            (Account::Candidate, r#"one score-all (["c", "b", "d"])"#),
            (Account::Evaluator, r#"one measure ("b")"#),
        ]
    );
    assert_eq!((of("two ").len(), heard.len()), (5, 10), "a handler for each case");
}

#[test]
fn two_evaluations_spend_the_same_fuel_in_any_worker() {
    let run = |fresh| {
        block(async { judge(pool().await, BEST_OF, Limits::default(), fresh, |_| at_once(host)).await })
    };
    let usual = run(false);
    assert!(usual.fuel() > 0);
    assert_eq!((usual.digest(), usual.fuel()), (run(false).digest(), run(false).fuel()));
    assert_eq!(usual.digest(), run(true).digest());
}

#[test]
fn a_host_that_can_not_answer_is_asked_anew_once_and_then_it_is_crashed() {
    block(async {
        let pool = pool().await;
        for answer in [Err("no room on the disk"), Ok("ok(1)"), Ok("")] {
            let handlers = Arc::new(AtomicUsize::new(0));
            let counted = handlers.clone();
            let evaluation = judge(pool.clone(), BEST_OF, Limits::default(), false, move |case| {
                counted.fetch_add(usize::from(case == "one"), Ordering::Relaxed);
                at_once(move |call| match call.function.as_str() {
                    "propose" => answer.map(str::to_owned).map_err(str::to_owned),
                    _ => host(call),
                })
            });
            let evaluation = evaluation.await;
            assert_eq!(verdicts(&evaluation), ["crashed"], "the second case does not count");
            assert_eq!(handlers.load(Ordering::Relaxed), 2);
            if let (Err(why), Verdict::Crashed(said)) = (answer, &evaluation.cases[0].verdict) {
                assert!(said.ends_with(why), "{said}");
            }
        }
        // What passes by itself is no verdict.
        let handlers = AtomicUsize::new(0);
        let evaluation = judge(pool, BEST_OF, Limits::default(), false, move |_| {
            let first = handlers.fetch_add(1, Ordering::Relaxed) == 0;
            at_once(move |call| if first { Err("busy".into()) } else { host(call) })
        });
        assert_eq!(verdicts(&evaluation.await), ["scored", "scored"]);
    });
}

#[test]
fn trouble_that_a_handler_left_is_an_error_and_no_verdict() {
    let trouble = Trouble::default();
    let left = trouble.clone();
    let failed = block(async {
        let handler = move |_: &str| {
            let left = left.clone();
            at_once(move |call| match call.function.as_str() {
                "propose" => {
                    left.leave(JudgeError::Nested("the ground gave way".into()));
                    Err("no answer".into())
                }
                _ => host(call),
            })
        };
        judge_or_fail(pool().await, BEST_OF, Limits::default(), false, handler, trouble).await
    });
    assert!(matches!(&failed, Err(JudgeError::Nested(why)) if why == "the ground gave way"), "{failed:?}");
}

#[test]
fn any_text_and_any_number_survive_the_way_there_and_back() {
    let texts =
        ["", "say \"hi\"\n\t\r\\ \u{0}\u{7f}\u{85}", "世界 👋🏽 e\u{301}", "{ok: [nan, 'x'], }) \\u{41}"];
    block(async {
        let pool = pool().await;
        let program = program(&pool, ECHO).await;
        for text in texts {
            let first: Arc<Mutex<String>> = Arc::default();
            // Never read here: what the case was written as goes from one call to the next.
            let handler = at_once(move |call| {
                let mut first = first.lock().unwrap();
                let request = call.request.strip_prefix('(').unwrap().strip_suffix(')').unwrap();
                Ok(match call.function.as_str() {
                    "begin" => {
                        *first = request.to_owned();
                        format!("ok({{program: {first}, brief: {first}}})")
                    }
                    "propose" => {
                        assert_eq!(request, format!("{first}, {first}, 1, nan"));
                        format!("ok([{first}])")
                    }
                    "score" => "ok(nan)".to_owned(),
                    "measure" => {
                        assert_eq!(request, *first);
                        format!("ok({{utility: -0, score: 1e300, failure: {first}}})")
                    }
                    other => return Err(other.to_owned()),
                })
            });
            let program = program.served(Arc::new(move || handler.clone()));
            let results = pool.evaluate(&program, &Limits::default(), &[text.to_owned()]).await.unwrap();
            let Verdict::Scored(outcome) = &results[0].verdict else { panic!("{results:?}") };
            assert_eq!(outcome.notes, text);
            assert_eq!(outcome.metrics, [("score".to_owned(), 1e300)]);
        }
    });
}

#[test]
fn asking_without_end_is_out_of_calls() {
    let evaluation = block(async {
        let limits = Limits { host_calls: 50, ..Limits::default() };
        let handler = |_: &str| {
            at_once(|call| match call.instance.as_str() {
                "assay:host/evaluation@0.1.0" => Ok("1".into()),
                _ => host(call),
            })
        };
        judge(pool().await, NAGS, limits, false, handler).await
    });
    assert_eq!(verdicts(&evaluation), ["out-of-calls"], "{evaluation:?}");
}

#[test]
fn an_evaluation_inside_of_an_evaluation_ends_with_one_worker() {
    let results = block(async {
        let pool = pool().await;
        let program = program(&pool, BEST_OF).await;
        let inner = program.served(Arc::new(|| at_once(host)));
        let handler: Handler = Arc::new(move |call: Call| {
            let inner = inner.clone();
            Box::pin(async move {
                if call.function != "score-all" {
                    return host(&call);
                }
                let results = call.evaluate(&inner, &Limits::default(), &["inner".to_owned()]).await;
                Ok(match &results.map_err(|error| error.to_string())?[0].verdict {
                    Verdict::Scored(outcome) => format!("[ok(0), ok({}), ok(0)]", outcome.score),
                    other => return Err(other.name().to_owned()),
                })
            })
        });
        let outer = program.served(Arc::new(move || handler.clone()));
        let limits = Limits { depth: 1, wall_clock_ms: 2_000, ..Limits::default() };
        pool.evaluate(&outer, &limits, &["one".to_owned(), "two".to_owned()]).await.unwrap()
    });
    for result in &results {
        assert!(matches!(&result.verdict, Verdict::Scored(outcome) if outcome.score == 0.75), "{result:?}");
    }
    assert_eq!(results.len(), 2);
}

#[test]
fn an_improver_is_called_by_itself_and_only_once() {
    block(async {
        let pool = pool().await;
        let improver = improver(BEST_OF).await;
        let joined = compose::alone(&improver, Account::Candidate, false, &lent().candidate);
        let limits = Limits::default();
        let native = pool.compile(joined.wasm, &joined.grants, &limits).await.unwrap().unwrap();
        let program = Program::new(native, joined.grants);
        let arguments = || vec!["\"a\"".to_owned(), "\"\"".to_owned()];
        let call = async |handler: Handler| {
            let program = program.served(Arc::new(move || handler.clone()));
            pool.invoke_once(&program, &limits, "improve", arguments(), 0).await
        };
        let (value, usage, _) = call(at_once(host)).await.unwrap().unwrap();
        assert_eq!((value.as_str(), usage.host_calls), (r#"ok("b")"#, 3));
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let failing = at_once(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Err("no".repeat(10_000))
        });
        let (verdict, _) = call(failing).await.unwrap().unwrap_err();
        assert!(matches!(&verdict, Verdict::Crashed(why) if why.contains("nono")), "{verdict:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        // Nobody is there to answer: as machines go, not the improver's fault.
        let (verdict, _) =
            pool.invoke(&program, &limits, "improve", arguments(), 0).await.unwrap().unwrap_err();
        assert!(matches!(&verdict, Verdict::Crashed(why) if why.contains("nobody")), "{verdict:?}");
    });
}

#[test]
fn no_improver_measures_itself() {
    let wasm = wat::parse_str(r#"(component (import "assay:host/utility@0.1.0" (instance)))"#).unwrap();
    let refused = admit(&wasm, &world("improver"), Role::Candidate, false).unwrap_err();
    assert!(refused.contains("it imports `assay:host/utility@0.1.0`"), "{refused}");
    // Nor one that never came through that door.
    let stranger = stored(&wasm, Role::Candidate).unwrap();
    let refused = block(async { compose::compose(&meta().await, &stranger, &lent()) }).unwrap_err();
    assert!(refused.to_string().contains("the agent imports `assay:host/utility@0.1.0`"), "{refused}");
}

#[test]
fn what_nobody_lends_is_refused_and_so_is_what_both_would_share() {
    let (meta, improver) = block(async { (meta().await, improver(BEST_OF).await) });
    let compose = |lent: Grant| compose::compose(&meta, &improver, &lent).unwrap_err().to_string();
    let refused = compose(Grant::default());
    assert!(refused.contains("`assay:host/proposals@0.1.0`, which is not granted"), "{refused}");
    let refused = compose(Grant { evaluator: Vec::new(), ..lent() });
    assert!(refused.contains("the evaluator imports `assay:host/utility@0.1.0`"), "{refused}");
    let mut shared = lent();
    shared.candidate.extend(shared.evaluator.clone());
    let refused = compose(shared);
    assert!(
        refused.contains("`assay:host/utility@0.1.0` is lent to the agent and to its evaluator"),
        "{refused}"
    );
}
