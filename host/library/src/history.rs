//! What the log says, as a fold over its entries: which version is current where, how many attempts were made, which keys
//! count.
//!
//! Nothing of this is stored: "current" is never a file or a tag that could be moved. Writer and verifier fold with
//! the same [`History::apply`], so a leaf that would not verify can't be appended.
//!
//! The rules: a name opens with one baseline; attempts count up by one per name and task, whatever the channel; a refuse or
//! promote resolves an open attempt of the same component, once, or moves up what is current in another channel; what a
//! leaf replaces is current; a rollback goes back to what was current there before; nothing revoked becomes current again;
//! `prev` is the chain. An attempt may stay open (a run that was killed, a promotion that waits): it counts all the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::digest::Digest;
use crate::entry::{Entry, TrustKind, TrustLeaf};
use crate::leaf::{Kind, Leaf, Line, Version};
use crate::note::check_name;
use crate::time::Time;

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
    /// A baseline only opens a name.
    #[error("a baseline must be the first version of its name")]
    SecondBaseline,
    /// There is nothing to improve on.
    #[error("a promotion needs a baseline before it")]
    NoBaseline,
    /// Something else is current than what the leaf replaces.
    #[error("what it replaces is not current: leaf {expected:?} is")]
    Replaces {
        /// The leaf that made current what is.
        expected: Option<u64>,
    },
    /// The version is not current where the leaf says that it is.
    #[error("its version is not current in channel {channel:?}")]
    NotCurrent {
        /// The channel.
        channel: String,
    },
    /// A rollback goes back to what was current before.
    #[error("its version was not current there before, or is so now")]
    NeverCurrent,
    /// The version was revoked.
    #[error("its version was revoked by leaf {by}")]
    Revoked {
        /// The leaf that revoked it.
        by: u64,
    },
    /// No leaf made this version current anywhere.
    #[error("no leaf has made its version current")]
    UnknownVersion,
    /// Roots are numbered without a gap.
    #[error("the next root of trust has number {expected}")]
    RootNumber {
        /// The next number.
        expected: u64,
    },
    /// The log was alive at a later time already.
    #[error("an earlier leaf says {last}")]
    TimeGoesBack {
        /// The last time.
        last: Time,
    },
    /// The fields do not fit the type.
    #[error("{what}")]
    Fields {
        /// Which field, and how.
        what: &'static str,
    },
}

/// A version that became current for a name and channel, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Current {
    /// The agent's name.
    pub name: String,
    /// The channel.
    pub channel: String,
    /// Index of the leaf that made it current.
    pub leaf: u64,
    /// Baseline, promote or rollback.
    pub kind: Kind,
    /// The task it was judged on.
    pub task: Digest,
    /// The version.
    pub version: Version,
    /// The attempt that it passed with, if that leaf resolved one.
    pub attempt: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct Attempts {
    made: u64,
    open: BTreeMap<u64, Digest>,
}

/// The fold over the entries so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    next: u64,
    attempts: BTreeMap<(String, Digest), Attempts>,
    /// By name and channel: what became current and was not taken back, the latest last.
    stacks: BTreeMap<(String, String), Vec<Current>>,
    /// The chains' tips, by name and channel.
    tips: BTreeMap<(String, String), Digest>,
    named: BTreeSet<String>,
    /// Leaves that name a version.
    versions: u64,
    /// Manifest → the leaf that revoked it.
    revoked: BTreeMap<Digest, u64>,
    /// Key id → the leaf that revoked it.
    revoked_keys: BTreeMap<String, u64>,
    /// Payload digests of root 2 and all later ones.
    roots: Vec<Digest>,
    alive: Option<Time>,
}

impl History {
    /// What the next leaf of that chain must have as `prev`.
    pub(crate) fn tip(&self, chain: &(String, String)) -> Option<Digest> {
        self.tips.get(chain).copied()
    }

    /// Attempts made so far.
    pub(crate) fn attempts(&self, line: &Line) -> u64 {
        self.attempts.get(&(line.name.clone(), line.task)).map_or(0, |attempts| attempts.made)
    }

    /// Attempts that were never resolved.
    pub(crate) fn open_attempts(&self) -> usize {
        self.attempts.values().map(|attempts| attempts.open.len()).sum()
    }

    /// The current version of a name and channel.
    pub(crate) fn current(&self, name: &str, channel: &str) -> Option<&Current> {
        self.living(self.stacks.get(&(name.to_owned(), channel.to_owned()))?)
    }

    fn living<'a>(&self, stack: &'a [Current]) -> Option<&'a Current> {
        stack.iter().rev().find(|current| !self.revoked.contains_key(&current.version.manifest))
    }

    /// All current versions, by name and channel.
    pub(crate) fn all_current(&self) -> impl Iterator<Item = &Current> {
        self.stacks.values().filter_map(|stack| self.living(stack))
    }

    /// Leaves that name a version.
    pub(crate) fn versions(&self) -> u64 {
        self.versions
    }

    /// The leaf that revoked this version.
    pub(crate) fn revoked(&self, manifest: &Digest) -> Option<u64> {
        self.revoked.get(manifest).copied()
    }

    /// The leaf that revoked this key.
    pub(crate) fn revoked_key(&self, id: &str) -> Option<u64> {
        self.revoked_keys.get(id).copied()
    }

    /// All revoked keys, and the leaves that revoked them.
    pub(crate) fn revoked_keys(&self) -> impl Iterator<Item = (&String, u64)> {
        self.revoked_keys.iter().map(|(key, by)| (key, *by))
    }

    /// Payload digests of root 2 and all later ones that are in force.
    pub(crate) fn roots(&self) -> &[Digest] {
        &self.roots
    }

    /// When the log last said that it was alive.
    pub(crate) fn alive(&self) -> Option<Time> {
        self.alive
    }

    /// What `replaces` must be for this leaf: the leaf that made current what it replaces or takes back.
    pub(crate) fn replaced(&self, leaf: &Leaf) -> Option<u64> {
        match leaf.kind {
            Kind::Promote | Kind::Demote | Kind::Rollback => {
                self.current(&leaf.name, &leaf.channel).map(|current| current.leaf)
            }
            _ => None,
        }
    }

    /// Which rule the next entry breaks, if it breaks one.
    pub(crate) fn check(&self, entry: &Entry) -> Result<(), Rule> {
        match entry {
            Entry::Version(leaf) => self.check_version(leaf)?,
            Entry::Trust(leaf) => self.check_trust(leaf)?,
        }
        let expected = self.tip(&entry.chain());
        if entry.prev() == expected { Ok(()) } else { Err(Rule::Prev { expected }) }
    }

    /// Takes the next entry in, or says which rule it breaks and stays as it was.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Result<(), Rule> {
        self.check(entry)?;
        let chain = entry.chain();
        // Nothing below can fail.
        match entry {
            Entry::Version(leaf) => self.take(leaf),
            Entry::Trust(leaf) => self.take_trust(leaf),
        }
        self.tips.insert(chain, Digest::of(&entry.body()));
        self.next += 1;
        Ok(())
    }

    fn check_version(&self, leaf: &Leaf) -> Result<(), Rule> {
        fields(leaf)?;
        let current = self.current(&leaf.name, &leaf.channel);
        let made = self.attempts(&leaf.line());
        match leaf.kind {
            Kind::Baseline if self.named.contains(&leaf.name) => return Err(Rule::SecondBaseline),
            Kind::Promote if !self.named.contains(&leaf.name) => return Err(Rule::NoBaseline),
            Kind::Attempt if leaf.attempt != made.checked_add(1) => {
                return Err(Rule::AttemptNumber { expected: made.saturating_add(1) });
            }
            _ => {}
        }
        if matches!(leaf.kind, Kind::Refuse | Kind::Promote) && leaf.from.is_none() {
            let attempts = self.attempts.get(&(leaf.name.clone(), leaf.task));
            let open = attempts.zip(leaf.attempt).and_then(|(attempts, number)| attempts.open.get(&number));
            if open != Some(&leaf.component) {
                return Err(Rule::NoSuchAttempt);
            }
        }
        let expected = self.replaced(leaf);
        if leaf.replaces != expected {
            return Err(Rule::Replaces { expected });
        }
        let Some(version) = leaf.version() else { return Ok(()) };
        if leaf.kind != Kind::Refuse
            && let Some(by) = self.revoked(&version.manifest)
        {
            return Err(Rule::Revoked { by });
        }
        let is_current = |channel: &str| {
            self.current(&leaf.name, channel).is_some_and(|current| current.version == version)
        };
        if let Some(from) = &leaf.from
            && (!is_current(from) || *from == leaf.channel)
        {
            return Err(Rule::NotCurrent { channel: from.clone() });
        }
        let ever = |stack: &Vec<Current>| stack.iter().any(|before| before.version == version);
        match leaf.kind {
            Kind::Demote if current.is_none_or(|current| current.version != version) => {
                Err(Rule::NotCurrent { channel: leaf.channel.clone() })
            }
            Kind::Rollback => {
                let stack = self.stacks.get(&(leaf.name.clone(), leaf.channel.clone()));
                let before = stack.is_some_and(ever) && !is_current(&leaf.channel);
                if before { Ok(()) } else { Err(Rule::NeverCurrent) }
            }
            Kind::RevokeVersion if !self.stacks.values().any(ever) => Err(Rule::UnknownVersion),
            _ => Ok(()),
        }
    }

    fn take(&mut self, leaf: &Leaf) {
        let key = (leaf.name.clone(), leaf.channel.clone());
        if let Some(number) = leaf.attempt {
            let attempts = self.attempts.entry((leaf.name.clone(), leaf.task)).or_default();
            if leaf.kind == Kind::Attempt {
                attempts.made = number;
                attempts.open.insert(number, leaf.component);
            } else {
                attempts.open.remove(&number);
            }
        }
        let Some(version) = leaf.version() else { return };
        self.versions += 1;
        match leaf.kind {
            kind if kind.makes_current() => {
                self.named.insert(leaf.name.clone());
                self.stacks.entry(key).or_default().push(Current {
                    name: leaf.name.clone(),
                    channel: leaf.channel.clone(),
                    leaf: self.next,
                    kind: leaf.kind,
                    task: leaf.task,
                    version,
                    attempt: leaf.attempt,
                });
            }
            Kind::Demote => {
                self.stacks.entry(key).and_modify(|stack| stack.retain(|before| before.version != version));
            }
            Kind::RevokeVersion => drop(self.revoked.insert(version.manifest, self.next)),
            _ => {}
        }
    }

    fn check_trust(&self, leaf: &TrustLeaf) -> Result<(), Rule> {
        let TrustLeaf { number, root, key, time, approvals, .. } = leaf;
        let require = |holds: bool, what| if holds { Ok(()) } else { Err(Rule::Fields { what }) };
        let set = (number.is_some(), root.is_some(), key.is_some(), time.is_some());
        match leaf.kind {
            TrustKind::RotateRoot => {
                require(
                    set == (true, true, false, false) && approvals.is_empty(),
                    "a rotation has a root and its number, nothing else",
                )?;
                let expected = self.roots.len() as u64 + 2;
                if *number == Some(expected) { Ok(()) } else { Err(Rule::RootNumber { expected }) }
            }
            TrustKind::RevokeKey => {
                let hex = |key: &String| Digest::from_hex(key).is_ok();
                require(
                    set == (false, false, true, false)
                        && approvals.len() == 1
                        && key.as_ref().is_some_and(hex),
                    "a key's revocation has the key's id and an approval, nothing else",
                )?;
                match key.as_ref().and_then(|key| self.revoked_key(key)) {
                    Some(by) => Err(Rule::Revoked { by }),
                    None => Ok(()),
                }
            }
            TrustKind::Freshness => {
                require(
                    set == (false, false, false, true) && approvals.is_empty(),
                    "freshness has a time, nothing else",
                )?;
                match self.alive {
                    Some(last) if *time < Some(last) => Err(Rule::TimeGoesBack { last }),
                    _ => Ok(()),
                }
            }
        }
    }

    fn take_trust(&mut self, leaf: &TrustLeaf) {
        self.roots.extend(leaf.root);
        self.revoked_keys.extend(leaf.key.clone().map(|key| (key, self.next)));
        self.alive = leaf.time.or(self.alive);
    }
}

/// Whether the fields that are set are those of the leaf's type.
fn fields(leaf: &Leaf) -> Result<(), Rule> {
    let require = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(Rule::Fields { what }) };
    let valid = |name: &str| check_name("leaf", name).is_ok();
    require(
        valid(&leaf.name) && valid(&leaf.channel) && leaf.from.as_deref().is_none_or(valid),
        "name and channel are 1 to 100 of a-z A-Z 0-9 . _ - /, without an empty, `.` or `..` part",
    )?;
    require(leaf.approvals.len() <= 1, "a leaf has one approval at most, which several people sign")?;
    require(leaf.from.is_none() || leaf.kind == Kind::Promote, "only a promotion moves up from a channel")?;
    let (version, attempt, evidence) =
        (leaf.manifest.is_some(), leaf.attempt.is_some(), !leaf.evidence.is_empty());
    match leaf.kind {
        Kind::Baseline => require(version && !attempt, "a baseline has a manifest and no attempt"),
        Kind::Attempt => {
            require(attempt && !version && !evidence, "an attempt has a number, no manifest and no evidence")
        }
        Kind::Refuse => require(
            version && attempt && evidence,
            "what resolves an attempt has a manifest, its number and evidence",
        ),
        Kind::Promote => require(
            version && evidence && attempt != leaf.from.is_some(),
            "a promotion has a manifest, evidence, and either its attempt or the channel it comes from",
        ),
        Kind::Demote => require(version && evidence && !attempt, "a demotion has a manifest and evidence"),
        Kind::Rollback | Kind::RevokeVersion => require(
            version && !attempt && !evidence,
            "a rollback or a revocation has a manifest, no attempt and no evidence",
        ),
    }
}

#[cfg(test)]
mod tests;
