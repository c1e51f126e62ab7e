//! The rig: an evaluator, a simulator and limits, on a pool. What judges a component, with or without a task around it.
//!
//! Every case gets a fresh instance, so nothing is carried from one to the next; results stand in the order of the
//! cases, whoever computed them. A task's judge has one, and so has whoever does an evaluation again from nothing but
//! the components and the cases that its evidence names.

use super::compose::{self, Grant};
use super::judge::{Evaluation, JudgeError};
use super::native::Program;
use super::pool::{Handler, Pool, PoolError};
use super::race::{Bar, Behind};
use crate::compile::Component;
use sandbox::policy::Limits;
use sandbox::protocol::{Account, CaseResult};
use sandbox::verdict::Verdict;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who answers what a component asks while it is tried on a case.
#[derive(Clone)]
pub struct Served {
    /// Makes the handler of each try.
    pub handler: Arc<dyn Fn() -> Handler + Send + Sync>,
    /// Why it had no answer, if it had none.
    pub trouble: Trouble,
    /// What answering cost the candidate.
    pub spent: Spent,
}

/// What was spent elsewhere on a candidate's account while it was tried on a case: fuel, and peak memory in bytes.
#[derive(Clone, Default)]
pub struct Spent(Arc<Mutex<(u64, u64)>>);

impl Spent {
    fn lock(&self) -> MutexGuard<'_, (u64, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another try: what the one before spent does not count.
    pub fn reset(&self) {
        *self.lock() = (0, 0);
    }

    /// Take `fuel` to what was spent; `memory_bytes` is a peak.
    pub fn add(&self, fuel: u64, memory_bytes: u64) {
        let mut spent = self.lock();
        *spent = (spent.0.saturating_add(fuel), spent.1.max(memory_bytes));
    }

    /// Fuel so far.
    pub fn fuel(&self) -> u64 {
        self.lock().0
    }

    /// To what the worker counted. Together no more than `most` fuel: what would be more ends out of fuel.
    fn onto(&self, result: &mut CaseResult, most: u64) {
        let (fuel, memory_bytes) = *self.lock();
        let usage = &mut result.usage;
        usage.memory_bytes = usage.memory_bytes.max(memory_bytes);
        usage.fuel = usage.fuel.map(|own| own.saturating_add(fuel));
        if usage.fuel.is_some_and(|spent| spent > most) {
            usage.fuel = Some(most);
            result.verdict = Verdict::OutOfFuel;
        }
    }
}

/// Given the component, the case, and whether what it comes to must be found in workers that ran nothing else.
pub type Service = Arc<dyn Fn(&Component, &str, bool) -> Served + Send + Sync>;

/// What went wrong with the machine or the task while a guest waited for an answer: nothing that a verdict may be made of.
#[derive(Clone, Default)]
pub struct Trouble(Arc<Mutex<Option<JudgeError>>>);

impl Trouble {
    /// Leave what went wrong for whoever asked for the evaluation. The first stays.
    pub fn leave(&self, error: JudgeError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    fn take(&self) -> Option<JudgeError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Ready to judge.
pub struct Rig {
    pool: Arc<Pool>,
    limits: Limits,
    grant: Grant,
    service: Option<Service>,
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
    /// `grant`: what may be imported. `service`: who answers what of it is lent. `simulator`: a component, and what its
    /// `draw` is given.
    ///
    /// # Errors
    /// The simulator can't be translated, or no worker can be had.
    pub async fn new(
        pool: Arc<Pool>,
        limits: Limits,
        (grant, service): (Grant, Option<Service>),
        evaluator: Component,
        simulator: Option<(Component, String)>,
    ) -> Result<Self, JudgeError> {
        let simulator = match simulator {
            None => None,
            Some((component, parameters)) => {
                let joined = compose::alone(&component, Account::Evaluator, false, &[]);
                let program = native(&pool, &limits, joined, Code::Kept).await?;
                let program = program.map_err(|verdict| JudgeError::Simulator(format!("{verdict:?}")))?;
                Some(Simulator { component, program, parameters })
            }
        };
        Ok(Self { pool, limits, grant, service, evaluator, simulator })
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

    /// Draw one case by other parameters than the rig's own, or say why the simulator does not.
    ///
    /// # Errors
    /// There is no simulator, or no worker can be had.
    pub async fn draw_by(&self, seed: u64, parameters: &str) -> Result<Result<String, String>, JudgeError> {
        let Some(simulator) = &self.simulator else {
            return Err(JudgeError::Simulator("the task has none".into()));
        };
        let drawn = self.pool.draw(&simulator.program, &self.limits, vec![seed], parameters).await?;
        Ok(match drawn {
            Ok(cases) => cases.into_iter().next().ok_or_else(|| "it drew nothing".to_owned()),
            Err(failed) => Err(describe(&failed)),
        })
    }

    /// Evaluate on each of `cases`, however the others end: one result each, in their order. `fresh`: in workers that run
    /// nothing else. A case that the evaluator refuses ends as [`Verdict::TaskError`].
    ///
    /// # Errors
    /// Evaluator and candidate don't fit, or no worker can be had.
    pub async fn each(
        &self,
        candidate: &Component,
        cases: &[String],
        fresh: bool,
    ) -> Result<Vec<CaseResult>, JudgeError> {
        let code = if fresh { Code::Anew } else { Code::Kept };
        let program = match self.program(candidate, code).await? {
            Ok(program) => program,
            Err(verdict) => return Ok(vec![CaseResult::unstarted(verdict); cases.len()]),
        };
        match (self.service_of(&program), fresh) {
            (None, true) => Ok(self.pool.evaluate_fresh(&program, &self.limits, cases).await?),
            (None, false) => Ok(self.pool.evaluate(&program, &self.limits, cases).await?),
            (Some(service), _) => {
                let mut results = Vec::with_capacity(cases.len());
                for case in cases.chunks(1) {
                    results.extend(self.serve(service, candidate, &program, case, fresh).await?);
                }
                Ok(results)
            }
        }
    }

    /// Evaluate on `cases`, in any worker. Stops at the first case that is not scored.
    ///
    /// # Errors
    /// Evaluator and candidate don't fit, the evaluator failed, or no worker can be had.
    pub async fn evaluate(&self, candidate: &Component, cases: &[String]) -> Result<Evaluation, JudgeError> {
        let program = match self.program(candidate, Code::Kept).await? {
            Ok(program) => program,
            Err(verdict) => return Ok(never_ran(verdict)),
        };
        let mut results = Vec::with_capacity(cases.len());
        // One case first: what fails on every case should not cost every case.
        let (first, rest) = cases.split_at(cases.len().min(1));
        for portion in [first, rest] {
            if !all_scored(&results) {
                break;
            }
            results.extend(self.portion(candidate, &program, portion).await?);
        }
        finished(results)
    }

    /// As [`Rig::evaluate`], for one of many candidates that nobody asks for again; stops also where it can no longer get over
    /// the bar, if there is one, and says where.
    ///
    /// # Errors
    /// As [`Rig::evaluate`].
    pub async fn race(
        &self,
        candidate: &Component,
        cases: &[String],
        bar: Option<&Bar>,
    ) -> Result<(Evaluation, Option<Behind>), JudgeError> {
        let program = match self.program(candidate, Code::Anew).await? {
            Ok(program) => program,
            Err(verdict) => return Ok((never_ran(verdict), None)),
        };
        let mut results = Vec::with_capacity(cases.len());
        while results.len() < cases.len() && all_scored(&results) {
            let done = results.len();
            let next = match bar {
                Some(bar) => bar.portion(done, cases.len()),
                None if done == 0 => 1,
                None => cases.len() - done,
            };
            results.extend(self.portion(candidate, &program, &cases[done..done + next]).await?);
            let scores: Vec<f64> = results.iter().map_while(CaseResult::score).collect();
            if let Some(behind) = bar.and_then(|bar| bar.behind(&scores, cases.len())) {
                results.truncate(behind.cases);
                return Ok((finished(results)?, Some(behind)));
            }
        }
        Ok((finished(results)?, None))
    }

    async fn portion(
        &self,
        candidate: &Component,
        program: &Program,
        cases: &[String],
    ) -> Result<Vec<CaseResult>, JudgeError> {
        match self.service_of(program) {
            Some(service) => self.serve(service, candidate, program, cases, false).await,
            None => Ok(self.pool.evaluate(program, &self.limits, cases).await?),
        }
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
        let program = match self.program(candidate, Code::Anew).await? {
            Ok(program) => program,
            Err(verdict) => return Ok(never_ran(verdict)),
        };
        match self.service_of(&program) {
            Some(service) => finished(self.serve(service, candidate, &program, cases, true).await?),
            None => finished(self.pool.evaluate_fresh(&program, &self.limits, cases).await?),
        }
    }

    /// Who answers, if there is something that may be asked.
    fn service_of(&self, program: &Program) -> Option<&Service> {
        self.service.as_ref().filter(|_| !program.grants.host_calls.is_empty())
    }

    /// Each case in a job of its own, [`ABREAST`] at a time, in their order and up to the first that is not scored.
    async fn serve(
        &self,
        service: &Service,
        candidate: &Component,
        program: &Program,
        cases: &[String],
        fresh: bool,
    ) -> Result<Vec<CaseResult>, JudgeError> {
        let mut running: VecDeque<(AbortOnDrop, Trouble, Spent)> = VecDeque::new();
        let mut waiting = cases.iter();
        let mut results = Vec::with_capacity(cases.len());
        loop {
            while running.len() < ABREAST
                && let Some(case) = waiting.next()
            {
                let Served { handler, trouble, spent } = service(candidate, case, fresh);
                let (pool, limits, case) = (self.pool.clone(), self.limits.clone(), [case.clone()]);
                let program = program.served(handler);
                let job = tokio::spawn(async move {
                    match fresh {
                        true => pool.evaluate_fresh(&program, &limits, &case).await,
                        false => pool.evaluate(&program, &limits, &case).await,
                    }
                });
                running.push_back((AbortOnDrop(job), trouble, spent));
            }
            let Some((mut job, trouble, spent)) = running.pop_front() else { return Ok(results) };
            let result = (&mut job.0).await.map_err(|error| JudgeError::Background(error.to_string()))?;
            if let Some(error) = trouble.take() {
                return Err(error);
            }
            for mut result in result? {
                spent.onto(&mut result, self.limits.fuel);
                results.push(result);
            }
            if results.last().is_some_and(|result| !matches!(result.verdict, Verdict::Scored(_))) {
                return Ok(results);
            }
        }
    }

    async fn program(
        &self,
        candidate: &Component,
        code: Code,
    ) -> Result<Result<Program, Verdict>, JudgeError> {
        let joined = compose::compose(&self.evaluator, candidate, &self.grant)?;
        native(&self.pool, &self.limits, joined, code).await
    }
}

/// Where a program's native code comes from.
#[derive(Clone, Copy)]
enum Code {
    /// The pool's store, if it has it.
    Kept,
    /// A worker, now: for what a judgement rests on, and for the many that are asked for once.
    Anew,
}

/// Served cases under way at once. No result depends on it: none sees another's handler, and they are taken in order.
const ABREAST: usize = 4;

/// A job that nobody waits for any more ends.
struct AbortOnDrop(tokio::task::JoinHandle<Result<Vec<CaseResult>, PoolError>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Native code comes from workers that never run any.
async fn native(
    pool: &Pool,
    limits: &Limits,
    joined: compose::Joined,
    code: Code,
) -> Result<Result<Program, Verdict>, JudgeError> {
    let native = match code {
        Code::Kept => pool.compile(joined.wasm, &joined.grants, limits).await?,
        Code::Anew => pool.compile_anew(joined.wasm, &joined.grants, limits).await?,
    };
    Ok(native.map(|native| Program::new(native, joined.grants)))
}

fn all_scored(results: &[CaseResult]) -> bool {
    results.iter().all(|result| result.score().is_some())
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
