//! The guests' claims, one file a task.

mod bin_packing;
mod expectations;
mod improver;
mod max_cut;
mod normalize_dates;
mod parity;
mod quadratic_assignment;
mod sorting_network;
mod string_grid_distance;
mod three_sat;
mod yields;
