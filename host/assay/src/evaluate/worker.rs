//! A worker process, as the host sees it: a child with two pipes, and no trust in what comes out.
//!
//! The child starts with an empty environment in a process group of its own (a Ctrl-C at the terminal is
//! the host's to handle) and dies with this value. One task reads its frames and hands each to the job
//! it names; a frame that can't be read, or names no job, is the worker's death. Death closes every job
//! of the worker; whoever waits sees it.

use super::native::{Native, NativePart};
use sandbox::protocol::{
    ByteBuf, Digest, EngineIdentity, FromWorker, Job, Metering, Part, ToWorker, Walls, decode, encode,
    frame_length,
};
use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a worker may take for what is not guest code: starting, reading a frame, scheduling.
pub(super) const GRACE: Duration = Duration::from_secs(10);
/// Programs that a worker keeps; past it the least recently used goes.
const LOADED: usize = 32;
/// Frames of one job that wait for their reader.
const BACKLOG: usize = 4;
/// What is kept of a worker's standard error, in bytes.
const STDERR_BYTES: usize = 2 << 10;

/// Why a job has no result.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// No worker could be had.
    Machine(String),
    /// The worker died, or said what it never should. Why.
    Died(String),
    /// It was silent past its deadline, and was killed; or it said that its guest's time was up.
    Silent,
}

/// A running worker. Dropping it kills the process.
pub(super) struct Worker {
    shared: Arc<Shared>,
    input: tokio::sync::Mutex<ChildStdin>,
    reader: JoinHandle<()>,
    next: AtomicU64,
    /// Programs in the worker's memory, least recently used first, each with its parts.
    loaded: Mutex<Vec<(Digest, Vec<Digest>)>>,
    engine: EngineIdentity,
    walls: Walls,
}

struct Shared {
    child: Mutex<Child>,
    state: Mutex<State>,
}

enum State {
    /// Who waits for the frames of which job.
    Alive(HashMap<Job, mpsc::Sender<FromWorker>>),
    /// Why not.
    Dead(String),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    /// Start `sandbox` and wait until it is configured. Its walls must be up, unless `weak` ones will do.
    pub(super) async fn start(
        sandbox: &Path,
        stack_bytes: u32,
        metering: Metering,
        weak: bool,
    ) -> Result<Arc<Self>, Failure> {
        let died = |what: &str| Failure::Machine(format!("{}: {what}", sandbox.display()));
        let mut child = Command::new(sandbox)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| died(&error.to_string()))?;
        let (Some(mut input), Some(mut output), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(died("it has no pipes"));
        };
        let complaint = tokio::spawn(head(stderr));
        let shared =
            Arc::new(Shared { child: Mutex::new(child), state: Mutex::new(State::Alive(HashMap::new())) });

        let configure = encode(&ToWorker::Configure { stack_bytes, metering })
            .map_err(|error| died(&error.to_string()))?;
        let ready = timeout(GRACE, async {
            input.write_all(&configure).await.map_err(|error| error.to_string())?;
            input.flush().await.map_err(|error| error.to_string())?;
            read(&mut output).await
        });
        let (engine, walls) = match ready.await {
            Ok(Ok(FromWorker::Ready { engine, walls })) => (engine, walls),
            Ok(Ok(_)) => return Err(died("its first frame is not the one expected")),
            Ok(Err(why)) => return Err(died(&shared.obituary(why, complaint).await)),
            Err(_) => return Err(died("it is silent")),
        };
        let missing = walls.missing();
        if !weak && !missing.is_empty() {
            return Err(died(&format!(
                "its confinement lacks {}; foreign code is run without it only with --allow-weak-confinement",
                missing.join(", ")
            )));
        }
        let reader = tokio::spawn(listen(shared.clone(), output, complaint));
        Ok(Arc::new(Self {
            shared,
            input: tokio::sync::Mutex::new(input),
            reader,
            next: AtomicU64::new(0),
            loaded: Mutex::default(),
            engine,
            walls,
        }))
    }

    /// What stands around it.
    pub(super) fn walls(&self) -> &Walls {
        &self.walls
    }

    /// What it says it is.
    pub(super) fn engine(&self) -> &EngineIdentity {
        &self.engine
    }

    pub(super) fn is_alive(&self) -> bool {
        matches!(&*lock(&self.shared.state), State::Alive(_))
    }

    /// Has this program been loaded and not been forgotten?
    pub(super) fn holds(&self, program: &Digest) -> bool {
        lock(&self.loaded).iter().any(|(held, _)| held == program)
    }

    /// Make sure that a program is in the worker's memory.
    pub(super) async fn load(&self, native: &Native) -> Result<(), Failure> {
        let program = native.digest;
        let (gone, new) = {
            let mut loaded = lock(&self.loaded);
            let known = loaded.iter().position(|(held, _)| *held == program).map(|at| loaded.remove(at));
            let gone = (loaded.len() >= LOADED).then(|| loaded.remove(0).0);
            // What programs share is sent with the first of them.
            let has = |digest: &Digest| loaded.iter().any(|(_, parts)| parts.contains(digest));
            let parts = |part: &NativePart| {
                let native = (!has(&part.digest)).then(|| ByteBuf::from(part.bytes.clone()));
                Part { digest: part.digest, native }
            };
            let new = known.is_none().then(|| native.parts.iter().map(parts).collect());
            loaded.push((program, native.parts.iter().map(|part| part.digest).collect()));
            (gone, new)
        };
        if let Some(program) = gone {
            self.send(&ToWorker::Unload { program }).await?;
        }
        if let Some(parts) = new {
            self.send(&ToWorker::Load { program, fuel: native.fuel, parts }).await?;
        }
        Ok(())
    }

    /// Open a job: its number, and the door that its frames come through.
    pub(super) fn open(self: &Arc<Self>) -> Result<Conversation, Failure> {
        let job = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, frames) = mpsc::channel(BACKLOG);
        match &mut *lock(&self.shared.state) {
            State::Alive(jobs) => jobs.insert(job, sender),
            State::Dead(why) => return Err(Failure::Died(why.clone())),
        };
        Ok(Conversation { worker: self.clone(), job, frames, finished: false })
    }

    async fn send(&self, message: &ToWorker) -> Result<(), Failure> {
        let frame = encode(message).map_err(|error| Failure::Machine(error.to_string()))?;
        let mut input = self.input.lock().await;
        let written = timeout(GRACE, async {
            input.write_all(&frame).await?;
            input.flush().await
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.gone().await),
            Err(_) => {
                self.kill("it does not read");
                Err(Failure::Silent)
            }
        }
    }

    /// The pipe broke: give the reader a moment to learn why.
    async fn gone(&self) -> Failure {
        for _ in 0..20 {
            if let State::Dead(why) = &*lock(&self.shared.state) {
                return Failure::Died(why.clone());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.kill("its pipe broke");
        Failure::Died("its pipe broke".into())
    }

    fn kill(&self, why: &str) {
        self.shared.bury(why.into());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.reader.abort();
        self.kill("it was dismissed");
    }
}

impl Shared {
    /// Kill the process and close every job. The first reason stays.
    fn bury(&self, why: String) {
        let mut state = lock(&self.state);
        if let State::Alive(_) = &*state {
            *state = State::Dead(why);
        }
        drop(state);
        // An error means that it is dead already.
        let _ = lock(&self.child).start_kill();
    }

    /// What can be said about a process whose pipe ended.
    async fn obituary(&self, why: String, complaint: JoinHandle<String>) -> String {
        let complaint = timeout(Duration::from_secs(1), complaint).await;
        let complaint = complaint.ok().and_then(Result::ok).unwrap_or_default();
        let status = lock(&self.child).try_wait().ok().flatten();
        let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
        match complaint.trim() {
            "" => format!("{why}{status}"),
            complaint => format!("{why}{status}: {complaint}"),
        }
    }
}

/// One job of a worker.
pub(super) struct Conversation {
    worker: Arc<Worker>,
    job: Job,
    frames: mpsc::Receiver<FromWorker>,
    finished: bool,
}

impl Conversation {
    pub(super) fn job(&self) -> Job {
        self.job
    }

    pub(super) async fn send(&self, message: &ToWorker) -> Result<(), Failure> {
        self.worker.send(message).await
    }

    /// The next frame of this job. Past `silence` without one the worker is killed.
    pub(super) async fn next(&mut self, silence: Duration) -> Result<FromWorker, Failure> {
        match timeout(silence, self.frames.recv()).await {
            Ok(Some(FromWorker::TimedOut { .. })) => {
                self.worker.kill("its guest's time was up");
                Err(Failure::Silent)
            }
            Ok(Some(frame)) => Ok(frame),
            Ok(None) => Err(self.worker.gone().await),
            Err(_) => {
                self.worker.kill("it was silent past its deadline");
                Err(Failure::Silent)
            }
        }
    }

    /// The worker said what it never should: it is no longer ours.
    pub(super) fn accuse(&self, why: &str) -> Failure {
        self.worker.kill(why);
        Failure::Died(why.into())
    }

    /// The last frame came.
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Conversation {
    /// A job that is given up would go on running in the worker: better none.
    fn drop(&mut self) {
        if !self.finished {
            self.worker.kill("a job was given up");
        }
        if let State::Alive(jobs) = &mut *lock(&self.worker.shared.state) {
            jobs.remove(&self.job);
        }
    }
}

async fn listen(shared: Arc<Shared>, mut output: ChildStdout, complaint: JoinHandle<String>) {
    let why = loop {
        let frame = match read(&mut output).await {
            Ok(frame) => frame,
            Err(why) => break why,
        };
        let waiting = job_of(&frame).and_then(|job| match &*lock(&shared.state) {
            State::Alive(jobs) => jobs.get(&job).cloned(),
            State::Dead(_) => None,
        });
        let Some(waiting) = waiting else { break "it answered what nobody asked".into() };
        // Fails where the job was given up, which kills the worker anyway.
        let _ = waiting.send(frame).await;
    };
    // Killed first: standard error ends with the process.
    let _ = lock(&shared.child).start_kill();
    let why = shared.obituary(why, complaint).await;
    shared.bury(why);
}

fn job_of(frame: &FromWorker) -> Option<Job> {
    match frame {
        FromWorker::Ready { .. } => None,
        FromWorker::Compiled { job, .. }
        | FromWorker::Evaluated { job, .. }
        | FromWorker::Drawn { job, .. }
        | FromWorker::Invoked { job, .. }
        | FromWorker::TimedOut { job }
        | FromWorker::Call { job, .. } => Some(*job),
    }
}

async fn read(output: &mut ChildStdout) -> Result<FromWorker, String> {
    let mut header = [0; 4];
    output.read_exact(&mut header).await.map_err(|_| "it died".to_string())?;
    let length = frame_length(header).map_err(|error| format!("it spoke garbage: {error}"))?;
    let mut body = Vec::new();
    let got = output.take(length as u64).read_to_end(&mut body).await;
    match got {
        Ok(got) if got == length => decode(&body).map_err(|error| format!("it spoke garbage: {error}")),
        _ => Err("it died within a frame".into()),
    }
}

/// The first bytes of a stream; the rest is read and dropped, so that the writer never blocks.
async fn head(mut stream: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(got @ 1..) = stream.read(&mut piece).await {
        let room = STDERR_BYTES.saturating_sub(kept.len()).min(got);
        kept.extend_from_slice(&piece[..room]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
