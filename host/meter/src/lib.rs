//! Meter: a core WebAssembly module, rewritten so that it counts its own fuel and shows no NaN but the canonical one.
//!
//! wasmtime can do both itself, at 1.4 to 1.9 times the run time (`benches/README.md`): its check of the fuel calls the host from each loop header,
//! and around a call the vector registers must be spilled. A rewritten module counts in a local, hands what is left from function to
//! function, and traps on a path that does not return; so it may be compiled with neither fuel nor NaN canonicalization.
//!
//! # What holds
//! - *Totals.* After an ordinary end [`FUEL_USED`] returns what wasmtime 48.0.8 would have used with `consume_fuel`, the
//!   instantiation included, under `memory_init_cow(false)`.
//! - *Verdicts.* A program whose total is at most its fuel ends as the original does. One that would use more traps with
//!   [`Metered::out_of_fuel`] as its innermost function, or, if it passed its fuel where it was not asked any more,
//!   ends ordinarily with a total above it: the host compares. One that
//!   traps may have run out before it gets there. (wasmtime calls a program that used *exactly* its fuel at
//!   a check out of fuel; here it is not.) Both are functions of module, input and fuel.
//! - *After a trap* the total means nothing, and the instance should not be entered again.
//! - *Bits.* Results, memories, globals and tables are those of wasmtime with `cranelift_nan_canonicalization`, bit for
//!   bit. Only the fused vector operations are canonical here even where wasmtime computes them in the host.
//! - *Size.* The module grows to at most [`GROWTH`] times its size, and [`GROWTH_BYTES`].
//!
//! # How
//! `survey` validates and reads, `startup` counts what instantiation uses, `read` takes a function's operators,
//! `nan` finds where NaNs are seen, `count` what is paid where (by the `graph` of its stretches, as far `ahead` as it is sure) and where to `ask`, `body`
//! writes the function, `encode` the module.

mod ahead;
mod ask;
mod body;
mod costs;
mod count;
mod encode;
mod graph;
mod nan;
mod read;
mod startup;
mod survey;

pub use costs::Costs;

/// Export of a rewritten module, `() -> i64`: fuel used since it was instantiated. Ahead by what is sure to come in each
/// function that is under way; exact when none is.
pub const FUEL_USED: &str = "assay:fuel-used";
/// Export of a rewritten module, `(i64) -> ()`: what it may use since it was instantiated, from now on; not negative.
/// What was used stays used.
pub const FUEL_LIMIT: &str = "assay:fuel-limit";
/// A rewritten module has at most so many times the bytes of the original,
pub const GROWTH: usize = 40;
/// and so many more.
pub const GROWTH_BYTES: usize = 512;

/// How a module is metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Fuel that a module may use until it is told otherwise; what exceeds [`i64::MAX`] is cut.
    pub fuel: u64,
    /// What operators cost.
    pub costs: Costs,
}

/// A module that meters itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// The module. It is to be validated like any other.
    pub module: Vec<u8>,
    /// Index of the function that is entered when fuel ran out, and by nothing else: the last but two. It traps as
    /// `unreachable`, so it is the innermost frame of the trap's backtrace.
    pub out_of_fuel: u32,
}

/// Rewrite a core module. `None` if it is not valid, or of a form that is not rewritten: a feature beyond those in
/// `survey.rs`, or an export by one of the names above. The caller then uses the engine's own switches, or refuses.
///
/// The same bytes and options give the same bytes.
pub fn meter(module: &[u8], options: &Options) -> Option<Metered> {
    encode::encode(&survey::Survey::of(module)?, options)
}
