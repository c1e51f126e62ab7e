//! Transplant: does an improver that was improved improve programs that it has never met?
//!
//! Two frozen improvers get the same programs, the same seeds and the same purse, on tasks that took part in their making and on
//! tasks that were held out. Whatever each returns is measured on the same cases, so the runs pair up by task and seed, and
//! an exact test says what the pairs are worth. A third one, which returns what it was given, shows where both began.
//!
//! An improver that fails on a case improves nothing there: its utility is 0, as after STOP's revert, and its verdict is told.

use crate::compile::Component;
use crate::digest::case_seeds;
use crate::evaluate::judge::{Judge, JudgeError, mean};
use crate::promote::statistics::interval::{Interval, interval};
use crate::promote::statistics::{StatisticsError, sign_flip};
use sandbox::verdict::Verdict;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Source of an improver that returns what it was given.
pub const NOTHING: &str = "/// What it was given.\npub fn improve(program: String, _brief: String) -> Result<String, String> {\n    Ok(program)\n}\n";

/// What one improver came to on one task with one seed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Of what it returned; 0 if it failed.
    pub utility: f64,
    /// Mean score of that in the task's unit; none if it failed.
    pub score: Option<f64>,
    /// How it ended, if not well.
    pub verdict: Option<String>,
}

/// One task.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its agents' name.
    pub task: String,
    /// No improver was tried on it before.
    pub held_out: bool,
    /// Of its scores.
    pub unit: String,
    /// What was given, seed by seed.
    pub given: Vec<Outcome>,
    /// The first improver, seed by seed.
    pub first: Vec<Outcome>,
    /// The later one, seed by seed.
    pub later: Vec<Outcome>,
}

/// The later improver against the first, over pairs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdicts {
    /// How many pairs.
    pub pairs: usize,
    /// Mean utility after the first.
    pub first: f64,
    /// Mean utility after the later one.
    pub later: f64,
    /// Mean difference.
    pub gain: f64,
    /// Of the mean difference, 95 %.
    pub interval: Interval,
    /// Chance of such a mean or a greater one, if signs were coins (exact sign-flip test, one-sided).
    pub p: f64,
    /// The mean difference that so many pairs would show in four of five times at a level of 5 %: (1.645 + 0.842) s/√n, with
    /// the spread s that was seen.
    pub detectable: f64,
}

/// The seeds of `count` runs.
pub fn seeds(seed: u64, count: u64) -> Vec<u64> {
    // 53 bits, as the simulator's: every reader of JSON keeps them.
    case_seeds(seed, "transplant", count).into_iter().map(|seed| seed >> 11).collect()
}

/// Try `[given, first, later]` on every task of the judge's `[nested]`, of which those from `held_out` on were never met.
/// `abreast` at a time; no result depends on that.
///
/// # Errors
/// The machine, or a task.
pub async fn transplant(
    judge: Arc<Judge>,
    improvers: [Component; 3],
    held_out: usize,
    seeds: &[u64],
    abreast: usize,
) -> Result<Vec<Row>, JudgeError> {
    let tasks = judge.task.nested.as_ref().map_or(&[][..], |nested| &nested.tasks[..]);
    let permits = Arc::new(Semaphore::new(abreast.max(1)));
    let improvers = improvers.map(Arc::new);
    let mut running = JoinSet::new();
    for task in 0..tasks.len() {
        for (run, seed) in seeds.iter().enumerate() {
            let case = format!("{{\"task\":{task},\"seed\":{seed}}}");
            for (which, improver) in improvers.iter().enumerate() {
                let (judge, permits, improver, case) =
                    (judge.clone(), permits.clone(), improver.clone(), case.clone());
                running.spawn(async move {
                    let _permit = permits.acquire_owned().await;
                    let outcome = outcome(&judge, &improver, case).await;
                    ((task, run, which), outcome)
                });
            }
        }
    }
    let unknown = Outcome { utility: 0.0, score: None, verdict: None };
    let all = vec![unknown; seeds.len()];
    let row = |(index, task): (usize, &crate::task::Task)| Row {
        task: task.agent_name(),
        held_out: index >= held_out,
        unit: task.score.unit.clone(),
        given: all.clone(),
        first: all.clone(),
        later: all.clone(),
    };
    let mut rows: Vec<Row> = tasks.iter().enumerate().map(row).collect();
    while let Some(done) = running.join_next().await {
        let ((task, run, which), outcome) =
            done.map_err(|error| JudgeError::Background(error.to_string()))?;
        let row = &mut rows[task];
        let outcomes = match which {
            0 => &mut row.given,
            1 => &mut row.first,
            _ => &mut row.later,
        };
        outcomes[run] = outcome?;
    }
    Ok(rows)
}

async fn outcome(judge: &Judge, improver: &Component, case: String) -> Result<Outcome, JudgeError> {
    let evaluation = judge.evaluate(improver, &[case]).await?;
    let result = evaluation.cases.first().map(|case| &case.verdict);
    Ok(match result {
        Some(Verdict::Scored(outcome)) => {
            let metric =
                |name: &str| outcome.metrics.iter().find(|(other, _)| other == name).map(|(_, value)| *value);
            let failed = metric("failed").is_some_and(|failed| failed > 0.0);
            Outcome {
                utility: outcome.score,
                score: metric("score").filter(|_| !failed),
                verdict: failed.then(|| "the program it returned fails".to_owned()),
            }
        }
        other => Outcome {
            utility: 0.0,
            score: None,
            verdict: Some(other.map_or("none", Verdict::name).to_owned()),
        },
    })
}

/// The later improver against the first, over all pairs of `rows`, in the order of tasks and seeds.
///
/// # Errors
/// A utility is not finite.
pub fn compare<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Result<Verdicts, StatisticsError> {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for row in rows {
        first.extend(row.first.iter().map(|outcome| outcome.utility));
        later.extend(row.later.iter().map(|outcome| outcome.utility));
    }
    let gains: Vec<f64> = later.iter().zip(&first).map(|(later, first)| later - first).collect();
    let gain = mean(&gains);
    let spread =
        gains.iter().map(|one| (one - gain).powi(2)).sum::<f64>() / (gains.len() as f64 - 1.0).max(1.0);
    Ok(Verdicts {
        pairs: gains.len(),
        first: mean(&first),
        later: mean(&later),
        gain,
        interval: interval(&gains, 0.95)?,
        p: sign_flip::test(&gains)?.p_value(),
        detectable: (1.645 + 0.842) * (spread / (gains.len() as f64).max(1.0)).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(first: &[f64], later: &[f64]) -> Row {
        let outcomes = |all: &[f64]| {
            all.iter()
                .map(|utility| Outcome { utility: *utility, score: Some(*utility), verdict: None })
                .collect()
        };
        Row {
            task: "t".into(),
            held_out: true,
            unit: "u".into(),
            given: outcomes(first),
            first: outcomes(first),
            later: outcomes(later),
        }
    }

    #[test]
    fn pairs_of_all_tasks_are_tested_together_and_exactly() {
        let rows = [row(&[0.0; 5], &[0.1, 0.2, 0.1, 0.3, 0.1]), row(&[0.5; 5], &[0.6; 5])];
        let found = compare(&rows).unwrap();
        assert_eq!((found.pairs, found.p), (10, 1.0 / 1024.0));
        assert!((found.gain - 0.13).abs() < 1e-12, "{found:?}");
        assert!(found.interval.low.is_some_and(|low| low > 0.0), "{found:?}");
    }

    #[test]
    fn no_difference_is_told_as_none() {
        let found = compare(&[row(&[0.2, 0.4], &[0.2, 0.4])]).unwrap();
        assert_eq!((found.gain, found.p, found.detectable), (0.0, 1.0, 0.0));
    }

    #[test]
    fn seeds_follow_from_one_and_fit_json() {
        assert_eq!(seeds(1, 3), seeds(1, 3));
        assert_ne!(seeds(1, 3), seeds(2, 3));
        assert!(seeds(1, 100).iter().all(|seed| *seed < 1 << 53));
    }
}
