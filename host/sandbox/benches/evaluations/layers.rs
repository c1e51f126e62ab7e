//! Where the time of one evaluation goes: each layer by itself, as its share of the whole.
//!
//! *Instantiate*, *call* and *drop* are wasmtime's, with our engine, and without what we count and limit: that is what is
//! left. *Frames* is both sides' encoding and decoding of a job of 4,000 cases and its results. *Admit*, *translate* and
//! *load* are once for each program, and so given in evaluations.

use crate::plain::{Answer, check};
use crate::worker::job;
use crate::{OURS, median};
use sandbox::engine::Engine;
use sandbox::policy::Limits;
use sandbox::protocol::{CaseResult, FromWorker, Metering, ToWorker, decode, encode};
use sandbox::translate::{Parts, Translator};
use sandbox::{admission, native};
use sha2::{Digest, Sha256};
use std::time::Instant;
use wasmtime::Store;
use wasmtime::component::Linker;

/// Stores that are there at once; the engine has slots for so many.
const ABREAST: usize = 4;
const ROUNDS: usize = 401;

/// Print the shares of `whole`, which is in seconds.
pub(crate) fn print(engine: &Engine, component: &[u8], parts: &Parts, whole: f64) {
    let digest = |part: &[u8]| Sha256::digest(part).into();
    let loaded = native::load(engine.wasmtime(), &parts[0], digest(&parts[0])).unwrap();
    let prepared = Linker::<()>::new(engine.wasmtime()).instantiate_pre(&loaded).unwrap();
    let judge = loaded.get_export_index(None, "assay:host/judge@0.1.0").unwrap();
    let evaluate = loaded.get_export_index(Some(&judge), "evaluate").unwrap();
    let mut times: [Vec<f64>; 7] = Default::default();
    for _ in 0..ROUNDS {
        let each = |began: Instant| began.elapsed().as_secs_f64() / ABREAST as f64;
        let began = Instant::now();
        let mut stores: Vec<_> = (0..ABREAST)
            .map(|_| {
                let mut store = Store::new(engine.wasmtime(), ());
                let instance = prepared.instantiate(&mut store).unwrap();
                (store, instance)
            })
            .collect();
        times[0].push(each(began));
        let began = Instant::now();
        for (store, instance) in &mut stores {
            let function = instance.get_typed_func::<(&str,), (Answer,)>(&mut *store, &evaluate).unwrap();
            check(function.call(store, ("case",)).unwrap().0);
        }
        times[1].push(each(began));
        let began = Instant::now();
        drop(stores);
        times[2].push(each(began));
    }
    let result = CaseResult::unstarted(sandbox::verdict::Verdict::OutOfFuel);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let request = encode(&job(1, OURS)).unwrap();
        decode::<ToWorker>(&request[4..]).unwrap();
        let answer = FromWorker::Evaluated { job: 1, results: vec![result.clone(); OURS as usize] };
        decode::<FromWorker>(&encode(&answer).unwrap()[4..]).unwrap();
        times[3].push(began.elapsed().as_secs_f64() / f64::from(OURS));
        let began = Instant::now();
        admission::admit(component, &Limits::default()).unwrap();
        times[4].push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        native::load(engine.wasmtime(), &parts[0], digest(&parts[0])).unwrap();
        times[6].push(began.elapsed().as_secs_f64());
    }
    for _ in 0..ROUNDS / 40 {
        let translator = Translator::new(engine.clone());
        let began = Instant::now();
        translator.translate(component, Metering::Program, &Limits::default()).unwrap();
        times[5].push(began.elapsed().as_secs_f64());
    }
    let [instantiate, call, drop, frames, admit, translate, load] = times.map(median);
    println!("where one evaluation goes");
    let ours = (whole - instantiate - call - drop).max(0.0);
    for (name, seconds) in [
        ("instantiate", instantiate),
        ("call", call),
        ("drop", drop),
        ("limits, counters, verdict", ours),
        ("frames, beside that", frames),
    ] {
        println!("  {name:34} {:>6.2} µs  {:>5.1} %", seconds * 1e6, 100.0 * seconds / whole);
    }
    println!("what a program costs once");
    for (name, seconds) in [("admit", admit), ("translate", translate), ("load", load)] {
        println!("  {name:34} {:>6.0} µs  as much as {:>5.0} evaluations", seconds * 1e6, seconds / whole);
    }
}
