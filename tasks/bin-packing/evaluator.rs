//! Packs one instance online with the candidate's policy and counts bins.
//!
//! A case is one problem in OR-Library's form: a line with its id, a line `capacity items bound`, then
//! one item a line in arrival order. The score is the excess over the L1 bound in percent,
//! 100 · (bins / L1 − 1) with L1 = ⌈sum / capacity⌉, computed here; the file's own bound is not used.
//!
//! The policy is a function of (item, remaining), so bins are kept by how much room they have left:
//! an item asks once for each *level* that some open bin stands at, not once for each bin, and what was
//! answered for an item that comes again is remembered. 500 items cost some thousand calls at most and
//! touch a few pages of memory, which is what makes a fresh instance per case cheap. It is also kept small (no
//! floats are printed): it is compiled together with every candidate.

use assay::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The largest capacity; also the largest item.
const CAPACITY: u32 = 10_000;
/// The most items.
const ITEMS: usize = 200_000;
/// The most remembered answers, of 8 bytes each.
const ANSWERS: usize = 4 << 20;

/// Judge the candidate on one problem.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let problem = Problem::parse(&case).map_err(Fault::BadCase)?;
    let bins = pack(&problem)?;
    problem.check(&bins).map_err(Fault::BadCase)?;
    let l1 = problem.sum().div_ceil(u64::from(problem.capacity));
    let score = 100.0 * (bins.len() as f64 / l1 as f64 - 1.0);
    let metrics = [("bins", bins.len() as f64), ("l1", l1 as f64)];
    Ok(Outcome {
        score,
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: format!("{}: {} bins, at least {l1} are needed", problem.id, bins.len()),
    })
}

struct Problem<'a> {
    id: &'a str,
    capacity: u32,
    items: Vec<u32>,
}

impl<'a> Problem<'a> {
    fn parse(case: &'a str) -> Result<Self, String> {
        let mut lines = case.trim_end().lines();
        let id = lines.next().unwrap_or_default().trim();
        if id.is_empty() {
            return Err("line 1 must name the problem".to_owned());
        }
        let header = lines.next().unwrap_or_default();
        let numbers: Vec<u32> = header.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
        let &[capacity, count, _bound] = numbers.as_slice() else {
            return Err(format!(
                "line 2 must be `capacity items bound`, three whole numbers, not `{header}`"
            ));
        };
        if header.split_ascii_whitespace().count() != 3 {
            return Err(format!(
                "line 2 must be `capacity items bound`, three whole numbers, not `{header}`"
            ));
        }
        if !(1..=CAPACITY).contains(&capacity) {
            return Err(format!("the capacity must be from 1 to {CAPACITY}, not {capacity}"));
        }
        let count = count as usize;
        if !(1..=ITEMS).contains(&count) {
            return Err(format!("there must be from 1 to {ITEMS} items, not {count}"));
        }
        let mut items = Vec::with_capacity(count);
        for (index, line) in lines.enumerate() {
            match line.trim().parse::<u32>() {
                Ok(item) if (1..=capacity).contains(&item) => items.push(item),
                _ => {
                    return Err(format!(
                        "line {}: an item must be from 1 to {capacity}, not `{line}`",
                        index + 3
                    ));
                }
            }
            if items.len() > count {
                return Err(format!("line 2 announces {count} items, and there are more"));
            }
        }
        if items.len() != count {
            return Err(format!("line 2 announces {count} items, and there are {}", items.len()));
        }
        Ok(Self { id, capacity, items })
    }

    fn sum(&self) -> u64 {
        self.items.iter().map(|item| u64::from(*item)).sum()
    }

    /// Every item is in a bin and no bin overflows, whatever the packing loop believes.
    fn check(&self, bins: &[Bin]) -> Result<(), String> {
        let packed: u64 = bins.iter().map(|bin| u64::from(bin.load)).sum();
        let count: usize = bins.iter().map(|bin| bin.items as usize).sum();
        if bins.iter().any(|bin| bin.load > self.capacity)
            || packed != self.sum()
            || count != self.items.len()
        {
            return Err("the evaluator lost an item or filled a bin past its capacity".to_owned());
        }
        Ok(())
    }
}

/// One opened bin. Its place in the list is its place in the order of opening.
#[derive(Clone, Copy, Default)]
struct Bin {
    load: u32,
    items: u32,
}

fn pack(problem: &Problem<'_>) -> Result<Vec<Bin>, Fault> {
    let capacity = problem.capacity;
    let mut answers = Answers::new(problem)?;
    let mut levels = Levels::new(capacity);
    let mut bins: Vec<Bin> = Vec::new();
    for &item in &problem.items {
        let row = answers.row(item);
        // A new bin stands behind every open one, so it is the choice to beat and loses every tie.
        let mut best = (bins.len(), capacity, row.ask(item, capacity)?);
        levels.visit(item, |level, earliest| {
            let priority = row.ask(item, level)?;
            if priority > best.2 || (priority == best.2 && earliest < best.0) {
                best = (earliest, level, priority);
            }
            Ok(())
        })?;
        let (bin, level, _) = best;
        if bin == bins.len() {
            bins.push(Bin::default());
        } else {
            levels.take(level);
        }
        bins[bin].load += item;
        bins[bin].items += 1;
        levels.put(level - item, bin);
    }
    Ok(bins)
}

/// Open bins by the room they have left: a heap a level, and a bit for each level that has any.
struct Levels {
    bins: Vec<BinaryHeap<Reverse<u32>>>,
    occupied: Vec<u64>,
}

impl Levels {
    fn new(capacity: u32) -> Self {
        let levels = capacity as usize + 1;
        Self { bins: vec![BinaryHeap::new(); levels], occupied: vec![0; levels.div_ceil(64)] }
    }

    /// Every occupied level from `low` up, with the bin there that was opened first.
    fn visit(&self, low: u32, mut see: impl FnMut(u32, usize) -> Result<(), Fault>) -> Result<(), Fault> {
        let first = low as usize / 64;
        let mut mask = u64::MAX << (low % 64);
        for (word, bits) in self.occupied.iter().enumerate().skip(first) {
            let mut bits = bits & mask;
            mask = u64::MAX;
            while bits != 0 {
                let level = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if let Some(Reverse(bin)) = self.bins[level].peek() {
                    see(level as u32, *bin as usize)?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, level: u32) {
        let level = level as usize;
        self.bins[level].pop();
        if self.bins[level].is_empty() {
            self.occupied[level / 64] &= !(1 << (level % 64));
        }
    }

    /// A full bin takes nothing more and is forgotten.
    fn put(&mut self, level: u32, bin: usize) {
        if level > 0 {
            let level = level as usize;
            self.bins[level].push(Reverse(bin as u32));
            self.occupied[level / 64] |= 1 << (level % 64);
        }
    }
}

/// What the policy answered for items that come more than once: a row an item, made when it first comes.
struct Answers {
    /// How often each item comes.
    comes: Vec<u32>,
    rows: Vec<Row>,
    capacity: u32,
}

impl Answers {
    fn new(problem: &Problem<'_>) -> Result<Self, Fault> {
        let mut comes = vec![0; problem.capacity as usize + 1];
        for &item in &problem.items {
            comes[item as usize] += 1;
        }
        let again = comes.iter().enumerate().filter(|(_, times)| **times > 1);
        let answers: usize = again.map(|(item, _)| comes.len() - item).sum();
        if answers > ANSWERS {
            return Err(Fault::BadCase(format!(
                "too many distinct items for this capacity: {answers} answers would have to be remembered, at most {ANSWERS} can be"
            )));
        }
        Ok(Self { rows: vec![Row::default(); comes.len()], comes, capacity: problem.capacity })
    }

    fn row(&mut self, item: u32) -> &mut Row {
        let item = item as usize;
        let row = &mut self.rows[item];
        if self.comes[item] > 1 && row.known.is_empty() {
            // NaN is no answer that the policy may give: it marks what was not asked yet.
            row.known = vec![f64::NAN; self.capacity as usize + 1 - item];
        }
        row
    }
}

/// Answers for one item by `remaining - item`; empty if it comes only once.
#[derive(Clone, Default)]
struct Row {
    known: Vec<f64>,
}

impl Row {
    fn ask(&mut self, item: u32, remaining: u32) -> Result<f64, Fault> {
        let slot = self.known.get_mut((remaining - item) as usize);
        if let Some(known) = &slot {
            if !known.is_nan() {
                return Ok(**known);
            }
        }
        let priority = policy::priority(item, remaining);
        if !priority.is_finite() {
            return Err(Fault::InvalidOutput(format!(
                "priority({item}, {remaining}) is NaN or infinite; it must be a finite number"
            )));
        }
        if let Some(slot) = slot {
            *slot = priority;
        }
        Ok(priority)
    }
}
