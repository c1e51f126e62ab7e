//! Claims about the mutator as a whole, on small agents and on the mutator's own source.

use std::collections::BTreeSet;
use std::process::Command;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;

mod loops;
mod streams;
mod vary;

const FIRST_FIT: &str = "\
//! First-fit.
/// Priority of a bin.
pub fn priority(item: u32, remaining: u32) -> f64 {
    let item = f64::from(item);   // kept as it is
    let remaining = f64::from(remaining);
    // assay: evolve
    0.0 * (remaining - item)
    // assay: end
}
";

/// Something for every operator.
const EVERYTHING: &str = r#"
const TABLE: [f64; 3] = [1.0, 2.5, 0.125];

fn scaled(x: f64, y: f64) -> f64 {
    x * TABLE[1] + y.min(2.0)
}

pub fn pairs(n: u32, text: &str) -> Vec<(u32, u32)> {
    let mut found = vec![(0, 1), (2, 3), (0, 2)];
    let mut total: f64 = 0.0;
    let mut flag = n > 3 && text.is_empty();
    total += scaled(f64::from(n), 1.0);
    total -= 2.0;
    flag = !flag || text.starts_with("ab");
    for low in 0..n {
        if low == 2 { found.push((low, low + 1)); } else if flag { found.push((low, 7)); }
    }
    let kind = match n {
        0 => "zero",
        1 if flag => "one",
        2 => "two",
        _ => "many",
    };
    let last: u32 = if -total > 1.5 { n } else { n.wrapping_add(kind.len() as u32) };
    found.push((last, n));
    found
}
"#;

/// Real code with most of the language in it.
const OWN: [&str; 6] = [
    include_str!("program.rs"),
    include_str!("walk.rs"),
    include_str!("infer.rs"),
    include_str!("statements.rs"),
    include_str!("clean.rs"),
    include_str!("grammar.rs"),
];

/// A program that works through calls, lists and texts.
const IMPROVER: &str = include_str!("../../../../../tasks/improver/seed.rs");

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A chain of mutations, each child the parent of the next, all earlier ones its donors.
fn lineage(source: &str, count: usize, seed: u64) -> Vec<Proposal> {
    let mut rng = rng(seed);
    let mut programs = vec![Program::parse(source).unwrap()];
    let mut proposals = Vec::new();
    for index in 0..count {
        // Now and then from the start again, so that chains do not wander off into one corner.
        let parent = if index % 7 == 0 { &programs[0] } else { &programs[programs.len() - 1] };
        let donors = [&programs[index / 2]];
        let proposal = mutate(parent, &donors, &Settings::default(), &mut rng).unwrap();
        programs.push(proposal.program.clone());
        proposals.push(proposal);
    }
    proposals
}

fn texts(source: &str, count: usize, seed: u64) -> Vec<String> {
    lineage(source, count, seed).iter().map(|proposal| proposal.source().to_owned()).collect()
}

#[test]
fn one_seed_gives_one_lineage_and_another_seed_another() {
    assert_eq!(texts(EVERYTHING, 60, 1), texts(EVERYTHING, 60, 1));
    assert_ne!(texts(EVERYTHING, 60, 1), texts(EVERYTHING, 60, 2));
}

#[test]
fn bytes_outside_of_the_region_stay() {
    let nested = "mod a {\r\n\tfn f( x:f64 )->f64 {\n        if x>0.0 {\n            // assay: evolve\n            let y = x * 2.0;\n            y + 1.0\n            // assay: end\n        } else { 3.  }\n\t}\n}\n";
    let items =
        format!("fn before ( ) {{ }}\n// assay: evolve\n{EVERYTHING}// assay: end\n  fn   after() {{}}");
    for source in [FIRST_FIT, nested, &items] {
        let (before, rest) = source.split_once("// assay: evolve").unwrap();
        let (_, after) = source.split_once("// assay: end").unwrap();
        assert!(rest.contains("// assay: end"));
        for text in texts(source, 150, 3) {
            assert!(
                text.starts_with(&format!("{before}// assay: evolve\n")) && text.ends_with(after),
                "{text}"
            );
            assert!(same_outside(source, &text), "{text}");
        }
    }
}

#[test]
fn foreign_proposals_that_leave_the_region_are_refused() {
    let good = FIRST_FIT.replace("0.0 * (remaining - item)", "item.min(3.0)");
    assert!(same_outside(FIRST_FIT, &good));
    let refused = [
        good.replace("// kept", "// lost"),
        good.replace("item.min(3.0)", "1.0 }\npub fn other() -> f64 { 2.0"),
        good.replace("item.min(3.0)", "1.0 /*"),
        good.replace("item.min(3.0)", "// assay: end\n// assay: evolve\n1.0"),
        good.replace("    // assay: evolve\n", "").replace("    // assay: end\n", ""),
        format!("{good} "),
        String::new(),
    ];
    for text in refused {
        assert!(!same_outside(FIRST_FIT, &text), "{text}");
    }
    assert!(!same_outside(EVERYTHING, &FIRST_FIT.replace("0.0", "(")));
    assert!(!same_outside(EVERYTHING, FIRST_FIT), "markers must not be brought in");
}

#[test]
fn children_of_real_code_parse() {
    for source in OWN {
        for text in texts(source, 6, 4) {
            assert!(syn::parse_file(&text).is_ok());
        }
    }
}

#[test]
fn each_operator_is_reached_and_named() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut rng = rng(5);
    let settings = Settings { loops: true, ..Settings::default() };
    for source in [EVERYTHING, IMPROVER] {
        let parent = Program::parse(source).unwrap();
        for _ in 0..1200 {
            seen.extend(mutate(&parent, &[&parent], &settings, &mut rng).unwrap().operators);
        }
    }
    let missing: Vec<_> = operator_names().into_iter().filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn children_differ_from_their_parent_and_keep_the_bound() {
    let settings = Settings { max_nodes: 30, temperature: 0.9, ..Settings::default() };
    let mut rng = rng(6);
    let mut program = Program::parse(FIRST_FIT).unwrap();
    for _ in 0..200 {
        let child = mutate(&program, &[&program], &settings, &mut rng).unwrap();
        assert_ne!(child.program.normalised(), program.normalised());
        assert!(child.program.nodes() <= 30 && (1..=MAX_EDITS).contains(&child.operators.len()));
        program = child.program;
    }
}

/// Type-checks many programs with one compiler run and returns how many pass.
fn compiling(texts: &[String]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut file = String::from("#![allow(warnings)]\n");
    let mut starts = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        starts.push(file.lines().count());
        let plain: String =
            text.lines().filter(|line| !line.starts_with("//!")).map(|line| format!("{line}\n")).collect();
        file.push_str(&format!("mod m{index} {{\n{plain}\n}}\n"));
    }
    let path = folder.path().join("all.rs");
    std::fs::write(&path, file).unwrap();
    let output = Command::new("rustc")
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--error-format",
            "short",
            "-o",
        ])
        .arg(folder.path().join("all.rmeta"))
        .arg(&path)
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let failing: BTreeSet<usize> = errors
        .lines()
        .filter(|line| line.contains(": error"))
        .filter_map(|line| line.split("all.rs:").nth(1)?.split(':').next()?.parse::<usize>().ok())
        .map(|line| starts.partition_point(|start| *start < line))
        .collect();
    assert!(output.status.success() || !failing.is_empty(), "{errors}");
    texts.len() - failing.len()
}

#[test]
fn nearly_all_children_of_a_formula_compile() {
    let texts = texts(FIRST_FIT, 200, 8);
    assert!(compiling(&texts) >= 190);
}

#[test]
fn most_children_of_ordinary_code_compile() {
    let mut rng = rng(9);
    let parent = Program::parse(EVERYTHING).unwrap();
    let texts: Vec<String> = (0..100)
        .map(|_| mutate(&parent, &[&parent], &Settings::default(), &mut rng).unwrap().source().to_owned())
        .collect();
    assert!(compiling(&texts) >= 80);
}

#[test]
fn programs_that_differ_in_form_alone_are_one() {
    let normal = |body: &str| {
        Program::parse(&format!("fn f(a: f64, b: f64) -> f64 {{ {body} }}")).unwrap().normalised()
    };
    for (one, other) in [
        ("a + b", "(b) + /* a comment */ (a)"),
        ("a - b", "a - -(-(b))"),
        ("if a < b { 1.0 } else { 2.0 }", "if !(b > a) { 2.0 } else { 1.0 }"),
        ("a * 1.0 - 0.0", "a"),
        ("a * 6.0", "(2.0 * 3.0) * a"),
        ("if b < b { a } else { a }", "a"),
        ("a.abs().abs().min(a.abs())", "a.abs()"),
    ] {
        assert_eq!(normal(one), normal(other));
    }
    for (one, other) in [("a - b", "b - a"), ("a + 0.0", "a"), ("a / b", "b / a"), ("a * 0.0", "0.0")] {
        assert_ne!(normal(one), normal(other));
    }
}

#[test]
fn simplifications_shrink_and_the_smallest_comes_first() {
    for source in [EVERYTHING, FIRST_FIT] {
        for program in lineage(source, 8, 10).into_iter().map(|proposal| proposal.program) {
            let list = simplifications(&program);
            let sizes: Vec<_> = list.iter().map(|smaller| (smaller.nodes(), smaller.text().len())).collect();
            assert!(sizes.is_sorted());
            assert!(sizes.iter().all(|size| *size < (program.nodes(), program.text().len())));
            assert!(list.iter().all(|smaller| same_outside(source, smaller.text())));
            let again: Vec<_> =
                simplifications(&program).iter().map(|smaller| smaller.text().to_owned()).collect();
            assert_eq!(again, list.iter().map(|smaller| smaller.text().to_owned()).collect::<Vec<_>>());
        }
    }
}

#[test]
fn taking_the_smallest_again_and_again_ends() {
    let mut program = Program::parse(&FIRST_FIT.replace(
        "0.0 * (remaining - item)",
        "let unused = 3.0;\nlet once = item * 1.2345;\nif once > 2.0 { once - remaining } else { once.abs().sqrt() + 7.25 }",
    ))
    .unwrap();
    let mut steps = 0;
    while let Some(smaller) = simplifications(&program).into_iter().next() {
        program = smaller;
        steps += 1;
        assert!(steps < 100);
    }
    assert_eq!(program.nodes(), 2, "{}", program.text());
}

#[test]
fn dead_functions_and_variables_are_dropped_and_single_uses_inlined() {
    let source = "fn dead() -> f64 {\n    1.0\n}\npub fn f(a: f64) -> f64 {\n    let used = a * 2.5;\n    used + 1.0\n}\n";
    let list = simplifications(&Program::parse(source).unwrap());
    assert!(list.iter().any(|program| !program.text().contains("dead")));
    assert!(list.iter().any(|program| program.text().contains("a * 2.5 + 1.0")));
}

#[test]
fn crossover_brings_in_a_part_of_the_other_parent() {
    let a = Program::parse(FIRST_FIT).unwrap();
    let b = Program::parse(&FIRST_FIT.replace("0.0 * (remaining - item)", "item.tanh().tanh()")).unwrap();
    let settings = Settings { temperature: 0.0, ..Settings::default() };
    let mut rng = rng(11);
    let children: Vec<_> = (0..20).map(|_| crossover(&a, &b, &settings, &mut rng).unwrap()).collect();
    assert!(children.iter().all(|child| child.operators == ["graft"]));
    assert!(children.iter().any(|child| child.source().contains("tanh")));
}

#[test]
fn a_program_without_markers_evolves_whole() {
    let program = Program::parse(EVERYTHING).unwrap();
    assert_eq!(program.text(), EVERYTHING);
    let changed: BTreeSet<bool> =
        texts(EVERYTHING, 60, 12).iter().map(|text| text.contains("[1.0, 2.5, 0.125]")).collect();
    assert_eq!(changed.len(), 2, "constants outside of functions evolve as well");
}

#[test]
fn errors_say_where() {
    let fails = |source: &str| Program::parse(source).unwrap_err().to_string();
    assert!(fails("fn f() {\n    let = 3;\n}").contains("line 2"));
    let broken = FIRST_FIT.replace("0.0 * (", "0.0 * * + ");
    assert!(
        matches!(Program::parse(&broken), Err(MutateError::Syntax { line: 7, .. })),
        "{}",
        fails(&broken)
    );
    assert!(fails("fn f() {\n// assay: evolve\n}").contains("`// assay: end` is missing"));
    assert!(fails("// assay: end\nfn f() {}").contains("`// assay: evolve` is missing"));
    assert!(fails("// assay: evolve\n// assay: evolve\n// assay: end\n").contains("twice"));
    assert!(fails("fn f(\n// assay: evolve\na: u8\n// assay: end\n) {}").contains("line"));
    assert!(fails("#!/bin/cargo\nfn main() {}").contains("can't be rewritten"));
    assert!(fails(&" ".repeat(300_000)).contains("300000 bytes"));
    let empty = Program::parse("").unwrap();
    assert!(matches!(
        mutate(&empty, &[], &Settings::default(), &mut rng(13)),
        Err(MutateError::Stuck { .. })
    ));
}

#[test]
fn hostile_nesting_is_refused_and_what_passes_fits_a_small_stack() {
    let bodies: [fn(usize) -> String; 9] = [
        |n| format!("{}1{}", "(".repeat(n), ")".repeat(n)),
        |n| format!("{}true", "!".repeat(n)),
        |n| format!("1{}", "+1".repeat(n)),
        |n| format!("x{}", ".a()".repeat(n)),
        |n| format!("{}1", "return ".repeat(n)),
        |n| format!("{}1", "|| ".repeat(n)),
        |n| format!("if a {{}}{}", " else if a {}".repeat(n)),
        |n| format!("let x: {}u8 = 1;", "&".repeat(n)),
        |n| format!("{}{}", "{".repeat(n), "}".repeat(n)),
    ];
    for body in bodies {
        let wrap = |n: usize| format!("fn f() {{ {} }}", body(n));
        assert!(matches!(Program::parse(&wrap(20_000)), Err(MutateError::TooDeep)), "{}", body(3));
        let largest = (1..400).rev().step_by(9).find_map(|n| Program::parse(&wrap(n)).ok());
        if let Some(program) = largest {
            let _ = mutate(&program, &[&program], &Settings::default(), &mut rng(14));
            let _ = simplifications(&program).len();
        }
    }
}
