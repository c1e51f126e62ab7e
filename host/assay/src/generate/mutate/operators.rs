//! All operators by name, each with how often it is tried.
//!
//! The weights are broad on purpose: an operator that has no place to act costs nothing but another draw. In a
//! simulation of online bin packing (a float formula of two numbers, grown from first fit) nudged constants
//! made a third of the new records; the others were spread over ten more operators.
//!
//! There are two tables, since a further row of the first would change what every seed means.

use super::choose::weighted;
use super::work::Work;
use super::{constants, expressions, loops, statements};

/// Name, weight, and what it does.
pub(super) type Operator = (&'static str, u32, fn(&mut Work<'_>) -> bool);

/// What is drawn from for every task.
const OPERATORS: [Operator; 34] = [
    ("nudge-constant", 10, constants::nudge),
    ("scale-constant", 6, constants::scale),
    ("round-constant", 2, constants::round),
    ("fresh-constant", 5, constants::fresh),
    ("change-text", 2, constants::change_text),
    ("change-arithmetic", 6, expressions::change_arithmetic),
    ("change-comparison", 4, expressions::change_comparison),
    ("change-connective", 2, expressions::change_connective),
    ("negate", 2, expressions::negate),
    ("change-sign", 1, expressions::change_sign),
    ("swap-operands", 3, expressions::swap_operands),
    ("change-variable", 5, expressions::change_variable),
    ("change-method", 4, expressions::change_method),
    ("draw", 10, expressions::draw),
    ("grow", 12, expressions::grow),
    ("branch", 5, expressions::branch),
    ("borrow", 6, expressions::borrow),
    ("graft", 14, expressions::graft),
    ("hoist", 9, expressions::hoist),
    ("swap-statements", 3, statements::swap_statements),
    ("move-statement", 2, statements::move_statement),
    ("delete-statement", 4, statements::delete_statement),
    ("duplicate-statement", 2, statements::duplicate_statement),
    ("insert-statement", 2, statements::insert_statement),
    ("guard-statement", 2, statements::guard_statement),
    ("unwrap-if", 4, statements::unwrap_if),
    ("swap-arms", 2, statements::swap_arms),
    ("delete-arm", 2, statements::delete_arm),
    ("change-guard", 1, statements::change_guard),
    ("swap-elements", 5, statements::swap_elements),
    ("move-element", 4, statements::move_element),
    ("delete-element", 6, statements::delete_element),
    ("duplicate-element", 3, statements::duplicate_element),
    ("swap-pair", 2, statements::swap_pair),
];

/// Drawn as well where a task or a caller asks for loops. Heavy, for in such a program there are few places for them and
/// many for operators on formulas.
const LOOPS: [Operator; 3] = [
    ("repeat-statement", 24, loops::repeat_statement),
    ("unroll-loop", 6, loops::unroll_loop),
    ("change-reference", 20, loops::change_reference),
];

/// The operators to draw from, with those for loops or without.
pub(super) fn operators(loops: bool) -> Vec<Operator> {
    let more: &[Operator] = if loops { &LOOPS } else { &[] };
    OPERATORS.iter().chain(more).copied().collect()
}

/// How many draws find an operator that has a place to act.
const TRIES: usize = 60;

/// Applies one of the operators that changes something, and names it.
pub(super) fn apply(work: &mut Work<'_>, operators: &[Operator]) -> Option<&'static str> {
    for _ in 0..TRIES {
        let index = weighted(work.rng, operators.iter().map(|(_, weight, _)| *weight))?;
        let (name, _, apply) = operators[index];
        if apply(work) {
            work.refresh();
            return Some(name);
        }
    }
    None
}
