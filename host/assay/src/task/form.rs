//! Reading `task.toml` key by key, so that every complaint can point at its line.
//!
//! serde would read the file in one go but speak of Rust types, stop at the first unknown field without
//! a place for a missing one, and lose the order of sections. This walks the parsed document instead: a
//! [`Section`] is a table whose keys have been checked against the known ones, an [`Entry`] one value in it.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Place, TaskError};
use super::suggest::{instead, shown};

/// A text with the name under which errors speak of it.
pub(super) struct Document {
    pub(super) file: String,
    pub(super) text: Arc<str>,
}

impl Document {
    /// The place of the bytes `span`.
    pub(super) fn place(&self, span: Range<usize>) -> Box<Place> {
        Place::new(&self.file, &self.text, span)
    }

    /// Parse the document as TOML.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'_>>, TaskError> {
        DeTable::parse(&self.text).map_err(|error| TaskError::Syntax {
            at: self.place(error.span().unwrap_or(0..0)),
            message: error.message().replace('\n', ", "),
        })
    }
}

/// A table of the document.
#[derive(Clone)]
pub(super) struct Section<'a> {
    document: &'a Document,
    /// Dotted path of the table, empty for the document itself.
    path: String,
    /// Its header, where a missing key is reported.
    span: Range<usize>,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    /// The document itself, which has the sections `known`.
    pub(super) fn root(
        document: &'a Document,
        table: &'a DeTable<'a>,
        known: &[&str],
    ) -> Result<Self, TaskError> {
        Self { document, path: String::new(), span: 0..0, table }.only(known)
    }

    /// Refuse keys other than `known`. Of several unknown ones, the first in the file.
    pub(super) fn only(self, known: &[&str]) -> Result<Self, TaskError> {
        match self.entries().into_iter().find(|(key, _)| !known.contains(key)) {
            None => Ok(self),
            Some((key, entry)) => Err(TaskError::UnknownKey {
                at: self.document.place(entry.key_span),
                key: shown(key),
                section: self.title(),
                help: instead(key, known.iter().copied()),
            }),
        }
    }

    /// The value of `key`, if it is there.
    pub(super) fn entry(&self, key: &str) -> Option<Entry<'a>> {
        self.table.get_key_value(key).map(|(key, value)| self.make_entry(key, value))
    }

    /// The value of `key`, which every task needs; `help` shows one.
    pub(super) fn required(&self, key: &str, help: &str) -> Result<Entry<'a>, TaskError> {
        self.entry(key).ok_or_else(|| self.missing(key, &format!("write {help}")))
    }

    /// The complaint that `key` is missing.
    pub(super) fn missing(&self, key: &str, help: &str) -> TaskError {
        TaskError::MissingKey {
            at: self.document.place(self.span.clone()),
            section: self.title(),
            key: key.to_owned(),
            help: help.to_owned(),
        }
    }

    /// All keys and values in the order of the file.
    pub(super) fn entries(&self) -> Vec<(&'a str, Entry<'a>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), self.make_entry(key, value)))
            .collect();
        entries.sort_by_key(|(_, entry)| entry.key_span.start);
        entries
    }

    /// The complaint that this section can't stand here.
    pub(super) fn conflict(&self, problem: impl Into<String>, help: impl Into<String>) -> TaskError {
        let at = self.document.place(self.span.clone());
        TaskError::Conflict { at, problem: problem.into(), help: help.into() }
    }

    fn title(&self) -> String {
        if self.path.is_empty() { "the task".to_owned() } else { format!("[{}]", self.path) }
    }

    fn make_entry(
        &self,
        key: &'a Spanned<std::borrow::Cow<'a, str>>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Entry<'a> {
        let word = shown(key.get_ref());
        Entry {
            document: self.document,
            path: if self.path.is_empty() { word } else { format!("{}.{word}", self.path) },
            key_span: key.span(),
            span: value.span(),
            value: value.get_ref(),
        }
    }
}

/// One value with its key.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub(super) document: &'a Document,
    /// The full key, e.g. `score.direction`.
    pub(super) path: String,
    pub(super) key_span: Range<usize>,
    pub(super) span: Range<usize>,
    value: &'a DeValue<'a>,
}

impl<'a> Entry<'a> {
    /// The value as a table.
    pub(super) fn section(&self) -> Result<Section<'a>, TaskError> {
        let table = self.value.as_table().ok_or_else(|| self.wrong_type("a section"))?;
        // Complaints about the section as a whole point at its name, not at its body.
        Ok(Section { document: self.document, path: self.path.clone(), span: self.key_span.clone(), table })
    }

    /// The value as a string.
    pub(super) fn text(&self) -> Result<&'a str, TaskError> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// The value as one of `words`, e.g. `["minimize", "maximize"]`: its position.
    pub(super) fn word(&self, words: &[&str]) -> Result<usize, TaskError> {
        let text = self.text()?;
        words.iter().position(|word| *word == text).ok_or_else(|| {
            self.bad(
                format!("is `{}`, which means nothing here", shown(text)),
                instead(text, words.iter().copied()),
            )
        })
    }

    /// The value as true or false.
    pub(super) fn boolean(&self) -> Result<bool, TaskError> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("true or false"))
    }

    /// The value as a whole number in `range`.
    pub(super) fn whole(&self, range: Range<u64>) -> Result<u64, TaskError> {
        let integer = self.value.as_integer().ok_or_else(|| self.wrong_type("a whole number"))?;
        u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let last = range.end - 1;
                self.bad("is out of range", format!("write a whole number from {} to {last}", range.start))
            })
    }

    /// The value as a finite number for which `fits` holds; `range` says so in words.
    pub(super) fn number(&self, fits: impl Fn(f64) -> bool, range: &str) -> Result<f64, TaskError> {
        let number = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse::<f64>(),
            DeValue::Float(float) => float.as_str().parse::<f64>(),
            _ => return Err(self.wrong_type("a number")),
        };
        let fitting = number.ok().filter(|number| number.is_finite() && fits(*number));
        fitting.ok_or_else(|| self.bad("is out of range", format!("write a number {range}")))
    }

    /// The value as a list, each item with its own place.
    pub(super) fn list(&self) -> Result<Vec<Entry<'a>>, TaskError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong_type("a list"))?;
        Ok(items
            .iter()
            .map(|item| Entry { span: item.span(), value: item.get_ref(), ..self.clone() })
            .collect())
    }

    /// The value as JSON. Dates have no JSON form, nor have infinity and NaN.
    pub(super) fn json(&self) -> Result<Value, TaskError> {
        Ok(match self.value {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(truth) => Value::from(*truth),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(number) => Value::from(number),
                Err(_) => return Err(self.bad("is out of range", "whole numbers have 64 bits")),
            },
            DeValue::Float(_) => Value::from(self.number(|_| true, "that is finite")?),
            DeValue::Array(_) => self.list()?.iter().map(Entry::json).collect::<Result<_, _>>()?,
            DeValue::Table(_) => {
                let entries = self.section()?.entries();
                // Sorted by key, so that the text is canonical whichever map serde_json was built with.
                let sorted: std::collections::BTreeMap<_, _> = entries.into_iter().collect();
                let pairs = sorted.into_iter().map(|(key, entry)| Ok((key.to_owned(), entry.json()?)));
                Value::Object(pairs.collect::<Result<_, TaskError>>()?)
            }
            DeValue::Datetime(_) => {
                return Err(self.bad("is a date, which JSON has not", "write it as a string"));
            }
        })
    }

    /// The complaint that the value can't be used: `problem` reads after the key.
    pub(super) fn bad(&self, problem: impl Into<String>, help: impl Into<String>) -> TaskError {
        TaskError::BadValue {
            at: self.document.place(self.span.clone()),
            key: self.path.clone(),
            problem: problem.into(),
            help: help.into(),
        }
    }

    /// The complaint that the key can't stand here.
    pub(super) fn conflict(&self, problem: impl Into<String>, help: impl Into<String>) -> TaskError {
        let at = self.document.place(self.key_span.clone());
        TaskError::Conflict { at, problem: problem.into(), help: help.into() }
    }

    fn wrong_type(&self, expected: &'static str) -> TaskError {
        let found = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        let at = self.document.place(self.span.clone());
        TaskError::WrongType { at, key: self.path.clone(), expected, found }
    }
}
