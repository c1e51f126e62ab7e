//! Native code, as the host holds it: bytes from a worker that compiles, under the digests taken when they came.
//!
//! The host never runs or reads them. They go to workers that run, which check the digests again.

use super::pool::{Handler, Serve};
use sandbox::protocol::{Digest, Grants, Metering};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Native code from a worker that compiles, hashed here when it came.
#[derive(Clone)]
pub struct Native {
    /// Which workers take it.
    pub metering: Metering,
    /// The `fuel` it was compiled with.
    pub fuel: u64,
    /// For workers of the same engine: of a component, then of the core modules that it imports.
    pub parts: Arc<[NativePart]>,
    /// sha256 over the digests of `parts`.
    pub digest: Digest,
}

/// Native code of a component or a core module.
pub struct NativePart {
    /// The code.
    pub bytes: Vec<u8>,
    /// sha256 of `bytes`.
    pub digest: Digest,
}

impl Native {
    /// Hash what a worker made.
    pub fn of(metering: Metering, fuel: u64, parts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let part = |bytes: Vec<u8>| NativePart { digest: Sha256::digest(&bytes).into(), bytes };
        let parts: Arc<[NativePart]> = parts.into_iter().map(part).collect();
        let all = parts.iter().fold(Sha256::new(), |all, part| all.chain_update(part.digest));
        Self { metering, fuel, parts, digest: all.finalize().into() }
    }
}

/// What is run.
#[derive(Clone)]
pub struct Program {
    /// Of the (composed) component.
    pub native: Native,
    /// What it may import.
    pub grants: Grants,
    /// Who answers its calls.
    serve: Option<Serve>,
}

impl Program {
    /// Native code with what it may import, and nobody to call.
    pub fn new(native: Native, grants: Grants) -> Self {
        Self { native, grants, serve: None }
    }

    /// The same with somebody who answers. Each job, a second try too, gets a handler of its own: what one of them counted or
    /// spent is gone with the job.
    #[must_use]
    pub fn served(&self, serve: Serve) -> Self {
        Self { serve: Some(serve), ..self.clone() }
    }

    /// How a program with these grants is metered: one that may wait for the host, by the engine.
    pub(super) fn metering(grants: &Grants) -> Metering {
        if grants.host_calls.is_empty() { Metering::Program } else { Metering::Engine }
    }

    pub(super) fn handler(&self) -> Handler {
        match &self.serve {
            Some(serve) => serve(),
            None => Arc::new(|_| Box::pin(async { Err("nobody answers this call".into()) })),
        }
    }
}
