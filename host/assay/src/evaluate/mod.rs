//! evaluate: a component, an evaluator and cases in; a verdict and a score per case out.
//!
//! [`compose`] joins a candidate to its evaluator, [`native`] is what comes of the two compiled, [`pool`] keeps the worker
//! processes, [`rig`] runs components on cases, and [`judge`] is a task whose evaluator and simulator stand ready. No
//! foreign code runs in this process.

pub mod compose;
pub mod judge;
pub mod native;
pub mod pool;
pub mod race;
pub mod rig;
pub mod store;
mod worker;
