//! incident: has programs varied and scored that are so large that the host is busy with them
//! known: hosts that meter the answer and not the question
//! ends: scored
//! refused: improves
//! utility: 0
//! says: nodes, at most
//! says: 6 programs still to have

use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let large = program.replacen("1.0", &format!("1.0{}", " + 1.0".repeat(100)), 1);
    log::info(&format!("{:?}", proposals::propose(&large, "", 6, 1.0)));
    log::info(&format!("{:?}", evaluation::score(&large)));
    log::info(&format!("{} programs still to have", proposals::remaining()));
    Ok(program)
}
