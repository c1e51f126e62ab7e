//! Frames between host and worker. Either side may have been taken over by what the worker ran.
//!
//! What is read as a message is written as one that reads the same.

use sandbox::protocol::{FromWorker, ToWorker, decode, encode, read_frame};

/// `data` is what comes out of the pipe, and once more the body of a frame.
pub fn run(data: &[u8]) {
    let mut pipe = data;
    while let Ok(message) = read_frame::<FromWorker>(&mut pipe) {
        again(&encode(&message).unwrap(), |frame| {
            encode(&read_frame::<FromWorker>(&mut { frame }).unwrap()).unwrap()
        });
    }
    if let Ok(message) = decode::<FromWorker>(data) {
        again(&encode(&message).unwrap(), |frame| {
            encode(&read_frame::<FromWorker>(&mut { frame }).unwrap()).unwrap()
        });
    }
    if let Ok(message) = decode::<ToWorker>(data) {
        again(&encode(&message).unwrap(), |frame| {
            encode(&read_frame::<ToWorker>(&mut { frame }).unwrap()).unwrap()
        });
    }
}

/// Compared as bytes: a NaN is not equal to itself.
fn again(frame: &[u8], read_and_write: impl Fn(&[u8]) -> Vec<u8>) {
    assert_eq!(frame, read_and_write(frame));
}
