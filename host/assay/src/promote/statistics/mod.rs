//! What `promote` may conclude from numbers, as pure functions.
//!
//! A promotion claims that one program is better than another. These rooms hold the arithmetic behind
//! that claim and nothing else: no file, no clock, no random source of their own. Whoever wants to
//! check a promotion hands the same differences to the same functions and gets the same answer.
//!
//! - [`sign_flip`]: is the mean paired difference more than chance? Exactly, by counting.
//! - [`interval`]: between which bounds the mean difference lies, by inverting that test.
//! - [`alpha`]: how much of the error budget the k-th attempt may spend, and how many cases that takes.
//! - [`ladder`]: how much a fixed holdout may say each time it is asked.
//! - [`commitment`]: results that are bound now and shown later, or never.

pub mod alpha;
pub mod commitment;
mod error;
pub mod interval;
pub mod ladder;
pub mod sign_flip;

pub use error::StatisticsError;
