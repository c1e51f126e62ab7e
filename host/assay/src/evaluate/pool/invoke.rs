//! Calls of any exported function, whose arguments and result travel as WAVE text.

use super::plausible::{check, check_cost};
use super::{Environmental, Pool, PoolError, environmental, wall_clock};
use crate::evaluate::native::Program;
use crate::evaluate::worker::GRACE;
use sandbox::policy::Limits;
use sandbox::protocol::{CaseResult, FromWorker, Log, ToWorker, Usage, text_bytes};
use sandbox::verdict::Verdict;

/// What came of [`Pool::invoke`]: the returned value as WAVE text (empty for none), its cost and its log, or
/// how else it ended.
pub type Invoked = Result<(String, Usage, Log), (Verdict, Log)>;

impl Pool {
    /// Call an exported function (`name`, or `instance#name`) with WAVE arguments.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn invoke(
        &self,
        program: &Program,
        limits: &Limits,
        function: &str,
        arguments: Vec<String>,
        seed: u64,
    ) -> Result<Invoked, PoolError> {
        let request = invocation(program, limits, function, &arguments, seed);
        let patience = wall_clock(limits) + GRACE;
        let read = |frame| read_invoked(frame, limits);
        let answer = self.ask_twice(Some(program), limits, patience, &request, read);
        answer.await?.or_else(|verdict| Ok(Err((verdict, Log::default()))))
    }

    /// As [`Self::invoke`], but never tried a second time, and in a worker of its own: for a program whose calls have effects, so
    /// that no other guest's end is its own. What depends on the machine is returned as it is.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn invoke_once(
        &self,
        program: &Program,
        limits: &Limits,
        function: &str,
        arguments: Vec<String>,
        seed: u64,
    ) -> Result<Invoked, PoolError> {
        let request = invocation(program, limits, function, &arguments, seed);
        let patience = wall_clock(limits) + GRACE;
        let read = |frame| read_invoked(frame, limits);
        match self.ask(true, Some(program), limits, patience, &request, &read).await {
            Ok(invoked) => Ok(invoked),
            Err(failure) => Ok(Err((environmental(failure)?, Log::default()))),
        }
    }
}

/// A call of an exported function, as a request.
fn invocation(
    program: &Program,
    limits: &Limits,
    function: &str,
    arguments: &[String],
    seed: u64,
) -> impl Fn(u64) -> ToWorker {
    move |job| ToWorker::Invoke {
        job,
        program: program.native.digest,
        grants: program.grants.clone(),
        limits: limits.clone(),
        function: function.into(),
        arguments: arguments.to_vec(),
        seed,
    }
}

/// What a call came to, if the frame tells and can be true.
fn read_invoked(frame: FromWorker, limits: &Limits) -> Option<Invoked> {
    match frame {
        FromWorker::Invoked { value: Ok(value), usage, log, .. } => {
            let fits = value.len() <= text_bytes(limits) && check_cost(&usage, &log, limits).is_ok();
            fits.then_some(Ok((value, usage, log)))
        }
        FromWorker::Invoked { value: Err(verdict), usage, log, .. } => {
            let result = CaseResult { verdict, usage, log };
            check(&result, limits).ok().map(|()| Err((result.verdict, result.log)))
        }
        _ => None,
    }
}

impl Environmental for Invoked {
    fn is_environmental(&self) -> bool {
        self.as_ref().is_err_and(|(verdict, _)| verdict.is_environmental())
    }
}
