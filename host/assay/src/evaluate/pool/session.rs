//! A job under way, and what its guests may ask in the middle of it.

use super::super::worker::{Conversation, Failure};
use super::slots::Lease;
use super::{Pool, PoolError, Program};
use sandbox::policy::Limits;
use sandbox::protocol::{Account, CaseResult, FromWorker, HostCall, ToWorker};
use sandbox::verdict::Verdict;
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
    /// Untrusted text, at most `output-bytes` of the caller's limits.
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

/// What a handler returns.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;
/// Answers the calls of guests.
pub type Handler = Arc<dyn Fn(Call) -> Answer + Send + Sync>;

/// A job under way.
pub(super) struct Session {
    pub(super) pool: Pool,
    pub(super) slot: usize,
    /// Before the lease, so that a job given up has killed its worker when the slot gets free.
    pub(super) conversation: Conversation,
    /// `None` while the guest waits for the host.
    pub(super) lease: Option<Lease>,
    /// What the program may ask.
    pub(super) host_calls: Vec<HostCall>,
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
                    if call != self.calls
                        || !self.host_calls.contains(&granted)
                        || request.len() > self.limits.output_bytes as usize
                    {
                        return Err(self.conversation.accuse("it made a call that was not granted"));
                    }
                    self.calls += 1;
                    let answer = self.answer(granted, request).await?;
                    let job = self.conversation.job();
                    self.conversation.send(&ToWorker::Answer { job, call, answer }).await?;
                }
                frame => return Ok(frame),
            }
        }
    }

    /// Answer a call. The slot is free meanwhile.
    async fn answer(&mut self, call: HostCall, request: String) -> Result<Result<String, String>, Failure> {
        self.lease = None;
        let HostCall { instance, function, account } = call;
        let depth = self.limits.depth;
        let call = Call { account, instance, function, request, depth, pool: self.pool.clone() };
        let answer = (self.pool.shared.config.handler)(call).await;
        self.lease = Some(self.pool.shared.slots.lease(Some(self.slot), None).await?);
        Ok(answer)
    }

    /// The last frame came.
    pub(super) fn finish(self) {
        self.conversation.finish();
    }
}
