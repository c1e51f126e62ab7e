//! incident: returns brackets so deep that parsers fall over
//! known: hosts that parse what they are handed, in a process of their own keys
//! ends: invalid-output
//! refused: improves
//! says: returned something other than a program of the task

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let tower = format!("{}1.0{}", "(".repeat(100_000), ")".repeat(100_000));
    Ok(program.replacen("1.0", &tower, 1))
}
