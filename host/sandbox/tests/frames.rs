//! Frames: what goes in comes out, and nothing that comes in breaks the reader.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use sandbox::policy::Limits;
use sandbox::protocol::*;
use sandbox::verdict::{Outcome, TrapKind, Verdict};

fn every_verdict() -> Vec<Verdict> {
    let text = || "why".to_string();
    vec![
        Verdict::Scored(Outcome { score: 1.5, metrics: vec![("bins".into(), 3.0)], notes: "n".into() }),
        Verdict::InvalidOutput(text()),
        Verdict::Trapped(TrapKind::Arithmetic),
        Verdict::OutOfFuel,
        Verdict::OutOfMemory(text()),
        Verdict::OutOfCalls(text()),
        Verdict::TimedOut,
        Verdict::Rejected(text()),
        Verdict::Crashed(text()),
        Verdict::TaskError(text()),
    ]
}

fn answers() -> Vec<FromWorker> {
    let line = LogLine { account: Account::Evaluator, level: 2, message: "m".into() };
    let log = Log { lines: vec![line], truncated: true };
    let usage = Usage { fuel: Some(7), memory_bytes: 65536, host_calls: 2 };
    let parts = vec![vec![1, 2, 3].into(), Vec::new().into()];
    let native = Translated { metering: Metering::Program, parts };
    let results = every_verdict().into_iter().map(|verdict| CaseResult { verdict, usage, log: log.clone() });
    vec![
        FromWorker::Ready {
            engine: EngineIdentity { engine: "e".into(), compatibility: "c".into(), settings: "s".into() },
            walls: Walls { landlock: true, opens_nothing: true, ..Walls::default() },
        },
        FromWorker::Compiled { job: 1, native: Ok(native) },
        FromWorker::TimedOut { job: 4 },
        FromWorker::Compiled { job: 1, native: Err("no".into()) },
        FromWorker::Evaluated { job: 2, results: results.collect() },
        FromWorker::Drawn { job: 3, cases: Ok(vec!["a".into()]) },
        FromWorker::Invoked { job: 4, value: Err(Verdict::OutOfFuel), usage, log },
        FromWorker::Call {
            job: 5,
            call: 0,
            account: Account::Candidate,
            instance: "i".into(),
            function: "f".into(),
            request: "r".into(),
        },
    ]
}

fn read<T: serde::de::DeserializeOwned>(mut bytes: &[u8]) -> Result<T, FrameError> {
    read_frame(&mut bytes)
}

#[test]
fn what_goes_in_comes_out() {
    for message in answers() {
        assert_eq!(read::<FromWorker>(&encode(&message).unwrap()).unwrap(), message);
    }
    let request = ToWorker::Compile {
        job: 9,
        component: vec![0; 1000],
        limits: Limits::default(),
        metering: Metering::Program,
    };
    assert_eq!(read::<ToWorker>(&encode(&request).unwrap()).unwrap(), request);
}

#[test]
fn a_closed_pipe_is_told_from_a_torn_frame() {
    assert!(matches!(read::<FromWorker>(&[]), Err(FrameError::Closed)));
    let frame = encode(&answers()[0]).unwrap();
    for length in 1..frame.len() {
        assert!(matches!(read::<FromWorker>(&frame[..length]), Err(FrameError::Io(_))), "{length}");
    }
}

#[test]
fn a_frame_too_large_is_refused_before_it_is_read() {
    assert!(matches!(read::<FromWorker>(&[0xff; 8]), Err(FrameError::TooLarge(_))));
}

#[test]
fn what_follows_a_message_in_its_frame_is_garbage() {
    let mut frame = encode(&answers()[0]).unwrap();
    frame.push(0);
    let length = (frame.len() - 4) as u32;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    assert!(matches!(read::<FromWorker>(&frame), Err(FrameError::Garbage(_))));
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read::<FromWorker>(&bytes);
        let _ = decode::<FromWorker>(&bytes);
        let _ = decode::<ToWorker>(&bytes);
    }

    #[test]
    fn a_frame_with_a_changed_byte_is_read_or_refused(which in 0usize..7, at in 4usize..200, to in any::<u8>()) {
        let mut frame = encode(&answers()[which]).unwrap();
        let at = at.min(frame.len() - 1);
        frame[at] = to;
        let _ = read::<FromWorker>(&frame);
    }
}
