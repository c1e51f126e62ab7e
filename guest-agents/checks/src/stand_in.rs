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
type Predict = Box<dyn FnMut(&[Vec<bool>], &[bool], &[Vec<bool>]) -> Vec<bool>>;
type Find = Box<dyn FnMut(&[bool], u32) -> Vec<bool>>;
type Assign = Box<dyn FnMut(&[Vec<u32>], &[Vec<u32>], &[Vec<u32>]) -> Vec<u32>>;
type Solve = Box<dyn FnMut(u32, &[(i32, i32, i32)]) -> Vec<bool>>;
type Cut = Box<dyn FnMut(u32, &[(u32, u32, u32)]) -> Vec<bool>>;
type Run = Box<dyn FnMut(&str) -> Result<String, String>>;

thread_local! {
    static PRIORITY: RefCell<Option<Priority>> = const { RefCell::new(None) };
    static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
    static PREDICT: RefCell<Option<Predict>> = const { RefCell::new(None) };
    static FIND: RefCell<Option<Find>> = const { RefCell::new(None) };
    static ASSIGN: RefCell<Option<Assign>> = const { RefCell::new(None) };
    static SOLVE: RefCell<Option<Solve>> = const { RefCell::new(None) };
    static CUT: RefCell<Option<Cut>> = const { RefCell::new(None) };
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

/// The parities' typed interface.
pub mod learner {
    /// Ask the candidate.
    pub fn predict(samples: &[Vec<bool>], labels: &[bool], tests: &[Vec<bool>]) -> Vec<bool> {
        super::PREDICT
            .with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(samples, labels, tests))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(&[Vec<bool>], &[bool], &[Vec<bool>]) -> Vec<bool> + 'static) {
        super::PREDICT.set(Some(Box::new(candidate)));
    }
}

/// String grid distance's typed interface.
pub mod finder {
    /// Ask the candidate.
    pub fn find(target: &[bool], distance: u32) -> Vec<bool> {
        super::FIND.with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(target, distance))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(&[bool], u32) -> Vec<bool> + 'static) {
        super::FIND.set(Some(Box::new(candidate)));
    }
}

/// Quadratic assignment's typed interface.
pub mod planner {
    /// Ask the candidate.
    pub fn assign(flow: &[Vec<u32>], distance: &[Vec<u32>], preference: &[Vec<u32>]) -> Vec<u32> {
        super::ASSIGN
            .with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(flow, distance, preference))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(&[Vec<u32>], &[Vec<u32>], &[Vec<u32>]) -> Vec<u32> + 'static) {
        super::ASSIGN.set(Some(Box::new(candidate)));
    }
}

/// 3-SAT's typed interface.
pub mod solver {
    /// Ask the candidate.
    pub fn solve(variables: u32, clauses: &[(i32, i32, i32)]) -> Vec<bool> {
        super::SOLVE.with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(variables, clauses))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(u32, &[(i32, i32, i32)]) -> Vec<bool> + 'static) {
        super::SOLVE.set(Some(Box::new(candidate)));
    }
}

/// Max-cut's typed interface.
pub mod cutter {
    /// Ask the candidate.
    pub fn cut(vertices: u32, edges: &[(u32, u32, u32)]) -> Vec<bool> {
        super::CUT.with_borrow_mut(|candidate| candidate.as_mut().expect(super::NONE)(vertices, edges))
    }

    /// Put a candidate in.
    pub fn be(candidate: impl FnMut(u32, &[(u32, u32, u32)]) -> Vec<bool> + 'static) {
        super::CUT.set(Some(Box::new(candidate)));
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
