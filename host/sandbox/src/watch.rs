//! The watch: until when a guest may run that can't be interrupted.
//!
//! A guest that meters itself looks at no clock. Its fuel ends it, but fuel is not time: a policy may grant much of it, and
//! one unit can cost a page. So somebody else looks, and takes the whole process when time is up; nothing but this one job
//! is lost with it (`serve.rs`). Time is counted in ticks of `turn.rs`: a guest may have one more than its policy says, or
//! what the machine makes of it, and beginning to watch costs no look at a clock.

use crate::protocol::Job;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Time between two ticks.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Of one process.
#[derive(Default)]
pub(crate) struct Watch {
    /// Ticks so far.
    now: AtomicU64,
    /// The last tick that it may see; 0: nobody is watched.
    until: AtomicU64,
    job: AtomicU64,
}

impl Watch {
    /// Whose guests run from now on.
    pub(crate) fn of(&self, job: Job) {
        self.job.store(job, Ordering::Relaxed);
    }

    /// A guest begins, and may run so long.
    pub(crate) fn begin(&self, milliseconds: u64) {
        let ticks = milliseconds.div_ceil(TICK.as_millis() as u64);
        self.until.store(self.now.load(Ordering::Relaxed).saturating_add(ticks + 1), Ordering::Relaxed);
    }

    /// It ended.
    pub(crate) fn end(&self) {
        self.until.store(0, Ordering::Release);
    }

    /// Time passed.
    pub(crate) fn tick(&self, times: u64) {
        self.now.fetch_add(times, Ordering::Relaxed);
    }

    /// Whether a guest is past its time.
    pub(crate) fn is_late(&self) -> bool {
        let until = self.until.load(Ordering::Acquire);
        until != 0 && self.now.load(Ordering::Relaxed) > until
    }

    /// Whose.
    pub(crate) fn job(&self) -> Job {
        self.job.load(Ordering::Relaxed)
    }
}
