//! tries: a team of ten thousand
//! leads: orchestrator
//! ends: 1 not reached
//! says: "guard":"conforms"
//! never: "event":"judging"

pub fn pursue(_goal: String) -> Result<String, String> {
    let mut team = String::from("# assay team 1\nanswer = \"r0\"\n");
    for role in 0..10_000 {
        team += &format!("[roles.r{role}]\nname = \"cut\"\ntakes = [\"r{}\"]\n", role + 1);
    }
    Ok(team + "[roles.r10000]\nname = \"cut\"\ntakes = [\"input\"]\n")
}
