//! From a completion's text to a program, or to the reason why it is none.
//!
//! The text is hostile: it may come from a model that was talked into something by what it read. So it is bounded, read by
//! strict rules, and what comes out is held against the program it was made from: outside of the evolving
//! region nothing may change, byte for byte. What follows (compiler, sandbox, gates) believes it no more than that.
//!
//! Each reason has a name for the journal and words for the model, so that one more turn can mend it. The words carry
//! numbers and the parser's complaint, and whoever shows them to a model fences them as any stranger's.

use super::blocks::{blocks, fenced, places};
use super::brief::Form;
use crate::generate::mutate::{MAX_BYTES, Program, same_outside};
use crate::prompt::fence::is_hidden;

/// Most bytes of an answer that are read; more is a model that found no end.
pub const MAX_ANSWER: usize = 1 << 20;

/// Why an answer holds no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProgram {
    /// Nothing in the form that was asked for.
    #[error("the answer has no program in the form that was asked for")]
    NoBlock,
    /// The program or the last block has no end.
    #[error("the answer ends inside its program; make it shorter")]
    Truncated,
    /// The markers of a block are not in order.
    #[error("block {block} {why}")]
    Malformed {
        /// Counted from 1; 0 before the first.
        block: usize,
        /// What is wrong, reading after the block's number.
        why: &'static str,
    },
    /// A block that looks for nothing.
    #[error("block {block} has an empty search text; give whole lines of the program")]
    EmptySearch {
        /// Counted from 1.
        block: usize,
    },
    /// A block that looks for what isn't there when its turn comes.
    #[error(
        "the search text of block {block} is not in the program as the blocks before it left it; copy whole lines \
         with their indentation"
    )]
    NotFound {
        /// Counted from 1.
        block: usize,
    },
    /// A block that looks for what is there more than once.
    #[error("the search text of block {block} is in the program {times} times; take more lines into it")]
    Ambiguous {
        /// Counted from 1.
        block: usize,
        /// How often it occurs.
        times: usize,
    },
    /// The program is the one that was given.
    #[error("the program is the same as the one that was given; change something")]
    NoChange,
    /// The answer or its program is too large.
    #[error("the answer has {bytes} bytes where at most {limit} are read")]
    TooLarge {
        /// What it has.
        bytes: usize,
        /// [`MAX_ANSWER`] for an answer, 256 KiB for a program.
        limit: usize,
    },
    /// A control or invisible character that the given program hasn't.
    #[error(
        "line {line} of the program holds the character U+{code:04X}, which nobody can see; write an escape"
    )]
    Hidden {
        /// Counted from 1.
        line: usize,
        /// The character's number.
        code: u32,
    },
    /// No Rust that can be read, or its markers enclose no region.
    #[error("{words}")]
    NotRust {
        /// The program as it was answered.
        program: String,
        /// The parser's complaint.
        words: String,
    },
    /// Something changed that must stay.
    #[error(
        "the program differs outside of the evolving region; keep the lines `// assay: evolve` and `// assay: end` and \
         everything outside of them byte for byte"
    )]
    Outside {
        /// The program as it was answered.
        program: String,
    },
}

impl NoProgram {
    /// The reason's name in journals, kebab-case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoBlock => "no-block",
            Self::Truncated => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::EmptySearch { .. } => "empty-search",
            Self::NotFound { .. } => "not-found",
            Self::Ambiguous { .. } => "ambiguous",
            Self::NoChange => "no-change",
            Self::TooLarge { .. } => "too-large",
            Self::Hidden { .. } => "hidden-character",
            Self::NotRust { .. } => "not-rust",
            Self::Outside { .. } => "outside-changed",
        }
    }

    /// The text of the program, if the answer came so far: to be shown in a repair turn.
    #[must_use]
    pub fn answered(&self) -> Option<&str> {
        match self {
            Self::NotRust { program, .. } | Self::Outside { program } => Some(program),
            _ => None,
        }
    }
}

/// The program in `text`, an answer in the form `form`.
///
/// `parent` is the program that it descends from: outside of the evolving region the two are equal. `shown` is the
/// program that the model was shown, to which a diff applies: the parent, or in a repair turn what has to be repaired.
/// `\r\n` becomes `\n`; of a rewrite the blank space at the end is that of the parent, as a fence can't tell it.
///
/// # Errors
/// Why there is none. For what a repair turn yields, `parent` is still the first parent.
pub fn program(form: Form, parent: &str, shown: &str, text: &str) -> Result<String, NoProgram> {
    bounded(text, MAX_ANSWER)?;
    let text = text.replace("\r\n", "\n");
    let source = match form {
        Form::Rewrite => {
            let end = &parent[parent.trim_end().len()..];
            format!("{}{end}", fenced(&text)?.trim_end())
        }
        Form::Diff => applied(shown, &text)?,
    };
    bounded(&source, MAX_BYTES)?;
    if source == parent || source == shown {
        return Err(NoProgram::NoChange);
    }
    visible(&source, parent)?;
    if let Err(error) = Program::parse(&source) {
        return Err(NoProgram::NotRust { program: source, words: error.to_string() });
    }
    if same_outside(parent, &source) { Ok(source) } else { Err(NoProgram::Outside { program: source }) }
}

/// `base` with the blocks in `text` applied, one after the other.
fn applied(base: &str, text: &str) -> Result<String, NoProgram> {
    // Blocks are whole lines; the last line may lack its newline, and then still does.
    let bare = !base.ends_with('\n');
    let mut source = base.to_owned();
    if bare {
        source.push('\n');
    }
    for (index, edit) in blocks(text)?.iter().enumerate() {
        let block = index + 1;
        if edit.search.trim().is_empty() {
            return Err(NoProgram::EmptySearch { block });
        }
        match places(&source, &edit.search) {
            (_, 0) => return Err(NoProgram::NotFound { block }),
            (at, 1) => source.replace_range(at..at + edit.search.len(), &edit.replace),
            (_, times) => return Err(NoProgram::Ambiguous { block, times }),
        }
        bounded(&source, MAX_BYTES)?;
    }
    if bare && source.ends_with('\n') {
        source.pop();
    }
    Ok(source)
}

fn bounded(text: &str, limit: usize) -> Result<(), NoProgram> {
    if text.len() > limit { Err(NoProgram::TooLarge { bytes: text.len(), limit }) } else { Ok(()) }
}

/// No hidden character but those that the parent has: the next prompt will hold this program byte for byte.
fn visible(source: &str, parent: &str) -> Result<(), NoProgram> {
    for (line, text) in (1..).zip(source.split('\n')) {
        if let Some(c) = text.chars().find(|c| is_hidden(*c) && !parent.contains(*c)) {
            return Err(NoProgram::Hidden { line, code: u32::from(c) });
        }
    }
    Ok(())
}

/// Why an answer holds no opinion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOpinion {
    /// Its last line gives no score.
    #[error("the last line of the answer is not `score: N`")]
    Missing,
    /// What stands there is no number.
    #[error("what stands behind `score:` is not a number")]
    NotANumber,
    /// The number is not from 0 to 10.
    #[error("the score is not from 0 to 10")]
    OutOfRange,
}

impl NoOpinion {
    /// The reason's name in journals, kebab-case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "no-score",
            Self::NotANumber => "not-a-number",
            Self::OutOfRange => "out-of-range",
        }
    }
}

/// The opinion in `text`: 0 to 10, from its last line that isn't blank.
///
/// # Errors
/// If that line is not `score: N`, in any case, with a number from 0 to 10.
pub fn opinion(text: &str) -> Result<f64, NoOpinion> {
    let last = text.trim_end().lines().next_back().unwrap_or_default();
    let (word, number) = last.split_once(':').ok_or(NoOpinion::Missing)?;
    if !word.trim().eq_ignore_ascii_case("score") {
        return Err(NoOpinion::Missing);
    }
    let number: f64 = number.trim().parse().map_err(|_| NoOpinion::NotANumber)?;
    // Adding 0 makes −0 an ordinary 0; infinities and NaN are not in the range.
    if (0.0..=10.0).contains(&number) { Ok(number + 0.0) } else { Err(NoOpinion::OutOfRange) }
}
