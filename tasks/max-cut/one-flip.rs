//! Local search: moves the vertex that gains most to the other side, until none gains.

/// From all on one side.
pub fn cut(vertices: u32, edges: Vec<(u32, u32, u32)>) -> Vec<bool> {
    let n = vertices as usize;
    let mut weights = vec![vec![0i64; n]; n];
    for (i, j, weight) in edges {
        weights[i as usize][j as usize] = i64::from(weight);
        weights[j as usize][i as usize] = i64::from(weight);
    }
    let mut sides = vec![false; n];
    // What moving a vertex would gain.
    let mut gains: Vec<i64> = weights.iter().map(|row| row.iter().sum()).collect();
    loop {
        let Some(vertex) = (0..n).max_by_key(|vertex| gains[*vertex]) else { return sides };
        if gains[vertex] <= 0 {
            return sides;
        }
        sides[vertex] = !sides[vertex];
        gains[vertex] = -gains[vertex];
        for other in 0..n {
            let weight = weights[vertex][other];
            gains[other] += if sides[vertex] == sides[other] { 2 * weight } else { -2 * weight };
        }
    }
}
