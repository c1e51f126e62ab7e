//! The proposer: who serves `proposals`, in a nested evaluation as in the run itself.
//!
//! An improver needs to know neither: under `mutate` its guidance names operators and its temperature says how many edits a
//! variation may have; a model reads the one as a wish and samples at the other.

use crate::evaluate::judge::JudgeError;
use crate::generate::model::{About, Brief, Form, Parent, Templates};
use crate::generate::mutate::{Program, vary};
use crate::generate::settings;
use crate::generate::writer::{Rests, Writer, read};
use crate::task::Task;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Who makes variations.
#[derive(Clone)]
pub enum Proposer {
    /// Genetic improvement on the syntax tree.
    Mutate,
    /// Language models, each call's programs shared out among them in turn.
    Model(Arc<Writer>),
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
    /// What it rests on, if a model wrote it.
    pub rests: Option<Rests>,
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
        scope: &str,
    ) -> Result<Vec<Made>, JudgeError> {
        match self {
            Self::Mutate => {
                let Ok(parent) = Program::parse(&wish.program) else { return Ok(Vec::new()) };
                let mut rng = generator(seed, call);
                let count = wish.count.min(MOST) as usize;
                let made =
                    vary(&parent, &wish.guidance, count, wish.temperature, &settings(&task.mutate), &mut rng);
                let made = made.into_iter().map(|made| Made {
                    source: made.source().to_owned(),
                    words: made.operators.join(" "),
                    rests: None,
                });
                Ok(made.collect())
            }
            Self::Model(writer) => asked(writer, task, wish, &format!("{scope}/{call}")).await,
        }
    }
}

/// What models propose, side by side, in the order of their keys: `{call}/0`, `{call}/1` … An answer that holds no program
/// is dropped; it has cost what it has cost.
async fn asked(writer: &Arc<Writer>, task: &Task, wish: Wish, call: &str) -> Result<Vec<Made>, JudgeError> {
    let templates = Arc::new(Templates::untried(task));
    let temperature = temperature(wish.temperature);
    let mut running = JoinSet::new();
    for at in 0..wish.count.min(MOST) as usize {
        let key = format!("{call}/{at}");
        let brief = brief(task, &wish, &key);
        let (writer, templates) = (writer.clone(), templates.clone());
        running.spawn(async move {
            let asked = writer.propose((&templates, &brief), at, temperature, &key).await;
            (at, brief, asked)
        });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(at, ..)| *at);
    let mut made = Vec::with_capacity(answers.len());
    for (at, brief, exchange) in answers {
        let exchange = exchange?;
        if let Ok(source) = read(brief.form, &wish.program, &wish.program, &exchange) {
            let model = writer.name(at).to_owned();
            let words = format!("{} by {model}", brief.form.name());
            made.push(Made { source, words, rests: Some(Rests::on(model, &exchange)) });
        }
    }
    Ok(made)
}

/// An improver knows its program and what it wishes, and nothing more is told to a model.
fn brief(task: &Task, wish: &Wish, key: &str) -> Brief {
    let parent = Parent {
        source: wish.program.clone(),
        score: None,
        metrics: BTreeMap::new(),
        fuel: None,
        notes: String::new(),
        failure: None,
    };
    let mut rng = ChaCha8Rng::from_seed(Sha256::digest(key).into());
    Brief {
        task: About::of(task),
        form: Form::drawn(task.model.diff_share, &mut rng),
        seed_score: None,
        references: Vec::new(),
        parents: vec![parent],
        inspirations: Vec::new(),
        failures: Vec::new(),
        guidance: wish.guidance.clone(),
    }
}

/// A guest's temperature as a model's: hundredths from 0 to 1; what is no number leaves the choice to the models' file.
fn temperature(guest: f64) -> Option<f64> {
    (!guest.is_nan()).then(|| (guest.clamp(0.0, 1.0) * 100.0).round() / 100.0 + 0.0)
}

fn generator(seed: u64, call: u64) -> ChaCha8Rng {
    let hash = Sha256::new()
        .chain_update(b"assay nested propose v1\0")
        .chain_update(seed.to_le_bytes())
        .chain_update(call.to_le_bytes())
        .finalize();
    ChaCha8Rng::from_seed(hash.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_temperature_is_one_that_servers_take() {
        for (guest, asked) in [
            (0.5, Some(0.5)),
            (1.0 / 3.0, Some(0.33)),
            (-1.0, Some(0.0)),
            (f64::INFINITY, Some(1.0)),
            (f64::NAN, None),
        ] {
            assert_eq!(temperature(guest), asked, "{guest}");
        }
    }
}
