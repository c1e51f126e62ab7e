//! What a verifier found, as data and as text.
//!
//! A report says three things apart: what was checked and holds, what is wrong, and – as plainly – what could *not* be
//! checked with what the verifier was given. "Verified" without the last would promise more than any tool can keep.

use std::fmt;

use serde::Serialize;

use crate::fault::Finding;
use crate::history::Current;

/// Findings that a report lists; more are only counted.
pub(crate) const MAX_FINDINGS: usize = 100;

/// Counts of what was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Log leaves.
    pub leaves: u64,
    /// Holdout attempts.
    pub attempts: u64,
    /// Attempts that neither a refuse nor a promote resolved.
    pub open_attempts: u64,
    /// Refusals.
    pub refused: u64,
    /// Promotions.
    pub promoted: u64,
    /// Demotions, rollbacks and revocations of versions.
    pub taken_back: u64,
    /// Leaves about keys and time.
    pub trust: u64,
    /// Signed statements that leaves rest on.
    pub evidence: u64,
    /// Leaves that people approved.
    pub approvals: u64,
    /// Refused versions whose component was removed to save room.
    pub aged_out: u64,
    /// Blobs that were hashed.
    pub blobs: u64,
}

/// The outcome of [`crate::verify()`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing wrong was found.
    pub verified: bool,
    /// The library's name; empty if the root of trust could not be read.
    pub name: String,
    /// The root of the log's tree in hex; empty if no checkpoint could be read.
    pub root: String,
    /// What was looked at.
    pub counts: Counts,
    /// The current version of each name and channel, as far as the log holds.
    pub current: Vec<Current>,
    /// What was checked and holds.
    pub checked: Vec<String>,
    /// What could not be checked, and what would be needed for it.
    pub unchecked: Vec<String>,
    /// Oddities that change nothing.
    pub notes: Vec<String>,
    /// What is wrong, at most 100.
    pub findings: Vec<Finding>,
    /// Findings beyond these.
    pub more_findings: u64,
}

impl Report {
    pub(crate) fn found(&mut self, finding: Finding) {
        if self.findings.contains(&finding) {
            return;
        }
        if self.findings.len() < MAX_FINDINGS { self.findings.push(finding) } else { self.more_findings += 1 }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.verified { "library verified" } else { "library NOT verified" };
        let name = if self.name.is_empty() { "(name unknown)" } else { &self.name };
        let c = &self.counts;
        writeln!(f, "{verdict}: {name}, {} leaves, root {}", c.leaves, self.root)?;
        writeln!(
            f,
            "  {} attempts ({} open), {} promoted, {} refused, {} taken back, {} signed statements, {} approved leaves, {} blobs",
            c.attempts,
            c.open_attempts,
            c.promoted,
            c.refused,
            c.taken_back,
            c.evidence,
            c.approvals,
            c.blobs
        )?;
        for current in &self.current {
            let version = current.version.manifest.short();
            writeln!(
                f,
                "  current {} ({}): {version} since leaf {}",
                current.name, current.channel, current.leaf
            )?;
        }
        let lists = [("checked", &self.checked), ("NOT checked", &self.unchecked), ("note", &self.notes)];
        for (what, lines) in lists {
            for line in lines {
                writeln!(f, "  {what}: {line}")?;
            }
        }
        for finding in &self.findings {
            writeln!(f, "  WRONG: {finding}")?;
        }
        if self.more_findings > 0 {
            writeln!(f, "  WRONG: {} more findings", self.more_findings)?;
        }
        Ok(())
    }
}
