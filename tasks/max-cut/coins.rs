//! Tosses a coin for each vertex: half of all weight, on average.

/// Whatever the edges weigh.
pub fn cut(vertices: u32, edges: Vec<(u32, u32, u32)>) -> Vec<bool> {
    // assay: evolve
    let mut sides: Vec<bool> = Vec::new();
    let mut coin: u32 = edges.len() as u32;
    for vertex in 0..vertices {
        coin = coin.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        sides.push(coin.wrapping_add(vertex) >> 31 == 1);
    }
    sides
    // assay: end
}
