//! Ahead: what is sure to be used is paid as early as it is sure, so that little is left to pay where paths part.
//!
//! A stretch *needs* its own fuel and what the cheapest way from its end to an ordinary end of the function needs: whoever starts
//! it uses at least that, unless it traps or never ends. Whoever jumps to a label has paid that label's *credit* already, which is at
//! most its need; the stretch pays the difference when it starts. Where a stretch leads to one place, it pays that place's
//! credit with its own fuel. Where it parts, it pays the least of what the ways on want, and a way on that wants more pays the rest
//! where it starts. A label that is reached by a conditional jump can't be paid for on that jump: its credit is lowered to what the
//! other ways on leave over. So a loop pays once in a turn wherever its ways back are certain, a choice costs only what its
//! dearer arm costs more, and what comes after a choice or a loop is paid before it.
//!
//! Around a loop the payments are those of the stretches, whatever the credits are, and no credit is negative: nothing runs that was
//! not paid for, and an ordinary end has paid its total (a *potential* on a graph, as in Johnson's algorithm: J. ACM 24(1), 1977).
//! Code that only leads to a trap pays for itself, stretch by stretch.

/// Code that runs as a whole or not at all, unless it traps.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// In fuel.
    pub(crate) fuel: u64,
    pub(crate) next: Next,
}

/// Where a stretch leads, as indices of stretches.
#[derive(Debug)]
pub(crate) enum Next {
    /// An ordinary end.
    Ends,
    Traps,
    /// To a place to which others may lead as well.
    Goes(usize),
    /// To one of `arms`, to which nothing else leads, or to one of `jumps`, to which others may lead as well.
    Parts {
        arms: Vec<usize>,
        jumps: Vec<usize>,
    },
}

/// There is no ordinary end from here.
const NEVER: u64 = u64::MAX;
/// Each pass only lowers what was too high. Few are enough for what compilers make; without an end of them, text that someone chose
/// could take the square of its length.
const PASSES: usize = 24;

/// What each of `stretches` pays where it starts. The first is where the function starts. Those to which nothing leads pay nothing.
pub(crate) fn payments(stretches: &[Stretch]) -> Vec<u64> {
    let mut ways = Ways { need: vec![NEVER; stretches.len()], credit: vec![NEVER; stretches.len()] };
    if !(0..PASSES).any(|_| !ways.pass(stretches)) {
        // No credit anywhere: each label pays for itself.
        ways = Ways { need: vec![0; stretches.len()], credit: vec![0; stretches.len()] };
        ways.pass(stretches);
    }
    let mut paid = vec![None; stretches.len()];
    let mut reached = |index: usize, credit: u64| {
        paid[index] = Some(match ways.need[index] {
            NEVER => stretches[index].fuel,
            need => need - credit.min(need),
        });
    };
    if !stretches.is_empty() {
        reached(0, 0);
    }
    for stretch in stretches {
        match &stretch.next {
            Next::Ends | Next::Traps => {}
            Next::Goes(label) => reached(*label, ways.credit[*label]),
            Next::Parts { arms, jumps } => {
                let least = ways.least(arms, jumps);
                arms.iter().for_each(|arm| reached(*arm, least));
                jumps.iter().for_each(|label| reached(*label, ways.credit[*label]));
            }
        }
    }
    paid.into_iter().map(Option::unwrap_or_default).collect()
}

struct Ways {
    /// Of each stretch.
    need: Vec<u64>,
    /// Of each stretch that is a label, as far as it was lowered.
    credit: Vec<u64>,
}

impl Ways {
    /// What whoever leads there has to have paid.
    fn wanted(&self, label: usize) -> u64 {
        self.need[label].min(if self.need[label] == NEVER { NEVER } else { self.credit[label] })
    }

    fn least(&self, arms: &[usize], jumps: &[usize]) -> u64 {
        let arms = arms.iter().map(|arm| self.need[*arm]);
        arms.chain(jumps.iter().map(|label| self.wanted(*label))).min().unwrap_or(NEVER)
    }

    /// From the last to the first; whether anything was lowered.
    fn pass(&mut self, stretches: &[Stretch]) -> bool {
        let mut lowered = false;
        for (index, stretch) in stretches.iter().enumerate().rev() {
            let ahead = match &stretch.next {
                Next::Ends => 0,
                Next::Traps => NEVER,
                Next::Goes(label) => self.wanted(*label),
                Next::Parts { arms, jumps } => {
                    let least = self.least(arms, jumps);
                    for label in jumps {
                        if self.wanted(*label) != NEVER && self.wanted(*label) > least {
                            self.credit[*label] = least;
                            lowered = true;
                        }
                    }
                    least
                }
            };
            let need = ahead.saturating_add(stretch.fuel);
            lowered |= need < self.need[index];
            self.need[index] = need;
        }
        lowered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    fn goes(fuel: u64, label: usize) -> Stretch {
        Stretch { fuel, next: Next::Goes(label) }
    }

    fn parts(fuel: u64, arms: &[usize], jumps: &[usize]) -> Stretch {
        Stretch { fuel, next: Next::Parts { arms: arms.to_vec(), jumps: jumps.to_vec() } }
    }

    fn ends(fuel: u64) -> Stretch {
        Stretch { fuel, next: Next::Ends }
    }

    #[test]
    fn a_choice_costs_what_its_dearer_arm_costs_more() {
        let choice = [parts(5, &[1, 2], &[]), goes(3, 3), goes(10, 3), ends(7)];
        assert_eq!(payments(&choice), [15, 0, 7, 0]);
        let without_else = [parts(5, &[1], &[2]), goes(3, 2), ends(7)];
        assert_eq!(payments(&without_else), [12, 3, 0]);
    }

    #[test]
    fn what_comes_after_an_early_return_is_not_paid_before_it() {
        // The end is a label: the first jumps there.
        let early = [parts(5, &[1], &[2]), goes(100, 2), ends(1)];
        assert_eq!(payments(&early), [6, 100, 0]);
        let left = [parts(5, &[1], &[2]), ends(1), ends(100)];
        assert_eq!(payments(&left), [6, 0, 99]);
    }

    #[test]
    fn a_loop_pays_once_in_a_turn() {
        // Its way back is conditional: at its header.
        assert_eq!(payments(&[goes(1, 1), parts(9, &[2], &[1]), ends(4)]), [5, 9, 0]);
        // It is certain: there, whichever arm is taken, and the header only asks.
        let certain = [goes(1, 1), parts(9, &[], &[2, 3, 4]), goes(20, 1), goes(30, 1), ends(4)];
        assert_eq!(payments(&certain), [14, 0, 29, 39, 0]);
        // The way out is conditional, and more comes after it than in the rest of a turn.
        let top = [goes(1, 1), parts(2, &[2], &[3]), goes(8, 1), ends(50)];
        assert_eq!(payments(&top), [53, 0, 10, 0]);
    }

    #[test]
    fn what_only_leads_to_a_trap_pays_for_itself() {
        let trap = Stretch { fuel: 6, next: Next::Traps };
        assert_eq!(payments(&[parts(5, &[1, 2], &[]), trap, ends(40)]), [45, 6, 0]);
        let endless = [goes(1, 1), parts(2, &[2], &[3]), goes(3, 1), Stretch { fuel: 4, next: Next::Traps }];
        assert_eq!(payments(&endless), [1, 2, 3, 4]);
    }

    #[test]
    fn nothing_is_no_function() {
        assert_eq!(payments(&[]), [0; 0]);
    }

    /// Stretches that lead anywhere, each arm to one place of its own.
    fn any(random: &mut ChaCha8Rng) -> Vec<Stretch> {
        let mut below = |most: usize| (random.next_u64() % most as u64) as usize;
        let size = 1 + below(40);
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut arms_of_others = vec![false; size + 1];
        for index in 0..size {
            // Labels are no arms, and the first is neither.
            let is_arm = arms_of_others[index];
            let arm = Some(index + 1).filter(|arm| *arm < size);
            let fuel = below(30) as u64;
            let next = match below(6) {
                0 => Next::Ends,
                1 if is_arm => Next::Traps,
                2 | 3 => Next::Goes(1 + below(size)),
                _ => {
                    let arms: Vec<usize> = arm.into_iter().collect();
                    arms.iter().for_each(|arm| arms_of_others[*arm] = true);
                    Next::Parts { arms, jumps: (0..below(3)).map(|_| 1 + below(size)).collect() }
                }
            };
            stretches.push(Stretch { fuel, next });
        }
        stretches.push(Stretch { fuel: below(30) as u64, next: Next::Ends });
        // What goes to an arm goes to the end instead.
        for stretch in &mut stretches {
            let mend = |label: &mut usize| *label = if arms_of_others[*label] { size } else { *label };
            match &mut stretch.next {
                Next::Goes(label) => mend(label),
                Next::Parts { arms, jumps } => {
                    jumps.iter_mut().for_each(mend);
                    if arms.is_empty() && jumps.is_empty() {
                        jumps.push(size);
                    }
                }
                Next::Ends | Next::Traps => {}
            }
        }
        stretches
    }

    /// One way through, at most 200 stretches long: nothing runs unpaid, and an ordinary end has paid its total. Whether it came
    /// to one, and how many stretches had nothing to pay.
    fn walk(stretches: &[Stretch], paid: &[u64], random: &mut ChaCha8Rng) -> (bool, u64) {
        let (mut at, mut used, mut has_paid, mut free) = (0, 0, 0, 0);
        for _ in 0..200 {
            used += stretches[at].fuel;
            has_paid += paid[at];
            free += u64::from(paid[at] == 0 && stretches[at].fuel > 0);
            assert!(has_paid >= used, "{has_paid} of {used} at {at}\n{stretches:?}");
            at = match &stretches[at].next {
                Next::Ends => {
                    assert_eq!(has_paid, used, "{stretches:?}");
                    return (true, free);
                }
                Next::Traps => break,
                Next::Goes(label) => *label,
                Next::Parts { arms, jumps } => {
                    let ways: Vec<usize> = arms.iter().chain(jumps).copied().collect();
                    ways[random.next_u64() as usize % ways.len()]
                }
            };
        }
        (false, free)
    }

    #[test]
    fn an_ordinary_end_has_paid_its_total_and_nothing_runs_unpaid() {
        let (mut ended, mut free) = (0, 0);
        for seed in 0..3000 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let stretches = any(&mut random);
            let paid = payments(&stretches);
            for _ in 0..30 {
                let (end, nothing) = walk(&stretches, &paid, &mut random);
                ended += u32::from(end);
                free += nothing;
            }
        }
        assert!(ended > 30_000 && free > 30_000, "{ended} ended, {free} stretches had nothing to pay");
    }

    /// Each label lowers the one after it, in a pass of its own.
    fn chain(length: usize) -> Vec<Stretch> {
        let (cheap, dear) = (length + 1, length + 2);
        let mut stretches = vec![parts(1, &[], &[1, cheap])];
        stretches.extend((1..length).map(|index| parts(1, &[], &[index, index + 1])));
        stretches.extend([goes(1, dear), ends(1), ends(100)]);
        stretches
    }

    #[test]
    fn what_takes_too_many_passes_pays_label_by_label() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for length in [2, PASSES / 2, PASSES, 4 * PASSES, 100_000] {
            let stretches = chain(length);
            let paid = payments(&stretches);
            // The first pays what its cheaper way wants, unless nothing is paid ahead.
            assert_eq!(paid[0], if length < PASSES { 2 } else { 1 }, "{length}");
            for _ in 0..200 {
                walk(&stretches, &paid, &mut random);
            }
        }
    }
}
