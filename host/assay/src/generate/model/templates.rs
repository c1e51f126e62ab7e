//! The templates: the shipped ones, a task's own in their place, and a prompt that fits.
//!
//! Where a prompt is too long, what is least missed goes first, always in the same order: inspirations from the last,
//! failures from the last, parents but the first. What is still too long is asked for again with all caps
//! of the template halved, so that texts are cut inside their fences and the words around them stay whole.

use serde::Serialize;

use super::brief::{About, Brief, Example, Failure, Form, Kind, Parent, Reference, Trouble};
use crate::prompt::{Prompt, TemplateError, render};
use crate::task::{Source, Task};

/// Most bytes of a prompt, both parts together.
pub const MAX_PROMPT: usize = 48 * 1024;

/// Caps are halved up to this divisor. A cap of hundreds of KiB is small then.
const MAX_SHRINK: usize = 1 << 12;

/// Why there is no prompt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The template can't be filled in.
    #[error("the template {file} {error}")]
    Template {
        /// The template's file.
        file: String,
        /// What is wrong with it.
        error: TemplateError,
    },
    /// The template's own words, or what it shows without a cap, leave no room.
    #[error(
        "the template {file} gives {bytes} bytes however much is left out; at most {MAX_PROMPT} are sent"
    )]
    TooLong {
        /// The template's file.
        file: String,
        /// The least that it came to.
        bytes: usize,
    },
}

/// The three templates of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    propose: Source,
    repair: Source,
    judge: Source,
}

/// What `repair` knows beyond the brief.
#[derive(Serialize)]
struct Repair<'a> {
    #[serde(flatten)]
    brief: &'a Brief,
    source: &'a str,
    words: &'a str,
}

/// What `judge` knows beyond the brief.
#[derive(Serialize)]
struct Judge<'a> {
    #[serde(flatten)]
    brief: &'a Brief,
    program: &'a str,
}

impl Templates {
    /// Those that this program brings.
    #[must_use]
    pub fn shipped() -> Self {
        let shipped = |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
        Self {
            propose: shipped("propose.md", include_str!("../../../templates/model/propose.md")),
            repair: shipped("repair.md", include_str!("../../../templates/model/repair.md")),
            judge: shipped("judge.md", include_str!("../../../templates/model/judge.md")),
        }
    }

    /// Those of `task`, the shipped ones where it has none of its own.
    ///
    /// # Errors
    /// If one of them can't be filled in: each is tried on a made-up brief, so that a run finds a wrong name before it
    /// pays for anything.
    pub fn of(task: &Task) -> Result<Self, PromptError> {
        let templates = Self::untried(task);
        for form in [Form::Rewrite, Form::Diff] {
            let brief = made_up(task, form);
            templates.render_propose(&brief)?;
            templates.render_repair(&brief, "fn a() {}", "words")?;
            templates.render_judge(&brief, "fn a() {}")?;
        }
        Ok(templates)
    }

    /// The same, without a try: for whoever tried them before.
    #[must_use]
    pub fn untried(task: &Task) -> Self {
        let Self { propose, repair, judge } = Self::shipped();
        let own = |own: &Option<Source>, shipped| own.clone().unwrap_or(shipped);
        Self {
            propose: own(&task.model.propose, propose),
            repair: own(&task.model.repair, repair),
            judge: own(&task.model.judge, judge),
        }
    }

    /// The prompt that asks for a program.
    ///
    /// # Errors
    /// If the template can't be filled in, or comes out longer than [`MAX_PROMPT`] however much is left out.
    pub fn render_propose(&self, brief: &Brief) -> Result<Prompt, PromptError> {
        fitted(&self.propose, brief, |brief, shrink| render(&self.propose.text, brief, shrink))
    }

    /// The prompt that asks to repair `source`, of which somebody (a compiler, or the reader of answers) said `words`.
    ///
    /// # Errors
    /// As [`Templates::render_propose`].
    pub fn render_repair(&self, brief: &Brief, source: &str, words: &str) -> Result<Prompt, PromptError> {
        fitted(&self.repair, brief, |brief, shrink| {
            render(&self.repair.text, &Repair { brief, source, words }, shrink)
        })
    }

    /// The prompt that asks for an opinion of `program`, from 0 to 10.
    ///
    /// # Errors
    /// As [`Templates::render_propose`].
    pub fn render_judge(&self, brief: &Brief, program: &str) -> Result<Prompt, PromptError> {
        fitted(&self.judge, brief, |brief, shrink| {
            render(&self.judge.text, &Judge { brief, program }, shrink)
        })
    }
}

/// What `render` makes of `brief`, or of as much of it as fits.
fn fitted(
    template: &Source,
    brief: &Brief,
    render: impl Fn(&Brief, usize) -> Result<Prompt, TemplateError>,
) -> Result<Prompt, PromptError> {
    let file = || template.name.clone();
    let mut brief = brief.clone();
    let mut shrink = 1;
    loop {
        let prompt = render(&brief, shrink).map_err(|error| PromptError::Template { file: file(), error })?;
        if prompt.bytes() <= MAX_PROMPT {
            return Ok(prompt);
        }
        if brief.inspirations.pop().is_some() || brief.failures.pop().is_some() {
            continue;
        }
        if brief.parents.len() > 1 {
            brief.parents.pop();
        } else if shrink < MAX_SHRINK {
            shrink *= 2;
        } else {
            return Err(PromptError::TooLong { file: file(), bytes: prompt.bytes() });
        }
    }
}

/// A brief of `task` in which everything is there that can be there.
fn made_up(task: &Task, form: Form) -> Brief {
    let source = || "fn a() {}\n".to_owned();
    let trouble = |kind| Trouble { kind, words: "words".to_owned() };
    let parent = Parent {
        source: source(),
        score: Some(1.5),
        metrics: [("metric".to_owned(), 1.5)].into(),
        fuel: Some(1),
        notes: "notes".to_owned(),
        failure: None,
    };
    let failed = Parent { score: None, fuel: None, failure: Some(trouble(Kind::Verdict)), ..parent.clone() };
    Brief {
        task: About::of(task),
        form,
        seed_score: Some(1.5),
        references: vec![Reference { name: "reference.rs".to_owned(), score: 1.5 }],
        parents: vec![parent, failed],
        inspirations: vec![Example { source: source(), score: 1.5 }],
        failures: vec![Failure { source: source(), trouble: trouble(Kind::Compiler) }],
        guidance: "guidance".to_owned(),
    }
}
