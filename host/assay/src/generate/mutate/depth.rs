//! A bound on how deep a text can nest, taken from its tokens before any parser sees it.
//!
//! Parsers, printers and destructors of syntax trees recurse, and a stack that overflows is no error but
//! the end of the process. Brackets are not all: `!!!!x`, `a+b+c…` and `a.b().c()…` nest one level per
//! token. So each token since the last separator counts as a level, on top of those of the brackets
//! around it. That is far above the true depth, and ordinary code stays far below the bound.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Levels that fit a test thread's 2 MiB of stack in an unoptimised build, with room to spare.
const MAX_LEVELS: usize = 320;

/// Whether trees of this text are shallow enough for recursive code.
pub(super) fn is_shallow(tokens: &TokenStream) -> bool {
    let mut open = vec![(tokens.clone().into_iter().peekable(), 0_usize, 0_usize)];
    while let Some((trees, base, run)) = open.last_mut() {
        let Some(tree) = trees.next() else {
            open.pop();
            continue;
        };
        if *base + *run > MAX_LEVELS {
            return false;
        }
        match tree {
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => *run = 0,
            TokenTree::Group(group) => {
                let level = *base + *run + 1;
                *run += 1;
                // A block ends a statement or an item, unless the expression goes on behind it.
                let ends = match trees.peek() {
                    None => true,
                    Some(TokenTree::Ident(next)) => next != "else",
                    Some(TokenTree::Punct(next)) => next.as_char() == '#',
                    Some(_) => false,
                };
                if group.delimiter() == Delimiter::Brace && ends {
                    *run = 0;
                }
                if level > MAX_LEVELS {
                    return false;
                }
                open.push((group.stream().into_iter().peekable(), level, 0));
            }
            _ => *run += 1,
        }
    }
    true
}
