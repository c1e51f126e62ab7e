//! STOP's seed: of all vertices and sides, the one that cuts most now, until every vertex has a side.

/// Ties go to the first vertex, and to the first side.
pub fn cut(vertices: u32, edges: Vec<(u32, u32, u32)>) -> Vec<bool> {
    let n = vertices as usize;
    let mut weights = vec![vec![0u64; n]; n];
    for (i, j, weight) in edges {
        weights[i as usize][j as usize] = u64::from(weight);
        weights[j as usize][i as usize] = u64::from(weight);
    }
    let mut sides = vec![None; n];
    // What a vertex would cut on either side.
    let mut cuts = vec![[0u64; 2]; n];
    for _ in 0..n {
        let mut best: Option<(u64, usize, usize)> = None;
        for vertex in (0..n).filter(|vertex| sides[*vertex].is_none()) {
            for (side, &cut) in cuts[vertex].iter().enumerate() {
                if best.is_none_or(|best| cut > best.0) {
                    best = Some((cut, vertex, side));
                }
            }
        }
        let Some((_, vertex, side)) = best else { break };
        sides[vertex] = Some(side == 1);
        for (other, weight) in weights[vertex].iter().enumerate() {
            cuts[other][1 - side] += weight;
        }
    }
    sides.into_iter().map(|side| side.unwrap_or(false)).collect()
}
