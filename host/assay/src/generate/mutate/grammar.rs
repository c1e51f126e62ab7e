//! Drawing new expressions of a wanted type from what is in scope.
//!
//! The grammar knows numbers, truth values and characters. Its forms are chosen so that what it draws
//! compiles and seldom traps or turns into NaN: roots and logarithms are taken of magnitudes, integers
//! wrap or saturate, divisions of integers are checked. Small forms are likelier than large ones.

use rand_chacha::ChaCha8Rng;
use syn::Expr;

use super::build::{self, binary, call, cast, if_else, method, operator, path, tail};
use super::choose::{below, chance, one, unit, weighted};
use super::globals::Globals;
use super::infer::{Binding, Scope, visible};
use super::types::Ty;

/// What a draw may use.
pub(super) struct Grammar<'a> {
    pub(super) bindings: &'a [Binding],
    pub(super) scope: Scope,
    pub(super) globals: &'a Globals,
    /// The function around, which a drawn call must not come back to.
    pub(super) function: &'a str,
    pub(super) rng: &'a mut ChaCha8Rng,
}

/// A float constant of a size that suits most formulas, short to write.
pub(super) fn float_value(rng: &mut ChaCha8Rng) -> f64 {
    const USUAL: [f64; 12] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 0.5, 0.25, 0.1, 100.0, 0.01];
    let value = match below(rng, 4) {
        0 => one(rng, &USUAL).copied().unwrap_or(1.0),
        1 => below(rng, 101) as f64,
        _ => short(10_f64.powf(unit(rng) * 5.0 - 2.5), 2),
    };
    if chance(rng, 0.15) && value != 0.0 { -value } else { value }
}

/// A value rounded to some significant digits.
pub(super) fn short(value: f64, digits: usize) -> f64 {
    if value.abs() < 1e-12 {
        return 0.0;
    }
    format!("{:.*e}", digits.saturating_sub(1), value.clamp(-1e12, 1e12)).parse().unwrap_or(value)
}

impl Grammar<'_> {
    /// An expression of the wanted type with at most `depth` levels, if the grammar knows the type.
    pub(super) fn draw(&mut self, ty: &Ty, depth: usize) -> Option<Expr> {
        match ty {
            Ty::Float(width @ ("f32" | "f64")) => Some(self.float(width, depth)),
            Ty::Int(width) if !width.is_empty() => Some(self.integer(width, depth)),
            Ty::Bool => Some(self.boolean(depth)),
            Ty::Char => {
                const USUAL: [char; 12] = ['0', '9', 'a', 'z', 'A', ' ', '.', ',', '-', '/', ':', '_'];
                self.variable(ty).or_else(|| {
                    let lit = syn::LitChar::new(*one(self.rng, &USUAL)?, proc_macro2::Span::call_site());
                    Some(build::literal(syn::Lit::Char(lit)))
                })
            }
            _ => None,
        }
    }

    /// A variable or constant of exactly this type.
    pub(super) fn variable(&mut self, ty: &Ty) -> Option<Expr> {
        let mut found: Vec<&str> = visible(self.bindings, self.scope)
            .into_iter()
            .map(|index| &self.bindings[index])
            .filter(|binding| binding.ty == *ty)
            .map(|binding| binding.name.as_str())
            .collect();
        found.extend(
            self.globals.constants.iter().filter(|(_, own)| *own == ty).map(|(name, _)| name.as_str()),
        );
        one(self.rng, &found).map(|name| path(&[name]))
    }

    /// A variable of another number type, converted.
    fn converted(&mut self, to: &str) -> Option<Expr> {
        let found: Vec<(&str, &str, bool)> = visible(self.bindings, self.scope)
            .into_iter()
            .map(|index| &self.bindings[index])
            .filter_map(|binding| match (&binding.ty, binding.ty.bare()) {
                (Ty::Int(width), _) if !width.is_empty() && *width != to => {
                    Some((&*binding.name, *width, false))
                }
                (Ty::Float(width), _) if !width.is_empty() && *width != to => {
                    Some((&*binding.name, *width, false))
                }
                (_, Ty::List(_) | Ty::Str | Ty::String) => Some((&*binding.name, "usize", true)),
                _ => None,
            })
            .collect();
        let (name, width, len) = *one(self.rng, &found)?;
        let mut value = path(&[name]);
        if len {
            value = method(value, "len", Vec::new());
            if to == "usize" {
                return Some(value);
            }
        }
        let exact = to == "f64" && matches!(width, "u8" | "u16" | "u32" | "i8" | "i16" | "i32" | "f32");
        Some(if exact { call(path(&["f64", "from"]), vec![value]) } else { cast(value, to) })
    }

    /// A call of one of the program's own functions.
    fn own_call(&mut self, ty: &Ty, depth: usize) -> Option<Expr> {
        let globals = self.globals;
        let fitting: Vec<_> = globals
            .functions
            .iter()
            .filter(|(name, known)| {
                known.returns == *ty
                    && !known.generic
                    && known.arguments.iter().all(Ty::is_drawable)
                    && !self.bindings.iter().any(|binding| binding.name == **name)
                    && !globals.reaches(name, self.function)
            })
            .collect();
        let (name, known) = *one(self.rng, &fitting)?;
        let arguments = known.arguments.iter().map(|ty| self.draw(ty, depth.saturating_sub(1)));
        let arguments = arguments.collect::<Option<Vec<_>>>()?;
        Some(call(path(&[name]), arguments))
    }

    /// A leaf that is no literal where possible: what methods are called on.
    fn anchor(&mut self, ty: &Ty, width: &'static str) -> Option<Expr> {
        self.variable(ty).or_else(|| self.converted(width))
    }

    fn float(&mut self, width: &'static str, depth: usize) -> Expr {
        let ty = Ty::Float(width);
        if depth == 0 || chance(self.rng, 0.25) {
            if chance(self.rng, 0.65)
                && let Some(leaf) = self.anchor(&ty, width)
            {
                return leaf;
            }
            return build::float(float_value(self.rng), "");
        }
        let depth = depth - 1;
        match weighted(self.rng, [4, 5, 5, 4, 3, 4, 4, 1].into_iter()) {
            Some(0) => binary(self.float(width, depth), operator("+"), self.float(width, depth)),
            Some(1) => binary(self.float(width, depth), operator("-"), self.float(width, depth)),
            Some(2) => binary(self.float(width, depth), operator("*"), self.float(width, depth)),
            Some(3) => binary(self.float(width, depth), operator("/"), self.float(width, depth)),
            Some(4) => {
                let name = *one(self.rng, &["min", "max"]).unwrap_or(&"min");
                method(self.float(width, depth), name, vec![self.float(width, depth)])
            }
            Some(5) => {
                let inner = self.float(width, depth);
                self.unary(inner)
            }
            Some(6) => {
                let cond = self.boolean(depth);
                if_else(cond, tail(self.float(width, depth)), Some(tail(self.float(width, depth))))
            }
            _ => match self.own_call(&ty, depth) {
                Some(call) => call,
                None => build::negative(self.float(width, depth)),
            },
        }
    }

    /// A function of one number around an expression.
    pub(super) fn unary(&mut self, inner: Expr) -> Expr {
        // A literal alone has no methods until its type is written to it; see `anchors`.
        let bare = |inner, name: &str| method(inner, name, Vec::new());
        match weighted(self.rng, [3, 3, 3, 2, 2, 3, 2, 1, 2, 2].into_iter()) {
            Some(0) => bare(inner, "abs"),
            Some(1) => bare(bare(inner, "abs"), "sqrt"),
            Some(2) => method(inner, "powi", vec![build::integer(2 + i128::from(chance(self.rng, 0.4)), "")]),
            Some(3) => {
                let power = short(0.25 + 3.0 * unit(self.rng), 2);
                method(bare(inner, "abs"), "powf", vec![build::float(power, "")])
            }
            Some(4) => bare(inner, "floor"),
            Some(5) => bare(bare(inner, "abs"), "ln_1p"),
            Some(6) => bare(build::negative(bare(inner, "abs")), "exp"),
            Some(7) => bare(inner, "tanh"),
            Some(8) => build::negative(inner),
            _ => {
                let one = build::float(1.0, "");
                binary(one.clone(), operator("/"), binary(bare(inner, "abs"), operator("+"), one))
            }
        }
    }

    fn integer(&mut self, width: &'static str, depth: usize) -> Expr {
        let ty = Ty::Int(width);
        if depth == 0 || chance(self.rng, 0.35) {
            if chance(self.rng, 0.6)
                && let Some(leaf) = self.variable(&ty)
            {
                return leaf;
            }
            if chance(self.rng, 0.2)
                && let Some(leaf) = self.converted(width)
            {
                return leaf;
            }
            return build::integer(self.integer_value(width), "");
        }
        let depth = depth - 1;
        let Some(left) = self.anchor(&ty, width) else {
            return build::integer(self.integer_value(width), "");
        };
        let right = self.integer(width, depth);
        let shift =
            |rng: &mut ChaCha8Rng| build::integer(1 + below(rng, Ty::bits(width) as usize - 1) as i128, "");
        match weighted(self.rng, [4, 4, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 2].into_iter()) {
            Some(0) => method(left, "wrapping_add", vec![right]),
            Some(1) => method(left, "wrapping_sub", vec![right]),
            Some(2) => method(left, "wrapping_mul", vec![right]),
            Some(3) => method(left, "saturating_sub", vec![right]),
            Some(4) => method(left, "min", vec![right]),
            Some(5) => method(left, "max", vec![right]),
            Some(6) => binary(left, operator("^"), right),
            Some(7) => binary(left, operator("&"), right),
            Some(8) => binary(left, operator("|"), right),
            Some(9) => binary(left, operator(">>"), shift(self.rng)),
            Some(10) => method(left, "wrapping_shl", vec![shift(self.rng)]),
            Some(11) => {
                let otherwise = build::integer(self.integer_value(width), "");
                let name = *one(self.rng, &["checked_div", "checked_rem"]).unwrap_or(&"checked_div");
                method(method(left, name, vec![right]), "unwrap_or", vec![otherwise])
            }
            _ => {
                let cond = self.boolean(depth);
                if_else(cond, tail(left), Some(tail(right)))
            }
        }
    }

    /// A value that an integer type holds, mostly small.
    pub(super) fn integer_value(&mut self, width: &str) -> i128 {
        let value = match below(self.rng, 4) {
            0 | 1 => below(self.rng, 10) as i128,
            2 => below(self.rng, 128) as i128,
            _ => 1_i128 << below(self.rng, (Ty::bits(width) as usize).min(31) - 1),
        };
        value.min(Ty::largest(width))
    }

    fn boolean(&mut self, depth: usize) -> Expr {
        let depth = depth.saturating_sub(1);
        match below(self.rng, 12) {
            0 => {
                let op = *one(self.rng, &["&&", "||"]).unwrap_or(&"&&");
                if depth > 0 {
                    return binary(self.boolean(depth), operator(op), self.boolean(depth));
                }
            }
            1 => {
                if let Some(flag) = self.variable(&Ty::Bool) {
                    return if chance(self.rng, 0.5) { flag } else { build::not(flag) };
                }
            }
            2 => {
                let held: Vec<&str> = visible(self.bindings, self.scope)
                    .into_iter()
                    .map(|index| &self.bindings[index])
                    .filter(|binding| matches!(binding.ty.bare(), Ty::List(_) | Ty::Str | Ty::String))
                    .map(|binding| binding.name.as_str())
                    .collect();
                if let Some(name) = one(self.rng, &held) {
                    return method(path(&[name]), "is_empty", Vec::new());
                }
            }
            3 => {
                if let Some(letter) = self.variable(&Ty::Char) {
                    const TESTS: [&str; 4] =
                        ["is_ascii_digit", "is_alphabetic", "is_whitespace", "is_ascii_punctuation"];
                    return method(letter, one(self.rng, &TESTS).unwrap_or(&TESTS[0]), Vec::new());
                }
            }
            _ => {}
        }
        // A comparison of a variable with something of its type.
        let numbers: Vec<Ty> = visible(self.bindings, self.scope)
            .into_iter()
            .map(|index| self.bindings[index].ty.clone())
            .filter(|ty| ty.is_number() && ty.is_drawable())
            .collect();
        let Some(ty) = one(self.rng, &numbers).cloned() else {
            return self.variable(&Ty::Bool).unwrap_or_else(|| build::boolean(chance(self.rng, 0.5)));
        };
        let (Some(left), Some(right)) = (self.variable(&ty), self.draw(&ty, depth)) else {
            return build::boolean(true);
        };
        let exact = matches!(ty, Ty::Int(_));
        let op =
            match weighted(self.rng, [4, 3, 4, 3, if exact { 2 } else { 1 }, u32::from(exact)].into_iter()) {
                Some(0) => "<",
                Some(1) => "<=",
                Some(2) => ">",
                Some(3) => ">=",
                Some(4) => "==",
                _ => "!=",
            };
        binary(left, operator(op), right)
    }
}
