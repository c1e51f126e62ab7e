//! Who breeds: islands of elites, with an archive over them.
//!
//! Each island is a small list of its best, all different in behaviour (two candidates of exactly the same gain
//! count as one, and the smaller is kept). Islands search apart and every so often send a copy of their best to
//! the next one. A population is a fold over `insert`s in the order of candidate ids, so a journal is all that
//! it takes to have it back, and no clock or worker changes it.
//!
//! Relies on: ids given out in one order and results inserted in that order, whatever order they came in.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// Sizes of a population.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Islands, at least 1.
    pub islands: usize,
    /// Most elites that an island keeps.
    pub elites: usize,
    /// How many elites are looked at to find a parent: the best of them is taken.
    pub tournament: usize,
    /// An island sends its best to the next after this many inserts into the whole population; 0 for never.
    pub migrate_every: u64,
    /// How many elites go over at a time.
    pub migrants: usize,
    /// Most candidates in the archive.
    pub archive: usize,
}

impl Default for Shape {
    /// What did well in simulated runs of a few thousand candidates: smaller tournaments clearly lose.
    fn default() -> Self {
        Shape { islands: 5, elites: 24, tournament: 3, migrate_every: 800, migrants: 2, archive: 64 }
    }
}

/// A candidate as the population sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// The run's number for it.
    pub id: u64,
    /// Higher is better; finite.
    pub gain: f64,
    /// The same on a cascade's first stage alone; NaN where there is none.
    pub stage: f64,
    /// Size of the evolving region.
    pub nodes: usize,
    /// What its evaluation cost.
    pub fuel: u64,
}

impl Member {
    /// The better one first: by gain, then smaller, then cheaper, then older.
    #[must_use]
    pub fn rank(&self, other: &Member) -> Ordering {
        other
            .gain
            .total_cmp(&self.gain)
            .then(self.nodes.cmp(&other.nodes))
            .then(self.fuel.cmp(&other.fuel))
            .then(self.id.cmp(&other.id))
    }
}

/// Who a proposal is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parents {
    /// Where the child will be inserted.
    pub island: usize,
    /// The program that is changed.
    pub parent: u64,
    /// Programs that lend parts.
    pub donors: Vec<u64>,
}

/// The elites of each island and the best of all.
#[derive(Clone, Debug)]
pub struct Population {
    shape: Shape,
    islands: Vec<Vec<Member>>,
    archive: Vec<Member>,
    inserts: u64,
}

impl Population {
    /// An empty population.
    #[must_use]
    pub fn new(shape: Shape) -> Population {
        Population { shape, islands: vec![Vec::new(); shape.islands.max(1)], archive: Vec::new(), inserts: 0 }
    }

    /// Puts a seed on every island.
    pub fn settle(&mut self, seed: Member) {
        for island in 0..self.islands.len() {
            keep(&mut self.islands[island], seed, self.shape.elites);
        }
        keep(&mut self.archive, seed, self.shape.archive);
    }

    /// Takes in a candidate that was scored; true if its island kept it. A gain that is not finite is refused.
    /// Every insert counts towards the next migration, kept or not: give failed candidates a gain of NaN.
    pub fn insert(&mut self, island: usize, member: Member) -> bool {
        let count = self.islands.len();
        let kept =
            member.gain.is_finite() && keep(&mut self.islands[island % count], member, self.shape.elites);
        if kept {
            keep(&mut self.archive, member, self.shape.archive);
        }
        self.inserts += 1;
        if self.shape.migrate_every > 0 && self.inserts.is_multiple_of(self.shape.migrate_every) {
            self.migrate();
        }
        kept
    }

    fn migrate(&mut self) {
        let count = self.islands.len();
        let leaving: Vec<Vec<Member>> = self
            .islands
            .iter()
            .map(|elites| elites.iter().take(self.shape.migrants).copied().collect())
            .collect();
        for (island, members) in leaving.into_iter().enumerate() {
            for member in members {
                keep(&mut self.islands[(island + 1) % count], member, self.shape.elites);
            }
        }
    }

    /// Chooses parents for the next candidate of an island; `None` while nothing was inserted there.
    pub fn parents(&self, island: usize, rng: &mut ChaCha8Rng) -> Option<Parents> {
        let island = island % self.islands.len();
        let elites = &self.islands[island];
        let parent = self.tournament(elites, self.shape.tournament, rng)?;
        // Donors come from the same island mostly, now and then from the best of all.
        let mut donors = Vec::new();
        for foreign in [false, below(rng, 4) == 0] {
            let from = if foreign { &self.archive } else { elites };
            donors.extend(self.tournament(from, 2, rng).filter(|donor| *donor != parent));
        }
        donors.dedup();
        Some(Parents { island, parent, donors })
    }

    fn tournament(&self, from: &[Member], size: usize, rng: &mut ChaCha8Rng) -> Option<u64> {
        // Elites are sorted: the best of some is the one that stands first.
        let place = (0..size.max(1)).map(|_| below(rng, from.len())).min()?;
        from.get(place).map(|member| member.id)
    }

    /// The best of all, the best first.
    #[must_use]
    pub fn archive(&self) -> &[Member] {
        &self.archive
    }

    /// The best candidate so far.
    #[must_use]
    pub fn best(&self) -> Option<&Member> {
        self.archive.first()
    }

    /// How many islands there are.
    #[must_use]
    pub fn islands(&self) -> usize {
        self.islands.len()
    }

    /// The elites of an island, the best first.
    #[must_use]
    pub fn elites(&self, island: usize) -> &[Member] {
        &self.islands[island % self.islands.len()]
    }

    /// Who has less gain than this will never be kept by an island: it is full, and its last only gets better. None while any may be.
    #[must_use]
    pub fn bar(&self, island: usize) -> Option<f64> {
        let elites = self.elites(island);
        elites.last().filter(|_| elites.len() >= self.shape.elites).map(|last| last.gain)
    }

    /// The least gain on a cascade's first stage among an island's elites. None while it is not full, and where there is no stage.
    #[must_use]
    pub fn stage(&self, island: usize) -> Option<f64> {
        let elites = self.elites(island);
        let stages = || elites.iter().map(|elite| elite.stage);
        let known = elites.len() >= self.shape.elites && stages().all(f64::is_finite);
        stages().min_by(f64::total_cmp).filter(|_| known)
    }

    /// Ids that can still be asked for; the sources of all others may be let go.
    #[must_use]
    pub fn living(&self) -> BTreeSet<u64> {
        self.islands.iter().flatten().chain(&self.archive).map(|member| member.id).collect()
    }
}

/// Inserts in order of rank, one for each gain.
fn keep(list: &mut Vec<Member>, member: Member, most: usize) -> bool {
    if let Some(same) = list.iter().position(|other| other.gain.total_cmp(&member.gain) == Ordering::Equal) {
        if list[same].rank(&member) != Ordering::Greater {
            return false;
        }
        list.remove(same);
    }
    let place = list.partition_point(|other| other.rank(&member) == Ordering::Less);
    list.insert(place, member);
    list.truncate(most);
    place < most
}

fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let n = u64::try_from(n).unwrap_or(u64::MAX).min(u64::from(u32::MAX));
    usize::try_from((u64::from(rng.next_u32()) * n) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn member(id: u64, gain: f64, nodes: usize) -> Member {
        Member { id, gain, stage: gain, nodes, fuel: 10 }
    }

    fn shape() -> Shape {
        Shape { islands: 3, elites: 4, tournament: 2, migrate_every: 10, migrants: 1, archive: 6 }
    }

    fn filled() -> Population {
        let mut population = Population::new(shape());
        population.settle(member(0, -5.0, 6));
        for id in 1..=40 {
            population.insert(id as usize, member(id, -5.0 + (id * 7 % 13) as f64 / 10.0, 5));
        }
        population
    }

    #[test]
    fn a_first_stage_asks_for_what_the_worst_of_a_full_island_did_there() {
        let mut population = Population::new(shape());
        for (id, stage) in [(1, 0.5), (2, 0.25), (3, 2.0)] {
            population.insert(0, Member { stage, ..member(id, id as f64, 9) });
            assert_eq!(population.stage(0), None, "not full");
        }
        population.insert(0, Member { stage: 1.0, ..member(4, 4.0, 9) });
        assert_eq!(population.stage(0), Some(0.25));
        assert_eq!(population.stage(1), None, "another island");
        // It goes by the whole gain: the first is pushed out, the second stays the worst on its first stage.
        population.insert(0, Member { stage: 3.0, ..member(5, 5.0, 9) });
        assert_eq!(population.stage(0), Some(0.25));
        population.insert(0, Member { stage: f64::NAN, ..member(6, 6.0, 9) });
        assert_eq!(population.stage(0), None, "one had no such stage");
    }

    #[test]
    fn equal_gain_keeps_the_smaller_then_the_cheaper_then_the_older() {
        let mut population = Population::new(shape());
        assert!(population.insert(0, member(3, 1.0, 9)));
        assert!(!population.insert(0, member(4, 1.0, 9)));
        assert!(population.insert(0, member(5, 1.0, 8)));
        assert!(population.insert(0, Member { fuel: 9, ..member(6, 1.0, 8) }));
        assert_eq!(population.elites(0).iter().map(|member| member.id).collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn islands_keep_their_best_and_no_more() {
        let population = filled();
        for island in 0..3 {
            let gains: Vec<f64> = population.elites(island).iter().map(|member| member.gain).collect();
            assert_eq!(gains.len(), 4);
            assert!(gains.is_sorted_by(|a, b| a > b), "{gains:?}");
        }
        assert_eq!(population.best().map(|member| member.gain), Some(-3.8));
    }

    #[test]
    fn who_is_below_the_bar_is_never_kept() {
        let mut population = Population::new(shape());
        population.settle(member(0, -5.0, 6));
        let mut bars = [None; 3];
        for id in 1..=400u64 {
            let (island, gain) = (id as usize % 3, -5.0 + (id * 7919 % 397) as f64 / 100.0);
            for (island, before) in bars.iter_mut().enumerate() {
                let now = population.bar(island);
                assert_eq!(now.is_some(), population.elites(island).len() == 4);
                assert!(now >= *before, "a bar never falls");
                *before = now;
            }
            let below = bars[island].is_some_and(|bar| gain < bar);
            assert!(!(population.insert(island, member(id, gain, 5)) && below));
        }
        assert!(bars.iter().all(Option::is_some));
    }

    #[test]
    fn failed_candidates_never_enter() {
        let mut population = Population::new(shape());
        assert!(!population.insert(1, member(1, f64::NAN, 1)));
        assert!(!population.insert(1, member(2, f64::INFINITY, 1)));
        assert!(population.best().is_none());
    }

    #[test]
    fn the_best_reaches_every_island_by_migration() {
        let mut population = Population::new(shape());
        population.settle(member(0, 0.0, 1));
        population.insert(1, member(1, 9.0, 1));
        for id in 2..40 {
            population.insert(id as usize, member(id, f64::NAN, 1));
        }
        assert!((0..3).all(|island| population.elites(island)[0].id == 1));
    }

    #[test]
    fn the_same_inserts_give_the_same_parents() {
        let draw = || {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let population = filled();
            (0..50).map(|island| population.parents(island, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        assert!(draw().iter().flatten().all(|parents| !parents.donors.contains(&parents.parent)));
    }

    #[test]
    fn parents_and_donors_are_always_living() {
        let population = filled();
        let living = population.living();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for island in 0..100 {
            let parents = population.parents(island, &mut rng).unwrap();
            assert!(living.contains(&parents.parent));
            assert!(parents.donors.iter().all(|donor| living.contains(donor)));
        }
        assert!(Population::new(shape()).parents(0, &mut rng).is_none());
    }
}
