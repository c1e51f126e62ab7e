//! incident: returns a program that drowns whoever reads it
//! known: hosts that read until the end
//! ends: invalid-output
//! refused: improves
//! says: output

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    Ok(program.replacen("// assay: end", &format!("// {}\n    // assay: end", "x".repeat(2 << 20)), 1))
}
