//! Cuts are weighed exactly, and no cut passes the bound that a case names.

use crate::max_cut::evaluate;
use crate::max_cut_simulator::draw;
use crate::{Fault, Outcome, coin_sides, cutter, greedy, json, one_flip, tabu};

const FAITHFUL: &str = r#"{"low":50,"high":200,"edge-percent":40,"weight":10}"#;
const SMALL: &str = r#"{"low":2,"high":12,"edge-percent":40,"weight":10}"#;

type Cutter = fn(u32, Vec<(u32, u32, u32)>) -> Vec<bool>;

fn judge(candidate: Cutter, case: &str) -> Result<Outcome, Fault> {
    cutter::be(move |vertices, edges| candidate(vertices, edges.to_vec()));
    evaluate(case.to_owned())
}

fn metric(outcome: &Outcome, name: &str) -> f64 {
    outcome.metrics.iter().find(|metric| metric.name == name).unwrap().value
}

fn mean(candidate: Cutter, parameters: &str, cases: u64) -> f64 {
    let scores =
        (0..cases).map(|seed| judge(candidate, &draw(seed, parameters.to_owned()).unwrap()).unwrap().score);
    scores.sum::<f64>() / cases as f64
}

#[test]
fn the_score_is_zero_for_half_of_all_weight_and_one_for_the_bound() {
    // A square of weight 3 each: eigenvalues 6, 0, 0, −6, and all of it can be cut.
    let case = r#"{"vertices": 4, "bound": 6, "edges": [[0, 1, 3], [0, 3, 3], [1, 2, 3], [2, 3, 3]]}"#;
    let answers: [(Cutter, f64, f64); 3] = [
        (|_, _| vec![true, false, true, false], 12.0, 1.0),
        (|_, _| vec![true, true, false, false], 6.0, 0.0),
        (|_, _| vec![true; 4], 0.0, -1.0),
    ];
    for (candidate, cut, score) in answers {
        let outcome = judge(candidate, case).unwrap();
        assert_eq!((metric(&outcome, "cut"), outcome.score), (cut, score));
        assert_eq!(metric(&outcome, "share"), cut / 12.0);
    }
    let fault = judge(|_, _| vec![true, false, true, false], &case.replace('6', "5")).unwrap_err();
    assert!(matches!(fault, Fault::BadCase(why) if why.contains("no bound")));
}

#[test]
fn no_cut_of_a_small_graph_passes_its_bound_and_the_next_whole_number_is_none() {
    for seed in 0..25 {
        let text = draw(seed, SMALL.to_owned()).unwrap();
        let graph: json::Value = json::from_str(&text).unwrap();
        let (vertices, bound) = (graph["vertices"].as_u64().unwrap(), graph["bound"].as_f64().unwrap());
        let mut best = f64::MIN;
        for sides in 0..1u32 << (vertices - 1) {
            cutter::be(move |vertices, _| (0..vertices).map(|vertex| sides >> vertex & 1 == 1).collect());
            best = best.max(evaluate(text.clone()).unwrap().score);
        }
        assert!((0.0..=1.0).contains(&best), "{best}");
        assert_eq!(judge(tabu::cut, &text).unwrap().score, best, "seed {seed}");
        // The bound is an eigenvalue, rounded up: found by iterating on A − shift · 1 from some vector.
        let n = vertices as usize;
        let mut matrix = vec![vec![0.0; n]; n];
        for edge in graph["edges"].as_array().unwrap() {
            let (i, j) = (edge[0].as_u64().unwrap() as usize, edge[1].as_u64().unwrap() as usize);
            matrix[i][j] = edge[2].as_f64().unwrap();
            matrix[j][i] = matrix[i][j];
        }
        let shift: f64 = matrix.iter().map(|row| row.iter().sum::<f64>()).fold(0.0, f64::max);
        let mut vector: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64 * 1.7).sin()).collect();
        let mut lowest = 0.0;
        for _ in 0..5_000 {
            let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length);
            let times: Vec<f64> =
                matrix.iter().map(|row| row.iter().zip(&vector).map(|(a, x)| a * x).sum()).collect();
            lowest = times.iter().zip(&vector).map(|(a, x)| a * x).sum();
            vector.iter_mut().zip(times).for_each(|(x, a)| *x = a - shift * *x);
        }
        assert!(-lowest <= bound && bound < -lowest + 1.01, "seed {seed}: {lowest}, bound {bound}");
    }
}

#[test]
fn references_stand_in_their_order() {
    let means = [coin_sides::cut, greedy::cut, one_flip::cut].map(|cutter| mean(cutter, FAITHFUL, 8));
    println!("coins {:.3}, greedy {:.3}, one-flip {:.3}", means[0], means[1], means[2]);
    assert!(means[0].abs() < 0.05 && means[1] > 0.55 && means[2] > means[1] && means[2] < 0.75);
    let best = mean(tabu::cut, FAITHFUL, 2);
    assert!(best > mean(one_flip::cut, FAITHFUL, 2) && best < 0.8, "{best}");
}

#[test]
fn another_number_of_sides_is_an_invalid_output() {
    for count in [0, 1, 3, 1000] {
        cutter::be(move |_, _| vec![true; count]);
        let fault = evaluate(r#"{"vertices":2,"bound":1,"edges":[[0,1,1]]}"#.to_owned()).unwrap_err();
        assert!(matches!(fault, Fault::InvalidOutput(_)), "{fault:?}");
    }
}

#[test]
fn malformed_cases_are_bad_cases() {
    let edges =
        ["", "0,1", "0,1,1,1", "1,0,1", "0,0,1", "0,3,1", "0,1,0", "0,1,-1", "0,1,1],[0,1,1", "0,x,1"];
    let mut cases: Vec<String> =
        edges.map(|edges| format!("{{\"vertices\":3,\"bound\":9,\"edges\":[[{edges}]]}}")).into();
    cases.extend(["", "{}", r#"{"vertices":3,"edges":[[0,1,1]]}"#].map(str::to_owned));
    cases.push(r#"{"vertices":3,"bound":0,"edges":[[0,1,1]]}"#.to_owned());
    cases.push(r#"{"vertices":1,"bound":1,"edges":[[0,1,1]]}"#.to_owned());
    for case in cases {
        let fault = judge(coin_sides::cut, &case).unwrap_err();
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
        (FAITHFUL.replace(":50", ":1"), "low"),
        (FAITHFUL.replace(":200", ":201"), "high"),
        (FAITHFUL.replace(":40", ":0"), "edge-percent"),
        (FAITHFUL.replace("weight", "weights"), "weights"),
    ];
    for (parameters, named) in cases {
        let why = draw(0, parameters.clone()).unwrap_err();
        assert!(why.contains(named), "{parameters}: {why}");
    }
}
