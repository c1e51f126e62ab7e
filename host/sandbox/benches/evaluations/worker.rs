//! The worker process, spoken to as its host does: a frame with all cases of a job, and frames of results.

use sandbox::policy::Limits;
use sandbox::protocol::{FromWorker, Grants, Metering, Part, ToWorker, read_frame, write_frame};
use sandbox::translate::Parts;
use sha2::{Digest, Sha256};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

/// A worker with one program.
pub(crate) struct Worker {
    child: Child,
    job: u64,
}

const PROGRAM: [u8; 32] = [7; 32];

impl Worker {
    pub(crate) fn start(mut command: Command, parts: &Parts) -> Self {
        let child = command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut worker = Self { child, job: 0 };
        let Limits { stack_bytes, fuel, .. } = Limits::default();
        worker.say(&ToWorker::Configure { stack_bytes, metering: Metering::Program });
        assert!(matches!(worker.hear(), FromWorker::Ready { .. }));
        let part = |native: &Arc<[u8]>| Part::new(Sha256::digest(native).into(), native.to_vec());
        worker.say(&ToWorker::Load { program: PROGRAM, fuel, parts: parts.iter().map(part).collect() });
        worker
    }

    /// Seconds per evaluation.
    pub(crate) fn round(&mut self, times: u32) -> f64 {
        let request = job(self.job, times);
        self.job += 1;
        let began = Instant::now();
        self.say(&request);
        let mut results = 0;
        while results < times as usize {
            match self.hear() {
                FromWorker::Evaluated { results: more, .. } => results += more.len(),
                other => panic!("{other:?}"),
            }
        }
        began.elapsed().as_secs_f64() / f64::from(times)
    }

    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
    }

    fn say(&mut self, message: &ToWorker) {
        write_frame(self.child.stdin.as_mut().unwrap(), message).unwrap();
    }

    fn hear(&mut self) -> FromWorker {
        read_frame(self.child.stdout.as_mut().unwrap()).unwrap()
    }
}

/// So many cases.
pub(crate) fn job(job: u64, cases: u32) -> ToWorker {
    let (grants, limits) = (Grants::default(), Limits::default());
    ToWorker::Evaluate { job, program: PROGRAM, grants, limits, cases: vec!["case".into(); cases as usize] }
}
