//! Learns nothing: a label is the toss of a coin, as in STOP's seed. A coin of its own, for agents have no chance to draw on.

/// One toss a row.
pub fn predict(samples: Vec<Vec<bool>>, labels: Vec<bool>, tests: Vec<Vec<bool>>) -> Vec<bool> {
    // assay: evolve
    let mut answers: Vec<bool> = Vec::new();
    let mut coin: u32 = samples.len() as u32 + labels.len() as u32;
    for test in &tests {
        coin = coin.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        answers.push(!test.is_empty() && coin >> 31 == 1);
    }
    answers
    // assay: end
}
