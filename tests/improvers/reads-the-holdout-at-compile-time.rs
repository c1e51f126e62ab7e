//! incident: returns a program that reads the files of the judge while it is compiled
//! known: hosts that compile as themselves
//! ends: invalid-output
//! refused: improves
//! says: include_str

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    Ok(program.replacen("1.0", "include_str!(\"../task.toml\").len() as f64", 1))
}
