//! Answers with the target itself, as STOP's seed does.

/// Whatever the distance asked for.
pub fn find(target: Vec<bool>, distance: u32) -> Vec<bool> {
    // assay: evolve
    let mut found: Vec<bool> = Vec::new();
    let mut left: u32 = distance;
    for letter in &target {
        left = left.saturating_sub(1);
        found.push(*letter);
    }
    found
    // assay: end
}
