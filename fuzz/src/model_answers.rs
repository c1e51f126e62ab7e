//! Answers of language models: what may become a program, and what is shown of strangers' words in a prompt.
//!
//! A program that comes out is another one than the parent and equal to it outside of the evolving region; words stand in
//! fences that they can't close.

use assay::generate::model::{Form, opinion, program};
use assay::generate::mutate::same_outside;
use assay::prompt::fence;

/// `data` is the parent, and after the first zero byte the answer.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (parent, answer) = text.split_once('\0').unwrap_or(("", &text));
    for form in [Form::Rewrite, Form::Diff] {
        match program(form, parent, parent, answer) {
            Ok(source) => assert!(source != parent && same_outside(parent, &source)),
            Err(reason) => assert!(!reason.to_string().is_empty() && !reason.name().is_empty()),
        }
    }
    if let Ok(score) = opinion(answer) {
        assert!((0.0..=10.0).contains(&score));
    }
    let words = fence::data("answer", answer, 1000);
    assert!(!words.chars().any(fence::is_hidden));
    for fenced in [words, fence::program(answer, 1000)] {
        let ticks = fenced.len() - fenced.trim_start_matches('`').len();
        assert_eq!(fenced.matches(&"`".repeat(ticks)).count(), 2);
    }
}
