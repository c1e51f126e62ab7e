//! Cases: many evaluations in one request, of which each that came to nothing is tried once more by itself.

use super::plausible::check;
use super::{Pool, PoolError, environmental, wall_clock};
use crate::evaluate::native::Program;
use crate::evaluate::worker::{Failure, GRACE};
use sandbox::policy::Limits;
use sandbox::protocol::{CaseResult, FLUSH_MS, FromWorker, ToWorker};
use sandbox::verdict::Verdict;
use std::time::Duration;

impl Pool {
    /// Judge cases, each in a fresh instance. One result per case, in their order.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn evaluate(
        &self,
        program: &Program,
        limits: &Limits,
        cases: &[String],
    ) -> Result<Vec<CaseResult>, PoolError> {
        self.evaluate_in(false, program, limits, cases).await
    }

    /// As [`Self::evaluate`], in a worker that is started for it, runs nothing else, and ends with it.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn evaluate_fresh(
        &self,
        program: &Program,
        limits: &Limits,
        cases: &[String],
    ) -> Result<Vec<CaseResult>, PoolError> {
        self.evaluate_in(true, program, limits, cases).await
    }

    async fn evaluate_in(
        &self,
        fresh: bool,
        program: &Program,
        limits: &Limits,
        cases: &[String],
    ) -> Result<Vec<CaseResult>, PoolError> {
        let mut first = Vec::with_capacity(cases.len());
        // A failure shows in what is missing, and is what the retry is for.
        let _ = self.attempt(fresh, program, limits, cases, &mut first).await;
        let mut results = Vec::with_capacity(cases.len());
        let mut first = first.into_iter();
        for case in cases {
            match first.next() {
                Some(result) if !result.verdict.is_environmental() => results.push(result),
                _ => results.push(self.alone(program, limits, case).await?),
            }
        }
        Ok(results)
    }

    /// The second try of a case: a job of its own in a worker of its own.
    async fn alone(
        &self,
        program: &Program,
        limits: &Limits,
        case: &String,
    ) -> Result<CaseResult, PoolError> {
        let mut result = Vec::new();
        let ended = self.attempt(true, program, limits, std::slice::from_ref(case), &mut result).await;
        match (result.pop(), ended) {
            (Some(result), _) => Ok(result),
            (None, Err(failure)) => Ok(CaseResult::unstarted(environmental(failure)?)),
            (None, Ok(())) => Ok(CaseResult::unstarted(Verdict::Crashed("it gave no result".into()))),
        }
    }

    async fn attempt(
        &self,
        fresh: bool,
        program: &Program,
        limits: &Limits,
        cases: &[String],
        results: &mut Vec<CaseResult>,
    ) -> Result<(), Failure> {
        if cases.is_empty() {
            return Ok(());
        }
        let mut session = self.open(fresh, Some(program), limits).await?;
        let request = |job| ToWorker::Evaluate {
            job,
            program: program.native.digest,
            grants: program.grants.clone(),
            limits: limits.clone(),
            cases: cases.to_vec(),
        };
        session.send(&request).await?;
        // A worker speaks at the end of the first case that ends FLUSH_MS after its last frame.
        let silence = wall_clock(limits) + Duration::from_millis(FLUSH_MS) + GRACE;
        while results.len() < cases.len() {
            let FromWorker::Evaluated { results: more, .. } = session.next(silence).await? else {
                return Err(session.conversation.accuse("it answered something else"));
            };
            if more.is_empty() || more.len() > cases.len() - results.len() {
                return Err(session.conversation.accuse("it gave another number of results than cases"));
            }
            for result in more {
                if let Err(why) = check(&result, limits) {
                    return Err(session.conversation.accuse(why));
                }
                results.push(result);
            }
        }
        session.finish();
        Ok(())
    }
}
