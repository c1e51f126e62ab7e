//! Tosses a coin for each variable: seven of eight clauses are satisfied by chance.

/// Whatever the clauses say.
pub fn solve(variables: u32, clauses: Vec<(i32, i32, i32)>) -> Vec<bool> {
    // assay: evolve
    let mut values: Vec<bool> = Vec::new();
    let mut coin: u32 = clauses.len() as u32;
    for variable in 0..variables {
        coin = coin.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        values.push(coin.wrapping_add(variable) >> 31 == 1);
    }
    values
    // assay: end
}
