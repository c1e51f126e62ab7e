//! incident: hands over a thousand times what may be handed over in one call
//! known: hosts that read until the end
//! ends: invalid-output
//! refused: improves
//! says: output

use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    log::info(&evaluation::score_all(&vec![program.clone(); 100_000]).len().to_string());
    Ok(program)
}
