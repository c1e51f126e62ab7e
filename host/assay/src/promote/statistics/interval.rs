//! An exact confidence interval for the mean paired difference, by inverting the sign-flip test.
//!
//! A value μ belongs to the interval if the test does not reject that the differences are symmetric about μ:
//! subtract μ from every difference and flip signs ([`super::sign_flip`]). As μ grows, the p-value against
//! "less than μ" can only grow, for the count is that of the subsets whose mean is at most μ; so each end is found by
//! bisection, on the same integer grid as the test. Under symmetry the interval holds the true mean in
//! at least the stated share of samples; no variance is estimated and no normal distribution assumed.
//!
//! At most [`MAX_BLOCKS`] blocks are used, fewer than in the test: a level of 0.95 needs far less resolution than
//! an alpha ledger after a thousand attempts, and each step of the bisection then costs 2^14, not 2^20.

use serde::{Deserialize, Serialize};

use super::StatisticsError;
use super::sign_flip::{Blocks, subsets_at_most_zero};

/// The most blocks that an interval is computed from.
pub const MAX_BLOCKS: u32 = 28;

/// Where the mean difference lies, at a stated level. Never NaN.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Interval {
    /// The level, e.g. 0.95. Two-sided: half of the rest lies beyond each end.
    pub level: f64,
    /// The lower end in the score's unit; none if there are too few cases to exclude anything below.
    pub low: Option<f64>,
    /// The upper end in the score's unit; none if there are too few cases to exclude anything above.
    pub high: Option<f64>,
}

/// The two-sided interval at `level` (in (0, 1)) for the mean of `differences`, in the score's unit. Both ends are none
/// where there are fewer than log2(2 / (1 − level)) cases, six at 0.95.
///
/// # Errors
/// [`StatisticsError::NotFinite`] for a difference that is NaN or infinite, [`StatisticsError::OutOfRange`] for a level
/// that is not strictly between 0 and 1.
pub fn interval(differences: &[f64], level: f64) -> Result<Interval, StatisticsError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(StatisticsError::OutOfRange {
            what: "level",
            value: level,
            range: "greater than 0 and less than 1",
        });
    }
    Ok(invert(Blocks::of(differences, MAX_BLOCKS)?, level))
}

/// The interval of the means that the test on `blocks` does not reject.
fn invert(mut blocks: Blocks, level: f64) -> Interval {
    let tail = (1.0 - level) / 2.0;
    let low = lower_end(&blocks, tail);
    for sum in &mut blocks.sums {
        *sum = -*sum;
    }
    let high = lower_end(&blocks, tail).map(|end| -end);
    let in_unit = |end: i64| end as f64 / blocks.scale;
    Interval { level, low: low.map(in_unit), high: high.map(in_unit) }
}

/// The smallest value on the grid that is not rejected at `tail`, none if the test can reject nothing.
fn lower_end(blocks: &Blocks, tail: f64) -> Option<i64> {
    let all = (1_u64 << blocks.sums.len()) as f64;
    let rejected = |shift: i64| {
        let shifted: Vec<i64> =
            blocks.sums.iter().zip(&blocks.sizes).map(|(sum, size)| sum - size * shift).collect();
        subsets_at_most_zero(&shifted) as f64 / all <= tail
    };
    // Below every block's mean all shifted sums are positive: the least p-value, 2^-n. Above, p is 1.
    let means = || blocks.sums.iter().zip(&blocks.sizes).map(|(sum, size)| sum.div_euclid(*size));
    let mut below = means().min()? - 1;
    let mut within = means().max()? + 1;
    if !rejected(below) {
        return None;
    }
    while within - below > 1 {
        let middle = below + (within - below) / 2;
        if rejected(middle) {
            below = middle;
        } else {
            within = middle;
        }
    }
    Some(within)
}

#[cfg(test)]
mod tests {
    use super::super::sign_flip::test;
    use super::super::sign_flip::tests::uniform;
    use super::*;

    #[test]
    fn too_few_cases_exclude_nothing() {
        for differences in [vec![], vec![3.0], vec![1.0; 5]] {
            let found = interval(&differences, 0.95).unwrap();
            assert_eq!((found.low, found.high), (None, None));
        }
        assert!(interval(&[1.0; 6], 0.95).unwrap().low.is_some());
    }

    #[test]
    fn equal_differences_leave_a_single_value() {
        let zeros = interval(&[0.0; 10], 0.95).unwrap();
        assert_eq!((zeros.low, zeros.high), (Some(0.0), Some(0.0)));
        let quarters = interval(&[0.25; 100], 0.95).unwrap();
        assert_eq!((quarters.low, quarters.high), (Some(0.25), Some(0.25)));
    }

    #[test]
    fn six_cases_at_95_percent_reach_from_the_smallest_to_the_largest() {
        // 2^-6 is the only p-value at or below 2.5 %: just the all-win row is rejected.
        let found = interval(&[4.0, 1.0, 3.0, 9.0, 2.0, 5.0], 0.95).unwrap();
        assert_eq!((found.low, found.high), (Some(1.0), Some(9.0)));
    }

    #[test]
    fn the_ends_are_where_the_test_turns() {
        let differences = [0.31, -0.12, 0.44, 0.27, 0.08, 0.52, 0.19, -0.03, 0.36, 0.61, 0.15, 0.23];
        let found = interval(&differences, 0.9).unwrap();
        let (low, high) = (found.low.unwrap(), found.high.unwrap());
        let p_above = |shift: f64| test(&differences.map(|d| d - shift)).unwrap().p_value();
        let p_below = |shift: f64| test(&differences.map(|d| shift - d)).unwrap().p_value();
        assert!(p_above(low - 2e-9) <= 0.05 && p_above(low + 2e-9) > 0.05);
        assert!(p_below(high + 2e-9) <= 0.05 && p_below(high - 2e-9) > 0.05);
        let mean = test(&differences).unwrap().mean;
        assert!(low < mean && mean < high);
    }

    #[test]
    fn a_higher_level_is_wider() {
        let differences: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 61)).collect();
        let (narrow, wide) = (interval(&differences, 0.8).unwrap(), interval(&differences, 0.99).unwrap());
        assert!(wide.low < narrow.low && narrow.high < wide.high);
    }

    #[test]
    fn the_true_mean_is_held_as_often_as_stated() {
        // The last round sums 20 cases in 9 blocks, some of two and some of three.
        for (cases, blocks, trials) in [(9, 9, 2_000), (14, 14, 500), (20, 9, 2_000)] {
            let mut state = 11;
            let mut held = 0;
            for _ in 0..trials {
                let differences: Vec<f64> = (0..cases).map(|_| uniform(&mut state) + 1.5).collect();
                let found = invert(Blocks::of(&differences, blocks).unwrap(), 0.9);
                held += u32::from(found.low.unwrap() <= 2.0 && 2.0 <= found.high.unwrap());
            }
            let share = f64::from(held) / f64::from(trials);
            // Four standard errors of a share of 0.9.
            let slack = 4.0 * (0.09 / f64::from(trials)).sqrt();
            assert!((share - 0.9).abs() < slack, "held in {share} of {trials} samples of {cases}");
        }
    }

    #[test]
    fn extreme_magnitudes_never_give_nan() {
        let wild = [f64::MAX, -f64::MAX, 1.0, 0.0, 5e-324, -1e-300, 1e300, 3.0];
        let found = interval(&wild, 0.9).unwrap();
        assert!(found.low.unwrap().is_finite() && found.high.unwrap().is_finite());
    }

    #[test]
    fn senseless_questions_are_refused() {
        assert!(matches!(interval(&[f64::NAN], 0.95), Err(StatisticsError::NotFinite { .. })));
        for level in [0.0, 1.0, f64::NAN] {
            assert!(matches!(interval(&[1.0], level), Err(StatisticsError::OutOfRange { .. })));
        }
    }
}
