//! Tries every mask and takes the one that agrees with most labels: the likeliest one while fewer than half of them are wrong.
//!
//! Up to 20 bits; longer rows are cut. 2^bits · samples steps, so 10 bits cost about a million.

/// The likeliest mask's labels.
pub fn predict(samples: Vec<Vec<bool>>, labels: Vec<bool>, tests: Vec<Vec<bool>>) -> Vec<bool> {
    let bits = samples.first().map_or(0, Vec::len).min(20);
    let word = |row: &Vec<bool>| row.iter().take(bits).fold(0u32, |word, bit| word << 1 | u32::from(*bit));
    let rows: Vec<u32> = samples.iter().map(word).collect();
    let labels: Vec<u32> = labels.iter().map(|label| u32::from(*label)).collect();
    let agrees = |mask: u32| {
        rows.iter().zip(&labels).filter(|(row, label)| (*row & mask).count_ones() & 1 == **label).count()
    };
    let mut best = (0, 0);
    for mask in 0..1u32 << bits {
        let count = agrees(mask);
        if count > best.0 {
            best = (count, mask);
        }
    }
    tests.iter().map(|row| (word(row) & best.1).count_ones() & 1 == 1).collect()
}
