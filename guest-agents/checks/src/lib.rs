//! Native checks of the guests that ship: evaluators, simulators and agents, compiled as they are.
//!
//! A guest's file says `use assay::*` and gets, in the sandbox, what the host generated for its world. Here
//! this crate plays that part: the same names and types, with the candidate a plain function that a test
//! puts in. What is tested is the guests' own logic; bindings, limits and composition are the host's.

// So that the guests' `use assay::*` finds this crate.
extern crate self as assay;

pub mod lent;
pub mod stand_in;
pub use lent::{evaluation, improve, proposals, utility};
pub use serde_json as json;
pub use stand_in::{Fault, Metric, Outcome, cutter, design, finder, learner, planner, policy, run, solver};

#[path = "../../../tasks/bin-packing/best-fit.rs"]
pub mod best_fit;
#[path = "../../../tasks/bin-packing/evaluator.rs"]
pub mod bin_packing;
#[path = "../../../tasks/bin-packing/simulator.rs"]
pub mod bin_packing_simulator;
#[path = "../../../tasks/bin-packing/first-fit.rs"]
pub mod first_fit;

#[path = "../../../tasks/sorting-network/batcher.rs"]
pub mod batcher;
#[rustfmt::skip]
#[path = "../../../tasks/sorting-network/bubble-8.rs"]
pub mod bubble_8;
#[path = "../../../tasks/sorting-network/evaluator.rs"]
pub mod sorting_network;

#[path = "../../../tasks/normalize-dates/clumsy.rs"]
pub mod clumsy_dates;
#[path = "../../evaluators/expectations.rs"]
pub mod expectations;
#[path = "../../../tasks/normalize-dates/good.rs"]
pub mod good_dates;

#[path = "../../../tasks/parity-with-noise/elimination.rs"]
pub mod elimination;
#[path = "../../../tasks/parity-with-noise/guess.rs"]
pub mod guess;
#[path = "../../../tasks/parity-with-noise/maximum-likelihood.rs"]
pub mod maximum_likelihood;
#[path = "../../../tasks/parity-with-noise/evaluator.rs"]
pub mod parity;
#[path = "../../../tasks/parity-with-noise/simulator.rs"]
pub mod parity_simulator;

#[path = "../../../tasks/string-grid-distance/hill-climb.rs"]
pub mod hill_climb;
#[path = "../../../tasks/string-grid-distance/same.rs"]
pub mod same;
#[path = "../../../tasks/string-grid-distance/evaluator.rs"]
pub mod string_grid_distance;
#[path = "../../../tasks/string-grid-distance/simulator.rs"]
pub mod string_grid_distance_simulator;
#[path = "../../../tasks/string-grid-distance/table.rs"]
pub mod table;

#[path = "../../../tasks/quadratic-assignment/identity.rs"]
pub mod identity;
#[path = "../../../tasks/quadratic-assignment/evaluator.rs"]
pub mod quadratic_assignment;
#[path = "../../../tasks/quadratic-assignment/simulator.rs"]
pub mod quadratic_assignment_simulator;
#[path = "../../../tasks/quadratic-assignment/swaps.rs"]
pub mod swaps;
#[path = "../../../tasks/quadratic-assignment/thorough.rs"]
pub mod thorough;

#[path = "../../../tasks/three-sat/backtrack.rs"]
pub mod backtrack;
#[path = "../../../tasks/three-sat/coins.rs"]
pub mod coin_values;
#[path = "../../../tasks/three-sat/evaluator.rs"]
pub mod three_sat;
#[path = "../../../tasks/three-sat/simulator.rs"]
pub mod three_sat_simulator;
#[path = "../../../tasks/three-sat/walk-sat.rs"]
pub mod walk_sat;

#[path = "../../../tasks/max-cut/coins.rs"]
pub mod coin_sides;
#[path = "../../../tasks/max-cut/greedy.rs"]
pub mod greedy;
#[path = "../../../tasks/max-cut/evaluator.rs"]
pub mod max_cut;
#[path = "../../../tasks/max-cut/simulator.rs"]
pub mod max_cut_simulator;
#[path = "../../../tasks/max-cut/one-flip.rs"]
pub mod one_flip;
#[path = "../../../tasks/max-cut/tabu.rs"]
pub mod tabu;

#[path = "../../../tasks/improver/annealing.rs"]
pub mod improver_annealing;
#[path = "../../../tasks/improver/beam.rs"]
pub mod improver_beam;
#[path = "../../../tasks/improver/evaluator.rs"]
pub mod improver_evaluator;
#[path = "../../../tasks/improver/hill-climb.rs"]
pub mod improver_hill_climb;
#[path = "../../../tasks/improver/restarts.rs"]
pub mod improver_restarts;
#[path = "../../../tasks/improver/seed.rs"]
pub mod improver_seed;
#[path = "../../../tasks/improver/simulator.rs"]
pub mod improver_simulator;

#[path = "../../../tasks/yield/circuits.rs"]
pub mod yield_circuits;
#[path = "../../../tasks/yield/circuits-seed.rs"]
pub mod yield_circuits_seed;
#[path = "../../../tasks/yield/clean.rs"]
pub mod yield_clean;
#[path = "../../../tasks/yield/clean-seed.rs"]
pub mod yield_clean_seed;
#[path = "../../../tasks/yield/guess-circuits.rs"]
pub mod yield_guess_circuits;
#[path = "../../../tasks/yield/guess-lots.rs"]
pub mod yield_guess_lots;
#[path = "../../../tasks/yield/guess-lowest.rs"]
pub mod yield_guess_lowest;
#[path = "../../../tasks/yield/guess-size.rs"]
pub mod yield_guess_size;
#[path = "../../../tasks/yield/guess-wafer.rs"]
pub mod yield_guess_wafer;
#[path = "../../../tasks/yield/ingest.rs"]
pub mod yield_ingest;
#[path = "../../../tasks/yield/ingest-seed.rs"]
pub mod yield_ingest_seed;
#[path = "../../../tasks/yield/judge-finding.rs"]
pub mod yield_judge_finding;
#[path = "../../../tasks/yield/judge-rows.rs"]
pub mod yield_judge_rows;
#[path = "../../../tasks/yield/lots.rs"]
pub mod yield_lots;
#[path = "../../../tasks/yield/lots-seed.rs"]
pub mod yield_lots_seed;
#[path = "../../../tasks/yield/lowest.rs"]
pub mod yield_lowest;
#[path = "../../../tasks/yield/lowest-seed.rs"]
pub mod yield_lowest_seed;
#[path = "../../../tasks/yield/report.rs"]
pub mod yield_report;
#[path = "../../../tasks/yield/report-seed.rs"]
pub mod yield_report_seed;
#[path = "../../../tasks/yield/simulator.rs"]
pub mod yield_simulator;
#[path = "../../../tasks/yield/size.rs"]
pub mod yield_size;
#[path = "../../../tasks/yield/size-seed.rs"]
pub mod yield_size_seed;
#[path = "../../../tasks/yield/wafer.rs"]
pub mod yield_wafer;
#[path = "../../../tasks/yield/wafer-seed.rs"]
pub mod yield_wafer_seed;

#[cfg(test)]
mod tests;
