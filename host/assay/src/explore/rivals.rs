//! Rivals: the agents that a task brings along, as a measure of what can be asked on a case.
//!
//! A low score says little: a case may be hard for everyone. What another agent reaches on the same case *can* be reached, so
//! what an agent lacks of that is its **regret** there, in the score's unit. Rivals are the task's seed and references.

use crate::compile::Component;
use crate::evaluate::judge::{Judge, JudgeError};
use crate::task::Score;
use sandbox::verdict::Verdict;
use serde::Serialize;

/// The agents to compare with, compiled.
pub struct Rivals(Vec<(String, Component)>);

/// What the best of them reached on a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Best {
    /// Its file.
    pub name: String,
    /// Its score.
    pub score: f64,
}

impl Rivals {
    /// The task's references and its seed, but for the component `agent` itself and whatever equals another.
    ///
    /// # Errors
    /// One of them does not compile, or the compiler can't work.
    pub async fn of(judge: &Judge, agent: &Component) -> Result<Self, JudgeError> {
        let mut rivals: Vec<(String, Component)> = Vec::new();
        for source in judge.task.references.iter().chain([&judge.task.seed]) {
            let component = judge.compile_own(&source.name, &source.text).await?;
            let known = |digest: &str| rivals.iter().any(|(_, rival)| rival.digest == digest);
            if component.digest != agent.digest && !known(&component.digest) {
                rivals.push((source.name.clone(), component));
            }
        }
        Ok(Self(rivals))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The best on each of `cases`, the first of equals; none where no rival is scored.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn best(&self, judge: &Judge, cases: &[String]) -> Result<Vec<Option<Best>>, JudgeError> {
        let mut best: Vec<Option<Best>> = vec![None; cases.len()];
        for (name, rival) in &self.0 {
            for (best, result) in best.iter_mut().zip(judge.each(rival, cases, false).await?) {
                let Verdict::Scored(outcome) = result.verdict else { continue };
                let score = outcome.score;
                if best.as_ref().is_none_or(|best| regret(&judge.task.score, best.score, score) > 0.0) {
                    *best = Some(Best { name: name.clone(), score });
                }
            }
        }
        Ok(best)
    }
}

/// By how much `mine` is worse than `theirs`, in the score's unit; negative where it is better.
pub fn regret(score: &Score, mine: f64, theirs: f64) -> f64 {
    score.direction.oriented(theirs) - score.direction.oriented(mine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Direction;

    #[test]
    fn regret_is_what_is_lacking_whichever_way_the_score_improves() {
        let score = |direction| Score { direction, unit: String::new(), minimum_effect: 0.1 };
        assert_eq!(regret(&score(Direction::Maximize), 1.0, 3.0), 2.0);
        assert_eq!(regret(&score(Direction::Minimize), 1.0, 3.0), -2.0);
    }
}
