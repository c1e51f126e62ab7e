//! Genetic improvement of Rust source on its syntax tree.
//!
//! The default generator: no model, no network. It takes programs that ran and returns programs that probably
//! compile: constants moved, operators exchanged, statements shuffled, expressions drawn from a typed grammar,
//! grown, cut back or taken from other parents. All of it is a pure function of the texts and of the random
//! generator handed in; populations, compilers and scores are somebody else's.
//!
//! ```text
//! text ─► Program (program, text, depth) ─► Work: sites and types (walk, infer, methods, globals)
//!             ▲                          │ operators (constants, expressions, statements, loops; grammar)
//!             └── written, read back ◄── tidied (clean) ◄┘
//! ```
//!
//! A search asks for one child of some parents ([`mutate`], [`crossover`]); a guest asks for many children of one program ([`vary()`]).
//!
//! Relies on: `syn` for the tree, `prettyplease` for the text. Promises: what is outside of the evolving region
//! stays byte for byte; what comes out parses; nothing panics on any text.

mod build;
mod choose;
mod clean;
mod constants;
mod depth;
mod edit;
mod expressions;
mod globals;
mod grammar;
mod infer;
mod loops;
mod methods;
mod operators;
mod program;
mod reduce;
mod sites;
mod statements;
mod text;
mod types;
mod vary;
mod walk;
mod work;

#[cfg(test)]
mod tests;

pub use edit::{MAX_EDITS, Proposal, Settings, crossover, mutate};
pub(in crate::generate) use program::MAX_BYTES;
pub use program::{MutateError, Program, is_marked, same_outside};
pub use reduce::simplifications;
pub use vary::vary;

/// The names of all operators, as proposals, journals and guidance carry them.
#[must_use]
pub fn operator_names() -> Vec<&'static str> {
    operators::operators(true).iter().map(|(name, _, _)| *name).collect()
}
