#![no_main]
//! See `fuzz::worker_frames`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::worker_frames::run(data));
