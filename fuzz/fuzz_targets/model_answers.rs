#![no_main]
//! See `fuzz::model_answers`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::model_answers::run(data));
