//! What a survey of a region finds: the places where an edit could happen, and what each of them is.

use syn::{Expr, Stmt};

use super::infer::{Binding, Group, Scope};
use super::types::Ty;

/// What an edit may change at a site.
pub(super) enum Node<'a> {
    Expr(&'a mut Expr),
    Stmts(&'a mut Vec<Stmt>),
}

/// What stands at a site.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A literal, a negated one included.
    Literal,
    Path,
    Binary(Group),
    /// An assignment with an operator, such as `+=`.
    Update,
    Unary,
    Cast,
    Method(String),
    /// True where there is an `else`.
    If(bool),
    Match(usize),
    /// A tuple, or an array whose length its type fixes, or one that may have any length; and how many there are.
    Elements(Shape, usize),
    Closure,
    Call,
    /// `&x` or `&mut x`.
    Reference,
    /// `if let`, `return`, `?`, macros …: expressions with effects on control or unknown insides.
    Opaque,
    Other,
    Stmts(usize),
}

/// What a list of elements lets happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Tuple,
    Fixed,
    Free,
}

/// How the place uses its expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Value,
    /// Written to or borrowed: has to stay a place.
    Place,
    /// Receiver of a method: a bare literal needs its type written there.
    Receiver,
    /// A whole statement: its value is dropped.
    Statement,
    /// Evaluated by the compiler: no variables here.
    Constant,
    /// Part of an `if let` chain.
    Chain,
}

/// A place where an edit could happen.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) kind: Kind,
    pub(super) role: Role,
    /// The type of the value here; for statements that of the block.
    pub(super) ty: Ty,
    pub(super) scope: Scope,
    /// The number of the first site inside this one.
    pub(super) first: usize,
    /// Index into [`Survey::functions`].
    pub(super) function: usize,
}

/// The function around a site.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    pub(super) name: String,
    pub(super) returns: Option<Ty>,
}

/// All sites of a region, in the order of the walk.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) sites: Vec<Site>,
    pub(super) bindings: Vec<Binding>,
    pub(super) functions: Vec<Around>,
}

/// Where a region of statements stands in its file.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) bindings: Vec<Binding>,
    pub(super) scope: Scope,
    pub(super) expected: Option<Ty>,
    pub(super) around: Around,
}
