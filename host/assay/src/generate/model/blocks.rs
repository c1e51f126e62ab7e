//! Where in an answer the program stands: fences, and search and replace blocks.
//!
//! Models were asked for one of two forms and write prose around it. What is read is decided by markers on lines of their
//! own and by nothing else: no guess at what was meant, for a guess would be a program that nobody proposed.

use super::answer::NoProgram;

/// Most blocks of one diff. Each is looked for in the whole program.
const MAX_BLOCKS: usize = 100;

/// The inside of the last fence tagged `rust`: models think aloud in earlier ones. A fence opens with three or
/// more backticks or tildes, indented by three spaces at most, and closes with at least as many (CommonMark 4.5).
pub(super) fn fenced(text: &str) -> Result<&str, NoProgram> {
    struct Open {
        mark: char,
        length: usize,
        rust: bool,
        start: usize,
    }
    let (mut found, mut open) = (None, None::<Open>);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let end = offset + line.len();
        if let Some((mark, length, info)) = fence(line) {
            match &open {
                None => {
                    // Backticks in the words behind are a piece of code in a sentence.
                    if mark == '~' || !info.contains('`') {
                        let word = info.split([' ', ',', '{']).next().unwrap_or_default();
                        open =
                            Some(Open { mark, length, rust: word.eq_ignore_ascii_case("rust"), start: end });
                    }
                }
                Some(fence) if fence.mark == mark && length >= fence.length && info.is_empty() => {
                    if fence.rust {
                        found = Some(&text[fence.start..offset]);
                    }
                    open = None;
                }
                Some(_) => {}
            }
        }
        offset = end;
    }
    match (open, found) {
        (Some(fence), _) if fence.rust => Err(NoProgram::Truncated),
        (_, found) => found.ok_or(NoProgram::NoBlock),
    }
}

/// The mark, its length and what stands behind it, if `line` is a fence.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let line = line.trim_end();
    let marks = line.trim_start_matches(' ');
    let mark = marks.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let info = marks.trim_start_matches(mark);
    let length = marks.len() - info.len();
    (line.len() - marks.len() <= 3 && length >= 3).then(|| (mark, length, info.trim()))
}

/// A block of a diff: whole lines to find, whole lines to put there.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) search: String,
    pub(super) replace: String,
}

/// The blocks of a diff in their order, at least one. Lines outside of blocks are prose.
pub(super) fn blocks(text: &str) -> Result<Vec<Block>, NoProgram> {
    enum State {
        Outside,
        Search,
        Replace,
    }
    let mut state = State::Outside;
    let mut blocks: Vec<Block> = Vec::new();
    for line in text.lines() {
        let malformed = |why| NoProgram::Malformed { block: blocks.len(), why };
        let (opens, divides, closes) = match line.trim_end() {
            "<<<<<<< SEARCH" => (true, false, false),
            "=======" => (false, true, false),
            ">>>>>>> REPLACE" => (false, false, true),
            _ => (false, false, false),
        };
        state = match state {
            State::Outside if opens && blocks.len() == MAX_BLOCKS => {
                return Err(malformed("comes before too many others; send at most 100"));
            }
            State::Outside if opens => {
                blocks.push(Block::default());
                State::Search
            }
            State::Outside if closes => return Err(malformed("is closed once more than it was opened")),
            // A line of equals signs underlines a title.
            State::Outside => State::Outside,
            State::Search if divides => State::Replace,
            State::Replace if closes => State::Outside,
            State::Search if closes => return Err(malformed("has no line `=======`")),
            State::Replace if divides => return Err(malformed("has two lines `=======`")),
            _ if opens => return Err(malformed("has another one inside it")),
            inside => {
                if let Some(block) = blocks.last_mut() {
                    let half = match inside {
                        State::Search => &mut block.search,
                        _ => &mut block.replace,
                    };
                    half.push_str(line);
                    half.push('\n');
                }
                inside
            }
        };
    }
    match state {
        State::Outside if blocks.is_empty() => Err(NoProgram::NoBlock),
        State::Outside => Ok(blocks),
        State::Search | State::Replace => Err(NoProgram::Truncated),
    }
}

/// Where the whole lines `search` begin in `text`, which ends with a newline: the first place, and how many there are.
/// Places that overlap count each.
pub(super) fn places(text: &str, search: &str) -> (usize, usize) {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1));
    let mut found = starts.filter(|start| text[*start..].starts_with(search));
    let first = found.next();
    (first.unwrap_or_default(), usize::from(first.is_some()) + found.count())
}
