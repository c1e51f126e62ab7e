//! model: from what is known of a run to what a language model reads, and from its answer to a program.
//!
//! Everything here is a pure function of texts: it makes no calls, knows no provider, and keeps nothing. [`Brief`] is what
//! may be told, [`Templates`] put it into words that a person can read and a task may replace, and [`program()`] and
//! [`opinion`] read the answer, which is believed in nothing: it is one more proposal, or one more number that no gate
//! looks at.
//!
//! ```text
//! Brief ─► Templates ─► Prompt ─► (a model, elsewhere) ─► text ─► program() ─► source
//!                                                                 opinion   ─► 0 to 10
//! ```

mod answer;
mod blocks;
mod brief;
mod templates;

#[cfg(test)]
mod tests;

pub use crate::prompt::Prompt;
pub use answer::{MAX_ANSWER, NoOpinion, NoProgram, opinion, program};
pub use brief::{About, Brief, Example, Failure, Form, Kind, Parent, Reference, Trouble};
pub use templates::{MAX_PROMPT, PromptError, Templates};
