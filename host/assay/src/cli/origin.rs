//! What a run's folder says of this machine: where its task is, who its models are, what may be spent.
//!
//! It stands beside the journal and is part of no result: who has the task elsewhere, or more money, has the same run.

use super::Failure;
use crate::model::Budget;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const ORIGIN: &str = "origin.json";

/// Kept when a run begins.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Origin {
    /// The task's folder.
    pub(super) task: PathBuf,
    /// The models' file, if models are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) models: Option<PathBuf>,
    /// What may be spent on them.
    #[serde(default)]
    pub(super) budget: Budget,
}

impl Origin {
    /// Of the run `name`, in its folder.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(folder.join(ORIGIN))
            .map_err(|e| Failure::says(format!("run `{name}` has no {ORIGIN}: {e}")))?;
        serde_json::from_str(&text).map_err(|e| Failure::says(format!("{ORIGIN} of run `{name}`: {e}")))
    }

    /// Keep it. Whole or not at all, since a run can't go on without.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), Failure> {
        let text = serde_json::to_vec(self).map_err(Failure::machine)?;
        let aside = folder.join(format!("{ORIGIN}.new"));
        std::fs::write(&aside, text).map_err(Failure::machine)?;
        std::fs::rename(&aside, folder.join(ORIGIN)).map_err(Failure::machine)
    }
}
