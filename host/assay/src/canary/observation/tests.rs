//! Claims about what counts, and when it is too much.

use super::*;

const POLICY: Canary =
    Canary { share: 10, observations: 3, errors: 0, fuel_factor: 2.0, differing: Some(0.5) };

fn answered(text: &str, fuel: u64) -> Side {
    Side { ended: Ended::Answered(sha256(text)), fuel: Some(fuel), memory_bytes: Some(64) }
}

fn ended(ended: Ended) -> Side {
    Side { ended, fuel: None, memory_bytes: None }
}

fn trapped() -> Side {
    ended(Ended::Erred("trapped".into()))
}

fn tally(sides: Vec<(Side, Side)>) -> Tally {
    let mut tally = Tally::default();
    for (number, (stable, canary)) in sides.into_iter().enumerate() {
        tally.apply(&Event::Observed(Observed { call: number.to_string(), stable, canary }));
    }
    tally
}

#[test]
fn an_error_counts_at_once_and_only_where_the_version_in_use_answered() {
    let worse = tally(vec![(answered("a", 1), trapped())]);
    assert_eq!(worse.passed(&POLICY), Some(Bound::Errors { found: 1, most: 0 }));
    assert_eq!(worse.passed(&Canary { errors: 1, ..POLICY }), None);
    let no_worse = tally(vec![(trapped(), trapped()), (trapped(), answered("a", 1))]);
    assert_eq!(no_worse.passed(&POLICY), None);
    assert_eq!((no_worse.both_erred, no_worse.mended, no_worse.compared()), (1, 1, 0));
}

#[test]
fn what_depends_on_the_machine_is_written_down_and_counts_for_neither_side() {
    let late = || ended(Ended::Environmental("timed-out".into()));
    let tally = tally(vec![(answered("a", 1), late()), (late(), trapped()), (late(), late())]);
    assert_eq!((tally.environmental, tally.compared(), tally.passed(&POLICY)), (3, 0, None));
    assert!(!tally.knows("0"), "it may be observed again");
}

#[test]
fn ratios_wait_for_enough_observations() {
    let burns = || (answered("a", 10), answered("a", 21));
    assert_eq!(tally(vec![burns(), burns()]).passed(&POLICY), None);
    let passed = tally(vec![burns(), burns(), burns()]).passed(&POLICY);
    assert_eq!(passed, Some(Bound::Fuel { canary: 63, stable: 30, most: 2.0 }));
    let at_the_bound = || (answered("a", 10), answered("a", 20));
    assert_eq!(tally(vec![at_the_bound(), at_the_bound(), at_the_bound()]).passed(&POLICY), None);

    let (differs, equal) = (|| (answered("a", 1), answered("b", 1)), || (answered("a", 1), answered("a", 1)));
    assert_eq!(tally(vec![differs(), differs()]).passed(&POLICY), None);
    let passed = tally(vec![differs(), differs(), equal()]).passed(&POLICY);
    assert_eq!(passed, Some(Bound::Differing { found: 2, answered: 3, most: 0.5 }));
    assert_eq!(
        tally(vec![differs(), differs(), differs()]).passed(&Canary { differing: None, ..POLICY }),
        None
    );
    let none = Canary { differing: Some(0.0), ..POLICY };
    let passed = tally(vec![equal(), differs()]).passed(&none);
    assert_eq!(passed, Some(Bound::Differing { found: 1, answered: 2, most: 0.0 }));
}

#[test]
fn one_call_counts_once() {
    let mut tally = Tally::default();
    for answer in ["a", "b"] {
        let (stable, canary) = (answered("a", 1), answered(answer, 1));
        tally.apply(&Event::Observed(Observed { call: "same".into(), stable, canary }));
    }
    assert_eq!((tally.equal, tally.differing, tally.canary.fuel), (1, 0, 1));
    assert!(tally.knows("same"));
}
