//! The rules, one by one.

use super::*;

fn line() -> Line {
    Line { name: "a".into(), channel: "stable".into(), task: Digest::of(b"task") }
}

fn canary() -> Line {
    Line { channel: "canary".into(), ..line() }
}

fn version(n: u8) -> Version {
    Version { manifest: Digest::of(&[n]), component: Digest::of(&[n, n]) }
}

fn why() -> Vec<Digest> {
    vec![Digest::of(b"why")]
}

fn chain(history: &mut History, entry: impl Into<Entry>) -> Result<(), Rule> {
    let mut entry = entry.into();
    if let Entry::Version(leaf) = &mut entry {
        leaf.replaces = history.replaced(leaf);
    }
    entry.set_prev(history.tip(&entry.chain()));
    history.apply(&entry)
}

/// A baseline and `n` promotions.
fn grown(n: u8) -> History {
    let mut history = History::default();
    chain(&mut history, Leaf::baseline(&line(), version(0), vec![])).unwrap();
    for n in 1..=n {
        chain(&mut history, Leaf::attempt(&line(), version(n).component, n.into())).unwrap();
        chain(&mut history, Leaf::promote(&line(), version(n), n.into(), why())).unwrap();
    }
    history
}

fn current(history: &History, channel: &str) -> Option<Version> {
    history.current("a", channel).map(|current| current.version)
}

#[test]
fn current_is_the_last_baseline_or_promotion_of_its_name_and_channel() {
    let mut history = grown(0);
    chain(&mut history, Leaf::attempt(&line(), version(1).component, 1)).unwrap();
    chain(&mut history, Leaf::refuse(&line(), version(1), 1, why())).unwrap();
    assert_eq!(history.current("a", "stable").unwrap().version, version(0));
    chain(&mut history, Leaf::attempt(&line(), version(2).component, 2)).unwrap();
    chain(&mut history, Leaf::promote(&line(), version(2), 2, why())).unwrap();
    let current = history.current("a", "stable").unwrap();
    assert_eq!((current.version, current.leaf, current.attempt), (version(2), 4, Some(2)));
    assert!(history.current("a", "nightly").is_none() && history.current("b", "stable").is_none());
    assert_eq!((history.attempts(&line()), history.open_attempts()), (2, 0));
}

#[test]
fn attempts_and_baselines_keep_their_rules() {
    let mut history = History::default();
    let attempt = |n| Leaf::attempt(&line(), version(1).component, n);
    let h = &mut history;
    assert_eq!(chain(h, attempt(2)), Err(Rule::AttemptNumber { expected: 1 }));
    chain(h, attempt(1)).unwrap();
    assert_eq!(chain(h, Leaf::promote(&line(), version(1), 1, why())), Err(Rule::NoBaseline));
    chain(h, Leaf::baseline(&line(), version(0), vec![])).unwrap();
    assert_eq!(chain(h, Leaf::baseline(&canary(), version(1), vec![])), Err(Rule::SecondBaseline));
    assert_eq!(chain(h, Leaf::refuse(&line(), version(2), 1, why())), Err(Rule::NoSuchAttempt));
    assert_eq!(chain(h, Leaf::promote(&line(), version(1), 2, why())), Err(Rule::NoSuchAttempt));
    assert!(matches!(chain(h, Leaf::promote(&line(), version(1), 1, vec![])), Err(Rule::Fields { .. })));
    let approved = Leaf { approvals: [why(), why()].concat(), ..attempt(2) };
    assert!(matches!(chain(h, approved), Err(Rule::Fields { .. })));
    assert!(matches!(h.apply(&attempt(2).into()), Err(Rule::Prev { expected: Some(_) })));
    chain(h, Leaf::refuse(&line(), version(1), 1, why())).unwrap();
    assert_eq!(chain(h, Leaf::promote(&line(), version(1), 1, why())), Err(Rule::NoSuchAttempt));
    let other_task = Line { task: Digest::of(b"other"), ..line() };
    chain(h, Leaf::attempt(&other_task, version(1).component, 1)).unwrap();
    assert_eq!((h.attempts(&line()), h.attempts(&other_task)), (1, 1));
}

/// Trying the same task in another channel is another try.
#[test]
fn attempts_are_counted_across_channels() {
    let mut history = grown(1);
    let again = |n| Leaf::attempt(&canary(), version(2).component, n);
    assert_eq!(chain(&mut history, again(1)), Err(Rule::AttemptNumber { expected: 2 }));
    chain(&mut history, again(2)).unwrap();
    assert_eq!(history.attempts(&line()), 2);
}

#[test]
fn a_version_moves_up_from_the_channel_where_it_is_current() {
    let mut history = grown(1);
    let h = &mut history;
    assert_eq!(
        chain(h, Leaf::advance(&line(), version(2), "canary", why())),
        Err(Rule::NotCurrent { channel: "canary".into() })
    );
    chain(h, Leaf::attempt(&canary(), version(2).component, 2)).unwrap();
    chain(h, Leaf::promote(&canary(), version(2), 2, why())).unwrap();
    assert_eq!((current(h, "canary"), current(h, "stable")), (Some(version(2)), Some(version(1))));
    let both = Leaf { attempt: Some(2), ..Leaf::advance(&line(), version(2), "canary", why()) };
    assert!(matches!(chain(h, both), Err(Rule::Fields { .. })));
    let itself = Leaf::advance(&canary(), version(2), "canary", why());
    assert!(matches!(chain(h, itself), Err(Rule::NotCurrent { .. })));
    chain(h, Leaf::advance(&line(), version(2), "canary", why())).unwrap();
    assert_eq!(current(h, "stable"), Some(version(2)));
}

#[test]
fn a_demotion_takes_back_what_is_current_and_a_channel_may_end_empty() {
    let mut history = grown(2);
    let h = &mut history;
    let other = Leaf::demote(&line(), version(1), why());
    assert_eq!(chain(h, other), Err(Rule::NotCurrent { channel: "stable".into() }));
    chain(h, Leaf::demote(&line(), version(2), why())).unwrap();
    assert_eq!(current(h, "stable"), Some(version(1)));
    // It is gone from there: nobody goes back to it.
    assert_eq!(chain(h, Leaf::rollback(&line(), version(2))), Err(Rule::NeverCurrent));
    chain(h, Leaf::demote(&line(), version(1), why())).unwrap();
    chain(h, Leaf::demote(&line(), version(0), why())).unwrap();
    assert_eq!(current(h, "stable"), None);
    let h = &mut grown(1);
    let stale = Leaf { replaces: Some(0), ..Leaf::demote(&line(), version(1), why()) };
    let entry = Entry::from(Leaf { prev: h.tip(&("a".into(), "stable".into())), ..stale });
    assert_eq!(h.apply(&entry), Err(Rule::Replaces { expected: Some(2) }));
}

#[test]
fn a_rollback_goes_back_to_what_was_current_there_and_no_further() {
    let mut history = grown(3);
    let h = &mut history;
    assert_eq!(chain(h, Leaf::rollback(&line(), version(3))), Err(Rule::NeverCurrent));
    assert_eq!(chain(h, Leaf::rollback(&line(), version(9))), Err(Rule::NeverCurrent));
    assert_eq!(chain(h, Leaf::rollback(&canary(), version(1))), Err(Rule::NeverCurrent));
    chain(h, Leaf::rollback(&line(), version(1))).unwrap();
    assert_eq!(current(h, "stable"), Some(version(1)));
    assert_eq!(h.current("a", "stable").unwrap().kind, Kind::Rollback);
    chain(h, Leaf::rollback(&line(), version(3))).unwrap();
    assert_eq!(current(h, "stable"), Some(version(3)));
}

#[test]
fn what_is_revoked_is_current_nowhere_and_never_again() {
    let mut history = grown(2);
    let h = &mut history;
    assert_eq!(chain(h, Leaf::revoke_version(&line(), version(9))), Err(Rule::UnknownVersion));
    chain(h, Leaf::revoke_version(&line(), version(2))).unwrap();
    assert_eq!(current(h, "stable"), Some(version(1)));
    let by = 5;
    assert_eq!(chain(h, Leaf::rollback(&line(), version(2))), Err(Rule::Revoked { by }));
    assert_eq!(chain(h, Leaf::revoke_version(&line(), version(2))), Err(Rule::Revoked { by }));
    chain(h, Leaf::attempt(&line(), version(2).component, 3)).unwrap();
    assert_eq!(chain(h, Leaf::promote(&line(), version(2), 3, why())), Err(Rule::Revoked { by }));
    chain(h, Leaf::refuse(&line(), version(2), 3, why())).unwrap();
    // One below the top: what is current stays.
    chain(h, Leaf::revoke_version(&line(), version(0))).unwrap();
    assert_eq!(current(h, "stable"), Some(version(1)));
}

#[test]
fn leaves_about_keys_and_time_keep_their_rules() {
    let mut history = grown(1);
    let h = &mut history;
    let root = Digest::of(b"root");
    assert_eq!(chain(h, TrustLeaf::rotate_root(3, root)), Err(Rule::RootNumber { expected: 2 }));
    chain(h, TrustLeaf::rotate_root(2, root)).unwrap();
    assert_eq!(h.roots(), [root]);
    let key = Digest::of(b"key").hex();
    let revoke = |key: &str| TrustLeaf { approvals: why(), ..TrustLeaf::revoke_key(key) };
    assert!(matches!(chain(h, TrustLeaf::revoke_key(&key)), Err(Rule::Fields { .. })));
    assert!(matches!(chain(h, revoke("k")), Err(Rule::Fields { .. })));
    chain(h, revoke(&key)).unwrap();
    assert_eq!(chain(h, revoke(&key)), Err(Rule::Revoked { by: 4 }));
    let at = |seconds| TrustLeaf::freshness(Time::from_seconds(seconds).unwrap());
    chain(h, at(100)).unwrap();
    let last = Time::from_seconds(100).unwrap();
    assert_eq!(chain(h, at(99)), Err(Rule::TimeGoesBack { last }));
    chain(h, at(100)).unwrap();
    let timed = TrustLeaf { time: Some(last), ..TrustLeaf::rotate_root(3, root) };
    assert!(matches!(chain(h, timed), Err(Rule::Fields { .. })));
    assert_eq!(h.revoked_key(&key), Some(4));
}
