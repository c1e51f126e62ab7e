//! The guest SDK: what every guest is linked with, so that an author writes one small plain file.
//!
//! An author never names this crate. The host generates a crate `assay` for each world and re-exports
//! from here what that author may `use`: [`log`] and [`json`]. The rest serves the host's own glue:
//! [`start`] runs before an author's function, [`rt`] and [`bindings`] are what generated code refers to.
//!
//! It is compiled once, at set-up, with the very flags the host compiles guests with. rustc then shares
//! generic code across crates: what [`generics`] instantiates here, a guest links instead of compiling
//! it again (423 → 183 ms for a guest that uses JSON and hash maps).

pub use serde_json as json;
pub use wit_bindgen::rt;

/// What wit-bindgen 0.61.1 generates for a world that imports `assay:host/log@0.1.0` and nothing else.
/// Generated once and kept, so that set-up builds a few small crates and no generator of forty. The bindings
/// of every world refer to this one `log`, so a guest imports it once whoever speaks.
#[allow(unsafe_code, missing_docs, unreachable_pub)]
pub mod bindings;
pub mod generics;
pub mod log;
mod panic;

pub use panic::start;
