//! A first attempt: every machine is as good as any other, so all jobs queue at the first.

/// How much `job` would like to go to a machine with work of length `load`.
pub fn preference(job: u32, load: u32) -> f64 {
    let job = f64::from(job);
    let load = f64::from(load);
    // assay: evolve
    0.0 * (load + job)
    // assay: end
}
