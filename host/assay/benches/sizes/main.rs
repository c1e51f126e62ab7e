//! How cost grows: with the population, the cases, the size of a case and the journal's length. (A library's growth is
//! measured beside the library.)
//!
//! Each is measured at sizes that are half a decade apart; the least of three rounds counts, since a busy machine only
//! adds. The slope of a line through the logarithms says what a tenfold size costs: 1 is ten times as much. With a folder as
//! argument, each is drawn there as well (`benches/plots`). Run by `make bench`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks, and fails loudly"
)]

mod evaluations;
mod plot;
mod runs;

use plot::Series;
use std::path::PathBuf;

/// Half a decade apart.
pub(crate) const SIZES: [u64; 5] = [1_000, 3_162, 10_000, 31_623, 100_000];
const ROUNDS: usize = 3;

fn main() {
    // Cargo's own arguments begin with a dash.
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    println!("what a size costs in all: the least of {ROUNDS} rounds, in seconds");
    let mut all = runs::measure();
    all.extend(evaluations::measure());
    for series in all {
        print!("  {:32}", series.title);
        series.points.iter().for_each(|(size, seconds)| print!(" {size:>7}: {seconds:<9.4}"));
        println!(" slope {:.2}", series.slope());
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{}.svg", series.file)), series.svg()).unwrap();
        }
    }
}

/// Cost of each size, by `cost`, which gives seconds.
pub(crate) fn series(
    file: &'static str,
    title: &'static str,
    unit: &'static str,
    mut cost: impl FnMut(u64) -> f64,
) -> Series {
    let mut least = |size| (0..ROUNDS).map(|_| cost(size)).fold(f64::MAX, f64::min);
    let points = SIZES.iter().map(|size| (*size as f64, least(*size))).collect();
    Series { file, title, unit, points }
}
