//! The type of an expression from below: what its parts say, before anything is expected of it.
//!
//! Works on what stands in scope and in the file's own items, plus the methods of the standard library
//! that small programs use. Everything else is `Unknown`.

use syn::{BinOp, Block, Expr, Lit, Member, Pat, Stmt, UnOp};

use super::globals::Globals;
use super::methods::method;
use super::types::{Ty, argument};

/// One variable. Bindings form a tree in an arena: each names the one that was made before it.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) ty: Ty,
    pub(super) mutable: bool,
    pub(super) up: Option<usize>,
}

/// The last binding made where an expression stands.
pub(super) type Scope = Option<usize>;

/// Everything that types depend on.
#[derive(Debug)]
pub(super) struct Env<'g> {
    pub(super) globals: &'g Globals,
    pub(super) bindings: Vec<Binding>,
}

/// Finds a variable by name.
pub(super) fn resolve(bindings: &[Binding], scope: Scope, name: &str) -> Option<usize> {
    let mut at = scope;
    while let Some(index) = at {
        let binding = bindings.get(index)?;
        if binding.name == name {
            return Some(index);
        }
        at = binding.up;
    }
    None
}

/// All variables that can be named in a scope, the latest first; hidden ones are left out.
pub(super) fn visible(bindings: &[Binding], scope: Scope) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    let mut at = scope;
    while let Some(binding) = at.and_then(|index| bindings.get(index)) {
        if let Some(index) = at
            && found.iter().all(|other| bindings[*other].name != binding.name)
        {
            found.push(index);
        }
        at = binding.up;
    }
    found
}

impl Env<'_> {
    pub(super) fn bind(&mut self, scope: Scope, name: String, ty: Ty, mutable: bool) -> Scope {
        self.bindings.push(Binding { name, ty, mutable, up: scope });
        Some(self.bindings.len() - 1)
    }

    /// Binds what a pattern names, given the type of what it is matched with.
    pub(super) fn bind_pattern(&mut self, scope: Scope, pat: &Pat, ty: &Ty) -> Scope {
        match pat {
            Pat::Ident(pat) => {
                let name = pat.ident.to_string();
                if name.starts_with(char::is_uppercase) {
                    return scope;
                }
                let bound = if pat.by_ref.is_some() { Ty::Unknown } else { ty.clone() };
                let scope = self.bind(scope, name, bound, pat.mutability.is_some());
                match &pat.subpat {
                    Some((_, inner)) => self.bind_pattern(scope, inner, ty),
                    None => scope,
                }
            }
            Pat::Type(pat) => self.bind_pattern(scope, &pat.pat, &Ty::of(&pat.ty)),
            Pat::Paren(pat) => self.bind_pattern(scope, &pat.pat, ty),
            Pat::Guard(pat) => self.bind_pattern(scope, &pat.pat, ty),
            Pat::Reference(pat) => match ty {
                Ty::Ref(inner) | Ty::Mut(inner) => self.bind_pattern(scope, &pat.pat, inner),
                _ => self.bind_pattern(scope, &pat.pat, &Ty::Unknown),
            },
            Pat::Or(pat) => match pat.cases.first() {
                Some(first) => self.bind_pattern(scope, first, ty),
                None => scope,
            },
            Pat::Tuple(pat) => {
                let mut scope = scope;
                for (index, inner) in pat.elems.iter().enumerate() {
                    let part = match ty {
                        Ty::Tuple(parts) => parts.get(index).cloned().unwrap_or(Ty::Unknown),
                        Ty::Ref(parts) => match &**parts {
                            Ty::Tuple(parts) => {
                                parts.get(index).map_or(Ty::Unknown, |part| Ty::Ref(Box::new(part.clone())))
                            }
                            _ => Ty::Unknown,
                        },
                        _ => Ty::Unknown,
                    };
                    scope = self.bind_pattern(scope, inner, &part);
                }
                scope
            }
            Pat::TupleStruct(pat) => {
                let part = match ty {
                    Ty::Opt(inner) if pat.path.is_ident("Some") => (**inner).clone(),
                    Ty::Res(inner) if pat.path.is_ident("Ok") => (**inner).clone(),
                    _ => Ty::Unknown,
                };
                pat.elems.iter().fold(scope, |scope, inner| self.bind_pattern(scope, inner, &part))
            }
            Pat::Struct(pat) => pat
                .fields
                .iter()
                .fold(scope, |scope, field| self.bind_pattern(scope, &field.pat, &Ty::Unknown)),
            Pat::Slice(pat) => {
                pat.elems.iter().fold(scope, |scope, inner| self.bind_pattern(scope, inner, &Ty::Unknown))
            }
            _ => scope,
        }
    }

    /// Binds the variables of a `let` statement.
    pub(super) fn bind_local(&mut self, scope: Scope, local: &syn::Local) -> Scope {
        let ty = match (&local.pat, &local.init) {
            (Pat::Type(_), _) | (_, None) => Ty::Unknown,
            (_, Some(init)) => match self.peek(&init.expr, scope) {
                Ty::Float("") => Ty::Float("f64"),
                ty => ty,
            },
        };
        self.bind_pattern(scope, &local.pat, &ty)
    }

    fn peek_block(&mut self, block: &Block, scope: Scope) -> Ty {
        let mark = self.bindings.len();
        let mut scope = scope;
        let mut ty = Ty::Unit;
        for (index, stmt) in block.stmts.iter().enumerate() {
            match stmt {
                Stmt::Local(local) => scope = self.bind_local(scope, local),
                Stmt::Expr(expr, None) if index + 1 == block.stmts.len() => ty = self.peek(expr, scope),
                Stmt::Expr(Expr::Return(_) | Expr::Break(_) | Expr::Continue(_), _) | Stmt::Macro(_) => {
                    ty = Ty::Unknown;
                }
                _ => ty = Ty::Unit,
            }
        }
        self.bindings.truncate(mark);
        ty
    }

    /// The type that an expression has by itself.
    pub(super) fn peek(&mut self, expr: &Expr, scope: Scope) -> Ty {
        match expr {
            Expr::Lit(expr) => literal(&expr.lit),
            Expr::Paren(expr) => self.peek(&expr.expr, scope),
            Expr::Group(expr) => self.peek(&expr.expr, scope),
            Expr::Path(expr) => match expr.path.get_ident() {
                Some(name) => {
                    let name = name.to_string();
                    match resolve(&self.bindings, scope, &name) {
                        Some(index) => self.bindings[index].ty.clone(),
                        None => self.globals.constants.get(&name).cloned().unwrap_or(Ty::Unknown),
                    }
                }
                None => associated(&expr.path),
            },
            Expr::Cast(expr) => Ty::of(&expr.ty),
            Expr::Unary(expr) => match (&expr.op, self.peek(&expr.expr, scope)) {
                (UnOp::Deref(_), Ty::Ref(inner) | Ty::Mut(inner)) => *inner,
                (UnOp::Deref(_), _) => Ty::Unknown,
                (_, ty) if ty.is_number() || ty == Ty::Bool => ty,
                (_, Ty::Ref(inner)) if inner.is_number() => *inner,
                _ => Ty::Unknown,
            },
            Expr::Reference(expr) => {
                let inner = Box::new(self.peek(&expr.expr, scope));
                if expr.mutability.is_some() { Ty::Mut(inner) } else { Ty::Ref(inner) }
            }
            Expr::Binary(expr) => self.peek_binary(expr, scope),
            Expr::If(expr) => {
                let then = self.peek_block(&expr.then_branch, scope);
                match &expr.else_branch {
                    Some((_, other)) => {
                        let other = self.peek(other, scope);
                        if then == Ty::Unknown { other } else { then.meet(&other) }
                    }
                    None => Ty::Unit,
                }
            }
            Expr::Block(expr) if expr.label.is_none() => self.peek_block(&expr.block, scope),
            Expr::Match(expr) => {
                let of = self.peek(&expr.expr, scope);
                let mark = self.bindings.len();
                let mut found = Ty::Unknown;
                for arm in &expr.arms {
                    let inner = self.bind_pattern(scope, &arm.pat, &of);
                    found = found.meet(&self.peek(&arm.body, inner));
                    self.bindings.truncate(mark);
                    if found != Ty::Unknown {
                        break;
                    }
                }
                found
            }
            Expr::Tuple(expr) if expr.elems.is_empty() => Ty::Unit,
            Expr::Tuple(expr) => Ty::Tuple(expr.elems.iter().map(|inner| self.peek(inner, scope)).collect()),
            Expr::Array(expr) => {
                let inner = expr.elems.iter().take(4).fold(Ty::Unknown, |ty, inner| {
                    let next = self.peek(inner, scope);
                    ty.meet(&next)
                });
                Ty::List(Box::new(inner))
            }
            Expr::Repeat(expr) => Ty::List(Box::new(self.peek(&expr.expr, scope))),
            Expr::Range(expr) => {
                let start = expr.start.as_ref().map_or(Ty::Unknown, |start| self.peek(start, scope));
                let end = expr.end.as_ref().map_or(Ty::Unknown, |end| self.peek(end, scope));
                Ty::Range(Box::new(start.meet(&end)))
            }
            Expr::Index(expr) => {
                let base = self.peek(&expr.expr, scope);
                let by = self.peek(&expr.index, scope);
                match (base.bare(), by) {
                    (Ty::List(inner), Ty::Int(_)) => (**inner).clone(),
                    _ => Ty::Unknown,
                }
            }
            Expr::Field(expr) => {
                let base = self.peek(&expr.base, scope);
                match (base.bare(), &expr.member) {
                    (Ty::Tuple(parts), Member::Unnamed(at)) => {
                        parts.get(at.index as usize).cloned().unwrap_or(Ty::Unknown)
                    }
                    (Ty::Named(name), member) => {
                        let member = match member {
                            Member::Named(ident) => ident.to_string(),
                            Member::Unnamed(at) => at.index.to_string(),
                        };
                        self.globals.fields.get(&(name.clone(), member)).cloned().unwrap_or(Ty::Unknown)
                    }
                    _ => Ty::Unknown,
                }
            }
            Expr::Call(expr) => self.peek_call(expr, scope),
            Expr::MethodCall(expr) => {
                let receiver = self.peek(&expr.receiver, scope);
                let turbofish = expr
                    .turbofish
                    .as_ref()
                    .map(|arguments| argument(&syn::PathArguments::AngleBracketed(arguments.clone())));
                let name = expr.method.to_string();
                match method(&receiver, &name, turbofish) {
                    Ty::Unknown => {
                        self.globals.methods.get(&name).map_or(Ty::Unknown, |known| known.returns.clone())
                    }
                    ty => ty,
                }
            }
            Expr::Try(expr) => match self.peek(&expr.expr, scope) {
                Ty::Opt(inner) | Ty::Res(inner) => *inner,
                _ => Ty::Unknown,
            },
            Expr::Struct(expr) => {
                expr.path.get_ident().map_or(Ty::Unknown, |name| Ty::Named(name.to_string()))
            }
            Expr::Let(_) => Ty::Bool,
            Expr::Assign(_) | Expr::While(_) | Expr::ForLoop(_) => Ty::Unit,
            Expr::Macro(expr) if expr.mac.path.is_ident("format") => Ty::String,
            Expr::Macro(expr) if expr.mac.path.is_ident("matches") => Ty::Bool,
            _ => Ty::Unknown,
        }
    }

    fn peek_binary(&mut self, expr: &syn::ExprBinary, scope: Scope) -> Ty {
        match group(&expr.op) {
            Group::Comparison | Group::Logic => Ty::Bool,
            Group::Assign => Ty::Unit,
            Group::Shift => self.peek(&expr.left, scope).bare().clone(),
            Group::Arithmetic | Group::Bits => {
                let left = self.peek(&expr.left, scope);
                let right = self.peek(&expr.right, scope);
                match (left.bare(), right.bare()) {
                    (Ty::String, _) => Ty::String,
                    (Ty::Bool, Ty::Bool) => Ty::Bool,
                    (own, other) if own.is_number() && other.is_number() => own.clone().meet(other),
                    // A number that meets the unknown may be scaling a vector.
                    _ => Ty::Unknown,
                }
            }
        }
    }

    fn peek_call(&mut self, expr: &syn::ExprCall, scope: Scope) -> Ty {
        let Expr::Path(function) = &*expr.func else { return Ty::Unknown };
        if let Some(name) = function.path.get_ident() {
            let name = name.to_string();
            let inner = expr.args.first().map_or(Ty::Unknown, |first| self.peek(first, scope));
            return match name.as_str() {
                "Some" => Ty::Opt(Box::new(inner)),
                "Ok" => Ty::Res(Box::new(inner)),
                _ => self
                    .globals
                    .functions
                    .get(&name)
                    .filter(|known| !known.generic)
                    .map_or(Ty::Unknown, |known| known.returns.clone()),
            };
        }
        associated(&function.path)
    }
}

/// What a path of two segments gives: `f64::from(x)`, `u32::MAX`, `String::new()`.
fn associated(path: &syn::Path) -> Ty {
    let (Some(first), Some(last)) = (path.segments.first(), path.segments.last()) else { return Ty::Unknown };
    if path.segments.len() != 2 && !(path.segments.len() == 4 && last.ident == "PI") {
        return Ty::Unknown;
    }
    let ty = match first.ident.to_string().as_str() {
        "String" => Ty::String,
        "Vec" => Ty::List(Box::new(argument(&first.arguments))),
        name => match Ty::primitive(name) {
            Some(ty) => ty,
            None => return Ty::Unknown,
        },
    };
    match last.ident.to_string().as_str() {
        "from" | "new" | "with_capacity" | "default" | "MAX" | "MIN" | "EPSILON" | "INFINITY"
        | "NEG_INFINITY" | "NAN" | "MIN_POSITIVE" => ty,
        name => match method(&ty, name, None) {
            Ty::Unknown if matches!(ty, Ty::Float(_)) => ty,
            other => other,
        },
    }
}

fn literal(lit: &Lit) -> Ty {
    match lit {
        Lit::Str(_) => Ty::Ref(Box::new(Ty::Str)),
        Lit::Char(_) => Ty::Char,
        Lit::Bool(_) => Ty::Bool,
        Lit::Byte(_) => Ty::Int("u8"),
        Lit::Int(lit) => match lit.suffix() {
            "" => Ty::Int(""),
            suffix => Ty::primitive(suffix).unwrap_or(Ty::Unknown),
        },
        Lit::Float(lit) => match lit.suffix() {
            "" => Ty::Float(""),
            suffix => Ty::primitive(suffix).unwrap_or(Ty::Unknown),
        },
        _ => Ty::Unknown,
    }
}

/// How an operator relates the types of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Arithmetic,
    Bits,
    Shift,
    Comparison,
    Logic,
    Assign,
}

pub(super) fn group(op: &BinOp) -> Group {
    match op {
        BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) => Group::Arithmetic,
        BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitXor(_) => Group::Bits,
        BinOp::Shl(_) | BinOp::Shr(_) => Group::Shift,
        BinOp::And(_) | BinOp::Or(_) => Group::Logic,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
            Group::Comparison
        }
        _ => Group::Assign,
    }
}
