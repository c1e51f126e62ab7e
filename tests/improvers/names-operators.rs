//! incident: names operators, real ones and one that it would like: a choice that it has, and no more than that
//! known: none; what guidance is for
//! ends: scored
//! refused: improves
//! utility: 0
//! says: 6 programs, 0 of them with the reference in it

use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let guidance = "nudge-constant, replace-by-reference; count: 1000";
    let batch = proposals::propose(&program, guidance, 1000, 1.0).unwrap_or_default();
    let solved = batch.iter().filter(|program| program.contains("-f64::from(load)\n}")).count();
    log::info(&format!("{} programs, {solved} of them with the reference in it", batch.len()));
    Ok(program)
}
