//! The task's identity: a digest of everything in it that can reach a result.
//!
//! A run is a function of its task, so a resumed run, a promotion and a verifier must be able to say that the
//! task is the same. In it: sources, interface, cases, parameters, limits, score, gates, judging and settings.
//! Not in it: the folder's path, the description, other classes, and how `task.toml` is laid out. File names of
//! sources don't count either, for nothing compiles differently by them.
//!
//! Each part has a digest of its own ([`Task::fingerprint`]), so that a refusal to resume can name what
//! changed. The whole is a digest over the parts' names and digests, in fixed order. So who holds only the parts' digests
//! and some of the parts (evidence does) can still say whether they belong to that task.

use sandbox::policy::Limits;

use super::definition::{
    Canary, Cases, Catalogue, Evaluator, Gates, Judging, ModelSettings, Mutate, Score, Source, Task,
};
use crate::digest::of_parts;

/// Changes when the encoding does, so that no two encodings can be confused.
const VERSION: &str = "assay task v1";

/// The part that is the pool of a simulator's train cases, where there are any.
pub const POOL: &str = "simulator.pool";

impl Task {
    /// sha256 over everything that can reach a result, in hex.
    pub fn digest(&self) -> String {
        of_fingerprint(&self.fingerprint())
    }

    /// Each part of the task by its name in `task.toml`, with the sha256 of its content in hex, in one order; an absent
    /// one differs from an empty one. Only `simulator.pool`, `model`, `nested`, `catalogue` and `score.bound`, the last, are left out
    /// where the task says nothing of them: tasks are older than they are, and their digests stay.
    pub fn fingerprint(&self) -> Vec<(&'static str, String)> {
        let (train, holdout, simulator) = match &self.cases {
            Cases::Fixed { train, holdout } => (Some(train), Some(holdout), None),
            Cases::Drawn(simulator) => (None, None, Some(simulator)),
        };
        let mut parts = vec![
            ("task.name", of([self.name.as_str()])),
            ("class", of(self.class.as_deref())),
            ("agent.seed", of([self.seed.text.as_str()])),
            ("agent.wit", of(self.wit.as_ref().map(|wit| wit.text.as_str()))),
            ("agent.references", of(self.references.iter().map(|reference| reference.text.as_str()))),
            ("agent.grants", grants(self.grants.iter().map(|grant| grant.word()))),
            ("evaluator", evaluator(&self.evaluator)),
            ("score", score(&self.score)),
            ("cases.train", of(train.into_iter().flatten().map(String::as_str))),
            ("cases.holdout", of(holdout.into_iter().flatten().map(String::as_str))),
            ("simulator.source", of(simulator.map(|simulator| simulator.source.text.as_str()))),
            ("simulator.train", of(simulator.map(|simulator| simulator.train.to_string()).as_deref())),
            ("simulator.parameters", text(simulator.map(|simulator| simulator.parameters.as_str()))),
            ("judging", judging(&self.judging)),
            ("gates", gates(&self.gates)),
            ("canary", canary(&self.canary)),
            ("limits", limits(&self.limits)),
            ("mutate", mutate(&self.mutate)),
        ];
        // Parts that came later are there only where a task has them: all others keep their digests.
        let pool = simulator.map_or(&[][..], |simulator| &simulator.pool);
        if !pool.is_empty() {
            parts.push((POOL, of(pool.iter().map(String::as_str))));
        }
        if self.model != ModelSettings::default() {
            parts.push(("model", model(&self.model)));
        }
        parts.extend(self.nested.as_ref().map(|nested| ("nested", nested.digest())));
        parts.extend(self.catalogue.as_ref().map(|own| ("catalogue", catalogue(own))));
        parts.extend(self.bound.map(|bound| ("score.bound", of([bits(bound).as_str()]))));
        parts
    }
}

/// The digest of a task with these parts, in this order.
pub fn of_fingerprint<S: AsRef<str>>(parts: &[(S, String)]) -> String {
    let parts = parts.iter().flat_map(|(field, digest)| [field.as_ref().as_bytes(), digest.as_bytes()]);
    of_parts(std::iter::once(VERSION.as_bytes()).chain(parts))
}

/// The part `score`.
pub fn score(score: &Score) -> String {
    of([score.direction.word(), &score.unit, &bits(score.minimum_effect)])
}

/// The part `judging`.
pub fn judging(judging: &Judging) -> String {
    of([judging.exact.to_string().as_str(), &bits(judging.alpha)])
}

/// The part `gates`.
pub fn gates(gates: &Gates) -> String {
    let factors = [bits(gates.fuel_factor), bits(gates.memory_factor)];
    of(factors.iter().chain(&gates.guards).map(String::as_str))
}

/// The part `canary`.
pub fn canary(policy: &Canary) -> String {
    let Canary { share, observations, errors, fuel_factor, differing } = policy;
    let counts = [share.to_string(), observations.to_string(), errors.to_string(), bits(*fuel_factor)];
    of(counts.iter().chain(&differing.map(bits)).map(String::as_str))
}

/// The part `mutate`. Loops and a cascade stand in it only where they are on, so tasks that know nothing of them keep their digests.
fn mutate(settings: &Mutate) -> String {
    let nodes = settings.max_nodes.map(|nodes| nodes.to_string());
    let cascade = settings.cascade.map(|cases| format!("cascade {cases}"));
    of(nodes.as_deref().into_iter().chain(settings.loops.then_some("loops")).chain(cascade.as_deref()))
}

/// The part `agent.grants`, from the grants' words.
pub fn grants<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    of(words)
}

/// A part that is one text, or absent: `simulator.parameters`, for one.
pub fn text(text: Option<&str>) -> String {
    of(text)
}

/// The digest of a list of texts. Each counts with its length, so the list [""] differs from [].
fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    of_parts(texts.into_iter().map(str::as_bytes))
}

/// A number by its bits: no two numbers share them, and no formatting can change them.
fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}

fn evaluator(evaluator: &Evaluator) -> String {
    match evaluator {
        Evaluator::Own(Source { text, .. }) => of(["own", text]),
        Evaluator::Expectations { mode, tolerance } => of(["expectations", mode.word(), &bits(*tolerance)]),
    }
}

fn model(settings: &ModelSettings) -> String {
    let ModelSettings { propose, repair, judge, diff_share, opinions } = settings;
    let templates = [propose, repair, judge].map(|own| of(own.as_ref().map(|own| own.text.as_str())));
    let numbers = [bits(*diff_share), opinions.to_string()];
    of(templates.iter().chain(&numbers).map(String::as_str))
}

/// The part `catalogue`. What an agent is found by can reach a result: of whoever looks for agents by it.
pub fn catalogue(catalogue: &Catalogue) -> String {
    let Catalogue { takes, gives, difficulty, words } = catalogue;
    let fixed = [takes.clone(), gives.clone(), difficulty.to_string()];
    of(fixed.iter().chain(words).map(String::as_str))
}

/// The part `limits`: every limit by name, sorted. A new kind of limit gives every task a new digest, as it should.
pub fn limits(limits: &Limits) -> String {
    let mut named: Vec<String> = match serde_json::to_value(limits) {
        Ok(serde_json::Value::Object(limits)) => {
            limits.iter().map(|(name, value)| format!("{name}={value}")).collect()
        }
        // A struct of integers always becomes an object; its debug form would name every limit as well.
        _ => vec![format!("{limits:?}")],
    };
    named.sort();
    of(named.iter().map(String::as_str))
}
