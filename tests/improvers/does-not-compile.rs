//! incident: returns what has the shape of a program and is none
//! known: STOP: what raises counts 0, as if it had been tried
//! ends: invalid-output
//! refused: improves
//! says: returned something other than a program of the task

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    Ok(program.replacen("1.0", "perfect", 1))
}
