//! Operators on literals: from the finest step to a fresh draw.

use proc_macro2::Span;
use syn::{Expr, Lit, UnOp};

use super::build;
use super::choose::{below, chance, one, unit};
use super::grammar::{float_value, short};
use super::sites::{Kind, Role};
use super::types::Ty;
use super::work::Work;

/// A literal with its sign taken in.
enum Value {
    Float(f64, String),
    Int(i128, String),
}

fn value(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Float(lit) => Some(Value::Float(lit.base10_parse().ok()?, lit.suffix().to_owned())),
            Lit::Int(lit) if matches!(lit.suffix(), "f64" | "f32") => {
                Some(Value::Float(lit.base10_parse().ok()?, lit.suffix().to_owned()))
            }
            Lit::Int(lit) => Some(Value::Int(lit.base10_parse().ok()?, lit.suffix().to_owned())),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match value(&unary.expr)? {
            Value::Float(value, suffix) => Some(Value::Float(-value, suffix)),
            Value::Int(value, suffix) => Some(Value::Int(-value, suffix)),
        },
        _ => None,
    }
}

/// Changes one number literal; `None` from a closure means that there is nothing to do.
fn tweak(
    work: &mut Work<'_>,
    floats: impl Fn(&mut Work<'_>, f64) -> f64,
    integers: impl Fn(&mut Work<'_>, i128) -> i128,
) -> bool {
    let numbers = |ty: &Ty| ty.is_number() || *ty == Ty::Unknown;
    let Some(at) =
        work.pick(|site| site.kind == Kind::Literal && site.role != Role::Chain && numbers(&site.ty))
    else {
        return false;
    };
    let ty = work.site(at).ty;
    let Some(old) = work.expr(at).as_ref().and_then(value) else { return false };
    let new = match old {
        Value::Float(old, suffix) => {
            let new = short(floats(work, old), 4);
            if new.to_bits() == old.to_bits() {
                return false;
            }
            build::float(new, &suffix)
        }
        Value::Int(old, suffix) => {
            let width = match ty {
                Ty::Int(width) => width,
                _ => "",
            };
            let least = if width.starts_with('i') || old < 0 { -Ty::largest(width) } else { 0 };
            let new = integers(work, old).clamp(least, Ty::largest(width));
            if new == old {
                return false;
            }
            build::integer(new, &suffix)
        }
    };
    work.change(at, |expr| {
        *expr = new;
        true
    })
}

/// Moves a number by about 1 % or 10 %, an integer by 1.
pub(super) fn nudge(work: &mut Work<'_>) -> bool {
    tweak(
        work,
        |work, old| {
            let size = [0.01, 0.03, 0.1, 0.3][below(work.rng, 4)];
            let step = (unit(work.rng) * 2.0 - 1.0) * size;
            if old == 0.0 { step } else { old * (1.0 + step) }
        },
        |work, old| old + if chance(work.rng, 0.5) { 1 } else { -1 },
    )
}

/// Doubles, halves, negates, or moves by a small whole number.
pub(super) fn scale(work: &mut Work<'_>) -> bool {
    tweak(
        work,
        |work, old| match below(work.rng, 6) {
            0 => old * 2.0,
            1 => old / 2.0,
            2 => -old,
            3 => old * 10.0,
            4 => old / 10.0,
            _ => old + [1.0, -1.0][below(work.rng, 2)],
        },
        |work, old| match below(work.rng, 4) {
            0 => old.saturating_mul(2),
            1 => old / 2,
            _ => old + below(work.rng, 15) as i128 - 7,
        },
    )
}

/// Rounds a float to fewer digits.
pub(super) fn round(work: &mut Work<'_>) -> bool {
    tweak(
        work,
        |work, old| if chance(work.rng, 0.5) { old.round() } else { short(old, 1 + below(work.rng, 2)) },
        |_, old| old,
    )
}

/// A new constant, or one that the program uses elsewhere.
pub(super) fn fresh(work: &mut Work<'_>) -> bool {
    let elsewhere = work.pick(|site| site.kind == Kind::Literal).and_then(|at| work.expr(at));
    let elsewhere = elsewhere.as_ref().and_then(value);
    let copied = chance(work.rng, 0.4);
    tweak(
        work,
        |work, _| match &elsewhere {
            Some(Value::Float(other, _)) if copied => *other,
            _ => float_value(work.rng),
        },
        |work, _| match &elsewhere {
            Some(Value::Int(other, _)) if copied => *other,
            _ if chance(work.rng, 0.3) => 1 << below(work.rng, 31),
            _ => below(work.rng, 64) as i128,
        },
    )
}

/// A light touch on text: another literal of the program, one character less, doubled or changed case;
/// truth values are turned.
pub(super) fn change_text(work: &mut Work<'_>) -> bool {
    let fits = |ty: &Ty| matches!(ty.bare(), Ty::Str | Ty::Char | Ty::Bool);
    let Some(at) = work.pick(|site| site.kind == Kind::Literal && site.role != Role::Chain && fits(&site.ty))
    else {
        return false;
    };
    let Some(Expr::Lit(old)) = work.expr(at) else { return false };
    let ty = work.site(at).ty;
    let other =
        work.pick(|site| site.kind == Kind::Literal && site.ty == ty).and_then(|other| work.expr(other));
    let new = match (&old.lit, other) {
        (Lit::Bool(old), _) => build::boolean(!old.value),
        (_, Some(other)) if chance(work.rng, 0.5) => other,
        (Lit::Char(old), _) => {
            let old = old.value();
            let next = char::from_u32(u32::from(old) + 1).unwrap_or(old);
            let near = if chance(work.rng, 0.5) && old.is_ascii() { old.to_ascii_uppercase() } else { next };
            build::literal(Lit::Char(syn::LitChar::new(near, Span::call_site())))
        }
        (Lit::Str(old), _) => {
            let mut letters: Vec<char> = old.value().chars().collect();
            let place = below(work.rng, letters.len());
            match (letters.get(place).copied(), below(work.rng, 3)) {
                (None, _) => letters.push(*one(work.rng, &[' ', '-', '.', ',']).unwrap_or(&' ')),
                (Some(_), 0) => {
                    letters.remove(place);
                }
                (Some(letter), 1) => letters.insert(place, letter),
                (Some(letter), _) if letter.is_lowercase() => letters[place] = letter.to_ascii_uppercase(),
                (Some(letter), _) => letters[place] = letter.to_ascii_lowercase(),
            }
            build::literal(build::text(&letters.into_iter().collect::<String>()))
        }
        _ => return false,
    };
    work.put(at, new)
}

/// Rounder values for a number literal, the roundest first: what minimisation tries.
pub(super) fn rounder(expr: &Expr) -> Vec<Expr> {
    let Some(Value::Float(old, suffix)) = value(expr) else { return Vec::new() };
    let mut found: Vec<f64> = vec![0.0, 1.0, -1.0, old.round()];
    found.extend((1..=3).map(|digits| short(old, digits)));
    let size = |value: f64| format!("{value:?}").len();
    found.retain(|new| new.to_bits() != old.to_bits() && (size(*new) < size(old)));
    found.dedup_by(|a, b| a.to_bits() == b.to_bits());
    found.into_iter().map(|new| build::float(new, &suffix)).collect()
}
