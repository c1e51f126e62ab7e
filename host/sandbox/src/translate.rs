//! Translate: from an admitted component to native code, in parts, each of them made once.
//!
//! A component is taken apart ([`mod@crate::outline`]): its evaluator, and how the two are joined, were there before,
//! so what is left to translate is the candidate's own module. The parts run as the whole would: the same functions, made
//! from the same bytes by the same compiler. What can't be taken apart, or not be translated so, is translated whole;
//! then the whole's error is the one that is told.
//!
//! Where it is asked for, the modules are rewritten on the way to meter themselves ([`mod@crate::metered`]): all of them, or
//! none.

use crate::engine::{Engine, rewritten_costs};
use crate::metered;
use crate::native;
use crate::outline::outline;
use crate::policy::Limits;
use crate::protocol::Metering;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use wasmparser::{Parser, Payload};

/// Parts that are kept, in bytes of native code; past it all are made anew when needed.
const KEPT_BYTES: usize = 64 << 20;
/// A module that is rewritten may come to so many times its size, and
const REWRITTEN_GROWTH: usize = 4;
/// so many bytes more. Ordinary ones grow by half; of whoever grows more, the compiler shall see the original.
const REWRITTEN_BYTES: usize = 16 << 10;

/// Native code: of a component, then of the modules that it imports by [`crate::outline::name`].
pub type Parts = Vec<Arc<[u8]>>;

/// Translates, and remembers.
pub struct Translator {
    stack_bytes: u32,
    /// By [`Metering`], each made when it is first needed.
    engines: [OnceLock<Engine>; 2],
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    parts: HashMap<[u8; 32], Arc<[u8]>>,
    bytes: usize,
}

/// What a part is made from.
#[derive(Clone, Copy)]
enum Wasm<'a> {
    Component(&'a [u8]),
    Module(&'a [u8]),
}

impl Translator {
    /// For `engine` and the one that is metered otherwise: what an engine reserves is no small part of what a worker may.
    pub fn new(engine: Engine) -> Self {
        let (stack_bytes, at) = (engine.stack_bytes(), engine.metering() as usize);
        let mut engines: [OnceLock<Engine>; 2] = Default::default();
        engines[at] = OnceLock::from(engine);
        Self { stack_bytes, engines, kept: Mutex::default() }
    }

    /// Translate an admitted component, and see that the result loads (slots and sizes are checked there). Never instantiate.
    ///
    /// # Errors
    /// Why it is no valid component for this engine.
    pub fn translate(
        &self,
        component: &[u8],
        metering: Metering,
        limits: &Limits,
    ) -> Result<(Metering, Parts), String> {
        if metering == Metering::Program
            && let Some(parts) = self.metered(component, limits)
        {
            return Ok((Metering::Program, parts));
        }
        let apart = outline(component).filter(|outline| outline.joined).and_then(|outline| {
            let modules = outline.modules.iter().map(|module| Wasm::Module(module));
            std::iter::once(Wasm::Component(&outline.skeleton))
                .chain(modules)
                .map(|part| self.part(Metering::Engine, part))
                .collect::<Result<_, _>>()
                .ok()
        });
        let parts = match apart {
            Some(parts) => parts,
            None => vec![self.made(Metering::Engine, Wasm::Component(component))?],
        };
        Ok((Metering::Engine, parts))
    }

    /// Each module rewritten, and a component that tells what they counted.
    fn metered(&self, component: &[u8], limits: &Limits) -> Option<Parts> {
        let outline = outline(component)?;
        if !outline.joined {
            let modules = outline.modules.iter().map(|module| rewritten(module, limits));
            let whole = metered::component(&outline, Some(&modules.collect::<Option<Vec<_>>>()?))?;
            return Some(vec![self.made(Metering::Program, Wasm::Component(&whole)).ok()?]);
        }
        let skeleton = metered::component(&outline, None)?;
        let mut parts = vec![self.part(Metering::Program, Wasm::Component(&skeleton)).ok()?];
        for module in &outline.modules {
            let key = key(b"rewritten", &[&limits.fuel.to_le_bytes(), module]);
            parts.push(match self.known(&key) {
                Some(part) => part,
                None => {
                    let rewritten = rewritten(module, limits)?;
                    let part = self.made(Metering::Program, Wasm::Module(&rewritten)).ok()?;
                    self.keep(key, part)
                }
            });
        }
        Some(parts)
    }

    fn part(&self, metering: Metering, wasm: Wasm<'_>) -> Result<Arc<[u8]>, String> {
        let (kind, bytes) = match wasm {
            Wasm::Component(bytes) => (b"component", bytes),
            Wasm::Module(bytes) => (b"module   ", bytes),
        };
        let key = key(kind, &[&[metering as u8], bytes]);
        match self.known(&key) {
            Some(part) => Ok(part),
            None => Ok(self.keep(key, self.made(metering, wasm)?)),
        }
    }

    fn known(&self, key: &[u8; 32]) -> Option<Arc<[u8]>> {
        self.kept().parts.get(key).cloned()
    }

    fn keep(&self, key: [u8; 32], part: Arc<[u8]>) -> Arc<[u8]> {
        let mut kept = self.kept();
        if kept.bytes + part.len() > KEPT_BYTES {
            *kept = Kept::default();
        }
        kept.bytes += part.len();
        kept.parts.insert(key, part.clone());
        part
    }

    fn engine(&self, metering: Metering) -> Result<&Engine, String> {
        let engine = &self.engines[metering as usize];
        match engine.get() {
            Some(engine) => Ok(engine),
            None => {
                let new = Engine::new(self.stack_bytes, metering).map_err(|error| format!("{error:#}"))?;
                Ok(engine.get_or_init(|| new))
            }
        }
    }

    fn made(&self, metering: Metering, wasm: Wasm<'_>) -> Result<Arc<[u8]>, String> {
        let engine = self.engine(metering)?.wasmtime();
        let error = |error: wasmtime::Error| format!("{error:#}");
        let (native, loaded) = match wasm {
            Wasm::Component(bytes) => {
                let native = engine.precompile_component(bytes).map_err(error)?;
                let loaded = native::load(engine, &native, Sha256::digest(&native).into()).map(drop);
                (native, loaded)
            }
            Wasm::Module(bytes) => {
                let native = engine.precompile_module(bytes).map_err(error)?;
                let loaded = native::load_module(engine, &native, Sha256::digest(&native).into()).map(drop);
                (native, loaded)
            }
        };
        loaded.map_err(error)?;
        Ok(native.into())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A module that meters itself, if the compiler may see that: it is not much larger, and no function is too large.
fn rewritten(module: &[u8], limits: &Limits) -> Option<Vec<u8>> {
    let options = meter::Options { fuel: limits.fuel, costs: rewritten_costs() };
    let metered = meter::meter(module, &options)?.module;
    let fits = |payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => body.range().len() <= limits.function_bytes as usize,
        payload => payload.is_ok(),
    };
    let small = metered.len() <= REWRITTEN_GROWTH * module.len() + REWRITTEN_BYTES;
    (small && Parser::new(0).parse_all(&metered).all(fits)).then_some(metered)
}

fn key(kind: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(kind);
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
