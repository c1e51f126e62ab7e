//! The Ladder: how much a fixed holdout may say each time it is asked.
//!
//! Whoever may ask one holdout set often enough learns it by heart: each exact answer leaks, and the best
//! of many answers is an overestimate. The Ladder mechanism (Avrim Blum and Moritz Hardt, "The Ladder: A
//! Reliable Leaderboard for Machine Learning Competitions", ICML 2015, Algorithm 1) answers a query only when it beats
//! the best released so far by more than a step η, and then with η's precision. Its error then grows with
//! the logarithm of the number of queries, not with a power of it.
//!
//! Scores here are oriented so that more is better (the caller negates a score that is to be minimised).
//! Per-case holdout results never leave the gate; see [`super::commitment`].

use super::StatisticsError;

/// All that leaves the gate after one query of a fixed holdout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// The new best, rounded to a multiple of the step.
    Released(f64),
    /// Not better than the best so far by more than the step. How far off is not said.
    NoChange,
}

/// Answer one query: `best` is the value released last (none before the first), `score` the holdout score of
/// the new candidate, `step` the step size η > 0, all in the score's unit and oriented so that more is better.
///
/// # Errors
/// [`StatisticsError::NotFinite`] for a score or best that is NaN or infinite, [`StatisticsError::OutOfRange`] for a
/// step that is not a positive finite number.
pub fn answer(best: Option<f64>, score: f64, step: f64) -> Result<Answer, StatisticsError> {
    if !(step > 0.0 && step.is_finite()) {
        return Err(StatisticsError::OutOfRange {
            what: "step",
            value: step,
            range: "greater than 0 and finite",
        });
    }
    if !score.is_finite() {
        return Err(StatisticsError::NotFinite { what: "score", index: 0, value: score });
    }
    if let Some(best) = best.filter(|best| !best.is_finite()) {
        return Err(StatisticsError::NotFinite { what: "best", index: 0, value: best });
    }
    match best {
        Some(best) if score <= best + step => Ok(Answer::NoChange),
        _ => Ok(Answer::Released(round_to(score, step))),
    }
}

/// `score` rounded to the nearest multiple of `step`; a score too large to hold that precision stays as it is.
fn round_to(score: f64, step: f64) -> f64 {
    let rounded = (score / step).round() * step;
    // `+ 0.0` turns a negative zero into zero.
    if rounded.is_finite() { rounded + 0.0 } else { score }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_is_the_rounded_score() {
        assert_eq!(answer(None, 0.734, 0.125), Ok(Answer::Released(0.75)));
        assert_eq!(answer(None, -0.01, 0.125).map(|a| format!("{a:?}")), Ok("Released(0.0)".into()));
    }

    #[test]
    fn a_gain_of_no_more_than_a_step_says_nothing() {
        assert_eq!(answer(Some(0.5), 0.625, 0.125), Ok(Answer::NoChange));
        assert_eq!(answer(Some(0.5), 0.3, 0.125), Ok(Answer::NoChange));
    }

    #[test]
    fn a_gain_beyond_a_step_is_released_with_the_steps_precision() {
        assert_eq!(answer(Some(0.5), 0.69, 0.125), Ok(Answer::Released(0.75)));
    }

    #[test]
    fn released_values_only_ever_rise_and_are_few() {
        let mut best = None;
        let mut releases = 0;
        let mut state = 1_u64;
        for _ in 0..100_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let score = (state >> 11) as f64 / (1_u64 << 53) as f64;
            if let Answer::Released(value) = answer(best, score, 0.0625).unwrap() {
                assert!(best.is_none_or(|best| value > best));
                best = Some(value);
                releases += 1;
            }
        }
        assert!(releases <= 17, "{releases} releases of at most 1/step + 1");
    }

    #[test]
    fn senseless_queries_are_refused() {
        assert!(matches!(answer(None, f64::NAN, 0.1), Err(StatisticsError::NotFinite { .. })));
        assert!(matches!(answer(Some(f64::INFINITY), 1.0, 0.1), Err(StatisticsError::NotFinite { .. })));
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(answer(None, 1.0, step), Err(StatisticsError::OutOfRange { .. })));
        }
        assert_eq!(answer(None, 1e308, 1e-300), Ok(Answer::Released(1e308)));
    }
}
