//! The evaluator's score is a proof by the 0-1 principle.

use crate::sorting_network::evaluate;
use crate::{Fault, Outcome, batcher, bubble_8, design};

fn judge(wires: u32, network: Vec<(u32, u32)>) -> Result<Outcome, Fault> {
    design::be(move |_| network.clone());
    evaluate(format!("{{\"wires\": {wires}}}"))
}

/// Metric `sorted`: how many of the 2^wires inputs come out sorted.
fn sorted(outcome: &Outcome) -> f64 {
    outcome.metrics.iter().find(|metric| metric.name == "sorted").unwrap().value
}

/// Every input through every comparator, one at a time.
fn unsorted_naively(wires: u32, network: &[(u32, u32)]) -> usize {
    let sorts = |input: &u32| {
        let mut values: Vec<u32> = (0..wires).map(|wire| input >> wire & 1).collect();
        for &(i, j) in network {
            if values[i as usize] > values[j as usize] {
                values.swap(i as usize, j as usize);
            }
        }
        values.is_sorted()
    };
    (0..1u32 << wires).filter(|input| !sorts(input)).count()
}

#[test]
fn the_known_optima_pass_as_sorting() {
    for (wires, comparators) in [(4, 5.0), (5, 9.0), (6, 12.0), (7, 16.0), (8, 19.0), (16, 63.0)] {
        let outcome = judge(wires, batcher::network(wires)).unwrap();
        assert_eq!(
            (outcome.score, sorted(&outcome)),
            (comparators, f64::from(1u32 << wires)),
            "{}",
            outcome.notes
        );
    }
}

#[test]
fn the_seed_sorts_with_bubble_sorts_comparators() {
    assert_eq!(judge(8, bubble_8::network(8)).unwrap().score, 28.0);
}

#[test]
fn what_is_left_unsorted_is_counted_exactly() {
    for wires in 2..=9 {
        let full = batcher::network(wires);
        for left_out in 0..full.len() {
            let mut network = full.clone();
            network.remove(left_out);
            let outcome = judge(wires, network.clone()).unwrap();
            let count = unsorted_naively(wires, &network);
            assert_eq!(sorted(&outcome), f64::from(1u32 << wires) - count as f64);
            let share = count as f64 / f64::from(1u32 << wires);
            let score = network.len() as f64 + if count > 0 { 100.0 + 1000.0 * share } else { 0.0 };
            assert_eq!(outcome.score, score);
        }
    }
}

#[test]
fn an_empty_network_sorts_only_what_is_sorted() {
    let outcome = judge(3, Vec::new()).unwrap();
    assert_eq!(outcome.score, 100.0 + 1000.0 * 4.0 / 8.0);
    assert_eq!(outcome.notes, "leaves 4 of 8 inputs unsorted, among them 100");
}

#[test]
fn comparators_that_are_none_are_an_invalid_output() {
    for pair in [(1, 1), (2, 1), (0, 4), (4, 5), (0, u32::MAX)] {
        let fault = judge(4, vec![(0, 1), pair]).unwrap_err();
        assert!(matches!(&fault, Fault::InvalidOutput(why) if why.contains("comparator 1")), "{fault:?}");
    }
    assert!(matches!(judge(4, vec![(0, 1); 1001]), Err(Fault::InvalidOutput(_))));
    assert!(judge(4, vec![(0, 1); 1000]).is_ok());
}

#[test]
fn a_case_without_a_usable_number_of_wires_is_a_bad_case() {
    design::be(|_| Vec::new());
    for case in
        ["", "6", "{}", r#"{"wires":1}"#, r#"{"wires":17}"#, r#"{"wires":6.5}"#, r#"{"wires":6,"x":1}"#]
    {
        assert!(matches!(evaluate(case.to_owned()), Err(Fault::BadCase(_))), "{case}");
    }
}
