//! Swaps two facilities as long as some swap gains: a local optimum from the identity.

/// The best swap of all, again and again.
pub fn assign(flow: Vec<Vec<u32>>, distance: Vec<Vec<u32>>, preference: Vec<Vec<u32>>) -> Vec<u32> {
    let n = flow.len();
    let worth = |places: &[usize]| {
        let mut worth = 0;
        for i in 0..n {
            worth -= 1_000_000 * i64::from(preference[i][places[i]]);
            for j in 0..n {
                worth += 2 * i64::from(flow[i][j]) * i64::from(distance[places[i]][places[j]]);
            }
        }
        worth
    };
    let mut places: Vec<usize> = (0..n).collect();
    let mut now = worth(&places);
    loop {
        let mut best = (now, 0, 0);
        for i in 0..n {
            for j in i + 1..n {
                places.swap(i, j);
                let then = worth(&places);
                if then > best.0 {
                    best = (then, i, j);
                }
                places.swap(i, j);
            }
        }
        if best.0 == now {
            return places.iter().map(|place| *place as u32).collect();
        }
        now = best.0;
        places.swap(best.1, best.2);
    }
}
