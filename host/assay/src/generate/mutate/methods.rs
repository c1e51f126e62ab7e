//! What the standard library's methods take and give, as far as small programs use them.

use super::globals::Globals;
use super::types::Ty;

/// The type that a method of the standard library returns.
pub(super) fn method(receiver: &Ty, name: &str, turbofish: Option<Ty>) -> Ty {
    let usize = Ty::Int("usize");
    let bare = receiver.bare();
    match (bare, name) {
        (_, "clone" | "to_owned") if *bare == Ty::Str => Ty::String,
        (_, "clone" | "to_owned") => bare.clone(),
        (_, "to_string") => Ty::String,
        (_, "len" | "count") => usize,
        (
            _,
            "is_empty"
            | "contains"
            | "starts_with"
            | "ends_with"
            | "any"
            | "all"
            | "is_some"
            | "is_none"
            | "is_ok"
            | "is_err"
            | "is_nan"
            | "is_finite"
            | "is_infinite"
            | "is_sign_negative"
            | "eq_ignore_ascii_case"
            | "contains_key",
        ) => Ty::Bool,
        (Ty::Char | Ty::Int(_), name) if name.starts_with("is_") => Ty::Bool,
        (Ty::Int(_), "pow" | "leading_zeros" | "trailing_zeros" | "count_ones") if name != "pow" => {
            Ty::Int("u32")
        }
        (Ty::Int(_), name) if name.starts_with("checked_") => Ty::Opt(Box::new(bare.clone())),
        (Ty::Int(_), name) if name.starts_with("overflowing_") => Ty::Tuple(vec![bare.clone(), Ty::Bool]),
        (Ty::Int(_), "abs_diff") => Ty::Unknown,
        (Ty::Float(_), "to_bits" | "total_cmp" | "partial_cmp" | "sin_cos") => Ty::Unknown,
        (
            Ty::Int(_),
            "cmp" | "partial_cmp" | "to_le_bytes" | "to_be_bytes" | "to_ne_bytes" | "unsigned_abs",
        ) => Ty::Unknown,
        (Ty::Int(_) | Ty::Float(_), _) => bare.clone(),
        (Ty::Char, "to_ascii_lowercase" | "to_ascii_uppercase") => Ty::Char,
        (Ty::Char, "to_digit") => Ty::Opt(Box::new(Ty::Int("u32"))),
        (Ty::Str | Ty::String, "trim" | "trim_start" | "trim_end" | "as_str" | "trim_matches") => {
            Ty::Ref(Box::new(Ty::Str))
        }
        (
            Ty::Str | Ty::String,
            "to_lowercase" | "to_uppercase" | "replace" | "repeat" | "to_ascii_lowercase"
            | "to_ascii_uppercase",
        ) => Ty::String,
        (Ty::Str | Ty::String, "chars") => Ty::Iter(Box::new(Ty::Char)),
        (Ty::Str | Ty::String, "bytes") => Ty::Iter(Box::new(Ty::Int("u8"))),
        (Ty::Str | Ty::String, "as_bytes") => Ty::Ref(Box::new(Ty::List(Box::new(Ty::Int("u8"))))),
        (Ty::Str | Ty::String, "char_indices") => Ty::Iter(Box::new(Ty::Tuple(vec![usize, Ty::Char]))),
        (Ty::Str | Ty::String, "split" | "lines" | "split_whitespace" | "splitn" | "rsplit") => {
            Ty::Iter(Box::new(Ty::Ref(Box::new(Ty::Str))))
        }
        (Ty::Str | Ty::String, "find" | "rfind") => Ty::Opt(Box::new(usize)),
        (Ty::Str | Ty::String, "strip_prefix" | "strip_suffix") => {
            Ty::Opt(Box::new(Ty::Ref(Box::new(Ty::Str))))
        }
        (Ty::Str | Ty::String, "parse") => Ty::Res(Box::new(turbofish.unwrap_or(Ty::Unknown))),
        (Ty::List(inner), "iter") => Ty::Iter(Box::new(Ty::Ref(inner.clone()))),
        (Ty::List(inner), "iter_mut") => Ty::Iter(Box::new(Ty::Mut(inner.clone()))),
        (Ty::List(inner) | Ty::Range(inner), "into_iter") => Ty::Iter(inner.clone()),
        (Ty::List(inner), "first" | "last" | "get") => Ty::Opt(Box::new(Ty::Ref(inner.clone()))),
        (Ty::List(inner), "pop") => Ty::Opt(inner.clone()),
        (
            Ty::Iter(inner) | Ty::Range(inner),
            "rev" | "skip" | "take" | "step_by" | "filter" | "peekable" | "chain" | "skip_while"
            | "take_while" | "inspect",
        ) => Ty::Iter(inner.clone()),
        (Ty::Iter(inner), "copied" | "cloned") => Ty::Iter(Box::new(inner.bare().clone())),
        (Ty::Iter(inner) | Ty::Range(inner), "enumerate") => {
            Ty::Iter(Box::new(Ty::Tuple(vec![usize, (**inner).clone()])))
        }
        (Ty::Iter(inner), "next" | "last" | "nth" | "min" | "max" | "peek" | "next_back") => {
            Ty::Opt(inner.clone())
        }
        (Ty::Iter(_) | Ty::Unknown, "sum" | "product" | "collect") => turbofish.unwrap_or(Ty::Unknown),
        (
            Ty::Opt(inner) | Ty::Res(inner),
            "unwrap" | "expect" | "unwrap_or" | "unwrap_or_default" | "unwrap_or_else",
        ) => (**inner).clone(),
        (Ty::Res(inner), "ok") => Ty::Opt(inner.clone()),
        (Ty::Opt(inner), "ok_or" | "ok_or_else") => Ty::Res(inner.clone()),
        (Ty::Opt(inner), "copied" | "cloned") => Ty::Opt(Box::new(inner.bare().clone())),
        _ => Ty::Unknown,
    }
}

/// What a method's argument has to be.
pub(super) fn argument_type(own: &Ty, name: &str, index: usize, globals: &Globals) -> Ty {
    match (own, name) {
        (Ty::Float(_), "powi") => Ty::Int("i32"),
        (Ty::Int(_), "pow" | "rotate_left" | "rotate_right") => Ty::Int("u32"),
        (Ty::Int(_), name) if name.ends_with("_shl") || name.ends_with("_shr") || name.ends_with("_pow") => {
            Ty::Int("u32")
        }
        (Ty::Int(_) | Ty::Float(_), _) => own.clone(),
        (Ty::Opt(inner) | Ty::Res(inner), "unwrap_or") => (**inner).clone(),
        (Ty::List(inner), "push") => (**inner).clone(),
        (Ty::String, "push") => Ty::Char,
        (Ty::String, "push_str") => Ty::Ref(Box::new(Ty::Str)),
        (Ty::Iter(_) | Ty::Range(_), "skip" | "take" | "nth" | "step_by") => Ty::Int("usize"),
        _ => globals
            .methods
            .get(name)
            .filter(|known| !known.generic)
            .and_then(|known| known.arguments.get(index))
            .cloned()
            .unwrap_or(Ty::Unknown),
    }
}

/// What a closure handed to a method gets.
pub(super) fn closure_types(own: &Ty, name: &str) -> Vec<Ty> {
    let (Ty::Iter(item) | Ty::Range(item) | Ty::Opt(item)) = own else { return Vec::new() };
    match name {
        "map" | "for_each" | "any" | "all" | "flat_map" | "filter_map" | "find_map" | "position"
        | "and_then" => {
            vec![(**item).clone()]
        }
        "filter" | "find" | "take_while" | "skip_while" | "inspect" => vec![Ty::Ref(item.clone())],
        "fold" => vec![Ty::Unknown, (**item).clone()],
        _ => Vec::new(),
    }
}
