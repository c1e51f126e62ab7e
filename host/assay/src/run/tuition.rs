//! Tuition: what a run of models remembers for the next prompt, and what it has paid each of them for.
//!
//! A part of the [`State`](super::state::State), so a fold over events like all of it, and kept only where models
//! propose. A model's **gain** is how far its candidate went beyond its parent, as a share of the way that is known:
//! from the seed agent to the best candidate or reference so far. Its **cost** is what its exchanges cost. From both
//! [`crate::model::bandit`] says whom to ask next.

use super::event::{Candidate, Fate, Measured, Opinion, Phase, Reference, Search};
use crate::generate::model as words;
use crate::generate::model::{Failure, Kind, Trouble};
use crate::model::bandit::Arm;
use crate::model::{Named, Spend};
use crate::task::Direction;
use std::collections::{BTreeMap, VecDeque};

/// Failures that are shown.
const FAILURES: usize = 3;

/// What is remembered.
#[derive(Debug)]
pub struct Tuition {
    direction: Direction,
    references: Vec<words::Reference>,
    /// Newest first.
    failures: VecDeque<Failure>,
    /// The seed agent's score, so turned that more is better.
    seed: Option<f64>,
    /// The best that is known to be possible, so turned.
    best: f64,
    tallies: Vec<Tally>,
    /// Candidate → the place of the model that wrote it.
    authors: BTreeMap<u64, usize>,
    /// Candidate → what a model thinks of it, 0 to 10.
    opinions: BTreeMap<u64, f64>,
}

/// How a model did.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Its name.
    pub model: String,
    /// Candidates that it was asked for.
    pub asked: u64,
    /// Sum of their gains, each 0 to 1.
    pub gain: f64,
    /// What they cost.
    pub spend: Spend,
}

impl Tuition {
    /// Of a run before its first event; none where no model proposes.
    pub(super) fn of(search: &Search, direction: Direction) -> Option<Self> {
        let tally =
            |model: &Named| Tally { model: model.name.clone(), asked: 0, gain: 0.0, spend: Spend::default() };
        let tallies: Vec<Tally> = search.generator.models.iter().map(tally).collect();
        (!tallies.is_empty()).then(|| Self {
            direction,
            references: Vec::new(),
            failures: VecDeque::new(),
            seed: None,
            best: f64::NEG_INFINITY,
            tallies,
            authors: BTreeMap::new(),
            opinions: BTreeMap::new(),
        })
    }

    pub(super) fn refer(&mut self, reference: &Reference) {
        self.best = self.best.max(self.direction.oriented(reference.measured.score));
        self.references
            .push(words::Reference { name: reference.name.clone(), score: reference.measured.score });
    }

    pub(super) fn hear(&mut self, said: &Opinion) {
        self.opinions.extend(said.opinion.map(|opinion| (said.candidate, opinion)));
    }

    /// The place of the model that wrote a candidate.
    pub(super) fn author(&self, candidate: u64) -> Option<usize> {
        self.authors.get(&candidate).copied()
    }

    /// What a model thinks of a candidate, 0 to 10.
    pub fn opinion(&self, candidate: u64) -> Option<f64> {
        self.opinions.get(&candidate).copied()
    }

    /// `parent`: what the candidate's first parent was measured at.
    pub(super) fn take(&mut self, candidate: &Candidate, parent: Option<&Measured>) {
        if candidate.phase != Phase::Search {
            return;
        }
        let score = match &candidate.fate {
            Fate::Scored { measured, .. } => Some(self.direction.oriented(measured.score)),
            _ => None,
        };
        self.best = score.map_or(self.best, |score| self.best.max(score));
        if candidate.id == 0 {
            self.seed = score;
        }
        if let Some(failure) = failure(candidate) {
            self.failures.push_front(failure);
            self.failures.truncate(FAILURES);
        }
        let parent = parent.map(|parent| self.direction.oriented(parent.score));
        let gain = match (score, parent, self.seed) {
            (Some(score), Some(parent), Some(seed)) if score > parent && self.best > seed => {
                ((score - parent) / (self.best - seed)).clamp(0.0, 1.0)
            }
            _ => 0.0,
        };
        let author = self.tallies.iter().position(|tally| Some(&tally.model) == candidate.model.as_ref());
        if let Some(author) = author {
            self.authors.insert(candidate.id, author);
            let tally = &mut self.tallies[author];
            tally.asked += 1;
            tally.gain += gain;
            tally.spend = tally.spend + candidate.spend.unwrap_or_default();
        }
    }

    /// The task's reference agents that were scored.
    pub(super) fn references(&self) -> Vec<words::Reference> {
        self.references.clone()
    }

    /// What went wrong lately, newest first.
    pub(super) fn failures(&self) -> Vec<Failure> {
        self.failures.iter().cloned().collect()
    }

    /// How each model did, in the run's order.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// The same for the bandit. Cost is money, or tokens where nobody takes any.
    pub(super) fn arms(&self) -> Vec<Arm> {
        let paid = self.tallies.iter().any(|tally| tally.spend.micro_dollars > 0);
        let cost = |spend: Spend| if paid { spend.micro_dollars } else { spend.tokens } as f64;
        let arm = |tally: &Tally| Arm {
            name: tally.model.clone(),
            pulls: tally.asked,
            gain: tally.gain,
            cost: cost(tally.spend),
        };
        self.tallies.iter().map(arm).collect()
    }
}

/// What may be told of a candidate that came to nothing. An answer without a program has nothing to show.
fn failure(candidate: &Candidate) -> Option<Failure> {
    let trouble = match &candidate.fate {
        Fate::Rejected { words, .. } => Trouble { kind: Kind::Compiler, words: words.clone() },
        Fate::Failed { verdict, log, .. } => {
            Trouble { kind: Kind::Verdict, words: format!("{}\n{log}", verdict.name()) }
        }
        Fate::Scored { .. } | Fate::Pruned { .. } | Fate::Eliminated { .. } | Fate::Duplicate { .. } => {
            return None;
        }
    };
    (!candidate.source.is_empty()).then(|| Failure { source: candidate.source.clone(), trouble })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::Generator;
    use sandbox::verdict::Verdict;

    fn tuition(models: &[&str]) -> Option<Tuition> {
        let named =
            |name: &&str| Named { name: (*name).to_owned(), id: "x".into(), max_tokens: 1, temperature: 0.0 };
        let generator = Generator { models: models.iter().map(named).collect(), ..Generator::default() };
        let search =
            Search { seed: 1, candidates: 9, batch: 8, islands: 1, ahead: 0, minimise: 0, generator };
        Tuition::of(&search, Direction::Minimize)
    }

    fn measured(score: f64) -> Measured {
        Measured { score, metrics: Default::default(), fuel: 1, memory_bytes: 1, results: String::new() }
    }

    fn candidate(id: u64, model: Option<&str>, fate: Fate) -> Candidate {
        Candidate {
            id,
            phase: Phase::Search,
            island: 0,
            parents: Vec::new(),
            operators: Vec::new(),
            model: model.map(str::to_owned),
            exchanges: Vec::new(),
            spend: Some(Spend { calls: 1, tokens: 10, micro_dollars: 0 }),
            source: "fn a() {}".into(),
            fate,
        }
    }

    fn scored(score: f64) -> Fate {
        Fate::Scored { component: String::new(), measured: measured(score), stage: None }
    }

    #[test]
    fn a_gain_is_a_share_of_the_way_from_the_seed_to_the_best_that_is_known() {
        let mut tuition = tuition(&["a", "b"]).unwrap();
        tuition.take(&candidate(0, None, scored(10.0)), None);
        tuition.refer(&Reference { name: "r".into(), component: String::new(), measured: measured(2.0) });
        let seed = measured(10.0);
        tuition.take(&candidate(1, Some("a"), scored(6.0)), Some(&seed));
        tuition.take(&candidate(2, Some("b"), scored(11.0)), Some(&seed));
        tuition.take(&candidate(3, Some("b"), scored(0.0)), Some(&seed));
        let gains: Vec<f64> = tuition.arms().iter().map(|arm| arm.gain).collect();
        assert_eq!(gains, [0.5, 1.0]);
        let costs: Vec<f64> = tuition.arms().iter().map(|arm| arm.cost).collect();
        assert_eq!(costs, [10.0, 20.0], "nobody takes money, so tokens count");
    }

    #[test]
    fn the_latest_failures_are_kept_and_empty_answers_are_none() {
        let mut tuition = tuition(&["a"]).unwrap();
        for id in 1..6 {
            let fate = Fate::Rejected { kind: "diagnostics".into(), words: format!("words {id}") };
            tuition.take(&candidate(id, Some("a"), fate.clone()), None);
            tuition.take(&Candidate { source: String::new(), ..candidate(id, Some("a"), fate) }, None);
        }
        let fate =
            Fate::Failed { component: "c".into(), case: 0, verdict: Verdict::OutOfFuel, log: "so".into() };
        tuition.take(&candidate(6, Some("a"), fate), None);
        let words: Vec<String> =
            tuition.failures().into_iter().map(|failure| failure.trouble.words).collect();
        assert_eq!(words, ["out-of-fuel\nso", "words 5", "words 4"]);
        assert_eq!(tuition.tallies()[0].asked, 11);
    }

    #[test]
    fn where_no_model_proposes_nothing_is_remembered() {
        assert!(tuition(&[]).is_none());
    }
}
