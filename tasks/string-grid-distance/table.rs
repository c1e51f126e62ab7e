//! Exact: a table of the costs that the first letters of a string can have, by their last letter.
//!
//! A letter costs one where it differs from the target's and one where it differs from the letter before it. Costs are at
//! most 2 · length − 1, so the table is small, and reading it backwards gives a string of any cost that is in it.

/// A string of exactly the distance, or of the nearest that there is.
pub fn find(target: Vec<bool>, distance: u32) -> Vec<bool> {
    let length = target.len();
    let own = target.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let width = 2 * length + 1;
    let mut reached = vec![false; length * 2 * width];
    let at = |place: usize, letter: usize, cost: usize| (place * 2 + letter) * width + cost;
    let miss = |place: usize, letter: usize| usize::from(usize::from(target[place]) != letter);
    for place in 0..length {
        for letter in 0..2 {
            let cost = miss(place, letter);
            if place == 0 {
                reached[at(0, letter, cost)] = true;
                continue;
            }
            for before in 0..2 {
                let cost = cost + usize::from(before != letter);
                for so_far in 0..width - cost {
                    if reached[at(place - 1, before, so_far)] {
                        reached[at(place, letter, so_far + cost)] = true;
                    }
                }
            }
        }
    }
    let wanted = (distance as usize).saturating_sub(own);
    let ends = (0..width).flat_map(|cost| [(cost, 0), (cost, 1)]);
    let ends = ends.filter(|(cost, letter)| length > 0 && reached[at(length - 1, *letter, *cost)]);
    let Some((mut cost, mut letter)) = ends.min_by_key(|(cost, _)| cost.abs_diff(wanted)) else {
        return Vec::new();
    };
    let mut found = vec![false; length];
    for place in (0..length).rev() {
        found[place] = letter == 1;
        cost -= miss(place, letter);
        if place > 0 {
            let now = letter;
            let stay = reached[at(place - 1, now, cost)];
            letter = if stay { now } else { 1 - now };
            cost -= usize::from(!stay);
        }
    }
    found
}
