//! The section `[catalogue]`: what a task's agents turn into what, so that they can be found and joined.
//!
//! A kind of data is a word that tasks agree on, and no more: what one agent gives another takes if both say the same
//! word. A class may say any of it otherwise, key by key, so that the stages of one scenario can be classes of one task.

use super::definition::Catalogue;
use super::error::TaskError;
use super::form::Section;
use super::load::{Class, Loader, kebab};
use super::suggest::shown;

/// The keys of `[catalogue]`.
pub(super) const KEYS: [&str; 4] = ["takes", "gives", "difficulty", "words"];
/// Most words that an agent may be found by.
const MOST_WORDS: usize = 64;

impl<'a> Loader<'a> {
    /// What the task says of itself, each key from the chosen class if that has it.
    pub(super) fn catalogue(
        &self,
        class: Option<&Class<'a>>,
        agent: &Section<'a>,
    ) -> Result<Option<Catalogue>, TaskError> {
        let of_class = class.and_then(|class| class.section.entry("catalogue"));
        let of_class = of_class.map(|entry| entry.section()).transpose()?;
        let of_task = self.section("catalogue", &KEYS)?;
        let sections = [of_class, of_task];
        // Where a key is missing, the complaint belongs to the section that all classes share.
        let Some(last) = sections.iter().rev().flatten().next() else { return Ok(None) };
        if agent.entry("wit").is_some() || self.root.entry("nested").is_some() {
            let problem = "a catalogue names the kinds of text that `run` takes and gives, and agents of this task have no `run`";
            return Err(last.conflict(problem, "take the section away"));
        }
        let entry = |key: &str| sections.iter().flatten().find_map(|section| section.entry(key));
        let required = |key: &str, help: &str| match entry(key) {
            Some(entry) => Ok(entry),
            None => last.required(key, help),
        };
        let takes = kebab(&required("takes", "takes = \"lot-csv\", the kind of data that `run` is given")?)?;
        let gives = kebab(&required("gives", "gives = \"die-table\", the kind of data that `run` returns")?)?;
        let difficulty = required("difficulty", "difficulty = 2, from 1 to 10")?.whole(1..11)? as u32;
        let mut words: Vec<String> = Vec::new();
        if let Some(list) = entry("words") {
            for entry in list.list()? {
                let word = kebab(&entry)?;
                if words.iter().any(|other| other == word) {
                    return Err(entry.bad(format!("names `{}` twice", shown(word)), "name each word once"));
                }
                words.push(word.to_owned());
            }
            if words.len() > MOST_WORDS {
                return Err(list.bad("is too long", format!("name at most {MOST_WORDS} words")));
            }
        }
        Ok(Some(Catalogue { takes: takes.to_owned(), gives: gives.to_owned(), difficulty, words }))
    }
}
