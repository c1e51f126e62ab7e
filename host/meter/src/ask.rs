//! Ask: where a function looks whether fuel is left, so that nothing runs for long on what is not there.
//!
//! Every way around has to pass a place that asks. Loop headers are enough, and some of them too many: that of a loop which in every turn
//! comes to the header of another, or calls a function that asks where it starts, need not ask as well. They are gone through one
//! after the other, outer loops first; one stops asking if no way leads from it back to it past all that still ask. So whatever asks in
//! the end breaks every way around, as all headers did.

use crate::ahead::{Next, Stretch};
use crate::graph::Start;

/// Stretches that are looked at for each one that there is, on average. Enough for what compilers make; without an end, text that
/// someone chose could take the square of its length.
const LOOKS: usize = 24;

/// Which of `stretches` have to ask where they start, of those that start a loop.
pub(crate) fn asks(stretches: &[Stretch], starts: &[Start]) -> Vec<bool> {
    let mut asks: Vec<bool> = starts.iter().map(|start| start.is_loop).collect();
    let mut looks = LOOKS * stretches.len();
    // For which header a stretch was last found.
    let mut found = vec![None; stretches.len()];
    let mut to_see = Vec::new();
    for header in (0..stretches.len()).filter(|index| starts[*index].is_loop) {
        to_see.clear();
        to_see.push(header);
        let mut comes_back = false;
        while let Some(at) = to_see.pop() {
            if looks == 0 {
                return asks;
            }
            looks -= 1;
            if starts[at].asks {
                continue;
            }
            let (some, more): (&[usize], &[usize]) = match &stretches[at].next {
                Next::Ends | Next::Traps => continue,
                Next::Goes(label) => (std::slice::from_ref(label), &[]),
                Next::Parts { arms, jumps } => (arms, jumps),
            };
            for next in some.iter().chain(more) {
                comes_back |= *next == header;
                if !asks[*next] && found[*next] != Some(header) {
                    found[*next] = Some(header);
                    to_see.push(*next);
                }
            }
            if comes_back {
                break;
            }
        }
        asks[header] = comes_back;
    }
    asks
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// Stretches of which some start a loop and some ask anyhow, by where each of them leads.
    fn of(leads: &[&[usize]], loops: &[usize], calls: &[usize]) -> (Vec<Stretch>, Vec<Start>) {
        let stretches = leads.iter().map(|to| Stretch {
            fuel: 1,
            next: match to {
                [] => Next::Ends,
                [label] => Next::Goes(*label),
                _ => Next::Parts { arms: Vec::new(), jumps: to.to_vec() },
            },
        });
        let start = |at| Start { at, is_loop: loops.contains(&at), asks: calls.contains(&at) };
        (stretches.collect(), (0..leads.len()).map(start).collect())
    }

    fn asking(leads: &[&[usize]], loops: &[usize], calls: &[usize]) -> Vec<usize> {
        let (stretches, starts) = of(leads, loops, calls);
        let asks = asks(&stretches, &starts);
        (0..leads.len()).filter(|index| asks[*index]).collect()
    }

    #[test]
    fn a_loop_that_always_comes_to_another_need_not_ask() {
        assert_eq!(asking(&[&[1], &[2], &[2, 3], &[1, 4], &[]], &[1, 2], &[]), [2]);
        // It can pass the inner one by.
        assert_eq!(asking(&[&[1], &[2, 3], &[2, 3], &[1, 4], &[]], &[1, 2], &[]), [1, 2]);
        // The inner one is one way round of the outer one.
        assert_eq!(asking(&[&[1], &[2], &[1, 2, 3], &[]], &[1, 2], &[]), [2]);
    }

    #[test]
    fn a_loop_that_always_calls_whoever_asks_need_not_ask() {
        assert_eq!(asking(&[&[1], &[1, 2], &[]], &[1], &[1]), [0; 0]);
        assert_eq!(asking(&[&[1], &[2, 3], &[1], &[1, 4], &[]], &[1], &[2, 3]), [0; 0]);
        assert_eq!(asking(&[&[1], &[2, 3], &[1], &[1, 4], &[]], &[1], &[2]), [1]);
        assert_eq!(asking(&[&[1], &[1, 2], &[]], &[1], &[0, 2]), [1]);
    }

    #[test]
    fn what_is_no_loop_does_not_ask() {
        assert_eq!(asking(&[&[1, 2], &[2], &[]], &[], &[1]), [0; 0]);
        assert_eq!(asking(&[&[1], &[2], &[]], &[1], &[]), [0; 0]);
    }

    /// Whether each way round passes somebody who asks: what nobody leads to any more is taken away until nothing is left.
    fn breaks_every_way_round(stretches: &[Stretch], starts: &[Start], asks: &[bool]) -> bool {
        let ways = |at: usize| -> Vec<usize> {
            let leads = match &stretches[at].next {
                Next::Ends | Next::Traps => Vec::new(),
                Next::Goes(label) => vec![*label],
                Next::Parts { arms, jumps } => arms.iter().chain(jumps).copied().collect(),
            };
            leads.into_iter().filter(|to| !starts[at].asks && !asks[*to]).collect()
        };
        let mut leading = vec![0; stretches.len()];
        (0..stretches.len()).flat_map(ways).for_each(|to| leading[to] += 1);
        let mut free: Vec<usize> = (0..stretches.len()).filter(|at| leading[*at] == 0).collect();
        let mut taken = 0;
        while let Some(at) = free.pop() {
            taken += 1;
            for to in ways(at) {
                leading[to] -= 1;
                if leading[to] == 0 {
                    free.push(to);
                }
            }
        }
        taken == stretches.len()
    }

    #[test]
    fn every_way_round_passes_somebody_who_asks() {
        let (mut headers, mut asking) = (0, 0);
        for seed in 0..5000 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut below = |most: usize| (random.next_u64() % most as u64) as usize;
            let size = 2 + below(40);
            let loops: Vec<usize> = (0..size).filter(|_| below(3) == 0).collect();
            let calls: Vec<usize> = (0..size).filter(|_| below(5) == 0).collect();
            // Forwards to anywhere, backwards to loops.
            let leads: Vec<Vec<usize>> = (0..size)
                .map(|at| {
                    let ways = (0..below(4)).map(|_| below(size));
                    ways.filter(|to| *to > at || loops.contains(to)).collect()
                })
                .collect();
            let leads: Vec<&[usize]> = leads.iter().map(Vec::as_slice).collect();
            let (stretches, starts) = of(&leads, &loops, &calls);
            let asks = asks(&stretches, &starts);
            assert!(breaks_every_way_round(&stretches, &starts, &asks), "{stretches:?} {starts:?} {asks:?}");
            headers += loops.len();
            asking += asks.iter().filter(|asks| **asks).count();
            for one in (0..size).filter(|one| asks[*one]) {
                let mut without = asks.clone();
                without[one] = false;
                assert!(!breaks_every_way_round(&stretches, &starts, &without), "{one} asks for nothing");
            }
        }
        assert!(asking > 2500 && headers > 2 * asking, "{asking} of {headers}");
    }

    #[test]
    fn what_takes_too_long_to_see_asks() {
        // None comes back; each sees all that follows.
        let (loops, size) = (100, 10_000);
        let leads: Vec<Vec<usize>> =
            (0..size).map(|at| vec![(at + 1).max(loops)]).chain([Vec::new()]).collect();
        let leads: Vec<&[usize]> = leads.iter().map(Vec::as_slice).collect();
        let (stretches, starts) = of(&leads, &(0..loops).collect::<Vec<_>>(), &[]);
        let asks = asks(&stretches, &starts);
        assert!((0..LOOKS).all(|at| !asks[at]) && (LOOKS + 1..loops).all(|at| asks[at]), "{asks:?}");
    }
}
