//! One evaluation: a fresh store, a fresh instance, one call, a verdict.
//!
//! Nothing survives it: whatever a guest did to its memory, tables and handles is gone with the store.

use crate::ending;
use crate::limits::{self, Ask, Guest};
use crate::policy::Limits;
use crate::program::Linked;
use crate::protocol::{CaseResult, Log, Usage};
use crate::text;
use crate::verdict::{Outcome, Verdict};
use crate::wasi::{self, Wasi};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use wasmtime::component::{ComponentType, Func, Instance, Lift, Val, wasm_wave};
use wasmtime::{Error, Store};

/// `assay:host/judge`'s `metric`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Metric {
    name: String,
    value: f64,
}

/// `assay:host/judge`'s `outcome`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Judged {
    score: f64,
    metrics: Vec<Metric>,
    notes: String,
}

/// `assay:host/judge`'s `fault`.
#[derive(ComponentType, Lift)]
#[component(variant)]
enum Fault {
    #[component(name = "invalid-output")]
    InvalidOutput(String),
    #[component(name = "bad-case")]
    BadCase(String),
}

/// Seeds WASI's random numbers: different requests never share a stream.
fn seed(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"assay random\0");
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Linked {
    /// Judge one case.
    pub fn evaluate(&self, limits: &Arc<Limits>, ask: Option<&Ask>, case: &str) -> CaseResult {
        let Some(evaluate) = &self.evaluate else {
            return missing("evaluate` in `assay:host/judge@0.1.0");
        };
        let seed = || seed(&[b"evaluate", case.as_bytes()]);
        let (result, usage, log) = self.run(limits, ask, seed, |store, instance| {
            let function =
                instance.get_typed_func::<(&str,), (Result<Judged, Fault>,)>(&mut *store, evaluate);
            match function {
                Ok(function) => Ok(function.call(store, (case,))?.0),
                Err(error) => Err(Error::new(WrongType(format!("{error:#}")))),
            }
        });
        let verdict = match result {
            Ok(Ok(judged)) => score(judged),
            Ok(Err(Fault::InvalidOutput(why))) => Verdict::InvalidOutput(why),
            Ok(Err(Fault::BadCase(why))) => Verdict::TaskError(why),
            Err(verdict) => verdict,
        };
        CaseResult { verdict, usage, log }
    }

    /// Draw one case.
    pub fn draw(
        &self,
        limits: &Arc<Limits>,
        ask: Option<&Ask>,
        number: u64,
        parameters: &str,
    ) -> Result<String, CaseResult> {
        let Some(draw) = &self.draw else { return Err(missing("draw")) };
        let seed = || seed(&[b"draw", &number.to_le_bytes(), parameters.as_bytes()]);
        let (result, usage, log) = self.run(limits, ask, seed, |store, instance| {
            let function =
                instance.get_typed_func::<(u64, &str), (Result<String, String>,)>(&mut *store, draw);
            match function {
                Ok(function) => Ok(function.call(store, (number, parameters))?.0),
                Err(error) => Err(Error::new(WrongType(format!("{error:#}")))),
            }
        });
        let verdict = match result {
            Ok(Ok(case)) => return Ok(case),
            Ok(Err(why)) => Verdict::TaskError(why),
            Err(verdict) => verdict,
        };
        Err(CaseResult { verdict, usage, log })
    }

    /// Call any exported function once, with arguments and result as WAVE text.
    pub fn invoke(
        &self,
        limits: &Arc<Limits>,
        ask: Option<&Ask>,
        function: &str,
        arguments: &[String],
        number: u64,
    ) -> (Result<String, Verdict>, Usage, Log) {
        let Some(index) = self.function(function) else {
            let never = missing(function);
            return (Err(never.verdict), never.usage, never.log);
        };
        let seed = || seed(&[b"invoke", &number.to_le_bytes()]);
        let (result, usage, log) = self.run(limits, ask, seed, |store, instance| {
            let called = match instance.get_func(&mut *store, index) {
                Some(called) => called,
                None => return Err(Error::new(WrongType(format!("`{function}` is no function")))),
            };
            // Before it runs: what came back could not be said.
            if !called.ty(&*store).results().all(|kind| text::has_form(&kind)) {
                let why = format!("what `{function}` returns has no text form");
                return Err(Error::new(WrongType(why)));
            }
            let parameters = parse(&called, store, function, arguments)?;
            let mut results = vec![Val::Bool(false); called.ty(&*store).results().len()];
            called.call(store, &parameters, &mut results)?;
            Ok(results)
        });
        let value = result.and_then(|results| match results.first() {
            None => Ok(String::new()),
            Some(value) => {
                text::write(value, limits).map_err(|stop| Verdict::InvalidOutput(stop.to_string()))
            }
        });
        (value, usage, log)
    }

    /// The frame of every evaluation. Fuel is what the code and the calls used: neither may be more than is granted, nor
    /// both at the end. It is reported where it is exact: after an ordinary end, and when it is what ran out.
    fn run<R>(
        &self,
        limits: &Arc<Limits>,
        ask: Option<&Ask>,
        seed: impl FnOnce() -> [u8; 32],
        call: impl FnOnce(&mut Store<Guest>, &Instance) -> Result<R, Error>,
    ) -> (Result<R, Verdict>, Usage, Log) {
        let mut guest = Guest::new(limits.clone(), ask.cloned(), self.engine.metering());
        if self.wasi {
            guest.wasi = Some(Box::new(Wasi::new(&guest, seed())));
        }
        let mut store = match limits::store(&self.engine, guest) {
            Ok(store) => store,
            Err(error) => {
                return (Err(Verdict::Crashed(format!("{error:#}"))), Usage::default(), Log::default());
            }
        };
        if self.wasi {
            wasi::count_calls(&mut store);
        }
        if self.counters.is_some() {
            // The engine has a guest that it meters look itself.
            self.engine.watch().begin(limits.wall_clock_ms);
        }
        let result = self.instance.instantiate(&mut store).and_then(|instance| {
            self.grant(&mut store, &instance, limits)?;
            let result = call(&mut store, &instance)?;
            Ok((result, self.used(&mut store, &instance, limits)?))
        });
        if self.counters.is_some() {
            self.engine.watch().end();
        }
        let result = match result {
            Ok((_, used)) if used > limits.fuel => Err(Verdict::OutOfFuel),
            Ok(result) => Ok(result),
            Err(error) => Err(match error.downcast_ref::<WrongType>() {
                Some(WrongType(why)) => Verdict::Rejected(why.clone()),
                None => ending::verdict(&error),
            }),
        };
        // An honest worker says no more than its host takes from it.
        let result = result.map_err(Verdict::cut);
        let (result, fuel) = match result {
            Ok((result, used)) => (Ok(result), Some(used)),
            Err(Verdict::OutOfFuel) => (Err(Verdict::OutOfFuel), Some(limits.fuel)),
            Err(verdict) => (Err(verdict), None),
        };
        let guest = store.data();
        if let Some(wasi) = &guest.wasi {
            wasi.finish();
        }
        let log = guest.take_log();
        (result, guest.usage(fuel), log)
    }

    /// Tell the counters what may be used, where it is not what they were made with. Each may count to all of it.
    fn grant(&self, store: &mut Store<Guest>, instance: &Instance, limits: &Limits) -> Result<(), Error> {
        let counters = self.counters.iter().filter(|counters| counters.fuel != limits.fuel);
        let fuel = i64::try_from(limits.fuel).unwrap_or(i64::MAX);
        for [_, limit] in counters.flat_map(|counters| &counters.each) {
            instance.get_typed_func::<(i64,), ()>(&mut *store, limit)?.call(&mut *store, (fuel,))?;
        }
        Ok(())
    }

    /// After an ordinary end.
    fn used(&self, store: &mut Store<Guest>, instance: &Instance, limits: &Limits) -> Result<u64, Error> {
        let calls = store.data().call_fuel();
        let Some(counters) = &self.counters else {
            return Ok((limits.fuel - store.get_fuel()?).saturating_add(calls));
        };
        let mut sum = calls;
        for [used, _] in &counters.each {
            let (used,) = instance.get_typed_func::<(), (i64,)>(&mut *store, used)?.call(&mut *store, ())?;
            // What was used is never less than nothing.
            sum = sum.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
        }
        Ok(sum)
    }
}

/// The program is not of the world that was asked for, or the arguments are not of the function's types.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongType(String);

fn missing(export: &str) -> CaseResult {
    CaseResult::unstarted(Verdict::Rejected(format!("it does not export `{export}`")))
}

/// Finite, or no score. Negative zero is zero: two evaluations that compare equal are the same bytes.
fn score(judged: Judged) -> Verdict {
    if !judged.score.is_finite() {
        return Verdict::InvalidOutput(format!("the score is {}", judged.score));
    }
    if let Some(metric) = judged.metrics.iter().find(|metric| !metric.value.is_finite()) {
        return Verdict::InvalidOutput(format!("metric `{}` is {}", metric.name, metric.value)).cut();
    }
    Verdict::Scored(Outcome {
        score: judged.score + 0.0,
        metrics: judged.metrics.into_iter().map(|metric| (metric.name, metric.value + 0.0)).collect(),
        notes: judged.notes,
    })
}

fn parse(called: &Func, store: &Store<Guest>, name: &str, arguments: &[String]) -> Result<Vec<Val>, Error> {
    let kind = called.ty(store);
    let expected = kind.params().len();
    if expected != arguments.len() {
        let given = arguments.len();
        return Err(Error::new(WrongType(format!(
            "`{name}` takes {expected} arguments, {given} were given"
        ))));
    }
    let mut values = Vec::with_capacity(expected);
    for ((parameter, kind), text) in kind.params().zip(arguments) {
        let value = wasm_wave::from_str(&kind, text)
            .map_err(|error| Error::new(WrongType(format!("argument `{parameter}` of `{name}`: {error}"))))?;
        values.push(value);
    }
    Ok(values)
}
