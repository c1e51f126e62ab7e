//! Where a task's cases come from: given in `[cases]` or by a class, or drawn by a `[simulator]`; never both. Beside what it
//! draws, a simulator may have a pool of fixed cases to train on; a holdout is given or drawn whole.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cases::{Case, keep_apart, read_inline, read_lines};
use super::definition::{Cases, Evaluator, Judging, Simulator};
use super::error::TaskError;
use super::form::{Entry, Section};
use super::load::{Class, Loader};
use super::pool;

/// Most cases that may be drawn for training, exclusive.
const MOST_DRAWN: u64 = 10_001;

impl<'a> Loader<'a> {
    /// The cases of the chosen class, or of the task.
    pub(super) fn cases(
        &self,
        class: Option<&Class<'a>>,
        evaluator: &Evaluator,
        judging: &Judging,
    ) -> Result<Cases, TaskError> {
        let fixed = self.section("cases", &["train", "holdout"])?;
        let simulator = self.section("simulator", &["source", "train", "parameters", "pool"])?;
        let of_class = |key: &str| class.and_then(|class| class.section.entry(key));
        if let Some(simulator) = simulator {
            if fixed.is_some() {
                let help = "take away one of the two sections";
                return Err(
                    simulator.conflict("cases are either given in [cases] or drawn by a [simulator]", help)
                );
            }
            if let Some(cases) = of_class("cases") {
                let help = "take away the class's `cases`, or the [simulator]";
                return Err(cases.conflict("this task draws its cases, so a class can't give them", help));
            }
            if judging.exact {
                let problem = "exact judging proves a score over all inputs, so there is nothing to draw";
                return Err(simulator.conflict(problem, "take away [simulator], or judging.exact"));
            }
            return self.simulator(&simulator, class, evaluator).map(Cases::Drawn);
        }
        let for_a_simulator = ["train", "parameters", "pool"].into_iter().find_map(of_class);
        if let Some(entry) = for_a_simulator {
            let help = "take it away, or add a [simulator]";
            return Err(
                entry.conflict(format!("`{}` is for a simulator, which this task has not", entry.path), help)
            );
        }
        let inline = of_class("cases");
        self.fixed(fixed, inline, evaluator, judging)
    }

    fn fixed(
        &self,
        section: Option<Section<'a>>,
        inline: Option<Entry<'a>>,
        evaluator: &Evaluator,
        judging: &Judging,
    ) -> Result<Cases, TaskError> {
        let help = "add:\n[cases]\ntrain = \"cases.jsonl\"\nholdout = \"holdout.jsonl\"\nor a [simulator]";
        let no_cases = || self.root.missing("[cases]", help);
        let train = match (inline, &section) {
            (Some(list), _) => inline_cases(&list, evaluator)?,
            (None, Some(section)) => {
                let entry = section.required("train", "train = \"cases.jsonl\"")?;
                read_lines(&self.document(&entry)?, evaluator)?
            }
            (None, None) => return Err(no_cases()),
        };
        let holdout = match (section, judging.exact) {
            (Some(section), true) => {
                if let Some(entry) = section.entry("holdout") {
                    let problem = "exact judging proves a score over all inputs, so it has no holdout";
                    return Err(entry.conflict(problem, "take away `holdout`, or judging.exact"));
                }
                Vec::new()
            }
            (None, true) => Vec::new(),
            (None, false) => return Err(no_cases()),
            (Some(section), false) => {
                let entry = section
                    .required("holdout", "holdout = \"holdout.jsonl\", cases that only `promote` reads")?;
                let document = self.document(&entry)?;
                let holdout = read_lines(&document, evaluator)?;
                keep_apart(&train, &document, &holdout)?;
                holdout
            }
        };
        let texts = |cases: Vec<Case>| cases.into_iter().map(|case| case.text).collect();
        Ok(Cases::Fixed { train: texts(train), holdout: texts(holdout) })
    }

    fn simulator(
        &self,
        section: &Section<'a>,
        class: Option<&Class<'a>>,
        evaluator: &Evaluator,
    ) -> Result<Simulator, TaskError> {
        let of_class = |key: &str| class.and_then(|class| class.section.entry(key));
        let source = self.source(&section.required("source", "source = \"simulator.rs\"")?)?;
        let train = match of_class("train") {
            Some(train) => train,
            None => section.required("train", "train = 32, how many cases to draw for training")?,
        };
        let mut parameters = BTreeMap::new();
        for entry in section.entry("parameters").into_iter().chain(of_class("parameters")) {
            for (key, value) in entry.section()?.entries() {
                parameters.insert(key.to_owned(), value.json()?);
            }
        }
        let parameters = Value::Object(parameters.into_iter().collect()).to_string();
        // What every class trains on, then what this one does.
        let mut cases = Vec::new();
        for entry in section.entry("pool").into_iter().chain(of_class("pool")) {
            cases.extend(pool::read(&self.document(&entry)?, evaluator)?.into_iter().map(|case| case.text));
        }
        Ok(Simulator { source, train: train.whole(1..MOST_DRAWN)? as u32, parameters, pool: cases })
    }
}

fn inline_cases(list: &Entry<'_>, evaluator: &Evaluator) -> Result<Vec<Case>, TaskError> {
    let items = list.list()?;
    if items.is_empty() {
        return Err(list.bad("is empty", "give at least one case, e.g. cases = [\"4\"]"));
    }
    items.iter().map(|item| read_inline(item.document, item.span.clone(), item.text()?, evaluator)).collect()
}
