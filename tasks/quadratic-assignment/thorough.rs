//! Exact for up to 8 facilities: all assignments, one facility after the other. For more, an iterated local search: descents by swaps,
//! each from the best so far with some facilities shuffled.

/// 40 320 assignments.
const EXACT: usize = 8;
/// Passes over all swaps, for one facility; there are fewer with the cube of facilities, as each costs that much.
const PASSES: usize = 500_000;
/// Facilities that are shuffled before a descent.
const SHUFFLED: usize = 4;

/// The best that fuel can buy.
pub fn assign(flow: Vec<Vec<u32>>, distance: Vec<Vec<u32>>, preference: Vec<Vec<u32>>) -> Vec<u32> {
    let n = flow.len();
    let wide = |rows: Vec<Vec<u32>>| rows.into_iter().flatten().map(i64::from).collect::<Vec<i64>>();
    let problem = Problem { n, flow: wide(flow), distance: wide(distance), preference: wide(preference) };
    let best = if n <= EXACT { problem.best_of_all() } else { problem.best_of_descents() };
    best.iter().map(|place| *place as u32).collect()
}

struct Problem {
    n: usize,
    flow: Vec<i64>,
    distance: Vec<i64>,
    preference: Vec<i64>,
}

impl Problem {
    /// What facility `i` adds, seen from the facilities `others` and from itself.
    fn added(&self, places: &[usize], i: usize, others: impl Iterator<Item = usize>) -> i64 {
        let n = self.n;
        let at = places[i];
        let mut both = self.flow[i * n + i] * self.distance[at * n + at];
        for j in others {
            let to = places[j];
            both += self.flow[i * n + j] * self.distance[at * n + to];
            both += self.flow[j * n + i] * self.distance[to * n + at];
        }
        2 * both - 1_000_000 * self.preference[i * n + at]
    }

    fn best_of_all(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.n).collect();
        let mut best = (i64::MIN, places.clone());
        self.go_on(&mut places, 0, 0, &mut best);
        best.1
    }

    fn go_on(&self, places: &mut Vec<usize>, i: usize, so_far: i64, best: &mut (i64, Vec<usize>)) {
        if i == self.n {
            if so_far > best.0 {
                *best = (so_far, places.clone());
            }
            return;
        }
        for j in i..self.n {
            places.swap(i, j);
            let then = so_far + self.added(places, i, 0..i);
            self.go_on(places, i + 1, then, best);
            places.swap(i, j);
        }
    }

    fn best_of_descents(&self) -> Vec<usize> {
        let mut best: Vec<usize> = (0..self.n).collect();
        let mut highest = self.descend(&mut best).1;
        let mut state = 1u64;
        let mut passes = 0;
        while passes < PASSES / self.n.pow(3) {
            let mut places = best.clone();
            for _ in 1..SHUFFLED {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                places.swap((state >> 33) as usize % self.n, (state >> 48) as usize % self.n);
            }
            let (spent, worth) = self.descend(&mut places);
            passes += spent;
            if worth >= highest {
                (best, highest) = (places, worth);
            }
        }
        best
    }

    /// Takes every swap that gains, until none does: passes needed, and what it is worth then.
    fn descend(&self, places: &mut [usize]) -> (usize, i64) {
        let mut passes = 0;
        loop {
            passes += 1;
            let mut gained = false;
            for i in 0..self.n {
                for j in i + 1..self.n {
                    let touched = |places: &[usize]| {
                        let but_i = (0..self.n).filter(|k| *k != i && *k != j);
                        self.added(places, i, (0..self.n).filter(|k| *k != i)) + self.added(places, j, but_i)
                    };
                    let before = touched(places);
                    places.swap(i, j);
                    if touched(places) > before {
                        gained = true;
                    } else {
                        places.swap(i, j);
                    }
                }
            }
            if !gained {
                return (passes, (0..self.n).map(|i| self.added(places, i, 0..i)).sum());
            }
        }
    }
}
