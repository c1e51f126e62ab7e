//! The walk through expressions: what is inside one, in which type and what scope.

use syn::{Expr, Lit, Pat, UnOp};

use super::super::infer::{Group, Scope, group};
use super::super::methods::{argument_type, closure_types};
use super::super::sites::{Around, Kind, Node, Role, Shape, Site};
use super::super::types::Ty;
use super::{Walk, has_let};

impl Walk<'_, '_> {
    pub(super) fn expr(&mut self, expr: &mut Expr, expected: &Ty, scope: Scope, role: Role) {
        let first = self.sites.len();
        let ty = self.env.peek(expr, scope).meet(expected);
        // What a part is used for: inside a constant, everything is constant.
        let inner = |wanted: Role| if role == Role::Constant { Role::Constant } else { wanted };
        let value = inner(Role::Value);
        let kind = match expr {
            Expr::Lit(_) => Kind::Literal,
            Expr::Path(_) => Kind::Path,
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && is_number(&unary.expr) => Kind::Literal,
            Expr::Unary(unary) => {
                let deref = matches!(unary.op, UnOp::Deref(_));
                let expects = if deref { Ty::Unknown } else { ty.clone() };
                self.expr(
                    &mut unary.expr,
                    &expects,
                    scope,
                    inner(if deref { Role::Place } else { Role::Value }),
                );
                if deref { Kind::Other } else { Kind::Unary }
            }
            Expr::Binary(binary) => self.binary(binary, &ty, scope, role),
            Expr::Paren(paren) => {
                self.expr(&mut paren.expr, expected, scope, role);
                return;
            }
            Expr::Group(group) => {
                self.expr(&mut group.expr, expected, scope, role);
                return;
            }
            Expr::Assign(assign) => {
                let expects = self.env.peek(&assign.left, scope);
                self.expr(&mut assign.left, &Ty::Unknown, scope, Role::Place);
                self.expr(&mut assign.right, &expects, scope, value);
                Kind::Other
            }
            Expr::Cast(cast) => {
                self.expr(&mut cast.expr, &Ty::Unknown, scope, value);
                Kind::Cast
            }
            Expr::MethodCall(call) => {
                let receiver = self.env.peek(&call.receiver, scope);
                let name = call.method.to_string();
                let own = receiver.bare().clone();
                // A number receiver can be any number of its type; anything else has to stay the place it is.
                let base = if own.is_number() { Role::Receiver } else { Role::Place };
                let base_expects = if own.is_number() { ty.clone() } else { Ty::Unknown };
                self.expr(&mut call.receiver, &base_expects, scope, inner(base));
                for (index, part) in call.args.iter_mut().enumerate() {
                    let expects = argument_type(&own, &name, index, self.env.globals);
                    if let Expr::Closure(closure) = part {
                        self.closure(closure, &closure_types(&own, &name), scope);
                    } else {
                        self.expr(part, &expects, scope, value);
                    }
                }
                Kind::Method(name)
            }
            Expr::Call(call) => {
                let signature = match &*call.func {
                    Expr::Path(path) => match path.path.get_ident() {
                        Some(name) => self.env.globals.functions.get(&name.to_string()),
                        None => path
                            .path
                            .segments
                            .last()
                            .and_then(|segment| self.env.globals.methods.get(&segment.ident.to_string())),
                    },
                    _ => None,
                }
                .filter(|known| !known.generic)
                .map(|known| known.arguments.clone());
                let wrapped = match (&*call.func, &ty) {
                    (Expr::Path(path), Ty::Opt(inner) | Ty::Res(inner))
                        if path.path.is_ident("Some") || path.path.is_ident("Ok") =>
                    {
                        Some((**inner).clone())
                    }
                    _ => None,
                };
                self.many(call.args.iter_mut(), scope, value, |index| {
                    let known = signature.as_ref().and_then(|arguments| arguments.get(index)).cloned();
                    known.or_else(|| wrapped.clone()).unwrap_or(Ty::Unknown)
                });
                Kind::Call
            }
            Expr::If(branch) => {
                let inner_scope = self.condition(&mut branch.cond, scope, role);
                let blank = branch.else_branch.is_none();
                let expects = if blank { Ty::Unit } else { ty.clone() };
                self.block(&mut branch.then_branch, &expects, inner_scope, role);
                if let Some((_, other)) = &mut branch.else_branch {
                    let role = if role == Role::Constant { role } else { Role::Chain };
                    self.expr(other, &ty, scope, role);
                }
                if matches!(&*branch.cond, Expr::Let(_)) { Kind::Opaque } else { Kind::If(!blank) }
            }
            Expr::While(repeat) => {
                let inner_scope = self.condition(&mut repeat.cond, scope, role);
                self.block(&mut repeat.body, &Ty::Unit, inner_scope, Role::Value);
                Kind::Other
            }
            Expr::ForLoop(repeat) => {
                let over = self.env.peek(&repeat.expr, scope);
                self.expr(&mut repeat.expr, &Ty::Unknown, scope, Role::Value);
                let item = match over {
                    Ty::Range(item) | Ty::Iter(item) | Ty::List(item) => *item,
                    Ty::Ref(list) => match *list {
                        Ty::List(item) => Ty::Ref(item),
                        _ => Ty::Unknown,
                    },
                    _ => Ty::Unknown,
                };
                let inner_scope = self.env.bind_pattern(scope, &repeat.pat, &item);
                self.block(&mut repeat.body, &Ty::Unit, inner_scope, Role::Value);
                Kind::Other
            }
            Expr::Loop(repeat) => {
                self.block(&mut repeat.body, &Ty::Unit, scope, Role::Value);
                Kind::Opaque
            }
            Expr::Match(choice) => {
                let of = self.env.peek(&choice.expr, scope);
                let scrutinee = if of.is_copy() { value } else { inner(Role::Place) };
                self.expr(&mut choice.expr, &Ty::Unknown, scope, scrutinee);
                for arm in &mut choice.arms {
                    let inner_scope = self.env.bind_pattern(scope, &arm.pat, &of);
                    if let Pat::Guard(pat) = &mut arm.pat {
                        self.expr(&mut pat.guard, &Ty::Bool, inner_scope, value);
                    }
                    self.expr(&mut arm.body, &ty, inner_scope, value);
                }
                Kind::Match(choice.arms.len())
            }
            Expr::Block(block) => {
                self.block(&mut block.block, &ty, scope, role);
                if block.label.is_some() { Kind::Opaque } else { Kind::Other }
            }
            Expr::Array(array) => {
                let item = match &ty {
                    Ty::List(item) => (**item).clone(),
                    _ => Ty::Unknown,
                };
                self.many(array.elems.iter_mut(), scope, value, |_| item.clone());
                let free = super::super::text::is_vec(&array.attrs);
                Kind::Elements(if free { Shape::Free } else { Shape::Fixed }, array.elems.len())
            }
            Expr::Tuple(tuple) => {
                let parts = match &ty {
                    Ty::Tuple(parts) => parts.clone(),
                    _ => Vec::new(),
                };
                self.many(tuple.elems.iter_mut(), scope, value, |index| {
                    parts.get(index).cloned().unwrap_or(Ty::Unknown)
                });
                Kind::Elements(Shape::Tuple, tuple.elems.len())
            }
            Expr::Repeat(repeat) => {
                let item = match &ty {
                    Ty::List(item) => (**item).clone(),
                    _ => Ty::Unknown,
                };
                self.expr(&mut repeat.expr, &item, scope, value);
                let len = if super::super::text::is_vec(&repeat.attrs) { value } else { Role::Constant };
                self.expr(&mut repeat.len, &Ty::Int("usize"), scope, len);
                Kind::Other
            }
            Expr::Index(index) => {
                let base = self.env.peek(&index.expr, scope);
                self.expr(&mut index.expr, &Ty::Unknown, scope, inner(Role::Place));
                let expects = if matches!(base.bare(), Ty::List(_)) { Ty::Int("usize") } else { Ty::Unknown };
                self.expr(&mut index.index, &expects, scope, value);
                Kind::Other
            }
            Expr::Range(range) => {
                let item = match &ty {
                    Ty::Range(item) => (**item).clone(),
                    Ty::Int(width) => Ty::Int(width),
                    _ => Ty::Unknown,
                };
                for end in [&mut range.start, &mut range.end].into_iter().flatten() {
                    self.expr(end, &item, scope, value);
                }
                Kind::Other
            }
            Expr::Field(field) => {
                self.expr(&mut field.base, &Ty::Unknown, scope, inner(Role::Place));
                Kind::Other
            }
            Expr::Reference(reference) => {
                let mutable = reference.mutability.is_some();
                let expects = match &ty {
                    Ty::Ref(inner) => (**inner).clone(),
                    _ => Ty::Unknown,
                };
                self.expr(
                    &mut reference.expr,
                    &expects,
                    scope,
                    inner(if mutable { Role::Place } else { Role::Value }),
                );
                // `&[…]` is mostly meant as a slice.
                if let Some(Site { kind: Kind::Elements(shape @ Shape::Fixed, _), .. }) =
                    self.sites.last_mut()
                {
                    *shape = Shape::Free;
                }
                Kind::Reference
            }
            Expr::Closure(closure) => {
                self.closure(closure, &[], scope);
                Kind::Closure
            }
            Expr::Return(jump) => {
                let returns = self.functions.last().and_then(|around| around.returns.clone());
                if let Some(inner) = &mut jump.expr {
                    self.expr(inner, &returns.unwrap_or(Ty::Unknown), scope, value);
                }
                Kind::Opaque
            }
            Expr::Break(jump) => {
                if let Some(inner) = &mut jump.expr {
                    self.expr(inner, &Ty::Unknown, scope, value);
                }
                Kind::Opaque
            }
            Expr::Try(attempt) => {
                self.expr(&mut attempt.expr, &Ty::Unknown, scope, inner(Role::Place));
                Kind::Opaque
            }
            Expr::Struct(literal) => {
                let name = literal.path.get_ident().map(ToString::to_string).unwrap_or_default();
                for field in &mut literal.fields {
                    let member = match &field.member {
                        syn::Member::Named(ident) => ident.to_string(),
                        syn::Member::Unnamed(at) => at.index.to_string(),
                    };
                    let expects = self.env.globals.fields.get(&(name.clone(), member)).cloned();
                    // `Point { x }` has no expression of its own until `x: x` is written.
                    let role = if field.colon_token.is_some() { value } else { Role::Place };
                    self.expr(&mut field.expr, &expects.unwrap_or(Ty::Unknown), scope, role);
                }
                Kind::Other
            }
            Expr::Let(_) => {
                self.condition(expr, scope, role);
                return;
            }
            _ => Kind::Opaque,
        };
        self.site(kind, role, ty, scope, first);
        (self.visit)(self.sites.len() - 1, Node::Expr(expr));
    }

    fn binary(&mut self, binary: &mut syn::ExprBinary, ty: &Ty, scope: Scope, role: Role) -> Kind {
        let value = if role == Role::Constant { Role::Constant } else { Role::Value };
        let left = self.env.peek(&binary.left, scope);
        let right = self.env.peek(&binary.right, scope);
        let group = group(&binary.op);
        let side = match group {
            Group::Logic => Ty::Bool,
            Group::Comparison => left.clone().meet(&right),
            Group::Assign | Group::Shift => left.clone(),
            Group::Arithmetic | Group::Bits => left.clone().meet(&right).meet(ty),
        };
        let both = |own: Ty| {
            if own.is_number() || own == Ty::Unknown && side.is_number() { own.meet(&side) } else { own }
        };
        let left_role = if group == Group::Assign { Role::Place } else { value };
        self.expr(&mut binary.left, &both(left), scope, left_role);
        let expects = if group == Group::Shift { right } else { both(right) };
        self.expr(&mut binary.right, &expects, scope, value);
        if group == Group::Assign { Kind::Update } else { Kind::Binary(group) }
    }

    /// Walks a condition, `let` chains included, and returns what its branch sees.
    fn condition(&mut self, cond: &mut Expr, scope: Scope, role: Role) -> Scope {
        match cond {
            Expr::Let(check) => {
                let of = self.env.peek(&check.expr, scope);
                self.expr(&mut check.expr, &Ty::Unknown, scope, Role::Place);
                self.env.bind_pattern(scope, &check.pat, &of)
            }
            Expr::Binary(binary) if has_let(&binary.left) || has_let(&binary.right) => {
                let scope = self.condition(&mut binary.left, scope, role);
                self.condition(&mut binary.right, scope, role)
            }
            _ => {
                let value = if role == Role::Constant { role } else { Role::Value };
                self.expr(cond, &Ty::Bool, scope, value);
                scope
            }
        }
    }

    fn closure(&mut self, closure: &mut syn::ExprClosure, types: &[Ty], scope: Scope) {
        let mut inner = scope;
        for (index, pat) in closure.inputs.iter().enumerate() {
            inner = self.env.bind_pattern(inner, pat, types.get(index).unwrap_or(&Ty::Unknown));
        }
        let returns = match &closure.output {
            syn::ReturnType::Default => None,
            output => Some(Ty::returned(output)),
        };
        let outer = self.functions.len() - 1;
        let name = self.functions[outer].name.clone();
        self.functions.push(Around { name, returns: returns.clone() });
        self.expr(&mut closure.body, &returns.unwrap_or(Ty::Unknown), inner, Role::Value);
        let back = self.functions[outer].clone();
        self.functions.push(back);
    }
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(lit) if matches!(lit.lit, Lit::Int(_) | Lit::Float(_)))
}
