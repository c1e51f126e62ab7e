//! tries: a team of names that no library holds, of itself, and of what a path leads to
//! leads: orchestrator
//! ends: 1 not reached
//! says: "guard":"conforms"
//! never: "event":"judging"

use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    let member =
        |who: &str| format!("# assay team 1\nanswer = \"a\"\n[roles.a]\n{who}\ntakes = [\"input\"]\n");
    let forged = ["name = \"echo\"", "name = \"../../keys\"", "find = { takes = \"raw\", gives = \"loud\" }"];
    for who in forged {
        if evaluation::score(&member(who)).is_ok() {
            return Err(format!("{who} was scored"));
        }
    }
    Ok(member("name = \"nobody\""))
}
