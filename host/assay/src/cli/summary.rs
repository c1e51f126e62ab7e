//! The end of a run in words that a person understands: where it started, what it found, what the gates said, and
//! where it stands now.

use super::report;
use crate::model::Spend;
use crate::promote::Decision;
use crate::run::state::State;
use crate::task::Task;
use serde_json::json;
use std::path::Path;

pub(super) struct Summary<'a> {
    pub(super) task: &'a Task,
    pub(super) run: &'a str,
    pub(super) state: &'a State,
    pub(super) decision: &'a Decision,
    /// What models cost, if any were asked.
    pub(super) spend: Option<Spend>,
    /// The library verifies.
    pub(super) sound: bool,
    pub(super) leaves: u64,
    /// Root of the log, hex.
    pub(super) root: String,
    pub(super) library: &'a Path,
}

impl Summary<'_> {
    fn winner(&self) -> Option<u64> {
        Some(self.state.judging.as_ref()?.candidate)
    }

    fn source(&self) -> &str {
        self.winner().and_then(|id| self.state.source(id)).unwrap_or_default()
    }

    pub(super) fn value(&self) -> serde_json::Value {
        let measured = |id| self.state.measured(id).map(|(_, measured)| measured);
        json!({
            "run": self.run, "agent": self.task.agent_name(), "candidates": self.state.searched,
            "minimiseCandidates": self.state.minimised, "counts": self.state.counts, "spend": self.spend, "seed": measured(0),
            "winner": {
                "candidate": self.winner(),
                "measured": self.state.judging.as_ref().and_then(|judging| judging.measured.as_ref()),
                "source": self.source(),
            },
            "decision": self.decision, "libraryVerified": self.sound, "logSize": self.leaves, "logRoot": self.root,
        })
    }

    pub(super) fn words(&self) -> String {
        let (task, state, decision) = (self.task, self.state, self.decision);
        let counts: Vec<String> =
            state.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let mut text = format!(
            "\n{}: {} candidates tried, {} more to minimise ({})\n",
            task.agent_name(),
            state.searched,
            state.minimised,
            counts.join(", ")
        );
        if let Some(spend) = self.spend {
            text.push_str(&format!("models: {spend}\n"));
        }
        let score = |id| state.measured(id).map(|(_, measured)| measured.score);
        if let (Some(seed), Some(found)) = (score(0), self.winner().and_then(score)) {
            text.push_str(&format!("train: from {seed:.4} (seed agent) to {found:.4} {}\n", task.score.unit));
        }
        let opinion = self.winner().and_then(|id| state.tuition()?.opinion(id));
        if let Some(opinion) = opinion {
            text.push_str(&format!("{}\n", report::opinion(Some(opinion))));
        }
        let source: String =
            report::escape(self.source()).lines().map(|line| format!("    {line}\n")).collect();
        text.push_str(&format!(
            "\nthe agent it found:\n\n{source}\ngates:\n{}",
            report::decision(decision, task)
        ));
        text.push_str(&report::outcome(decision));
        text.push_str(&format!("log: {} leaves, root {}\n", self.leaves, self.root));
        text.push_str(if self.sound {
            "library verified"
        } else {
            "LIBRARY NOT VERIFIED: see `assay library verify`"
        });
        if decision.promoted {
            let place = self.library.display();
            text.push_str(&format!("\n\nnext: assay library show {} --library {place}", task.agent_name()));
        }
        text
    }
}
