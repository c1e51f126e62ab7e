//! Small builders for syntax: an expression per call, with no text and no parsing in between.
//!
//! Parentheses are never built. The tree is the truth, and the printer puts in those that its precedence
//! needs; so a mutation can put any expression anywhere without thinking of them.

use proc_macro2::{Literal, Span};
use syn::punctuated::Punctuated;
use syn::{
    BinOp, Block, Expr, ExprBinary, ExprBlock, ExprCall, ExprCast, ExprIf, ExprLit, ExprMethodCall, ExprPath,
    ExprUnary, Ident, Lit, LitBool, LitFloat, LitInt, Path, PathSegment, Stmt, Token, Type, TypePath, UnOp,
    token,
};

/// An identifier from a name that was one before (`Ident::new` refuses anything else).
pub(super) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

/// `a`, or `a::b` from two names.
pub(super) fn path(names: &[&str]) -> Expr {
    Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path: plain_path(names) })
}

fn plain_path(names: &[&str]) -> Path {
    Path { leading_colon: None, segments: names.iter().map(|name| PathSegment::from(ident(name))).collect() }
}

pub(super) fn literal(lit: Lit) -> Expr {
    Expr::Lit(ExprLit { attrs: Vec::new(), lit })
}

/// A float literal; a negative value becomes a negation, infinities and NaN become the nearest number.
pub(super) fn float(value: f64, suffix: &str) -> Expr {
    let value = if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) };
    let magnitude = value.abs();
    let text = format!("{magnitude:?}");
    let joint = if suffix.is_empty() { "" } else { "_" };
    let lit = literal(Lit::Float(LitFloat::new(&format!("{text}{joint}{suffix}"), Span::call_site())));
    if value.is_sign_negative() && value != 0.0 { negative(lit) } else { lit }
}

/// An integer literal; a negative value becomes a negation.
pub(super) fn integer(value: i128, suffix: &str) -> Expr {
    let lit = literal(Lit::Int(LitInt::new(&format!("{}{suffix}", value.unsigned_abs()), Span::call_site())));
    if value < 0 { negative(lit) } else { lit }
}

pub(super) fn boolean(value: bool) -> Expr {
    literal(Lit::Bool(LitBool::new(value, Span::call_site())))
}

pub(super) fn text(value: &str) -> Lit {
    Lit::new(Literal::string(value))
}

pub(super) fn unary(op: UnOp, expr: Expr) -> Expr {
    Expr::Unary(ExprUnary { attrs: Vec::new(), op, expr: Box::new(expr) })
}

pub(super) fn negative(expr: Expr) -> Expr {
    unary(UnOp::Neg(<Token![-]>::default()), expr)
}

pub(super) fn not(expr: Expr) -> Expr {
    unary(UnOp::Not(<Token![!]>::default()), expr)
}

pub(super) fn binary(left: Expr, op: BinOp, right: Expr) -> Expr {
    Expr::Binary(ExprBinary { attrs: Vec::new(), left: Box::new(left), op, right: Box::new(right) })
}

/// The operator that a text names; `+` for anything that is none.
pub(super) fn operator(text: &str) -> BinOp {
    syn::parse_str(text).unwrap_or_else(|_| BinOp::Add(<Token![+]>::default()))
}

pub(super) fn method(receiver: Expr, name: &str, args: Vec<Expr>) -> Expr {
    Expr::MethodCall(ExprMethodCall {
        attrs: Vec::new(),
        receiver: Box::new(receiver),
        dot_token: <Token![.]>::default(),
        method: ident(name),
        turbofish: None,
        paren_token: token::Paren::default(),
        args: args.into_iter().collect(),
    })
}

pub(super) fn call(function: Expr, args: Vec<Expr>) -> Expr {
    Expr::Call(ExprCall {
        attrs: Vec::new(),
        func: Box::new(function),
        paren_token: token::Paren::default(),
        args: args.into_iter().collect::<Punctuated<_, _>>(),
    })
}

pub(super) fn cast(expr: Expr, to: &str) -> Expr {
    let ty = Type::Path(TypePath { attrs: Vec::new(), qself: None, path: plain_path(&[to]) });
    Expr::Cast(ExprCast {
        attrs: Vec::new(),
        expr: Box::new(expr),
        as_token: <Token![as]>::default(),
        ty: Box::new(ty),
    })
}

pub(super) fn block(stmts: Vec<Stmt>) -> Block {
    Block { brace_token: token::Brace::default(), stmts }
}

pub(super) fn tail(expr: Expr) -> Block {
    block(vec![Stmt::Expr(expr, None)])
}

pub(super) fn if_else(cond: Expr, then: Block, otherwise: Option<Block>) -> Expr {
    Expr::If(ExprIf {
        attrs: Vec::new(),
        if_token: <Token![if]>::default(),
        cond: Box::new(cond),
        then_branch: then,
        else_branch: otherwise.map(|block| {
            let block = Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block });
            (<Token![else]>::default(), Box::new(block))
        }),
    })
}

/// An expression that stands where another was taken out for a moment.
pub(super) fn hole() -> Expr {
    Expr::Tuple(syn::ExprTuple {
        attrs: Vec::new(),
        paren_token: token::Paren::default(),
        elems: Punctuated::new(),
    })
}
