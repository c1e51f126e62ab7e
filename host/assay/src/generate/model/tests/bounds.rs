//! What strangers can do to a prompt: nothing outside of their fences, and no more than fits.

use super::{brief, hostile, parent};
use crate::generate::model::{
    About, Brief, Example, Failure, Form, Kind, MAX_PROMPT, Parent, Reference, Templates, Trouble,
};

#[test]
fn hostile_text_stays_inside_its_fence_and_the_prompt_within_its_bounds() {
    let text = hostile();
    assert!(text.len() > 1 << 20);
    let trouble = |kind| Trouble { kind, words: text.clone() };
    let vast = Brief {
        task: About {
            description: text.clone(),
            unit: text.clone(),
            interface: text.clone(),
            ..brief(Form::Diff).task
        },
        references: vec![Reference { name: text.clone(), score: 1.0 }],
        parents: vec![
            Parent {
                notes: text.clone(),
                failure: Some(trouble(Kind::Log)),
                metrics: [(text.clone(), 1.0)].into(),
                ..parent(&text)
            };
            2
        ],
        inspirations: vec![Example { source: text.clone(), score: 1.0 }; 3],
        failures: vec![Failure { source: text.clone(), trouble: trouble(Kind::Evaluator) }; 3],
        guidance: text.clone(),
        ..brief(Form::Diff)
    };
    let templates = Templates::shipped();
    for prompt in [
        templates.render_propose(&vast).unwrap(),
        templates.render_repair(&vast, &text, &text).unwrap(),
        templates.render_judge(&vast, &text).unwrap(),
    ] {
        assert!(prompt.bytes() <= MAX_PROMPT, "{}", prompt.bytes());
        assert!(!prompt.system.contains("Ignore previous"), "strangers have no word in the system's part");
        assert!(prompt.user.contains("[cut: "));
        for (line, fenced) in lines_in_fences(&prompt.user) {
            // A program keeps its bytes; words in a sentence stay on its line.
            let obeyed =
                line.starts_with("Ignore previous") || line.starts_with("<<<") || line.starts_with("---");
            assert!(fenced || !obeyed, "{line}");
        }
    }
}

/// Each line of `text`, and whether a reader of Markdown finds it in a fence.
fn lines_in_fences(text: &str) -> Vec<(&str, bool)> {
    let mut open = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match open {
            None if ticks >= 3 => open = Some(ticks),
            Some(length) if ticks >= length && line.len() == ticks => open = None,
            _ => lines.push((line, open.is_some())),
        }
    }
    assert_eq!(open, None, "every fence is closed");
    lines
}

#[test]
fn where_room_is_short_inspirations_go_first_and_failures_next() {
    let program = |mark: &str| format!("// {mark}\n{}", "// filler\n".repeat(500));
    let example = |n: usize| Example { source: program(&format!("inspiration {n}.")), score: 1.0 };
    let failure =
        |n: usize| Failure { source: format!("// failure {n}."), ..brief(Form::Diff).failures[0].clone() };
    let full = |inspirations, failures| Brief {
        parents: vec![parent(&program("parent 1."))],
        inspirations: (0..inspirations).map(example).collect(),
        failures: (0..failures).map(failure).collect(),
        ..brief(Form::Diff)
    };
    let templates = Templates::shipped();
    let user = |brief: &Brief| templates.render_propose(brief).unwrap().user;
    let some = user(&full(20, 3));
    let kept = (0..20).filter(|n| some.contains(&format!("inspiration {n}."))).count();
    assert!((4..12).contains(&kept) && some.contains(&format!("inspiration {}.", kept - 1)), "{kept}");
    assert!(some.contains("failure 2."));
    let few = user(&full(20, 400));
    let kept = (0..400).filter(|n| few.contains(&format!("failure {n}."))).count();
    assert!(!few.contains("inspiration 0.") && (100..400).contains(&kept), "{kept}");
    assert!(few.contains(&format!("failure {}.", kept - 1)) && few.contains("parent 1."));
    assert_eq!(few, user(&full(20, 400)), "always the same");
    let two = Brief {
        parents: vec![parent(&"// first\n".repeat(2600)), parent(&"// second\n".repeat(2400))],
        ..full(0, 0)
    };
    assert!(user(&two).contains("// first") && !user(&two).contains("// second"));
}
