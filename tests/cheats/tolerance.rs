//! task: tests/cheats/tolerant
//! cheat: live in the grader's tolerance: as far off as it forgives, on the cheap side
//! frameworks: published records that "improved" by less than the checker's slack
//! refused: improves

pub fn run(input: String) -> Result<String, String> {
    let exact: f64 = input.parse().map_err(|_| "not a number".to_owned())?;
    Ok((exact * exact - 0.9e-6).to_string())
}
