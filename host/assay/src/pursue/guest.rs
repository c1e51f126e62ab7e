//! A guest that leads: an orchestrator or an explorer, run once, with somebody who answers what it asks.
//!
//! It runs in a worker that runs nothing else, and waits there while it is answered; waiting costs it nothing.

use super::PursueError;
use super::ask::{Ask, Reply};
use crate::compile::{Compiler, Component, Role, World, admit};
use crate::evaluate::compose;
use crate::evaluate::native::Program;
use crate::evaluate::pool::{Answer, Call, Handler, Invoked, Pool};
use sandbox::policy::Limits;
use sandbox::protocol::Account;
use sandbox::verdict::Verdict;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The orchestrator that ships.
pub const PLANNER: &str = include_str!("../../../../guest-agents/orchestrators/planner.rs");
/// The explorer that ships.
pub const NEIGHBOURS: &str = include_str!("../../../../guest-agents/explorers/neighbours.rs");
/// What is kept of a guest's words, in characters.
pub(super) const WORDS: usize = 400;

/// A guest that leads, ready to run.
pub struct Guest {
    /// Digest of its component.
    pub digest: String,
    program: Program,
    limits: Limits,
}

/// Who answers.
pub(super) trait Host {
    /// An answer; none: the guest is not to go on.
    async fn answer(&mut self, ask: Ask) -> Result<Option<Reply>, PursueError>;
}

/// How a guest ended.
pub(super) enum Ended {
    /// By itself, with this value as WAVE.
    Returned(String),
    /// Otherwise, in words.
    Failed(String),
    /// It was not to go on.
    Stopped,
}

/// What a leading guest may take.
fn limits() -> Limits {
    Limits {
        fuel: 20_000_000_000,
        wall_clock_ms: 120_000,
        memory_bytes: 256 << 20,
        output_bytes: 4 << 20,
        // Nearly each is a line of the journal, on the disk before it is answered: refused ones too.
        host_calls: 1_000,
        depth: 2,
        ..Limits::default()
    }
}

impl Guest {
    /// From source text or a component, in the world `world`. The inner error says why it is none of that world.
    ///
    /// # Errors
    /// The compiler or a worker can't do its work.
    pub async fn new(
        bytes: &[u8],
        world: &str,
        compiler: &Compiler,
        pool: &Pool,
    ) -> Result<Result<Self, String>, PursueError> {
        let world = World::host(world).map_err(|error| PursueError::Judge(error.into()))?;
        let component = if bytes.starts_with(b"\0asm") {
            admit(bytes, &world, Role::Candidate, false)
        } else {
            let Ok(source) = std::str::from_utf8(bytes) else {
                return Ok(Err("it is neither a WebAssembly binary nor UTF-8 source text".into()));
            };
            let compiled = compiler.compile(&world, Role::Candidate, source).await;
            compiled.map_err(|error| PursueError::Judge(error.into()))?.map_err(|why| why.to_string())
        };
        match component {
            Ok(component) => Self::ready(&component, &world, pool).await,
            Err(why) => Ok(Err(why)),
        }
    }

    async fn ready(
        component: &Component,
        world: &World,
        pool: &Pool,
    ) -> Result<Result<Self, String>, PursueError> {
        let joined = compose::alone(component, Account::Candidate, false, &world.lent());
        let native = pool.compile(joined.wasm, &joined.grants, &limits()).await?;
        Ok(match native {
            Ok(native) => {
                let program = Program::new(native, joined.grants);
                Ok(Self { digest: component.digest.clone(), program, limits: limits() })
            }
            Err(verdict) => Err(format!("it can't be run: {}", verdict.name())),
        })
    }

    /// Call `function` with the WAVE text `argument`, and have `host` answer until it ends.
    pub(super) async fn converse(
        &self,
        pool: &Pool,
        (function, argument): (&str, String),
        seed: u64,
        stop: &AtomicBool,
        host: &mut impl Host,
    ) -> Result<Ended, PursueError> {
        let (line, mut calls) = mpsc::channel(1);
        let program = self.program.served(Arc::new(move || handler(line.clone())));
        let (pool, limits, function) = (pool.clone(), self.limits.clone(), function.to_owned());
        let mut guest = Job(tokio::spawn(async move {
            pool.invoke_once(&program, &limits, &function, vec![argument], seed).await
        }));
        let ended: Invoked = loop {
            tokio::select! {
                biased;
                Some((ask, answer)) = calls.recv() => {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(Ended::Stopped);
                    }
                    let Some(reply) = host.answer(ask).await? else { return Ok(Ended::Stopped) };
                    // The guest may be gone: then its end tells why.
                    drop(answer.send(reply));
                }
                ended = &mut guest.0 => {
                    break ended.map_err(|error| PursueError::Background(error.to_string()))??;
                }
                () = tokio::time::sleep(Duration::from_millis(200)) => {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(Ended::Stopped);
                    }
                }
            }
        };
        Ok(match ended {
            Ok((value, ..)) => Ended::Returned(value),
            Err((verdict, _)) if verdict.is_environmental() => {
                let why = match &verdict {
                    Verdict::Crashed(why) => format!("crashed: {why}"),
                    other => other.name().to_owned(),
                };
                return Err(PursueError::Environment(why));
            }
            Err((verdict, log)) => {
                let last = log.lines.last().map(|line| line.message.as_str()).unwrap_or_default();
                Ended::Failed(capped(&format!("it ended {} {last}", verdict.name())))
            }
        })
    }
}

type Line = mpsc::Sender<(Ask, oneshot::Sender<Reply>)>;
type Running = tokio::task::JoinHandle<Result<Invoked, crate::evaluate::pool::PoolError>>;

/// Ends with whoever waits for it.
struct Job(Running);

impl Drop for Job {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One call at a time, answered in turn.
fn handler(line: Line) -> Handler {
    Arc::new(move |call: Call| -> Answer {
        let line = line.clone();
        Box::pin(async move {
            let ask = Ask::read(&call.instance, &call.function, &call.request)?;
            let (answer, reply) = oneshot::channel();
            line.send((ask, answer)).await.map_err(|_| "it was stopped".to_owned())?;
            Ok(reply.await.map_err(|_| "it was stopped".to_owned())?.write())
        })
    })
}

pub(super) fn capped(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(WORDS).collect()
}
