//! Slots and leases: who runs where, and who is next.
//!
//! A job that goes on after its guest waited takes its own slot again before any new job gets it: it holds
//! memory in the worker, and whoever started it waits as well.

use super::super::native::Native;
use super::super::worker::{Failure, Worker};
use sandbox::protocol::Metering;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Which of a slot's workers.
#[derive(Clone, Copy)]
pub(super) enum Life {
    /// Compiles and never runs anything.
    Compiles,
    /// Runs what others compiled, metered so.
    Runs(Metering),
}

impl Life {
    fn index(self) -> usize {
        match self {
            Self::Compiles => 0,
            Self::Runs(metering) => 1 + metering as usize,
        }
    }
}

/// All slots of a pool.
pub(super) struct Slots(Mutex<State>);

struct State {
    slots: Vec<Slot>,
    /// Who waits for a lease: on one slot (to go on there), or on any.
    waiting: VecDeque<(Option<usize>, oneshot::Sender<Lease>)>,
}

#[derive(Default)]
struct Slot {
    leased: bool,
    /// By [`Life`].
    workers: [Option<Arc<Worker>>; 3],
}

/// The right to run in a slot. Dropping it gives the slot to the next in line.
pub(super) struct Lease {
    slots: Arc<Slots>,
    slot: usize,
    held: bool,
}

impl Lease {
    pub(super) fn slot(&self) -> usize {
        self.slot
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.held {
            self.slots.release(self.slot);
        }
    }
}

impl Slots {
    /// `count` empty slots.
    pub(super) fn new(count: usize) -> Arc<Self> {
        let mut slots = Vec::new();
        slots.resize_with(count, Slot::default);
        Arc::new(Self(Mutex::new(State { slots, waiting: VecDeque::new() })))
    }

    /// The worker of a slot, if it has one that lives.
    pub(super) fn worker(&self, slot: usize, life: Life) -> Option<Arc<Worker>> {
        self.state().slots[slot].workers[life.index()].clone().filter(|worker| worker.is_alive())
    }

    /// Give a slot a worker to keep.
    pub(super) fn keep(&self, slot: usize, life: Life, worker: Arc<Worker>) {
        self.state().slots[slot].workers[life.index()] = Some(worker);
    }

    /// Wait for the right to run: on `slot`, before all others, or anywhere, preferably where the program is.
    pub(super) async fn lease(
        self: &Arc<Self>,
        slot: Option<usize>,
        program: Option<&Native>,
    ) -> Result<Lease, Failure> {
        let waiting = {
            let mut state = self.state();
            let free = |at: &usize| !state.slots[*at].leased;
            let found = match slot {
                Some(slot) => Some(slot).filter(free),
                None => {
                    let held = |at: &usize| {
                        program.is_some_and(|program| {
                            let worker = &state.slots[*at].workers[Life::Runs(program.metering).index()];
                            worker.as_ref().is_some_and(|worker| worker.holds(&program.digest))
                        })
                    };
                    let all = 0..state.slots.len();
                    all.clone().filter(free).find(held).or_else(|| all.clone().find(free))
                }
            };
            match found {
                Some(slot) => {
                    state.slots[slot].leased = true;
                    return Ok(Lease { slots: self.clone(), slot, held: true });
                }
                None => {
                    let (sender, waiting) = oneshot::channel();
                    match slot {
                        Some(_) => state.waiting.push_front((slot, sender)),
                        None => state.waiting.push_back((None, sender)),
                    }
                    waiting
                }
            }
        };
        // A sender is dropped only with the pool, which outlives this.
        waiting.await.map_err(|_| Failure::Machine("the pool is gone".into()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release(self: &Arc<Self>, slot: usize) {
        loop {
            let mut state = self.state();
            let next =
                state.waiting.iter().position(|(wanted, _)| wanted.is_none_or(|wanted| wanted == slot));
            let Some((_, next)) = next.and_then(|next| state.waiting.remove(next)) else {
                state.slots[slot].leased = false;
                return;
            };
            drop(state);
            match next.send(Lease { slots: self.clone(), slot, held: true }) {
                Ok(()) => return,
                // Whoever waited has gone: the slot goes to the next in line, not through this drop.
                Err(mut lease) => lease.held = false,
            }
        }
    }
}
