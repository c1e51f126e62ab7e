//! Race: a candidate that can no longer get where it must is not tried to the end.
//!
//! A task may say that no case can score better than its `bound`. Then the scores that are there, and the bound for every
//! case that is still to come, give the best mean that is possible. Once that is below the bar, the rest is not worth its
//! time. The rule is exact: both means are summed in the order of the cases, and rounding preserves order, so what would
//! have come out is never better than what is compared here.
//!
//! Cases are tried in portions, each as large as all before it: the first ones are cheap, and most failures are found there.

use super::judge::mean;
use crate::task::Direction;

/// What a candidate must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Which way a score improves.
    pub direction: Direction,
    /// What no case's score is better than.
    pub bound: f64,
    /// A mean score that is worse than this one is of no use, in the direction's gain (more is better).
    pub gain: f64,
}

/// Where a candidate fell behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behind {
    /// Cases after which it was clear, at least 1.
    pub cases: usize,
    /// The best mean score that was still possible then.
    pub best: f64,
}

impl Bar {
    /// Where the candidate with these first scores of `count` cases fell behind, if it did.
    pub fn behind(&self, scores: &[f64], count: usize) -> Option<Behind> {
        let best = |cases: usize| {
            let mut all = vec![self.bound; count.max(cases)];
            all[..cases].copy_from_slice(&scores[..cases]);
            mean(&all)
        };
        let short = |cases: usize| self.direction.oriented(best(cases)) < self.gain;
        if scores.is_empty() || !short(scores.len()) {
            return None;
        }
        // More scores never make more possible, so the first place is found by halving.
        let (mut low, mut high) = (1, scores.len());
        while low < high {
            let middle = low.midpoint(high);
            if short(middle) { high = middle } else { low = middle + 1 }
        }
        Some(Behind { cases: low, best: best(low) })
    }
}

/// How many cases are tried next, after `done` of `count`.
pub fn portion(done: usize, count: usize) -> usize {
    done.max(1).min(count - done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(gain: f64) -> Bar {
        Bar { direction: Direction::Minimize, bound: 0.0, gain }
    }

    #[test]
    fn who_can_still_reach_the_bar_goes_on() {
        // The mean of four must not be above 3.
        let bar = bar(-3.0);
        assert_eq!(bar.behind(&[], 4), None);
        assert_eq!(bar.behind(&[12.0], 4), None, "three perfect cases would do");
        assert_eq!(bar.behind(&[12.5], 4), Some(Behind { cases: 1, best: 3.125 }));
        assert_eq!(bar.behind(&[4.0, 4.0, 4.0], 4), None, "as good as the bar is good enough");
        assert_eq!(bar.behind(&[4.0, 4.0, 5.0, 4.0], 4), Some(Behind { cases: 3, best: 3.25 }));
    }

    #[test]
    fn more_may_be_better() {
        let bar = Bar { direction: Direction::Maximize, bound: 1.0, gain: 0.75 };
        assert_eq!(bar.behind(&[0.0], 4), None);
        assert_eq!(bar.behind(&[0.0, 0.5], 4), Some(Behind { cases: 2, best: 0.625 }));
    }

    #[test]
    fn nobody_who_would_have_reached_it_is_given_up() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1u32 << 31)
        };
        let mut behind = 0;
        for _ in 0..2000 {
            let scores: Vec<f64> = (0..37).map(|_| next() * 10.0 / 3.0).collect();
            let whole = mean(&scores);
            for gain in [-whole, (-whole).next_up(), (-whole).next_down(), -whole * 0.9] {
                let bar = bar(gain);
                for seen in 0..=scores.len() {
                    if let Some(Behind { cases, best }) = bar.behind(&scores[..seen], scores.len()) {
                        assert!(-whole < gain && best <= whole && cases <= seen);
                        assert_eq!(bar.behind(&scores[..cases - 1], scores.len()), None);
                        behind += 1;
                    }
                }
                assert_eq!(bar.behind(&scores, scores.len()).is_some(), -whole < gain);
            }
        }
        assert!(behind > 2000, "{behind}");
    }

    #[test]
    fn portions_double_until_all_are_tried() {
        let (mut done, mut portions) = (0, Vec::new());
        while done < 37 {
            portions.push(portion(done, 37));
            done += portions[portions.len() - 1];
        }
        assert_eq!(portions, [1, 1, 2, 4, 8, 16, 5]);
    }
}
