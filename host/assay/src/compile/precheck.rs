//! Precheck: what is refused before a compiler, or any parser that recurses, sees a source text.
//!
//! Two things. Brackets nested so deep that parsers overflow their stacks. And words that read other files or the
//! environment: the walls around the compiler leave nothing to read, but a refused `open` shows in the diagnostics, and
//! differs from platform to platform; here the answer is the same everywhere.

use proc_macro2::{TokenStream, TokenTree};

/// How deep brackets may nest. Counted in the raw text, strings and comments included.
const NESTING: usize = 256;

/// Macros that bring in what is not in the source.
const READS: [&str; 5] = ["include", "include_bytes", "include_str", "env", "option_env"];

/// Why this text is not compiled, if it isn't.
pub(super) fn refuse(source: &str) -> Option<String> {
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > NESTING {
        return Some(format!("its brackets nest {deepest} deep; at most {NESTING} are looked at"));
    }
    // What is not even tokens is the compiler's to explain.
    let word = forbidden(tokens(source)?)?;
    Some(format!("`{word}` reads what is not in the source; an agent is one self-contained file"))
}

/// A source's tokens, if it is made of them. Nobody asks for their places, for which the lexer keeps each text that it reads
/// in this thread: it forgets them here.
pub(super) fn tokens(source: &str) -> Option<TokenStream> {
    let tokens = source.parse().ok();
    proc_macro2::extra::invalidate_current_thread_spans();
    tokens
}

fn forbidden(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter().peekable();
    let mut attribute = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(name) => {
                let name = name.to_string();
                let name = name.strip_prefix("r#").unwrap_or(&name);
                // Called, or given another name to be called by.
                let called = match tokens.peek() {
                    Some(TokenTree::Punct(next)) => next.as_char() == '!',
                    Some(TokenTree::Ident(next)) => next == "as",
                    _ => false,
                };
                let alone = ["include_bytes", "include_str", "option_env"].contains(&name);
                if READS.contains(&name) && (called || alone) {
                    return Some(format!("{name}!"));
                }
                attribute = false;
            }
            TokenTree::Group(group) => {
                let inside = group.stream();
                if attribute
                    && let Some(TokenTree::Ident(name)) = inside.clone().into_iter().next()
                    && name == "path"
                {
                    return Some("#[path]".into());
                }
                if let Some(word) = forbidden(inside) {
                    return Some(word);
                }
                attribute = false;
            }
            TokenTree::Punct(mark) => {
                attribute = mark.as_char() == '#' || (attribute && mark.as_char() == '!')
            }
            TokenTree::Literal(_) => attribute = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_other_files_is_refused_however_it_is_written() {
        for source in [
            "fn f() { include_str!(\"/etc/passwd\"); }",
            "use std::include_str as x; fn f() { x!(\"/etc/passwd\"); }",
            "use std::{include as x}; fn f() {}",
            "const K: &str = env!(\"KEY\");",
            "macro_rules! m { () => { [r#include_bytes ! (\"k\")] } }",
            "#[path = \"/etc/passwd\"] mod m;",
            "fn f() { let _ = core::option_env!(\"KEY\"); }",
        ] {
            assert!(refuse(source).is_some_and(|why| why.contains("self-contained")), "{source}");
        }
    }

    #[test]
    fn ordinary_words_are_not() {
        let source = "use std::path::Path; #[derive(Clone)] struct S { env: u8 } fn include(path: &Path, env: u8) -> u8 { env }";
        assert_eq!(refuse(source), None);
        assert_eq!(refuse("fn f() { \"unfinished"), None, "the compiler explains");
    }

    #[test]
    fn deep_nesting_is_refused_before_anything_recurses() {
        let deep = |depth: usize| format!("fn f() -> u8 {{ {}1{} }}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(refuse(&deep(200)), None);
        assert!(refuse(&deep(100_000)).is_some_and(|why| why.contains("100001 deep")));
    }

    /// The lexer numbers the bytes of all texts that it keeps one after the other.
    #[test]
    fn the_lexer_keeps_no_text_after_it_was_read() {
        let first = || {
            let tokens: TokenStream = "one".parse().unwrap();
            let place = format!("{:?}", tokens.into_iter().next().unwrap().span());
            proc_macro2::extra::invalidate_current_thread_spans();
            place
        };
        let before = first();
        for _ in 0..100 {
            assert!(tokens("fn f() {}").is_some() && tokens("fn f() { \"").is_none());
        }
        assert_eq!(first(), before);
        let after = |programs: usize| {
            for _ in 0..programs {
                crate::generate::mutate::Program::parse("fn f() {}").ok();
            }
            first()
        };
        assert_eq!(after(100), after(1));
    }
}
