//! incident: answers with the program that it was given, for ever
//! known: STOP, SICA: steps that change nothing are accepted, and counted
//! ends: scored
//! refused: improves
//! utility: 0

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    Ok(program)
}
