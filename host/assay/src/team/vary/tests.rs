//! Edits: each is reached, each leaves a sound team, each follows from the generator alone.

use super::*;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;

fn member(digit: char, name: &str, takes: &str, gives: &str) -> Member {
    let component = digit.to_string().repeat(64);
    Member {
        name: name.into(),
        component,
        current: true,
        takes: Some(takes.into()),
        gives: Some(gives.into()),
    }
}

fn roster() -> Roster {
    Roster::new(vec![
        member('1', "ingest", "raw", "table"),
        member('2', "ingest-b", "raw", "table"),
        member('3', "clean", "table", "table"),
        member('4', "rank", "table", "finding"),
        member('5', "all", "raw", "finding"),
    ])
}

fn team() -> Document {
    let digest = |digit: &str| digit.repeat(64);
    let text = format!(
        "# assay team 1\nanswer = \"rank\"\n[roles.ingest]\nagent = \"{}\"\ntakes = [\"input\"]\n[roles.rank]\nagent = \"{}\"\ntakes = [\"ingest\"]\n",
        digest("1"),
        digest("4")
    );
    Document::parse(&text).unwrap()
}

#[test]
fn every_edit_is_reached_and_every_variation_is_a_sound_team() {
    let (roster, mut rng) = (roster(), ChaCha8Rng::seed_from_u64(1));
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut living = vec![team()];
    for _ in 0..3000 {
        let parent = living[below(&mut rng, living.len() as u32) as usize].clone();
        let donor = living[0].clone();
        let Some((varied, made)) = vary(&parent, &[&donor], &roster, &mut rng) else { continue };
        assert_ne!(varied, parent);
        assert_eq!(Document::parse(&varied.text()).unwrap(), varied, "read again as it is");
        for operator in made {
            *counts.entry(operator).or_default() += 1;
        }
        if varied.roles.len() < 8 && living.len() < 200 {
            living.push(varied);
        }
    }
    for operator in OPERATORS {
        assert!(counts.get(operator).is_some_and(|count| *count > 10), "{operator}: {counts:?}");
    }
}

#[test]
fn edits_keep_to_what_agents_take_and_give() {
    let (roster, mut rng) = (roster(), ChaCha8Rng::seed_from_u64(2));
    let kinds = |digest: &Filling| {
        let Filling::Agent(digest) = digest else { panic!("{digest}") };
        let member = roster.of(digest).unwrap();
        (member.takes.clone(), member.gives.clone())
    };
    let mut team = team();
    for _ in 0..2000 {
        let Some((varied, _)) = vary(&team, &[], &roster, &mut rng) else { continue };
        for role in varied.roles.values() {
            let (takes, _) = kinds(&role.filling);
            for from in &role.takes {
                let given =
                    if from == INPUT { Some("raw".into()) } else { kinds(&varied.roles[from].filling).1 };
                assert_eq!(given, takes, "{}", varied.text());
            }
        }
        assert_eq!(kinds(&varied.roles[&varied.answer].filling).1.as_deref(), Some("finding"));
        if varied.roles.len() < 10 {
            team = varied;
        }
    }
}

#[test]
fn the_same_generator_makes_the_same_variation_and_smaller_teams_are_smaller() {
    let roster = roster();
    let once = |seed| vary(&team(), &[], &roster, &mut ChaCha8Rng::seed_from_u64(seed));
    assert!((0..50).all(|seed| once(seed) == once(seed)));
    let mut large = team();
    let clean = Role { filling: Filling::Agent("3".repeat(64)), takes: vec!["ingest".into()], fuel: Some(5) };
    large.roles.insert("clean".into(), clean);
    large.roles.get_mut("rank").unwrap().takes = vec!["clean".into()];
    let smaller = simplifications(&large, &roster);
    assert!(smaller.contains(&team()), "clean can be left out");
    assert!(smaller.iter().all(|other| other.size() <= large.size()));
    assert_eq!(simplifications(&team(), &roster), []);
}
