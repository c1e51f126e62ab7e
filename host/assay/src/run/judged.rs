//! Components that were judged, to look up while more of them are.
//!
//! A candidate at work asks whether its component was judged before its batch was proposed. What is judged meanwhile must
//! not show, or scheduling would decide who is tried: so whoever asks says from which candidate on it sees none.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A text's sha256: as good as the text to find it again, and as small whatever it is.
pub(super) fn key(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Component → the first candidate that was judged with it. Clones share.
#[derive(Clone, Default)]
pub(super) struct Judged(Arc<RwLock<BTreeMap<[u8; 32], u64>>>);

impl Judged {
    /// `component` was judged as `candidate`.
    pub(super) fn add(&self, component: &str, candidate: u64) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(key(component)).or_insert(candidate);
    }

    /// The candidate that was judged with this component.
    pub(super) fn of(&self, component: &str) -> Option<u64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key(component)).copied()
    }

    /// What is known before `candidate`.
    pub(super) fn before(&self, candidate: u64) -> Before {
        Before { judged: self.clone(), candidate }
    }
}

/// [`Judged`] as it was before a candidate, also when more were judged meanwhile. The default knows none.
#[derive(Clone, Default)]
pub(super) struct Before {
    judged: Judged,
    candidate: u64,
}

impl Before {
    /// Whether this component was judged.
    pub(super) fn has(&self, component: &str) -> bool {
        self.judged.of(component).is_some_and(|judged| judged < self.candidate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_judged_meanwhile_does_not_show() {
        let judged = Judged::default();
        judged.add("a", 1);
        let before = judged.before(2);
        judged.add("b", 2);
        judged.add("a", 3);
        assert_eq!((judged.of("a"), judged.of("b"), judged.of("c")), (Some(1), Some(2), None));
        assert_eq!((before.has("a"), before.has("b")), (true, false));
        assert!(!Before::default().has("a"));
    }
}
