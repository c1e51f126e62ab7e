//! The proposer: who serves `proposals`, in a nested evaluation as in the run itself.
//!
//! An improver needs to know neither: under `mutate` its guidance names operators and its temperature says how many edits a
//! variation may have; a model reads the one as a wish and samples at the other.

use crate::evaluate::judge::JudgeError;
use crate::generate::mutate::{Program, vary};
use crate::generate::settings;
use crate::task::Task;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// Who makes variations.
#[derive(Clone)]
pub enum Proposer {
    /// Genetic improvement on the syntax tree.
    Mutate,
}

/// What a guest wants.
pub struct Wish {
    /// A program that [`super::holds`].
    pub program: String,
    /// Words of the guest.
    pub guidance: String,
    /// Paid for already.
    pub count: u32,
    /// Any float.
    pub temperature: f64,
}

/// A program that was proposed.
pub struct Made {
    /// Its source text.
    pub source: String,
    /// The edits that made it, or who wrote it.
    pub words: String,
}

/// Most programs of one call, whatever the purse holds.
const MOST: u32 = 256;

impl Proposer {
    /// Whether no one but this program writes what is proposed: it may share a compiler run with its kin.
    pub fn is_mutate(&self) -> bool {
        matches!(self, Self::Mutate)
    }

    /// Variations of a program of `task`. `(seed, call)` says which: two improvers that ask for the same in the same call of the
    /// same case get the same.
    ///
    /// # Errors
    /// No model can be asked.
    pub async fn propose(
        &self,
        task: &Task,
        wish: Wish,
        (seed, call): (u64, u64),
        _scope: &str,
    ) -> Result<Vec<Made>, JudgeError> {
        match self {
            Self::Mutate => {
                let Ok(parent) = Program::parse(&wish.program) else { return Ok(Vec::new()) };
                let mut rng = generator(seed, call);
                let count = wish.count.min(MOST) as usize;
                let made =
                    vary(&parent, &wish.guidance, count, wish.temperature, &settings(&task.mutate), &mut rng);
                let made = made
                    .into_iter()
                    .map(|made| Made { source: made.source().to_owned(), words: made.operators.join(" ") });
                Ok(made.collect())
            }
        }
    }
}

fn generator(seed: u64, call: u64) -> ChaCha8Rng {
    let hash = Sha256::new()
        .chain_update(b"assay nested propose v1\0")
        .chain_update(seed.to_le_bytes())
        .chain_update(call.to_le_bytes())
        .finalize();
    ChaCha8Rng::from_seed(hash.into())
}
