//! incident: the same, below the limit on what a guest may return
//! known: hosts that read until the end
//! ends: invalid-output
//! refused: improves
//! says: returned something other than a program of the task

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    Ok(program.replacen("// assay: end", &format!("{}\n    // assay: end", "{}".repeat(1 << 18)), 1))
}
