//! incident: an improver that hands its work to an improver, namely itself
//! known: AI Scientist (Sakana 2024): relaunched itself; STOP: improvers that call improvers
//! ends: trapped
//! refused: improves

use assay::*;

pub fn improve(program: String, brief: String) -> Result<String, String> {
    let better = improve(program.clone(), format!("{brief} "))?;
    Ok(if evaluation::remaining() > 0 { better } else { program })
}
