//! The turn: which of a worker's jobs runs, and the clock that runs with it.
//!
//! One job at a time. A job whose guest waits for the host gives its turn away, so that a nested
//! evaluation can finish in the same process, and takes it again before the guest goes on. The clock ticks
//! only while somebody has the turn: an idle worker is silent. A tick has guests look at the time, or looks at
//! it in their place ([`crate::watch`]).

use crate::engine::Engine;
use crate::watch::TICK;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// Who may run: one at a time.
pub(crate) struct Turn {
    taken: Mutex<bool>,
    changed: Condvar,
}

impl Turn {
    /// A free turn, and the thread that ticks while it is taken. `late`: a guest that can't be interrupted may be past its
    /// time.
    pub(crate) fn start(engine: Engine, late: impl Fn() + Send + 'static) -> std::io::Result<Arc<Self>> {
        let turn = Arc::new(Self { taken: Mutex::new(false), changed: Condvar::new() });
        let clock = turn.clone();
        std::thread::Builder::new().name("clock".into()).stack_size(64 << 10).spawn(move || {
            loop {
                clock.wait_until(true);
                let began = Instant::now();
                std::thread::sleep(TICK);
                // More than one where the machine was busy: a guest's time goes on.
                let ticks = (began.elapsed().as_nanos() / TICK.as_nanos()).max(1);
                engine.watch().tick(u64::try_from(ticks).unwrap_or(u64::MAX));
                engine.increment_epoch();
                if engine.watch().is_late() {
                    late();
                }
            }
        })?;
        Ok(turn)
    }

    /// Wait for the turn and take it.
    pub(crate) fn take(&self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = self.changed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        self.changed.notify_all();
    }

    /// Let others have it.
    pub(crate) fn give(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.changed.notify_all();
    }

    fn wait_until(&self, state: bool) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken != state {
            taken = self.changed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
