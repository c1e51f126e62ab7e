//! The exact sign-flip test: is the mean paired difference more than chance?
//!
//! Candidate and incumbent work on the same cases, so each case gives one difference (positive: the
//! candidate is better). If the two were equally good, each difference might as well have had the other
//! sign. So the test looks at all 2^n ways to flip signs and counts those whose sum is at least the one
//! observed: p = count / 2^n. Nothing is assumed about the distribution but that symmetry, nothing is
//! approximated, and no random number is drawn: the p-value is a fraction that anybody can count again.
//! (R. A. Fisher, "The Design of Experiments", 1935, §21; Pitman 1937.)
//!
//! **Ties are exact.** Differences are rounded once onto a grid of 1e-9 score units ([`FINEST`]) and are integers
//! from then on, so 0.3 − 0.2 and 0.1 are equal. Where scores are so large that sums could overflow,
//! the grid is made coarser by powers of ten. The grid depends on the magnitudes alone, never on signs, and
//! rounding is symmetric, so the test stays exact.
//!
//! **Counting** meets in the middle: flipping the set S lowers the sum by 2·Σ_S, so the count is the number of
//! subsets with Σ_S ≤ 0. Each half of the differences has at most 2^20 subset sums; both lists are built sorted
//! by merging, and one pass with two pointers counts the pairs. At most 2 · 8 MiB, about 4 million steps.
//!
//! **More than [`MAX_BLOCKS`] cases** are summed in contiguous blocks of nearly equal size and the blocks' signs
//! are flipped. The statistic remains the mean over all cases. If differences are symmetric about zero and independent,
//! so are their sums, hence the test is still exact; and sums of many differences are more nearly
//! symmetric than single ones, which helps where symmetry is only an approximation.

use serde::{Deserialize, Serialize};

use super::StatisticsError;

/// Grid values per unit of the score, at the finest.
pub const FINEST: f64 = 1e9;

/// The most blocks whose signs are flipped: 2^-40 is the smallest p-value there is.
pub const MAX_BLOCKS: u32 = 40;

/// What the test found, in numbers that can be counted again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignFlip {
    /// Paired differences handed over.
    pub cases: u64,
    /// Blocks whose signs were flipped, at most [`MAX_BLOCKS`]. One case each if there are no more cases.
    pub blocks: u32,
    /// Sign vectors, of 2^blocks, whose sum is at least the observed one. At least 1 (the observed itself).
    pub at_least: u64,
    /// The mean difference in the score's unit; 0 for no cases.
    pub mean: f64,
}

impl SignFlip {
    /// The one-sided p-value, `at_least / 2^blocks`. Exact: both fit an f64, and dividing by a power of two
    /// rounds nothing.
    pub fn p_value(&self) -> f64 {
        self.at_least as f64 / (1_u64 << self.blocks.min(63)) as f64
    }
}

/// Test whether the mean of `differences` (oriented so that more is better, in the score's unit, in the order of the
/// cases) is greater than chance would have it. No differences, or none but zeros, give p = 1.
///
/// # Errors
/// [`StatisticsError::NotFinite`] for a difference that is NaN or infinite.
pub fn test(differences: &[f64]) -> Result<SignFlip, StatisticsError> {
    let blocks = Blocks::of(differences, MAX_BLOCKS)?;
    Ok(SignFlip {
        cases: differences.len() as u64,
        blocks: blocks.sums.len() as u32,
        at_least: subsets_at_most_zero(&blocks.sums),
        mean: blocks.mean(),
    })
}

/// Differences on the grid, summed in blocks.
pub(super) struct Blocks {
    /// Sum of each block, in grid units. `Σ cases · max|difference|` is at most 2^60.
    pub(super) sums: Vec<i64>,
    /// Cases in each block, at least 1.
    pub(super) sizes: Vec<i64>,
    /// Grid units per unit of the score.
    pub(super) scale: f64,
}

impl Blocks {
    /// Round `differences` onto the grid and sum them in at most `most` contiguous blocks.
    pub(super) fn of(differences: &[f64], most: u32) -> Result<Self, StatisticsError> {
        if let Some((index, &value)) = differences.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(StatisticsError::NotFinite { what: "difference", index, value });
        }
        let cases = differences.len();
        let largest = differences.iter().fold(0.0_f64, |largest, difference| largest.max(difference.abs()));
        let room = (1_u64 << 60) as f64 / cases.max(1) as f64;
        let mut scale = FINEST;
        while largest * scale > room {
            scale /= 10.0;
        }
        let on_grid = |difference: &f64| (difference * scale).round() as i64;
        let count = cases.min(most as usize);
        let bounds = |block: usize| block * cases / count;
        let parts: Vec<&[f64]> =
            (0..count).map(|block| &differences[bounds(block)..bounds(block + 1)]).collect();
        Ok(Self {
            sums: parts.iter().map(|part| part.iter().map(on_grid).sum()).collect(),
            sizes: parts.iter().map(|part| part.len() as i64).collect(),
            scale,
        })
    }

    /// The mean difference over all cases in the score's unit; 0 for none.
    fn mean(&self) -> f64 {
        let cases: i64 = self.sizes.iter().sum();
        let sum: i64 = self.sums.iter().sum();
        if cases == 0 { 0.0 } else { sum as f64 / cases as f64 / self.scale }
    }
}

/// How many of the 2^n subsets of `values` (n ≤ 40) have a sum of at most zero, the empty one included.
pub(super) fn subsets_at_most_zero(values: &[i64]) -> u64 {
    let (left, right) = values.split_at(values.len() / 2);
    let (left, right) = (subset_sums(left), subset_sums(right));
    // As the left sum grows, ever fewer right sums keep the total at or below zero.
    let mut fitting = right.len();
    let mut count = 0;
    for sum in left {
        while fitting > 0 && right[fitting - 1] > -sum {
            fitting -= 1;
        }
        count += fitting as u64;
    }
    count
}

/// The sums of all subsets of `values`, sorted.
fn subset_sums(values: &[i64]) -> Vec<i64> {
    let mut sums = vec![0_i64];
    for &value in values {
        let mut merged = Vec::with_capacity(sums.len() * 2);
        // Both `sums` and `sums` shifted by `value` are sorted: merge them.
        let (mut without, mut with) = (0, 0);
        while without < sums.len() && with < sums.len() {
            let shifted = sums[with] + value;
            if sums[without] <= shifted {
                merged.push(sums[without]);
                without += 1;
            } else {
                merged.push(shifted);
                with += 1;
            }
        }
        merged.extend_from_slice(&sums[without..]);
        merged.extend(sums[with..].iter().map(|sum| sum + value));
        sums = merged;
    }
    sums
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// SplitMix64: a seeded source for simulations, uniform in [0, 1).
    pub(crate) fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The definition itself: all sign vectors, one by one.
    fn by_brute_force(values: &[i64]) -> u64 {
        let observed: i64 = values.iter().sum();
        let flipped = |flips: u64| -> i64 {
            values.iter().enumerate().map(|(i, v)| if flips >> i & 1 == 1 { -v } else { *v }).sum()
        };
        (0..1_u64 << values.len()).filter(|&flips| flipped(flips) >= observed).count() as u64
    }

    #[test]
    fn counting_in_the_middle_agrees_with_counting_everything() {
        let mut state = 1;
        for n in 0..=14 {
            for spread in [1.0, 3.0, 1e9] {
                let values: Vec<i64> =
                    (0..n).map(|_| ((uniform(&mut state) - 0.4) * 2.0 * spread).round() as i64).collect();
                assert_eq!(subsets_at_most_zero(&values), by_brute_force(&values), "{values:?}");
            }
        }
    }

    #[test]
    fn nothing_to_compare_is_no_evidence() {
        let none = test(&[]).unwrap();
        assert_eq!((none.blocks, none.at_least, none.mean, none.p_value()), (0, 1, 0.0, 1.0));
        let zeros = test(&[0.0; 12]).unwrap();
        assert_eq!((zeros.at_least, zeros.mean, zeros.p_value()), (1 << 12, 0.0, 1.0));
    }

    #[test]
    fn one_case_can_say_no_more_than_a_coin() {
        assert_eq!(test(&[5.0]).unwrap().p_value(), 0.5);
        assert_eq!(test(&[-5.0]).unwrap().p_value(), 1.0);
    }

    #[test]
    fn winning_everywhere_is_one_sign_vector_in_all() {
        for n in [6, 20, 40] {
            let found = test(&vec![0.25; n]).unwrap();
            assert_eq!((found.blocks as usize, found.at_least, found.mean), (n, 1, 0.25));
            assert_eq!(found.p_value(), 0.5_f64.powi(n as i32));
        }
    }

    #[test]
    fn forty_equal_magnitudes_give_the_binomial_tail() {
        // 30 wins and 10 losses of one size: flipped sets with at least as many losses as wins …
        let differences: Vec<f64> = (0..40).map(|i| if i % 4 == 0 { -1.5 } else { 1.5 }).collect();
        // … are as many as coin rows with 30 or more heads of 40: Σ C(40, k), k = 30…40.
        let mut choose = 1_u64;
        let mut tail = 0;
        for k in 0..=10 {
            tail += choose;
            choose = choose * (40 - k) / (k + 1);
        }
        assert_eq!(test(&differences).unwrap().at_least, tail);
    }

    #[test]
    fn fishers_darwin_data_give_his_count() {
        // Darwin's maize, 15 pairs, in eighths of an inch (Fisher 1935, §17 and §21): 863 of 32 768 arrangements have
        // a sum of at least 314. Fisher's 1726 counts both tails.
        let eighths = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
        let inches: Vec<f64> = eighths.iter().map(|&e| f64::from(e) / 8.0).collect();
        let found = test(&inches).unwrap();
        assert_eq!((found.blocks, found.at_least), (15, 863));
        assert!((found.mean - 314.0 / 8.0 / 15.0).abs() < 1e-9);
    }

    #[test]
    fn decimal_ties_are_ties() {
        // 0.3 - 0.2 is not 0.1 in binary; on the grid it is. Both flip vectors tie with the observed one.
        let differences = [0.3 - 0.2, -0.1];
        assert_ne!(differences[0] + differences[1], 0.0);
        assert_eq!(test(&differences).unwrap().at_least, 3);
    }

    #[test]
    fn huge_scores_get_a_coarser_grid_and_the_same_answer() {
        let small = [3.0, -1.0, 2.0, 5.0, -0.5, 4.0];
        let expected = test(&small).unwrap();
        for factor in [1e6, 1e15, 1e300] {
            let found = test(&small.map(|d| d * factor)).unwrap();
            assert_eq!(found.at_least, expected.at_least);
            assert!((found.mean / factor - expected.mean).abs() < 1e-9);
        }
        assert_eq!(test(&[f64::MAX; 64]).unwrap().at_least, 1);
    }

    #[test]
    fn more_than_forty_cases_are_tested_in_forty_blocks_with_the_mean_of_all() {
        let differences: Vec<f64> = (0..101).map(|i| f64::from(i) - 40.0).collect();
        let found = test(&differences).unwrap();
        assert_eq!((found.cases, found.blocks, found.mean), (101, 40, 10.0));
        let blocks = Blocks::of(&differences, MAX_BLOCKS).unwrap();
        assert_eq!(blocks.sizes.iter().sum::<i64>(), 101);
        assert!(blocks.sizes.iter().all(|size| (2..=3).contains(size)));
    }

    #[test]
    fn nan_and_infinity_are_refused_with_their_position() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = test(&[1.0, value]).unwrap_err();
            assert!(matches!(error, StatisticsError::NotFinite { what: "difference", index: 1, .. }));
        }
    }

    #[test]
    fn p_values_of_symmetric_data_are_uniform() {
        for (cases, trials, tolerance) in [(10, 4_000, 0.025), (13, 1_000, 0.05)] {
            let mut state = 7;
            let mut p_values: Vec<f64> = (0..trials)
                .map(|_| {
                    // Symmetric but of very different spread: the test needs no common distribution.
                    let differences: Vec<f64> =
                        (0..cases).map(|i| (uniform(&mut state) - 0.5) * f64::from(i + 1)).collect();
                    test(&differences).unwrap().p_value()
                })
                .collect();
            p_values.sort_by(f64::total_cmp);
            let farthest = p_values
                .iter()
                .enumerate()
                .map(|(rank, p)| (p - (rank + 1) as f64 / f64::from(trials)).abs())
                .fold(0.0, f64::max);
            assert!(farthest < tolerance, "Kolmogorov distance {farthest} over {trials} trials of {cases}");
        }
    }
}
