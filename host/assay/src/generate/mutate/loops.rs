//! Operators for programs that work in rounds.
//!
//! A program that does something once gets better by doing it again from where it got to. That takes two steps:
//! a loop around what is done (`repeat-statement`), and inside of it the result so far where the beginning stood
//! (`change-reference`). `unroll-loop` is the way back. Formulas gain nothing by them, so they are drawn only where
//! a task or a caller asks for loops.

use std::collections::BTreeSet;

use proc_macro2::Literal;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprForLoop, Pat, Stmt, Token};

use super::build::path;
use super::choose::{below, one};
use super::expressions::has_unknown;
use super::infer::{Group, group, visible};
use super::sites::{Kind, Role};
use super::statements::{is_tail, leaves, makes, pick_block, words};
use super::types::Ty;
use super::work::Work;

/// Most statements that a new loop goes around.
const LONGEST: usize = 8;

/// A statement, or several in a row, are done two to eight times.
pub(super) fn repeat_statement(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 1) else { return false };
    let (from, to) = (below(work.rng, usize::MAX), below(work.rng, usize::MAX));
    let (rounds, ty) = (2 + below(work.rng, 7), work.site(at).ty);
    work.change_stmts(at, |stmts| {
        let from = from % stmts.len();
        let ends = ends(stmts, from, &ty);
        let Some(to) = ends.get(to % ends.len().max(1)).copied() else { return false };
        let body: Vec<Stmt> = stmts.drain(from..to).collect();
        stmts.insert(from, Stmt::Expr(Expr::ForLoop(repeated(rounds, body)), None));
        true
    })
}

/// Where a loop that begins in front of a statement may end: a second round can change something, control comes out of
/// what it goes around, and nothing behind needs what that makes.
fn ends(stmts: &[Stmt], from: usize, block: &Ty) -> Vec<usize> {
    let fits = |to: &usize| {
        let run = &stmts[from..*to];
        let tail = *to == stmts.len() && is_tail(stmts, to - 1) && *block != Ty::Unit;
        let plain = run.iter().all(|stmt| !leaves(stmt) && !matches!(stmt, Stmt::Item(_)));
        !tail && plain && goes_on(run) && !needed(run, &stmts[*to..])
    };
    (from + 1..=stmts.len().min(from + LONGEST)).filter(fits).collect()
}

/// Whether statements may do more when they are done again. Setting variables to what others hold does not, and what
/// a `let` makes is gone with the round.
fn goes_on(run: &[Stmt]) -> bool {
    struct GoesOn(bool);
    impl<'ast> Visit<'ast> for GoesOn {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            // `Some(x)` builds, `f(x)` may act.
            let name = match &*call.func {
                Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
                _ => None,
            };
            self.0 |= name.is_none_or(|name| name.starts_with(char::is_lowercase));
            visit::visit_expr_call(self, call);
        }

        fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
            self.0 |= !words(&assign.left).is_disjoint(&words(&assign.right));
            visit::visit_expr_assign(self, assign);
        }

        fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
            self.0 |= group(&binary.op) == Group::Assign;
            visit::visit_expr_binary(self, binary);
        }

        fn visit_stmt(&mut self, stmt: &'ast Stmt) {
            self.0 |= matches!(stmt, Stmt::Macro(_) | Stmt::Expr(Expr::MethodCall(_), _));
            visit::visit_stmt(self, stmt);
        }
    }
    let mut goes_on = GoesOn(false);
    run.iter().for_each(|stmt| goes_on.visit_stmt(stmt));
    goes_on.0 && run.iter().any(|stmt| !matches!(stmt, Stmt::Local(_)))
}

/// Whether later statements name what these make.
fn needed(made_by: &[Stmt], later: &[Stmt]) -> bool {
    let words: BTreeSet<String> = later.iter().flat_map(words).collect();
    made_by.iter().flat_map(makes).any(|name| words.contains(&name))
}

/// `for _ in 0..rounds { body }`.
fn repeated(rounds: usize, body: Vec<Stmt>) -> ExprForLoop {
    let rounds = Literal::usize_unsuffixed(rounds);
    let mut repeat: ExprForLoop = syn::parse_quote!(for _ in 0..#rounds {});
    repeat.body.stmts = body;
    repeat
}

/// `let pat = value;`
fn local(pat: &Pat, value: &Expr) -> Stmt {
    let mut local: Stmt = syn::parse_quote!(let _ = 0;);
    if let Stmt::Local(syn::Local { pat: to, init: Some(init), .. }) = &mut local {
        // Put in as trees: tokens would lose what their parentheses meant.
        (*to, *init.expr) = (pat.clone(), value.clone());
    }
    local
}

/// A loop over a range gives way to its body, done once.
pub(super) fn unroll_loop(work: &mut Work<'_>) -> bool {
    let Some(at) = pick_block(work, 1) else { return false };
    let place = below(work.rng, usize::MAX);
    work.change_stmts(at, |stmts| {
        let loops: Vec<(usize, Vec<Stmt>)> =
            (0..stmts.len()).filter_map(|index| Some((index, once(&stmts[index])?))).collect();
        let Some((index, body)) = loops.get(place % loops.len().max(1)).cloned() else { return false };
        let fits = !needed(&body, &stmts[index + 1..]);
        if fits {
            stmts.splice(index..=index, body);
        }
        fits
    })
}

/// What one round of a loop over a range does, its variable at the first value.
fn once(stmt: &Stmt) -> Option<Vec<Stmt>> {
    let Stmt::Expr(Expr::ForLoop(ExprForLoop { label: None, pat, expr, body, .. }), _) = stmt else {
        return None;
    };
    let Expr::Range(syn::ExprRange { start: Some(start), .. }) = &**expr else { return None };
    if jumps(body) {
        return None;
    }
    let mut stmts = Vec::new();
    if let Pat::Ident(name) = &**pat
        && words(body).contains(&name.ident.to_string())
    {
        stmts.push(local(pat, start));
    }
    stmts.extend(body.stmts.iter().cloned());
    // The loop's body had no value, so its last expression has none, or it is given up.
    if let Some(Stmt::Expr(last, semi @ None)) = stmts.last_mut()
        && !matches!(last, Expr::If(_) | Expr::Match(_) | Expr::ForLoop(_) | Expr::While(_) | Expr::Block(_))
    {
        *semi = Some(<Token![;]>::default());
    }
    Some(stmts)
}

/// Whether a body leaves its own loop, or begins the next round early.
fn jumps(body: &Block) -> bool {
    struct Jumps(bool);
    impl<'ast> Visit<'ast> for Jumps {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Break(_) | Expr::Continue(_) => self.0 = true,
                // Jumps in there are those of the inner loop.
                Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {}
                _ => visit::visit_expr(self, expr),
            }
        }
    }
    let mut jumps = Jumps(false);
    jumps.visit_block(body);
    jumps.0
}

/// `&a` becomes `&b`, of one type. Other operators move values that are copied, and no texts or lists; what is only
/// lent can be exchanged whatever it is.
pub(super) fn change_reference(work: &mut Work<'_>) -> bool {
    let sites = &work.survey.sites;
    let lent: Vec<usize> = (1..sites.len())
        .filter(|at| sites[*at].kind == Kind::Reference && sites[*at].first + 1 == *at)
        .map(|at| at - 1)
        .filter(|inner| {
            let site = &sites[*inner];
            site.kind == Kind::Path && site.role == Role::Value && !has_unknown(&site.ty)
        })
        .collect();
    let Some(at) = one(work.rng, &lent).copied() else { return false };
    let site = work.site(at);
    let fitting: Vec<String> = visible(&work.survey.bindings, site.scope)
        .into_iter()
        .map(|index| &work.survey.bindings[index])
        // A name that begins with an underscore says that it is not used.
        .filter(|binding| binding.ty == site.ty && !binding.name.starts_with('_'))
        .map(|binding| binding.name.clone())
        .collect();
    match one(work.rng, &fitting) {
        Some(name) => work.put(at, path(&[name])),
        None => false,
    }
}
