#![no_main]
//! See `fuzz::teams`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::teams::run(data));
