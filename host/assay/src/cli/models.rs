//! The models of a run: from their names on the command line to a writer that may spend so much.
//!
//! What a request says of a model (its id, how long an answer may be, how freely it speaks) is part of the run and stands
//! in its first event. Where the model is, its key and its prices come from the models' file each time anew, so
//! a key can be changed under a run. A replay needs nothing of the file: it has the transcript.

use super::Failure;
use super::args::{BudgetArgs, ImproveArgs};
use super::failure::journal_failure;
use super::failure::{Kind, chain};
use super::place::Place;
use crate::generate::model::{PromptError, Templates};
use crate::generate::writer::{Writer, WriterError};
use crate::model::config::ConfigError;
use crate::model::transcript::TranscriptError;
use crate::model::{Budget, Desk, DeskError, Exceeded, Model, Models, Named, Spend, Transcript, Unusable};
use crate::nest::Proposer;
use crate::task::Task;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The models that a new run asks.
pub(super) struct Choice {
    /// Where they are described.
    pub(super) file: PathBuf,
    models: Vec<Model>,
}

impl Choice {
    /// Those that were named; none: `mutate` proposes. Nothing is spent here, but everything that could be missing
    /// is looked for: file, names, keys, the task's templates.
    pub(super) fn of(args: &ImproveArgs, place: &Place, task: &Task) -> Result<Option<Self>, Failure> {
        if args.model.is_empty() {
            return match (&args.budget.models, args.budget.budget(Budget::default())) {
                (None, budget) if budget == Budget::default() => Ok(None),
                _ => Err(Failure::says(
                    "--models, --calls, --tokens and --cost are for runs that ask models: name one with --model",
                )),
            };
        }
        let file = std::path::absolute(args.budget.models.clone().unwrap_or_else(|| place.models.clone()))
            .map_err(Failure::machine)?;
        let models = named(&file, args.model.iter().map(String::as_str))?;
        for (at, model) in models.iter().enumerate() {
            if models[..at].iter().any(|other| other.name == model.name) {
                return Err(Failure::says(format!("--model {} is said twice", model.name)));
            }
            let read = model.key.read();
            read.map_err(|source| unusable(Unusable::Key { model: model.name.clone(), source }))?;
        }
        let nested = task.nested.iter().flat_map(|nested| &nested.tasks);
        for task in std::iter::once(task).chain(nested) {
            Templates::of(task).map_err(prompt)?;
        }
        Ok(Some(Self { file, models }))
    }

    /// What the run's first event says of them.
    pub(super) fn named(&self) -> Vec<Named> {
        self.models.iter().map(Model::named).collect()
    }

    /// Ready to be asked, with the transcript in a run's folder.
    pub(super) fn ready(self, budget: Budget, folder: &Path) -> Result<Arc<Writer>, Failure> {
        let named = self.named();
        live(self.models, named, budget, folder)
    }
}

/// The writer of a run that goes on; none where no model is asked.
pub(super) fn again(
    named: &[Named],
    file: Option<&Path>,
    budget: Budget,
    folder: &Path,
    place: &Place,
) -> Result<Option<Arc<Writer>>, Failure> {
    if named.is_empty() {
        return Ok(None);
    }
    let file = file.unwrap_or(&place.models);
    let models = self::named(file, named.iter().map(|model| model.name.as_str()))?;
    for (now, then) in models.iter().zip(named) {
        if now.id != then.id {
            return Err(Failure::says(format!(
                "model `{}` is `{}` in {}, and was `{}` when the run began: another model is another run; put it back, or start a new run",
                now.name,
                now.id,
                file.display(),
                then.id
            )));
        }
    }
    live(models, named.to_vec(), budget, folder).map(Some)
}

/// The writer of a run that is done again: it has what was said then, and nobody to ask.
pub(super) fn replaying(named: &[Named], folder: &Path) -> Result<Option<Arc<Writer>>, Failure> {
    if named.is_empty() {
        return Ok(None);
    }
    let recorded = Transcript::read(folder).map_err(|error| failure(WriterError::Desk(error.into())))?;
    Ok(Some(Arc::new(Writer::new(Desk::replaying(recorded), named.to_vec()))))
}

/// Who proposes where this writer writes.
pub(super) fn proposer(writer: Option<&Arc<Writer>>) -> Proposer {
    writer.map_or(Proposer::Mutate, |writer| Proposer::Model(writer.clone()))
}

fn live(
    models: Vec<Model>,
    named: Vec<Named>,
    budget: Budget,
    folder: &Path,
) -> Result<Arc<Writer>, Failure> {
    let transcript = Transcript::open(folder).map_err(|error| failure(WriterError::Desk(error.into())))?;
    let desk = Desk::live(models, budget, transcript).map_err(unusable)?;
    Ok(Arc::new(Writer::new(desk, named)))
}

pub(super) fn named<'a>(file: &Path, names: impl Iterator<Item = &'a str>) -> Result<Vec<Model>, Failure> {
    let wrong = |error: ConfigError| Failure::says(chain(&error));
    let models = Models::read(file).map_err(wrong)?;
    names.map(|name| models.get(name).cloned().map_err(wrong)).collect()
}

impl BudgetArgs {
    /// What is allowed, where `before` was.
    pub(super) fn budget(&self, before: Budget) -> Budget {
        Budget {
            calls: self.calls.or(before.calls),
            tokens: self.tokens.or(before.tokens),
            micro_dollars: self.cost.map(|cost| cost.0).or(before.micro_dollars),
        }
    }
}

/// Dollars on the command line, as millionths.
#[derive(Clone, Copy, Debug)]
pub struct Dollars(u64);

impl std::str::FromStr for Dollars {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let dollars: f64 = text.parse().map_err(|_| "not a number of US dollars, e.g. 0.50")?;
        // Nobody means less than was said: what is beyond a millionth is cut off.
        if (0.0..=1e9).contains(&dollars) {
            Ok(Self((dollars * 1e6 + 1e-3).floor() as u64))
        } else {
            Err("a cost is 0 to 1000000000 US dollars")
        }
    }
}

/// What to do when the budget is spent.
pub(super) fn spent_words(run: &str, spent: Spend, exceeded: Exceeded) -> String {
    format!(
        "run {run}: out of budget: {exceeded}\nspent so far: {spent}; everything is kept, and what was answered costs nothing again\n         go on with a larger budget: assay resume {run} --calls N, --tokens N or --cost DOLLARS (in all, not on top)\n         or judge what was found so far: assay resume {run} --finish"
    )
}

/// Nobody could be asked: whose turn it is, and what to do. Whatever it was, the run can go on.
pub(super) fn failure(error: WriterError) -> Failure {
    match error {
        WriterError::Prompt(error) => prompt(error),
        WriterError::Desk(DeskError::Unusable(error)) => unusable(error),
        WriterError::Desk(DeskError::Transcript(TranscriptError::Journal(error))) => journal_failure(error),
        WriterError::Desk(error) => Failure::says(chain(&error)),
    }
}

fn prompt(error: PromptError) -> Failure {
    Failure::says(chain(&error))
}

pub(super) fn unusable(error: Unusable) -> Failure {
    let kind = match &error {
        Unusable::Unreachable { .. } => Kind::Machine,
        _ => Kind::Input,
    };
    let words = chain(&error);
    Failure {
        kind,
        report: miette::Report::msg(format!(
            "{words}. Everything so far is kept; then go on with `assay resume`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_to_the_millionth() {
        for (text, micros) in
            [("1", 1_000_000), ("0.1", 100_000), ("0.000001", 1), ("0.29", 290_000), ("0", 0)]
        {
            assert_eq!(text.parse::<Dollars>().unwrap().0, micros, "{text}");
        }
        for text in ["", "-1", "nan", "inf", "1e10", "$1"] {
            assert!(text.parse::<Dollars>().is_err(), "{text}");
        }
    }
}
