//! What a program's items offer to its expressions: functions, constants, fields and methods, by name.
//!
//! One flat table for a file, whatever its modules: names that occur twice with different types become
//! unknown, which is the safe side.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Expr, ExprPath, FnArg, ImplItem, Item, Signature};

use super::types::Ty;

/// A function as a caller sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Function {
    /// Types of the arguments, a method's receiver not counted.
    pub(super) arguments: Vec<Ty>,
    pub(super) returns: Ty,
    pub(super) generic: bool,
}

/// The items of a file by name, in the order of their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Globals {
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) methods: BTreeMap<String, Function>,
    pub(super) constants: BTreeMap<String, Ty>,
    pub(super) fields: BTreeMap<(String, String), Ty>,
    /// Which names each function mentions, to keep drawn calls from recursing.
    mentions: BTreeMap<String, BTreeSet<String>>,
}

impl Globals {
    pub(super) fn add(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Fn(item) => {
                    let name = item.sig.ident.to_string();
                    let mut called = Names::default();
                    called.visit_block(&item.block);
                    self.mentions.insert(name.clone(), called.0);
                    insert_function(&mut self.functions, name, function(&item.sig));
                }
                Item::Const(item) => {
                    self.constants.insert(item.ident.to_string(), Ty::of(&item.ty));
                }
                Item::Static(item) => {
                    self.constants.insert(item.ident.to_string(), Ty::of(&item.ty));
                }
                Item::Struct(item) => {
                    for (index, field) in item.fields.iter().enumerate() {
                        let name =
                            field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
                        self.fields.insert((item.ident.to_string(), name), Ty::of(&field.ty));
                    }
                }
                Item::Impl(item) => {
                    for inner in &item.items {
                        if let ImplItem::Fn(method) = inner {
                            let name = method.sig.ident.to_string();
                            let mut found = function(&method.sig);
                            if found.returns == Ty::Named("Self".to_owned()) {
                                found.returns = Ty::of(&item.self_ty);
                            }
                            insert_function(&mut self.methods, name, found);
                        }
                    }
                }
                Item::Mod(item) => {
                    if let Some((_, inner)) = &item.content {
                        self.add(inner);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a call of `callee` could come back to `caller`.
    pub(super) fn reaches(&self, callee: &str, caller: &str) -> bool {
        let mut seen = BTreeSet::from([callee]);
        let mut open = vec![callee];
        while let Some(name) = open.pop() {
            if name == caller {
                return true;
            }
            for next in self.mentions.get(name).into_iter().flatten() {
                if self.functions.contains_key(next) && seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

fn insert_function(into: &mut BTreeMap<String, Function>, name: String, found: Function) {
    match into.get_mut(&name) {
        Some(known) if *known != found => {
            known.returns = Ty::Unknown;
            known.generic = true;
        }
        Some(_) => {}
        None => {
            into.insert(name, found);
        }
    }
}

fn function(signature: &Signature) -> Function {
    let arguments = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(input) => Some(Ty::of(&input.ty)),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let generic = signature.asyncness.is_some()
        || signature.abi.is_some()
        || signature.generics.type_params().next().is_some();
    Function { arguments, returns: Ty::returned(&signature.output), generic }
}

/// All names of one segment that stand as values.
#[derive(Default)]
pub(super) struct Names(pub(super) BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_expr_path(&mut self, node: &'ast ExprPath) {
        if let Some(name) = node.path.get_ident() {
            self.0.insert(name.to_string());
        }
        visit::visit_expr_path(self, node);
    }
}

/// The value names that an expression uses, macros not looked into.
pub(super) fn names(expr: &Expr) -> BTreeSet<String> {
    let mut names = Names::default();
    names.visit_expr(expr);
    names.0
}
