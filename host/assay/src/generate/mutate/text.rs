//! A region as text and back: printing, reading, and the proof that both are the same tree.
//!
//! While edits work on it, a region has no parentheses, for the printer knows where they are needed, and its
//! `vec![…]` are arrays with a mark, so that edits see the elements.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, File, Item, Token};

use super::program::Region;
use super::{clean, depth};

const VEC: &str = "__assay_vec";

/// Without parentheses, and with `vec![…]` as an array that edits can see into.
pub(super) fn prepare(region: &mut Region) {
    region.visit(&mut Lower);
    clean::unparenthesise(region);
}

/// Prints a region as prettyplease lays it out, statements with four spaces in front.
pub(super) fn print(region: &Region) -> String {
    let mut region = region.clone();
    region.visit(&mut Raise);
    match region {
        Region::Items { attrs, items } => {
            prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs, items })
        }
        Region::Stmts(stmts) => {
            let mut wrapper: syn::ItemFn = syn::parse_quote!(
                fn region() {}
            );
            wrapper.block.stmts = stmts;
            let file =
                File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![Item::Fn(wrapper)] };
            let text = prettyplease::unparse(&file);
            match (text.find('\n'), text.trim_end().rfind('}')) {
                (Some(first), Some(last)) if first < last => text[first + 1..last].to_owned(),
                _ => String::new(),
            }
        }
    }
}

/// Moves printed statements to the depth that the marker stands at.
pub(super) fn indented(text: &str, indent: usize) -> String {
    let base = if text.starts_with("    ") { 4 } else { 0 };
    if base == indent {
        return text.to_owned();
    }
    let mut shifted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            shifted.extend(std::iter::repeat_n(' ', indent));
        }
        let cut = line.len() - line.trim_start_matches(' ').len();
        shifted.push_str(&line[cut.min(base)..]);
    }
    shifted
}

/// Reads a printed region back.
pub(super) fn read(like: &Region, text: &str) -> Option<Region> {
    let tokens: TokenStream = text.parse().ok()?;
    if !depth::is_shallow(&tokens) {
        return None;
    }
    let mut region = match like {
        Region::Items { .. } => {
            let file = syn::parse_file(text).ok()?;
            Region::Items { attrs: file.attrs, items: file.items }
        }
        Region::Stmts(_) => Region::Stmts(Block::parse_within.parse_str(text).ok()?),
    };
    prepare(&mut region);
    Some(region)
}

/// A region's tokens without those that the printer adds or drops at will.
pub(super) fn skeleton(region: &Region) -> String {
    let mut region = region.clone();
    clean::unbrace(&mut region);
    region.visit(&mut Hollow);
    let tokens = match &region {
        Region::Items { items, .. } => items.iter().map(ToTokens::to_token_stream).collect(),
        Region::Stmts(stmts) => stmts.iter().map(ToTokens::to_token_stream).collect::<TokenStream>(),
    };
    tokens.to_string().replace([',', ';', ' ', '\n'], "")
}

/// Whether the attributes say that an array was written as `vec![…]`.
pub(super) fn is_vec(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident(VEC))
}

/// Empties macros that are items: no edit reaches into them, and the printer chooses their brackets.
struct Hollow;

impl VisitMut for Hollow {
    fn visit_item_macro_mut(&mut self, item: &mut syn::ItemMacro) {
        item.mac.tokens = TokenStream::new();
        item.mac.delimiter = syn::MacroDelimiter::Brace(syn::token::Brace::default());
    }
}

struct Lower;

impl VisitMut for Lower {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(call) = expr
            && call.attrs.is_empty()
            && call.mac.path.is_ident("vec")
        {
            let name = super::build::ident(VEC);
            let attrs: Vec<Attribute> = vec![syn::parse_quote!(#[#name])];
            let tokens = call.mac.tokens.clone();
            let list = Punctuated::<Expr, Token![,]>::parse_terminated;
            if let Ok(elems) = list.parse2(tokens.clone()) {
                *expr = Expr::Array(syn::ExprArray {
                    attrs,
                    bracket_token: syn::token::Bracket::default(),
                    elems,
                });
            } else if let Ok(mut repeat) = syn::parse2::<syn::ExprRepeat>(quote::quote!([#tokens])) {
                repeat.attrs = attrs;
                *expr = Expr::Repeat(repeat);
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}

struct Raise;

impl VisitMut for Raise {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            Expr::Array(array) if is_vec(&array.attrs) => {
                let elems = &array.elems;
                *expr = syn::parse_quote!(vec![#elems]);
            }
            Expr::Repeat(repeat) if is_vec(&repeat.attrs) => {
                let (value, len) = (&repeat.expr, &repeat.len);
                *expr = syn::parse_quote!(vec![#value; #len]);
            }
            _ => {}
        }
    }
}

/// Whether the printer knows all of a region's syntax.
pub(super) fn is_printable(region: &Region) -> bool {
    let mut printable = Printable(true);
    printable.region(region);
    printable.0
}

struct Printable(bool);

impl Printable {
    fn region(&mut self, region: &Region) {
        match region {
            Region::Items { items, .. } => items.iter().for_each(|item| self.visit_item(item)),
            Region::Stmts(stmts) => stmts.iter().for_each(|stmt| self.visit_stmt(stmt)),
        }
    }
}

impl<'ast> Visit<'ast> for Printable {
    fn visit_expr(&mut self, node: &'ast Expr) {
        self.0 &= !matches!(node, Expr::Verbatim(_));
        visit::visit_expr(self, node);
    }

    fn visit_item(&mut self, node: &'ast Item) {
        self.0 &= !matches!(node, Item::Verbatim(_));
        visit::visit_item(self, node);
    }

    fn visit_impl_item(&mut self, node: &'ast syn::ImplItem) {
        self.0 &= !matches!(node, syn::ImplItem::Verbatim(_));
        visit::visit_impl_item(self, node);
    }

    fn visit_trait_item(&mut self, node: &'ast syn::TraitItem) {
        self.0 &= !matches!(node, syn::TraitItem::Verbatim(_));
        visit::visit_trait_item(self, node);
    }

    fn visit_foreign_item(&mut self, node: &'ast syn::ForeignItem) {
        self.0 &= !matches!(node, syn::ForeignItem::Verbatim(_));
        visit::visit_foreign_item(self, node);
    }

    fn visit_pat(&mut self, node: &'ast syn::Pat) {
        self.0 &= !matches!(node, syn::Pat::Verbatim(_));
        visit::visit_pat(self, node);
    }

    fn visit_type(&mut self, node: &'ast syn::Type) {
        self.0 &= !matches!(node, syn::Type::Verbatim(_));
        visit::visit_type(self, node);
    }

    fn visit_type_param_bound(&mut self, node: &'ast syn::TypeParamBound) {
        self.0 &= !matches!(node, syn::TypeParamBound::Verbatim(_));
        visit::visit_type_param_bound(self, node);
    }

    fn visit_lit(&mut self, node: &'ast syn::Lit) {
        self.0 &= !matches!(node, syn::Lit::Verbatim(_));
    }
}
