//! A program's text, split into what evolves and what must stay.
//!
//! A person marks the evolving region with two comment lines, `// assay: evolve` and `// assay: end`,
//! around whole items or around statements of one function. Without markers the whole file evolves. Only
//! the region is ever held as a tree; the text before and behind it is kept as bytes and put back as
//! bytes, so no edit can reach it.
//!
//! Comments inside the region do not survive an edit, for syntax trees have none.

use std::fmt;
use std::rc::Rc;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Block, Expr, Item, Stmt};

use super::clean;
use super::depth;
use super::globals::Globals;
use super::sites::Place;
use super::text::{indented, is_printable, prepare, print, read, skeleton};
use super::walk::locate;

const BEGIN: &str = "// assay: evolve";
const END: &str = "// assay: end";
const MARKER: &str = "__assay_region";
/// Agents are small; what is larger than this is not worth a mutation's time.
pub(in crate::generate) const MAX_BYTES: usize = 256 * 1024;

/// Why a text could not be read as a program, or no change of it be found.
#[derive(Debug, thiserror::Error)]
pub enum MutateError {
    /// Not Rust, or not Rust that this parser knows.
    #[error("the source does not parse at line {line}, column {column}: {message}")]
    Syntax {
        /// Counted from 1, in the whole text.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// The marker comments do not enclose a region.
    #[error("the evolving region is not marked well: {0}")]
    Markers(&'static str),
    /// Larger than the mutator handles.
    #[error("the source has {bytes} bytes, more than the {limit} that can be mutated; mark a smaller file")]
    TooLarge {
        /// Length of the text.
        bytes: usize,
        /// The bound.
        limit: usize,
    },
    /// Nested so deep that recursive code could overflow its stack.
    #[error("the source nests too deeply; split its longest expression into statements")]
    TooDeep,
    /// Syntax that the printer cannot write.
    #[error("the region uses syntax that can't be rewritten; move it outside of the evolve markers")]
    Unprintable,
    /// Many edits were tried and none gave a new program.
    #[error("no edit out of {tries} gave a new program; widen the evolving region")]
    Stuck {
        /// How many were tried.
        tries: usize,
    },
}

/// The part of a file that evolves, as a tree.
#[derive(Clone, PartialEq)]
pub(super) enum Region {
    /// A whole file, or whole items of one.
    Items { attrs: Vec<Attribute>, items: Vec<Item> },
    /// Statements of one function.
    Stmts(Vec<Stmt>),
}

/// What a region sees of the file around it.
#[derive(Debug, Default)]
pub(super) struct Outer {
    pub(super) globals: Globals,
    pub(super) place: Place,
}

/// A parsed program. Cheap to clone except for its region; not `Send`, as syntax trees aren't.
#[derive(Clone)]
pub struct Program {
    before: String,
    after: String,
    indent: usize,
    text: String,
    pub(super) region: Region,
    pub(super) outer: Rc<Outer>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("text", &self.text).finish_non_exhaustive()
    }
}

impl Program {
    /// Reads a source text.
    ///
    /// # Errors
    /// When the text is not Rust, its markers enclose neither whole items nor whole statements, or it is too
    /// large or deep to be handled safely.
    pub fn parse(source: &str) -> Result<Program, MutateError> {
        if source.len() > MAX_BYTES {
            return Err(MutateError::TooLarge { bytes: source.len(), limit: MAX_BYTES });
        }
        // The lexer keeps each text that it reads in this thread, for the places of errors. They are asked for below and
        // never again, and a long run reads millions of texts.
        proc_macro2::extra::invalidate_current_thread_spans();
        let tokens: TokenStream = source.parse().map_err(|error: proc_macro2::LexError| {
            let at = error.span().start();
            MutateError::Syntax { line: at.line, column: at.column + 1, message: error.to_string() }
        })?;
        if !depth::is_shallow(&tokens) {
            return Err(MutateError::TooDeep);
        }
        let program = match markers(source)? {
            None => {
                let file = syn::parse_file(source).map_err(|error| syntax(&error, 0))?;
                if file.shebang.is_some() || file.frontmatter.is_some() {
                    return Err(MutateError::Unprintable);
                }
                Program {
                    before: String::new(),
                    after: String::new(),
                    indent: 0,
                    text: source.to_owned(),
                    region: Region::Items { attrs: file.attrs, items: file.items },
                    outer: Rc::default(),
                }
            }
            Some((begin, end)) => Program::marked(source, begin, end)?,
        };
        program.prepared()
    }

    fn marked(source: &str, begin: usize, end: usize) -> Result<Program, MutateError> {
        let (before, inner, after) = (&source[..begin], &source[begin..end], &source[end..]);
        // The file is read once with a stand-in for the region, which shows where the region stands.
        let whole = format!("{before}{MARKER}!();\n{after}");
        let mut file = syn::parse_file(&whole).map_err(|error| syntax(&error, 0))?;
        let mut globals = Globals::default();
        globals.add(&file.items);
        let lines = before.matches('\n').count();
        let (region, place) = if let Some(place) = locate(&mut file.items, &globals, MARKER) {
            let stmts = Block::parse_within.parse_str(inner).map_err(|error| syntax(&error, lines))?;
            (Region::Stmts(stmts), place)
        } else if has_marker_item(&file.items) {
            let file = syn::parse_file(inner).map_err(|error| syntax(&error, lines))?;
            (Region::Items { attrs: file.attrs, items: file.items }, Place::default())
        } else {
            return Err(MutateError::Markers(
                "put them around whole items, or around whole statements of one function",
            ));
        };
        let indent = before[..before.len() - 1].rsplit('\n').next().unwrap_or("");
        Ok(Program {
            before: before.to_owned(),
            after: after.to_owned(),
            indent: indent.len() - indent.trim_start_matches(' ').len(),
            text: source.to_owned(),
            region,
            outer: Rc::new(Outer { globals, place }),
        })
    }

    /// Brings the tree into the form that edits work on.
    fn prepared(mut self) -> Result<Program, MutateError> {
        prepare(&mut self.region);
        if is_printable(&self.region) { Ok(self) } else { Err(MutateError::Unprintable) }
    }

    /// The text. For a parsed program these are the very bytes that were read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The region in one canonical form, without comments: equal for programs that differ only in layout,
    /// redundant parentheses, the order of operands that commute, or arithmetic that does nothing.
    #[must_use]
    pub fn normalised(&self) -> String {
        let mut region = self.region.clone();
        clean::canonical(&mut region, self.folds());
        print(&region)
    }

    /// Whether float literals may be folded as `f64`.
    pub(super) fn folds(&self) -> bool {
        !self.text.contains("f32")
    }

    /// Expressions and statements of the region: its size, as bloat is counted.
    #[must_use]
    pub fn nodes(&self) -> usize {
        let mut count = Count(0);
        count.region(&self.region);
        count.0
    }

    /// Whether a text equals this program outside of the region, and its region stands by itself there.
    pub(super) fn holds(&self, candidate: &str) -> bool {
        let kept = candidate.len() >= self.before.len() + self.after.len()
            && candidate.starts_with(&self.before)
            && candidate.ends_with(&self.after);
        let own = markers(candidate).ok().flatten();
        let same_region = own.is_none_or(|(begin, end)| {
            begin == self.before.len() && end == candidate.len() - self.after.len() && !self.before.is_empty()
        });
        // A region that is no region by itself could close its function and open another one.
        kept && same_region && Program::parse(candidate).is_ok()
    }

    /// The program with another region, if that region can be written and read back as the same tree.
    pub(super) fn with_region(&self, region: Region) -> Option<Program> {
        let plain = print(&region);
        let shifted = indented(&plain, self.indent);
        let written = [shifted, plain].into_iter().find(|text| match read(&region, text) {
            Some(back) => skeleton(&back) == skeleton(&region),
            None => false,
        })?;
        let text = format!("{}{written}{}", self.before, self.after);
        if text.len() > MAX_BYTES || markers(&text).ok()?.is_some() == self.before.is_empty() {
            return None;
        }
        let program = Program {
            before: self.before.clone(),
            after: self.after.clone(),
            indent: self.indent,
            text,
            region,
            outer: Rc::clone(&self.outer),
        };
        Some(program)
    }
}

/// Whether `candidate` differs from `original` in the evolving region alone, byte for byte, and parses. What
/// anything else than this module proposes goes through here. Always true for the whole-file case if it parses.
#[must_use]
pub fn same_outside(original: &str, candidate: &str) -> bool {
    Program::parse(original).is_ok_and(|original| original.holds(candidate))
}

/// Whether marker comments enclose a region of `source`: without them the whole file evolves.
#[must_use]
pub fn is_marked(source: &str) -> bool {
    markers(source).is_ok_and(|region| region.is_some())
}

/// Byte offsets of the region: behind the first marker's line, and at the start of the second marker's.
fn markers(source: &str) -> Result<Option<(usize, usize)>, MutateError> {
    let (mut begin, mut end) = (None, None);
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        match line.trim() {
            BEGIN if begin.is_some() => {
                return Err(MutateError::Markers("`// assay: evolve` stands there twice"));
            }
            BEGIN if !line.ends_with('\n') => {
                return Err(MutateError::Markers("`// assay: end` is missing behind `// assay: evolve`"));
            }
            BEGIN => begin = Some(offset + line.len()),
            END if end.is_some() => return Err(MutateError::Markers("`// assay: end` stands there twice")),
            END => end = Some(offset),
            _ => {}
        }
        offset += line.len();
    }
    match (begin, end) {
        (None, None) => Ok(None),
        (Some(begin), Some(end)) if begin <= end => Ok(Some((begin, end))),
        (Some(_), None) => Err(MutateError::Markers("`// assay: end` is missing behind `// assay: evolve`")),
        _ => Err(MutateError::Markers("`// assay: evolve` is missing in front of `// assay: end`")),
    }
}

fn syntax(error: &syn::Error, lines: usize) -> MutateError {
    let at = error.span().start();
    MutateError::Syntax { line: at.line + lines, column: at.column + 1, message: error.to_string() }
}

fn has_marker_item(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Macro(item) => item.mac.path.is_ident(MARKER),
        Item::Mod(item) => item.content.as_ref().is_some_and(|(_, inner)| has_marker_item(inner)),
        _ => false,
    })
}

impl Region {
    pub(super) fn visit(&mut self, visitor: &mut impl VisitMut) {
        match self {
            Region::Items { items, .. } => items.iter_mut().for_each(|item| visitor.visit_item_mut(item)),
            Region::Stmts(stmts) => stmts.iter_mut().for_each(|stmt| visitor.visit_stmt_mut(stmt)),
        }
    }
}

struct Count(usize);

impl Count {
    fn region(&mut self, region: &Region) {
        match region {
            Region::Items { items, .. } => items.iter().for_each(|item| self.visit_item(item)),
            Region::Stmts(stmts) => stmts.iter().for_each(|stmt| self.visit_stmt(stmt)),
        }
    }
}

impl<'ast> Visit<'ast> for Count {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.0 += usize::from(!matches!(expr, Expr::Paren(_) | Expr::Group(_)));
        visit::visit_expr(self, expr);
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        self.0 += 1;
        visit::visit_stmt(self, stmt);
    }
}
