//! What the models of a run were asked, what came of it and what it cost: for `assay runs show`.
//!
//! Told from the journal, which has each candidate's exchanges, and from the transcript, which has all of them: improvers
//! that are tried ask too, and what they ask belongs to no candidate.

use super::Failure;
use crate::generate::writer::WriterError;
use crate::model::{Named, Spend, Transcript};
use crate::run::event::{Candidate, Fate, Phase};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What models did for a run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    models: Vec<One>,
    /// Exchanges in the transcript.
    exchanges: usize,
    /// What all of these cost.
    spend: Spend,
    /// Why candidates were rejected → how many.
    rejected: BTreeMap<String, u64>,
}

/// One model.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One {
    name: String,
    id: String,
    candidates: u64,
    scored: u64,
    /// What the candidates cost.
    spend: Spend,
}

impl Asked {
    /// Of the run in `folder`; none if it asks no models.
    pub(super) fn of(
        models: &[Named],
        candidates: &[Candidate],
        folder: &Path,
    ) -> Result<Option<Self>, Failure> {
        if models.is_empty() {
            return Ok(None);
        }
        let recorded = Transcript::read(folder)
            .map_err(|error| super::models::failure(WriterError::Desk(error.into())))?;
        let mut rejected: BTreeMap<String, u64> = BTreeMap::new();
        for candidate in candidates.iter().filter(|candidate| candidate.phase == Phase::Search) {
            if let Fate::Rejected { kind, .. } = &candidate.fate {
                *rejected.entry(kind.clone()).or_default() += 1;
            }
        }
        let models = models.iter().map(|model| One::of(model, candidates)).collect();
        Ok(Some(Self { models, exchanges: recorded.iter().count(), spend: recorded.spend(), rejected }))
    }

    /// The same in words.
    pub(super) fn words(&self) -> String {
        let mut text = String::new();
        for One { name, id, candidates, scored, spend } in &self.models {
            text.push_str(&format!(
                "  model       {name} ({id}): {candidates} candidates, {scored} scored; {spend}\n"
            ));
        }
        text.push_str(&format!(
            "  transcript  {} exchanges: {}; `\"key\":\"7/0\"` is what candidate 7 rests on, 7/1 its repair\n",
            self.exchanges, self.spend
        ));
        if !self.rejected.is_empty() {
            let kinds: Vec<String> =
                self.rejected.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            text.push_str(&format!("  rejected    {}\n", kinds.join(", ")));
        }
        text
    }
}

impl One {
    fn of(model: &Named, candidates: &[Candidate]) -> Self {
        let own = || candidates.iter().filter(|candidate| candidate.model.as_ref() == Some(&model.name));
        Self {
            name: model.name.clone(),
            id: model.id.clone(),
            candidates: own().count() as u64,
            scored: own().filter(|candidate| matches!(candidate.fate, Fate::Scored { .. })).count() as u64,
            spend: own().filter_map(|candidate| candidate.spend).sum(),
        }
    }
}
