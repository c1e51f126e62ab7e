#![no_main]
//! See `fuzz::library_log`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::library_log::run(data));
