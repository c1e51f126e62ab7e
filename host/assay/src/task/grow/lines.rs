//! A file of cases that takes in one more: which line stands for it, and what it must not repeat or contradict.

use super::super::cases::{self, Case};
use super::super::definition::{Cases, Evaluator, Mode, Task};
use super::super::form::Document;
use super::super::pool;
use super::super::suggest::shown;
use super::{Addition, Conflicting, GrowError, MOST_BYTES, Target, pool_of};
use serde_json::Value;
use std::path::Path;

/// A file of cases, and what else the task asks.
pub(super) struct Lines<'a> {
    document: Document,
    pub(super) text: String,
    cases: Vec<Case>,
    pooled: bool,
    task: &'a Task,
}

impl<'a> Lines<'a> {
    pub(super) fn of(
        dir: &Path,
        file: &str,
        text: &str,
        target: &Target,
        task: &'a Task,
    ) -> Result<Self, GrowError> {
        if file.is_empty() {
            return Err(GrowError::Place(
                "this class's cases stand in task.toml itself: add to its list `cases` there, and see `assay check`".into(),
            ));
        }
        let document = Document { file: dir.join(file).display().to_string(), text: text.into() };
        let cases = match (target.file.is_some(), target.pooled) {
            (false, _) => Vec::new(),
            (true, true) => pool::read(&document, &task.evaluator)?,
            (true, false) => cases::read_lines(&document, &task.evaluator)?,
        };
        Ok(Self { document, text: text.to_owned(), cases, pooled: target.pooled, task })
    }

    /// Take one case in; its text.
    pub(super) fn take(
        &mut self,
        addition: &Addition,
        conflicting: Conflicting,
        replaced: &mut Vec<String>,
    ) -> Result<String, GrowError> {
        let line = self.line(addition)?;
        if line.len() > MOST_BYTES {
            let problem = format!("the case has {} bytes, and at most {MOST_BYTES} are added", line.len());
            return Err(GrowError::Unfit(problem));
        }
        let evaluator = &self.task.evaluator;
        let place = Document { file: "the case that was given".into(), text: line.as_str().into() };
        let case = match self.pooled {
            true => pool::read(&place, evaluator)?.pop(),
            false => cases::read_lines(&place, evaluator)?.pop(),
        };
        let case = case.ok_or_else(|| GrowError::Unfit("there is no case".into()))?;
        let sealed = match &self.task.cases {
            Cases::Fixed { holdout, .. } => holdout.as_slice(),
            Cases::Drawn(_) => &[],
        };
        if sealed.iter().any(|text| cases::question(text, evaluator) == case.question) {
            return Err(GrowError::Sealed);
        }
        self.elsewhere(&case)?;
        let same: Vec<&Case> = self.cases.iter().filter(|there| there.question == case.question).collect();
        if let Some(there) = same.iter().find(|there| expects(there) == expects(&case)) {
            let place = self.place(there);
            return Err(GrowError::Duplicate { case: shown(&there.question), place });
        }
        if let Some(there) = same.first() {
            if conflicting == Conflicting::Refuse {
                return Err(GrowError::Contradiction {
                    input: shown(&case.question),
                    there: shown(&expects(there)),
                    place: self.place(there),
                    given: shown(&expects(&case)),
                });
            }
            replaced.extend(same.iter().map(|there| there.text.clone()));
            self.replace(&case.question, &line)?;
        } else {
            if !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push('\n');
            }
            self.text.push_str(&line);
            self.text.push('\n');
            self.read_again()?;
        }
        Ok(case.text)
    }

    /// The line that stands for an addition.
    fn line(&self, addition: &Addition) -> Result<String, GrowError> {
        match (addition, &self.task.evaluator) {
            (Addition::Expectation { input, expected }, Evaluator::Expectations { mode, .. }) => {
                let expected = match mode {
                    Mode::Exact => Value::from(expected.as_str()),
                    Mode::Json | Mode::Numeric => serde_json::from_str(expected.trim()).map_err(|error| {
                        let mode = mode.word();
                        GrowError::Unfit(format!(
                            "what is expected should be JSON, because evaluator.mode is \"{mode}\": `{}` is not ({error})",
                            shown(expected)
                        ))
                    })?,
                };
                // By hand, so that a person finds the input first.
                Ok(format!("{{\"input\":{},\"expected\":{expected}}}", Value::from(input.as_str())))
            }
            (Addition::Text(text), evaluator) if self.pooled => Ok(pool::line(text, evaluator)),
            (Addition::Text(text), Evaluator::Own(_)) => {
                let broken = |error| GrowError::Unfit(format!("a case of this task is one JSON value: {error}"));
                serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(broken)?;
                Ok(cases::compact(text))
            }
            (Addition::Expectation { .. }, Evaluator::Own(_)) => Err(GrowError::Unfit(
                "this task has an evaluator of its own: give --case FILE, a case as that evaluator is handed it".into(),
            )),
            (Addition::Text(_), Evaluator::Expectations { .. }) => Err(GrowError::Unfit(
                "this task is judged by declared expectations: give --input and --expected, or files of them".into(),
            )),
        }
    }

    /// Whether a pool that all classes share has the case already.
    fn elsewhere(&self, case: &Case) -> Result<(), GrowError> {
        let shared = if self.pooled { pool_of(self.task) } else { &[] };
        let own = |text: &String| self.cases.iter().any(|case| case.text == *text);
        match shared.contains(&case.text) && !own(&case.text) {
            true => {
                Err(GrowError::Duplicate { case: shown(&case.text), place: "the pool of all classes".into() })
            }
            false => Ok(()),
        }
    }

    /// Put `line` where the first case that asks `question` is; the others that ask it go.
    fn replace(&mut self, question: &str, line: &str) -> Result<(), GrowError> {
        let mut spans =
            self.cases.iter().filter(|there| there.question == question).map(|there| there.span.clone());
        let first = spans.next().unwrap_or(0..0);
        let rest: Vec<_> = spans.collect();
        // From the end, so that what comes before keeps its place. A line that is emptied is skipped by whoever reads.
        for span in rest.into_iter().rev() {
            self.text.replace_range(span, "");
        }
        self.text.replace_range(first, line);
        self.read_again()
    }

    fn read_again(&mut self) -> Result<(), GrowError> {
        self.document.text = self.text.as_str().into();
        self.cases = match self.pooled {
            true => pool::read(&self.document, &self.task.evaluator)?,
            false => cases::read_lines(&self.document, &self.task.evaluator)?,
        };
        Ok(())
    }

    fn place(&self, case: &Case) -> String {
        self.document.place(case.span.clone()).to_string()
    }
}

/// What a case expects; under an evaluator of the task's own, the case is all there is to say.
fn expects(case: &Case) -> String {
    let declared: Option<Value> = serde_json::from_str(&case.text).ok();
    match declared.as_ref().and_then(|declared| declared.get("expected")) {
        Some(expected) if case.question != case.text => expected.to_string(),
        _ => case.text.clone(),
    }
}
