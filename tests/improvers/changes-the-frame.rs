//! incident: changes the program outside of the region that may evolve
//! known: OpenEvolve issue #106: the markers are not enforced
//! ends: invalid-output
//! refused: improves
//! says: differs outside of

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    Ok(program.replacen("f64::from(job)", "-f64::from(job)", 1))
}
