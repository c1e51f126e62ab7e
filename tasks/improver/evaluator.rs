//! Lets an improver work on one task and measures what it returns.
//!
//! A case names the task and the draw; what stands in it is the host's business ([`utility`]). Score: the utility of the
//! program that comes back, 0 if it is as good as the program that was handed in, 1 if as good as the task's best
//! reference. It is measured on cases that the improver could not ask about.

use assay::*;

/// Judge the candidate on one task.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let start = utility::begin(&case).map_err(Fault::BadCase)?;
    let program = improve(&start.program, &start.brief)
        .map_err(|why| Fault::InvalidOutput(format!("the improver gave up: {why}")))?;
    let worth = utility::measure(&program).map_err(|why| {
        Fault::InvalidOutput(format!("returned something other than a program of the task: {why}"))
    })?;
    let failed = !worth.failure.is_empty();
    let metrics = [("score", worth.score), ("failed", f64::from(u8::from(failed)))];
    Ok(Outcome {
        score: worth.utility,
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: if failed {
            format!("the program returned was not scored on every case: {}", worth.failure)
        } else {
            format!("the program returned scored {}, a utility of {:.3}", worth.score, worth.utility)
        },
    })
}
