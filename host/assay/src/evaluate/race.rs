//! Race: a candidate that can no longer get where it must is not tried to the end.
//!
//! A task may say that no case can score better than its `bound`. Then the scores that are there, and the bound for every
//! case that is still to come, give the best mean that is possible. Once that is below the bar, the rest is not worth its
//! time. The rule is exact: both means are summed in the order of the cases, and rounding preserves order, so what would
//! have come out is never better than what is compared here.
//!
//! A task may also ask for a cascade: on its first stage, the cases that come first, a candidate must not be worse than every
//! elite of its island was. This rule is not exact: who would have made up for it later is lost (`benches/README.md` says how many).
//!
//! Cases are tried in portions, each as large as all before it: the first ones are cheap, and most failures are found there.

use super::judge::mean;
use crate::task::Direction;

/// What a candidate must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Which way a score improves.
    pub direction: Direction,
    /// Over all cases.
    pub whole: Option<Whole>,
    /// Over the first ones.
    pub stage: Option<Stage>,
}

/// What must still be possible over all cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whole {
    /// What no case's score is better than.
    pub bound: f64,
    /// A mean score that is worse than this one is of no use, in the direction's gain (more is better).
    pub gain: f64,
}

/// What must be reached over the first cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// How many they are. As many as all cases, or more, are no stage.
    pub cases: usize,
    /// A mean score over them must not be worse than this one, in the direction's gain.
    pub gain: f64,
}

/// Where a candidate fell behind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behind {
    /// Cases after which it was clear, at least 1.
    pub cases: usize,
    /// By which rule.
    pub why: Why,
}

/// A rule by which a candidate is given up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// It can't reach what it must over all cases.
    Whole {
        /// The best mean score that was still possible.
        best: f64,
    },
    /// It did not pass the first stage.
    Stage {
        /// The mean score over the stage's cases.
        score: f64,
    },
}

impl Bar {
    /// Where the candidate with these first scores of `count` cases fell behind, if it did.
    pub fn behind(&self, scores: &[f64], count: usize) -> Option<Behind> {
        let whole = self.whole.and_then(|whole| self.hopeless(whole, scores, count));
        let stage = self.stage.and_then(|stage| self.failed(stage, scores, count));
        // What is certain goes first.
        whole.into_iter().chain(stage).min_by_key(|behind| behind.cases)
    }

    fn failed(&self, stage: Stage, scores: &[f64], count: usize) -> Option<Behind> {
        let first = scores.get(..stage.cases).filter(|first| !first.is_empty() && first.len() < count)?;
        let score = mean(first);
        let worse = self.direction.oriented(score) < stage.gain;
        worse.then_some(Behind { cases: stage.cases, why: Why::Stage { score } })
    }

    fn hopeless(&self, Whole { bound, gain }: Whole, scores: &[f64], count: usize) -> Option<Behind> {
        let best = |cases: usize| {
            let mut all = vec![bound; count.max(cases)];
            all[..cases].copy_from_slice(&scores[..cases]);
            mean(&all)
        };
        let short = |cases: usize| self.direction.oriented(best(cases)) < gain;
        if scores.is_empty() || !short(scores.len()) {
            return None;
        }
        // More scores never make more possible, so the first place is found by halving.
        let (mut low, mut high) = (1, scores.len());
        while low < high {
            let middle = low.midpoint(high);
            if short(middle) { high = middle } else { low = middle + 1 }
        }
        Some(Behind { cases: low, why: Why::Whole { best: best(low) } })
    }

    /// How many cases are tried next, after `done` of `count`. None beyond the stage before that is passed.
    pub fn portion(&self, done: usize, count: usize) -> usize {
        let end = self.stage.map(|stage| stage.cases).filter(|end| (done + 1..count).contains(end));
        done.max(1).min(end.unwrap_or(count) - done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(gain: f64) -> Bar {
        Bar { direction: Direction::Minimize, whole: Some(Whole { bound: 0.0, gain }), stage: None }
    }

    fn staged(cases: usize, gain: f64) -> Bar {
        Bar { direction: Direction::Minimize, whole: None, stage: Some(Stage { cases, gain }) }
    }

    fn hopeless(cases: usize, best: f64) -> Option<Behind> {
        Some(Behind { cases, why: Why::Whole { best } })
    }

    #[test]
    fn who_can_still_reach_the_bar_goes_on() {
        // The mean of four must not be above 3.
        let bar = bar(-3.0);
        assert_eq!(bar.behind(&[], 4), None);
        assert_eq!(bar.behind(&[12.0], 4), None, "three perfect cases would do");
        assert_eq!(bar.behind(&[12.5], 4), hopeless(1, 3.125));
        assert_eq!(bar.behind(&[4.0, 4.0, 4.0], 4), None, "as good as the bar is good enough");
        assert_eq!(bar.behind(&[4.0, 4.0, 5.0, 4.0], 4), hopeless(3, 3.25));
    }

    #[test]
    fn more_may_be_better() {
        let whole = Some(Whole { bound: 1.0, gain: 0.75 });
        let mut bar = Bar { direction: Direction::Maximize, whole, stage: None };
        assert_eq!(bar.behind(&[0.0], 4), None);
        assert_eq!(bar.behind(&[0.0, 0.5], 4), hopeless(2, 0.625));
        bar = Bar { whole: None, stage: Some(Stage { cases: 2, gain: 0.5 }), ..bar };
        assert_eq!(bar.behind(&[0.0, 1.0, 0.0], 4), None);
        let failed = Some(Behind { cases: 2, why: Why::Stage { score: 0.25 } });
        assert_eq!(bar.behind(&[0.0, 0.5, 1.0, 1.0], 4), failed);
    }

    #[test]
    fn nobody_who_would_have_reached_it_is_given_up() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1u32 << 31)
        };
        let mut count = 0;
        for _ in 0..2000 {
            let scores: Vec<f64> = (0..37).map(|_| next() * 10.0 / 3.0).collect();
            let whole = mean(&scores);
            for gain in [-whole, (-whole).next_up(), (-whole).next_down(), -whole * 0.9] {
                let bar = bar(gain);
                for seen in 0..=scores.len() {
                    let Some(behind) = bar.behind(&scores[..seen], scores.len()) else { continue };
                    let Behind { cases, why: Why::Whole { best } } = behind else { panic!("{behind:?}") };
                    assert!(-whole < gain && best <= whole && cases <= seen);
                    assert_eq!(bar.behind(&scores[..cases - 1], scores.len()), None);
                    count += 1;
                }
                assert_eq!(bar.behind(&scores, scores.len()).is_some(), -whole < gain);
            }
        }
        assert!(count > 2000, "{count}");
    }

    #[test]
    fn the_first_stage_is_judged_by_itself_once_it_is_over() {
        let bar = staged(2, -3.0);
        assert_eq!(bar.behind(&[90.0], 4), None, "half of a stage says nothing");
        assert_eq!(bar.behind(&[3.0, 3.0], 4), None, "as good as the worst elite is good enough");
        let failed = Some(Behind { cases: 2, why: Why::Stage { score: 3.5 } });
        assert_eq!(bar.behind(&[3.0, 4.0], 4), failed);
        assert_eq!(bar.behind(&[3.0, 4.0, 0.0, 0.0], 4), failed, "what came later makes up for nothing");
        for all_or_more in [4, 5, usize::MAX] {
            assert_eq!(staged(all_or_more, -3.0).behind(&[9.0; 4], 4), None);
        }
        assert_eq!(staged(0, -3.0).behind(&[9.0; 4], 4), None);
    }

    #[test]
    fn of_two_rules_the_earlier_gives_a_candidate_up_and_at_once_the_certain_one() {
        let whole = Some(Whole { bound: 0.0, gain: -3.0 });
        let bar = |cases| Bar { whole, ..staged(cases, -3.0) };
        assert_eq!(
            bar(2).behind(&[8.0, 0.0, 8.0, 8.0], 5),
            Some(Behind { cases: 2, why: Why::Stage { score: 4.0 } })
        );
        assert_eq!(bar(3).behind(&[8.0, 8.0, 8.0, 8.0], 5), hopeless(2, 3.2));
        assert_eq!(bar(2).behind(&[8.0, 8.0, 8.0, 8.0], 5), hopeless(2, 3.2));
    }

    #[test]
    fn portions_double_until_all_are_tried_and_end_where_a_stage_does() {
        let portions = |bar: Bar, count: usize| {
            let (mut done, mut portions) = (0, Vec::new());
            while done < count {
                portions.push(bar.portion(done, count));
                done += portions[portions.len() - 1];
            }
            portions
        };
        assert_eq!(portions(bar(0.0), 37), [1, 1, 2, 4, 8, 16, 5]);
        assert_eq!(portions(staged(6, 0.0), 37), [1, 1, 2, 2, 6, 12, 13]);
        assert_eq!(portions(staged(1, 0.0), 3), [1, 1, 1]);
        for no_stage in [0, 37, 38, usize::MAX] {
            assert_eq!(portions(staged(no_stage, 0.0), 37), portions(bar(0.0), 37));
        }
    }
}
