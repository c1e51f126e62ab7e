//! Sums the policy over a grid as wide as the case says.

use assay::*;

pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let case: u32 = case.trim().parse().map_err(|_| Fault::BadCase("a case is a whole number".to_owned()))?;
    let mut score = 0.0;
    for item in 1..=case {
        for remaining in item..=case {
            let priority = policy::priority(item, remaining);
            if !priority.is_finite() {
                return Err(Fault::InvalidOutput("priority must be finite".to_owned()));
            }
            score += priority;
        }
    }
    Ok(Outcome { score, metrics: Vec::new(), notes: String::new() })
}
