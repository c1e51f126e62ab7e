//! Exact: Davis, Putnam, Logemann and Loveland's search. It sets what a clause forces, else branches on a clause that is open with the
//! fewest literals, and takes back what led to a contradiction.

/// An assignment that satisfies all clauses; all false if there is none.
pub fn solve(variables: u32, clauses: Vec<(i32, i32, i32)>) -> Vec<bool> {
    let clauses: Vec<[i32; 3]> = clauses.into_iter().map(|(a, b, c)| [a, b, c]).collect();
    let mut values = vec![None; variables as usize];
    search(&clauses, &mut values);
    values.into_iter().map(|value| value.unwrap_or(false)).collect()
}

fn search(clauses: &[[i32; 3]], values: &mut [Option<bool>]) -> bool {
    let mut set = Vec::new();
    loop {
        let mut shortest: Option<(usize, i32)> = None;
        let mut contradiction = false;
        for clause in clauses {
            let value = |literal: i32| values[variable(literal)].map(|value| value == (literal > 0));
            if clause.iter().any(|literal| value(*literal) == Some(true)) {
                continue;
            }
            let mut open = clause.iter().filter(|literal| value(**literal).is_none());
            let (first, count) = (open.next(), 1 + open.count());
            let Some(first) = first else {
                contradiction = true;
                break;
            };
            if shortest.is_none_or(|(fewest, _)| count < fewest) {
                shortest = Some((count, *first));
            }
        }
        match shortest {
            _ if contradiction => break,
            None => return true,
            Some((1, literal)) => {
                values[variable(literal)] = Some(literal > 0);
                set.push(variable(literal));
            }
            Some((_, literal)) => {
                for value in [literal > 0, literal < 0] {
                    values[variable(literal)] = Some(value);
                    if search(clauses, values) {
                        return true;
                    }
                }
                values[variable(literal)] = None;
                break;
            }
        }
    }
    set.into_iter().for_each(|variable: usize| values[variable] = None);
    false
}

fn variable(literal: i32) -> usize {
    literal.unsigned_abs() as usize - 1
}
