//! compile: source text → component, or a typed rejection.
//!
//! An author (a person, a mutation, a model) writes one plain Rust file. The host writes every other
//! byte: the glue that turns its functions into a world's exports, the bindings of that world
//! (compiled once and cached by digest), and the flags. rustc runs in a process of its own with a
//! cleared environment, limits and a wall clock; what it says is capped, and its death is a verdict on
//! the source. The result is stripped of everything that is not program, encoded as a component, and
//! compared with the world by the host. The same source gives the same digest on any path and on any
//! machine with the same toolchain.

mod bindings;
mod compiler;
mod component;
mod drafts;
mod precheck;
mod rustc;
mod split;
mod strip;
mod toolchain;
mod world;

pub use compiler::{CompileError, Compiler, Rejection};
pub use component::{Build, Component, Interface, Role, admit, component_interface, component_wit, stored};
pub use rustc::{CompileLimits, sandbox_beside_program};
pub(crate) use strip::rename_import;
pub use toolchain::{Toolchain, ToolchainError};
pub use world::{HOST_WIT, Lent, World, WorldError};
