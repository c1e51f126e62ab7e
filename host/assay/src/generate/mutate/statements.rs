//! Operators on sequences: statements of a block, arms of a `match`, elements of an array, branches of an `if`.
//!
//! A statement moves or goes only where no variable is named before it is made.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Expr, Pat, Stmt, Token};

use super::build::{self, binary, block, if_else, operator, path};
use super::choose::{below, chance, one};
use super::infer::visible;
use super::sites::{Kind, Role, Shape, Site};
use super::types::Ty;
use super::walk::{has_let, take};
use super::work::Work;

/// All words of a piece of code, those inside format strings included.
pub(super) fn words(code: &impl ToTokens) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<TokenStream> = vec![code.to_token_stream()];
    while let Some(stream) = open.pop() {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => open.push(group.stream()),
                TokenTree::Ident(ident) => {
                    found.insert(ident.to_string());
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let pieces = text.split('{').skip(1);
                    found.extend(pieces.map(|piece| {
                        piece
                            .chars()
                            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                            .collect()
                    }));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
    found
}

/// The names that a statement makes.
pub(super) fn makes(stmt: &Stmt) -> Vec<String> {
    struct Bound(Vec<String>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
            self.0.push(pat.ident.to_string());
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    match stmt {
        Stmt::Local(local) => {
            let mut bound = Bound(Vec::new());
            bound.visit_pat(&local.pat);
            bound.0
        }
        Stmt::Item(item) => words(item).into_iter().collect(),
        _ => Vec::new(),
    }
}

pub(super) fn is_tail(stmts: &[Stmt], at: usize) -> bool {
    at + 1 == stmts.len() && matches!(stmts[at], Stmt::Expr(_, None))
}

/// Whether control never comes out of the statement the usual way.
pub(super) fn leaves(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Loop(_), _))
}

/// Whether a statement may go: nothing behind it uses what it makes, and the block's value does not hang on it.
pub(super) fn may_go(stmts: &[Stmt], at: usize, block: &Ty) -> bool {
    let tail = is_tail(stmts, at) && *block != Ty::Unit;
    let last = at + 1 == stmts.len() && leaves(&stmts[at]) && *block != Ty::Unit;
    let made = makes(&stmts[at]);
    let used = stmts[at + 1..].iter().any(|later| {
        let words = words(later);
        made.iter().any(|name| words.contains(name))
    });
    !tail && !last && !used
}

/// Whether two neighbouring statements may change places.
fn may_swap(first: &Stmt, second: &Stmt) -> bool {
    let clash = |maker: &Stmt, user: &Stmt| {
        let words = words(user);
        makes(maker).iter().any(|name| words.contains(name))
    };
    !clash(first, second) && !clash(second, first) && !leaves(first) && !leaves(second)
}

pub(super) fn pick_block(work: &mut Work<'_>, least: usize) -> Option<usize> {
    work.pick(|site| matches!(site.kind, Kind::Stmts(count) if count >= least))
}

pub(super) fn swap_statements(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 2) else { return false };
    let place = below(work.rng, usize::MAX);
    work.change_stmts(at, |stmts| {
        let first = place % (stmts.len() - 1);
        let fits = !is_tail(stmts, first + 1)
            && stmts[first] != stmts[first + 1]
            && may_swap(&stmts[first], &stmts[first + 1]);
        if fits {
            stmts.swap(first, first + 1);
        }
        fits
    })
}

pub(super) fn move_statement(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 3) else { return false };
    let (from, to) = (below(work.rng, usize::MAX), below(work.rng, usize::MAX));
    work.change_stmts(at, |stmts| {
        let movable = stmts.len() - usize::from(is_tail(stmts, stmts.len() - 1));
        let (from, to) = (from % movable, to % movable);
        let between = if from < to { from + 1..to + 1 } else { to..from };
        if from == to || !stmts[between].iter().all(|other| may_swap(&stmts[from], other)) {
            return false;
        }
        let moved = stmts.remove(from);
        stmts.insert(to, moved);
        true
    })
}

pub(super) fn delete_statement(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 1) else { return false };
    let (place, ty) = (below(work.rng, usize::MAX), work.site(at).ty);
    work.change_stmts(at, |stmts| {
        let place = place % stmts.len();
        let fits = may_go(stmts, place, &ty) && !matches!(stmts[place], Stmt::Item(_));
        if fits {
            stmts.remove(place);
        }
        fits
    })
}

pub(super) fn duplicate_statement(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 1) else { return false };
    let place = below(work.rng, usize::MAX);
    work.change_stmts(at, |stmts| {
        let place = place % stmts.len();
        let fits =
            matches!(stmts[place], Stmt::Expr(_, Some(_)) | Stmt::Expr(Expr::If(_) | Expr::ForLoop(_), _))
                && !is_tail(stmts, place)
                && !leaves(&stmts[place]);
        if fits {
            stmts.insert(place + 1, stmts[place].clone());
        }
        fits
    })
}

/// A new statement: an assignment to a variable that can be changed, or an early return.
pub(super) fn insert_statement(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 0) else { return false };
    let site = work.site(at);
    let assignable: Vec<(String, Ty)> = visible(&work.survey.bindings, site.scope)
        .into_iter()
        .map(|index| &work.survey.bindings[index])
        .filter(|binding| binding.mutable && binding.ty.is_drawable())
        .map(|binding| (binding.name.clone(), binding.ty.clone()))
        .collect();
    let around = work.survey.functions[site.function].returns.clone();
    let depth = work.depth().min(1);
    let new = if let Some((name, ty)) = one(work.rng, &assignable).cloned()
        && chance(work.rng, 0.7)
    {
        let Some(value) = work.draw(at, &ty, depth) else { return false };
        let value = match (&ty, chance(work.rng, 0.5)) {
            (Ty::Float(_), true) => {
                binary(path(&[&name]), operator(["+", "-", "*"][below(work.rng, 3)]), value)
            }
            (Ty::Int(_), true) => build::method(path(&[&name]), "wrapping_add", vec![value]),
            _ => value,
        };
        Expr::Assign(syn::ExprAssign {
            attrs: Vec::new(),
            left: Box::new(path(&[&name])),
            eq_token: <Token![=]>::default(),
            right: Box::new(value),
        })
    } else {
        let Some(ty) = around.filter(Ty::is_drawable) else { return false };
        let (Some(cond), Some(value)) = (work.draw(at, &Ty::Bool, 1), work.draw(at, &ty, depth)) else {
            return false;
        };
        let jump = Expr::Return(syn::ExprReturn {
            attrs: Vec::new(),
            return_token: <Token![return]>::default(),
            expr: Some(Box::new(value)),
        });
        if_else(cond, block(vec![Stmt::Expr(jump, Some(<Token![;]>::default()))]), None)
    };
    let semi = (!matches!(new, Expr::If(_))).then(<Token![;]>::default);
    let place = below(work.rng, usize::MAX);
    work.change_stmts(at, |stmts| {
        let room =
            stmts.len() + usize::from(!stmts.last().is_some_and(|stmt| matches!(stmt, Stmt::Expr(_, None))));
        stmts.insert(place % room.max(1), Stmt::Expr(new, semi));
        true
    })
}

/// A statement becomes conditional.
pub(super) fn guard_statement(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 1) else { return false };
    let Some(cond) = work.draw(at, &Ty::Bool, 1) else { return false };
    let place = below(work.rng, usize::MAX);
    work.change_stmts(at, |stmts| {
        let place = place % stmts.len();
        let fits = matches!(stmts[place], Stmt::Expr(_, Some(_))) && place + 1 < stmts.len();
        if fits {
            let inner = stmts[place].clone();
            stmts[place] = Stmt::Expr(if_else(cond, block(vec![inner]), None), None);
        }
        fits
    })
}

/// An `if` gives way to one of its branches.
pub(super) fn unwrap_if(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| matches!(site.kind, Kind::If(_)) && site.role != Role::Constant) else {
        return false;
    };
    let (second, site) = (chance(work.rng, 0.5), work.site(at));
    work.change(at, |expr| {
        unwrapped(expr, &site, second).is_some_and(|new| {
            *expr = new;
            true
        })
    })
}

/// The branch that takes the place of an `if`.
pub(super) fn unwrapped(expr: &Expr, site: &Site, second: bool) -> Option<Expr> {
    let Expr::If(branch) = expr else { return None };
    if has_let(&branch.cond) {
        return None;
    }
    let whole = |block: &syn::Block| match super::clean::single(block) {
        // An `else` has to keep its braces.
        Some(inner) if matches!(site.role, Role::Value | Role::Receiver) => inner.clone(),
        _ => Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: block.clone() }),
    };
    match &branch.else_branch {
        Some((_, other)) if second => Some(match &**other {
            Expr::Block(other) => whole(&other.block),
            other => other.clone(),
        }),
        None if site.role != Role::Statement => None,
        _ => Some(whole(&branch.then_branch)),
    }
}

fn is_catch_all(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) => true,
        Pat::Ident(pat) => pat.subpat.is_none() && !pat.ident.to_string().starts_with(char::is_uppercase),
        _ => false,
    }
}

fn pick_match(work: &mut Work<'_>) -> Option<usize> {
    work.pick(|site| matches!(site.kind, Kind::Match(arms) if arms >= 2))
}

/// Two arms exchange their places, so an earlier pattern catches first.
pub(super) fn swap_arms(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_match(work) else { return false };
    let (first, bodies) = (below(work.rng, usize::MAX), chance(work.rng, 0.5));
    work.change(at, |expr| {
        let Expr::Match(choice) = expr else { return false };
        let first = first % (choice.arms.len() - 1);
        let bound = |pat: &Pat| words(pat).iter().any(|word| word.starts_with(char::is_lowercase));
        if bodies {
            // Bodies move only between patterns that bind nothing.
            let (one, two) = (choice.arms[first].clone(), choice.arms[first + 1].clone());
            if bound(&one.pat) || bound(&two.pat) || one.body == two.body {
                return false;
            }
            choice.arms[first].body = two.body;
            choice.arms[first + 1].body = one.body;
        } else {
            if is_catch_all(&choice.arms[first + 1].pat) {
                return false;
            }
            choice.arms.swap(first, first + 1);
        }
        true
    })
}

/// An arm goes where another one catches all.
pub(super) fn delete_arm(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_match(work) else { return false };
    let place = below(work.rng, usize::MAX);
    work.change(at, |expr| {
        let Expr::Match(choice) = expr else { return false };
        let place = place % choice.arms.len();
        let caught =
            choice.arms.iter().enumerate().any(|(index, arm)| index != place && is_catch_all(&arm.pat));
        if caught {
            choice.arms.remove(place);
        }
        caught
    })
}

/// A guard is put on an arm, or taken off.
pub(super) fn change_guard(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_match(work) else { return false };
    let Some(cond) = work.draw(at, &Ty::Bool, 1) else { return false };
    let place = below(work.rng, usize::MAX);
    work.change(at, |expr| {
        let Expr::Match(choice) = expr else { return false };
        let last = choice.arms.len() - 1;
        let Some(arm) = choice.arms.get_mut(place % last.max(1)) else { return false };
        match &mut arm.pat {
            Pat::Guard(guarded) => arm.pat = (*guarded.pat).clone(),
            plain => {
                let pat = Box::new(plain.clone());
                let guard = Box::new(cond);
                *plain = Pat::Guard(syn::PatGuard {
                    attrs: Vec::new(),
                    pat,
                    if_token: <Token![if]>::default(),
                    guard,
                });
            }
        }
        true
    })
}

const ANY: &[Shape] = &[Shape::Free, Shape::Fixed];

/// Changes the elements of an array or `vec!`.
fn change_elements(
    work: &mut Work<'_>,
    shapes: &[Shape],
    least: usize,
    change: impl FnOnce(&mut Vec<Expr>, usize, usize) -> bool,
) -> bool {
    let Some(at) = work.pick(|site| match site.kind {
        Kind::Elements(shape, count) => count >= least && shapes.contains(&shape),
        _ => false,
    }) else {
        return false;
    };
    let (first, second) = (below(work.rng, usize::MAX), below(work.rng, usize::MAX));
    work.change(at, |expr| {
        let Expr::Array(array) = expr else { return false };
        let mut elements: Vec<Expr> = std::mem::take(&mut array.elems).into_iter().collect();
        let count = elements.len().max(1);
        let done = change(&mut elements, first % count, second % count);
        array.elems = elements.into_iter().collect::<Punctuated<_, _>>();
        done
    })
}

pub(super) fn swap_elements(work: &mut Work<'_>) -> bool {
    change_elements(work, ANY, 2, |elements, first, second| {
        let differs = elements[first] != elements[second];
        elements.swap(first, second);
        differs
    })
}

pub(super) fn move_element(work: &mut Work<'_>) -> bool {
    change_elements(work, ANY, 3, |elements, from, to| {
        let moved = elements.remove(from);
        elements.insert(to.min(elements.len()), moved);
        from != to
    })
}

pub(super) fn delete_element(work: &mut Work<'_>) -> bool {
    change_elements(work, &[Shape::Free], 1, |elements, first, _| {
        elements.remove(first);
        true
    })
}

/// An element is doubled; the copy goes anywhere.
pub(super) fn duplicate_element(work: &mut Work<'_>) -> bool {
    change_elements(work, &[Shape::Free], 1, |elements, from, to| {
        let copy = elements[from].clone();
        elements.insert(to, copy);
        true
    })
}

/// The two sides of a pair change places.
pub(super) fn swap_pair(work: &mut Work<'_>) -> bool {
    let same = |ty: &Ty| matches!(ty, Ty::Tuple(parts) if parts.len() == 2 && parts[0] == parts[1] && parts[0] != Ty::Unknown);
    let Some(at) = work.pick(|site| matches!(site.kind, Kind::Elements(Shape::Tuple, 2)) && same(&site.ty))
    else {
        return false;
    };
    work.change(at, |expr| match expr {
        Expr::Tuple(pair) if pair.elems[0] != pair.elems[1] => {
            let first = take(&mut pair.elems[0]);
            let second = std::mem::replace(&mut pair.elems[1], first);
            pair.elems[0] = second;
            true
        }
        _ => false,
    })
}
