//! The pool: a few workers, many jobs, and results that do not depend on which worker did what.
//!
//! A *slot* is one processor's worth of work: at most one job runs in it. Each slot has up to three workers,
//! started when first needed: one compiles and never runs anything; two run and never compile, one of them what
//! meters itself and never waits, the other what the engine meters ([`Metering`]). A job
//! holds a slot's *lease* while its guest runs, gives it away while the guest waits for the host (a nested
//! evaluation may need it, and with one slot there is no other), and takes it again, before all new jobs,
//! to go on.
//!
//! A worker's word is checked against what was asked: it has run foreign code. Where a worker dies, talks
//! nonsense or is silent past its deadline, and where it reports a timeout itself, each case without a
//! good result is tried once more, alone, in a worker started for it. What happens then is the verdict
//! of that case.
//!
//! Here is how one request gets its one answer, to compile and to draw; `cases.rs` evaluates, `invoke.rs` calls any function.

mod cases;
mod invoke;
mod plausible;
mod session;
mod slots;

pub use invoke::Invoked;
pub use session::{Answer, Call, Handler, Serve};

use super::native::{Native, Program};
use super::store::{Name, Store};
use super::worker::{Failure, GRACE, Worker};
use plausible::check;
use sandbox::policy::Limits;
use sandbox::protocol::{
    ByteBuf, CaseResult, EngineIdentity, FromWorker, Grants, Metering, ToWorker, Translated, Walls,
};
use sandbox::verdict::{Verdict, cut};
use session::Session;
use slots::{Life, Slots};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long compiling one component may take: the caps on its size make more a bug.
const COMPILE_PATIENCE: Duration = Duration::from_secs(60);

/// How to start a pool.
#[derive(Clone)]
pub struct PoolConfig {
    /// The `assay-sandbox` binary.
    pub sandbox: PathBuf,
    /// Jobs that run at once, at least 1. No result depends on it.
    pub workers: usize,
    /// `stack-bytes` of every evaluation, see [`Limits`].
    pub stack_bytes: u32,
    /// Take workers whose confinement is incomplete.
    pub weak: bool,
    /// Where native code is kept, see [`Store`]; none: it is not.
    pub store: Option<PathBuf>,
}

impl PoolConfig {
    /// A pool whose workers must be fully confined.
    pub fn new(sandbox: PathBuf, workers: usize, stack_bytes: u32) -> Self {
        Self { sandbox, workers, stack_bytes, weak: false, store: None }
    }
}

/// No worker can be had: the machine's fault, nobody's verdict.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the sandbox's worker can't be had: {0}")]
pub struct PoolError(String);

impl PoolError {
    /// A background task of this program did not come back.
    pub(crate) fn background(error: &impl std::fmt::Display) -> Self {
        Self(format!("a background task failed: {error}"))
    }
}

/// Workers, shared by whoever clones this. The last to go takes them along.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    config: PoolConfig,
    engine: EngineIdentity,
    walls: Walls,
    slots: Arc<Slots>,
    store: Option<Store>,
}

impl Pool {
    /// Start a pool, and one worker to see that it works.
    ///
    /// # Errors
    /// The binary is not there, or the engine can't run on this machine.
    pub async fn start(config: PoolConfig) -> Result<Self, PoolError> {
        let first = Worker::start(&config.sandbox, config.stack_bytes, Metering::Program, config.weak)
            .await
            .map_err(no_worker)?;
        let (engine, walls) = (first.engine().clone(), first.walls().clone());
        let store = config.store.clone().map(|folder| Store::new(folder, engine.clone()));
        let slots = Slots::new(config.workers.max(1));
        slots.keep(0, Life::Runs(Metering::Program), first);
        Ok(Self { shared: Arc::new(Shared { config, engine, walls, slots, store }) })
    }

    /// What makes results comparable: part of each.
    pub fn engine(&self) -> &EngineIdentity {
        &self.shared.engine
    }

    /// What stands around its workers.
    pub fn walls(&self) -> &Walls {
        &self.shared.walls
    }

    /// As [`Pool::compile_anew`], or as it was kept.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn compile(
        &self,
        component: Vec<u8>,
        grants: &Grants,
        limits: &Limits,
    ) -> Result<Result<Native, Verdict>, PoolError> {
        let Some(store) = &self.shared.store else {
            return self.compile_anew(component, grants, limits).await;
        };
        let name = Name::of(&component, limits, Program::metering(grants));
        if let Some(native) = store.load(&name) {
            return Ok(Ok(native));
        }
        let native = self.compile_anew(component, grants, limits).await?;
        if let Ok(native) = &native {
            store.keep(&name, native);
        }
        Ok(native)
    }

    /// Translate a component to native code, in a worker that never runs any, as what it will be granted has it metered.
    /// Refused: rejected, or an environmental verdict that came twice.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn compile_anew(
        &self,
        component: Vec<u8>,
        grants: &Grants,
        limits: &Limits,
    ) -> Result<Result<Native, Verdict>, PoolError> {
        let metering = Program::metering(grants);
        let request =
            |job| ToWorker::Compile { job, component: component.clone(), limits: limits.clone(), metering };
        let answer = self.ask_twice(None, limits, COMPILE_PATIENCE, &request, |frame| match frame {
            FromWorker::Compiled { native: Ok(Translated { metering: made, parts }), .. }
                if !parts.is_empty() && (made == metering || made == Metering::Engine) =>
            {
                Some(Ok(Native::of(made, limits.fuel, parts.into_iter().map(ByteBuf::into_vec))))
            }
            FromWorker::Compiled { native: Err(why), .. } => Some(Err(Verdict::Rejected(cut(why)))),
            _ => None,
        });
        answer.await?.or_else(|verdict| Ok(Err(verdict)))
    }

    /// Draw a case for each seed, or say how the first draw that failed ended.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn draw(
        &self,
        program: &Program,
        limits: &Limits,
        seeds: Vec<u64>,
        parameters: &str,
    ) -> Result<Result<Vec<String>, CaseResult>, PoolError> {
        let request = |job| ToWorker::Draw {
            job,
            program: program.native.digest,
            grants: program.grants.clone(),
            limits: limits.clone(),
            seeds: seeds.clone(),
            parameters: parameters.into(),
        };
        let patience = wall_clock(limits).saturating_mul(seeds.len() as u32) + GRACE;
        let output = limits.output_bytes as usize;
        let answer = self.ask_twice(Some(program), limits, patience, &request, |frame| match frame {
            FromWorker::Drawn { cases: Ok(cases), .. } => {
                let asked = cases.len() == seeds.len() && cases.iter().all(|case| case.len() <= output);
                asked.then_some(Ok(cases))
            }
            FromWorker::Drawn { cases: Err(result), .. } => check(&result, limits).ok().map(|()| Err(result)),
            _ => None,
        });
        answer.await?.or_else(|verdict| Ok(Err(CaseResult::unstarted(verdict))))
    }

    /// One request with one answer, of which `read` makes sense. Where there is none, or one that depends on
    /// the machine, once more in a worker of its own; then that is the verdict.
    async fn ask_twice<T: Environmental>(
        &self,
        program: Option<&Program>,
        limits: &Limits,
        patience: Duration,
        request: &(impl Fn(u64) -> ToWorker + Sync),
        read: impl Fn(FromWorker) -> Option<T>,
    ) -> Result<Result<T, Verdict>, PoolError> {
        if let Ok(answer) = self.ask(false, program, limits, patience, request, &read).await
            && !answer.is_environmental()
        {
            return Ok(Ok(answer));
        }
        match self.ask(true, program, limits, patience, request, &read).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(failure) => Ok(Err(environmental(failure)?)),
        }
    }

    /// One request with one answer. A worker whose answer is none that `read` takes has come to its end.
    async fn ask<T>(
        &self,
        fresh: bool,
        program: Option<&Program>,
        limits: &Limits,
        patience: Duration,
        request: &(impl Fn(u64) -> ToWorker + Sync),
        read: &impl Fn(FromWorker) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut session = self.open(fresh, program, limits).await?;
        session.send(request).await?;
        let Some(answer) = read(session.next(patience).await?) else {
            return Err(session.conversation.accuse("it answered what was not asked"));
        };
        session.finish();
        Ok(answer)
    }

    /// Take a lease and open a job in one of the slot's workers, or in one started for it: one that runs the program, or one
    /// that compiles if there is none yet.
    async fn open(
        &self,
        fresh: bool,
        program: Option<&Program>,
        limits: &Limits,
    ) -> Result<Session, Failure> {
        let lease = self.shared.slots.lease(None, program.map(|program| &program.native)).await?;
        let life = program.map_or(Life::Compiles, |program| Life::Runs(program.native.metering));
        let worker = self.worker(life, fresh, lease.slot()).await?;
        if let Some(program) = program {
            worker.load(&program.native).await?;
        }
        Ok(Session {
            pool: self.clone(),
            slot: lease.slot(),
            lease: Some(lease),
            conversation: worker.open()?,
            served: program.map(|program| (program.grants.host_calls.clone(), program.handler())),
            limits: limits.clone(),
            calls: 0,
        })
    }

    async fn worker(&self, life: Life, fresh: bool, slot: usize) -> Result<Arc<Worker>, Failure> {
        if !fresh && let Some(worker) = self.shared.slots.worker(slot, life) {
            return Ok(worker);
        }
        let config = &self.shared.config;
        let metering = match life {
            Life::Runs(metering) => metering,
            Life::Compiles => Metering::Engine,
        };
        let worker = Worker::start(&config.sandbox, config.stack_bytes, metering, config.weak).await?;
        if *worker.engine() != self.shared.engine {
            let why = "it is of another engine than the first one: was the binary replaced?";
            return Err(Failure::Machine(why.into()));
        }
        if !fresh {
            self.shared.slots.keep(slot, life, worker.clone());
        }
        Ok(worker)
    }
}

fn wall_clock(limits: &Limits) -> Duration {
    Duration::from_millis(limits.wall_clock_ms)
}

/// What depends on the machine is asked once more.
trait Environmental {
    fn is_environmental(&self) -> bool;
}

impl<T> Environmental for Result<T, Verdict> {
    fn is_environmental(&self) -> bool {
        self.as_ref().is_err_and(Verdict::is_environmental)
    }
}

impl<T> Environmental for Result<T, CaseResult> {
    fn is_environmental(&self) -> bool {
        self.as_ref().is_err_and(|result| result.verdict.is_environmental())
    }
}

/// The second failure is the verdict, unless it is the machine's alone.
fn environmental(failure: Failure) -> Result<Verdict, PoolError> {
    match failure {
        Failure::Machine(why) => Err(PoolError(why)),
        Failure::Died(why) => Ok(Verdict::Crashed(cut(why))),
        Failure::Silent => Ok(Verdict::TimedOut),
    }
}

fn no_worker(failure: Failure) -> PoolError {
    match failure {
        Failure::Machine(why) | Failure::Died(why) => PoolError(why),
        Failure::Silent => PoolError("it is silent".into()),
    }
}
