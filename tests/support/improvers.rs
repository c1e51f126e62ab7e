//! A small task of improvers: its evaluator, simulator and seed are those of `tasks/improver`, the numbers are small.
//!
//! What they are tried on is the template `simulated` with another seed agent: a mark that is much too low, so that some
//! variations of it are better, and some of these by much.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its part; what fails says where"
)]

use assay::task::{Template, scaffold};
use std::path::Path;

/// What an improver may spend on one case: six of each.
pub const SIX: &str = "proposals = 6\nevaluations = 6";

const SEED: &str =
    "//! Fills one machine after the other up to a mark; what comes later all queues at the first.

/// How much `job` would like to go to a machine with work of length `load`.
pub fn preference(job: u32, load: u32) -> f64 {
    let job = f64::from(job);
    let load = f64::from(load);
    // assay: evolve
    if load + job < 40.0 { 1.0 } else { 0.0 }
    // assay: end
}
";

const REFERENCE: &str = "//! A job goes where the least work is.

pub fn preference(_job: u32, load: u32) -> f64 {
    -f64::from(load)
}
";

const NESTED: &str = "dispatch";

/// Fuel of one case of the task that improvers are tried on.
pub const CASE_FUEL: u64 = 3_000_000;

/// Make, in the folder `place`, the task `dispatch`.
pub fn dispatch(place: &Path) -> String {
    let folder = place.join(NESTED);
    if !folder.exists() {
        scaffold(&folder, Template::Simulated).unwrap();
        let toml = std::fs::read_to_string(folder.join("task.toml")).unwrap();
        let toml = toml.replacen("[evaluator]", "references = [\"least.rs\"]\n\n[evaluator]", 1).replacen(
            "jobs = 60",
            "jobs = 20",
            1,
        );
        std::fs::write(folder.join("task.toml"), format!("{toml}\n[limits]\nfuel = {CASE_FUEL}\n")).unwrap();
        std::fs::write(folder.join("seed.rs"), SEED).unwrap();
        std::fs::write(folder.join("least.rs"), REFERENCE).unwrap();
    }
    folder.display().to_string()
}

/// Make the task `name` of improvers and, beside it, `dispatch`. `budget` are lines of `[nested]`, `limits` of `[limits]`.
pub fn small(place: &Path, name: &str, budget: &str, limits: &str) -> String {
    dispatch(place);
    let folder = place.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tasks/improver");
    for file in ["seed.rs", "evaluator.rs", "simulator.rs"] {
        std::fs::copy(shipped.join(file), folder.join(file)).unwrap();
    }
    let toml = format!(
        r#"
[task]
name = "{name}"
description = "Improve a program."
[agent]
seed = "seed.rs"
[evaluator]
source = "evaluator.rs"
[score]
direction = "maximize"
unit = "utility"
minimum-effect = 0.02
[simulator]
source = "simulator.rs"
train = 2
parameters = {{ tasks = 1 }}
[nested]
tasks = ["{NESTED}"]
train = 2
measure = 4
{budget}
[limits]
depth = 1
{limits}
[gates]
fuel-factor = 1000.0
memory-factor = 16.0
[mutate]
max-nodes = 200
loops = true
"#
    );
    std::fs::write(folder.join("task.toml"), toml).unwrap();
    folder.display().to_string()
}

/// One of four cases: what was asked for in one is asked for again in others, and known by then.
const FOUR: &str = "//! Draws one of four cases.

use assay::*;

pub fn draw(seed: u64, _parameters: String) -> Result<String, String> {
    Ok(format!(\"{{\\\"task\\\":0,\\\"seed\\\":{}}}\", seed % 4))
}
";

/// As [`small`], with so few cases that a whole holdout is soon measured.
pub fn small_of_four_cases(place: &Path, name: &str, budget: &str) -> String {
    let folder = small(place, name, budget, "");
    std::fs::write(format!("{folder}/simulator.rs"), FOUR).unwrap();
    folder
}
