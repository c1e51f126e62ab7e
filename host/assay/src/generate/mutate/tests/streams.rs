//! Which proposals a seed means must stay the same for as long as journals are replayed: these values were
//! recorded before the generator knew loops, and no default of it may change them.

use super::*;

/// The operators and texts of many proposals, parents of all ages, as one digest.
fn digest(source: &str, seed: u64) -> String {
    let mut rng = rng(seed);
    let mut programs = vec![Program::parse(source).unwrap()];
    let mut parts: Vec<String> = Vec::new();
    for index in 0..80 {
        let parent = if index % 5 == 0 { &programs[0] } else { &programs[programs.len() - 1] };
        let donor = &programs[index / 2];
        let made = if index % 8 == 7 {
            crossover(parent, donor, &Settings::default(), &mut rng)
        } else {
            mutate(parent, &[donor], &Settings::default(), &mut rng)
        };
        let Ok(made) = made else { continue };
        parts.push(made.operators.join(" "));
        parts.push(made.source().to_owned());
        programs.push(made.program);
    }
    crate::digest::of_parts(parts.iter().map(|part| part.as_bytes()))
}

#[test]
fn a_seed_means_the_proposals_that_it_always_meant() {
    assert_eq!(digest(FIRST_FIT, 21), "95bb8b0798a556db60a078a98d6004b6d143283ce9ef81b2bc5093585dfe542e");
    assert_eq!(digest(EVERYTHING, 22), "dd75636992486aca320a8246dcc89a7dec8666ac399f879c5e1e284721ab86dd");
}

#[test]
fn a_seed_means_these_first_formulas() {
    let parent = Program::parse(FIRST_FIT).unwrap();
    let mut rng = rng(23);
    let made: Vec<String> = (0..4)
        .map(|_| {
            let made = mutate(&parent, &[], &Settings::default(), &mut rng).unwrap();
            let body = made.source().lines().rev().nth(2).unwrap_or_default().trim().to_owned();
            format!("{}: {body}", made.operators.join(", "))
        })
        .collect();
    assert_eq!(
        made,
        [
            "change-arithmetic: 0.0 + (remaining - item)",
            "change-variable: 0.0 * (item - item)",
            "nudge-constant: -0.0674 * (remaining - item)",
            "draw: 2.0 * item * (remaining - item)",
        ]
    );
}
