//! Many variations of one program: what a guest may ask for.
//!
//! An improver can't name its parents and donors as the search does. It has a text, says how far to stray from it
//! and, if it likes, by which operators; it gets back programs that differ. The answer is a function of the arguments
//! and of the random generator handed in, so who replays the generator replays the answer.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;

use super::edit::{Proposal, Settings, edit_on, finished};
use super::operators::{self, Operator};
use super::program::Program;
use super::work::Work;

/// Most edits in one variation at temperature 1.
const MOST_EDITS: f64 = 6.0;
/// How many tries in a row may give nothing new before no more is to be found.
const TRIES: usize = 40;

/// Up to `count` variations of `parent`, which differ from it and from each other in more than form
/// ([`Program::normalised`]). Fewer if no more are found.
///
/// `temperature`, cut to 0 … 1 and 0 if it is no number, is the chance of another edit after each, and bounds their
/// number: one at 0, at most three at the 0.35 that searches use, six at 1.
///
/// `guidance` may name operators ([`super::operator_names`]): each word of small letters and hyphens that is exactly
/// such a name. If there are any these alone are drawn from, those for loops included; all else is not read.
///
/// The work grows faster than the parent, so whoever asks for a stranger bounds [`Program::nodes`] before.
///
/// Of `settings` the size and the choice of operators count, not the temperature. `parent` is its own donor.
#[must_use]
pub fn vary(
    parent: &Program,
    guidance: &str,
    count: usize,
    temperature: f64,
    settings: &Settings,
    rng: &mut ChaCha8Rng,
) -> Vec<Proposal> {
    let operators = guided(guidance, settings.loops);
    let temperature = if temperature.is_nan() { 0.0 } else { temperature.clamp(0.0, 1.0) };
    let most = 1 + (temperature * (MOST_EDITS - 1.0)).round() as usize;
    let mut seen = BTreeSet::from([parent.normalised()]);
    let mut made = Vec::new();
    let mut fruitless = 0;
    while made.len() < count && fruitless < TRIES {
        fruitless += 1;
        let donors = [parent];
        let mut work = Work::new(parent, &donors, rng);
        let mut names: Vec<&'static str> = operators::apply(&mut work, &operators).into_iter().collect();
        if names.is_empty() {
            break;
        }
        edit_on(&mut work, &mut names, &operators, (most, temperature));
        if let Some(program) = finished(parent, work.region, settings)
            && seen.insert(program.normalised())
        {
            made.push(Proposal { program, operators: names });
            fruitless = 0;
        }
    }
    made
}

/// The operators that a guidance names, or all.
fn guided(guidance: &str, loops: bool) -> Vec<Operator> {
    let words: BTreeSet<&str> =
        guidance.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-').collect();
    let named: Vec<Operator> =
        operators::operators(true).into_iter().filter(|(name, _, _)| words.contains(name)).collect();
    if named.is_empty() { operators::operators(loops) } else { named }
}
