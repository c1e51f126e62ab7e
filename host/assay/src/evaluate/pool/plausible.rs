//! Could an honest worker have said this?
//!
//! A worker has run foreign code and may be that code's by now. What it says of a case is checked against
//! the limits the case ran under: nobody spends more than there was, says more than allowed, or scores
//! what is no number. It can still lie within them, which is why a promotion is evaluated in a fresh worker.

use sandbox::policy::{LOG_RESERVE, Limits};
use sandbox::protocol::{CaseResult, Log, Usage};
use sandbox::verdict::{REASON_BYTES, Verdict};

/// The result of one case.
pub(super) fn check(result: &CaseResult, limits: &Limits) -> Result<(), &'static str> {
    let CaseResult { verdict, usage, log } = result;
    let output = limits.output_bytes as usize;
    match verdict {
        Verdict::Scored(outcome) => {
            if !outcome.score.is_finite() || outcome.metrics.iter().any(|(_, value)| !value.is_finite()) {
                return Err("it gave a score that is no number");
            }
            if usage.fuel.is_none() {
                return Err("it gave a score without its fuel");
            }
            let names: usize = outcome.metrics.iter().map(|(name, _)| name.len()).sum();
            if outcome.notes.len().saturating_add(names) > output {
                return Err("it gave more output than allowed");
            }
        }
        Verdict::InvalidOutput(why)
        | Verdict::OutOfMemory(why)
        | Verdict::OutOfCalls(why)
        | Verdict::Rejected(why)
        | Verdict::Crashed(why)
        | Verdict::TaskError(why) => {
            if why.len() > output.max(REASON_BYTES) {
                return Err("it gave a longer reason than allowed");
            }
        }
        Verdict::Trapped(_) | Verdict::OutOfFuel | Verdict::TimedOut => {}
    }
    check_cost(usage, log, limits)
}

/// What anything cost and said.
pub(super) fn check_cost(usage: &Usage, log: &Log, limits: &Limits) -> Result<(), &'static str> {
    if usage.fuel.is_some_and(|fuel| fuel > limits.fuel) || usage.memory_bytes > limits.memory_bytes {
        return Err("it spent more than there was");
    }
    // Two accounts and WASI, each one call past the limit at most.
    if u64::from(usage.host_calls) > 3 * (u64::from(limits.host_calls) + 1) {
        return Err("it made more calls than allowed");
    }
    let bytes: u64 = log.lines.iter().map(|line| line.message.len() as u64).sum();
    let lines = 2 * (u64::from(limits.log_lines) + u64::from(LOG_RESERVE));
    if bytes > 2 * (u64::from(limits.log_bytes) + u64::from(LOG_RESERVE))
        || log.lines.len() as u64 > lines
        || log.lines.iter().any(|line| line.level > 3)
    {
        return Err("it logged more than allowed");
    }
    Ok(())
}
