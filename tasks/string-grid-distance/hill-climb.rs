//! Flips one letter after another as long as that brings the distance nearer to the one asked for.

/// From the target, to where no single letter helps.
pub fn find(target: Vec<bool>, distance: u32) -> Vec<bool> {
    let differ = |a: &[bool]| a.iter().zip(&target).filter(|(a, b)| a != b).count() as u32;
    let turns = |s: &[bool]| s.windows(2).filter(|pair| pair[0] != pair[1]).count() as u32;
    let off = |s: &[bool]| (differ(s) + turns(s) + turns(&target)).abs_diff(distance);
    let mut found = target.clone();
    let mut now = off(&found);
    loop {
        let before = now;
        for place in 0..found.len() {
            found[place] = !found[place];
            let then = off(&found);
            if then < now {
                now = then;
            } else {
                found[place] = !found[place];
            }
        }
        if now == before {
            return found;
        }
    }
}
