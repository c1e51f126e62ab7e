//! Which texts hold a program, and why the others hold none.

use proptest::prelude::*;

use crate::generate::model::{Form, MAX_ANSWER, NoOpinion, NoProgram, opinion, program};
use crate::generate::mutate::same_outside;

const PARENT: &str = "\
//! Best fit.

/// The fuller, the higher.
pub fn priority(item: u32, remaining: u32) -> f64 {
    let (item, remaining) = (f64::from(item), f64::from(remaining));
    // assay: evolve
    let gap = remaining - item;
    -gap
    // assay: end
}
";

fn better() -> String {
    PARENT.replace("    -gap", "    -gap * gap")
}

fn rewrite(text: &str) -> Result<String, NoProgram> {
    program(Form::Rewrite, PARENT, PARENT, text)
}

fn diff(text: &str) -> Result<String, NoProgram> {
    program(Form::Diff, PARENT, PARENT, text)
}

fn block(search: &str, replace: &str) -> String {
    format!("<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n")
}

#[test]
fn the_last_fence_tagged_rust_is_the_program() {
    let better = better();
    for text in [
        format!("```rust\n{better}```"),
        format!("I square it.\n\n~~~ Rust\n{better}~~~\nDone."),
        format!("First\n```rust\nfn draft() {{}}\n```\nand then\n````rust,ignore\n{better}````\n"),
        format!("```text\n```rust\nno\n```\n```rust\n{better}```\n```\nan open end of no program"),
        format!("```rust\r\n{}```\r\n", better.replace('\n', "\r\n")),
        format!("``` `code` in a sentence\n   ```rust\n{}\n\n\n   ```", better.trim_end()),
    ] {
        assert_eq!(rewrite(&text).as_ref(), Ok(&better), "{text}");
    }
    for text in ["", "no program", "```\nfn f() {}\n```", "`rust` ```rust", "```rs\nfn f() {}\n```"] {
        assert_eq!(rewrite(text), Err(NoProgram::NoBlock), "{text}");
    }
    let cut_off = format!("```rust\n{better}```\nbetter still:\n```rust\n{better}");
    assert_eq!(rewrite(&cut_off), Err(NoProgram::Truncated));
}

#[test]
fn a_diff_is_blocks_applied_in_their_order() {
    let two = format!(
        "A title\n=======\n```\n{}```\nand\n{}",
        block("    let gap = remaining - item;\n    -gap\n", "    let rest = remaining - item;\n    -rest\n"),
        block("    -rest\n", "    -rest * rest\n")
    );
    let changed = better().replace("gap", "rest");
    assert_eq!(diff(&two).as_ref(), Ok(&changed), "the second finds what the first one wrote");
    assert_eq!(diff(&two.replace('\n', "\r\n")).as_ref(), Ok(&changed));
    let without = block("    let gap = remaining - item;\n    -gap\n", "    item\n");
    assert_eq!(diff(&without).unwrap().lines().count(), PARENT.lines().count() - 1);
    // A file that doesn't end with a newline still doesn't.
    let bare = PARENT.trim_end();
    let text = block("    -gap\n    // assay: end\n}\n", "    -gap * gap\n    // assay: end\n}\n");
    assert_eq!(program(Form::Diff, bare, bare, &text).as_deref(), Ok(better().trim_end()));
}

#[test]
fn a_diff_that_is_not_exact_is_refused_with_its_block() {
    let good = block("    -gap\n", "    -gap * gap\n");
    let many = block("a\n", "b\n").repeat(101);
    let malformed = |block, why| NoProgram::Malformed { block, why };
    for (text, reason) in [
        ("no block".to_owned(), NoProgram::NoBlock),
        ("<<<<<<< SEARCH\n    -gap\n".to_owned(), NoProgram::Truncated),
        (format!("{good}<<<<<<< SEARCH\n    -gap\n=======\n"), NoProgram::Truncated),
        (">>>>>>> REPLACE\n".to_owned(), malformed(0, "is closed once more than it was opened")),
        (format!("{good}<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n"), malformed(2, "has no line `=======`")),
        (block("x\n=======\n", "y\n"), malformed(1, "has two lines `=======`")),
        (format!("<<<<<<< SEARCH\nx\n{good}"), malformed(1, "has another one inside it")),
        (many, malformed(100, "comes before too many others; send at most 100")),
        (block("", "x\n"), NoProgram::EmptySearch { block: 1 }),
        (block("\n  \n", "x\n"), NoProgram::EmptySearch { block: 1 }),
        (block("-gap\n", "x\n"), NoProgram::NotFound { block: 1 }),
        (format!("{good}{good}"), NoProgram::NotFound { block: 2 }),
    ] {
        assert_eq!(diff(&text), Err(reason), "{text}");
    }
    let twice = PARENT.replace("    -gap\n", "    ();\n    ();\n    ();\n    -gap\n");
    let text = block("    ();\n    ();\n", "    ();\n");
    let refusal = program(Form::Diff, &twice, &twice, &text);
    assert_eq!(refusal, Err(NoProgram::Ambiguous { block: 1, times: 2 }), "overlapping places count");
}

#[test]
fn only_the_evolving_region_may_differ() {
    let fence = |source: &str| format!("```rust\n{source}```\n");
    let outside = PARENT.replace("Best fit", "Best");
    assert_eq!(rewrite(&fence(&outside)), Err(NoProgram::Outside { program: outside.clone() }));
    let open = PARENT.replace("    // assay: evolve\n", "").replace("    // assay: end\n", "");
    assert!(matches!(rewrite(&fence(&open)), Err(NoProgram::Outside { .. })));
    let broken = PARENT.replace("-gap", "-gap)");
    let refusal = rewrite(&fence(&broken)).unwrap_err();
    assert_eq!(refusal.answered(), Some(broken.as_str()));
    assert!(refusal.to_string().starts_with("the source does not parse at line 8"), "{refusal}");
    let half = PARENT.replace("    // assay: end\n", "");
    assert!(matches!(rewrite(&fence(&half)), Err(NoProgram::NotRust { .. })));
    assert_eq!(diff(&block("//! Best fit.\n", "//! Best.\n")).unwrap_err().name(), "outside-changed");
    assert_eq!(rewrite(&fence(PARENT)), Err(NoProgram::NoChange));
    assert_eq!(diff(&block("    -gap\n", "    -gap\n")), Err(NoProgram::NoChange));
}

#[test]
fn a_repair_mends_what_was_shown_and_is_held_against_the_parent() {
    let broken = PARENT.replace("    -gap", "    -gap * gap)");
    let text = block("    -gap * gap)\n", "    -gap * gap\n");
    assert_eq!(program(Form::Diff, PARENT, &broken, &text), Ok(better()));
    let back = block("    -gap * gap)\n", "    -gap\n");
    assert_eq!(program(Form::Diff, PARENT, &broken, &back), Err(NoProgram::NoChange));
    let fence = format!("```rust\n{broken}```");
    assert_eq!(program(Form::Rewrite, PARENT, &broken, &fence), Err(NoProgram::NoChange));
}

#[test]
fn what_nobody_can_see_is_refused_unless_it_was_there() {
    for (put, code) in [("\u{202e}", 0x202e), ("\0", 0), ("\u{1b}[2J", 0x1b), ("\u{e0041}", 0xe0041)] {
        let text = block("    -gap\n", &format!("    -gap * gap // {put}\n"));
        assert_eq!(diff(&text), Err(NoProgram::Hidden { line: 8, code }), "{put:?}");
        let parent = PARENT.replace("Best fit", put);
        assert!(program(Form::Diff, &parent, &parent, &text).is_ok(), "{put:?}");
    }
    assert!(diff(&block("    -gap\n", "\t-gap * gap // größer 🦀\n")).is_ok());
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let limit = MAX_ANSWER;
    let vast = "x".repeat(limit + 1);
    assert_eq!(rewrite(&vast), Err(NoProgram::TooLarge { bytes: limit + 1, limit }));
    let long = better().replace("gap * gap", &format!("gap{}", " * gap".repeat(50_000)));
    let refusal = NoProgram::TooLarge { bytes: long.len(), limit: 256 * 1024 };
    assert_eq!(rewrite(&format!("```rust\n{long}```")), Err(refusal));
    let filler = "    -gap\n".repeat(40_000);
    assert_eq!(diff(&block("    -gap\n", &filler)).unwrap_err().name(), "too-large");
}

#[test]
fn every_reason_has_words_for_the_model_and_a_name() {
    let text = String::new;
    let reasons = [
        NoProgram::NoBlock,
        NoProgram::Truncated,
        NoProgram::Malformed { block: 1, why: "has no end" },
        NoProgram::EmptySearch { block: 1 },
        NoProgram::NotFound { block: 2 },
        NoProgram::Ambiguous { block: 3, times: 2 },
        NoProgram::NoChange,
        NoProgram::TooLarge { bytes: 2, limit: 1 },
        NoProgram::Hidden { line: 1, code: 0x202e },
        NoProgram::NotRust { program: text(), words: "no".into() },
        NoProgram::Outside { program: text() },
    ];
    let names: std::collections::BTreeSet<_> = reasons.iter().map(NoProgram::name).collect();
    assert_eq!(names.len(), reasons.len());
    assert!(reasons.iter().all(|reason| !reason.to_string().is_empty()));
    let hidden = "line 1 of the program holds the character U+202E, which nobody can see; write an escape";
    assert_eq!(reasons[8].to_string(), hidden);
}

#[test]
fn an_opinion_is_the_number_on_the_last_line() {
    for (text, score) in [
        ("score: 7", 7.0),
        ("Good.\n\nScore: 7.5 \n\n", 7.5),
        ("score: 1\nscore: 10", 10.0),
        ("SCORE : -0", 0.0),
    ] {
        assert_eq!(opinion(text), Ok(score), "{text}");
    }
    assert!(opinion("score: -0").unwrap().is_sign_positive());
    for (text, reason) in [
        ("", NoOpinion::Missing),
        ("score: 7\nThat is all.", NoOpinion::Missing),
        ("the score: 7", NoOpinion::Missing),
        ("score: seven", NoOpinion::NotANumber),
        ("score: 7/10", NoOpinion::NotANumber),
        ("score: 10.1", NoOpinion::OutOfRange),
        ("score: -1", NoOpinion::OutOfRange),
        ("score: NaN", NoOpinion::OutOfRange),
        ("score: inf", NoOpinion::OutOfRange),
    ] {
        assert_eq!(opinion(text), Err(reason), "{text}");
    }
    let reasons = [NoOpinion::Missing, NoOpinion::NotANumber, NoOpinion::OutOfRange];
    assert_eq!(reasons.map(|reason| reason.name()), ["no-score", "not-a-number", "out-of-range"]);
}

/// Pieces of answers, so that random texts come near to being some.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "```rust\n", "```\n", "~~~~\n", "    -gap\n",
            "    -gap * gap\n", "// assay: evolve\n", "// assay: end\n", "\r\n", "score: 3\n", "    ", PARENT,
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader_or_changes_what_must_stay(text in pieces(), whole: bool) {
        let form = if whole { Form::Rewrite } else { Form::Diff };
        if let Ok(source) = program(form, PARENT, PARENT, &text) {
            prop_assert!(source != PARENT && same_outside(PARENT, &source));
        }
        if let Ok(score) = opinion(&text) {
            prop_assert!((0.0..=10.0).contains(&score));
        }
    }

    /// A program split at any lines, its parts told apart by numbers, and one part replaced: the diff of it gives the
    /// program that was meant.
    #[test]
    fn a_diff_made_by_splitting_applies_back(
        lines in 2usize..30, from: prop::sample::Index, to: prop::sample::Index,
        put in proptest::collection::vec("[a-z ]{0,9}", 0..5),
    ) {
        let line = |n: usize| format!("fn number_{n}() {{}}\n");
        let parent: String = (0..lines).map(line).collect();
        let (from, to) = (from.index(lines), to.index(lines));
        let (from, to) = (from.min(to), from.max(to) + 1);
        let part = |range: std::ops::Range<usize>| range.map(line).collect::<String>();
        let put: String = put.iter().map(|words| format!("// {words}\n")).collect();
        let meant = format!("{}{put}{}", part(0..from), part(to..lines));
        let text = format!("prose\n{}prose", block(&part(from..to), &put));
        prop_assert_eq!(program(Form::Diff, &parent, &parent, &text), Ok(meant));
    }
}
