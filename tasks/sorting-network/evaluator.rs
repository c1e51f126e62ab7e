//! Proves that a network sorts, or says how far it is from sorting.
//!
//! The 0-1 principle (Knuth, The Art of Computer Programming 3, 5.3.4): a network of comparators that sorts
//! every sequence of zeros and ones sorts every sequence. So all 2^n inputs are tried, 64 at a time: bit k of
//! a wire's words is that wire's value in the k-th input, and a comparator is one `and` and one `or`.
//! The score is therefore a proof, not a sample.
//!
//! A case is `{"wires": n}`, n from 2 to 16. Score, less is better: the number of comparators if all
//! inputs are sorted; else comparators + 100 + 1000 · (share of inputs left unsorted), so that
//! no network of reasonable size that fails beats one that sorts, and getting closer shows.

use assay::*;

/// More comparators than this are an invalid answer.
const COMPARATORS: usize = 1000;

/// Judge the candidate's network for the case's number of wires.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let wires = wires_of(&case).map_err(Fault::BadCase)?;
    let network = design::network(wires);
    if network.len() > COMPARATORS {
        return Err(Fault::InvalidOutput(format!(
            "{} comparators; at most {COMPARATORS} are looked at",
            network.len()
        )));
    }
    let mut inputs = Inputs::all(wires as usize);
    for (position, &(i, j)) in network.iter().enumerate() {
        if i >= j || j >= wires {
            let why = format!("comparator {position} is ({i}, {j}); it must be (i, j) with i < j < {wires}");
            return Err(Fault::InvalidOutput(why));
        }
        inputs.compare(i as usize, j as usize);
    }
    let (comparators, total) = (network.len(), inputs.total);
    let (unsorted, example) = inputs.unsorted();
    let (score, notes) = match example {
        None => (comparators as f64, format!("sorts all {total} inputs with {comparators} comparators")),
        Some(input) => {
            // Wire 0 first.
            let bits: String =
                (0..wires).map(|wire| if input >> wire & 1 == 1 { '1' } else { '0' }).collect();
            let notes = format!("leaves {unsorted} of {total} inputs unsorted, among them {bits}");
            (comparators as f64 + 100.0 + 1000.0 * f64::from(unsorted) / total as f64, notes)
        }
    };
    let metrics = [("comparators", comparators as f64), ("sorted", (total - unsorted as usize) as f64)];
    let metrics = metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into();
    Ok(Outcome { score, metrics, notes })
}

/// The one shape of JSON that a case has; a JSON parser would be most of this program.
fn wires_of(case: &str) -> Result<u32, String> {
    let bare: String = case.split_whitespace().collect();
    let number = bare.strip_prefix("{\"wires\":").and_then(|rest| rest.strip_suffix('}'));
    let wires = number.and_then(|number| number.parse().ok()).filter(|wires| (2..=16).contains(wires));
    wires.ok_or_else(|| format!("a case is {{\"wires\": n}} with n from 2 to 16, not `{case}`"))
}

/// All inputs of zeros and ones at once: for each wire, one bit an input.
struct Inputs {
    wires: Vec<Vec<u64>>,
    total: usize,
}

impl Inputs {
    /// Input k has on wire w the w-th bit of k.
    fn all(wires: usize) -> Self {
        let total = 1usize << wires;
        // What the first six wires carry within any 64 inputs; wire w of the others is constant there.
        const WITHIN: [u64; 6] = [
            0xaaaa_aaaa_aaaa_aaaa,
            0xcccc_cccc_cccc_cccc,
            0xf0f0_f0f0_f0f0_f0f0,
            0xff00_ff00_ff00_ff00,
            0xffff_0000_ffff_0000,
            0xffff_ffff_0000_0000,
        ];
        let word = |wire: usize, index: usize| match WITHIN.get(wire) {
            Some(pattern) => *pattern,
            None if index >> (wire - 6) & 1 == 1 => u64::MAX,
            None => 0,
        };
        let words = total.div_ceil(64);
        Self {
            wires: (0..wires).map(|wire| (0..words).map(|index| word(wire, index)).collect()).collect(),
            total,
        }
    }

    /// The smaller value to wire `i`, the larger to wire `j`; `i < j`.
    fn compare(&mut self, i: usize, j: usize) {
        let (before, from_j) = self.wires.split_at_mut(j);
        for (low, high) in before[i].iter_mut().zip(from_j[0].iter_mut()) {
            (*low, *high) = (*low & *high, *low | *high);
        }
    }

    /// How many inputs are not sorted, and the first of them.
    fn unsorted(&self) -> (u32, Option<usize>) {
        // With fewer than six wires one word holds more places than there are inputs.
        let valid = if self.total < 64 { (1u64 << self.total) - 1 } else { u64::MAX };
        let (mut count, mut example) = (0, None);
        for index in 0..self.wires[0].len() {
            let falls =
                self.wires.windows(2).fold(0, |falls, pair| falls | (pair[0][index] & !pair[1][index]));
            let falls = falls & valid;
            count += falls.count_ones();
            if falls != 0 && example.is_none() {
                example = Some(index * 64 + falls.trailing_zeros() as usize);
            }
        }
        (count, example)
    }
}
