//! Commitments: holdout results that are bound now and shown later, or never.
//!
//! With a fixed holdout the per-case results can't stand in the evidence, for they would teach the next
//! candidate the holdout. What stands there is a commitment: sha256 over a secret salt and the results.
//! Nobody can change the results afterwards (sha256 is collision resistant), and nobody can guess them from
//! the commitment (32 random bytes of salt; without them, results of few possible values could be tried
//! out). When the set is retired, salt and results are published and anybody checks them.
//!
//! Encoding, version 1: the tag `assay holdout commitment v1` and a zero byte, the salt, the number of
//! results as u64, then each result as its length (u64) and its bytes. Integers are big-endian. Every result
//! carries its length, so no two lists of results have one encoding.

use sha2::{Digest, Sha256};

/// Names the encoding, so that no other use of sha256 can be mistaken for a commitment.
const TAG: &[u8] = b"assay holdout commitment v1\0";

/// Commit to `results`, one byte string per case in the order of the cases, under a secret random `salt`.
pub fn commit(salt: &[u8; 32], results: &[impl AsRef<[u8]>]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(TAG);
    hasher.update(salt);
    hasher.update((results.len() as u64).to_be_bytes());
    for result in results {
        let result = result.as_ref();
        hasher.update((result.len() as u64).to_be_bytes());
        hasher.update(result);
    }
    hasher.finalize().into()
}

/// Whether `salt` and `results` are what `commitment` was made from.
pub fn opens(commitment: &[u8; 32], salt: &[u8; 32], results: &[impl AsRef<[u8]>]) -> bool {
    commit(salt, results) == *commitment
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 32] = [7; 32];

    #[test]
    fn a_commitment_opens_with_what_it_was_made_from() {
        let results = ["0.5", "0.25", ""];
        assert!(opens(&commit(&SALT, &results), &SALT, &results));
    }

    #[test]
    fn a_changed_reordered_missing_or_resplit_result_does_not_open_it() {
        let commitment = commit(&SALT, &["ab", "c"]);
        for other in
            [vec!["ab", "d"], vec!["c", "ab"], vec!["ab"], vec!["a", "bc"], vec!["abc"], vec!["ab", "c", ""]]
        {
            assert!(!opens(&commitment, &SALT, &other), "{other:?}");
        }
    }

    #[test]
    fn another_salt_hides_equal_results() {
        let other = [8; 32];
        assert_ne!(commit(&SALT, &["1"]), commit(&other, &["1"]));
        assert!(!opens(&commit(&SALT, &["1"]), &other, &["1"]));
    }

    #[test]
    fn the_encoding_never_changes_unnoticed() {
        let empty: [&str; 0] = [];
        assert_eq!(hex(&commit(&[0; 32], &empty)), EMPTY);
        assert_eq!(hex(&commit(&SALT, &["0.5", "0.25"])), TWO);
    }

    // Computed independently, with Python's hashlib and struct.
    const EMPTY: &str = "5cf7c9ea9ffcad5800f448ac879fca198e8b62c99332131185c51cea7e45d58d";
    const TWO: &str = "7476907b3f3e8dd169527a0bffbb630475f53e5b84f7deb02db7aeab3447df82";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
