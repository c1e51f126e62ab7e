//! The section `[model]`: how a language model is asked.
//!
//! A task may bring its own words. Their syntax is checked here, by the room that will also fill them in: a run that
//! asks a model costs money, and a missing brace is no reason to spend any.

use super::definition::{ModelSettings, Source};
use super::error::TaskError;
use super::form::Section;
use super::load::Loader;
use super::suggest::shown;
use crate::prompt;

impl Loader<'_> {
    pub(super) fn model(&self) -> Result<ModelSettings, TaskError> {
        let mut model = ModelSettings::default();
        let known = ["propose", "repair", "judge", "diff-share", "opinions"];
        let Some(section) = self.section("model", &known)? else { return Ok(model) };
        model.propose = self.template(&section, "propose")?;
        model.repair = self.template(&section, "repair")?;
        model.judge = self.template(&section, "judge")?;
        if let Some(entry) = section.entry("diff-share") {
            let share = |share: f64| (0.0..=1.0).contains(&share);
            model.diff_share = entry.number(share, "from 0 to 1, e.g. 0.5 for every other proposal")?;
        }
        model.opinions = section.entry("opinions").map_or(Ok(false), |entry| entry.boolean())?;
        Ok(model)
    }

    /// The template that `key` names, if there is one.
    fn template(&self, section: &Section<'_>, key: &str) -> Result<Option<Source>, TaskError> {
        let Some(entry) = section.entry(key) else { return Ok(None) };
        let source = self.source(&entry)?;
        prompt::check(&source.text).map_err(|error| TaskError::File {
            at: entry.document.place(entry.span.clone()),
            key: entry.path.clone(),
            file: format!("`{}`", shown(&source.name)),
            reason: error.to_string(),
            help: "begin with a copy of host/assay/templates/model, written in minijinja's marks".to_owned(),
        })?;
        Ok(Some(source))
    }
}
