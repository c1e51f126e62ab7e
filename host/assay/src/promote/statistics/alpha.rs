//! The alpha ledger: how much error each attempt may spend, and how many cases it then needs.
//!
//! A library that tries again and again will one day promote noise, unless all attempts together share
//! one budget. Attempt k (counted from 1, over submitted and re-run attempts too) may spend
//! α_k = 6α/(π²k²). The shares add up to α over infinitely many attempts (Σ 1/k² = π²/6), so by the union
//! bound the chance that a library *ever* promotes a candidate that is no better stays below α, whatever
//! the order or dependence of the attempts. Nobody has to say beforehand how many there will be.
//!
//! An exact test on n blocks has no p-value below 2^-n, so a level fixes the fewest cases with which a
//! test can succeed at all. Exactly that many would demand a win on every single block; [`MARGIN`] more
//! leave room for some losses.

use super::StatisticsError;
use super::sign_flip::MAX_BLOCKS;

/// Blocks beyond the bare minimum. With 8 more than the level strictly needs, the first attempt at α = 0.05
/// still succeeds with 3 losses among its 14 blocks, if wins and losses are of one size.
pub const MARGIN: u32 = 8;

/// The level α_k = 6α/(π²k²) that attempt `attempt` (1-based) may spend of a total `alpha` in (0, 1).
///
/// # Errors
/// [`StatisticsError::OutOfRange`] for attempt 0 or an `alpha` that is not strictly between 0 and 1.
pub fn level(alpha: f64, attempt: u64) -> Result<f64, StatisticsError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(StatisticsError::OutOfRange {
            what: "alpha",
            value: alpha,
            range: "greater than 0 and less than 1",
        });
    }
    if attempt == 0 {
        return Err(StatisticsError::OutOfRange { what: "attempt", value: 0.0, range: "1 or more" });
    }
    let k = attempt as f64;
    Ok(6.0 * alpha / (std::f64::consts::PI * std::f64::consts::PI * k * k))
}

/// How many cases an attempt at `level` should draw: the smallest n with 2^-n ≤ `level`, plus [`MARGIN`],
/// at most [`MAX_BLOCKS`]. More cases than that are welcome (they are averaged in blocks).
///
/// # Errors
/// [`StatisticsError::LedgerSpent`] if not even [`MAX_BLOCKS`] blocks can reach the level (at α = 0.05:
/// from attempt 182 815 on); [`StatisticsError::OutOfRange`] if `level` is not in (0, 1).
pub fn cases_needed(level: f64) -> Result<u32, StatisticsError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(StatisticsError::OutOfRange {
            what: "level",
            value: level,
            range: "greater than 0 and less than 1",
        });
    }
    let fewest = (1..=MAX_BLOCKS)
        .find(|&blocks| reachable(blocks) <= level)
        .ok_or(StatisticsError::LedgerSpent { alpha: level, blocks: MAX_BLOCKS })?;
    Ok((fewest + MARGIN).min(MAX_BLOCKS))
}

/// 2^-blocks, the smallest p-value of an exact test on that many blocks (`blocks` ≤ 63; exact in an f64).
fn reachable(blocks: u32) -> f64 {
    1.0 / (1_u64 << blocks) as f64
}

#[cfg(test)]
mod tests {
    use super::super::sign_flip::test;
    use super::*;

    #[test]
    fn all_attempts_together_spend_no_more_than_alpha() {
        let spent: f64 = (1..=100_000).map(|k| level(0.05, k).unwrap()).sum();
        assert!(spent < 0.05, "{spent}");
        assert!(spent > 0.0499, "{spent}");
    }

    #[test]
    fn the_first_attempt_at_five_percent_draws_fourteen_cases() {
        let first = level(0.05, 1).unwrap();
        assert!((first - 0.030_396_355).abs() < 1e-9);
        // 2^-6 = 0.0156 is the first power below it.
        assert_eq!(cases_needed(first), Ok(6 + MARGIN));
    }

    #[test]
    fn the_margin_leaves_room_for_three_losses() {
        let first = level(0.05, 1).unwrap();
        let with_losses = |losses: usize| {
            let mut differences = vec![1.0; cases_needed(first).unwrap() as usize];
            differences[..losses].fill(-1.0);
            test(&differences).unwrap().p_value()
        };
        assert!(with_losses(3) <= first, "{}", with_losses(3));
        assert!(with_losses(4) > first, "{}", with_losses(4));
    }

    #[test]
    fn a_level_that_is_a_power_of_two_is_reached_exactly() {
        assert_eq!(cases_needed(1.0 / 64.0), Ok(6 + MARGIN));
        assert_eq!(cases_needed(1.0 / 64.0 - 1e-15), Ok(7 + MARGIN));
        assert_eq!(cases_needed(0.5), Ok(1 + MARGIN));
    }

    #[test]
    fn later_attempts_need_more_cases_up_to_the_most_that_are_tested() {
        let needed: Vec<u32> = [1, 10, 100, 1_000, 10_000, 100_000]
            .map(|k| cases_needed(level(0.05, k).unwrap()).unwrap())
            .to_vec();
        assert_eq!(needed, [14, 20, 27, 33, 40, 40]);
    }

    #[test]
    fn a_ledger_is_spent_when_no_test_can_reach_the_level() {
        let last = level(0.05, 182_814).unwrap();
        let beyond = level(0.05, 182_815).unwrap();
        assert_eq!(cases_needed(last), Ok(MAX_BLOCKS));
        let error = cases_needed(beyond).unwrap_err();
        assert!(matches!(error, StatisticsError::LedgerSpent { blocks: MAX_BLOCKS, .. }));
        assert!(error.to_string().ends_with("declare a new task or channel to start a new one"));
        assert!(cases_needed(level(0.05, u64::MAX).unwrap()).is_err());
    }

    #[test]
    fn senseless_levels_are_refused() {
        for alpha in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(level(alpha, 1).is_err());
            assert!(cases_needed(alpha).is_err());
        }
        assert!(level(0.05, 0).is_err());
    }
}
