//! WASI for guests that bring a whole language runtime along: everything is there, nothing leads out.
//!
//! No preopened directory, no environment, no arguments, no network; standard input is empty, standard
//! output and error end in the candidate's log. Time is virtual: it starts at a fixed date, moves on with
//! each reading, and a sleep is over at once. Random numbers come from the case. So two runs are the same
//! bytes, and nothing waits.
//!
//! A call into WASI is noticed when it reaches for its context ([`WasiView::ctx`]) and is charged on the
//! way back into the guest: when it returns, or when it has the guest make room for its result.

use crate::limits::{self, Guest, Logbook};
use crate::protocol::Account;
use bytes::Bytes;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWrite;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime::{CallHook, Error, Store};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::clocks::HostWallClock;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, OutputStream, Pollable, StreamResult, subscribe};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// Where virtual time starts: 2001-09-09T01:46:40Z.
pub(crate) const EPOCH_SECONDS: u64 = 1_000_000_000;
/// What each reading of a clock adds: a guest that waits by reading gets there within its calls.
pub(crate) const TICK_NS: u64 = 1_000_000;
/// Longest line kept together, in bytes.
const LINE_BYTES: usize = 4 << 10;

/// One guest's WASI.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    table: ResourceTable,
    clock: Clock,
    streams: [Stream; 2],
    called: bool,
}

impl Wasi {
    /// A world of its own, the same for the same seed.
    pub(crate) fn new(guest: &Guest, seed: [u8; 32]) -> Self {
        let mut random = ChaCha12Rng::from_seed(seed);
        let mut insecure = ChaCha12Rng::from_rng(&mut random);
        let clock = Clock::default();
        let streams = [INFO, ERROR].map(|level| Stream::new(guest.shared_log().clone(), level));
        let mut table = ResourceTable::new();
        table.set_max_capacity(guest.limits().handles as usize);
        let ctx = WasiCtx::builder()
            .insecure_random_seed(u128::from(insecure.next_u64()))
            .secure_random(random)
            .insecure_random(insecure)
            .max_random_size(guest.limits().output_bytes.into())
            .wall_clock(clock.clone())
            .stdout(streams[0].clone())
            .stderr(streams[1].clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        Self { ctx, table, clock, streams, called: false }
    }

    /// Log what stands on a line without an end.
    pub(crate) fn finish(&self) {
        for stream in &self.streams {
            stream.end_line();
        }
    }
}

/// Link all of WASI 0.2, with a clock of our own.
pub(crate) fn link(linker: &mut Linker<Guest>) -> Result<(), Error> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    // wasmtime-wasi's own clock takes its readings from us, but sleeps in real time.
    linker.allow_shadowing(true);
    monotonic_clock::add_to_linker::<Guest, VirtualTime>(linker, |guest| {
        let wasi = guest.wasi();
        wasi.called = true;
        ClockView { clock: wasi.clock.clone(), table: &mut wasi.table }
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Charge the guest for its calls into WASI, on the way back into it.
pub(crate) fn count_calls(store: &mut Store<Guest>) {
    store.call_hook(|mut store, hook| {
        if matches!(hook, CallHook::ReturningFromHost | CallHook::CallingWasm) {
            let wasi = store.data_mut().wasi();
            if std::mem::take(&mut wasi.called) {
                limits::charge_wasi_call(&mut store)?;
            }
        }
        Ok(())
    });
}

impl Guest {
    fn wasi(&mut self) -> &mut Wasi {
        if self.wasi.is_none() {
            self.wasi = Some(Box::new(Wasi::new(self, [0; 32])));
        }
        // Filled just above: WASI is linked for guests that have it, this is for the compiler.
        self.wasi.as_mut().expect("filled above")
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        wasi.called = true;
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut wasi.table }
    }
}

/// Nanoseconds since the guest began, in virtual time. Shared by its clocks and sleeps.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn read(&self) -> u64 {
        let now = self.0.load(Ordering::Relaxed).saturating_add(TICK_NS);
        self.0.store(now, Ordering::Relaxed);
        now
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(TICK_NS)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(EPOCH_SECONDS).saturating_add(Duration::from_nanos(self.read()))
    }
}

struct VirtualTime;

impl HasData for VirtualTime {
    type Data<'a> = ClockView<'a>;
}

struct ClockView<'a> {
    clock: Clock,
    table: &'a mut ResourceTable,
}

impl ClockView<'_> {
    fn sleep_until(&mut self, until: u64) -> Result<Resource<DynPollable>, Error> {
        let sleep = self.table.push(Sleep { clock: self.clock.clone(), until })?;
        subscribe(self.table, sleep)
    }
}

impl monotonic_clock::Host for ClockView<'_> {
    fn now(&mut self) -> Result<u64, Error> {
        Ok(self.clock.read())
    }

    fn resolution(&mut self) -> Result<u64, Error> {
        Ok(TICK_NS)
    }

    fn subscribe_instant(&mut self, when: u64) -> Result<Resource<DynPollable>, Error> {
        self.sleep_until(when)
    }

    fn subscribe_duration(&mut self, when: u64) -> Result<Resource<DynPollable>, Error> {
        let until = self.clock.read().saturating_add(when);
        self.sleep_until(until)
    }
}

/// A sleep: waiting for it moves the clock to its end.
struct Sleep {
    clock: Clock,
    until: u64,
}

impl Pollable for Sleep {
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        self.clock.0.fetch_max(self.until, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}

const INFO: u8 = 1;
const ERROR: u8 = 3;

/// Standard output or error: lines of the log. Bytes that are no UTF-8 are replaced.
#[derive(Clone)]
struct Stream {
    log: Arc<Mutex<Logbook>>,
    line: Arc<Mutex<Vec<u8>>>,
    level: u8,
}

impl Stream {
    fn new(log: Arc<Mutex<Logbook>>, level: u8) -> Self {
        Self { log, line: Arc::default(), level }
    }

    fn put(&self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            for piece in part.chunks(LINE_BYTES) {
                let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
                line.extend_from_slice(piece);
                let full = line.len() >= LINE_BYTES || line.ends_with(b"\n");
                drop(line);
                if full {
                    self.end_line();
                }
            }
        }
    }

    fn end_line(&self) {
        let line = std::mem::take(&mut *self.line.lock().unwrap_or_else(PoisonError::into_inner));
        if !line.is_empty() {
            let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
            let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            log.write(Account::Candidate, self.level, text);
        }
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    /// For WASI 0.3 alone, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl Pollable for Stream {
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(std::future::ready(()))
    }
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.put(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}
