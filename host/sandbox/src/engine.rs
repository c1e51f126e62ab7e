//! The engine: wasmtime, configured. There are two configurations, which differ in who meters the guest ([`Metering`]) and
//! in nothing else; both are one identity, since a program runs in either with the same result.
//!
//! Three aims shape it. *The same everywhere*: fuel, canonical NaNs, deterministic relaxed SIMD, no
//! threads, no garbage collector, code for a fixed machine. *Bounded*: fuel is on before anything runs,
//! growth of memory is priced, and all address space is reserved up front. *A fresh instance is cheap*:
//! pooled slots that keep their pages, plain copies instead of copy-on-write images (a candidate lives
//! for a few hundred evaluations, remapping a slot for each costs more than copying), no concurrency
//! support, no unwind tables.
//!
//! Backtraces hold one frame, whose module's name says whose fault a trap is.

use crate::native;
use crate::policy::Limits;
use crate::protocol::{EngineIdentity, Metering};
use crate::watch::Watch;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::{
    Config, Enabled, Error, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig,
    WasmBacktraceDetails, WasmFeatures,
};

/// Fuel that a call into the host costs, besides one per byte handed over.
pub(crate) const CALL_FUEL: u64 = 100;
/// Fuel per 64 KiB page that `memory.grow` asks for. Zeroing one takes microseconds; wasmtime's default is 0.
const GROW_FUEL: u8 = 255;
/// Fuel per element that `table.grow` asks for.
const TABLE_GROW_FUEL: u8 = 4;
/// Of how modules are rewritten to meter themselves (`meter`, `metered.rs`): the next one changes fuel or bits.
const REWRITING: u32 = 4;
/// Native stack beside what wasm may use: host calls and the compiler live on it.
pub(crate) const HOST_STACK_BYTES: usize = 8 << 20;
/// Evaluations that may be under way at once: nested ones wait in the same process.
const EVALUATIONS: u32 = Limits::CEILING.depth + 4;
/// Compiled functions that a compiling worker keeps, in bytes.
const FUNCTION_CACHE_BYTES: usize = 256 << 20;

/// wasmtime, configured, and the name of that configuration.
#[derive(Clone)]
pub struct Engine {
    wasmtime: wasmtime::Engine,
    stack_bytes: u32,
    metering: Metering,
    watch: Arc<Watch>,
}

impl Engine {
    /// `stack_bytes` is the native stack that wasm frames may use.
    ///
    /// # Errors
    /// The machine can't run it: no address space to reserve, or a CPU that lacks the fixed level.
    pub fn new(stack_bytes: u32, metering: Metering) -> Result<Self, Error> {
        let wasmtime = wasmtime::Engine::new(&config(stack_bytes, metering)?)?;
        Ok(Self { wasmtime, stack_bytes, metering, watch: Arc::default() })
    }

    /// What makes two engines the same.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn identity(stack_bytes: u32) -> Result<EngineIdentity, Error> {
        let mut compatibility = Sha(Sha256::new());
        for metering in [Metering::Engine, Metering::Program] {
            let engine = wasmtime::Engine::new(&config(stack_bytes, metering)?)?;
            engine.precompile_compatibility_hash().hash(&mut compatibility);
        }
        Ok(EngineIdentity {
            engine: "wasmtime 48.0.8".into(),
            compatibility: hex(&compatibility.0.finalize()),
            settings: hex(&Sha256::digest(settings(stack_bytes))),
        })
    }

    /// Who counts.
    pub fn metering(&self) -> Metering {
        self.metering
    }

    /// Over a guest that can't be interrupted.
    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// As configured.
    pub fn stack_bytes(&self) -> u32 {
        self.stack_bytes
    }

    /// Advance the clock that interrupts guests (see `turn.rs`).
    pub fn increment_epoch(&self) {
        self.wasmtime.increment_epoch();
    }

    /// As configured.
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    /// Translate an admitted component to native code.
    ///
    /// # Errors
    /// Why it is no valid component for this engine.
    pub fn compile(&self, component: &[u8]) -> Result<Vec<u8>, String> {
        self.wasmtime.precompile_component(component).map_err(|error| format!("{error:#}"))
    }
}

fn config(stack_bytes: u32, metering: Metering) -> Result<Config, Error> {
    let metered = metering == Metering::Engine;
    let mut config = Config::new();
    native::fix_target(&mut config)?;
    let off = WasmFeatures::THREADS
        | WasmFeatures::SHARED_EVERYTHING_THREADS
        | WasmFeatures::MEMORY64
        | WasmFeatures::GC
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::LEGACY_EXCEPTIONS
        | WasmFeatures::STACK_SWITCHING
        | WasmFeatures::CUSTOM_PAGE_SIZES;
    config
        .wasm_features(off, false)
        .gc_support(false)
        .concurrency_support(false)
        .cranelift_nan_canonicalization(metered)
        .relaxed_simd_deterministic(true)
        .consume_fuel(metered)
        .operator_cost(costs())
        .epoch_interruption(metered)
        .max_wasm_stack(stack_bytes as usize)
        .async_stack_size(stack_bytes as usize + HOST_STACK_BYTES)
        .memory_init_cow(false)
        .native_unwind_info(false)
        .generate_address_map(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(1))
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool()))
        .enable_incremental_compilation(Arc::new(FunctionCache::default()))?;
    Ok(config)
}

/// What the operators of a rewritten module cost: the same as in [`costs`].
pub(crate) fn rewritten_costs() -> meter::Costs {
    meter::Costs {
        memory_grow: GROW_FUEL,
        memory_grow_per_page: GROW_FUEL,
        table_grow_per_element: TABLE_GROW_FUEL,
    }
}

fn costs() -> OperatorCost {
    let mut cost = OperatorCost::new();
    cost.MemoryGrow = GROW_FUEL;
    cost.variable.memory_grow_per_page = GROW_FUEL;
    cost.variable.table_grow_per_element = TABLE_GROW_FUEL;
    cost
}

/// Slots for as many evaluations as can be under way, each as large as the policy's ceiling.
fn pool() -> PoolingAllocationConfig {
    let ceiling = Limits::CEILING;
    let mut pool = PoolingAllocationConfig::new();
    // Small guests may be under way in greater number than the largest can.
    pool.total_component_instances(256)
        .max_core_instances_per_component(ceiling.instances)
        .total_core_instances(EVALUATIONS * ceiling.instances)
        .max_memories_per_component(ceiling.memories)
        .total_memories(EVALUATIONS * ceiling.memories)
        .max_memories_per_module(ceiling.memories)
        .max_memory_size(ceiling.memory_bytes as usize)
        .max_tables_per_component(ceiling.tables)
        .total_tables(EVALUATIONS * ceiling.tables)
        .max_tables_per_module(ceiling.tables)
        .table_elements(ceiling.table_elements as usize)
        .total_stacks(1)
        .linear_memory_keep_resident(4 << 20)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Everything above (and in `limits.rs`) that can reach a result, as text; its hash is in the identity.
fn settings(stack_bytes: u32) -> String {
    format!(
        "fuel per operator; grow {GROW_FUEL} per page; table grow {TABLE_GROW_FUEL}; code and calls counted apart; \
         rewriting {REWRITING}, of programs that never wait; host call {CALL_FUEL} and 1 per byte of wave, at most {}; \
         canonical nan; deterministic relaxed simd; stack {stack_bytes}; growth past a limit ends the evaluation; \
         log reserve {}; virtual clock from {} by {} ns; ceiling {:?}",
        crate::protocol::text_bytes(&Limits::default()),
        crate::policy::LOG_RESERVE,
        crate::wasi::EPOCH_SECONDS,
        crate::wasi::TICK_NS,
        Limits::CEILING.keys(),
    )
}

/// Functions already compiled, by a hash of what they were compiled from: most of a candidate's pair (the
/// evaluator, the allocator, the formatting machinery) was there before.
#[derive(Debug, Default)]
struct FunctionCache(Mutex<Functions>);

#[derive(Debug, Default)]
struct Functions {
    code: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
}

impl wasmtime::CacheStore for FunctionCache {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.code.get(key).map(|code| Cow::Owned(code.clone()))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = key.len() + value.len();
        if cache.bytes + bytes > FUNCTION_CACHE_BYTES {
            *cache = Functions::default();
        }
        cache.bytes += bytes;
        cache.code.insert(key.to_vec(), value);
        true
    }
}

/// sha256 as a [`Hasher`]: std's own hashers promise nothing across versions.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
