//! A score of 1 is a satisfied formula, and every formula that is drawn can be satisfied.

use crate::three_sat::evaluate;
use crate::three_sat_simulator::draw;
use crate::{Fault, Outcome, backtrack, coin_values, json, solver, walk_sat};

const FAITHFUL: &str = r#"{"low":5,"high":50,"clauses-per-ten":40,"whole":1}"#;
const CLAUSES: &str = r#"{"low":60,"high":60,"clauses-per-ten":42,"whole":0}"#;

type Solver = fn(u32, Vec<(i32, i32, i32)>) -> Vec<bool>;

fn judge(candidate: Solver, case: &str) -> Result<Outcome, Fault> {
    solver::be(move |variables, clauses| candidate(variables, clauses.to_vec()));
    evaluate(case.to_owned())
}

fn mean(candidate: Solver, parameters: &str) -> f64 {
    let scores =
        (0..40).map(|seed| judge(candidate, &draw(seed, parameters.to_owned()).unwrap()).unwrap().score);
    scores.sum::<f64>() / 40.0
}

#[test]
fn the_score_is_the_share_of_clauses_or_all_or_nothing() {
    let case = |whole: bool| {
        format!(
            "{{\"variables\": 4, \"whole\": {whole}, \"clauses\": [[1, 2, 3], [-1, -2, 4], [2, -3, -4]]}}"
        )
    };
    let answers: [(Solver, f64); 3] = [
        (|_, _| vec![true, true, false, true], 3.0),
        (|_, _| vec![true, true, false, false], 2.0),
        (|_, _| vec![false, false, false, true], 2.0),
    ];
    for (candidate, satisfied) in answers {
        assert_eq!(judge(candidate, &case(false)).unwrap().score, satisfied / 3.0);
        let whole = if satisfied == 3.0 { 1.0 } else { 0.0 };
        assert_eq!(judge(candidate, &case(true)).unwrap().score, whole);
    }
}

#[test]
fn drawn_formulas_are_three_different_variables_a_clause_and_can_be_satisfied() {
    for parameters in [FAITHFUL, CLAUSES] {
        for seed in 0..30 {
            let text = draw(seed, parameters.to_owned()).unwrap();
            let formula: json::Value = json::from_str(&text).unwrap();
            let variables = formula["variables"].as_u64().unwrap();
            let clauses = formula["clauses"].as_array().unwrap();
            let per_ten = if parameters == FAITHFUL { 40 } else { 42 };
            assert_eq!(clauses.len() as u64, variables * per_ten / 10);
            for clause in clauses {
                let mut named: Vec<u64> =
                    clause.as_array().unwrap().iter().map(|l| l.as_i64().unwrap().unsigned_abs()).collect();
                named.sort_unstable();
                named.dedup();
                assert_eq!(named.len(), 3);
            }
            assert_eq!(judge(backtrack::solve, &text).unwrap().score, 1.0, "seed {seed}");
        }
    }
}

#[test]
fn coins_satisfy_seven_of_eight_clauses_and_walk_sat_all() {
    let (clauses, whole) = (mean(coin_values::solve, CLAUSES), mean(coin_values::solve, FAITHFUL));
    assert!((clauses - 0.875).abs() < 0.01, "{clauses}");
    assert!(whole < 0.1, "{whole}");
    assert_eq!(mean(walk_sat::solve, CLAUSES), 1.0);
    assert_eq!(mean(walk_sat::solve, FAITHFUL), 1.0);
}

#[test]
fn another_number_of_values_is_an_invalid_output() {
    for count in [0, 2, 4, 1000] {
        solver::be(move |_, _| vec![true; count]);
        let fault = evaluate(r#"{"variables":3,"whole":false,"clauses":[[1,2,3]]}"#.to_owned()).unwrap_err();
        assert!(matches!(fault, Fault::InvalidOutput(_)), "{fault:?}");
    }
}

#[test]
fn malformed_cases_are_bad_cases() {
    let clauses = ["", "1,2", "1,2,3,1", "0,1,2", "1,2,4", "1,-4,2", "1,2,x", "1,2,-2147483648"];
    let mut cases: Vec<String> =
        clauses.map(|clause| format!("{{\"variables\":3,\"whole\":false,\"clauses\":[[{clause}]]}}")).into();
    cases.extend(["", "{}", r#"{"variables":3,"clauses":[[1,2,3]]}"#].map(str::to_owned));
    cases.push(r#"{"variables":3,"whole":1,"clauses":[[1,2,3]]}"#.to_owned());
    cases.push(r#"{"variables":10001,"whole":false,"clauses":[[1,2,3]]}"#.to_owned());
    for case in cases {
        let fault = judge(coin_values::solve, &case).unwrap_err();
        assert!(matches!(fault, Fault::BadCase(_)), "{case}: {fault:?}");
    }
}

#[test]
fn the_same_seed_draws_the_same_case_and_wrong_parameters_are_refused() {
    assert_eq!(draw(1, FAITHFUL.to_owned()), draw(1, FAITHFUL.to_owned()));
    assert_ne!(draw(1, FAITHFUL.to_owned()), draw(2, FAITHFUL.to_owned()));
    draw(u64::MAX, FAITHFUL.to_owned()).unwrap();
    let cases = [
        ("x".to_owned(), "not JSON"),
        ("{}".to_owned(), "low"),
        (FAITHFUL.replace(":5,", ":2,"), "low"),
        (FAITHFUL.replace(":50", ":4"), "high"),
        (FAITHFUL.replace(":40", ":4.2"), "clauses-per-ten"),
        (FAITHFUL.replace(":1}", ":2}"), "whole"),
        (FAITHFUL.replace("whole", "partial"), "partial"),
    ];
    for (parameters, named) in cases {
        let why = draw(0, parameters.clone()).unwrap_err();
        assert!(why.contains(named), "{parameters}: {why}");
    }
}
