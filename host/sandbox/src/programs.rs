//! Programs: what a worker was given to run, and keeps.
//!
//! Programs of one shape share parts: each part is loaded once, with the first program that brings it, and goes with the
//! last one that has it.

use crate::engine::Engine;
use crate::native;
use crate::program::{Linked, Program};
use crate::protocol::{Digest, Grants, Part};
use crate::verdict::Verdict;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::component::Component;
use wasmtime::{Error, Module, format_err};

/// What was loaded and not forgotten.
#[derive(Default)]
pub struct Programs {
    loaded: HashMap<Digest, Loaded>,
    /// Each once, however many programs it is part of.
    components: HashMap<Digest, Component>,
    modules: HashMap<Digest, Module>,
}

/// A program and its last linking: the grants of a program rarely change.
pub struct Loaded {
    program: Result<Program, String>,
    parts: Vec<Digest>,
    linked: Mutex<Option<(Grants, Arc<Linked>)>>,
}

impl Programs {
    /// Keep a program of these parts, compiled with `fuel`. One that does not load is kept too, as what it is.
    pub fn load(&mut self, engine: &Engine, name: Digest, fuel: u64, parts: &[Part]) {
        if self.loaded.contains_key(&name) {
            return;
        }
        let program = self.program(engine, fuel, parts).map_err(|error| format!("{error:#}"));
        let parts = parts.iter().map(|part| part.digest).collect();
        self.loaded.insert(name, Loaded { program, parts, linked: Mutex::default() });
    }

    /// One that was loaded and not forgotten.
    pub fn get(&self, name: &Digest) -> Option<&Loaded> {
        self.loaded.get(name)
    }

    fn program(&mut self, engine: &Engine, fuel: u64, parts: &[Part]) -> Result<Program, Error> {
        let engine = engine.wasmtime();
        let (first, rest) = parts.split_first().ok_or_else(|| format_err!("it has no parts"))?;
        let component =
            part(&mut self.components, first, |native| native::load(engine, native, first.digest))?;
        let modules = rest.iter().map(|module| {
            part(&mut self.modules, module, |native| native::load_module(engine, native, module.digest))
        });
        Ok(Program::of(component, modules.collect::<Result<_, _>>()?, fuel))
    }

    /// Forget a program, and the parts that no other has.
    pub fn unload(&mut self, name: &Digest) {
        let Some(gone) = self.loaded.remove(name) else { return };
        for digest in &gone.parts {
            if !self.loaded.values().any(|loaded| loaded.parts.contains(digest)) {
                self.components.remove(digest);
                self.modules.remove(digest);
            }
        }
    }

    /// How many parts are in memory.
    pub fn parts(&self) -> usize {
        self.components.len() + self.modules.len()
    }
}

impl Loaded {
    /// The program with its grants, or the verdict on whoever wants to run it.
    pub fn link(&self, engine: &Engine, grants: &Grants) -> Result<Arc<Linked>, Verdict> {
        let program = self
            .program
            .as_ref()
            .map_err(|why| Verdict::Crashed(format!("native code did not load: {why}")).cut())?;
        let mut last = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((with, linked)) = &*last
            && with == grants
        {
            return Ok(linked.clone());
        }
        let linked = Arc::new(program.link(engine, grants).map_err(|why| Verdict::Rejected(why).cut())?);
        *last = Some((grants.clone(), linked.clone()));
        Ok(linked)
    }
}

/// A part that is there, or comes along.
fn part<T: Clone>(
    known: &mut HashMap<Digest, T>,
    part: &Part,
    load: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(known) = known.get(&part.digest) {
        return Ok(known.clone());
    }
    let native = part.native.as_ref().ok_or_else(|| format_err!("a part of it was never loaded"))?;
    let loaded = load(native)?;
    known.insert(part.digest, loaded.clone());
    Ok(loaded)
}
