//! The rig: an evaluator, a simulator and limits, on a pool. What judges a component, with or without a task around it.
//!
//! Every case gets a fresh instance, so nothing is carried from one to the next; results stand in the order of the
//! cases, whoever computed them. A task's judge has one, and so has whoever does an evaluation again from nothing but
//! the components and the cases that its evidence names.

use super::compose;
use super::judge::{Evaluation, JudgeError};
use super::pool::{Pool, Program};
use crate::compile::Component;
use sandbox::policy::Limits;
use sandbox::protocol::{Account, CaseResult};
use sandbox::verdict::Verdict;
use std::sync::Arc;

/// Ready to judge.
pub struct Rig {
    pool: Arc<Pool>,
    limits: Limits,
    wasi: bool,
    evaluator: Component,
    simulator: Option<Simulator>,
}

/// A source of cases, translated.
struct Simulator {
    component: Component,
    program: Program,
    parameters: String,
}

impl Rig {
    /// `wasi`: candidates may import it. `simulator`: a component, and what its `draw` is given.
    ///
    /// # Errors
    /// The simulator can't be translated, or no worker can be had.
    pub async fn new(
        pool: Arc<Pool>,
        limits: Limits,
        wasi: bool,
        evaluator: Component,
        simulator: Option<(Component, String)>,
    ) -> Result<Self, JudgeError> {
        let simulator = match simulator {
            None => None,
            Some((component, parameters)) => {
                let joined = compose::alone(&component, Account::Evaluator, false);
                let program = native(&pool, &limits, joined).await?;
                let program = program.map_err(|verdict| JudgeError::Simulator(format!("{verdict:?}")))?;
                Some(Simulator { component, program, parameters })
            }
        };
        Ok(Self { pool, limits, wasi, evaluator, simulator })
    }

    /// The pool in use.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Who judges.
    pub fn evaluator(&self) -> &Component {
        &self.evaluator
    }

    /// The simulator and what it is given, if there is one.
    pub fn simulator(&self) -> Option<(&Component, &str)> {
        self.simulator.as_ref().map(|simulator| (&simulator.component, simulator.parameters.as_str()))
    }

    /// Draw one case per seed.
    ///
    /// # Errors
    /// [`JudgeError::Simulator`], or no worker can be had.
    pub async fn draw(&self, seeds: Vec<u64>) -> Result<Vec<String>, JudgeError> {
        let Some(simulator) = &self.simulator else {
            return Err(JudgeError::Simulator("the task has none".into()));
        };
        self.pool
            .draw(&simulator.program, &self.limits, seeds, &simulator.parameters)
            .await?
            .map_err(|failed| JudgeError::Simulator(describe(&failed)))
    }

    /// Evaluate on `cases`, in any worker. Stops at the first case that is not scored.
    ///
    /// # Errors
    /// Evaluator and candidate don't fit, the evaluator failed, or no worker can be had.
    pub async fn evaluate(&self, candidate: &Component, cases: &[String]) -> Result<Evaluation, JudgeError> {
        let program = match self.program(candidate).await? {
            Ok(program) => program,
            Err(verdict) => return Ok(never_ran(verdict)),
        };
        // One case first: what fails on every case should not cost every case.
        let first = cases.len().min(1);
        let mut results = self.pool.evaluate(&program, &self.limits, &cases[..first]).await?;
        if results.iter().all(|case| matches!(case.verdict, Verdict::Scored(_))) && first < cases.len() {
            results.extend(self.pool.evaluate(&program, &self.limits, &cases[first..]).await?);
        }
        finished(results)
    }

    /// Evaluate in a worker that was started for this and ran nothing else.
    ///
    /// # Errors
    /// As [`Rig::evaluate`].
    pub async fn evaluate_fresh(
        &self,
        candidate: &Component,
        cases: &[String],
    ) -> Result<Evaluation, JudgeError> {
        match self.program(candidate).await? {
            Ok(program) => finished(self.pool.evaluate_fresh(&program, &self.limits, cases).await?),
            Err(verdict) => Ok(never_ran(verdict)),
        }
    }

    async fn program(&self, candidate: &Component) -> Result<Result<Program, Verdict>, JudgeError> {
        let joined = compose::compose(&self.evaluator, candidate, self.wasi)?;
        native(&self.pool, &self.limits, joined).await
    }
}

/// Native code comes from workers that never run any.
async fn native(
    pool: &Pool,
    limits: &Limits,
    joined: compose::Joined,
) -> Result<Result<Program, Verdict>, JudgeError> {
    Ok(pool.compile(joined.wasm, limits).await?.map(|native| Program::new(native, joined.grants)))
}

fn never_ran(verdict: Verdict) -> Evaluation {
    Evaluation { cases: vec![CaseResult { verdict, usage: Default::default(), log: Default::default() }] }
}

/// Cut after the first case that was not scored; an evaluator's fault ends everything.
fn finished(mut results: Vec<CaseResult>) -> Result<Evaluation, JudgeError> {
    if let Some(end) = results.iter().position(|case| !matches!(case.verdict, Verdict::Scored(_))) {
        results.truncate(end + 1);
    }
    match results.last() {
        Some(CaseResult { verdict: Verdict::TaskError(why), .. }) => {
            Err(JudgeError::Evaluator { case: results.len() - 1, why: why.clone() })
        }
        _ => Ok(Evaluation { cases: results }),
    }
}

fn describe(case: &CaseResult) -> String {
    let words: Vec<&str> = case.log.lines.iter().map(|line| line.message.as_str()).collect();
    format!("{} {:?} {}", case.verdict.name(), case.verdict, words.join(" | "))
}
