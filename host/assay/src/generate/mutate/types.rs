//! A light notion of types: just enough to tell which expressions may stand in for which.
//!
//! This is no type checker. It knows primitives, strings and the common shapes around them, and says
//! `Unknown` for all else; an `Unknown` expression is only ever reshaped in ways that keep its type
//! whatever it is. A wrong guess costs one candidate that does not compile, nothing more.

use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// What is known of an expression's type. `Int("")` and `Float("")` are literals still without a width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Unknown,
    Unit,
    Bool,
    Char,
    Str,
    String,
    Int(&'static str),
    Float(&'static str),
    Ref(Box<Ty>),
    Mut(Box<Ty>),
    /// `Vec`, arrays and slices: all index alike.
    List(Box<Ty>),
    Opt(Box<Ty>),
    Res(Box<Ty>),
    Range(Box<Ty>),
    Iter(Box<Ty>),
    Tuple(Vec<Ty>),
    Named(String),
}

const INTEGERS: [&str; 12] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];

impl Ty {
    /// The primitive that a name stands for.
    pub(super) fn primitive(name: &str) -> Option<Ty> {
        Some(match name {
            "bool" => Ty::Bool,
            "char" => Ty::Char,
            "str" => Ty::Str,
            "f32" => Ty::Float("f32"),
            "f64" => Ty::Float("f64"),
            _ => Ty::Int(INTEGERS.iter().find(|known| **known == name)?),
        })
    }

    pub(super) fn of(ty: &Type) -> Ty {
        match ty {
            Type::Paren(inner) => Ty::of(&inner.elem),
            Type::Group(inner) => Ty::of(&inner.elem),
            Type::Reference(inner) if inner.mutability.is_some() => Ty::Mut(Box::new(Ty::of(&inner.elem))),
            Type::Reference(inner) => Ty::Ref(Box::new(Ty::of(&inner.elem))),
            Type::Array(inner) => Ty::List(Box::new(Ty::of(&inner.elem))),
            Type::Slice(inner) => Ty::List(Box::new(Ty::of(&inner.elem))),
            Type::Tuple(inner) if inner.elems.is_empty() => Ty::Unit,
            Type::Tuple(inner) => Ty::Tuple(inner.elems.iter().map(Ty::of).collect()),
            Type::Path(path) if path.qself.is_none() => {
                let Some(last) = path.path.segments.last() else { return Ty::Unknown };
                let name = last.ident.to_string();
                let inner = || Box::new(argument(&last.arguments));
                match name.as_str() {
                    "String" => Ty::String,
                    "Vec" => Ty::List(inner()),
                    "Option" => Ty::Opt(inner()),
                    "Result" => Ty::Res(inner()),
                    _ if path.path.segments.len() > 1 || !last.arguments.is_none() => Ty::Unknown,
                    // A generic parameter would pass for a type of its own name, which is what it is.
                    _ => Ty::primitive(&name).unwrap_or(Ty::Named(name)),
                }
            }
            _ => Ty::Unknown,
        }
    }

    pub(super) fn returned(output: &ReturnType) -> Ty {
        match output {
            ReturnType::Default => Ty::Unit,
            ReturnType::Type(_, ty) => Ty::of(ty),
        }
    }

    /// This type, or what the surroundings expect where this one leaves it open.
    pub(super) fn meet(self, expected: &Ty) -> Ty {
        match (&self, expected) {
            (Ty::Unknown, _) | (Ty::Int(""), Ty::Int(_)) | (Ty::Float(""), Ty::Float(_)) => expected.clone(),
            (Ty::List(inner), Ty::List(other)) if **inner == Ty::Unknown || **inner == Ty::Int("") => {
                Ty::List(Box::new((**inner).clone().meet(other)))
            }
            (Ty::Tuple(own), Ty::Tuple(other)) if own.len() == other.len() => {
                Ty::Tuple(own.iter().zip(other).map(|(own, other)| own.clone().meet(other)).collect())
            }
            _ => self,
        }
    }

    /// Without references: what method calls see.
    pub(super) fn bare(&self) -> &Ty {
        match self {
            Ty::Ref(inner) | Ty::Mut(inner) => inner.bare(),
            _ => self,
        }
    }

    /// A number, truth value or character of known width: the types that the grammar can draw.
    pub(super) fn is_drawable(&self) -> bool {
        match self {
            Ty::Bool | Ty::Char => true,
            Ty::Int(width) | Ty::Float(width) => !width.is_empty(),
            _ => false,
        }
    }

    /// Known well enough, and copied rather than moved: may be put elsewhere.
    pub(super) fn is_copy(&self) -> bool {
        match self {
            Ty::Ref(inner) => **inner == Ty::Str || inner.is_copy(),
            Ty::Tuple(inner) => inner.iter().all(Ty::is_copy),
            _ => self.is_drawable(),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Ty::Int(_) | Ty::Float(_))
    }

    /// Bits of an integer type; `usize` counts as 32, for that is what a wasm guest has.
    pub(super) fn bits(width: &str) -> u32 {
        match width {
            "u8" | "i8" => 8,
            "u16" | "i16" => 16,
            "u64" | "i64" => 64,
            "u128" | "i128" => 128,
            _ => 32,
        }
    }

    /// The largest value of an integer type, as far as an `i128` reaches.
    pub(super) fn largest(width: &str) -> i128 {
        match width {
            "" | "i32" => i128::from(i32::MAX),
            "u128" | "i128" => i128::MAX,
            _ => {
                let bits = Ty::bits(width) - u32::from(width.starts_with('i'));
                (1_i128 << bits) - 1
            }
        }
    }
}

/// The first type argument, as in `Vec<T>` or `Result<T, E>`.
pub(super) fn argument(arguments: &PathArguments) -> Ty {
    let PathArguments::AngleBracketed(arguments) = arguments else { return Ty::Unknown };
    arguments
        .args
        .iter()
        .find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(Ty::of(ty)),
            _ => None,
        })
        .unwrap_or(Ty::Unknown)
}
