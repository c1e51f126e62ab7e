//! tries: a program in place of a team, so that it would be compiled and run
//! leads: orchestrator
//! ends: 1 not reached
//! says: "guard":"conforms"
//! never: "event":"judging"

pub fn pursue(_goal: String) -> Result<String, String> {
    Ok("pub fn run(input: String) -> Result<String, String> { Ok(input) }".to_owned())
}
