//! A region under the knife: its sites as they are now, and the few moves that all operators are made of.

use rand_chacha::ChaCha8Rng;
use syn::{Expr, Stmt};

use super::build;
use super::choose::{below, one};
use super::globals::{Globals, names};
use super::grammar::Grammar;
use super::infer::{resolve, visible};
use super::program::{Outer, Program, Region};
use super::sites::{Kind, Node, Role, Site, Survey};
use super::types::Ty;
use super::walk;

/// One candidate in the making.
pub(super) struct Work<'a> {
    pub(super) region: Region,
    pub(super) outer: &'a Outer,
    pub(super) globals: Globals,
    pub(super) survey: Survey,
    pub(super) donors: &'a [&'a Program],
    pub(super) rng: &'a mut ChaCha8Rng,
}

impl<'a> Work<'a> {
    pub(super) fn new(parent: &'a Program, donors: &'a [&'a Program], rng: &'a mut ChaCha8Rng) -> Work<'a> {
        let mut region = parent.region.clone();
        let (globals, survey) = look(&mut region, &parent.outer);
        Work { region, outer: &parent.outer, globals, survey, donors, rng }
    }

    /// Looks at the region again after an edit.
    pub(super) fn refresh(&mut self) {
        (self.globals, self.survey) = look(&mut self.region, self.outer);
    }

    /// One of the sites that fit, each as likely as the next.
    pub(super) fn pick(&mut self, fits: impl Fn(&Site) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = self
            .survey
            .sites
            .iter()
            .enumerate()
            .filter(|(_, site)| fits(site))
            .map(|(index, _)| index)
            .collect();
        one(self.rng, &fitting).copied()
    }

    pub(super) fn site(&self, at: usize) -> Site {
        self.survey.sites[at].clone()
    }

    /// A copy of the expression at a site.
    pub(super) fn expr(&mut self, at: usize) -> Option<Expr> {
        let mut found = None;
        self.change(at, |expr| {
            found = Some(expr.clone());
            false
        });
        found
    }

    /// Changes the expression at a site; the closure says whether it did.
    pub(super) fn change(&mut self, at: usize, change: impl FnOnce(&mut Expr) -> bool) -> bool {
        let mut done = false;
        walk::edit(&mut self.region, &self.globals, &self.outer.place, at, |node| {
            if let Node::Expr(expr) = node {
                done = change(expr);
            }
        });
        done
    }

    /// Changes the statements at a site.
    pub(super) fn change_stmts(&mut self, at: usize, change: impl FnOnce(&mut Vec<Stmt>) -> bool) -> bool {
        let mut done = false;
        walk::edit(&mut self.region, &self.globals, &self.outer.place, at, |node| {
            if let Node::Stmts(stmts) = node {
                done = change(stmts);
            }
        });
        done
    }

    /// Puts an expression in a site's place.
    pub(super) fn put(&mut self, at: usize, new: Expr) -> bool {
        let number = matches!(new, Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(_), .. }));
        if self.survey.sites[at].role == Role::Receiver && number {
            return false;
        }
        self.change(at, |expr| {
            let differs = *expr != new;
            *expr = new;
            differs
        })
    }

    /// The grammar as it draws at a site.
    pub(super) fn grammar(&mut self, at: usize) -> Grammar<'_> {
        let site = &self.survey.sites[at];
        Grammar {
            bindings: &self.survey.bindings,
            scope: site.scope,
            globals: &self.globals,
            function: &self.survey.functions[site.function].name,
            rng: self.rng,
        }
    }

    /// Draws a new expression for a site.
    pub(super) fn draw(&mut self, at: usize, ty: &Ty, depth: usize) -> Option<Expr> {
        self.grammar(at).draw(ty, depth)
    }

    /// How deep to draw: mostly leaves and single operations.
    pub(super) fn depth(&mut self) -> usize {
        [0, 0, 1, 1, 1, 2, 2, 3][below(self.rng, 8)]
    }

    /// Makes an expression that stood in another scope fit a site: variables keep their names where the name
    /// means the same type here, else become another variable of that type.
    pub(super) fn adopt(
        &mut self,
        mut expr: Expr,
        from: &Survey,
        site: &Site,
        globals: &Globals,
        at: usize,
    ) -> Option<Expr> {
        let target = self.site(at);
        for name in names(&expr) {
            let here = resolve(&self.survey.bindings, target.scope, &name);
            let Some(there) = resolve(&from.bindings, site.scope, &name) else {
                // Not a variable there: an item, or bound inside the expression itself.
                let item = globals.functions.contains_key(&name) || globals.constants.contains_key(&name);
                let known =
                    self.globals.functions.contains_key(&name) || self.globals.constants.contains_key(&name);
                if item && !known {
                    return None;
                }
                continue;
            };
            let ty = from.bindings[there].ty.clone();
            if here.is_some_and(|index| self.survey.bindings[index].ty == ty) {
                continue;
            }
            if ty == Ty::Unknown {
                return None;
            }
            let fitting: Vec<String> = visible(&self.survey.bindings, target.scope)
                .into_iter()
                .map(|index| &self.survey.bindings[index])
                .filter(|binding| binding.ty == ty)
                .map(|binding| binding.name.clone())
                .collect();
            let new = one(self.rng, &fitting)?;
            rename(&mut expr, &name, new);
        }
        Some(expr)
    }

    /// Whether all variables of a part mean the same at the site that it moves up to.
    pub(super) fn means_same(&self, expr: &Expr, from: &Site, to: &Site) -> bool {
        names(expr).iter().all(|name| {
            resolve(&self.survey.bindings, from.scope, name) == resolve(&self.survey.bindings, to.scope, name)
        })
    }
}

fn look(region: &mut Region, outer: &Outer) -> (Globals, Survey) {
    let mut globals = outer.globals.clone();
    if let Region::Items { items, .. } = region {
        globals.add(items);
    }
    let survey = walk::survey(region, &globals, &outer.place);
    (globals, survey)
}

/// The sites of another program, and the names its items have.
pub(super) fn look_at(program: &Program) -> (Region, Globals, Survey) {
    let mut region = program.region.clone();
    let (globals, survey) = look(&mut region, &program.outer);
    (region, globals, survey)
}

fn rename(expr: &mut Expr, from: &str, to: &str) {
    struct Rename<'n>(&'n str, &'n str);
    impl syn::visit_mut::VisitMut for Rename<'_> {
        fn visit_expr_path_mut(&mut self, node: &mut syn::ExprPath) {
            if node.path.is_ident(self.0) {
                node.path = syn::Path::from(build::ident(self.1));
            }
        }
    }
    syn::visit_mut::VisitMut::visit_expr_mut(&mut Rename(from, to), expr);
}

/// Whether a value may be replaced by another one of its type here.
pub(super) fn is_replaceable(site: &Site) -> bool {
    matches!(site.role, Role::Value | Role::Receiver) && !matches!(site.kind, Kind::Opaque | Kind::Stmts(_))
}

/// Gives float literals a type where they have none and a method is called on them: `2.0.abs()` does not
/// compile, `2.0_f64.abs()` does.
pub(super) fn anchor(region: &mut Region) {
    let mut anchor = Anchor { receivers: Vec::new() };
    region.visit(&mut anchor);
    if let Region::Stmts(stmts) = region {
        anchor.locals(stmts);
    }
}

struct Anchor {
    /// Variables that methods are called on, in the order they were met.
    receivers: Vec<String>,
}

fn untyped(expr: &mut Expr) -> Option<&mut syn::LitFloat> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Float(lit), .. }) if lit.suffix().is_empty() => Some(lit),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => untyped(&mut unary.expr),
        Expr::Binary(binary) => match (untyped(&mut binary.left), untyped(&mut binary.right)) {
            (Some(left), Some(_)) => Some(left),
            _ => None,
        },
        Expr::If(branch) => {
            let [Stmt::Expr(then, None)] = branch.then_branch.stmts.as_mut_slice() else { return None };
            let (_, other) = branch.else_branch.as_mut()?;
            match (untyped(then), untyped(other)) {
                (Some(then), Some(_)) => Some(then),
                _ => None,
            }
        }
        Expr::Block(block) => match block.block.stmts.as_mut_slice() {
            [Stmt::Expr(inner, None)] => untyped(inner),
            _ => None,
        },
        _ => None,
    }
}

impl syn::visit_mut::VisitMut for Anchor {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        syn::visit_mut::visit_expr_method_call_mut(self, call);
        match &mut *call.receiver {
            Expr::Path(path) => self.receivers.extend(path.path.get_ident().map(ToString::to_string)),
            receiver => write_type(untyped(receiver)),
        }
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        syn::visit_mut::visit_block_mut(self, block);
        self.locals(&mut block.stmts);
    }
}

impl Anchor {
    fn locals(&self, stmts: &mut [Stmt]) {
        for stmt in stmts {
            if let Stmt::Local(local) = stmt
                && let syn::Pat::Ident(name) = &local.pat
                && self.receivers.iter().any(|known| name.ident == known.as_str())
                && let Some(init) = &mut local.init
            {
                write_type(untyped(&mut init.expr));
            }
        }
    }
}

fn write_type(lit: Option<&mut syn::LitFloat>) {
    if let Some(lit) = lit {
        *lit = syn::LitFloat::new(&format!("{}_f64", lit.base10_digits()), lit.span());
    }
}
