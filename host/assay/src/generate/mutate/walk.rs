//! One walk over the evolving region that knows, at every place, what is in scope and which type fits.
//!
//! The same walk serves twice. A *survey* lists the places (sites) where an edit could happen, without
//! touching anything; an *edit* walks again in the same order and changes the site with a given number.
//! Numbering by one walk is what makes the two agree. Sites are numbered after their parts, so the parts
//! of site `i` are exactly the sites `first..i`.

mod expr;

use syn::{Block, Expr, ImplItem, Item, Pat, Signature, Stmt};

use super::build;
use super::globals::Globals;
use super::infer::{Env, Scope};
use super::program::Region;
use super::sites::{Around, Kind, Node, Place, Role, Site, Survey};
use super::types::Ty;

/// Lists the sites of a region. (Takes it mutably, for it is the same walk, but changes nothing.)
pub(super) fn survey(region: &mut Region, globals: &Globals, place: &Place) -> Survey {
    let mut ignore = |_: usize, _: Node<'_>| {};
    let mut walk = Walk::new(globals, place, &mut ignore);
    walk.region(region, place);
    Survey { sites: walk.sites, bindings: walk.env.bindings, functions: walk.functions }
}

/// Changes the site with number `at`.
pub(super) fn edit(
    region: &mut Region,
    globals: &Globals,
    place: &Place,
    at: usize,
    change: impl FnOnce(Node<'_>),
) {
    let mut change = Some(change);
    Walk::new(globals, place, &mut |index, node| {
        if index == at
            && let Some(change) = change.take()
        {
            change(node);
        }
    })
    .region(region, place);
}

/// Finds the place of a marker statement in a whole file.
pub(super) fn locate(items: &mut [Item], globals: &Globals, marker: &str) -> Option<Place> {
    let place = Place::default();
    let mut ignore = |_: usize, _: Node<'_>| {};
    let mut walk = Walk::new(globals, &place, &mut ignore);
    walk.marker = Some(marker);
    walk.items(items);
    walk.found
}

struct Walk<'w, 'g> {
    env: Env<'g>,
    visit: &'w mut dyn FnMut(usize, Node<'_>),
    sites: Vec<Site>,
    functions: Vec<Around>,
    marker: Option<&'w str>,
    found: Option<Place>,
}

impl<'w, 'g> Walk<'w, 'g> {
    fn new(globals: &'g Globals, place: &Place, visit: &'w mut dyn FnMut(usize, Node<'_>)) -> Self {
        Walk {
            env: Env { globals, bindings: place.bindings.clone() },
            visit,
            sites: Vec::new(),
            functions: vec![place.around.clone()],
            marker: None,
            found: None,
        }
    }

    fn region(&mut self, region: &mut Region, place: &Place) {
        match region {
            Region::Items { items, .. } => self.items(items),
            Region::Stmts(stmts) => {
                let expected = place.expected.clone().unwrap_or(Ty::Unknown);
                self.stmts(stmts, &expected, place.scope);
            }
        }
    }

    fn items(&mut self, items: &mut [Item]) {
        for item in items {
            match item {
                Item::Fn(item) => self.function(&item.sig, &mut item.block, None),
                Item::Const(item) => self.expr(&mut item.expr, &Ty::of(&item.ty), None, Role::Constant),
                Item::Static(item) => self.expr(&mut item.expr, &Ty::of(&item.ty), None, Role::Constant),
                Item::Impl(item) => {
                    let own = Ty::of(&item.self_ty);
                    for inner in &mut item.items {
                        match inner {
                            ImplItem::Fn(inner) => self.function(&inner.sig, &mut inner.block, Some(&own)),
                            ImplItem::Const(inner) => {
                                self.expr(&mut inner.expr, &Ty::of(&inner.ty), None, Role::Constant);
                            }
                            _ => {}
                        }
                    }
                }
                Item::Mod(item) => {
                    if let Some((_, inner)) = &mut item.content {
                        self.items(inner);
                    }
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, signature: &Signature, block: &mut Block, own: Option<&Ty>) {
        let mut scope = None;
        for input in &signature.inputs {
            scope = match input {
                syn::FnArg::Typed(input) => self.env.bind_pattern(scope, &input.pat, &Ty::of(&input.ty)),
                syn::FnArg::Receiver(_) => {
                    let ty = own.cloned().unwrap_or(Ty::Unknown);
                    self.env.bind(scope, "self".to_owned(), Ty::Ref(Box::new(ty)), false)
                }
            };
        }
        let returns = Ty::returned(&signature.output);
        let outer = self.functions.len() - 1;
        self.functions.push(Around { name: signature.ident.to_string(), returns: Some(returns.clone()) });
        self.block(block, &returns, scope, Role::Value);
        // Sites name the last function entered; put the outer one back on top.
        let back = self.functions[outer].clone();
        self.functions.push(back);
    }

    fn stmts(&mut self, stmts: &mut Vec<Stmt>, expected: &Ty, scope: Scope) {
        let first = self.sites.len();
        let outer = scope;
        let mut scope = scope;
        let count = stmts.len();
        for (index, stmt) in stmts.iter_mut().enumerate() {
            match stmt {
                Stmt::Local(local) => {
                    let expects = match &local.pat {
                        Pat::Type(pat) => Ty::of(&pat.ty),
                        _ => Ty::Unknown,
                    };
                    if let Some(init) = &mut local.init {
                        self.expr(&mut init.expr, &expects, scope, Role::Value);
                        if let Some((_, other)) = &mut init.diverge {
                            self.expr(other, &Ty::Unknown, scope, Role::Chain);
                        }
                    }
                    scope = self.env.bind_local(scope, local);
                }
                Stmt::Expr(expr, None) if index + 1 == count && *expected != Ty::Unit => {
                    self.expr(expr, expected, scope, Role::Value);
                }
                Stmt::Expr(expr, _) => self.expr(expr, &Ty::Unit, scope, Role::Statement),
                Stmt::Item(item) => self.items(std::slice::from_mut(item)),
                Stmt::Macro(stmt) => {
                    if self.marker.is_some_and(|marker| stmt.mac.path.is_ident(marker)) {
                        self.found = Some(Place {
                            bindings: self.env.bindings.clone(),
                            scope,
                            expected: Some(if index + 1 == count { expected.clone() } else { Ty::Unit }),
                            around: self.functions.last().cloned().unwrap_or_default(),
                        });
                    }
                }
            }
        }
        // Statement edits see what is in scope at the block's start: drawn code may then stand anywhere.
        self.site(Kind::Stmts(count), Role::Value, expected.clone(), outer, first);
        (self.visit)(self.sites.len() - 1, Node::Stmts(stmts));
    }

    fn block(&mut self, block: &mut Block, expected: &Ty, scope: Scope, role: Role) {
        if role == Role::Constant {
            return;
        }
        self.stmts(&mut block.stmts, expected, scope);
    }

    fn site(&mut self, kind: Kind, role: Role, ty: Ty, scope: Scope, first: usize) {
        let function = self.functions.len() - 1;
        self.sites.push(Site { kind, role, ty, scope, first, function });
    }

    fn many<'e>(
        &mut self,
        parts: impl Iterator<Item = &'e mut Expr>,
        scope: Scope,
        role: Role,
        expects: impl Fn(usize) -> Ty,
    ) {
        for (index, part) in parts.enumerate() {
            self.expr(part, &expects(index), scope, role);
        }
    }
}

/// Whether a condition has a `let` in its chain of `&&`.
pub(super) fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// Takes an expression out, leaving a hole.
pub(super) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, build::hole())
}
