//! Cases in JSON lines: one JSON value a line.
//!
//! A task with its own evaluator gets each line handed over as it stands, only without the blanks
//! between its tokens (so numbers keep every digit and keys their order). Under the built-in evaluator
//! of expectations a line is `{"id"?, "input", "expected"}`, and what the evaluator is handed adds the mode and tolerance,
//! so that a case text says by itself how it is judged. Agents are handed text: an `input` that is
//! another JSON value becomes its compact text.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::definition::{Evaluator, Mode};
use super::error::TaskError;
use super::form::Document;

/// One case and where it stands.
pub(super) struct Case {
    /// What the evaluator is handed.
    pub(super) text: String,
    /// What the candidate is asked: two cases with one question are the same to it.
    pub(super) question: String,
    /// Its bytes in the document.
    pub(super) span: Range<usize>,
}

const FORM: &str = r#"a case is one line such as {"input": "3 May 2024", "expected": "2024-05-03"}"#;

/// All cases of `document`, one JSON value a line; blank lines are skipped. At least one.
pub(super) fn read_lines(document: &Document, evaluator: &Evaluator) -> Result<Vec<Case>, TaskError> {
    let read = |(start, json): (usize, &str)| read_one(document, start, json, evaluator);
    let cases = lines(&document.text).map(read).collect::<Result<Vec<_>, _>>()?;
    if cases.is_empty() {
        return Err(complaint(document, 0..0, "there is no case in this file"));
    }
    Ok(cases)
}

/// The lines of `text` that are not blank, without blanks at their ends, and where each begins.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    let lines = text.split_inclusive('\n').map(move |line| {
        let start = offset + line.len() - line.trim_start().len();
        offset += line.len();
        (start, line.trim())
    });
    lines.filter(|(_, line)| !line.is_empty())
}

/// The case that stands in `document` at `start` as `json`.
pub(super) fn read_one(
    document: &Document,
    start: usize,
    json: &str,
    evaluator: &Evaluator,
) -> Result<Case, TaskError> {
    let span = start..start + json.len();
    let broken = |error: serde_json::Error| {
        // One line is parsed at a time, so serde_json's column is the whole position.
        let column = start + error.column().clamp(1, json.len()) - 1;
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        complaint(document, column..column + 1, message)
    };
    match evaluator {
        Evaluator::Own(_) => {
            serde_json::from_str::<IgnoredAny>(json).map_err(broken)?;
            let text = compact(json);
            Ok(Case { question: text.clone(), text, span })
        }
        Evaluator::Expectations { mode, tolerance } => {
            let expectation: Expectation = serde_json::from_str(json).map_err(broken)?;
            expectation
                .case(*mode, *tolerance, span.clone())
                .map_err(|problem| complaint(document, span, problem))
        }
    }
}

/// A case that stands in `task.toml` itself, as the string at `span`: verbatim for a task's own evaluator, which may
/// read any text, else as a line of a file would.
pub(super) fn read_inline(
    document: &Document,
    span: Range<usize>,
    text: &str,
    evaluator: &Evaluator,
) -> Result<Case, TaskError> {
    match evaluator {
        Evaluator::Own(_) => Ok(Case { text: text.to_owned(), question: text.to_owned(), span }),
        Evaluator::Expectations { mode, tolerance } => serde_json::from_str::<Expectation>(text)
            .map_err(|error| error.to_string())
            .and_then(|expectation| expectation.case(*mode, *tolerance, span.clone()))
            .map_err(|problem| complaint(document, span, problem)),
    }
}

/// What a case that is handed over as `text` asks: under declared expectations their input, else all of it.
pub(super) fn question(text: &str, evaluator: &Evaluator) -> String {
    #[derive(Deserialize)]
    struct Asked {
        input: String,
    }
    match evaluator {
        Evaluator::Own(_) => text.to_owned(),
        Evaluator::Expectations { .. } => {
            serde_json::from_str::<Asked>(text).map_or_else(|_| text.to_owned(), |asked| asked.input)
        }
    }
}

/// Refuse a holdout case that asks what a train case asks: it would measure memory.
pub(super) fn keep_apart(train: &[Case], document: &Document, holdout: &[Case]) -> Result<(), TaskError> {
    let asked: BTreeMap<&str, usize> =
        train.iter().enumerate().rev().map(|(index, case)| (case.question.as_str(), index + 1)).collect();
    match holdout.iter().find_map(|case| asked.get(case.question.as_str()).map(|index| (case, index))) {
        None => Ok(()),
        Some((case, index)) => Err(TaskError::Case {
            at: document.place(case.span.clone()),
            problem: format!("this holdout case asks the same as train case {index}"),
            help: "a holdout measures what candidates have never seen: take the case out of one of the two"
                .into(),
        }),
    }
}

pub(super) fn complaint(document: &Document, span: Range<usize>, problem: impl Into<String>) -> TaskError {
    TaskError::Case { at: document.place(span), problem: problem.into(), help: FORM.to_owned() }
}

/// A declared expectation, as an author writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `input` and `expected`")]
struct Expectation {
    id: Option<String>,
    input: Value,
    expected: Value,
}

/// The same, as the built-in evaluator is handed it.
#[derive(Serialize)]
struct Declared {
    mode: &'static str,
    tolerance: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    input: String,
    expected: Value,
}

impl Expectation {
    fn case(self, mode: Mode, tolerance: f64, span: Range<usize>) -> Result<Case, String> {
        match mode {
            Mode::Exact if !self.expected.is_string() => {
                return Err("`expected` should be a string, because evaluator.mode is \"exact\"".into());
            }
            Mode::Numeric if !self.expected.is_number() => {
                return Err("`expected` should be a number, because evaluator.mode is \"numeric\"".into());
            }
            _ => {}
        }
        let input = match self.input {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let declared = Declared { mode: mode.word(), tolerance, id: self.id, input, expected: self.expected };
        let text = serde_json::to_string(&declared).map_err(|error| error.to_string())?;
        Ok(Case { text, question: declared.input, span })
    }
}

/// Valid JSON without the blanks between its tokens.
pub(super) fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character == '"' {
            in_string = true;
        } else if character.is_ascii_whitespace() {
            continue;
        }
        compact.push(character);
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::super::definition::Source;
    use super::*;

    fn own() -> Evaluator {
        Evaluator::Own(Source { name: "evaluator.rs".into(), text: String::new() })
    }

    fn read(text: &str, evaluator: &Evaluator) -> Result<Vec<String>, String> {
        let document = Document { file: "cases.jsonl".into(), text: text.into() };
        read_lines(&document, evaluator)
            .map(|cases| cases.into_iter().map(|case| case.text).collect())
            .map_err(|error| error.to_string())
    }

    fn expectations(mode: Mode) -> Evaluator {
        Evaluator::Expectations { mode, tolerance: if mode == Mode::Numeric { 1e-9 } else { 0.0 } }
    }

    #[test]
    fn an_own_evaluators_line_is_handed_over_as_it_stands_without_blanks() {
        let text = "  {\"b\" : 1.50, \"a b\" :\t\"x \\\" y\\\\\" , \"n\": 123456789012345678901234567890 }  \r\n\n[ 1 , 2 ]";
        let cases = read(text, &own()).unwrap();
        assert_eq!(cases, [r#"{"b":1.50,"a b":"x \" y\\","n":123456789012345678901234567890}"#, "[1,2]"]);
    }

    #[test]
    fn an_expectation_says_how_it_is_judged() {
        let cases =
            read("{\"expected\": \"b\", \"input\": \"a\", \"id\": \"1\"}", &expectations(Mode::Exact))
                .unwrap();
        assert_eq!(cases, [r#"{"mode":"exact","tolerance":0.0,"id":"1","input":"a","expected":"b"}"#]);
        let cases =
            read(r#"{"input": {"x": [1, 2]}, "expected": 2.5}"#, &expectations(Mode::Numeric)).unwrap();
        assert_eq!(cases, [r#"{"mode":"numeric","tolerance":1e-9,"input":"{\"x\":[1,2]}","expected":2.5}"#]);
        let cases = read(r#"{"input": "", "expected": null}"#, &expectations(Mode::Json)).unwrap();
        assert_eq!(cases, [r#"{"mode":"json","tolerance":0.0,"input":"","expected":null}"#]);
    }

    #[test]
    fn a_bad_line_gives_its_number_and_column() {
        let exact = expectations(Mode::Exact);
        let good = "{\"input\": \"é\", \"expected\": \"b\"}\n";
        for (line, message) in [
            ("{\"input\": \"é\" \"expected\": 1}", "cases.jsonl:3:15: expected `,` or `}`"),
            (
                "  {\"input\": \"a\", \"expect\": 1}",
                "unknown field `expect`, expected one of `id`, `input`, `expected`",
            ),
            ("{\"input\": \"a\"}", "cases.jsonl:3:14: missing field `expected`"),
            ("\"input\"", "invalid type: string \"input\", expected an object with `input` and `expected`"),
            ("{\"input\": \"a\", \"input\": \"a\", \"expected\": \"b\"}", "duplicate field `input`"),
            ("{\"input\": \"a\", \"expected\": \"b\"", "EOF while parsing an object"),
            (
                "{\"input\": \"a\", \"expected\": 7}",
                "`expected` should be a string, because evaluator.mode is",
            ),
            ("{\"input\": \"a\", \"expected\": \"b\"} {", "trailing characters"),
        ] {
            let error = read(&format!("{good}\n{line}\n"), &exact).unwrap_err();
            assert!(error.starts_with("cases.jsonl:3:") && error.contains(message), "{line}: {error}");
        }
        let error =
            read("{\"input\": \"a\", \"expected\": \"1\"}", &expectations(Mode::Numeric)).unwrap_err();
        assert!(error.contains("`expected` should be a number"), "{error}");
        assert_eq!(read("1\n{]", &own()).unwrap_err(), "cases.jsonl:2:2: key must be a string");
    }

    #[test]
    fn no_cases_at_all_are_an_error() {
        assert_eq!(read(" \n\n", &own()).unwrap_err(), "cases.jsonl:1:1: there is no case in this file");
    }

    #[test]
    fn deep_nesting_is_refused_or_passed_on_but_never_overflows_the_stack() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(read(&deep, &own()).unwrap(), [deep.as_str()]);
        let error =
            read(&format!("{{\"input\": {deep}, \"expected\": 1}}"), &expectations(Mode::Json)).unwrap_err();
        assert!(error.contains("recursion limit exceeded"), "{error}");
    }
}
