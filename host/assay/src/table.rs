//! A table of what was recorded beside what came out again.
//!
//! Whoever does something a second time (a replay, a re-execution) wants to know for each figure whether it is the same
//! to the last bit. Values are compared as the JSON that they are stored as: a number has one shortest form, so equal
//! text is equal bits.

use serde::Serialize;
use serde_json::Value;

/// How one thing compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// To the last bit.
    Equal,
    /// It is not what was recorded.
    Differs,
    /// It could not be compared; the note says why.
    NotCompared,
}

impl Outcome {
    /// As it stands in a report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Differs => "DIFFERS",
            Self::NotCompared => "not compared",
        }
    }
}

/// One thing that was compared, or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What it is.
    pub what: String,
    /// How it compares.
    pub outcome: Outcome,
    /// What was written down.
    pub recorded: Value,
    /// What came out again.
    pub found: Value,
    /// What a reader has to know beside it.
    pub note: Option<String>,
}

/// All that was compared, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Table {
    /// A row each.
    pub rows: Vec<Row>,
}

/// The longest value that is shown whole to a person.
const SHOWN: usize = 96;

impl Table {
    /// Compare two values; whether they are the same.
    pub fn same(&mut self, what: impl Into<String>, recorded: impl Serialize, found: impl Serialize) -> bool {
        // What has no JSON form (none of what is compared here) is null, and said to differ.
        let [recorded, found] = [serde_json::to_value(recorded), serde_json::to_value(found)];
        let equal = match (&recorded, &found) {
            (Ok(recorded), Ok(found)) => same_bits(recorded, found),
            _ => false,
        };
        let outcome = if equal { Outcome::Equal } else { Outcome::Differs };
        let [recorded, found] = [recorded, found].map(Result::unwrap_or_default);
        self.rows.push(Row { what: what.into(), outcome, recorded, found, note: None });
        equal
    }

    /// As [`Table::same`], with words for where they are not.
    pub fn same_or(
        &mut self,
        what: impl Into<String>,
        recorded: impl Serialize,
        found: impl Serialize,
        words: &str,
    ) -> bool {
        let equal = self.same(what, recorded, found);
        if let Some(row) = self.rows.last_mut().filter(|_| !equal) {
            row.note = Some(words.to_owned());
        }
        equal
    }

    /// What was recorded can't be so.
    pub fn wrong(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.push(what.into(), Outcome::Differs, why.into());
    }

    /// What can't be compared, and why.
    pub fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.push(what.into(), Outcome::NotCompared, why.into());
    }

    fn push(&mut self, what: String, outcome: Outcome, note: String) {
        let row = Row { what, outcome, recorded: Value::Null, found: Value::Null, note: Some(note) };
        self.rows.push(row);
    }

    /// Nothing differs.
    pub fn equal(&self) -> bool {
        self.rows.iter().all(|row| row.outcome != Outcome::Differs)
    }

    /// Everything was compared.
    pub fn complete(&self) -> bool {
        self.rows.iter().all(|row| row.outcome != Outcome::NotCompared)
    }

    /// For a person. What stands in it may be anybody's words: escape before showing.
    pub fn words(&self) -> String {
        let wide = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for Row { what, outcome, recorded, found, note } in &self.rows {
            let pad = " ".repeat(wide - what.chars().count().min(wide));
            let mut say = |line: String| text.push_str(&line);
            say(format!("  {:<12} {what}{pad}", outcome.word()));
            match outcome {
                Outcome::Equal => say(format!("  {}", short(recorded))),
                Outcome::Differs if *recorded != Value::Null || *found != Value::Null => {
                    say(format!("  recorded {}, here {}", short(recorded), short(found)));
                }
                _ => {}
            }
            if let Some(note) = note {
                say(format!("  {note}"));
            }
            say("\n".to_owned());
        }
        text
    }
}

/// Whether two values are the same to the last bit. As text: to a [`Value`], 0 and negative zero are equal.
pub fn same_bits(a: &Value, b: &Value) -> bool {
    let [a, b] = [a, b].map(Value::to_string);
    a == b
}

/// A value on one line.
fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_equal_to_the_last_bit_or_not_at_all() {
        let mut table = Table::default();
        assert!(table.same("score", 0.1 + 0.2, 0.300_000_000_000_000_04));
        assert!(table.equal() && table.complete());
        table.skip("holdout", "sealed");
        assert!(table.equal() && !table.complete());
        assert!(!table.same("score", 0.1 + 0.2, 0.3));
        assert!(!table.equal());
        let words = table.words();
        assert!(
            words.contains("DIFFERS") && words.contains("recorded 0.30000000000000004, here 0.3"),
            "{words}"
        );
        assert!(words.contains("not compared holdout  sealed"), "{words}");
    }
}
