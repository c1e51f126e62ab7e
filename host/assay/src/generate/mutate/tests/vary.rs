//! What a guest gets that asks for variations.

use super::*;

fn ask(source: &str, guidance: &str, count: usize, temperature: f64, seed: u64) -> Vec<Proposal> {
    let parent = Program::parse(source).unwrap();
    vary(&parent, guidance, count, temperature, &Settings::default(), &mut rng(seed))
}

fn used(made: &[Proposal]) -> BTreeSet<&'static str> {
    made.iter().flat_map(|made| made.operators.iter().copied()).collect()
}

#[test]
fn variations_differ_from_the_program_and_from_each_other() {
    for temperature in [0.0, 0.5, 1.0] {
        let made = ask(EVERYTHING, "", 40, temperature, 41);
        let mut forms: BTreeSet<String> = made.iter().map(|made| made.program.normalised()).collect();
        assert_eq!(forms.len(), 40);
        assert!(forms.insert(Program::parse(EVERYTHING).unwrap().normalised()));
    }
}

#[test]
fn the_answer_follows_from_the_arguments_and_the_seed() {
    let texts = |seed| -> Vec<String> {
        ask(EVERYTHING, "", 20, 0.5, seed).iter().map(|made| made.source().to_owned()).collect()
    };
    assert_eq!(texts(42), texts(42));
    assert_ne!(texts(42), texts(43));
}

#[test]
fn temperature_says_how_many_edits_there_may_be() {
    for (temperature, most) in
        [(0.0, 1), (0.35, 3), (1.0, 6), (-3.0, 1), (7.0, 6), (f64::NAN, 1), (f64::INFINITY, 6)]
    {
        let made = ask(EVERYTHING, "", 60, temperature, 44);
        assert_eq!(made.iter().map(|made| made.operators.len()).max(), Some(most), "{temperature}");
    }
}

#[test]
fn operators_that_a_guidance_names_are_used_alone() {
    let wish = "Try `change-comparison` first,then nudge-constant: change nothing-else. negated";
    assert_eq!(used(&ask(EVERYTHING, wish, 30, 0.6, 45)), ["change-comparison", "nudge-constant"].into());
    assert_eq!(used(&ask(IMPROVER, "repeat-statement", 10, 0.0, 45)), ["repeat-statement"].into());
    let all = used(&ask(EVERYTHING, "Nudge-constant, un-negate, scale-constants!", 100, 0.6, 45));
    assert!(all.len() > 20, "no name stands there whole: {all:?}");
}

#[test]
fn loops_come_where_they_are_asked_for() {
    let loops = BTreeSet::from(["repeat-statement", "unroll-loop", "change-reference"]);
    assert!(used(&ask(IMPROVER, "", 100, 0.5, 46)).is_disjoint(&loops));
    let settings = Settings { loops: true, ..Settings::default() };
    let parent = Program::parse(IMPROVER).unwrap();
    assert!(!used(&vary(&parent, "", 100, 0.5, &settings, &mut rng(46))).is_disjoint(&loops));
}

#[test]
fn there_are_fewer_where_no_more_are_found() {
    assert_eq!(ask("fn f(a: bool, b: bool) -> bool { a && b }", "change-connective", 1000, 0.0, 47).len(), 1);
    assert!(ask(FIRST_FIT, "unroll-loop", usize::MAX, 1.0, 48).is_empty());
    assert!(ask("", "", 5, 0.5, 49).is_empty());
    assert!(ask(FIRST_FIT, "", 0, 0.5, 50).is_empty());
}

#[test]
fn variations_keep_the_bound_and_what_stands_outside() {
    let parent = Program::parse(IMPROVER).unwrap();
    let settings = Settings { max_nodes: 80, loops: true, ..Settings::default() };
    let bound = parent.nodes().max(80);
    for made in vary(&parent, "", 100, 1.0, &settings, &mut rng(51)) {
        assert!(made.program.nodes() <= bound && same_outside(IMPROVER, made.source()));
    }
}

/// What the improver's world lends, as far as a compiler needs it.
const LENT: &str = "\
mod assay {
    pub mod proposals {
        pub fn propose(_: &str, _: &str, _: u32, _: f64) -> Result<Vec<String>, String> { Err(String::new()) }
    }
    pub mod evaluation {
        pub fn score(_: &str) -> Result<f64, String> { Err(String::new()) }
        pub fn score_all(_: &[String]) -> Vec<Result<f64, String>> { Vec::new() }
    }
}
";

fn compiling_improvers(texts: &[String]) -> usize {
    let inside = |text: &String| format!("{LENT}{}", text.replace("use assay::*", "use self::assay::*"));
    compiling(&texts.iter().map(inside).collect::<Vec<_>>())
}

/// Whether a text asks for variations of its best inside of a loop, and keeps there what is better.
fn climbs(text: &str) -> bool {
    text.split_once("for _ in 0..").is_some_and(|(_, rest)| {
        rest.contains("propose(&best") && rest.contains("if score > top") && rest.contains("best = candidate")
    })
}

#[test]
fn the_seed_improver_learns_to_climb_in_two_generations() {
    let seed = Program::parse(IMPROVER).unwrap();
    let settings = Settings { max_nodes: 200, loops: true, ..Settings::default() };
    let mut rng = rng(52);
    let children = vary(&seed, "", 50, 0.35, &settings, &mut rng);
    let mut texts = Vec::new();
    for child in &children {
        texts.extend(
            vary(&child.program, "", 39, 0.35, &settings, &mut rng)
                .iter()
                .map(|made| made.source().to_owned()),
        );
    }
    texts.extend(children.iter().map(|made| made.source().to_owned()));
    assert_eq!(texts.len(), 2000);
    let climbing: Vec<String> = texts.iter().filter(|text| climbs(text)).cloned().collect();
    assert!(compiling_improvers(&climbing) > 0, "{climbing:?}");
    assert!(compiling_improvers(&texts) > 1800);
}
