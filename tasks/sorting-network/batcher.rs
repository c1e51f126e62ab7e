//! Batcher's merge exchange (Knuth 5.2.2, algorithm M): a network for any number of wires, as small as is
//! possible up to eight: 5, 9, 12, 16 and 19 comparators for 4 to 8 wires.

/// Comparators in rounds of falling distance.
pub fn network(wires: u32) -> Vec<(u32, u32)> {
    let top = wires.next_power_of_two() / 2;
    let mut comparators = Vec::new();
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            comparators.extend((0..wires.saturating_sub(d)).filter(|i| i & p == r).map(|i| (i, i + d)));
            if q == p {
                break;
            }
            d = q - p;
            q /= 2;
            r = p;
        }
        p /= 2;
    }
    comparators
}
