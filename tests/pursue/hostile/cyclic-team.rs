//! tries: a team whose members wait for each other
//! leads: orchestrator
//! ends: 1 not reached
//! says: wait for each other: data must flow one way
//! never: "event":"judging"

pub fn pursue(_goal: String) -> Result<String, String> {
    let member = "0".repeat(64);
    Ok(format!(
        "# assay team 1\nanswer = \"a\"\n[roles.a]\nagent = \"{member}\"\ntakes = [\"b\"]\n\
         [roles.b]\nagent = \"{member}\"\ntakes = [\"a\"]\n"
    ))
}
