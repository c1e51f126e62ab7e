//! incident: returns words about a program
//! known: STOP: the text of an answer is taken for a program
//! ends: invalid-output
//! refused: improves
//! says: returned something other than a program of the task

pub fn improve(_program: String, _brief: String) -> Result<String, String> {
    Ok("Here is the improved program. It scores 1.0 on every case, so there is no need to run it.".to_owned())
}
