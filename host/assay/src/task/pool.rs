//! The pool: fixed cases that a task with a simulator also trains on.
//!
//! A simulator draws what its author thought of. What was really asked and came out wrong, and what a search found to be
//! hard, are cases too, so `[simulator] pool` (and a class's own) names a file of them. One case a line: a JSON string is
//! the text that the evaluator is handed, whatever is in it, for a simulator may draw any text; another JSON value is a case
//! as in a file of fixed cases. Nothing of the pool ever reaches a holdout, which is drawn.

use super::cases::{Case, compact, complaint, lines, read_one};
use super::definition::Evaluator;
use super::error::TaskError;
use super::form::Document;
use serde::de::IgnoredAny;

/// Most cases of one pool file: as many as may be drawn for training.
pub(super) const MOST: usize = 10_000;

/// All cases of `document`, in the order of the file; at least one.
pub(super) fn read(document: &Document, evaluator: &Evaluator) -> Result<Vec<Case>, TaskError> {
    let mut cases = Vec::new();
    for (start, json) in lines(&document.text) {
        if cases.len() == MOST {
            let problem = format!("this is the case after the {MOST}th, and a pool holds no more");
            return Err(complaint(document, start..start + json.len(), problem));
        }
        cases.push(one(document, start, json, evaluator)?);
    }
    if cases.is_empty() {
        return Err(complaint(document, 0..0, "there is no case in this file"));
    }
    Ok(cases)
}

fn one(document: &Document, start: usize, json: &str, evaluator: &Evaluator) -> Result<Case, TaskError> {
    if !json.starts_with('"') {
        return read_one(document, start, json, evaluator);
    }
    let span = start..start + json.len();
    match serde_json::from_str::<String>(json) {
        Ok(text) => Ok(Case { question: super::cases::question(&text, evaluator), text, span }),
        Err(error) => {
            let words = error.to_string();
            let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
            Err(complaint(document, span, format!("this string is not JSON: {words}")))
        }
    }
}

/// The line that stands for the case `text`: itself where the evaluator is the task's own and it is a JSON value on one line
/// without blanks, else a string.
pub(super) fn line(text: &str, evaluator: &Evaluator) -> String {
    let plain = matches!(evaluator, Evaluator::Own(_))
        && !text.starts_with('"')
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
        && compact(text) == text
        && text.trim() == text;
    // A string can't fail to serialise.
    if plain { text.to_owned() } else { serde_json::to_string(text).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::super::definition::{Mode, Source};
    use super::*;
    use proptest::prelude::*;

    fn own() -> Evaluator {
        Evaluator::Own(Source { name: "evaluator.rs".into(), text: String::new() })
    }

    fn texts(text: &str, evaluator: &Evaluator) -> Result<Vec<String>, String> {
        let document = Document { file: "pool.jsonl".into(), text: text.into() };
        let cases = read(&document, evaluator).map_err(|error| error.to_string())?;
        Ok(cases.into_iter().map(|case| case.text).collect())
    }

    #[test]
    fn a_string_is_the_text_that_it_stands_for_and_any_other_value_is_the_case_itself() {
        let text = "\"u500\\n150 3 2\\n42\\n\"\n\n {\"a\": 1}\n\"\\\"quoted\\\"\"\r\n";
        assert_eq!(texts(text, &own()).unwrap(), ["u500\n150 3 2\n42\n", "{\"a\":1}", "\"quoted\""]);
        let exact = Evaluator::Expectations { mode: Mode::Exact, tolerance: 0.0 };
        let declared = r#"{"mode":"exact","tolerance":0.0,"input":"a","expected":"b"}"#;
        assert_eq!(line(declared, &exact), serde_json::json!(declared).to_string());
        let text = format!("{{\"input\":\"a\",\"expected\":\"b\"}}\n{}", serde_json::json!(declared));
        assert_eq!(texts(&text, &exact).unwrap(), [declared, declared]);
    }

    #[test]
    fn what_is_no_case_is_refused_at_its_line() {
        for (text, message) in [
            ("", "pool.jsonl:1:1: there is no case"),
            ("1\n\"open", "pool.jsonl:2:1: this string is not JSON: EOF"),
            ("1\n\"a\" 2", "pool.jsonl:2:1: this string is not JSON: trailing characters"),
            ("1\nfree text", "pool.jsonl:2:2: expected ident"),
        ] {
            let error = texts(text, &own()).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
        let error = texts(&"1\n".repeat(MOST + 1), &own()).unwrap_err();
        assert!(error.starts_with("pool.jsonl:10001:1: this is the case after the 10000th"), "{error}");
    }

    proptest! {
        #[test]
        fn whatever_a_simulator_draws_comes_back_from_its_line(text in "\\PC*|[ \"\\\\a1{}\\[\\],:\n\r\t\u{0}\u{2028}]{0,24}") {
            let line = line(&text, &own());
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(texts(&line, &own()).unwrap(), [text]);
        }
    }
}
