//! A job under way, and what its guests may ask in the middle of it.

use super::super::worker::{Conversation, Failure};
use super::slots::Lease;
use super::{Pool, PoolError, Program};
use sandbox::policy::Limits;
use sandbox::protocol::{Account, CaseResult, FromWorker, HostCall, ToWorker, text_bytes};
use sandbox::verdict::{Verdict, cut};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A guest's question to the host. The guest waits.
pub struct Call {
    /// Who asks.
    pub account: Account,
    /// Name of the imported instance, as granted.
    pub instance: String,
    /// Name of the function in it.
    pub function: String,
    /// WAVE text of the arguments, a tuple: untrusted, at most [`text_bytes`] of the caller's limits.
    pub request: String,
    /// How many evaluations may still nest below the caller's.
    pub depth: u32,
    pub(super) pool: Pool,
}

impl Call {
    /// Evaluate on behalf of the guest that asks. Depth is moved, not minted: the nested evaluation has one
    /// less than the caller.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn evaluate(
        &self,
        program: &Program,
        limits: &Limits,
        cases: &[String],
    ) -> Result<Vec<CaseResult>, PoolError> {
        let Some(depth) = self.depth.checked_sub(1) else {
            let verdict = Verdict::OutOfCalls("evaluations nest deeper than `depth` grants".into());
            return Ok(vec![CaseResult::unstarted(verdict); cases.len()]);
        };
        let limits = Limits { depth: depth.min(limits.depth), ..limits.clone() };
        // Boxed: an evaluation may hold another in its state.
        let nested: Pin<Box<dyn Future<Output = _> + Send + '_>> =
            Box::pin(self.pool.evaluate(program, &limits, cases));
        nested.await
    }
}

/// What a handler returns: WAVE text of the function's result. An error says that this machine has no answer; it ends the
/// evaluation, and is tried once more like everything that depends on the machine.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;
/// Answers the calls of one job's guests, one after the other.
pub type Handler = Arc<dyn Fn(Call) -> Answer + Send + Sync>;
/// Makes a handler for a job.
pub type Serve = Arc<dyn Fn() -> Handler + Send + Sync>;

/// A job under way.
pub(super) struct Session {
    pub(super) pool: Pool,
    pub(super) slot: usize,
    /// Before the lease, so that a job given up has killed its worker when the slot gets free.
    pub(super) conversation: Conversation,
    /// `None` while the guest waits for the host.
    pub(super) lease: Option<Lease>,
    /// What the program may ask, and who answers.
    pub(super) served: Option<(Vec<HostCall>, Handler)>,
    pub(super) limits: Limits,
    /// So far.
    pub(super) calls: u64,
}

impl Session {
    /// Make the request that the job is.
    pub(super) async fn send(&mut self, request: &impl Fn(u64) -> ToWorker) -> Result<(), Failure> {
        self.conversation.send(&request(self.conversation.job())).await
    }

    /// The next frame that is not a call; calls are answered on the way.
    pub(super) async fn next(&mut self, silence: Duration) -> Result<FromWorker, Failure> {
        loop {
            match self.conversation.next(silence).await? {
                FromWorker::Call { call, account, instance, function, request, .. } => {
                    let granted = HostCall { instance, function, account };
                    let handler = self.served.as_ref().filter(|(calls, _)| {
                        call == self.calls
                            && calls.contains(&granted)
                            && request.len() <= text_bytes(&self.limits)
                    });
                    let Some((_, handler)) = handler else {
                        return Err(self.conversation.accuse("it made a call that was not granted"));
                    };
                    let handler = handler.clone();
                    self.calls += 1;
                    let answer = self.answer(&handler, granted, request).await?;
                    let job = self.conversation.job();
                    self.conversation.send(&ToWorker::Answer { job, call, answer }).await?;
                }
                frame => return Ok(frame),
            }
        }
    }

    /// Answer a call. The slot is free meanwhile.
    async fn answer(
        &mut self,
        handler: &Handler,
        call: HostCall,
        request: String,
    ) -> Result<Result<String, String>, Failure> {
        self.lease = None;
        let HostCall { instance, function, account } = call;
        let depth = self.limits.depth;
        let call = Call { account, instance, function, request, depth, pool: self.pool.clone() };
        // What it says comes back as the reason of a verdict, and that long a worker's reasons may not be.
        let answer = handler(call).await.map_err(cut);
        self.lease = Some(self.pool.shared.slots.lease(Some(self.slot), None).await?);
        Ok(answer)
    }

    /// The last frame came.
    pub(super) fn finish(self) {
        self.conversation.finish();
    }
}
