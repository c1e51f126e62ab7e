//! Loops come and go where the program stays whole.

use super::*;

/// All that one operator makes of the body of `f`.
fn all(operator: &str, body: &str) -> BTreeSet<String> {
    let source = format!("pub fn f(first: String, list: &[u32]) -> String {{\n{body}\n}}\n");
    let parent = Program::parse(&source).unwrap();
    let settings = Settings::default();
    let made = vary(&parent, operator, 200, 0.0, &settings, &mut rng(31));
    assert!(made.iter().all(|made| made.operators == [operator]));
    made.iter().map(|made| made.source().to_owned()).collect()
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_run_of_statements_is_repeated_if_nothing_behind_needs_what_it_makes() {
    let body = "let mut kept = first.clone(); let more = first.len(); kept.push('a'); if more > 2 { return kept; } kept";
    let made = all("repeat-statement", body);
    let repeated: BTreeSet<String> = made
        .iter()
        .map(|text| flat(text).split_once("for _ in 0..").unwrap().1.split_once(' ').unwrap().1.to_owned())
        .collect();
    let inner = "if more > 2 { return kept; }";
    let expected = [
        format!("{{ kept.push('a'); }} {inner} kept }}"),
        format!("{{ kept.push('a'); {inner} }} kept }}"),
        format!("{{ let more = first.len(); kept.push('a'); {inner} }} kept }}"),
    ];
    assert_eq!(repeated, BTreeSet::from(expected));
    let rounds: BTreeSet<char> =
        made.iter().map(|text| text.split_once("0..").unwrap().1.chars().next().unwrap()).collect();
    assert_eq!(rounds, "2345678".chars().collect());
    assert_eq!(compiling(&made.into_iter().collect::<Vec<_>>()), 3 * 7);
}

#[test]
fn a_loop_over_a_range_gives_way_to_its_first_round() {
    let body = "let mut kept = first; for i in 2..9 { let x = list[i]; if x > 3 { continue; } } \
        for i in 1..4 { let x = list[i]; for j in 0..x { if j == 2 { break; } } kept.push('b') } \
        for y in list { kept.push('c'); } kept";
    let made = all("unroll-loop", body);
    assert!(made.iter().any(|text| flat(text).contains(
        "} let i = 1; let x = list[i]; for j in 0..x { if j == 2 { break; } } kept.push('b'); for y in list"
    )));
    assert_eq!(made.len(), 1, "the first loop begins rounds early, the last goes over no range: {made:?}");
    assert_eq!(compiling(&made.into_iter().collect::<Vec<_>>()), 1);
}

#[test]
fn a_loop_stays_if_its_body_hides_a_name_that_is_needed_behind() {
    let source = "fn f(x: u32) -> u32 { for _ in 0..3 { let x = 2; drop(x); } x }";
    let parent = Program::parse(source).unwrap();
    assert!(vary(&parent, "unroll-loop", 9, 0.0, &Settings::default(), &mut rng(32)).is_empty());
}

#[test]
fn what_is_lent_is_exchanged_with_what_has_its_type() {
    let body = "let second = first.clone(); let third = list.len(); let fourth = first.clone(); \
        println!(\"{third}\"); String::from_utf8_lossy(g(&second)).to_string() + &fourth";
    let made = all("change-reference", body);
    let lent: BTreeSet<String> = made
        .iter()
        .map(|text| {
            let (_, rest) = text.split_once("g(&").unwrap();
            let (inner, outer) = rest.split_once(')').unwrap();
            format!("{inner} {}", outer.split_once("+ &").unwrap().1.trim_end_matches("\n}\n"))
        })
        .collect();
    let expected = ["first fourth", "fourth fourth", "second first", "second second"];
    assert_eq!(lent, expected.map(str::to_owned).into());
}
