//! What the generated crate `assay` offers an evaluator, with a test's functions for the candidate's.
//!
//! Each thread, hence each test, has its own candidate. Calling one that no test put in is a mistake of
//! the test and panics.

use std::cell::RefCell;

/// `assay:host/judge`'s outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Finite.
    pub score: f64,
    /// Further numbers.
    pub metrics: Vec<Metric>,
    /// Free text.
    pub notes: String,
}

/// `assay:host/judge`'s metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// E.g. `bins`.
    pub name: String,
    /// Finite.
    pub value: f64,
}

/// `assay:host/judge`'s fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The candidate's answer can't be scored.
    InvalidOutput(String),
    /// The case is malformed.
    BadCase(String),
}

type Priority = Box<dyn FnMut(u32, u32) -> f64>;
type Network = Box<dyn FnMut(u32) -> Vec<(u32, u32)>>;
type Run = Box<dyn FnMut(&str) -> Result<String, String>>;

thread_local! {
    static PRIORITY: RefCell<Option<Priority>> = const { RefCell::new(None) };
    static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
    static RUN: RefCell<Option<Run>> = const { RefCell::new(None) };
}

const NONE: &str = "the test put in no candidate of this interface";

/// Bin packing's typed interface.
pub mod policy {
    /// Ask the candidate.
    pub fn priority(item: u32, remaining: u32) -> f64 {
        super::PRIORITY.with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(item, remaining))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(u32, u32) -> f64 + 'static) {
        super::PRIORITY.set(Some(Box::new(candidate)));
    }
}

/// The sorting network's typed interface.
pub mod design {
    /// Ask the candidate.
    pub fn network(wires: u32) -> Vec<(u32, u32)> {
        super::NETWORK.with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(wires))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(u32) -> Vec<(u32, u32)> + 'static) {
        super::NETWORK.set(Some(Box::new(candidate)));
    }
}

/// Ask a general agent.
pub fn run(input: &str) -> Result<String, String> {
    RUN.with_borrow_mut(|candidate| candidate.as_mut().expect(NONE)(input))
}

/// Put a general agent in.
pub fn be_agent(candidate: impl FnMut(&str) -> Result<String, String> + 'static) {
    RUN.set(Some(Box::new(candidate)));
}
