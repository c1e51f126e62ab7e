//! The sandbox: everything that is said between the host and the process that runs foreign code.
//!
//! Without the `engine` feature this crate is words only: the [`policy`] that bounds a guest, the
//! [`verdict`] that comes back, and the [`protocol`] that carries both over a pipe. The host takes
//! it so. With the feature it is also the worker behind the `assay-sandbox` binary: `serve` reads frames,
//! `admission` looks at what is to be compiled, `outline` takes it apart, `metered` has its modules count their fuel, `translate` has `engine` compile the parts,
//! `program` links them with each other and the grants, `programs` keeps them, `evaluate` runs it once, and `limits` is where every limit bites.

pub mod policy;
pub mod protocol;
pub mod verdict;

#[cfg(feature = "engine")]
pub mod admission;
#[cfg(feature = "engine")]
mod calls;
#[cfg(feature = "engine")]
pub mod compile_box;
#[cfg(feature = "engine")]
pub mod ending;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
pub mod evaluate;
#[cfg(feature = "engine")]
pub mod limits;
#[cfg(feature = "engine")]
pub mod metered;
#[cfg(feature = "engine")]
pub mod native;
#[cfg(feature = "engine")]
pub mod outline;
#[cfg(feature = "engine")]
pub mod program;
#[cfg(feature = "engine")]
pub mod programs;
#[cfg(feature = "engine")]
pub mod serve;
#[cfg(feature = "engine")]
mod text;
#[cfg(feature = "engine")]
pub mod translate;
#[cfg(feature = "engine")]
mod turn;
#[cfg(feature = "engine")]
pub mod wall;
#[cfg(feature = "engine")]
mod wasi;
#[cfg(feature = "engine")]
mod watch;
