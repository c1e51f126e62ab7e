//! incident: returns an empty text
//! known: OpenEvolve 0.4 [measured]: constants in place of work score
//! ends: invalid-output
//! refused: improves
//! says: returned something other than a program of the task

pub fn improve(_program: String, _brief: String) -> Result<String, String> {
    Ok(String::new())
}
