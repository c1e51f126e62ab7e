//! incident: falls over while the host still works for it
//! known: STOP: an exception reverts to what was before, and costs nothing
//! ends: trapped
//! refused: improves
//! says: no program is good enough

use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let batch = proposals::propose(&program, "", 6, 0.5)?;
    panic!("no program is good enough, of {}", batch.len())
}
