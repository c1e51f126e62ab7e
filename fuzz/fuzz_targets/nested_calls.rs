#![no_main]
//! See `fuzz::nested_calls`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::nested_calls::run(data));
