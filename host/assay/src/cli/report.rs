//! Reports: data on standard output, as JSON or as words for a person.

use crate::evaluate::judge::{Evaluation, mean};
use crate::promote::{Decision, Seen};
use crate::task::Task;
use sandbox::protocol::CaseResult;
use sandbox::verdict::Verdict;
use std::io::Write;

/// Print `value` as JSON, or the words.
pub(super) fn print(json: bool, value: &serde_json::Value, words: impl FnOnce() -> String) {
    let text = if json { serde_json::to_string_pretty(value).unwrap_or_default() } else { words() };
    // A closed pipe is the reader's choice.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Untrusted text on a terminal: control characters become visible.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_bidi(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// A model's opinion of a candidate.
pub(super) fn opinion(opinion: Option<f64>) -> String {
    let number = opinion.map_or("none".to_owned(), |opinion| format!("{opinion} of 10"));
    format!("model-opinion {number} (not reproducible, no gate rests on it)")
}

/// Characters that reorder what stands around them (Trojan Source, CVE-2021-42574).
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One case for a program: its index, the verdict's name, the whole verdict, cost and log.
pub(super) fn case_value((index, case): (usize, &CaseResult)) -> serde_json::Value {
    serde_json::json!({ "case": index, "verdict": case.verdict.name(), "detail": case.verdict, "usage": case.usage, "log": case.log })
}

/// The first case that was not scored, for a program.
pub(super) fn failure_value(evaluation: &Evaluation) -> Option<serde_json::Value> {
    evaluation.failure().map(case_value)
}

/// An evaluation on one line.
pub(super) fn evaluation_line(evaluation: &Evaluation, unit: &str) -> String {
    match (evaluation.scores(), evaluation.failure()) {
        (Some(scores), _) => format!(
            "{:.4} {unit} over {} cases, fuel {}, memory {}",
            mean(&scores),
            scores.len(),
            thousands(evaluation.fuel()),
            bytes(evaluation.memory_bytes())
        ),
        (None, Some((case, result))) => format!("case {case}: {}", verdict(&result.verdict, &result.log)),
        (None, None) => "no cases".into(),
    }
}

/// A verdict that is not a score, with the guest's last words.
pub(super) fn verdict(verdict: &Verdict, log: &sandbox::protocol::Log) -> String {
    let mut text = match verdict {
        Verdict::Trapped(kind) => format!("trapped ({kind:?})"),
        Verdict::InvalidOutput(why)
        | Verdict::Rejected(why)
        | Verdict::OutOfMemory(why)
        | Verdict::OutOfCalls(why)
        | Verdict::Crashed(why)
        | Verdict::TaskError(why) => format!("{}: {why}", verdict.name()),
        other => other.name().to_owned(),
    };
    if let Some(last) = log.lines.last() {
        text.push_str(&format!(" – it said: {}", last.message));
    }
    escape(&text)
}

/// Where a decision left the candidate.
pub(super) fn outcome(decision: &Decision) -> String {
    let agent = &decision.agent;
    let Some(record) = &decision.record else {
        return "\nnot promoted; no holdout was spent on it\n".into();
    };
    let digests = format!(
        "  version   sha256:{}\n  component sha256:{}\n  evidence  sha256:{}\n",
        record.version, decision.component, record.evidence
    );
    let leaf = record.leaf.map_or(String::new(), |leaf| format!(" (leaf {leaf})"));
    match (&record.pending, decision.promoted) {
        (Some(id), _) => format!(
            "\n{agent} passed all gates and waits for people: see `assay library pending {}`\n{digests}",
            id.get(..12).unwrap_or(id)
        ),
        (None, true) => format!("\npromoted {agent}{leaf}\n{digests}"),
        (None, false) => format!("\nnot promoted; the attempt stands in the log{leaf}\n"),
    }
}

/// A decision for a person.
pub(super) fn decision(decision: &Decision, task: &Task) -> String {
    let mut text = String::new();
    for finding in &decision.findings {
        let mark = if finding.passed { "pass" } else { "REFUSED" };
        text.push_str(&format!("  {mark:<8} {:<12} {}\n", finding.gate.name(), escape(&finding.reason)));
    }
    if let Some(holdout) = &decision.holdout {
        match &holdout.seen {
            Seen::Open { candidate, incumbent } => {
                text.push_str(&format!(
                    "\nholdout: {} cases drawn after the candidate was fixed (attempt {})\n  {:<16} {:.4} {}\n",
                    holdout.cases, holdout.attempt, "this agent", candidate.score, task.score.unit
                ));
                for other in &holdout.against {
                    text.push_str(&format!(
                        "  {:<16} {:.4}   gain {:+.4}, {:.0} % interval {} … {}, p = {:.2e}\n",
                        other.name,
                        other.score,
                        other.gain,
                        other.interval.level * 100.0,
                        bound(other.interval.low),
                        bound(other.interval.high),
                        other.p_value
                    ));
                }
                text.push_str(&format!(
                    "  fuel {} (incumbent {}), peak memory {} (incumbent {})\n",
                    thousands(candidate.fuel),
                    thousands(incumbent.fuel),
                    bytes(candidate.memory_bytes),
                    bytes(incumbent.memory_bytes)
                ));
            }
            Seen::Ladder { released } => {
                let word =
                    released.map_or("no change".into(), |score| format!("{score:.4} {}", task.score.unit));
                text.push_str(&format!(
                    "\nholdout: {} sealed cases (query {}); released: {word}\n",
                    holdout.cases, holdout.attempt
                ));
            }
        }
    }
    text
}

fn bound(end: Option<f64>) -> String {
    end.map_or("unbounded".into(), |end| format!("{end:+.4}"))
}

/// `1 234 567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Bytes in KiB or MiB.
pub(super) fn bytes(number: u64) -> String {
    if number < 1 << 20 {
        format!("{} KiB", number.div_ceil(1 << 10))
    } else {
        format!("{:.1} MiB", number as f64 / f64::from(1 << 20))
    }
}
