//! Every smaller program that is one step away: what a winner is minimised by.
//!
//! The loop that evaluates walks down greedily: it takes the first of these that loses no score, and asks
//! again. The list is a function of the program alone and starts with the smallest result.

use std::collections::BTreeSet;

use syn::{Expr, Item, Stmt};

use super::clean;
use super::constants::rounder;
use super::expressions::parts;
use super::program::{Program, Region};
use super::sites::{Kind, Node, Role, Survey};
use super::statements::{makes, may_go, unwrapped, words};
use super::walk;
use super::work::{anchor, look_at};

/// Sites from which on the list holds neighbouring steps only, to stay linear in the program's size.
const MANY: usize = 200;

/// All programs that one reduction gives, each smaller or with shorter constants, smallest first.
#[must_use]
pub fn simplifications(program: &Program) -> Vec<Program> {
    let (region, globals, survey) = look_at(program);
    let edited = |at: usize, change: &dyn Fn(Node<'_>)| {
        let mut region = region.clone();
        walk::edit(&mut region, &globals, &program.outer.place, at, change);
        region
    };
    let mut found: Vec<Region> = Vec::new();
    for (at, site) in survey.sites.iter().enumerate() {
        if let Kind::Stmts(count) = site.kind {
            for place in 0..count {
                found.push(edited(at, &|node| {
                    if let Node::Stmts(stmts) = node
                        && may_go(stmts, place, &site.ty)
                    {
                        stmts.remove(place);
                    }
                }));
                found.push(edited(at, &|node| {
                    if let Node::Stmts(stmts) = node {
                        inline(stmts, place);
                    }
                }));
            }
            continue;
        }
        if matches!(site.role, Role::Value | Role::Receiver) {
            let mut parts = parts(site, at, &survey.sites);
            if survey.sites.len() > MANY {
                // Of parts inside parts only the outer ones: the inner ones are a step further.
                let inside = |part: usize, other: usize| part < other && part >= survey.sites[other].first;
                let all = parts.clone();
                parts.retain(|part| !all.iter().any(|other| inside(*part, *other)));
            }
            for part in parts {
                if let Some(new) = copy(program, &region, &globals, part)
                    && means_same(&new, &survey, part, at)
                {
                    found.push(edited(at, &|node| replace(node, &new)));
                }
            }
        }
        if site.kind == Kind::Literal && site.role != Role::Chain {
            let Some(old) = copy(program, &region, &globals, at) else { continue };
            for new in rounder(&old) {
                found.push(edited(at, &|node| replace(node, &new)));
            }
        } else if site.ty == super::types::Ty::Float("f64") && matches!(site.role, Role::Value) {
            // A whole sub-expression for a plain number.
            for value in [0.0, 1.0] {
                found.push(edited(at, &|node| replace(node, &super::build::float(value, ""))));
            }
        }
        if matches!(site.kind, Kind::If(_)) && site.role != Role::Constant {
            for second in [false, true] {
                found.push(edited(at, &|node| {
                    if let Node::Expr(expr) = node
                        && let Some(new) = unwrapped(expr, site, second)
                    {
                        *expr = new;
                    }
                }));
            }
        }
        if let Kind::Match(count) | Kind::Elements(super::sites::Shape::Free, count) = site.kind {
            for place in 0..count {
                found.push(edited(at, &|node| drop_one(node, place)));
            }
        }
    }
    found.extend(without_dead_items(&region));
    sorted(program, found)
}

fn replace(node: Node<'_>, new: &Expr) {
    if let Node::Expr(expr) = node {
        *expr = new.clone();
    }
}

fn drop_one(node: Node<'_>, place: usize) {
    match node {
        Node::Expr(Expr::Match(choice)) if choice.arms.len() > 1 => {
            choice.arms.remove(place);
        }
        Node::Expr(Expr::Array(array)) => {
            array.elems = std::mem::take(&mut array.elems)
                .into_iter()
                .enumerate()
                .filter(|(index, _)| *index != place)
                .map(|(_, element)| element)
                .collect();
        }
        _ => {}
    }
}

fn copy(program: &Program, region: &Region, globals: &super::globals::Globals, at: usize) -> Option<Expr> {
    let mut found = None;
    walk::edit(&mut region.clone(), globals, &program.outer.place, at, |node| {
        if let Node::Expr(expr) = node {
            found = Some(expr.clone());
        }
    });
    found
}

fn means_same(expr: &Expr, survey: &Survey, from: usize, to: usize) -> bool {
    let resolve =
        |at: usize, name: &str| super::infer::resolve(&survey.bindings, survey.sites[at].scope, name);
    super::globals::names(expr).iter().all(|name| resolve(from, name) == resolve(to, name))
}

/// Puts the value of a `let` where its only use is, if both are plain.
fn inline(stmts: &mut Vec<Stmt>, place: usize) {
    let Stmt::Local(local) = &stmts[place] else { return };
    let made = makes(&stmts[place]);
    let (Some(init), [name]) = (&local.init, made.as_slice()) else { return };
    if !clean::is_pure(&init.expr) {
        return;
    }
    struct Uses<'n>(&'n str, usize, Option<Expr>);
    impl syn::visit_mut::VisitMut for Uses<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            if matches!(expr, Expr::Path(path) if path.path.is_ident(self.0)) {
                self.1 += 1;
                if let Some(value) = &self.2 {
                    *expr = value.clone();
                }
                return;
            }
            syn::visit_mut::visit_expr_mut(self, expr);
        }
    }
    let value = (*init.expr).clone();
    let used: BTreeSet<String> = words(&value);
    let mut later: Vec<Stmt> = stmts[place + 1..].to_vec();
    let shadowed =
        later.iter().any(|stmt| makes(stmt).iter().any(|made| used.contains(made) || made == name));
    let mut uses = Uses(name, 0, None);
    for stmt in &mut later {
        syn::visit_mut::VisitMut::visit_stmt_mut(&mut uses, stmt);
    }
    if shadowed || uses.1 != 1 {
        return;
    }
    let mut uses = Uses(name, 0, Some(value));
    for stmt in &mut later {
        syn::visit_mut::VisitMut::visit_stmt_mut(&mut uses, stmt);
    }
    stmts.truncate(place);
    stmts.append(&mut later);
}

/// Regions without one private item that nothing else names.
fn without_dead_items(region: &Region) -> Vec<Region> {
    let Region::Items { attrs, items } = region else { return Vec::new() };
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let (name, private) = match item {
            Item::Fn(item) => (&item.sig.ident, matches!(item.vis, syn::Visibility::Inherited)),
            Item::Const(item) => (&item.ident, matches!(item.vis, syn::Visibility::Inherited)),
            Item::Static(item) => (&item.ident, matches!(item.vis, syn::Visibility::Inherited)),
            Item::Struct(item) => (&item.ident, matches!(item.vis, syn::Visibility::Inherited)),
            _ => continue,
        };
        let name = name.to_string();
        let others: Vec<Item> = items
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, item)| item.clone())
            .collect();
        if private && !others.iter().any(|other| words(other).contains(&name)) {
            found.push(Region::Items { attrs: attrs.clone(), items: others });
        }
    }
    found
}

/// Those that are smaller, each once, smallest first.
fn sorted(program: &Program, found: Vec<Region>) -> Vec<Program> {
    let own = (program.nodes(), program.text().len());
    let mut seen = BTreeSet::from([program.normalised()]);
    let mut list: Vec<((usize, usize), Program)> = Vec::new();
    for mut region in found {
        if region == program.region {
            continue;
        }
        clean::tidy(&mut region, program.folds());
        anchor(&mut region);
        let Some(reduced) = program.with_region(region) else { continue };
        let size = (reduced.nodes(), reduced.text().len());
        if (size.0 < own.0 || (size.0 == own.0 && size.1 < own.1)) && seen.insert(reduced.normalised()) {
            list.push((size, reduced));
        }
    }
    list.sort_by(|(a, one), (b, two)| a.cmp(b).then_with(|| one.text().cmp(two.text())));
    list.into_iter().map(|(_, program)| program).collect()
}
