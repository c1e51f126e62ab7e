//! Holdout cases: fresh ones that follow from the log, or a fixed set that stays sealed.

use crate::digest::of_parts;
use sha2::{Digest, Sha256};

/// Cases drawn for one attempt. Twice the blocks that the sign-flip test can flip: more cases than the level
/// needs, for power, and few enough that an attempt takes seconds.
pub(super) const DRAWN_CASES: u64 = 80;

/// Seeds of an attempt's cases: H(log root, candidate, attempt, index). The root covers the attempt's own leaf,
/// so nobody knows a case before the candidate is fixed, and asking again draws others.
pub(super) fn seeds(log_root: &[u8; 32], component: &str, attempt: u64) -> Vec<u64> {
    drawn(b"assay holdout v1\0", log_root, component, attempt)
}

/// Seeds of a reassessment's cases: H(log root, component, index), in words of their own. The log grows with whatever
/// happens in the library, so these are others each time, and nobody's choice.
pub(super) fn reassessment_seeds(log_root: &[u8; 32], component: &str) -> Vec<u64> {
    drawn(b"assay reassess v1\0", log_root, component, 0)
}

fn drawn(purpose: &[u8], log_root: &[u8; 32], component: &str, attempt: u64) -> Vec<u64> {
    (0..DRAWN_CASES)
        .map(|index| {
            let hash = Sha256::new()
                .chain_update(purpose)
                .chain_update(log_root)
                .chain_update(component.as_bytes())
                .chain_update(attempt.to_le_bytes())
                .chain_update(index.to_le_bytes())
                .finalize();
            let mut seed = [0; 8];
            seed.copy_from_slice(&hash[..8]);
            u64::from_le_bytes(seed)
        })
        .collect()
}

/// sha256 over case texts, in order.
pub fn digest_of_cases(cases: &[String]) -> String {
    of_parts(cases.iter().map(String::as_bytes))
}

/// The salt of a sealed holdout's commitment: known to whoever holds the cases, and to nobody else until the
/// set is retired and shown. Derived, not drawn, so that a replay makes the same commitment.
pub(super) fn salt(cases: &[String], component: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"assay holdout salt v1\0");
    hash.update(component.as_bytes());
    for case in cases {
        hash.update((case.len() as u64).to_le_bytes());
        hash.update(case.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_root_candidate_or_attempt_draws_other_cases() {
        let base = seeds(&[1; 32], "a", 1);
        assert_eq!(base, seeds(&[1; 32], "a", 1));
        assert_eq!(base.len() as u64, DRAWN_CASES);
        for other in [
            seeds(&[2; 32], "a", 1),
            seeds(&[1; 32], "b", 1),
            seeds(&[1; 32], "a", 2),
            reassessment_seeds(&[1; 32], "a"),
        ] {
            assert!(base.iter().all(|seed| !other.contains(seed)));
        }
    }
}
