//! The built-in evaluator: an agent's answer against a declared expectation.
//!
//! It judges agents of the general world on cases that a person writes down, so that a task needs no code
//! of its own. A case is one JSON object:
//! `{"id"?, "input", "expected", "mode": "exact" | "json" | "numeric", "tolerance"?}`; mode and tolerance come from the
//! task and are put in by the host, and the tolerance only matters where numbers are compared.
//!
//! - An `input` that is a string is handed over as it is, anything else as its JSON text.
//! - `exact`: the answer is the expected string, byte for byte (an `expected` that is no string: its
//!   JSON text).
//! - `json`: the answer, read as JSON, equals `expected`: keys in any order, 1 equal to 1.0. A string that is
//!   expected must be answered in quotes, as JSON has it.
//! - `numeric`: the answer, trimmed, is a finite number within `tolerance` (absolute, 0 if absent) of `expected`,
//!   a number or a string that holds one.
//!
//! Score 1 for a match, else 0. An agent that says `err` answered, and got it wrong.

use assay::*;

/// Characters of an expectation or an answer that notes show.
const SHOWN: usize = 100;

/// Judge the candidate on one expectation.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let case = Case::parse(&case).map_err(Fault::BadCase)?;
    let answer = run(&case.input);
    let (matched, got) = match &answer {
        Ok(text) => (case.expected.matches(text), short(text)),
        Err(why) => (false, format!("err {}", short(why))),
    };
    let verdict = if matched { "as expected" } else { "wrong" };
    let place = if case.id.is_empty() { String::new() } else { format!("{}: ", case.id) };
    let notes = format!("{place}{verdict}: expected {}, got {got}", case.expected.shown());
    Ok(Outcome { score: if matched { 1.0 } else { 0.0 }, metrics: Vec::new(), notes })
}

struct Case {
    id: String,
    input: String,
    expected: Expected,
}

enum Expected {
    Exact(String),
    Json(json::Value),
    Numeric { value: f64, tolerance: f64 },
}

impl Case {
    fn parse(text: &str) -> Result<Self, String> {
        let value = json::from_str(text).map_err(|error| format!("a case is a JSON object: {error}"))?;
        let json::Value::Object(mut fields) = value else {
            return Err("a case is a JSON object with `input` and `expected`".to_owned());
        };
        let mut take = |key: &str| fields.remove(key);
        let needs = |key: &str| format!("the case has no `{key}`");
        let id = match take("id") {
            None => String::new(),
            Some(json::Value::String(id)) => id,
            Some(other) => other.to_string(),
        };
        let input = text_of(take("input").ok_or_else(|| needs("input"))?);
        let expected = take("expected").ok_or_else(|| needs("expected"))?;
        let mode = take("mode").ok_or_else(|| needs("mode"))?;
        let tolerance = take("tolerance");
        if let Some(key) = fields.keys().next() {
            return Err(format!(
                "a case has no field `{key}`; there are id, input, expected, mode, tolerance"
            ));
        }
        let expected = match mode.as_str() {
            Some("exact") => Expected::Exact(text_of(expected)),
            Some("json") => Expected::Json(expected),
            Some("numeric") => Expected::Numeric { value: number(&expected)?, tolerance: width(tolerance)? },
            _ => return Err(format!("`mode` must be \"exact\", \"json\" or \"numeric\", not {mode}")),
        };
        Ok(Self { id, input, expected })
    }
}

impl Expected {
    fn matches(&self, answer: &str) -> bool {
        match self {
            Self::Exact(text) => answer == text,
            Self::Json(value) => json::from_str(answer).is_ok_and(|answer| equal(&answer, value)),
            Self::Numeric { value, tolerance } => {
                finite(answer).is_some_and(|answer| (answer - value).abs() <= *tolerance)
            }
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Exact(text) => short(text),
            Self::Json(value) => cut(&value.to_string()),
            Self::Numeric { value, tolerance } if *tolerance > 0.0 => format!("{value} ± {tolerance}"),
            Self::Numeric { value, .. } => value.to_string(),
        }
    }
}

fn number(expected: &json::Value) -> Result<f64, String> {
    let value = match expected {
        json::Value::String(text) => finite(text),
        other => other.as_f64(),
    };
    value.ok_or_else(|| format!("`expected` must be a number in mode \"numeric\", not {expected}"))
}

fn width(tolerance: Option<json::Value>) -> Result<f64, String> {
    let Some(given) = tolerance else { return Ok(0.0) };
    let width = given.as_f64().filter(|width| *width >= 0.0);
    width.ok_or_else(|| format!("`tolerance` must be a number and not negative, not {given}"))
}

fn text_of(value: json::Value) -> String {
    match value {
        json::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Equal as JSON values; numbers by their value, however they are written.
fn equal(a: &json::Value, b: &json::Value) -> bool {
    match (a, b) {
        (json::Value::Number(a), json::Value::Number(b)) => {
            a == b || (!whole(a) || !whole(b)) && a.as_f64() == b.as_f64()
        }
        (json::Value::Array(a), json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (json::Value::Object(a), json::Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn whole(number: &json::Number) -> bool {
    number.is_i64() || number.is_u64()
}

/// In quotes, control characters escaped, cut to what notes show.
fn short(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let more = if head.len() < text.len() { "…" } else { "" };
    format!("{head:?}{more}")
}

fn cut(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let more = if head.len() < text.len() { "…" } else { "" };
    format!("{head}{more}")
}
