//! Two journals of what should be one run: where they part.
//!
//! A run is a function of its first event, so two honest journals of it are equal byte for byte. Where they are not, the
//! first event that differs tells what happened; all that follows it differs for that reason or none.

use super::event::Event;
use crate::table::same_bits;
use serde::Serialize;
use serde_json::Value;

/// Fields of an event that are named; more are only counted.
const FIELDS: usize = 6;
/// The longest value that is shown whole.
const SHOWN: usize = 120;

/// A journal as it lies on the disk.
pub struct Lines {
    /// Its events.
    pub events: Vec<Event>,
    /// The line of each event.
    pub texts: Vec<String>,
}

impl Lines {
    /// The `events` of a journal whose file holds `bytes`.
    pub fn new(events: Vec<Event>, bytes: &[u8]) -> Self {
        // The first line is the header; a torn tail has no event.
        let lines = bytes.split(|byte| *byte == b'\n').skip(1).take(events.len());
        let texts = lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        Self { events, texts }
    }
}

/// The first event that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its number, from 0; it stands in line `event + 2` of its journal.
    pub event: usize,
    /// What kind of event was recorded there.
    pub kind: String,
    /// Which fields, and how.
    pub fields: Vec<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { event, kind, fields } = self;
        write!(f, "event {event} ({kind}, line {} of the journal): {}", event + 2, fields.join("; "))
    }
}

/// Where the first `count` events of two journals part.
pub fn first_difference(recorded: &Lines, found: &Lines, count: usize) -> Option<Difference> {
    let event = (0..count).find(|event| match (recorded.texts.get(*event), found.texts.get(*event)) {
        (Some(recorded), Some(found)) => recorded != found,
        _ => true,
    })?;
    let (old, new) = (recorded.events.get(event), found.events.get(event));
    let kind = old.or(new).map_or("none", Event::name).to_owned();
    let mut fields = Vec::new();
    match (old, new) {
        (Some(old), Some(new)) => {
            let values = [old, new].map(|event| serde_json::to_value(event).unwrap_or_default());
            part("", &values[0], &values[1], &mut fields);
            if fields.is_empty() {
                fields.push("the same event in other bytes".into());
            }
        }
        (Some(_), None) => fields.push("here the run ends before it".into()),
        _ => fields.push("the journal ends before it, and here the run goes on".into()),
    }
    if fields.len() > FIELDS {
        let more = fields.len() - FIELDS;
        fields.truncate(FIELDS);
        fields.push(format!("and {more} more fields"));
    }
    Some(Difference { event, kind, fields })
}

/// Collect the fields in which two values differ. Events are read by serde, which bounds how deep they nest.
fn part(path: &str, old: &Value, new: &Value, fields: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                part(&path, &old[key.as_str()], &new[key.as_str()], fields);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (old, new)) in a.iter().zip(b).enumerate() {
                part(&format!("{path}[{i}]"), old, new, fields);
            }
        }
        _ if !same_bits(old, new) => {
            fields.push(format!("{path} recorded {}, here {}", short(old), short(new)));
        }
        _ => {}
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain("…".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{Measured, Reference, Selected};

    fn lines(events: Vec<Event>) -> Lines {
        let mut bytes = b"header\n".to_vec();
        for event in &events {
            bytes.extend(serde_json::to_vec(event).unwrap());
            bytes.push(b'\n');
        }
        Lines::new(events, &bytes)
    }

    fn reference(score: f64) -> Event {
        let measured =
            Measured { score, metrics: Default::default(), fuel: 7, memory_bytes: 0, results: "r".into() };
        Event::Reference(Reference { name: "a.rs".into(), component: "c".into(), measured })
    }

    #[test]
    fn the_first_event_that_differs_is_named_with_its_fields() {
        let selected = |id| Event::Selected(Selected { finalists: vec![(id, 1.5)] });
        let recorded = lines(vec![reference(1.0), selected(1), selected(2)]);
        let found = lines(vec![reference(1.0), selected(3), selected(4), selected(5)]);
        assert_eq!(first_difference(&recorded, &found, 1), None);
        let difference = first_difference(&recorded, &found, 3).unwrap();
        let words = difference.to_string();
        assert_eq!(words, "event 1 (selected, line 3 of the journal): finalists[0][0] recorded 1, here 3");
        let found = lines(vec![reference(2.0)]);
        let words = first_difference(&recorded, &found, 3).unwrap().to_string();
        assert!(words.contains("measured.score recorded 1.0, here 2.0"), "{words}");
        let found = lines(vec![reference(1.0)]);
        let words = first_difference(&recorded, &found, 3).unwrap().to_string();
        assert!(words.contains("event 1") && words.contains("ends before it"), "{words}");
    }

    #[test]
    fn bytes_count_even_where_they_say_the_same() {
        let (recorded, mut found) = (lines(vec![reference(1.0)]), lines(vec![reference(1.0)]));
        found.texts[0].push(' ');
        let words = first_difference(&recorded, &found, 1).unwrap().to_string();
        assert!(words.contains("the same event in other bytes"), "{words}");
    }
}
