//! Scores when the last machine is done. A case is `{"machines": 4, "jobs": [17, 5, …]}`.

use assay::*;

/// How far the last machine is behind the lower bound, in per cent.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let case: json::Value = json::from_str(&case).map_err(|error| Fault::BadCase(error.to_string()))?;
    let bad = |what: &str| Fault::BadCase(format!("`{what}` is missing or malformed"));
    let machines = case["machines"].as_u64().filter(|n| (1..=1_000).contains(n)).ok_or_else(|| bad("machines"))?;
    let mut jobs: Vec<u32> = Vec::new();
    for job in case["jobs"].as_array().ok_or_else(|| bad("jobs"))? {
        jobs.push(job.as_u64().filter(|job| (1..=1_000).contains(job)).ok_or_else(|| bad("jobs"))? as u32);
    }
    let longest = jobs.iter().copied().max().ok_or_else(|| bad("jobs"))?;

    let mut loads = vec![0_u32; machines as usize];
    for job in &jobs {
        let mut chosen = 0;
        let mut highest = f64::NEG_INFINITY;
        for (machine, load) in loads.iter().enumerate() {
            let preference = dispatch::preference(*job, *load);
            if !preference.is_finite() {
                return Err(Fault::InvalidOutput(format!("preference({job}, {load}) is {preference}")));
            }
            if preference > highest {
                chosen = machine;
                highest = preference;
            }
        }
        loads[chosen] += job;
    }

    let done = loads.iter().copied().max().unwrap_or_default();
    let even = jobs.iter().sum::<u32>().div_ceil(machines as u32);
    let bound = even.max(longest);
    let score = (f64::from(done) / f64::from(bound) - 1.0) * 100.0;
    let metrics = vec![Metric { name: "done".to_string(), value: f64::from(done) }];
    Ok(Outcome { score, metrics, notes: format!("all done at {done}, no sooner than {bound} possible") })
}
