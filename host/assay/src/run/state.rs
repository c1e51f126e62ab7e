//! The state of a run: a fold over its events, and nothing else.
//!
//! Whatever the search asks (who may breed, what was seen, what is best) is answered from here, so a run that
//! was killed stands where its journal ends, and two runs with the same journal can't differ.

use super::event::{Candidate, Event, Fate, Judging, Measured, Phase, Search};
use super::judged::{Before, Judged, key};
use super::tuition::Tuition;
use crate::digest::hex;
use crate::generate::mutate::Program;
use crate::generate::population::{Member, Population, Shape};
use crate::promote::Decision;
use crate::task::Direction;
use crate::team::Document;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a run has come to.
pub struct State {
    direction: Direction,
    /// Who may breed.
    pub population: Population,
    /// Sources of candidates that may still be asked for.
    sources: BTreeMap<u64, String>,
    /// Any of them may be: an improver leads.
    led: bool,
    /// Normalised sources that were proposed, by their [`key`].
    seen: BTreeSet<[u8; 32]>,
    /// Who was judged with which component.
    judged: Judged,
    /// Duplicates → the candidate that was judged, where an improver leads: it asks again.
    originals: BTreeMap<u64, u64>,
    /// What may be told of those that were not scored, there.
    failures: BTreeMap<u64, String>,
    /// What models are told of the run, and how each did, where they propose.
    tuition: Option<Tuition>,
    /// Where each scored candidate came from.
    origins: BTreeMap<u64, Origin>,
    /// The words in `origins`, each once.
    words: BTreeSet<Arc<str>>,
    /// Results of scored candidates that may still be asked for.
    measured: BTreeMap<u64, (String, Measured)>,
    /// Fate's or verdict's name → how many.
    pub counts: BTreeMap<String, u64>,
    /// Candidates of the search so far.
    pub searched: u64,
    /// Candidates of the minimisation so far.
    pub minimised: u64,
    /// Chosen by fresh cases.
    pub selected: Option<u64>,
    /// On its way to the gates.
    pub judging: Option<Judging>,
    /// What the gates said.
    pub decision: Option<Decision>,
    /// Number for the next candidate.
    pub next: u64,
}

/// A candidate's way back. One is kept for each that was scored, so they are small.
struct Origin {
    /// Whose source was edited.
    parent: Option<u64>,
    /// The edits' names.
    operators: Arc<str>,
    /// sha256 of the source text.
    source: [u8; 32],
}

impl State {
    /// Before the first event.
    pub fn new(direction: Direction, search: &Search) -> Self {
        let shape = Shape { islands: usize::try_from(search.islands).unwrap_or(1), ..Shape::default() };
        Self {
            direction,
            population: Population::new(shape),
            sources: BTreeMap::new(),
            led: search.generator.improver.is_some(),
            seen: BTreeSet::new(),
            judged: Judged::default(),
            originals: BTreeMap::new(),
            failures: BTreeMap::new(),
            tuition: Tuition::of(search, direction),
            origins: BTreeMap::new(),
            words: BTreeSet::new(),
            measured: BTreeMap::new(),
            counts: BTreeMap::new(),
            searched: 0,
            minimised: 0,
            selected: None,
            judging: None,
            decision: None,
            next: 0,
        }
    }

    /// Take the next event in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Started(_) | Event::Returned(_) | Event::Finish { .. } => {}
            Event::Reference(reference) => {
                self.tuition.iter_mut().for_each(|tuition| tuition.refer(reference));
            }
            Event::Opinion(opinion) => self.tuition.iter_mut().for_each(|tuition| tuition.hear(opinion)),
            Event::Candidate(candidate) => self.take(candidate),
            Event::Selected(selected) => self.selected = selected.finalists.first().map(|(id, _)| *id),
            Event::Judging(judging) => self.judging = Some((**judging).clone()),
            Event::Decided(decision) => self.decision = Some((**decision).clone()),
        }
    }

    fn take(&mut self, candidate: &Candidate) {
        self.next = candidate.id + 1;
        *self.counts.entry(fate_name(&candidate.fate).to_owned()).or_default() += 1;
        match candidate.phase {
            Phase::Search if candidate.id > 0 => self.searched += 1,
            Phase::Search => {}
            Phase::Minimise => self.minimised += 1,
        }
        let nodes = match shape(&candidate.source) {
            Some((normalised, nodes)) => {
                self.seen.insert(key(&normalised));
                nodes
            }
            None => usize::MAX,
        };
        let mut member = Member { id: candidate.id, gain: f64::NAN, stage: f64::NAN, nodes, fuel: 0 };
        match &candidate.fate {
            Fate::Scored { component, measured, stage } => {
                member.gain = self.direction.oriented(measured.score);
                member.stage = stage.map_or(f64::NAN, |score| self.direction.oriented(score));
                member.fuel = measured.fuel;
                self.judged.add(component, candidate.id);
                let origin = Origin {
                    parent: candidate.parents.first().copied(),
                    operators: self.word(candidate.operators.join(" ")),
                    source: key(&candidate.source),
                };
                self.origins.insert(candidate.id, origin);
                self.measured.insert(candidate.id, (component.clone(), measured.clone()));
                self.sources.insert(candidate.id, candidate.source.clone());
            }
            Fate::Failed { component, .. }
            | Fate::Pruned { component, .. }
            | Fate::Eliminated { component, .. } => {
                self.judged.add(component, candidate.id);
            }
            Fate::Rejected { .. } | Fate::Duplicate { .. } => {}
        }
        if self.led {
            if let Fate::Duplicate { of } = candidate.fate {
                self.originals.insert(candidate.id, of);
            }
            self.failures.extend(failure(&candidate.fate).map(|words| (candidate.id, words)));
        }
        if let Some(tuition) = &mut self.tuition {
            let parent = candidate.parents.first().and_then(|parent| self.measured.get(parent));
            tuition.take(candidate, parent.map(|(_, measured)| measured));
        }
        if candidate.id == 0 {
            self.population.settle(member);
        } else if candidate.phase == Phase::Search {
            self.population.insert(usize::try_from(candidate.island).unwrap_or(0), member);
            self.forget();
        }
    }

    /// The same text once, however many candidates it is said of.
    fn word(&mut self, words: String) -> Arc<str> {
        if let Some(known) = self.words.get(words.as_str()) {
            return known.clone();
        }
        let words: Arc<str> = words.into();
        self.words.insert(words.clone());
        words
    }

    /// Let go of what can't be asked for any more. Improvers may ask for everything, and what models are told rests on
    /// each parent's results.
    fn forget(&mut self) {
        if self.sources.len() > 1024 && !self.led && self.tuition.is_none() {
            let living = self.population.living();
            self.sources.retain(|id, _| living.contains(id));
            self.measured.retain(|id, _| *id == 0 || living.contains(id));
        }
    }

    /// Source text of a candidate that is still in the population.
    pub fn source(&self, id: u64) -> Option<&str> {
        self.sources.get(&id).map(String::as_str)
    }

    /// Component digest and results of a scored candidate that is still in the population, or the seed agent's.
    pub fn measured(&self, id: u64) -> Option<(&str, &Measured)> {
        self.measured.get(&id).map(|(component, measured)| (component.as_str(), measured))
    }

    /// The candidate that was judged for this one, where an improver leads: itself, but for duplicates.
    pub fn original(&self, id: u64) -> u64 {
        self.originals.get(&id).copied().unwrap_or(id)
    }

    /// Why a candidate was not scored, where an improver leads.
    pub fn failure(&self, id: u64) -> Option<&str> {
        self.failures.get(&id).map(String::as_str)
    }

    /// What models are told, and how each did, where they propose.
    pub fn tuition(&self) -> Option<&Tuition> {
        self.tuition.as_ref()
    }

    /// Was this normalised source proposed before?
    pub fn has_seen(&self, normalised: &str) -> bool {
        self.seen.contains(&key(normalised))
    }

    /// The candidate that was judged with this component.
    pub fn judged(&self, component: &str) -> Option<u64> {
        self.judged.of(component)
    }

    /// What was judged until here, whatever is judged while it is looked at.
    pub(super) fn judged_before(&self) -> Before {
        self.judged.before(self.next)
    }

    /// A candidate's line back to the seed agent: the digests of its ancestors' source texts, nearest first, and the
    /// edits that made each step. Sources, since a draft's component is nothing that anyone keeps.
    pub fn ancestry(&self, id: u64) -> (Vec<String>, Vec<String>) {
        let (mut sources, mut words) = (Vec::new(), Vec::new());
        let mut at = id;
        while let Some(origin) = self.origins.get(&at)
            && let Some(parent) = origin.parent
        {
            words.push(origin.operators.to_string());
            if let Some(parent) = self.origins.get(&parent) {
                sources.push(hex(&parent.source));
            }
            // Ids only fall on the way back, whatever a journal says.
            if parent >= at {
                break;
            }
            at = parent;
        }
        (sources, words)
    }

    /// The best candidate so far and its train score.
    pub fn best(&self) -> Option<(u64, f64)> {
        let best = self.population.best()?;
        Some((best.id, self.measured.get(&best.id)?.1.score))
    }
}

/// What a source says but for its form, and how large it is; none if it is neither a program nor a team.
fn shape(source: &str) -> Option<(String, usize)> {
    if Document::is_one(source) {
        let team = Document::parse(source).ok()?;
        return Some((team.text(), team.size()));
    }
    // An answer without a program is no program that was seen.
    let program = Program::parse(source).ok().filter(|_| !source.is_empty())?;
    Some((program.normalised(), program.nodes()))
}

/// What a fate says to whoever proposed the candidate.
fn failure(fate: &Fate) -> Option<String> {
    match fate {
        Fate::Rejected { words, .. } => Some(words.clone()),
        Fate::Failed { verdict, log, .. } => Some(format!("{}: {log}", verdict.name())),
        Fate::Scored { .. } | Fate::Pruned { .. } | Fate::Eliminated { .. } | Fate::Duplicate { .. } => None,
    }
}

/// What became of a candidate, in one word: `scored`, `pruned`, `eliminated`, `rejected`, `duplicate`, or the verdict's name.
pub fn fate_name(fate: &Fate) -> &'static str {
    match fate {
        Fate::Rejected { .. } => "rejected",
        Fate::Duplicate { .. } => "duplicate",
        Fate::Scored { .. } => "scored",
        Fate::Pruned { .. } => "pruned",
        Fate::Eliminated { .. } => "eliminated",
        Fate::Failed { verdict, .. } => verdict.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::Generator;

    fn scored(id: u64, parent: Option<u64>, score: f64) -> Event {
        let measured =
            Measured { score, metrics: BTreeMap::new(), fuel: 1, memory_bytes: 1, results: String::new() };
        Event::Candidate(Box::new(Candidate {
            id,
            phase: Phase::Search,
            island: id % 5,
            parents: parent.into_iter().collect(),
            operators: vec![format!("edit-{}", id % 7)],
            model: None,
            exchanges: Vec::new(),
            spend: None,
            source: format!("fn candidate() {{ // assay: evolve\n{id}; // assay: end\n}}"),
            fate: Fate::Scored { component: format!("c{id}"), measured, stage: None },
        }))
    }

    #[test]
    fn the_dead_are_let_go_but_for_who_they_came_from() {
        let search = Search {
            seed: 1,
            candidates: 9000,
            batch: 32,
            islands: 5,
            ahead: 2,
            minimise: 0,
            generator: Generator::default(),
        };
        let mut state = State::new(Direction::Maximize, &search);
        state.apply(&scored(0, None, 0.0));
        for id in 1..3000 {
            // The late ones are no better: most of those that live are from the first half.
            state.apply(&scored(id, Some(id - 1), id.min(1500) as f64));
        }
        let living = state.population.living();
        assert!(living.len() < 500, "{}", living.len());
        assert!(state.sources.len() <= 1024 && state.measured.len() <= 1025);
        for id in &living {
            assert!(state.source(*id).is_some() && state.measured(*id).is_some(), "{id} lives");
        }
        assert!(state.source(1).is_none() && state.measured(1).is_none());
        assert!(state.measured(0).is_some(), "the seed agent is what all are compared with");
        assert_eq!(state.judged("c1"), Some(1), "and a component that was judged stays judged");
        let (sources, words) = state.ancestry(2999);
        assert_eq!((sources.len(), words.len()), (2999, 2999));
        assert_eq!((words[0].as_str(), words[2998].as_str()), ("edit-3", "edit-1"));
    }
}
