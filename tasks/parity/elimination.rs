//! Gaussian elimination over the field of two elements: exact where no label is wrong and the samples have full rank.

/// Solves samples · mask = labels; bits that the samples leave open are not in the mask.
pub fn predict(samples: Vec<Vec<bool>>, labels: Vec<bool>, tests: Vec<Vec<bool>>) -> Vec<bool> {
    let bits = samples.first().map_or(0, Vec::len);
    let word = |row: &Vec<bool>| row.iter().fold(0u128, |word, bit| word << 1 | u128::from(*bit));
    // Bit 0 is the label, the bits of the row stand above it.
    let mut rows: Vec<u128> =
        samples.iter().zip(&labels).map(|(row, label)| word(row) << 1 | u128::from(*label)).collect();
    let mut rank = 0;
    let mut mask = 0u128;
    let mut pivots = Vec::new();
    for bit in (1..=bits).rev() {
        let Some(found) = (rank..rows.len()).find(|row| rows[*row] >> bit & 1 == 1) else { continue };
        rows.swap(rank, found);
        let pivot = rows[rank];
        for (index, row) in rows.iter_mut().enumerate() {
            if index != rank && *row >> bit & 1 == 1 {
                *row ^= pivot;
            }
        }
        pivots.push((bit, rank));
        rank += 1;
    }
    for (bit, row) in pivots {
        mask |= (rows[row] & 1) << (bit - 1);
    }
    tests.iter().map(|row| (word(row) & mask).count_ones() % 2 == 1).collect()
}
