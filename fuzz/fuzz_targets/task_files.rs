#![no_main]
//! See `fuzz::task_files`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::task_files::run(data));
