//! Digests as text: lower-case hex of sha256, the form that every file and report uses.

use sha2::Digest as _;

/// sha256 of `bytes` in hex.
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(&sha2::Sha256::digest(bytes.as_ref()))
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// sha256 over several parts, each preceded by its length, so that no two lists share a digest.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Seeds of simulated cases for `purpose`: a function of the three.
pub fn case_seeds(seed: u64, purpose: &str, count: u64) -> Vec<u64> {
    (0..count)
        .map(|index| {
            let hash = sha2::Sha256::new()
                .chain_update(b"assay cases v1\0")
                .chain_update(purpose.as_bytes())
                .chain_update([0])
                .chain_update(seed.to_le_bytes())
                .chain_update(index.to_le_bytes())
                .finalize();
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&hash[..8]);
            u64::from_le_bytes(bytes)
        })
        .collect()
}
