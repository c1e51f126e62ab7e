#![no_main]
//! See `fuzz::journal`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::journal::run(data));
