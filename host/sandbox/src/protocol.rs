//! The protocol between host and worker: frames over the worker's standard input and output.
//!
//! A frame is a length (u32, little endian) and a postcard body. The worker may have been taken over
//! by what it ran: the host decodes its frames as hostile input (length capped before allocation,
//! every number checked against what was asked), and a frame it can't accept is the worker's death.
//!
//! A worker lives one of two lives, chosen by the first request it gets: it compiles and never
//! instantiates, or it runs what others compiled and never compiles. At most one of its jobs runs at
//! a time; jobs whose guests wait for an [`ToWorker::Answer`] stand aside for others.

use crate::policy::Limits;
use crate::verdict::Verdict;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
pub use serde_bytes::ByteBuf;
use std::io::{Read, Write};

/// Largest body of a frame, in bytes. Native code of the largest component fits.
pub const FRAME_BYTES: usize = 128 << 20;

/// Names a request until its last answer. Chosen by the host, never used twice in a worker's life.
pub type Job = u64;
/// sha256 of native code; a program's, over all of its parts, is its name in the worker.
pub type Digest = [u8; 32];

/// Who makes a call: log lines and host calls are accounted separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// The code under judgement.
    Candidate,
    /// The task's own code.
    Evaluator,
}

/// What a program may import, checked by the host before it is sent and linked by the worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Instances of `assay:host/log` under the name they are imported by, and whose account they are.
    pub logs: Vec<(String, Account)>,
    /// Deny-all `wasi:*@0.2` imports: no preopens, virtual clock, random seeded by the case, standard
    /// output and error into the candidate's log.
    pub wasi: bool,
    /// Imports that the host answers. Each becomes a [`FromWorker::Call`].
    pub host_calls: Vec<HostCall>,
}

/// An imported function that the host answers. Its types may be any whose values have a text in WAVE: no handles, streams or
/// futures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCall {
    /// Name of the imported instance, as the component spells it.
    pub instance: String,
    /// Name of the function in it.
    pub function: String,
    /// Who is charged for the call.
    pub account: Account,
}

/// Who counts the fuel of a program and makes its NaNs canonical. Results are the same; what either costs is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metering {
    /// The engine, which also has the guest look at the clock: a guest whose time is up ends, and what waits beside it
    /// goes on. Every program can be metered so.
    #[default]
    Engine,
    /// The program itself: its modules were rewritten. Faster by a third; but a guest whose time is up takes its process
    /// along. So only programs that never wait for the host are metered so, and their process runs nothing else.
    Program,
}

/// Native code of a component or a core module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// sha256 of it, checked before a byte of it is trusted.
    pub digest: Digest,
    /// None: the worker has it, as part of another program that it has not forgotten.
    pub native: Option<ByteBuf>,
}

impl Part {
    /// With its code.
    pub fn new(digest: Digest, native: Vec<u8>) -> Self {
        Self { digest, native: Some(ByteBuf::from(native)) }
    }
}

/// Host to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// First frame. Everything that is fixed for the life of a worker.
    Configure {
        /// Native stack for wasm frames; part of the engine's identity.
        stack_bytes: u32,
        /// Of whatever it runs. One that compiles does so for both.
        metering: Metering,
    },
    /// Translate a component to native code. Sent only to workers that never run any.
    Compile {
        /// Answered by one [`FromWorker::Compiled`].
        job: Job,
        /// Wasm, binary.
        #[serde(with = "serde_bytes")]
        component: Vec<u8>,
        /// Of which the sizes and counts are checked before anything is compiled. A program that meters itself may use
        /// `fuel` until it is told otherwise.
        limits: Limits,
        /// Metered so if it can be, or by the engine.
        metering: Metering,
    },
    /// Keep native code, made by a compiling worker and hashed by the host on receipt. No answer: what is
    /// wrong with it is told to whoever runs it.
    Load {
        /// Its name from now on.
        program: Digest,
        /// The `fuel` it was compiled with.
        fuel: u64,
        /// A component's, then those of the modules that it imports.
        parts: Vec<Part>,
    },
    /// Forget a program.
    Unload {
        /// Loaded before.
        program: Digest,
    },
    /// Run `evaluate(case)` of a (composed) evaluator: a fresh instance per case.
    Evaluate {
        /// Answered by [`FromWorker::Evaluated`] frames until there is a result per case.
        job: Job,
        /// Loaded before.
        program: Digest,
        /// What it may import.
        grants: Grants,
        /// For each case.
        limits: Limits,
        /// In the task's own format.
        cases: Vec<String>,
    },
    /// Run `draw(seed, parameters)` of a simulator: a fresh instance per seed.
    Draw {
        /// Answered by one [`FromWorker::Drawn`].
        job: Job,
        /// Loaded before.
        program: Digest,
        /// What it may import.
        grants: Grants,
        /// For each seed.
        limits: Limits,
        /// One case is drawn for each.
        seeds: Vec<u64>,
        /// JSON object, the same for all.
        parameters: String,
    },
    /// Call one exported function once.
    Invoke {
        /// Answered by one [`FromWorker::Invoked`].
        job: Job,
        /// Loaded before.
        program: Digest,
        /// What it may import.
        grants: Grants,
        /// For this call.
        limits: Limits,
        /// `name`, or `instance#name`.
        function: String,
        /// One WAVE text per parameter.
        arguments: Vec<String>,
        /// Of WASI's random numbers.
        seed: u64,
    },
    /// The answer to a [`FromWorker::Call`].
    Answer {
        /// The job that called.
        job: Job,
        /// The number of its call.
        call: u64,
        /// WAVE text of the function's result, or why there is none: then the evaluation ends as crashed.
        answer: Result<String, String>,
    },
}

/// Worker to host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker is configured.
    Ready {
        /// The same for every worker of one build and configuration.
        engine: EngineIdentity,
        /// The walls that were up before it read its first byte.
        walls: Walls,
    },
    /// Answer to `Compile`.
    Compiled {
        /// The request's.
        job: Job,
        /// Native code, or why not.
        native: Result<Translated, String>,
    },
    /// Some results of `Evaluate`, in the order of its cases. Sent at the end of a job and, so that the
    /// host sees the worker live, after the first case that ends [`FLUSH_MS`] after the last frame.
    Evaluated {
        /// The request's.
        job: Job,
        /// The next results.
        results: Vec<CaseResult>,
    },
    /// Answer to `Draw`.
    Drawn {
        /// The request's.
        job: Job,
        /// A case per seed, or how the first that failed ended (a simulator's own `err` is a
        /// [`Verdict::TaskError`]).
        cases: Result<Vec<String>, CaseResult>,
    },
    /// Answer to `Invoke`.
    Invoked {
        /// The request's.
        job: Job,
        /// The returned value as WAVE text (empty for none), at most [`text_bytes`].
        value: Result<String, Verdict>,
        /// What it cost.
        usage: Usage,
        /// What it said.
        log: Log,
    },
    /// The guest of a job is past `wall-clock-ms` and can't be interrupted (see [`Metering::Program`]): the last frame of
    /// a worker that ends with it. Of the job's cases, those without a result are not judged.
    TimedOut {
        /// The request's.
        job: Job,
    },
    /// A guest asks the host for something and waits: its clock stands still and its slot is free.
    Call {
        /// The job whose guest asks.
        job: Job,
        /// Counts the calls of one job, from 0. A job waits for one at a time.
        call: u64,
        /// Who asks.
        account: Account,
        /// As granted.
        instance: String,
        /// As granted.
        function: String,
        /// WAVE text of the arguments, a tuple (`()` for none): untrusted, at most [`text_bytes`].
        request: String,
    },
}

/// The longest WAVE text of one call or return that crosses over, in bytes. `output-bytes` bounds what a guest hands over as it
/// is lifted. In text, a byte of a string takes at most six (`\u{7f}`), and beside strings there are a few numbers, names and
/// commas. No more is promised: a float counts as some 32 bytes and takes up to 327 digits, so a long list of them can come
/// to more. The worker ends such an evaluation as invalid output and sends nothing longer than this.
pub const fn text_bytes(limits: &Limits) -> usize {
    6 * limits.output_bytes as usize + (1 << 10)
}

// The longest text of all fits into a frame, with the log that comes along.
const _: () = assert!(text_bytes(&Limits::CEILING) + (16 << 20) < FRAME_BYTES);

/// See [`FromWorker::Evaluated`], in milliseconds.
pub const FLUSH_MS: u64 = 50;

/// Native code, as it comes out of a worker that compiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translated {
    /// Only a worker of this metering takes it.
    pub metering: Metering,
    /// A component's, then those of the modules that it imports.
    pub parts: Vec<ByteBuf>,
}

/// One case, done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// How it ended.
    pub verdict: Verdict,
    /// What it cost.
    pub usage: Usage,
    /// What it said.
    pub log: Log,
}

impl CaseResult {
    /// A case that never ran.
    pub fn unstarted(verdict: Verdict) -> Self {
        Self { verdict, usage: Usage::default(), log: Log::default() }
    }

    /// Its score, if it was scored.
    pub fn score(&self) -> Option<f64> {
        match &self.verdict {
            Verdict::Scored(outcome) => Some(outcome.score),
            _ => None,
        }
    }
}

/// What an evaluation cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Fuel spent by candidate and evaluator together. `None` where it is not exact: after a trap,
    /// a timeout or a crash.
    pub fuel: Option<u64>,
    /// Largest sum of linear memory, in bytes.
    pub memory_bytes: u64,
    /// Calls into the host.
    pub host_calls: u32,
}

/// Log lines of one evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// In order.
    pub lines: Vec<LogLine>,
    /// The quota was reached: lines are missing.
    pub truncated: bool,
}

/// One line that a guest logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Whose line.
    pub account: Account,
    /// 0 debug, 1 info, 2 warning, 3 error.
    pub level: u8,
    /// As the guest sent it: untrusted text, escape before showing.
    pub message: String,
}

/// What makes two engines the same: part of every result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineIdentity {
    /// e.g. `wasmtime 48.0.8`.
    pub engine: String,
    /// sha256 over wasmtime's compile-time settings (`precompile_compatibility_hash`) under either [`Metering`], hex. The
    /// same on every machine of one architecture.
    pub compatibility: String,
    /// sha256 of the settings that can reach a result, hex.
    pub settings: String,
}

/// The operating system's walls around a process, and what it could still do when it tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Landlock: no path may be opened (of a compiler: none but the toolchain's and its scratch folder's).
    pub landlock: bool,
    /// seccomp: only the system calls that its work needs.
    pub seccomp: bool,
    /// No capability, no way to gain one.
    pub privileges: bool,
    /// Another user than the one who started it. Only root can see to that.
    pub user: bool,
    /// A network namespace of its own. A second wall: seccomp forbids sockets already.
    pub network: bool,
    /// It tried to open a file, and could not.
    pub opens_nothing: bool,
    /// It tried to make a connection, and could not.
    pub connects_nowhere: bool,
    /// It tried to start a process, and could not.
    pub starts_nothing: bool,
}

impl Walls {
    /// What a policy demands and is not there, in words. Empty: fully confined.
    pub fn missing(&self) -> Vec<&'static str> {
        let demanded = [
            (self.landlock, "Landlock (Linux 6.2 or newer, enabled at boot)"),
            (self.seccomp, "seccomp filters"),
            (self.privileges, "dropped privileges"),
            (self.opens_nothing, "a refused attempt to open a file"),
            (self.connects_nowhere, "a refused attempt to connect"),
            (self.starts_nothing, "a refused attempt to start a process"),
        ];
        demanded.into_iter().filter(|(there, _)| !there).map(|(_, what)| what).collect()
    }
}

/// Why bytes are no frame. From a worker, any of these is its death.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side closed the pipe between two frames.
    #[error("the pipe was closed")]
    Closed,
    /// The pipe broke, or was closed within a frame.
    #[error("the pipe broke: {0}")]
    Io(#[from] std::io::Error),
    /// Announced, or to be sent.
    #[error("a frame of {0} bytes is larger than {FRAME_BYTES}")]
    TooLarge(u64),
    /// The body is not one message of the protocol.
    #[error("a frame can't be read: {0}")]
    Garbage(String),
}

/// A message as a whole frame, length included.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut frame =
        postcard::to_extend(message, vec![0; 4]).map_err(|e| FrameError::Garbage(e.to_string()))?;
    let length = frame.len() - 4;
    if length > FRAME_BYTES {
        return Err(FrameError::TooLarge(length as u64));
    }
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// The length that a frame announces, refused before anything of that size is allocated.
pub fn frame_length(header: [u8; 4]) -> Result<usize, FrameError> {
    match u32::from_le_bytes(header) as usize {
        length if length <= FRAME_BYTES => Ok(length),
        length => Err(FrameError::TooLarge(length as u64)),
    }
}

/// The message in a frame's body: all of the body, and nothing but it.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok((_, rest)) => Err(FrameError::Garbage(format!("{} bytes follow the message", rest.len()))),
        Err(error) => Err(FrameError::Garbage(error.to_string())),
    }
}

/// Read one frame. Memory grows with what arrives, not with what is announced.
pub fn read_frame<T: DeserializeOwned>(pipe: &mut impl Read) -> Result<T, FrameError> {
    let mut header = [0; 4];
    match pipe.read(&mut header)? {
        0 => return Err(FrameError::Closed),
        got => pipe.read_exact(&mut header[got..])?,
    }
    let length = frame_length(header)?;
    let mut body = Vec::new();
    pipe.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
    }
    decode(&body)
}

/// Write one frame.
pub fn write_frame(pipe: &mut impl Write, message: &impl Serialize) -> Result<(), FrameError> {
    pipe.write_all(&encode(message)?)?;
    Ok(pipe.flush()?)
}
