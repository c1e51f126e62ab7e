//! Opinion: what a model thinks of candidates that came to the top, where a task wants to know.
//!
//! It is asked after a batch, for at most two of its candidates, under the key `{id}/opinion`. The number may stand in later
//! prompts and in reports; it is measured by nothing, chooses no parents, and no gate knows of it.

use super::Hunt;
use super::flight::Job;
use crate::evaluate::judge::JudgeError;
use crate::generate::model::{About, Brief, Form, Templates, opinion};
use crate::generate::writer::Writer;
use crate::model::Answer;
use crate::run::event::{Event, Opinion};
use crate::run::record::RunError;
use crate::task::Task;
use std::sync::Arc;

/// Opinions of a batch.
const MOST: usize = 2;
/// How far up in the archive a candidate must stand.
const TOP: usize = 8;

impl Hunt<'_> {
    /// Ask about the best of the candidates from `first` on. False if the run was stopped, or the search ends here.
    pub(super) async fn opinions(
        &mut self,
        writer: &Arc<Writer>,
        templates: &Arc<Templates>,
        first: u64,
    ) -> Result<bool, RunError> {
        let top = self.recorder.state.population.archive().iter().take(TOP).map(|member| member.id);
        let new: Vec<u64> = top.filter(|id| *id >= first).take(MOST).collect();
        for candidate in new {
            if self.room() == 0 {
                return Ok(false);
            }
            let state = &self.recorder.state;
            let program = state.source(candidate).unwrap_or_default().to_owned();
            // By somebody else than its author, where there is somebody else.
            let author = state.tuition().and_then(|tuition| tuition.author(candidate)).unwrap_or_default();
            let model = (author + 1) % writer.count();
            let (brief, key) = (brief(&self.judge.task), format!("{candidate}/opinion"));
            let (asking, templates) = (writer.clone(), templates.clone());
            let asked = Job::spawn(async move {
                asking.opinion((&templates, &brief), &program, model, &key).await.map_err(JudgeError::from)
            });
            let Some(exchange) = self.wait(asked).await? else { return Ok(false) };
            let said = Opinion {
                candidate,
                model: writer.name(model).to_owned(),
                exchange: exchange.digest(),
                opinion: match &exchange.answer {
                    Answer::Completion(said) => opinion(&said.text).ok(),
                    Answer::Refused(_) => None,
                },
            };
            self.recorder.derive(Event::Opinion(said))?;
        }
        self.recorder.sync()?;
        Ok(true)
    }
}

/// A reviewer is told of the task, and of nothing that came of its programs.
fn brief(task: &Task) -> Brief {
    Brief {
        task: About::of(task),
        form: Form::Rewrite,
        seed_score: None,
        references: Vec::new(),
        parents: Vec::new(),
        inspirations: Vec::new(),
        failures: Vec::new(),
        guidance: String::new(),
    }
}
