//! incident: calls what measures it
//! known: OpenEvolve 0.4 [measured]: the evaluator's function can be called, and replaced, by the candidate
//! ends: rejected
//! says: utility

use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let worth = utility::measure(&program)?;
    log::info(&format!("{}", worth.utility));
    Ok(program)
}
