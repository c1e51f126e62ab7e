//! Distances are what their definition says, and every distance that is asked for can be met.

use crate::string_grid_distance::evaluate;
use crate::string_grid_distance_simulator::draw;
use crate::{Fault, Outcome, finder, hill_climb, same, table};

const FAITHFUL: &str = r#"{"low":1,"high":30}"#;

type Finder = fn(Vec<bool>, u32) -> Vec<bool>;

fn judge(candidate: Finder, case: &str) -> Result<Outcome, Fault> {
    finder::be(move |target, distance| candidate(target.to_vec(), distance));
    evaluate(case.to_owned())
}

fn mean(candidate: Finder) -> f64 {
    let scores =
        (0..200).map(|seed| judge(candidate, &draw(seed, FAITHFUL.to_owned()).unwrap()).unwrap().score);
    scores.sum::<f64>() / 200.0
}

fn letters(text: &str) -> Vec<bool> {
    text.bytes().map(|c| c == b'B').collect()
}

#[test]
fn the_score_is_one_if_met_and_falls_with_the_difference() {
    // ABBA: two turns. AAAA differs in two places: 4. ABAB differs in two and has three turns: 7.
    let cases = [
        ("AAAA", 4, 1.0),
        ("ABBA", 4, 1.0),
        ("ABAB", 7, 1.0),
        ("BAAB", 8, 1.0),
        ("ABAB", 4, 0.5 - 3.0 / 24.0),
        ("AAAA", 10, 0.5 - 6.0 / 24.0),
    ];
    for (found, distance, score) in cases {
        finder::be(move |target, asked| {
            assert_eq!((target, asked), (&letters("ABBA")[..], distance));
            letters(found)
        });
        let outcome = evaluate(format!("{{\"target\": \"ABBA\", \"distance\": {distance}}}")).unwrap();
        assert_eq!(outcome.score, score, "{found} for {distance}: {}", outcome.notes);
    }
}

#[test]
fn the_table_meets_every_distance_that_some_string_has() {
    for length in 1..=7u32 {
        let text = |bits: u32| -> String {
            (0..length).map(|place| if bits >> place & 1 == 1 { 'B' } else { 'A' }).collect()
        };
        let distance = |a: &str, b: &str| {
            let differ = a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count();
            let turns = |s: &str| s.as_bytes().windows(2).filter(|pair| pair[0] != pair[1]).count();
            differ + turns(a) + turns(b)
        };
        for target in (0..1u32 << length).map(text) {
            for other in (0..1u32 << length).map(text) {
                let case = format!("{{\"target\":\"{target}\",\"distance\":{}}}", distance(&target, &other));
                assert_eq!(judge(table::find, &case).unwrap().score, 1.0, "{case}");
            }
        }
    }
}

#[test]
fn references_stand_in_their_order_and_the_table_is_exact() {
    let (same, climbed, table) = (mean(same::find), mean(hill_climb::find), mean(table::find));
    assert!(same < 0.6 && climbed > 0.95 && climbed < 1.0, "{same} {climbed}");
    assert_eq!(table, 1.0);
}

#[test]
fn a_string_of_another_length_is_an_invalid_output() {
    for length in [0, 3, 5] {
        finder::be(move |_, _| vec![true; length]);
        let fault = evaluate(r#"{"target":"ABBA","distance":5}"#.to_owned()).unwrap_err();
        assert!(matches!(fault, Fault::InvalidOutput(_)), "{fault:?}");
    }
}

#[test]
fn malformed_cases_are_bad_cases() {
    let cases = [
        "",
        "{}",
        r#"{"target":"","distance":0}"#,
        r#"{"target":"ABC","distance":0}"#,
        r#"{"target":"AB","distance":-1}"#,
        r#"{"target":"AB","distance":5}"#,
        r#"{"target":"AB","distance":1,"x":1}"#,
    ];
    for case in cases {
        let fault = judge(same::find, case).unwrap_err();
        assert!(matches!(fault, Fault::BadCase(_)), "{case}: {fault:?}");
    }
}

#[test]
fn the_same_seed_draws_the_same_case_and_lengths_span_their_range() {
    assert_eq!(draw(1, FAITHFUL.to_owned()), draw(1, FAITHFUL.to_owned()));
    draw(u64::MAX, FAITHFUL.to_owned()).unwrap();
    let lengths: Vec<usize> = (0..1000)
        .map(|seed| {
            draw(seed, FAITHFUL.to_owned()).unwrap().bytes().filter(|c| matches!(c, b'A' | b'B')).count()
        })
        .collect();
    assert_eq!((lengths.iter().min(), lengths.iter().max()), (Some(&1), Some(&30)));
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let cases = [
        ("x", "not JSON"),
        ("[]", "object"),
        (r#"{"low":1}"#, "high"),
        (r#"{"low":0,"high":3}"#, "low"),
        (r#"{"low":4,"high":3}"#, "high"),
        (r#"{"low":1,"high":3,"letters":2}"#, "letters"),
    ];
    for (parameters, named) in cases {
        let why = draw(0, parameters.to_owned()).unwrap_err();
        assert!(why.contains(named), "{parameters}: {why}");
    }
}
