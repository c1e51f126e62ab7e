//! Parities, with noise and without: what is drawn, what is counted, and who learns it.

use crate::parity::evaluate;
use crate::parity_simulator::draw;
use crate::{Fault, Outcome, elimination, guess, learner, maximum_likelihood};

const CLEAN: &str = r#"{"bits":10,"mask-percent":30,"train":100,"test":20,"noise-percent":0}"#;
const NOISY: &str = r#"{"bits":10,"mask-percent":30,"train":100,"test":20,"noise-percent":5}"#;

type Learner = fn(Vec<Vec<bool>>, Vec<bool>, Vec<Vec<bool>>) -> Vec<bool>;

fn judge(candidate: Learner, case: &str) -> Result<Outcome, Fault> {
    learner::be(move |samples, labels, tests| candidate(samples.to_vec(), labels.to_vec(), tests.to_vec()));
    evaluate(case.to_owned())
}

fn mean(candidate: Learner, parameters: &str) -> f64 {
    let scores =
        (0..50).map(|seed| judge(candidate, &draw(seed, parameters.to_owned()).unwrap()).unwrap().score);
    scores.sum::<f64>() / 50.0
}

#[test]
fn the_two_tasks_have_all_but_their_settings_in_common() {
    macro_rules! same {
        ($($file:literal),*) => {$(
            let clean = include_str!(concat!("../../../../tasks/parity/", $file));
            assert_eq!(clean, include_str!(concat!("../../../../tasks/parity-with-noise/", $file)), $file);
        )*};
    }
    same!("learner.wit", "evaluator.rs", "simulator.rs", "guess.rs", "elimination.rs");
}

#[test]
fn elimination_learns_clean_labels_and_only_likelihood_learns_noisy_ones() {
    let guessed = mean(guess::predict, NOISY);
    assert!((0.4..0.6).contains(&guessed), "{guessed}");
    assert_eq!(mean(elimination::predict, CLEAN), 1.0);
    let eliminated = mean(elimination::predict, NOISY);
    assert!((0.5..0.9).contains(&eliminated), "{eliminated}");
    assert_eq!(mean(maximum_likelihood::predict, NOISY), 1.0);
}

#[test]
fn the_score_is_the_share_of_rows_labelled_rightly() {
    let case = r#"{"train": ["110", "101"], "test": ["000", "011", "101", "110"]}"#;
    let answers: [(Learner, f64); 3] = [
        (|_, _, _| vec![false, true, true, false], 1.0),
        (|_, _, _| vec![true, true, true, false], 0.75),
        (|_, _, _| vec![true, false, false, true], 0.0),
    ];
    for (candidate, score) in answers {
        assert_eq!(judge(candidate, case).unwrap().score, score);
    }
}

#[test]
fn a_learner_sees_rows_and_train_labels_and_nothing_else() {
    learner::be(|samples, labels, tests| {
        assert_eq!(samples, [[true, true], [true, false]]);
        assert_eq!(labels, [false, true]);
        assert_eq!(tests, [[false, true]]);
        vec![true]
    });
    evaluate(r#"{"train":["110","101"],"test":["011"]}"#.to_owned()).unwrap();
}

#[test]
fn another_number_of_labels_is_an_invalid_output() {
    for count in [0, 1, 3, 1000] {
        learner::be(move |_, _, _| vec![true; count]);
        let fault = evaluate(r#"{"train":["110"],"test":["011","000"]}"#.to_owned()).unwrap_err();
        assert!(matches!(fault, Fault::InvalidOutput(_)), "{fault:?}");
    }
}

#[test]
fn malformed_cases_are_bad_cases() {
    let cases = [
        "",
        "{}",
        r#"{"train":[],"test":["01"]}"#,
        r#"{"train":["01"],"test":[]}"#,
        r#"{"train":["01"],"test":["011"]}"#,
        r#"{"train":["01","1"],"test":["01"]}"#,
        r#"{"train":["1"],"test":["1"]}"#,
        r#"{"train":["0x"],"test":["01"]}"#,
        r#"{"train":["01"],"test":["01"],"mask":"1"}"#,
    ];
    for case in cases {
        let fault = judge(guess::predict, case).unwrap_err();
        assert!(matches!(fault, Fault::BadCase(_)), "{case}: {fault:?}");
    }
}

#[test]
fn the_same_seed_draws_the_same_case_and_noise_flips_its_share() {
    assert_eq!(draw(1, NOISY.to_owned()), draw(1, NOISY.to_owned()));
    assert_ne!(draw(1, NOISY.to_owned()), draw(2, NOISY.to_owned()));
    draw(u64::MAX, NOISY.to_owned()).unwrap();
    // An empty mask leaves nothing but noise in the labels.
    let noise = NOISY.replace("30", "0").replace(":100", ":10000");
    learner::be(|_, labels, tests| {
        let flipped = labels.iter().filter(|label| **label).count();
        assert!((420..580).contains(&flipped), "{flipped}");
        vec![false; tests.len()]
    });
    assert_eq!(evaluate(draw(3, noise).unwrap()).unwrap().score, 1.0, "test labels are clean");
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let cases = [
        ("x".to_owned(), "not JSON"),
        ("[]".to_owned(), "object"),
        ("{}".to_owned(), "bits"),
        (NOISY.replace("10,", "65,"), "bits"),
        (NOISY.replace("30", "101"), "mask-percent"),
        (NOISY.replace(":20", ":0"), "test"),
        (NOISY.replace("noise-percent", "noise"), "noise"),
        (NOISY.replace(":5", ":0.05"), "noise-percent"),
    ];
    for (parameters, named) in cases {
        let why = draw(0, parameters.clone()).unwrap_err();
        assert!(why.contains(named), "{parameters}: {why}");
    }
}
