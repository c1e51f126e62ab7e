//! What the log says, as a fold over its leaves: which version is current, how many attempts were made.
//!
//! Nothing of this is stored: "current" is never a file or a tag that could be moved. Writer and verifier fold with
//! the same [`History::apply`], so a leaf that would not verify can't be appended.
//!
//! The rules: a name and channel opens with one baseline; attempts count up by one; a refuse or promote
//! resolves an open attempt of the same component, once; a promotion replaces something; `prev` is the chain. An
//! attempt may stay open (a run that was killed): it counts all the same.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::digest::Digest;
use crate::leaf::{Kind, Leaf, Line, Version};
use crate::note::check_name;

/// A rule that a leaf can break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Rule {
    /// `prev` is not the previous leaf of this name and channel.
    #[error("prev must be {expected:?}, the previous leaf of its name and channel")]
    Prev {
        /// What it must be.
        expected: Option<Digest>,
    },
    /// Attempts are counted without a gap.
    #[error("the next attempt on this task has number {expected}")]
    AttemptNumber {
        /// The next number.
        expected: u64,
    },
    /// A refuse or promote must resolve an open attempt of the same component.
    #[error("it resolves no open attempt of this number and component")]
    NoSuchAttempt,
    /// A baseline only opens a name and channel.
    #[error("a baseline must be the first version of its name and channel")]
    SecondBaseline,
    /// There is nothing to improve on.
    #[error("a promotion needs a baseline before it")]
    NoBaseline,
    /// The fields do not fit the type.
    #[error("{what}")]
    Fields {
        /// Which field, and how.
        what: &'static str,
    },
}

/// The version that is current for a name and channel, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Current {
    /// The agent's name.
    pub name: String,
    /// The channel.
    pub channel: String,
    /// Index of the leaf that made it current.
    pub leaf: u64,
    /// Baseline or promote.
    pub kind: Kind,
    /// The task it was judged on.
    pub task: Digest,
    /// The version.
    pub version: Version,
    /// The attempt that it passed with; none for a baseline.
    pub attempt: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct Attempts {
    made: u64,
    open: BTreeMap<u64, Digest>,
}

/// The fold over the leaves so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    next: u64,
    attempts: BTreeMap<Line, Attempts>,
    /// By name and channel, as are the tips of the chains.
    current: BTreeMap<(String, String), Current>,
    tips: BTreeMap<(String, String), Digest>,
}

impl History {
    /// What the next leaf of that name and channel must have as `prev`.
    pub(crate) fn tip(&self, name: &str, channel: &str) -> Option<Digest> {
        self.tips.get(&(name.to_owned(), channel.to_owned())).copied()
    }

    /// Attempts made so far.
    pub(crate) fn attempts(&self, line: &Line) -> u64 {
        self.attempts.get(line).map_or(0, |attempts| attempts.made)
    }

    /// Attempts that were never resolved.
    pub(crate) fn open_attempts(&self) -> usize {
        self.attempts.values().map(|attempts| attempts.open.len()).sum()
    }

    /// The current version of a name and channel.
    pub(crate) fn current(&self, name: &str, channel: &str) -> Option<&Current> {
        self.current.get(&(name.to_owned(), channel.to_owned()))
    }

    /// All current versions, by name and channel.
    pub(crate) fn all_current(&self) -> impl Iterator<Item = &Current> {
        self.current.values()
    }

    /// Takes the next leaf in, or says which rule it breaks and stays as it was.
    pub(crate) fn apply(&mut self, leaf: &Leaf) -> Result<(), Rule> {
        fields(leaf)?;
        let key = (leaf.name.clone(), leaf.channel.clone());
        let expected = self.tips.get(&key).copied();
        if leaf.prev != expected {
            return Err(Rule::Prev { expected });
        }
        let line = leaf.line();
        let made = self.attempts(&line);
        match leaf.kind {
            Kind::Baseline if self.current.contains_key(&key) => return Err(Rule::SecondBaseline),
            Kind::Promote if !self.current.contains_key(&key) => return Err(Rule::NoBaseline),
            Kind::Attempt if leaf.attempt != made.checked_add(1) => {
                return Err(Rule::AttemptNumber { expected: made.saturating_add(1) });
            }
            Kind::Baseline | Kind::Attempt => {}
            Kind::Refuse | Kind::Promote => {
                let open = self.attempts.get(&line).zip(leaf.attempt).and_then(|(a, n)| a.open.get(&n));
                if open != Some(&leaf.component) {
                    return Err(Rule::NoSuchAttempt);
                }
            }
        }
        // Nothing below can fail.
        match (leaf.kind, leaf.attempt) {
            (Kind::Attempt, Some(number)) => {
                let attempts = self.attempts.entry(line).or_default();
                attempts.made = number;
                attempts.open.insert(number, leaf.component);
            }
            (_, Some(number)) => {
                self.attempts.entry(line).and_modify(|attempts| {
                    attempts.open.remove(&number);
                });
            }
            _ => {}
        }
        if let (Kind::Baseline | Kind::Promote, Some(version)) = (leaf.kind, leaf.version()) {
            let current = Current {
                name: leaf.name.clone(),
                channel: leaf.channel.clone(),
                leaf: self.next,
                kind: leaf.kind,
                task: leaf.task,
                version,
                attempt: leaf.attempt,
            };
            self.current.insert(key.clone(), current);
        }
        self.tips.insert(key, Digest::of(&leaf.body()));
        self.next += 1;
        Ok(())
    }
}

/// Whether the fields that are set are those of the leaf's type.
fn fields(leaf: &Leaf) -> Result<(), Rule> {
    let require = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(Rule::Fields { what }) };
    let valid = |name: &str| check_name("leaf", name).is_ok();
    require(
        valid(&leaf.name) && valid(&leaf.channel),
        "name and channel are 1 to 100 of a-z A-Z 0-9 . _ - /",
    )?;
    require(leaf.approvals.is_empty(), "approvals are not known to this version")?;
    let (version, attempt, evidence) =
        (leaf.manifest.is_some(), leaf.attempt.is_some(), !leaf.evidence.is_empty());
    match leaf.kind {
        Kind::Baseline => require(version && !attempt, "a baseline has a manifest and no attempt"),
        Kind::Attempt => {
            require(attempt && !version && !evidence, "an attempt has a number, no manifest and no evidence")
        }
        Kind::Refuse | Kind::Promote => require(
            version && attempt && evidence,
            "what resolves an attempt has a manifest, its number and evidence",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line { name: "a".into(), channel: "stable".into(), task: Digest::of(b"task") }
    }

    fn version(n: u8) -> Version {
        Version { manifest: Digest::of(&[n]), component: Digest::of(&[n, n]) }
    }

    fn chain(history: &mut History, leaf: Leaf) -> Result<(), Rule> {
        let prev = history.tip(&leaf.name, &leaf.channel);
        history.apply(&Leaf { prev, ..leaf })
    }

    #[test]
    fn current_is_the_last_baseline_or_promotion_of_its_name_and_channel() {
        let (mut history, why) = (History::default(), vec![Digest::of(b"why")]);
        chain(&mut history, Leaf::baseline(&line(), version(0), vec![])).unwrap();
        chain(&mut history, Leaf::attempt(&line(), version(1).component, 1)).unwrap();
        chain(&mut history, Leaf::refuse(&line(), version(1), 1, why.clone())).unwrap();
        assert_eq!(history.current("a", "stable").unwrap().version, version(0));
        chain(&mut history, Leaf::attempt(&line(), version(2).component, 2)).unwrap();
        chain(&mut history, Leaf::promote(&line(), version(2), 2, why)).unwrap();
        let current = history.current("a", "stable").unwrap();
        assert_eq!((current.version, current.leaf, current.attempt), (version(2), 4, Some(2)));
        assert!(history.current("a", "nightly").is_none() && history.current("b", "stable").is_none());
        assert_eq!((history.attempts(&line()), history.open_attempts()), (2, 0));
    }

    #[test]
    fn each_rule_is_enforced() {
        let (mut history, why) = (History::default(), vec![Digest::of(b"why")]);
        let attempt = |n| Leaf::attempt(&line(), version(1).component, n);
        let h = &mut history;
        assert_eq!(chain(h, attempt(2)), Err(Rule::AttemptNumber { expected: 1 }));
        chain(h, attempt(1)).unwrap();
        assert_eq!(chain(h, Leaf::promote(&line(), version(1), 1, why.clone())), Err(Rule::NoBaseline));
        chain(h, Leaf::baseline(&line(), version(0), vec![])).unwrap();
        assert_eq!(chain(h, Leaf::baseline(&line(), version(1), vec![])), Err(Rule::SecondBaseline));
        assert_eq!(chain(h, Leaf::refuse(&line(), version(2), 1, why.clone())), Err(Rule::NoSuchAttempt));
        assert_eq!(chain(h, Leaf::promote(&line(), version(1), 2, why.clone())), Err(Rule::NoSuchAttempt));
        assert!(matches!(chain(h, Leaf::promote(&line(), version(1), 1, vec![])), Err(Rule::Fields { .. })));
        let approved = Leaf { approvals: why.clone(), ..attempt(2) };
        assert!(matches!(chain(h, approved), Err(Rule::Fields { .. })));
        assert!(matches!(h.apply(&attempt(2)), Err(Rule::Prev { expected: Some(_) })));
        chain(h, Leaf::refuse(&line(), version(1), 1, why.clone())).unwrap();
        assert_eq!(chain(h, Leaf::promote(&line(), version(1), 1, why)), Err(Rule::NoSuchAttempt));
        let other_task = Line { task: Digest::of(b"other"), ..line() };
        chain(h, Leaf::attempt(&other_task, version(1).component, 1)).unwrap();
        assert_eq!((h.attempts(&line()), h.attempts(&other_task)), (1, 1));
    }
}
