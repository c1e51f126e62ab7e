//! Clean-ups that leave a program's meaning as it is: what mutation leaves behind, and what hides that two
//! programs are one.
//!
//! Only rewritings that are exact in IEEE arithmetic are done: `x * 1.0`, `x - 0.0` and the folding of two
//! literals, but not `x + 0.0`, which turns −0 into 0, and nothing that assumes `x` is finite.

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Expr, Lit, Stmt, Token, UnOp};

use super::build;
use super::program::Region;
use super::walk::take;

/// Takes all parentheses off; the printer knows where they are needed.
pub(super) fn unparenthesise(region: &mut Region) {
    region.visit(&mut Unparenthesise);
}

/// Takes off braces around a single expression where a match arm or a closure has them, as the printer adds
/// and drops those for layout.
pub(super) fn unbrace(region: &mut Region) {
    region.visit(&mut Unbrace);
}

/// Simplifies what can be simplified exactly.
/// Literals are folded as `f64`, so a program that uses `f32` wants `fold` false.
pub(super) fn tidy(region: &mut Region, fold: bool) {
    region.visit(&mut Unparenthesise);
    region.visit(&mut Unbrace);
    region.visit(&mut Tidy { fold, order: false });
}

/// The form in which equal programs have equal text.
pub(super) fn canonical(region: &mut Region, fold: bool) {
    if let Region::Items { attrs, .. } = region {
        attrs.retain(|attr| !attr.path().is_ident("doc"));
    }
    tidy(region, fold);
    region.visit(&mut Tidy { fold, order: true });
    region.visit(&mut Undocumented);
}

struct Undocumented;

impl VisitMut for Undocumented {
    fn visit_attributes_mut(&mut self, attrs: &mut Vec<syn::Attribute>) {
        attrs.retain(|attr| !attr.path().is_ident("doc"));
    }
}

struct Unparenthesise;

impl VisitMut for Unparenthesise {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        while let Expr::Paren(syn::ExprParen { attrs, expr: inner, .. })
        | Expr::Group(syn::ExprGroup { attrs, expr: inner, .. }) = expr
        {
            if !attrs.is_empty() {
                break;
            }
            *expr = take(inner);
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

struct Unbrace;

impl Unbrace {
    fn off(expr: &mut Expr) {
        let Expr::Block(block) = expr else { return };
        if block.label.is_some() || !block.attrs.is_empty() || block.block.stmts.len() > 1 {
            return;
        }
        if block.block.stmts.is_empty() {
            *expr = build::hole();
            return;
        }
        match block.block.stmts.pop() {
            Some(Stmt::Expr(inner, None)) => *expr = inner,
            Some(Stmt::Expr(inner, Some(_))) if is_unit(&inner) => *expr = inner,
            Some(Stmt::Macro(inner)) if inner.semi_token.is_none() => {
                *expr = Expr::Macro(syn::ExprMacro { attrs: inner.attrs, mac: inner.mac });
            }
            other => block.block.stmts.extend(other),
        }
    }
}

/// Expressions whose value is none, with or without a semicolon behind.
fn is_unit(expr: &Expr) -> bool {
    match expr {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Assign(_) => true,
        Expr::Binary(binary) => super::infer::group(&binary.op) == super::infer::Group::Assign,
        _ => false,
    }
}

impl VisitMut for Unbrace {
    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        visit_mut::visit_arm_mut(self, arm);
        Self::off(&mut arm.body);
        arm.comma = Some(<Token![,]>::default());
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut syn::ExprClosure) {
        visit_mut::visit_expr_closure_mut(self, closure);
        if matches!(closure.output, syn::ReturnType::Default) {
            Self::off(&mut closure.body);
        }
    }
}

struct Tidy {
    fold: bool,
    /// Also puts operands that commute in order, which is good for comparing but not for reading.
    order: bool,
}

/// The value of a float literal that has no sign.
fn float(expr: &Expr) -> Option<(f64, String)> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Float(lit) if lit.suffix() != "f32" => {
                Some((lit.base10_parse().ok()?, lit.suffix().to_owned()))
            }
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(_) => float(&unary.expr).map(|(value, suffix)| (-value, suffix)),
            _ => None,
        },
        _ => None,
    }
}

fn is_float(expr: &Expr, wanted: f64) -> bool {
    float(expr).is_some_and(|(value, _)| value.to_bits() == wanted.to_bits())
}

fn is_integer(expr: &Expr, wanted: u8) -> bool {
    matches!(expr, Expr::Lit(lit) if matches!(&lit.lit, Lit::Int(lit) if lit.base10_parse::<u8>().ok() == Some(wanted)))
}

/// Free of effects, so it may be dropped, doubled or moved past another one.
pub(super) fn is_pure(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Paren(inner) => is_pure(&inner.expr),
        Expr::Unary(inner) => is_pure(&inner.expr),
        Expr::Cast(inner) => is_pure(&inner.expr),
        Expr::Field(inner) => is_pure(&inner.base),
        Expr::Binary(inner) => {
            super::infer::group(&inner.op) != super::infer::Group::Assign
                && is_pure(&inner.left)
                && is_pure(&inner.right)
        }
        Expr::MethodCall(inner) => {
            const PURE: [&str; 24] = [
                "abs",
                "sqrt",
                "powi",
                "powf",
                "exp",
                "ln",
                "ln_1p",
                "tanh",
                "sin",
                "cos",
                "floor",
                "ceil",
                "round",
                "min",
                "max",
                "clamp",
                "signum",
                "recip",
                "exp_m1",
                "cbrt",
                "wrapping_add",
                "wrapping_sub",
                "wrapping_mul",
                "saturating_sub",
            ];
            PURE.iter().any(|name| inner.method == name)
                && is_pure(&inner.receiver)
                && inner.args.iter().all(is_pure)
        }
        Expr::Call(inner) => {
            let known = inner.func.to_token_stream().to_string() == "f64 :: from";
            known && inner.args.iter().all(is_pure)
        }
        Expr::If(inner) => {
            is_pure(&inner.cond)
                && single(&inner.then_branch).is_some_and(is_pure)
                && inner.else_branch.as_ref().is_some_and(|(_, other)| match &**other {
                    Expr::Block(block) => single(&block.block).is_some_and(is_pure),
                    other => is_pure(other),
                })
        }
        _ => false,
    }
}

/// The only expression of a block.
pub(super) fn single(block: &syn::Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

fn fold(op: &BinOp, left: f64, right: f64) -> Option<f64> {
    let value = match op {
        BinOp::Add(_) => left + right,
        BinOp::Sub(_) => left - right,
        BinOp::Mul(_) => left * right,
        BinOp::Div(_) => left / right,
        _ => return None,
    };
    // A zero might have to be a negative one, which a literal can't say without being a negation.
    (value.is_finite() && (value != 0.0 || value.is_sign_positive())).then_some(value)
}

impl Tidy {
    fn binary(&self, binary: &mut syn::ExprBinary) -> Option<Expr> {
        let (left, right) = (&mut *binary.left, &mut *binary.right);
        if self.fold
            && let (Some((a, suffix)), Some((b, other))) = (float(left), float(right))
            && let Some(value) = fold(&binary.op, a, b)
        {
            return Some(build::float(value, if suffix.is_empty() { &other } else { &suffix }));
        }
        match binary.op {
            BinOp::Mul(_) if is_float(right, 1.0) || is_integer(right, 1) => return Some(take(left)),
            BinOp::Mul(_) if is_float(left, 1.0) || is_integer(left, 1) => return Some(take(right)),
            BinOp::Div(_) if is_float(right, 1.0) || is_integer(right, 1) => return Some(take(left)),
            BinOp::Sub(_) if is_float(right, 0.0) || is_integer(right, 0) => return Some(take(left)),
            BinOp::Add(_) if is_integer(right, 0) => return Some(take(left)),
            BinOp::Add(_) if is_integer(left, 0) => return Some(take(right)),
            _ => {}
        }
        // x - (-y) and x + (-y).
        if let Expr::Unary(unary) = right
            && matches!(unary.op, UnOp::Neg(_))
        {
            let turned = match binary.op {
                BinOp::Sub(_) => Some("+"),
                BinOp::Add(_) => Some("-"),
                _ => None,
            };
            if let Some(turned) = turned {
                binary.op = build::operator(turned);
                *right = take(&mut unary.expr);
            }
        }
        if self.order && is_pure(left) && is_pure(right) {
            let swap = left.to_token_stream().to_string() > right.to_token_stream().to_string();
            match binary.op {
                BinOp::Add(_)
                | BinOp::Mul(_)
                | BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::And(_)
                | BinOp::Or(_)
                    if swap =>
                {
                    std::mem::swap(left, right);
                }
                BinOp::Gt(_) => {
                    std::mem::swap(left, right);
                    binary.op = build::operator("<");
                }
                BinOp::Ge(_) => {
                    std::mem::swap(left, right);
                    binary.op = build::operator("<=");
                }
                _ => {}
            }
        }
        None
    }

    fn unary(unary: &mut syn::ExprUnary) -> Option<Expr> {
        let Expr::Unary(inner) = &mut *unary.expr else {
            if matches!(unary.op, UnOp::Not(_))
                && let Expr::Lit(lit) = &*unary.expr
                && let Lit::Bool(lit) = &lit.lit
            {
                return Some(build::boolean(!lit.value));
            }
            return None;
        };
        match (&unary.op, &inner.op) {
            (UnOp::Neg(_), UnOp::Neg(_)) | (UnOp::Not(_), UnOp::Not(_)) => Some(take(&mut inner.expr)),
            _ => None,
        }
    }

    fn branch(branch: &mut syn::ExprIf) -> Option<Expr> {
        let (_, other) = branch.else_branch.as_mut()?;
        let Expr::Block(other) = &mut **other else { return None };
        if let Expr::Unary(not) = &mut *branch.cond
            && matches!(not.op, UnOp::Not(_))
        {
            *branch.cond = take(&mut not.expr);
            std::mem::swap(&mut branch.then_branch, &mut other.block);
        }
        let (then, otherwise) = (single(&branch.then_branch)?, single(&other.block)?);
        if let Expr::Lit(lit) = &*branch.cond
            && let Lit::Bool(lit) = &lit.lit
        {
            return Some(if lit.value { then.clone() } else { otherwise.clone() });
        }
        (is_pure(&branch.cond) && then == otherwise).then(|| then.clone())
    }
}

impl VisitMut for Tidy {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let better = match expr {
            Expr::Binary(binary) => self.binary(binary),
            Expr::Unary(unary) => Self::unary(unary),
            Expr::If(branch) => Self::branch(branch),
            Expr::MethodCall(call) if call.method == "min" || call.method == "max" => {
                // x.min(x): NaN stays NaN as well.
                let same = is_pure(&call.receiver) && call.args.first() == Some(&*call.receiver);
                same.then(|| take(&mut call.receiver))
            }
            Expr::MethodCall(call) if call.method == "abs" => match &mut *call.receiver {
                Expr::MethodCall(inner) if inner.method == "abs" => Some(take(&mut call.receiver)),
                _ => None,
            },
            _ => None,
        };
        if let Some(better) = better {
            *expr = better;
        }
    }
}
