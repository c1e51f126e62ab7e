//! Operators on expressions: operators changed, parts replaced, grown, shrunk and exchanged.

use syn::{BinOp, Expr, UnOp};

use super::build::{self, binary, if_else, operator, tail};
use super::choose::{below, chance, one};
use super::infer::Group;
use super::sites::{Kind, Node, Role, Site};
use super::types::Ty;
use super::walk::{self, take};
use super::work::{Work, is_replaceable, look_at};

fn symbol(op: &BinOp) -> &'static str {
    match op {
        BinOp::Add(_) => "+",
        BinOp::Sub(_) => "-",
        BinOp::Mul(_) => "*",
        BinOp::Div(_) => "/",
        BinOp::Rem(_) => "%",
        BinOp::BitAnd(_) => "&",
        BinOp::BitOr(_) => "|",
        BinOp::BitXor(_) => "^",
        BinOp::AddAssign(_) => "+=",
        BinOp::SubAssign(_) => "-=",
        BinOp::MulAssign(_) => "*=",
        BinOp::BitXorAssign(_) => "^=",
        BinOp::Eq(_) => "==",
        BinOp::Ne(_) => "!=",
        BinOp::Lt(_) => "<",
        BinOp::Le(_) => "<=",
        BinOp::Gt(_) => ">",
        BinOp::Ge(_) => ">=",
        _ => "",
    }
}

/// Replaces the operator of a site by another one of the list.
fn change_symbol(work: &mut Work<'_>, at: usize, from: &[&str]) -> bool {
    let Some(new) = one(work.rng, from).copied() else { return false };
    work.change(at, |expr| match expr {
        Expr::Binary(binary) if symbol(&binary.op) != new => {
            binary.op = operator(new);
            true
        }
        _ => false,
    })
}

/// `+` becomes `-`, `&` becomes `|` and so on. No division of integers comes in this way: it could trap.
pub(super) fn change_arithmetic(work: &mut Work<'_>) -> bool {
    let groups = [Kind::Binary(Group::Arithmetic), Kind::Binary(Group::Bits), Kind::Update];
    let Some(at) = work.pick(|site| groups.contains(&site.kind)) else { return false };
    let site = work.site(at);
    let list: &[&str] = match (&site.kind, &site.ty) {
        (Kind::Update, _) => &["+=", "-=", "*="],
        (_, Ty::Float(_)) => &["+", "-", "*", "/"],
        (_, Ty::Int(_)) => &["+", "-", "*", "&", "|", "^"],
        (_, Ty::Bool) => &["&", "|", "^"],
        _ => &["+", "-", "*"],
    };
    change_symbol(work, at, list)
}

/// `<` becomes `<=`, `==` becomes `!=`: ordering only where values are ordered.
pub(super) fn change_comparison(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.kind == Kind::Binary(Group::Comparison)) else { return false };
    let ordered = matches!(work.expr(at), Some(Expr::Binary(binary))
        if !matches!(binary.op, BinOp::Eq(_) | BinOp::Ne(_)));
    let numbers = work.survey.sites[work.site(at).first..at].iter().any(|site| site.ty.is_number());
    let list: &[&str] = match (ordered, numbers) {
        (true, false) => &["<", "<=", ">", ">="],
        (false, false) => &["==", "!="],
        _ => &["<", "<=", ">", ">=", "==", "!="],
    };
    change_symbol(work, at, list)
}

/// `&&` becomes `||` and the other way round.
pub(super) fn change_connective(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.kind == Kind::Binary(Group::Logic)) else { return false };
    work.change(at, |expr| match expr {
        Expr::Binary(binary) => {
            binary.op = operator(if matches!(binary.op, BinOp::And(_)) { "||" } else { "&&" });
            true
        }
        _ => false,
    })
}

/// A truth value is turned around.
pub(super) fn negate(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.ty == Ty::Bool && is_replaceable(site)) else { return false };
    work.change(at, |expr| {
        *expr = build::not(take(expr));
        true
    })
}

/// `a - b` becomes `b - a`.
pub(super) fn swap_operands(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| {
        matches!(site.kind, Kind::Binary(Group::Arithmetic | Group::Comparison)) && site.ty.is_drawable()
    }) else {
        return false;
    };
    work.change(at, |expr| match expr {
        Expr::Binary(binary) if binary.left != binary.right => {
            std::mem::swap(&mut binary.left, &mut binary.right);
            true
        }
        _ => false,
    })
}

/// Another variable of the same type.
pub(super) fn change_variable(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.kind == Kind::Path && site.ty.is_copy() && is_replaceable(site))
    else {
        return false;
    };
    let ty = work.site(at).ty;
    match work.grammar(at).variable(&ty) {
        Some(new) => work.put(at, new),
        None => false,
    }
}

/// A method becomes another one of its kind.
pub(super) fn change_method(work: &mut Work<'_>) -> bool {
    const FLOATS: [&str; 9] = ["abs", "sqrt", "floor", "ceil", "round", "exp", "tanh", "ln_1p", "signum"];
    const INTEGERS: [&str; 6] =
        ["wrapping_add", "wrapping_sub", "wrapping_mul", "saturating_sub", "saturating_add", "min"];
    const LETTERS: [&str; 5] =
        ["is_ascii_digit", "is_alphabetic", "is_whitespace", "is_alphanumeric", "is_ascii_punctuation"];
    const ENDS: [&str; 3] = ["starts_with", "ends_with", "contains"];
    const TRIMS: [&str; 3] = ["trim", "trim_start", "trim_end"];
    const LISTS: [&[&str]; 7] =
        [&["min", "max"], &["first", "last"], &FLOATS, &INTEGERS, &LETTERS, &ENDS, &TRIMS];
    let list = |site: &Site| match &site.kind {
        Kind::Method(name) => LISTS.iter().find(|list| list.contains(&name.as_str())).copied(),
        _ => None,
    };
    let Some(at) = work.pick(|site| list(site).is_some()) else { return false };
    let Some(new) = list(&work.site(at)).and_then(|list| one(work.rng, list)) else { return false };
    work.change(at, |expr| match expr {
        Expr::MethodCall(call) if call.method != new => {
            call.method = build::ident(new);
            true
        }
        _ => false,
    })
}

/// A part is replaced by a fresh draw.
pub(super) fn draw(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.ty.is_drawable() && is_replaceable(site)) else { return false };
    let depth = work.depth();
    let ty = work.site(at).ty;
    match work.draw(at, &ty, depth) {
        Some(new) => work.put(at, new),
        None => false,
    }
}

/// A part becomes an operand of something new, so that what was found stays inside what grows.
pub(super) fn grow(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.ty.is_drawable() && site.ty != Ty::Char && is_replaceable(site))
    else {
        return false;
    };
    let ty = work.site(at).ty;
    let depth = work.depth();
    let Some(other) = work.draw(at, &ty, depth) else { return false };
    let Some(old) = work.expr(at) else { return false };
    let first = chance(work.rng, 0.7);
    let choice = below(work.rng, 10);
    let (left, right) = if first { (old, other) } else { (other, old) };
    let new = match &ty {
        Ty::Float(_) => match choice {
            0 | 1 => binary(left, operator("+"), right),
            2 | 3 => binary(left, operator("-"), right),
            4 | 5 => binary(left, operator("*"), right),
            6 => binary(left, operator("/"), right),
            7 => build::method(left, if chance(work.rng, 0.5) { "min" } else { "max" }, vec![right]),
            _ => work.grammar(at).unary(if first { left } else { right }),
        },
        Ty::Int(_) if matches!(left, Expr::Lit(_)) => return false,
        Ty::Int(_) => {
            let name = ["wrapping_add", "wrapping_sub", "wrapping_mul", "saturating_sub", "min", "max"]
                .get(choice)
                .copied();
            match name {
                Some(name) => build::method(left, name, vec![right]),
                None => binary(left, operator(["^", "&", "|", "^"][choice - 6]), right),
            }
        }
        _ => binary(left, operator(if choice < 5 { "&&" } else { "||" }), right),
    };
    work.put(at, new)
}

/// A value becomes `if c { value } else { other }`.
pub(super) fn branch(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.ty.is_drawable() && is_replaceable(site)) else { return false };
    let ty = work.site(at).ty;
    let depth = work.depth().min(1);
    let (Some(old), Some(cond), Some(other)) =
        (work.expr(at), work.draw(at, &Ty::Bool, depth), work.draw(at, &ty, depth))
    else {
        return false;
    };
    // Often the other value is a variation of the old one.
    let other = if chance(work.rng, 0.4) && ty.is_number() && !matches!(old, Expr::Lit(_)) {
        match &ty {
            Ty::Float(_) => binary(old.clone(), operator(["+", "-", "*"][below(work.rng, 3)]), other),
            _ => {
                build::method(old.clone(), ["wrapping_add", "wrapping_sub"][below(work.rng, 2)], vec![other])
            }
        }
    } else {
        other
    };
    let (then, otherwise) = if chance(work.rng, 0.5) { (old, other) } else { (other, old) };
    work.put(at, if_else(cond, tail(then), Some(tail(otherwise))))
}

fn is_movable(expr: &Expr) -> bool {
    struct Flow(bool);
    impl<'ast> syn::visit::Visit<'ast> for Flow {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            self.0 |= matches!(
                expr,
                Expr::Try(_)
                    | Expr::Return(_)
                    | Expr::Break(_)
                    | Expr::Continue(_)
                    | Expr::Await(_)
                    | Expr::Macro(_)
            );
            syn::visit::visit_expr(self, expr);
        }
    }
    let mut flow = Flow(false);
    syn::visit::Visit::visit_expr(&mut flow, expr);
    !flow.0
}

/// A part is replaced by one of the same type from elsewhere in the program.
pub(super) fn borrow(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| site.ty.is_copy() && is_replaceable(site)) else { return false };
    let ty = work.site(at).ty;
    let Some(from) = work.pick(|site| site.ty == ty && is_replaceable(site)) else { return false };
    let (site, survey, globals) = (work.site(from), work.survey.clone(), work.globals.clone());
    let Some(part) = work.expr(from).filter(is_movable) else { return false };
    match work.adopt(part, &survey, &site, &globals, at) {
        Some(new) => work.put(at, new),
        None => false,
    }
}

/// A part is replaced by one of the same type from another program.
pub(super) fn graft(work: &mut Work<'_>) -> bool {
    let Some(donor) = one(work.rng, work.donors).copied() else { return false };
    let Some(at) = work.pick(|site| site.ty.is_copy() && is_replaceable(site)) else { return false };
    let ty = work.site(at).ty;
    let (mut region, globals, survey) = look_at(donor);
    let fitting: Vec<usize> = survey
        .sites
        .iter()
        .enumerate()
        .filter(|(_, site)| site.ty == ty && is_replaceable(site))
        .map(|(index, _)| index)
        .collect();
    // Larger parts carry more of what the donor found: the largest of a few.
    let tries = 1 + below(work.rng, 3);
    let from = (0..tries)
        .filter_map(|_| one(work.rng, &fitting).copied())
        .max_by_key(|index| index - survey.sites[*index].first);
    let Some(from) = from else { return false };
    let mut part = None;
    walk::edit(&mut region, &globals, &donor.outer.place, from, |node| {
        if let Node::Expr(expr) = node {
            part = Some(expr.clone());
        }
    });
    let Some(part) = part.filter(is_movable) else { return false };
    match work.adopt(part, &survey, &survey.sites[from], &globals, at) {
        Some(new) => work.put(at, new),
        None => false,
    }
}

/// An expression gives way to one of its own parts.
pub(super) fn hoist(work: &mut Work<'_>) -> bool {
    let Some(at) = work.pick(|site| is_replaceable(site) && !matches!(site.kind, Kind::Literal | Kind::Path))
    else {
        return false;
    };
    let site = work.site(at);
    let parts: Vec<usize> = parts(&site, at, &work.survey.sites);
    let Some(from) = one(work.rng, &parts).copied() else { return false };
    let Some(part) = work.expr(from).filter(is_movable) else { return false };
    work.means_same(&part, &work.site(from), &site) && work.put(at, part)
}

/// The sites inside one that have its type.
pub(super) fn parts(site: &Site, at: usize, sites: &[Site]) -> Vec<usize> {
    let known =
        site.ty.is_copy() || matches!(site.ty.bare(), Ty::String | Ty::List(_) | Ty::Opt(_) | Ty::Res(_));
    if !known || has_unknown(&site.ty) {
        return Vec::new();
    }
    (site.first..at)
        .filter(|index| {
            let part = &sites[*index];
            part.ty == site.ty
                && matches!(part.role, Role::Value | Role::Receiver)
                && !matches!(part.kind, Kind::Stmts(_))
        })
        .collect()
}

pub(super) fn has_unknown(ty: &Ty) -> bool {
    match ty {
        Ty::Unknown => true,
        Ty::Ref(inner) | Ty::Mut(inner) | Ty::List(inner) | Ty::Opt(inner) | Ty::Res(inner) => {
            has_unknown(inner)
        }
        Ty::Tuple(inner) => inner.iter().any(has_unknown),
        _ => false,
    }
}

/// A negation or conversion in front is added or taken away.
pub(super) fn change_sign(work: &mut Work<'_>) -> bool {
    let signed =
        |ty: &Ty| matches!(ty, Ty::Float(_)) || matches!(ty, Ty::Int(width) if width.starts_with('i'));
    let Some(at) = work.pick(|site| signed(&site.ty) && is_replaceable(site) && site.kind != Kind::Literal)
    else {
        return false;
    };
    work.change(at, |expr| {
        *expr = match take(expr) {
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => *unary.expr,
            other => build::negative(other),
        };
        true
    })
}
