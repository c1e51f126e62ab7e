//! The writer: asks language models for programs, and reads what they say.
//!
//! Here [`super::model`], which knows prompts and answers, meets the [`Desk`], which knows servers, budgets and the
//! transcript. Who wants a program brings a brief and a key; whoever the models are and wherever they run is known here
//! and nowhere else in a run. The same writer serves the search itself, an improver that leads one, and improvers that
//! are tried: one transcript, one budget.
//!
//! What it promises: an answer is a function of the key, the brief and the transcript. What a model says is a proposal,
//! or none for a reason that has a name.

use super::model::{Brief, Form, NoProgram, PromptError, Templates, program};
use crate::model::{Answer, Desk, DeskError, Exceeded, Exchange, Message, Named, Refused, Role, Spend};
use crate::prompt::Prompt;
use std::collections::BTreeSet;

/// Why nobody could be asked: the run ends, and can go on when that is mended.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    /// The desk: budget, access, transcript.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The task's templates.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

impl WriterError {
    /// The limit that the next call could have passed, if that is what it was.
    pub fn exceeded(&self) -> Option<Exceeded> {
        match self {
            Self::Desk(DeskError::Exceeded(exceeded)) => Some(*exceeded),
            _ => None,
        }
    }
}

/// Why an answer is no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// There were no words.
    #[error(transparent)]
    Refused(Refused),
    /// There was no program in them.
    #[error(transparent)]
    NoProgram(NoProgram),
}

impl Nothing {
    /// The reason's name in journals, kebab-case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.name(),
            Self::NoProgram(reason) => reason.name(),
        }
    }

    /// What one more turn could mend, where there is something to mend. `parent` is the program that a diff applied to.
    pub fn flaw(&self, parent: &str, exchange: &Exchange) -> Option<Flaw> {
        let Self::NoProgram(reason) = self else { return None };
        let words = reason.to_string();
        if let Some(program) = reason.answered() {
            return Some(Flaw { shown: program.to_owned(), words });
        }
        match (reason, &exchange.answer) {
            // Blocks that don't fit: the model is shown what it sent, since it sees nothing of what it said before.
            (
                NoProgram::Malformed { .. }
                | NoProgram::EmptySearch { .. }
                | NoProgram::NotFound { .. }
                | NoProgram::Ambiguous { .. },
                Answer::Completion(said),
            ) => {
                let words = format!("{words}\nThe answer was:\n{}", said.text);
                Some(Flaw { shown: parent.to_owned(), words })
            }
            _ => None,
        }
    }
}

/// What is wrong with a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The program to repair.
    pub shown: String,
    /// The complaint.
    pub words: String,
}

/// The program that an exchange about `parent` came to. `shown`: what a diff applies to.
///
/// # Errors
/// Why there is none.
pub fn read(form: Form, parent: &str, shown: &str, exchange: &Exchange) -> Result<String, Nothing> {
    match &exchange.answer {
        Answer::Completion(said) => program(form, parent, shown, &said.text).map_err(Nothing::NoProgram),
        Answer::Refused(refused) => Err(Nothing::Refused(refused.clone())),
    }
}

/// What a model's program rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Rests {
    /// The model's name.
    pub model: String,
    /// Digests of the exchanges, in their order.
    pub exchanges: Vec<String>,
    /// What these cost.
    pub spend: Spend,
}

impl Rests {
    /// On one exchange so far.
    pub fn on(model: String, exchange: &Exchange) -> Self {
        Self { model, exchanges: vec![exchange.digest()], spend: exchange.spend }
    }

    /// And on another.
    pub fn add(&mut self, exchange: &Exchange) {
        self.exchanges.push(exchange.digest());
        self.spend = self.spend + exchange.spend;
    }
}

/// Asks models.
#[derive(Debug)]
pub struct Writer {
    desk: Desk,
    models: Vec<Named>,
}

impl Writer {
    /// A writer that asks these models, at least one, at this desk.
    pub fn new(desk: Desk, models: Vec<Named>) -> Self {
        Self { desk, models }
    }

    /// How many models there are, at least one.
    pub fn count(&self) -> usize {
        self.models.len()
    }

    /// The name of a model by its place.
    pub fn name(&self, model: usize) -> &str {
        &self.models[model % self.models.len()].name
    }

    /// What was spent so far.
    pub fn spend(&self) -> Spend {
        self.desk.spend()
    }

    /// The recorded exchange `key`.
    pub fn recorded(&self, key: &str) -> Option<Exchange> {
        self.desk.recorded(key)
    }

    /// Digests of all exchanges that are recorded.
    pub fn digests(&self) -> BTreeSet<String> {
        self.desk.digests()
    }

    /// Whether no question is under way.
    pub fn is_quiet(&self) -> bool {
        self.desk.is_quiet()
    }

    /// Ask nothing more, and wait for what is under way.
    pub async fn close(&self) {
        self.desk.close().await;
    }

    /// Ask the model at that place for a program, at its own temperature or at this one.
    ///
    /// # Errors
    /// [`WriterError`].
    pub async fn propose(
        &self,
        (templates, brief): (&Templates, &Brief),
        model: usize,
        temperature: Option<f64>,
        key: &str,
    ) -> Result<Exchange, WriterError> {
        let prompt = templates.render_propose(brief)?;
        self.ask(prompt, model, temperature, key).await
    }

    /// Ask it to mend what is wrong with its proposal.
    ///
    /// # Errors
    /// [`WriterError`].
    pub async fn repair(
        &self,
        (templates, brief): (&Templates, &Brief),
        model: usize,
        flaw: &Flaw,
        key: &str,
    ) -> Result<Exchange, WriterError> {
        let prompt = templates.render_repair(brief, &flaw.shown, &flaw.words)?;
        self.ask(prompt, model, None, key).await
    }

    /// Ask it for its opinion of a program.
    ///
    /// # Errors
    /// [`WriterError`].
    pub async fn opinion(
        &self,
        (templates, brief): (&Templates, &Brief),
        program: &str,
        model: usize,
        key: &str,
    ) -> Result<Exchange, WriterError> {
        let prompt = templates.render_judge(brief, program)?;
        self.ask(prompt, model, None, key).await
    }

    async fn ask(
        &self,
        prompt: Prompt,
        model: usize,
        temperature: Option<f64>,
        key: &str,
    ) -> Result<Exchange, WriterError> {
        let said = |role, content| Message { role, content };
        let messages = vec![said(Role::System, prompt.system), said(Role::User, prompt.user)];
        let mut request = self.models[model % self.models.len()].request(messages);
        request.temperature = temperature.unwrap_or(request.temperature);
        Ok(self.desk.ask(key, request).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Completion, Finish, Request, Tokens};

    const PARENT: &str = "pub fn run(input: String) -> Result<String, String> {\n    Ok(input)\n}\n";

    fn exchange(text: &str) -> Exchange {
        let request =
            Request { model: "m".into(), messages: Vec::new(), max_tokens: 1, temperature: 0.0, seed: None };
        let tokens = Tokens { input: 1, output: 1, estimated: false };
        let answer = Answer::Completion(Completion { text: text.into(), finish: Finish::Stop, tokens });
        Exchange {
            key: "1/0".into(),
            request,
            request_digest: String::new(),
            answer,
            answer_digest: String::new(),
            spend: Spend::default(),
        }
    }

    /// What could be mended of an answer that is no program.
    fn flaw(form: Form, text: &str) -> Option<Flaw> {
        let exchange = exchange(text);
        read(form, PARENT, PARENT, &exchange).unwrap_err().flaw(PARENT, &exchange)
    }

    #[test]
    fn blocks_that_fit_nowhere_are_shown_again_beside_the_program_that_they_were_for() {
        let blocks = "<<<<<<< SEARCH\n    Ok(inputs)\n=======\n    Ok(String::new())\n>>>>>>> REPLACE";
        let flaw = flaw(Form::Diff, blocks).unwrap();
        assert_eq!(flaw.shown, PARENT);
        assert!(flaw.words.contains("block 1") && flaw.words.contains("Ok(inputs)"), "{}", flaw.words);
    }

    #[test]
    fn a_program_that_does_not_parse_is_shown_itself() {
        let flaw = flaw(Form::Rewrite, "```rust\npub fn run( {\n```").unwrap();
        assert!(flaw.shown.starts_with("pub fn run( {"), "{}", flaw.shown);
    }

    #[test]
    fn an_answer_without_anything_to_mend_is_let_go() {
        assert_eq!(flaw(Form::Rewrite, "I can't do that."), None);
        let silent = Exchange { answer: Answer::Refused(Refused::RateLimited), ..exchange("") };
        let nothing = read(Form::Diff, PARENT, PARENT, &silent).unwrap_err();
        assert_eq!((nothing.name(), nothing.flaw(PARENT, &silent)), ("rate-limited", None));
    }
}
