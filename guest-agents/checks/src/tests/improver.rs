//! Improvers give back nothing worse than they got and keep to their budgets; the evaluator passes on what the host
//! says a program is worth; and every task is drawn as often as the next.

use crate::improver_evaluator::evaluate;
use crate::improver_simulator::draw;
use crate::lent::{World, be_improver, lend, utility, world};
use crate::{
    Fault, Outcome, improver_annealing, improver_beam, improver_hill_climb, improver_restarts, improver_seed,
    json,
};

type Improver = fn(String, String) -> Result<String, String>;

/// Those that go on until the budget is spent.
const TIRELESS: [(&str, Improver); 4] = [
    ("hill-climb", improver_hill_climb::improve),
    ("restarts", improver_restarts::improve),
    ("beam", improver_beam::improve),
    ("annealing", improver_annealing::improve),
];

fn all() -> impl Iterator<Item = (&'static str, Improver)> {
    std::iter::once(("seed", improver_seed::improve as Improver)).chain(TIRELESS)
}

type Score = fn(i64) -> Result<f64, String>;

fn near_42(number: i64) -> Result<f64, String> {
    Ok(-(number - 42).abs() as f64)
}

fn gaps(number: i64) -> Result<f64, String> {
    if number % 3 == 2 { Err("trapped".to_owned()) } else { near_42(number) }
}

fn only_others(number: i64) -> Result<f64, String> {
    if number == 0 { Err("does not compile".to_owned()) } else { near_42(number) }
}

fn nothing(_: i64) -> Result<f64, String> {
    Err("does not compile".to_owned())
}

fn flat(_: i64) -> Result<f64, String> {
    Ok(0.5)
}

fn run(improver: Improver, budget: (u32, u32), score: Score) -> (i64, World) {
    lend(budget.0, budget.1, score);
    let improved = improver("0".to_owned(), "Come near.".to_owned()).unwrap();
    (improved.parse().unwrap(), world())
}

#[test]
fn what_comes_back_is_no_worse_than_what_went_in() {
    let worlds: [(Score, bool); 5] =
        [(near_42, true), (gaps, true), (only_others, true), (nothing, false), (flat, false)];
    for (name, improver) in all() {
        for (score, some_are_better) in worlds {
            for proposals in [0, 1, 5, 32, 64] {
                for evaluations in [0, 1, 2, 7, 32, 64] {
                    let (improved, _) = run(improver, (proposals, evaluations), score);
                    let worth = |number| score(number).unwrap_or(f64::NEG_INFINITY);
                    assert!(worth(improved) >= worth(0), "{name} made {improved}");
                    if !some_are_better || evaluations < 2 || proposals == 0 {
                        assert_eq!(improved, 0, "{name} had no reason to change anything");
                    }
                }
            }
        }
    }
}

#[test]
fn the_seed_asks_once_for_six() {
    let (improved, world) = run(improver_seed::improve, (32, 32), near_42);
    assert_eq!((world.batches, world.made, world.proposals, world.evaluations), (1, 6, 26, 25));
    assert_eq!(improved, 5);
}

#[test]
fn the_others_spend_what_they_have_and_ask_for_no_more() {
    for (name, improver) in TIRELESS {
        for budget in [(32, 32), (64, 64), (64, 33), (5, 40), (40, 5), (32, 1)] {
            let (_, world) = run(improver, budget, gaps);
            assert_eq!(world.denied, 0, "{name} with {budget:?}");
            assert!(world.proposals == 0 || world.evaluations == 0, "{name} with {budget:?}");
        }
    }
}

#[test]
fn going_on_from_what_was_found_beats_asking_once() {
    for score in [near_42, gaps] {
        let (seed, _) = run(improver_seed::improve, (32, 32), score);
        for (name, improver) in TIRELESS {
            let (improved, _) = run(improver, (32, 32), score);
            assert!(
                score(improved).unwrap() > score(seed).unwrap() + 3.0,
                "{name}: {improved}, seed: {seed}"
            );
        }
    }
}

#[test]
fn the_same_question_gets_the_same_answer() {
    for (name, improver) in all() {
        assert_eq!(run(improver, (40, 40), gaps).0, run(improver, (40, 40), gaps).0, "{name}");
    }
}

#[test]
fn what_is_no_program_comes_back_as_it_is() {
    for (name, improver) in all() {
        lend(32, 32, near_42);
        let improved = improver("fn main() {".to_owned(), String::new());
        assert_eq!(improved, Ok("fn main() {".to_owned()), "{name}");
    }
}

fn start(case: &str) -> Result<utility::Start, String> {
    match case {
        "case" => Ok(utility::Start { program: "7".to_owned(), brief: "Come near.".to_owned() }),
        other => Err(format!("there is no `{other}`")),
    }
}

fn worth(program: &str) -> Result<utility::Worth, String> {
    match program {
        "8" => Ok(utility::Worth { utility: 0.25, score: -34.0, failure: String::new() }),
        "9" => Ok(utility::Worth { utility: -1.0, score: 0.0, failure: "trapped on case 3".to_owned() }),
        other => Err(format!("`{other}` does not compile")),
    }
}

fn judge(case: &str, answer: Result<&'static str, &'static str>) -> Result<Outcome, Fault> {
    utility::be(start, worth);
    be_improver(move |program, brief| {
        assert_eq!((program, brief), ("7", "Come near."));
        answer.map(str::to_owned).map_err(str::to_owned)
    });
    evaluate(case.to_owned())
}

#[test]
fn the_score_is_the_utility_of_what_comes_back() {
    let metrics = |outcome: &Outcome| -> Vec<(String, f64)> {
        outcome.metrics.iter().map(|metric| (metric.name.clone(), metric.value)).collect()
    };
    let good = judge("case", Ok("8")).unwrap();
    assert_eq!(good.score, 0.25);
    assert_eq!(metrics(&good), [("score".to_owned(), -34.0), ("failed".to_owned(), 0.0)]);
    let failed = judge("case", Ok("9")).unwrap();
    assert_eq!(failed.score, -1.0);
    assert_eq!(metrics(&failed), [("score".to_owned(), 0.0), ("failed".to_owned(), 1.0)]);
    assert!(failed.notes.contains("trapped on case 3"), "{}", failed.notes);
}

#[test]
fn giving_up_and_giving_back_no_program_are_the_improvers_faults() {
    let invalid = |answer| match judge("case", answer) {
        Err(Fault::InvalidOutput(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(invalid(Err("no idea")), "the improver gave up: no idea");
    assert_eq!(invalid(Ok("x")), "returned something other than a program of the task: `x` does not compile");
}

#[test]
fn a_case_that_the_host_does_not_know_is_a_bad_case() {
    assert_eq!(judge("other", Ok("8")), Err(Fault::BadCase("there is no `other`".to_owned())));
}

fn drawn(seed: u64, tasks: u64) -> (u64, u64) {
    let case: json::Value = json::from_str(&draw(seed, format!("{{\"tasks\":{tasks}}}")).unwrap()).unwrap();
    (case["task"].as_u64().unwrap(), case["seed"].as_u64().unwrap())
}

#[test]
fn every_task_is_drawn_as_often_as_the_next() {
    let mut counts = [0; 6];
    for seed in 1000..1060 {
        counts[drawn(seed, 6).0 as usize] += 1;
    }
    assert_eq!(counts, [10; 6]);
}

#[test]
fn a_seed_draws_one_case_and_no_two_seeds_the_same() {
    assert_eq!(drawn(7, 6), drawn(7, 6));
    let mut seeds: Vec<u64> = (0..1000).map(|seed| drawn(seed, 1).1).collect();
    assert!(seeds.iter().all(|seed| *seed < 1 << 53));
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 1000);
}

#[test]
fn parameters_that_say_nothing_of_tasks_are_refused() {
    for (parameters, why) in [
        ("", "not JSON"),
        ("3", "must be a JSON object"),
        ("{}", "`tasks` is missing"),
        (r#"{"tasks":0}"#, "from 1 to 1000, not 0"),
        (r#"{"tasks":"3"}"#, "from 1 to 1000"),
        (r#"{"tasks":3,"cases":4}"#, "no parameter `cases`"),
    ] {
        let error = draw(1, parameters.to_owned()).unwrap_err();
        assert!(error.contains(why), "{parameters}: {error}");
    }
}
