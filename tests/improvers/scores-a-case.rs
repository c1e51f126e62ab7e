//! incident: has cases evaluated in place of programs, the measuring ones and its own
//! known: STOP: an improver may call the utility on whatever it likes; validation and test differ by a seed that it can read
//! ends: scored
//! refused: improves
//! utility: 0
//! says: 0 of 4 scored
//! says: it is no program of this task

use assay::*;

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let texts = [r#"{"task":0,"seed":0}"#, r#"{"machines":4,"jobs":[1,2,3]}"#, "measure", "nested measure 0"];
    let scores = evaluation::score_all(&texts.map(str::to_owned));
    log::info(&format!("{} of 4 scored: {:?}", scores.iter().filter(|score| score.is_ok()).count(), scores[0]));
    Ok(program)
}
