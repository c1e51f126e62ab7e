//! The worker: frames in, frames out, and a thread for each job.
//!
//! The main thread only reads. It hands each job to a thread of its own and each answer to the job that
//! waits for it, so it listens while guests run. Jobs take turns (`turn.rs`).
//!
//! What a guest does ends in a verdict. What only a broken host would do (another first frame, an answer
//! to nobody) and what only a broken worker would (a panic) ends the process: the host sees a death and
//! starts another.

use crate::admission;
use crate::engine::{Engine, HOST_STACK_BYTES};
use crate::limits::Ask;
use crate::policy::Limits;
use crate::program::Linked;
use crate::programs::Programs;
use crate::protocol::{
    ByteBuf, CaseResult, Digest, FLUSH_MS, FrameError, FromWorker, Grants, Job, Metering, ToWorker,
    Translated, Walls, read_frame, write_frame,
};
use crate::translate::Translator;
use crate::turn::Turn;
use crate::verdict::Verdict;
use crate::watch::Watch;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, stdin};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Results are sent before they grow past this many bytes.
const FLUSH_BYTES: usize = 1 << 20;

/// Why a worker ends other than by its host closing the pipe.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A frame can't be read or written.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The engine can't be configured on this machine.
    #[error("the engine does not start: {0}")]
    Engine(String),
    /// No thread, no descriptor.
    #[error("the machine refused: {0}")]
    Machine(#[from] std::io::Error),
    /// A request that makes no sense where it came.
    #[error("the host asked for what it never should: {0}")]
    Protocol(&'static str),
}

/// Serve until the host closes standard input. Standard output belongs to frames alone from here on: what
/// else is printed in this process goes to standard error. `walls` is what stands around it already.
///
/// # Errors
/// The process should exit with a failure: the host will see it.
pub fn serve(walls: Walls) -> Result<(), ServeError> {
    let pipe = File::from(rustix::io::dup(rustix::stdio::stdout()).map_err(std::io::Error::from)?);
    rustix::stdio::dup2_stdout(rustix::stdio::stderr()).map_err(std::io::Error::from)?;
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(101);
    }));

    let mut input = BufReader::new(stdin().lock());
    let (stack_bytes, metering) = match read_frame(&mut input) {
        Ok(ToWorker::Configure { stack_bytes, metering }) => {
            (stack_bytes.clamp(64 << 10, Limits::CEILING.stack_bytes), metering)
        }
        Ok(_) => return Err(ServeError::Protocol("a worker is configured first")),
        Err(FrameError::Closed) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let start = || Ok((Engine::identity(stack_bytes)?, Engine::new(stack_bytes, metering)?));
    let (identity, engine) =
        start().map_err(|error: wasmtime::Error| ServeError::Engine(format!("{error:#}")))?;
    let output = Arc::new(Mutex::new(pipe));
    let late = {
        let (output, watch) = (output.clone(), engine.watch().clone());
        move || time_out(&output, &watch)
    };
    let office = Arc::new(Office {
        turn: Turn::start(engine.clone(), late)?,
        output,
        waiting: Mutex::default(),
        translator: Translator::new(engine.clone()),
        engine,
    });
    office.send(&FromWorker::Ready { engine: identity, walls });

    let mut worker = Worker { office, life: Life::Undecided };
    loop {
        match read_frame(&mut input) {
            Ok(request) => worker.take(request)?,
            Err(FrameError::Closed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The number of a call, and what the host says to it.
type Answer = (u64, Result<String, String>);

/// What jobs share.
struct Office {
    engine: Engine,
    translator: Translator,
    turn: Arc<Turn>,
    output: Arc<Mutex<File>>,
    waiting: Mutex<HashMap<Job, Sender<Answer>>>,
}

/// One life, chosen by the first request.
enum Life {
    Undecided,
    Compiles,
    Runs(Programs),
}

struct Worker {
    office: Arc<Office>,
    life: Life,
}

impl Worker {
    fn take(&mut self, request: ToWorker) -> Result<(), ServeError> {
        let office = self.office.clone();
        match request {
            ToWorker::Configure { .. } => return Err(ServeError::Protocol("a worker is configured once")),
            ToWorker::Compile { job, component, limits, metering } => {
                if let Life::Undecided = self.life {
                    self.life = Life::Compiles;
                }
                let compiles = matches!(self.life, Life::Compiles);
                return office.clone().job(job, move || {
                    let native = if compiles {
                        compile(&office.translator, &component, metering, &limits)
                    } else {
                        Err("this worker runs foreign code: it does not compile".into())
                    };
                    office.turn.give();
                    office.send(&FromWorker::Compiled { job, native });
                });
            }
            ToWorker::Load { program, fuel, parts } => {
                self.programs()?.load(&office.engine, program, fuel, &parts);
            }
            ToWorker::Unload { program } => self.programs()?.unload(&program),
            ToWorker::Evaluate { job, program, grants, limits, cases } => {
                let linked = self.link(&program, &grants, &limits)?;
                return office.clone().job(job, move || office.evaluate(job, linked, limits, &cases));
            }
            ToWorker::Draw { job, program, grants, limits, seeds, parameters } => {
                let linked = self.link(&program, &grants, &limits)?;
                return office.clone().job(job, move || {
                    let ask = office.ask(job);
                    let limits = Arc::new(limits);
                    let cases = linked.map_err(CaseResult::unstarted).and_then(|linked| {
                        seeds
                            .iter()
                            .map(|seed| linked.draw(&limits, Some(&ask), *seed, &parameters))
                            .collect()
                    });
                    office.close(job);
                    office.send(&FromWorker::Drawn { job, cases });
                });
            }
            ToWorker::Invoke { job, program, grants, limits, function, arguments, seed } => {
                let linked = self.link(&program, &grants, &limits)?;
                return office.clone().job(job, move || {
                    let ask = office.ask(job);
                    let (value, usage, log) = match linked {
                        Ok(linked) => {
                            linked.invoke(&Arc::new(limits), Some(&ask), &function, &arguments, seed)
                        }
                        Err(verdict) => (Err(verdict), Default::default(), Default::default()),
                    };
                    office.close(job);
                    office.send(&FromWorker::Invoked { job, value, usage, log });
                });
            }
            ToWorker::Answer { job, call, answer } => {
                let waiting = office.waiting();
                let asked = waiting.get(&job).ok_or(ServeError::Protocol("nobody waits for this answer"))?;
                // A job that ended meanwhile needs no answer.
                let _ = asked.send((call, answer));
            }
        }
        Ok(())
    }

    fn programs(&mut self) -> Result<&mut Programs, ServeError> {
        if let Life::Undecided = self.life {
            self.life = Life::Runs(Programs::default());
        }
        match &mut self.life {
            Life::Runs(programs) => Ok(programs),
            _ => Err(ServeError::Protocol("a worker that compiles never runs anything")),
        }
    }

    /// The program with its grants, or the verdict on whoever wants to run it.
    fn link(
        &mut self,
        program: &Digest,
        grants: &Grants,
        limits: &Limits,
    ) -> Result<Result<Arc<Linked>, Verdict>, ServeError> {
        let engine = self.office.engine.clone();
        let Some(loaded) = self.programs()?.get(program) else {
            return Err(ServeError::Protocol("this program was never loaded"));
        };
        if let Err(above) = limits.within_ceiling() {
            return Ok(Err(Verdict::Rejected(above.to_string())));
        }
        if limits.stack_bytes != engine.stack_bytes() {
            let (stack, limit) = (engine.stack_bytes(), limits.stack_bytes);
            let why = format!("limit `stack-bytes` is {limit}, but the workers were started with {stack}");
            return Ok(Err(Verdict::Rejected(why)));
        }
        // While one waits, others run; and what is past its time would take all of them along.
        if engine.metering() == Metering::Program && !grants.host_calls.is_empty() {
            return Err(ServeError::Protocol("a program that meters itself does not wait for the host"));
        }
        Ok(loaded.link(&engine, grants))
    }
}

impl Office {
    /// Run a job on a thread of its own, from the turn it takes to the end of `work`, which gives it back.
    fn job(self: Arc<Self>, job: Job, work: impl FnOnce() + Send + 'static) -> Result<(), ServeError> {
        let stack = self.engine.stack_bytes() as usize + HOST_STACK_BYTES;
        std::thread::Builder::new().name("job".into()).stack_size(stack).spawn(move || {
            self.turn.take();
            self.engine.watch().of(job);
            // wasmtime-wasi blocks on futures; all of ours are ready, so a runtime that drives nothing will
            // do. Without one it would start threads.
            match tokio::runtime::Builder::new_current_thread().build() {
                Ok(runtime) => {
                    let _entered = runtime.enter();
                    work();
                }
                Err(error) => die(&error),
            }
        })?;
        Ok(())
    }

    fn send(&self, frame: &FromWorker) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = write_frame(&mut *output, frame) {
            die(&error);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Job, Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the guests of a job reach the host: a frame, then everyone else's turn until the answer.
    fn ask(self: &Arc<Self>, job: Job) -> Ask {
        let (sender, receiver) = channel();
        self.waiting().insert(job, sender);
        let office = self.clone();
        let line: Mutex<(u64, Receiver<Answer>)> = Mutex::new((0, receiver));
        Arc::new(move |account, instance, function, request| {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            let call = line.0;
            line.0 += 1;
            let (instance, function) = (instance.to_owned(), function.to_owned());
            office.turn.give();
            office.send(&FromWorker::Call { job, call, account, instance, function, request });
            let answer = loop {
                match line.1.recv() {
                    Ok((answered, answer)) if answered == call => break answer,
                    Ok(_) => {}
                    Err(_) => break Err("the host hung up".into()),
                }
            };
            office.turn.take();
            answer
        })
    }

    /// The job's guests are done: nobody waits any more, and the turn is free.
    fn close(&self, job: Job) {
        self.waiting().remove(&job);
        self.turn.give();
    }

    fn evaluate(
        self: Arc<Self>,
        job: Job,
        linked: Result<Arc<Linked>, Verdict>,
        limits: Limits,
        cases: &[String],
    ) {
        let ask = self.ask(job);
        let limits = Arc::new(limits);
        let mut results = Vec::new();
        let mut bytes = 0;
        let mut sent = Instant::now();
        for (index, case) in cases.iter().enumerate() {
            let result = match &linked {
                Ok(linked) => linked.evaluate(&limits, Some(&ask), case),
                Err(verdict) => CaseResult::unstarted(verdict.clone()),
            };
            bytes += size(&result);
            results.push(result);
            let due = bytes > FLUSH_BYTES || sent.elapsed() > Duration::from_millis(FLUSH_MS);
            if due && index + 1 < cases.len() {
                self.send(&FromWorker::Evaluated { job, results: std::mem::take(&mut results) });
                bytes = 0;
                sent = Instant::now();
            }
        }
        self.close(job);
        self.send(&FromWorker::Evaluated { job, results });
    }
}

/// Admit, then translate.
fn compile(
    translator: &Translator,
    component: &[u8],
    metering: Metering,
    limits: &Limits,
) -> Result<Translated, String> {
    limits.within_ceiling().map_err(|above| above.to_string())?;
    admission::admit(component, limits).map_err(|refused| refused.to_string())?;
    let (metering, parts) = translator.translate(component, metering, limits)?;
    Ok(Translated { metering, parts: parts.iter().map(|part| ByteBuf::from(part.to_vec())).collect() })
}

/// A guest that can't be interrupted may be past its time: then the process ends, with these last words. Whoever holds the
/// pipe has a result to send first; a guest that ended meanwhile is not late.
fn time_out(output: &Mutex<File>, watch: &Watch) {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    if watch.is_late() {
        // The pipe may be gone; so is this process.
        let _ = write_frame(&mut *output, &FromWorker::TimedOut { job: watch.job() });
        std::process::exit(0);
    }
}

fn size(result: &CaseResult) -> usize {
    let lines: usize = result.log.lines.iter().map(|line| line.message.len() + 4).sum();
    let verdict = match &result.verdict {
        Verdict::Scored(outcome) => {
            outcome.notes.len() + outcome.metrics.iter().map(|metric| metric.0.len() + 9).sum::<usize>()
        }
        Verdict::InvalidOutput(why) | Verdict::TaskError(why) => why.len(),
        _ => 0,
    };
    lines + verdict + 64
}

/// The pipe to the host is gone, or the machine is out of something: nobody is left to tell.
fn die(error: &dyn std::error::Error) -> ! {
    eprintln!("assay-sandbox: {error}");
    std::process::exit(1);
}
