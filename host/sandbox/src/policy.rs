//! The policy: every limit a guest runs under, in one table.
//!
//! A task overrides single keys of the default in `task.toml` under `[limits]`. Each key here is
//! enforced in one place (`limits.rs` while a guest runs, `admission.rs` before it is compiled, the
//! host's pool for `depth`) and has a test that shows it biting.
//!
//! What a key may say has a ceiling of its own: the worker reserves address space for so much when it
//! starts, and a limit that the engine can't reach is a limit that nobody enforces.

use serde::{Deserialize, Serialize};

/// What the log keeps past its quota, in bytes for each account: lines at level error only, cut to
/// fit, so that a flood can't hide the panic message.
pub const LOG_RESERVE: u32 = 1 << 10;

/// Limits on one evaluation: one fresh instance working on one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Fuel, in wasmtime's units (about one per WebAssembly operator; `memory.grow` costs more).
    /// The deterministic end of a runaway guest. Set before instantiation.
    pub fuel: u64,
    /// Wall clock in milliseconds: the backstop behind fuel, and an *environmental* verdict.
    /// Time spent waiting for the host's answer to a call does not count.
    pub wall_clock_ms: u64,
    /// Linear memory in bytes, summed over all memories of all instances of the evaluation.
    pub memory_bytes: u64,
    /// Linear memories.
    pub memories: u32,
    /// Tables.
    pub tables: u32,
    /// Table elements, summed over all tables.
    pub table_elements: u64,
    /// Core instances. A composed pair of Rust components has about eight (shims included).
    pub instances: u32,
    /// Native stack in bytes that wasm frames may use. Fixed when a worker starts: every evaluation of
    /// one pool has the same.
    pub stack_bytes: u32,
    /// Size of a component in bytes, before it is compiled.
    pub component_bytes: u32,
    /// Functions that a component may define, summed over its modules.
    pub functions: u32,
    /// Size of one function's body in bytes.
    pub function_bytes: u32,
    /// Imports of a component, and of each module inside it.
    pub imports: u32,
    /// Bytes that the guest may hand to the host in one call or return (strings and lists, lifted), and
    /// that it may take from WASI's random numbers at once.
    pub output_bytes: u32,
    /// Bytes of log kept for each account. Past them lines are dropped, the verdict stays and the log
    /// says `truncated`; [`LOG_RESERVE`] bytes more are kept for lines at level error.
    pub log_bytes: u32,
    /// Lines of log kept for each account.
    pub log_lines: u32,
    /// Calls from each account into the host, of every kind (WASI's count apart from both).
    pub host_calls: u32,
    /// Live resource handles.
    pub handles: u32,
    /// How deep evaluations may nest through the host (0: a guest may not ask for one).
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: 200_000_000,
            wall_clock_ms: 5_000,
            memory_bytes: 64 << 20,
            memories: 8,
            tables: 16,
            table_elements: 20_000,
            instances: 32,
            stack_bytes: 512 << 10,
            component_bytes: 4 << 20,
            functions: 10_000,
            function_bytes: 128 << 10,
            imports: 64,
            output_bytes: 1 << 20,
            log_bytes: 16 << 10,
            log_lines: 200,
            host_calls: 10_000,
            handles: 64,
            depth: 0,
        }
    }
}

/// A limit above what a worker can reach.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("limit `{key}` is {value}, but at most {ceiling} can be asked for")]
pub struct AboveCeiling {
    /// As it is spelled in `task.toml`.
    pub key: &'static str,
    /// What was asked for.
    pub value: u64,
    /// What there is.
    pub ceiling: u64,
}

impl Limits {
    /// The most that each key may be set to.
    pub const CEILING: Self = Self {
        fuel: 1 << 60,
        wall_clock_ms: 3_600_000,
        memory_bytes: 1 << 30,
        memories: 32,
        tables: 128,
        table_elements: 200_000,
        instances: 256,
        stack_bytes: 16 << 20,
        component_bytes: 64 << 20,
        functions: 200_000,
        function_bytes: 4 << 20,
        imports: 1_000,
        output_bytes: 16 << 20,
        log_bytes: 1 << 20,
        log_lines: 100_000,
        host_calls: 1 << 30,
        handles: 100_000,
        depth: 8,
    };

    /// Refuses the first key that is above its ceiling.
    pub fn within_ceiling(&self) -> Result<(), AboveCeiling> {
        let ceiling = Self::CEILING.keys();
        for ((key, value), (_, ceiling)) in self.keys().into_iter().zip(ceiling) {
            if value > ceiling {
                return Err(AboveCeiling { key, value, ceiling });
            }
        }
        Ok(())
    }

    /// Every key with its value, in the order of the table. Taken apart by name, so that a new key
    /// can't be forgotten here.
    pub fn keys(&self) -> [(&'static str, u64); 18] {
        let Self {
            fuel,
            wall_clock_ms,
            memory_bytes,
            memories,
            tables,
            table_elements,
            instances,
            stack_bytes,
            component_bytes,
            functions,
            function_bytes,
            imports,
            output_bytes,
            log_bytes,
            log_lines,
            host_calls,
            handles,
            depth,
        } = *self;
        [
            ("fuel", fuel),
            ("wall-clock-ms", wall_clock_ms),
            ("memory-bytes", memory_bytes),
            ("memories", memories.into()),
            ("tables", tables.into()),
            ("table-elements", table_elements),
            ("instances", instances.into()),
            ("stack-bytes", stack_bytes.into()),
            ("component-bytes", component_bytes.into()),
            ("functions", functions.into()),
            ("function-bytes", function_bytes.into()),
            ("imports", imports.into()),
            ("output-bytes", output_bytes.into()),
            ("log-bytes", log_bytes.into()),
            ("log-lines", log_lines.into()),
            ("host-calls", host_calls.into()),
            ("handles", handles.into()),
            ("depth", depth.into()),
        ]
    }
}
