//! A file that one process at a time writes.
//!
//! Unlocked by name, not by closing: a worker that is being started holds a copy of every descriptor between its fork and its
//! exec, and would keep the lock for as long.

use std::fs::{File, TryLockError};
use std::io;

/// Locked until this is dropped.
#[derive(Debug)]
pub(crate) struct Locked(pub(crate) File);

impl Locked {
    /// Locks `file`; none if somebody else has.
    pub(crate) fn take(file: File) -> io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // It fails for a lock that is not held only.
        let _ = self.0.unlock();
    }
}
