//! Cases from outside a task: benchmarks in the forms that their fields publish them in.
//!
//! Two forms are read: JSON lines, as in a task's folder, and OR-Library's bin packing (J. E. Beasley, "OR-Library",
//! JORS 41, 1990): the number of problems; per problem its id on a line, then `capacity items bound`, then the
//! items in arrival order. OR-Library's files indent some lines and wrap others; both are tolerated.

use std::ops::Range;
use std::path::Path;

use super::cases::read_lines;
use super::confined::read_text;
use super::definition::{Evaluator, Task};
use super::error::TaskError;
use super::form::Document;
use super::suggest::shown;

/// How a file of cases is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON value a line.
    Jsonl,
    /// OR-Library's bin packing. A case is one problem: `id\ncapacity items bound\nitem\nitem…\n`.
    OrLibrary,
}

impl Format {
    /// A file whose first word is a whole number is OR-Library's, every other JSON lines.
    fn of(text: &str) -> Self {
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        if first.parse::<u64>().is_ok() { Self::OrLibrary } else { Self::Jsonl }
    }
}

impl Task {
    /// The case texts of the file at `path`, which need not lie in the task's folder. Without a `format` the content
    /// decides.
    ///
    /// # Errors
    /// [`TaskError::Unreadable`] if the file can't be read or can't hold cases of this task, [`TaskError::Case`]
    /// with the place of the first case that is malformed.
    pub fn read_cases(&self, path: &Path, format: Option<Format>) -> Result<Vec<String>, TaskError> {
        let unreadable = |reason: String| TaskError::Unreadable { path: path.to_owned(), reason };
        let text = read_file(path)?;
        let format = format.unwrap_or_else(|| Format::of(&text));
        let document = Document { file: path.display().to_string(), text: text.into() };
        match (format, &self.evaluator) {
            (Format::Jsonl, evaluator) => {
                Ok(read_lines(&document, evaluator)?.into_iter().map(|case| case.text).collect())
            }
            (Format::OrLibrary, Evaluator::Own(_)) => or_library(&document),
            (Format::OrLibrary, Evaluator::Expectations { .. }) => Err(unreadable(
                "is in OR-Library's form, but this task's cases are declared expectations".into(),
            )),
        }
    }
}

/// The text of the file at `path`, which need not lie in a task's folder: at most 16 MiB of UTF-8 without NUL.
///
/// # Errors
/// [`TaskError::Unreadable`].
pub fn read_file(path: &Path) -> Result<String, TaskError> {
    let unreadable = |reason: String| TaskError::Unreadable { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(|error| unreadable(format!("can't be opened: {error}")))?;
    read_text(file).map_err(|refusal| unreadable(refusal.reason))
}

/// The problems of a file in OR-Library's form.
fn or_library(document: &Document) -> Result<Vec<String>, TaskError> {
    let mut lines = pieces(&document.text, 0, |c| c == '\n').peekable();
    let end = document.text.trim_end().len();
    let cut =
        |wanted: &str| complaint(document, end..end, format!("the file ends where {wanted} should stand"));
    let whole = |word: &Word<'_>, wanted: &str| -> Result<u64, TaskError> {
        word.text.parse().map_err(|_| {
            let problem = format!("{wanted} should be a whole number, but is `{}`", shown(word.text));
            complaint(document, word.span.clone(), problem)
        })
    };
    let count = whole(&lines.next().ok_or_else(|| cut("the number of problems"))?, "the number of problems")?;
    if count == 0 {
        return Err(complaint(document, 0..0, "the file announces no problems"));
    }
    let mut cases = Vec::new();
    for number in 1..=count {
        let id = lines.next().ok_or_else(|| cut(&format!("problem {number} of {count}")))?;
        let header =
            lines.next().ok_or_else(|| cut(&format!("`capacity items bound` of problem {number}")))?;
        let words: Vec<Word<'_>> = header.words().collect();
        let [capacity, items, bound] = &words[..] else {
            let problem =
                format!("problem {number} should have `capacity items bound` here, three whole numbers");
            return Err(complaint(document, header.span, problem));
        };
        let items = whole(items, "the number of items")?;
        let mut case = format!(
            "{}\n{} {items} {}\n",
            id.text,
            whole(capacity, "the capacity")?,
            whole(bound, "the bound")?
        );
        let mut found = 0;
        while found < items {
            let line = lines
                .next()
                .ok_or_else(|| cut(&format!("item {} of {items} of problem {number}", found + 1)))?;
            for word in line.words() {
                if found == items {
                    let problem = format!("problem {number} announces {items} items, but here is one more");
                    return Err(complaint(document, word.span, problem));
                }
                case.push_str(&format!("{}\n", whole(&word, "an item")?));
                found += 1;
            }
        }
        cases.push(case);
    }
    match lines.peek() {
        Some(line) => {
            let problem = format!("the file announces {count} problems, but here is more");
            Err(complaint(document, line.span.clone(), problem))
        }
        None => Ok(cases),
    }
}

fn complaint(document: &Document, span: Range<usize>, problem: impl Into<String>) -> TaskError {
    TaskError::Case {
        at: document.place(span),
        problem: problem.into(),
        help: "OR-Library's form: number of problems; per problem its id, `capacity items bound`, then the items".into(),
    }
}

/// A stretch of the document without blanks at its ends.
#[derive(Clone)]
struct Word<'a> {
    text: &'a str,
    span: Range<usize>,
}

impl<'a> Word<'a> {
    fn of(text: &'a str, offset: usize) -> Self {
        let start = offset + text.len() - text.trim_start().len();
        let text = text.trim();
        Self { text, span: start..start + text.len() }
    }

    fn words(&self) -> impl Iterator<Item = Word<'a>> + use<'a> {
        pieces(self.text, self.span.start, char::is_whitespace)
    }
}

/// The pieces of `text` between `breaks`, without the blank ones. `text` stands at `offset` in its document.
fn pieces(text: &str, mut offset: usize, breaks: fn(char) -> bool) -> impl Iterator<Item = Word<'_>> {
    let pieces = text.split_inclusive(breaks).map(move |piece| {
        let word = Word::of(piece, offset);
        offset += piece.len();
        word
    });
    pieces.filter(|word| !word.text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        or_library(&Document { file: "or.txt".into(), text: text.into() }).map_err(|error| error.to_string())
    }

    #[test]
    fn each_problem_is_one_case_whatever_its_indentation() {
        let text = " 2\r\n u500_00\r\n 150 3 2\r\n42\r\n69\n  67\n u500_01\n100 2 1\n 50 49\n\n";
        assert_eq!(read(text).unwrap(), ["u500_00\n150 3 2\n42\n69\n67\n", "u500_01\n100 2 1\n50\n49\n"]);
    }

    #[test]
    fn a_malformed_file_is_refused_with_its_line() {
        for (text, message) in [
            ("", "or.txt:1:1: the file ends where the number of problems should stand"),
            ("two\n", "or.txt:1:1: the number of problems should be a whole number, but is `two`"),
            ("0\n", "or.txt:1:1: the file announces no problems"),
            ("1\n", "or.txt:1:2: the file ends where problem 1 of 1 should stand"),
            (
                "1\nid\n150 2\n",
                "or.txt:3:1: problem 1 should have `capacity items bound` here, three whole numbers",
            ),
            ("1\nid\n150 2 x\n1\n2\n", "or.txt:3:7: the bound should be a whole number, but is `x`"),
            ("1\nid\n150 2 1\n 36.6\n2\n", "or.txt:4:2: an item should be a whole number, but is `36.6`"),
            ("1\nid\n150 2 1\n3\n", "or.txt:4:2: the file ends where item 2 of 2 of problem 1 should stand"),
            ("1\nid\n150 2 1\n3\n4 5\n", "or.txt:5:3: problem 1 announces 2 items, but here is one more"),
            ("1\nid\n150 1 1\n3\n\n4\n", "or.txt:6:1: the file announces 1 problems, but here is more"),
            ("1\nid\n150 18446744073709551615 1\n3\n", "the file ends where item 2 of"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(message), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_content_decides_the_format() {
        assert_eq!(Format::of("\n 20\n u500_00\n"), Format::OrLibrary);
        assert_eq!(Format::of("{\"input\": 1}\n"), Format::Jsonl);
        assert_eq!(Format::of(""), Format::Jsonl);
    }
}
