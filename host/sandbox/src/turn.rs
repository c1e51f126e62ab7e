//! The turn: which of a worker's jobs runs, and the clock that runs with it.
//!
//! One job at a time. A job whose guest waits for the host gives its turn away, so that a nested
//! evaluation can finish in the same process, and takes it again before the guest goes on. Epochs tick
//! only while somebody has the turn: an idle worker is silent.

use crate::engine::Engine;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often guests look at the wall clock.
const TICK: Duration = Duration::from_millis(5);

/// Who may run: one at a time.
pub(crate) struct Turn {
    taken: Mutex<bool>,
    changed: Condvar,
}

impl Turn {
    /// A free turn, and the thread that ticks while it is taken.
    pub(crate) fn start(engine: Engine) -> std::io::Result<Arc<Self>> {
        let turn = Arc::new(Self { taken: Mutex::new(false), changed: Condvar::new() });
        let clock = turn.clone();
        std::thread::Builder::new().name("clock".into()).stack_size(64 << 10).spawn(move || {
            loop {
                clock.wait_until(true);
                std::thread::sleep(TICK);
                engine.increment_epoch();
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
