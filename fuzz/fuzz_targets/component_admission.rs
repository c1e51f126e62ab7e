#![no_main]
//! See `fuzz::component_admission`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::component_admission::run(data));
