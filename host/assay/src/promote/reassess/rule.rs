//! Does a version still deserve its place? A rule, as a pure function: results in, standing out.
//!
//! What was promised is a *gain* over what the version replaced, so that is asked again, case by case, on the same cases:
//!
//! - **fails**: some case is not scored, and not for a reason that depends on this machine.
//! - **drifted**: the mean paired gain is significantly below the task's minimum effect: the exact sign-flip test of
//!   `minimum effect − gain` has p ≤ level. (That the mean score itself moved says nothing: harder cases lower everyone's.)
//! - **worse**, which is more: the same test of `− gain` has p ≤ level. As shifting differences down can only raise p, what is
//!   worse has drifted, and the two need no more of the error budget than one.
//! - **holds**: nothing of this was shown. So a version is presumed to hold; it was proven better once.
//!
//! **The level** is the task's alpha shared twice: over *all heads of the log* since the version became current, by the schedule
//! that attempts are paid by (the k-th leaf after it has 6α/(π²k²); one head gives one draw of cases, so asking again without
//! a new leaf gives the same answer), and evenly over the agents asked about at once (Bonferroni). So the chance that a version
//! whose gain is what it should be is *ever* called drifted is at most alpha, for all agents asked about together.
//!
//! Where a score is a proof there is nothing to test: a gain below the minimum effect is drift, one below 0 is worse.

use super::super::gates;
use super::super::statistics::{StatisticsError, alpha, interval, sign_flip};
use crate::evaluate::judge::{Evaluation, mean};
use crate::task::Score;
use sandbox::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// The level of the interval that is shown.
const INTERVAL_LEVEL: f64 = 0.95;

/// How a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing was shown against it.
    Holds,
    /// Its gain is significantly below the minimum effect.
    Drifted,
    /// Some case is not scored.
    Fails,
    /// It could not be found out here.
    Unmeasured,
}

impl Standing {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Drifted => "drifted",
            Self::Fails => "fails",
            Self::Unmeasured => "unmeasured",
        }
    }
}

/// What is asked, besides the results.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What a score means.
    pub score: &'a Score,
    /// A score is a proof.
    pub exact: bool,
    /// What this question may spend, from [`level`]; in (0, 1).
    pub level: f64,
}

/// A paired comparison with what the version replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gain {
    /// Mean, in the score's unit; more is better.
    pub mean: f64,
    /// Where it lies.
    pub interval: interval::Interval,
    /// One-sided p-value of "it is at least the minimum effect".
    pub p_below: f64,
    /// One-sided p-value of "it is at least 0".
    pub p_worse: f64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ruling {
    /// How it stands.
    pub standing: Standing,
    /// It is significantly worse than what it replaced.
    pub worse: bool,
    /// What it replaced is scored on every case.
    pub fallback: bool,
    /// The comparison, if both were scored on every case.
    pub gain: Option<Gain>,
    /// Why, in words.
    pub why: String,
}

/// What one question may spend of `alpha`: at the `k`-th head of the log since the version became current, with `agents` asked
/// about at once; both at least 1.
///
/// # Errors
/// [`StatisticsError::OutOfRange`] for an alpha outside of (0, 1) or k = 0.
pub fn level(alpha: f64, k: u64, agents: u64) -> Result<f64, StatisticsError> {
    Ok(alpha::level(alpha, k)? / agents.max(1) as f64)
}

/// How a version stands that came to `new`, where what it replaced came to `old` on the same cases; none if it replaced nothing.
///
/// # Errors
/// As the statistics.
pub fn rule(
    question: &Question<'_>,
    new: &Evaluation,
    old: Option<&Evaluation>,
) -> Result<Ruling, StatisticsError> {
    let (unit, effect) = (&question.score.unit, question.score.minimum_effect);
    let fallback = old.is_some_and(|old| old.scores().is_some());
    let ruling = |standing, worse, gain, why: String| Ok(Ruling { standing, worse, fallback, gain, why });
    let Some(scores) = new.scores() else {
        let failed = new.cases.iter().filter(|case| !matches!(case.verdict, Verdict::Scored(_)));
        let own = failed.clone().filter(|case| !case.verdict.is_environmental()).count();
        return match own {
            0 => ruling(
                Standing::Unmeasured,
                false,
                None,
                "this machine could not finish it; try again".into(),
            ),
            _ => ruling(
                Standing::Fails,
                false,
                None,
                format!("{} of {} cases not scored", failed.count(), new.cases.len()),
            ),
        };
    };
    let Some(old) = old else {
        return ruling(Standing::Holds, false, None, "scored on every case; it replaced nothing".into());
    };
    let Some(old_scores) = old.scores() else {
        if old.failure().is_none_or(|(_, case)| case.verdict.is_environmental()) {
            let why = "what it replaced could not be measured on this machine; try again";
            return ruling(Standing::Unmeasured, false, None, why.into());
        }
        return ruling(
            Standing::Holds,
            false,
            None,
            "scored on every case, and what it replaced is not".into(),
        );
    };
    let gains = gates::paired(question.score, &scores, &old_scores);
    let below: Vec<f64> = gains.iter().map(|gain| effect - gain).collect();
    let worse: Vec<f64> = gains.iter().map(|gain| -gain).collect();
    let gain = Gain {
        mean: mean(&gains),
        interval: interval::interval(&gains, INTERVAL_LEVEL)?,
        p_below: sign_flip::test(&below)?.p_value(),
        p_worse: sign_flip::test(&worse)?.p_value(),
    };
    let (drifted, worse, asked) = match question.exact {
        true => (gain.mean < effect || gain.mean <= 0.0, gain.mean < 0.0, "the score is a proof".to_owned()),
        false => {
            let level = question.level;
            let asked = format!(
                "against {effect} {unit} or more p = {:.2e}, against 0 or more p = {:.2e}, at level {level:.2e}",
                gain.p_below, gain.p_worse
            );
            (gain.p_below <= level, gain.p_worse <= level, asked)
        }
    };
    let (standing, words) = match (drifted, worse) {
        (true, true) => (Standing::Drifted, "worse than what it replaced"),
        (true, false) => (Standing::Drifted, "below the minimum effect"),
        (false, _) => (Standing::Holds, "nothing shows that it lost its gain"),
    };
    let why = format!("{words}: mean gain {:+.4} {unit}; {asked}", gain.mean);
    ruling(standing, drifted && worse, Some(gain), why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Direction;
    use sandbox::protocol::CaseResult;
    use sandbox::verdict::Outcome;

    fn evaluation(verdicts: impl IntoIterator<Item = Verdict>) -> Evaluation {
        Evaluation { cases: verdicts.into_iter().map(CaseResult::unstarted).collect() }
    }

    fn scored(score: f64) -> Verdict {
        Verdict::Scored(Outcome { score, metrics: Vec::new(), notes: String::new() })
    }

    /// 40 cases with a spread, `by` on average.
    fn with(by: f64) -> Evaluation {
        evaluation((0..40).map(|i| scored(by + f64::from(i % 5) / 100.0 - 0.02)))
    }

    fn ask(direction: Direction, exact: bool, new: &Evaluation, old: Option<&Evaluation>) -> Ruling {
        let score = Score { direction, unit: "%".into(), minimum_effect: 0.1 };
        let level = level(0.05, 2, 3).unwrap();
        rule(&Question { score: &score, exact, level }, new, old).unwrap()
    }

    #[test]
    fn a_kept_gain_holds_a_lost_one_drifted_and_a_loss_is_worse() {
        let base = with(0.0);
        for (new, standing, worse) in [
            (0.5, Standing::Holds, false),
            (0.1, Standing::Holds, false),
            (0.04, Standing::Drifted, false),
            (-0.1, Standing::Drifted, true),
        ] {
            let up = ask(Direction::Maximize, false, &with(new), Some(&base));
            let down = ask(Direction::Minimize, false, &with(-new), Some(&base));
            assert_eq!((up.standing, up.worse), (standing, worse), "{new}: {}", up.why);
            assert_eq!((down.standing, down.worse), (standing, worse), "{new}: {}", down.why);
            let gain = up.gain.unwrap();
            assert!(gain.p_below <= gain.p_worse, "what is worse has drifted");
        }
    }

    #[test]
    fn too_few_cases_show_nothing() {
        let (new, old) = (evaluation((0..4).map(|_| scored(0.0))), evaluation((0..4).map(|_| scored(1.0))));
        assert_eq!(ask(Direction::Maximize, false, &new, Some(&old)).standing, Standing::Holds);
    }

    #[test]
    fn a_proof_needs_no_test() {
        let of = |score| evaluation([scored(score)]);
        for (new, standing, worse) in
            [(1.2, Standing::Holds, false), (1.05, Standing::Drifted, false), (0.9, Standing::Drifted, true)]
        {
            let found = ask(Direction::Maximize, true, &of(new), Some(&of(1.0)));
            assert_eq!((found.standing, found.worse), (standing, worse), "{}", found.why);
        }
    }

    #[test]
    fn what_is_not_scored_fails_unless_it_is_the_machines_doing() {
        let good = with(0.0);
        let trap = || Verdict::Trapped(sandbox::verdict::TrapKind::Unreachable);
        let failing = evaluation([scored(1.0), trap(), Verdict::TimedOut]);
        let found = ask(Direction::Maximize, false, &failing, Some(&good));
        assert_eq!((found.standing, found.why.as_str()), (Standing::Fails, "2 of 3 cases not scored"));
        assert!(found.fallback);
        let found = ask(Direction::Maximize, false, &failing, Some(&evaluation([trap()])));
        assert!(!found.fallback, "nothing better stands behind it");
        let slow = evaluation([scored(1.0), Verdict::TimedOut]);
        assert_eq!(ask(Direction::Maximize, false, &slow, Some(&good)).standing, Standing::Unmeasured);
        assert_eq!(ask(Direction::Maximize, false, &good, Some(&slow)).standing, Standing::Unmeasured);
        assert_eq!(
            ask(Direction::Maximize, false, &good, Some(&evaluation([trap()]))).standing,
            Standing::Holds
        );
        assert_eq!(ask(Direction::Maximize, false, &good, None).standing, Standing::Holds);
    }

    #[test]
    fn the_level_is_shared_by_heads_and_agents() {
        let first = level(0.05, 1, 1).unwrap();
        assert_eq!(level(0.05, 1, 4).unwrap(), first / 4.0);
        let all: f64 = (1..100_000).map(|k| level(0.05, k, 1).unwrap()).sum();
        assert!(all < 0.05 && all > 0.0499, "{all}");
        assert!(level(0.05, 0, 1).is_err());
    }
}
