//! Translate: from an admitted component to native code, in parts, each of them made once.
//!
//! A joined component is taken apart ([`mod@crate::outline`]): its evaluator, and how the two are joined, were there before,
//! so what is left to translate is the candidate's own module. The parts run as the whole would: the same functions, made
//! from the same bytes by the same compiler. What can't be taken apart, or not be translated so, is translated whole;
//! then the whole's error is the one that is told.

use crate::engine::Engine;
use crate::native;
use crate::outline::outline;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Parts that are kept, in bytes of native code; past it all are made anew when needed.
const KEPT_BYTES: usize = 64 << 20;

/// Native code: of a component, then of the modules that it imports by [`crate::outline::name`].
pub type Parts = Vec<Arc<[u8]>>;

/// Translates, and remembers.
pub struct Translator {
    engine: Engine,
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
    /// For `engine`.
    pub fn new(engine: Engine) -> Self {
        Self { engine, kept: Mutex::default() }
    }

    /// Translate an admitted component, and see that the result loads (slots and sizes are checked there). Never instantiate.
    ///
    /// # Errors
    /// Why it is no valid component for this engine.
    pub fn translate(&self, component: &[u8]) -> Result<Parts, String> {
        let apart = outline(component).and_then(|outline| {
            let modules = outline.modules.iter().map(|module| Wasm::Module(module));
            std::iter::once(Wasm::Component(&outline.skeleton))
                .chain(modules)
                .map(|part| self.part(part))
                .collect::<Result<_, _>>()
                .ok()
        });
        match apart {
            Some(parts) => Ok(parts),
            None => Ok(vec![self.made(Wasm::Component(component))?]),
        }
    }

    fn part(&self, wasm: Wasm<'_>) -> Result<Arc<[u8]>, String> {
        let (kind, bytes) = match wasm {
            Wasm::Component(bytes) => (b"component", bytes),
            Wasm::Module(bytes) => (b"module   ", bytes),
        };
        let key = Sha256::new_with_prefix(kind).chain_update(bytes).finalize().into();
        if let Some(part) = self.kept().parts.get(&key) {
            return Ok(part.clone());
        }
        let part = self.made(wasm)?;
        let mut kept = self.kept();
        if kept.bytes + part.len() > KEPT_BYTES {
            *kept = Kept::default();
        }
        kept.bytes += part.len();
        kept.parts.insert(key, part.clone());
        Ok(part)
    }

    fn made(&self, wasm: Wasm<'_>) -> Result<Arc<[u8]>, String> {
        let engine = self.engine.wasmtime();
        let (native, loaded) = match wasm {
            Wasm::Component(bytes) => {
                let native = self.engine.compile(bytes)?;
                let loaded = native::load(engine, &native, Sha256::digest(&native).into()).map(drop);
                (native, loaded)
            }
            Wasm::Module(bytes) => {
                let native = engine.precompile_module(bytes).map_err(|error| format!("{error:#}"))?;
                let loaded = native::load_module(engine, &native, Sha256::digest(&native).into()).map(drop);
                (native, loaded)
            }
        };
        loaded.map_err(|error| format!("{error:#}"))?;
        Ok(native.into())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
