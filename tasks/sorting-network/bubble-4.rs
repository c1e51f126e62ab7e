//! Bubble sort as a network for 4 wires: 6 comparators, far more than needed.

/// One round a line; each round carries the largest value left to its place.
pub fn network(_wires: u32) -> Vec<(u32, u32)> {
    // assay: evolve
    [
        (0, 1), (1, 2), (2, 3),
        (0, 1), (1, 2),
        (0, 1),
    ]
    .to_vec()
    // assay: end
}
