//! The template task: its cases are sound, the seed agent is clumsy, the good one reads every case.

use crate::stand_in::be_agent;
use crate::{clumsy_dates, expectations, good_dates, json};
use std::collections::BTreeSet;

const TRAIN: &str = include_str!("../../../../tasks/normalize-dates/cases.jsonl");
const HOLDOUT: &str = include_str!("../../../../tasks/normalize-dates/holdout.jsonl");

type Agent = fn(String) -> Result<String, String>;

/// The mean score, with the task's mode put in as the host does.
fn score(agent: Agent, cases: &str) -> f64 {
    be_agent(move |input| agent(input.to_owned()));
    let scores: Vec<f64> = cases
        .lines()
        .map(|line| {
            let mut case: json::Value = json::from_str(line).unwrap();
            case["mode"] = "exact".into();
            let outcome = expectations::evaluate(case.to_string()).unwrap();
            println!("{}", outcome.notes);
            outcome.score
        })
        .collect();
    scores.iter().sum::<f64>() / scores.len() as f64
}

#[test]
fn the_seed_agent_is_clumsy_and_the_good_one_reads_every_case() {
    for cases in [TRAIN, HOLDOUT] {
        let clumsy = score(clumsy_dates::run, cases);
        assert!((0.1..0.4).contains(&clumsy), "{clumsy}");
        assert_eq!(score(good_dates::run, cases), 1.0);
    }
}

#[test]
fn no_case_of_the_holdout_is_among_the_training_cases() {
    let inputs = |cases: &str| -> BTreeSet<String> {
        cases.lines().map(|line| json::from_str::<json::Value>(line).unwrap()["input"].to_string()).collect()
    };
    let (train, holdout) = (inputs(TRAIN), inputs(HOLDOUT));
    assert!(train.len() >= 60 && holdout.len() >= 60);
    assert!(train.is_disjoint(&holdout));
}

#[test]
fn the_good_agent_never_panics() {
    for input in
        ["é", "'", "4t", "20240é", "t", "1.2", "///", "12345678901", "\u{130}an 3 2024", "1st 2nd 3rd", "''"]
    {
        assert_eq!(good_dates::run(input.to_owned()), Ok("invalid".to_owned()), "{input}");
    }
}
