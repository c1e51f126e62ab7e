//! Which model makes the next proposal: the one that promises most gain for its cost.
//!
//! Each model is an arm of a bandit. A pull is a proposal, its gain the improvement that came of it (0 to 1),
//! its cost what was paid for it. The next pull goes to the arm with the largest
//!
//! ```text
//! (g + √(2 ln N / n)) / max(c, FLOOR)
//! ```
//!
//! where `n` are the arm's pulls, `N` all pulls, `g` its mean gain and `c` its mean cost as a fraction of the
//! dearest arm's mean cost. The numerator is UCB1 (Auer, Cesa-Bianchi and Fischer, "Finite-time Analysis of the
//! Multiarmed Bandit Problem", 2002): optimism about arms that are known little. To divide by the cost is what
//! "fractional KUBE" does for bandits whose pulls are paid from a budget (Tran-Thanh, Chapman, Rogers and
//! Jennings, "Knapsack Based Optimal Policies for Budget-Limited Multi-Armed Bandits", 2012); there costs are
//! fixed and known, here they are means of what was seen, so its bound on regret is not claimed.
//!
//! Pure, and the same on every machine: the logarithm is made of additions and multiplications, because the
//! system's may differ in its last bit. Arms without a pull come first, and ties fall to the first arm.

/// The least cost that counts: a free arm is taken for this fraction of the dearest, so that no gain is infinite.
const FLOOR: f64 = 0.05;

/// A model, and how it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The model's name.
    pub name: String,
    /// Proposals that it made.
    pub pulls: u64,
    /// Sum of their gains, each 0 to 1.
    pub gain: f64,
    /// Sum of their costs, at least 0, in a unit that all arms share: money, or tokens if no arm costs any.
    pub cost: f64,
}

/// The place of the arm to pull next; `None` without arms.
pub fn choose(arms: &[Arm]) -> Option<usize> {
    if let Some(fresh) = arms.iter().position(|arm| arm.pulls == 0) {
        return Some(fresh);
    }
    let mean = |sum: f64, arm: &Arm| sum / arm.pulls as f64;
    let dearest = arms.iter().map(|arm| mean(arm.cost, arm)).fold(0.0, f64::max);
    let all: u64 = arms.iter().map(|arm| arm.pulls).fold(0, u64::saturating_add);
    let log = ln(all);
    let promise = |arm: &Arm| {
        let optimism = (2.0 * log / arm.pulls as f64).sqrt();
        let cost = if dearest > 0.0 { (mean(arm.cost, arm) / dearest).max(FLOOR) } else { 1.0 };
        (mean(arm.gain, arm) + optimism) / cost
    };
    let mut best: Option<(usize, f64)> = None;
    for (place, arm) in arms.iter().enumerate() {
        let promise = promise(arm);
        if best.is_none_or(|(_, most)| promise > most) {
            best = Some((place, promise));
        }
    }
    best.map(|(place, _)| place)
}

/// The natural logarithm of a number from 1, by operations that IEEE 754 rounds exactly.
fn ln(number: u64) -> f64 {
    let doublings = number.max(1).ilog2();
    // number = part · 2^doublings with 1 ≤ part < 2, and ln part = 2 artanh((part - 1) / (part + 1)).
    let part = number.max(1) as f64 / (1_u64 << doublings) as f64;
    let x = (part - 1.0) / (part + 1.0);
    // x ≤ 1/3: the terms shrink at least ninefold, so 20 are more than 53 bits need.
    let (mut power, mut sum) = (x, 0.0);
    for odd in (1..40).step_by(2) {
        sum += power / f64::from(odd);
        power *= x * x;
    }
    2.0 * sum + f64::from(doublings) * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(name: &str, pulls: u64, gain: f64, cost: f64) -> Arm {
        Arm { name: name.into(), pulls, gain, cost }
    }

    /// Pulls `count` times; an arm gains 1 in every so many of its pulls and costs so much each.
    fn simulate(kinds: &[(u64, f64)], count: u64) -> Vec<u64> {
        let mut arms: Vec<_> = kinds.iter().map(|_| arm("m", 0, 0.0, 0.0)).collect();
        for _ in 0..count {
            let chosen = choose(&arms).unwrap();
            let (every, cost) = kinds[chosen];
            let arm = &mut arms[chosen];
            arm.pulls += 1;
            arm.gain += f64::from(u8::from(arm.pulls.is_multiple_of(every)));
            arm.cost += cost;
        }
        arms.iter().map(|arm| arm.pulls).collect()
    }

    #[test]
    fn every_arm_is_tried_once_in_order() {
        assert_eq!(choose(&[]), None);
        assert_eq!(choose(&[arm("a", 1, 1.0, 1.0), arm("b", 0, 0.0, 0.0), arm("c", 0, 0.0, 0.0)]), Some(1));
        assert_eq!(simulate(&[(1, 1.0), (1, 1.0), (1, 1.0)], 3), [1, 1, 1]);
    }

    #[test]
    fn of_equal_arms_the_cheaper_wins_and_of_the_same_ones_the_first() {
        assert_eq!(choose(&[arm("dear", 10, 5.0, 20.0), arm("cheap", 10, 5.0, 10.0)]), Some(1));
        assert_eq!(choose(&[arm("a", 10, 5.0, 10.0), arm("b", 10, 5.0, 10.0)]), Some(0));
    }

    #[test]
    fn a_dear_arm_wins_if_it_gains_enough_more() {
        let cheap = arm("cheap", 1000, 10.0, 500.0);
        assert_eq!(choose(&[cheap.clone(), arm("dear", 1000, 900.0, 1000.0)]), Some(1));
        assert_eq!(choose(&[cheap, arm("dear", 1000, 15.0, 1000.0)]), Some(0));
    }

    #[test]
    fn an_arm_that_is_known_little_is_tried_again() {
        assert_eq!(choose(&[arm("known", 1000, 600.0, 1000.0), arm("new", 2, 0.0, 2.0)]), Some(1));
    }

    #[test]
    fn the_better_arm_gets_most_pulls_and_the_other_some() {
        let pulls = simulate(&[(10, 1.0), (2, 1.0)], 1000);
        assert!(pulls[1] > 800 && pulls[0] > 10, "{pulls:?}");
        // The same gain at a fifth of the price.
        let pulls = simulate(&[(2, 5.0), (2, 1.0)], 1000);
        assert!(pulls[1] > 900 && pulls[0] > 0, "{pulls:?}");
    }

    #[test]
    fn free_arms_are_compared_by_gain_and_a_free_arm_is_not_infinitely_good() {
        assert_eq!(choose(&[arm("a", 10, 1.0, 0.0), arm("b", 10, 2.0, 0.0)]), Some(1));
        assert_eq!(choose(&[arm("free", 100_000, 0.0, 0.0), arm("paid", 100_000, 99_000.0, 9.0)]), Some(1));
    }

    #[test]
    fn the_choice_is_a_function_of_the_arms() {
        assert_eq!(
            simulate(&[(3, 1.0), (4, 0.5), (5, 0.2)], 500),
            simulate(&[(3, 1.0), (4, 0.5), (5, 0.2)], 500)
        );
        let broken = [arm("a", 1, f64::NAN, f64::NAN), arm("b", u64::MAX, f64::INFINITY, -1.0)];
        assert_eq!(choose(&broken), choose(&broken));
    }

    #[test]
    fn the_logarithm_is_right() {
        for number in (1..5000).chain([1 << 40, (1 << 53) + 12_345, u64::MAX]) {
            let expected = (number as f64).ln();
            assert!((ln(number) - expected).abs() <= 1e-13 * expected.max(1.0), "{number}");
        }
        assert_eq!(ln(1), 0.0);
    }
}
