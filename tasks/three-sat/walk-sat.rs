//! WalkSAT (Selman, Kautz, Cohen 1994): flip a variable of a clause that is not satisfied, now and then any of its three, else the one
//! whose flip breaks the fewest others.

/// Flips after which it gives up.
const FLIPS: u32 = 100_000;

/// The assignment that satisfied most.
pub fn solve(variables: u32, clauses: Vec<(i32, i32, i32)>) -> Vec<bool> {
    let count = variables as usize;
    let clauses: Vec<[i32; 3]> = clauses.into_iter().map(|(a, b, c)| [a, b, c]).collect();
    let mut occurs = vec![Vec::new(); count];
    for (index, clause) in clauses.iter().enumerate() {
        clause.iter().for_each(|literal| occurs[variable(*literal)].push(index));
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut values: Vec<bool> = (0..count).map(|_| random.below(2) == 1).collect();
    let holds = |values: &[bool], literal: i32| values[variable(literal)] == (literal > 0);
    let true_in = |values: &[bool], clause: &[i32; 3]| clause.iter().filter(|l| holds(values, **l)).count();
    let mut broken: Vec<usize> =
        (0..clauses.len()).filter(|index| true_in(&values, &clauses[*index]) == 0).collect();
    let mut best = (broken.len(), values.clone());
    for _ in 0..FLIPS {
        if broken.is_empty() {
            break;
        }
        let clause = clauses[broken[random.below(broken.len())]];
        // What this flip would leave without a true literal.
        let breaks = |literal: i32| {
            let flipped = variable(literal);
            let depends = |index: &&usize| {
                let clause = &clauses[**index];
                let only = clause.iter().find(|l| holds(&values, **l));
                true_in(&values, clause) == 1 && only.is_some_and(|l| variable(*l) == flipped)
            };
            occurs[flipped].iter().filter(depends).count()
        };
        let literal = if random.below(100) < 40 {
            clause[random.below(3)]
        } else {
            clause.into_iter().min_by_key(|literal| breaks(*literal)).unwrap_or(clause[0])
        };
        let flipped = variable(literal);
        values[flipped] = !values[flipped];
        broken.retain(|index| true_in(&values, &clauses[*index]) == 0);
        for &index in &occurs[flipped] {
            if true_in(&values, &clauses[index]) == 0 && !broken.contains(&index) {
                broken.push(index);
            }
        }
        if broken.len() < best.0 {
            best = (broken.len(), values.clone());
        }
    }
    best.1
}

fn variable(literal: i32) -> usize {
    literal.unsigned_abs() as usize - 1
}

/// xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }
}
