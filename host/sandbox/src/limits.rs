//! The limits on a running guest: the one place that enforces the policy.
//!
//! Everything a store is given before its guest runs is set in [`store`]; everything that is counted
//! while it runs is counted in [`Guest`]. (Sizes and counts of a component come before compiling, in
//! `admission.rs`; the native stack is the engine's, in `engine.rs`.)
//!
//! | key | enforced by | ends as |
//! |---|---|---|
//! | `fuel` | the program's own counters, or set before instantiation; host calls apart, then the sum | out-of-fuel |
//! | `wall-clock-ms` | the epoch callback, each tick; waiting for the host does not count. Or `watch.rs` | timed-out |
//! | `memory-bytes`, `table-elements` | [`ResourceLimiter`], summed, initial sizes included | out-of-memory |
//! | `memories`, `tables`, `instances` | wasmtime's counters, fed by the limiter | out-of-memory |
//! | `stack-bytes` | the engine | trapped (stack overflow) |
//! | `output-bytes` | wasmtime's host-call fuel, per call and return | invalid-output |
//! | `log-bytes`, `log-lines` | [`Logbook`] | the log's `truncated` |
//! | `host-calls` | [`charge_call`], each account apart | out-of-calls |
//! | `handles` | wasmtime's handle counter, and WASI's table | out-of-calls |
//!
//! Growth past a limit ends the evaluation instead of answering -1: a guest that can probe for the limit
//! behaves differently under another policy, and Rust would call it a panic.

use crate::engine::{CALL_FUEL, Engine};
use crate::policy::{LOG_RESERVE, Limits};
use crate::protocol::{Account, Log, LogLine, Metering, Usage};
use crate::wasi::Wasi;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use wasmtime::{Error, ResourceLimiter, Store, StoreContextMut, Trap, UpdateDeadline};

/// What stops a guest besides its own traps. Travels through wasmtime as the error of a host call, of the
/// limiter or of the epoch callback.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// Past a limit on memory or tables.
    #[error("{0}")]
    Memory(String),
    /// One account made more calls than granted.
    #[error("more than {0} calls into the host")]
    Calls(u32),
    /// The wall clock ran out.
    #[error("the wall clock ran out")]
    Clock,
    /// What is handed over is longer, written down, than the host takes.
    #[error("more than `output-bytes` in one call or return")]
    Output,
    /// The host has no answer to a call: environmental.
    #[error("a call was not answered: {0}")]
    Unanswered(String),
    /// The machine has no memory although the policy grants it: environmental.
    #[error("the machine refused memory: {0}")]
    Machine(String),
}

/// What a guest may ask the host, answered while the guest waits. Given the account, instance, function
/// and the WAVE text of the arguments; the answer is the WAVE text of the result, or why there is none, which ends the
/// evaluation. The time it takes is not the guest's.
pub type Ask = Arc<dyn Fn(Account, &str, &str, String) -> Result<String, String> + Send + Sync>;

/// The data of a store: one guest's meters, and what it was lent.
pub struct Guest {
    limits: Arc<Limits>,
    memory: u64,
    peak: u64,
    table_elements: u64,
    calls: [u32; 2],
    wasi_calls: u32,
    call_fuel: u64,
    /// None: somebody else looks at the clock (`watch.rs`).
    started: Option<Instant>,
    waited: Duration,
    /// Made when there is something to say.
    log: OnceLock<Arc<Mutex<Logbook>>>,
    ask: Option<Ask>,
    pub(crate) wasi: Option<Box<Wasi>>,
}

impl Guest {
    /// Nothing used yet.
    pub(crate) fn new(limits: Arc<Limits>, ask: Option<Ask>, metering: Metering) -> Self {
        let started = (metering == Metering::Engine).then(Instant::now);
        Self {
            limits,
            memory: 0,
            peak: 0,
            table_elements: 0,
            calls: [0; 2],
            wasi_calls: 0,
            call_fuel: 0,
            started,
            waited: Duration::ZERO,
            log: OnceLock::new(),
            ask,
            wasi: None,
        }
    }

    pub(crate) fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// What was said, to add to.
    pub(crate) fn log(&self) -> MutexGuard<'_, Logbook> {
        self.shared_log().lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn shared_log(&self) -> &Arc<Mutex<Logbook>> {
        self.log.get_or_init(|| Arc::new(Mutex::new(Logbook::new(&self.limits))))
    }

    /// All that was said.
    pub(crate) fn take_log(&self) -> Log {
        self.log.get().map(|_| self.log().take()).unwrap_or_default()
    }

    /// What was used. `fuel` where it is exact.
    pub(crate) fn usage(&self, fuel: Option<u64>) -> Usage {
        let host_calls = self.calls[0].saturating_add(self.calls[1]).saturating_add(self.wasi_calls);
        Usage { fuel, memory_bytes: self.peak, host_calls }
    }

    /// Fuel that calls into the host cost so far.
    pub(crate) fn call_fuel(&self) -> u64 {
        self.call_fuel
    }

    /// For a call that hands over `bytes`, one of so many.
    fn charge(&mut self, calls: u32, bytes: usize) -> Result<(), Error> {
        if calls > self.limits.host_calls {
            return Err(Stop::Calls(self.limits.host_calls).into());
        }
        self.call_fuel = self.call_fuel.saturating_add(CALL_FUEL + bytes as u64);
        if self.call_fuel > self.limits.fuel {
            return Err(Trap::OutOfFuel.into());
        }
        Ok(())
    }

    fn check_clock(&self) -> Result<(), Error> {
        let allowed = Duration::from_millis(self.limits.wall_clock_ms);
        if self.started.is_some_and(|started| started.elapsed().saturating_sub(self.waited) > allowed) {
            return Err(Stop::Clock.into());
        }
        Ok(())
    }
}

/// A store for one evaluation, with every limit in place before anything of the guest exists.
pub(crate) fn store(engine: &Engine, guest: Guest) -> Result<Store<Guest>, Error> {
    let limits = guest.limits.clone();
    let mut store = Store::new(engine.wasmtime(), guest);
    store.limiter(|guest| guest);
    store.set_hostcall_fuel(limits.output_bytes as usize);
    store.set_max_component_handles(limits.handles as usize);
    if engine.metering() == Metering::Engine {
        store.set_fuel(limits.fuel)?;
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            store.data().check_clock()?;
            Ok(UpdateDeadline::Continue(1))
        });
    }
    Ok(store)
}

/// Count and price one call of `account` that hands over `bytes`.
pub(crate) fn charge_call(
    store: &mut StoreContextMut<'_, Guest>,
    account: Account,
    bytes: usize,
) -> Result<(), Error> {
    let guest = store.data_mut();
    let calls = &mut guest.calls[account as usize];
    *calls += 1;
    let calls = *calls;
    guest.charge(calls, bytes)
}

/// Count and price one call into WASI.
pub(crate) fn charge_wasi_call(store: &mut StoreContextMut<'_, Guest>) -> Result<(), Error> {
    let guest = store.data_mut();
    guest.wasi_calls += 1;
    guest.charge(guest.wasi_calls, 0)
}

/// Let the host answer. The guest's clock stands still.
pub(crate) fn ask(
    store: &mut StoreContextMut<'_, Guest>,
    account: Account,
    instance: &str,
    function: &str,
    request: String,
) -> Result<String, Error> {
    let Some(ask) = store.data().ask.clone() else {
        return Err(Stop::Unanswered("nobody is here to answer".into()).into());
    };
    let asked = Instant::now();
    let answer = ask(account, instance, function, request);
    store.data_mut().waited += asked.elapsed();
    answer.map_err(|why| Stop::Unanswered(why).into())
}

impl ResourceLimiter for Guest {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        let sum = self.memory.saturating_add(desired.saturating_sub(current) as u64);
        if sum > self.limits.memory_bytes {
            let limit = self.limits.memory_bytes;
            return Err(Stop::Memory(format!("memory of {sum} bytes, `memory-bytes` is {limit}")).into());
        }
        // The module's own maximum: an ordinary failure, -1 to the guest.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.memory = sum;
        self.peak = self.peak.max(sum);
        Ok(true)
    }

    /// Either the size asked for is none that a memory can have, and the limiter was never asked; or growth
    /// was allowed above and the machine has no more.
    fn memory_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        let text = error.to_string();
        Err(if text.contains("exceeds memory type's limits") {
            Stop::Memory(text)
        } else {
            Stop::Machine(text)
        })?
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, Error> {
        let sum = self.table_elements.saturating_add(desired.saturating_sub(current) as u64);
        if sum > self.limits.table_elements {
            let limit = self.limits.table_elements;
            return Err(Stop::Memory(format!("tables of {sum} elements, `table-elements` is {limit}")).into());
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.table_elements = sum;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<(), Error> {
        Err(Stop::Machine(format!("{error:#}")).into())
    }

    fn instances(&self) -> usize {
        self.limits.instances as usize
    }

    fn tables(&self) -> usize {
        self.limits.tables as usize
    }

    fn memories(&self) -> usize {
        self.limits.memories as usize
    }
}

/// The lines of one evaluation, each account under a quota of its own: a candidate can't crowd out what
/// its evaluator has to say, nor the other way round.
pub(crate) struct Logbook {
    log: Log,
    quota: [Quota; 2],
}

#[derive(Clone, Copy)]
struct Quota {
    bytes: u32,
    lines: u32,
    reserve: u32,
}

/// `assay:host/log`'s highest level.
const ERROR: u8 = 3;

impl Logbook {
    fn new(limits: &Limits) -> Self {
        let quota = Quota { bytes: limits.log_bytes, lines: limits.log_lines, reserve: LOG_RESERVE };
        Self { log: Log::default(), quota: [quota; 2] }
    }

    /// Keep a line, or what the quota leaves of it.
    pub(crate) fn write(&mut self, account: Account, level: u8, mut message: String) {
        let quota = &mut self.quota[account as usize];
        let bytes = u32::try_from(message.len()).unwrap_or(u32::MAX);
        if quota.lines > 0 && bytes <= quota.bytes {
            quota.lines -= 1;
            quota.bytes -= bytes;
        } else {
            self.log.truncated = true;
            if level < ERROR || quota.reserve == 0 {
                return;
            }
            message.truncate(message.floor_char_boundary(quota.reserve as usize));
            // An empty line costs one byte, or a flood of them would never end.
            quota.reserve = quota.reserve.saturating_sub((message.len() as u32).max(1));
        }
        self.log.lines.push(LogLine { account, level, message });
    }

    pub(crate) fn take(&mut self) -> Log {
        std::mem::take(&mut self.log)
    }
}
