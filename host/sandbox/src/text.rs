//! Values as text, in WAVE: what the host and its guests tell each other through this process.
//!
//! WAVE's writer panics on a value that it has no form for, and a panic is the worker's death. So types are looked at
//! before anything of them is called. And what it writes has no bound of its own: a guest hands over values within
//! `output-bytes`, counted as they are lifted, but a list of tiny floats comes to ten times that in text. So the writer
//! stops where the host would stop to believe (see [`text_bytes`]), and the guest ends there.

use crate::limits::Stop;
use crate::policy::Limits;
use crate::protocol::text_bytes;
use std::fmt::{Error, Write};
use wasmtime::component::wasm_wave::{parser::ParserError, writer::Writer};
use wasmtime::component::{Type, Val, wasm_wave};

/// Whether all values of a type have a text: no handle, stream or future among them. Validation bounds the size and the
/// depth of a type.
pub(crate) fn has_form(kind: &Type) -> bool {
    match kind {
        Type::Bool | Type::Char | Type::String | Type::Float32 | Type::Float64 => true,
        Type::S8 | Type::U8 | Type::S16 | Type::U16 | Type::S32 | Type::U32 | Type::S64 | Type::U64 => true,
        Type::Enum(_) | Type::Flags(_) => true,
        Type::List(list) => has_form(&list.ty()),
        Type::Option(option) => has_form(&option.ty()),
        Type::Record(record) => record.fields().all(|field| has_form(&field.ty)),
        Type::Tuple(tuple) => tuple.types().all(|kind| has_form(&kind)),
        Type::Variant(variant) => variant.cases().filter_map(|case| case.ty).all(|kind| has_form(&kind)),
        Type::Result(result) => result.ok().iter().chain(&result.err()).all(has_form),
        _ => false,
    }
}

/// One value of a type that [`has_form`].
pub(crate) fn write(value: &Val, limits: &Limits) -> Result<String, Stop> {
    let mut text = Text::within(limits);
    text.value(value)?;
    Ok(text.written)
}

/// Arguments, as WAVE writes a tuple: `("fn main() {}", 4)`, `()` for none. Their types [`has_form`].
pub(crate) fn write_arguments(values: &[Val], limits: &Limits) -> Result<String, Stop> {
    let mut text = Text::within(limits);
    for (index, value) in values.iter().enumerate() {
        text.piece(if index == 0 { "(" } else { ", " })?;
        text.value(value)?;
    }
    text.piece(if values.is_empty() { "()" } else { ")" })?;
    Ok(text.written)
}

/// Text as a value of a type. The error says where it is none, without the parser's detail: that quotes as much of the
/// text as it likes.
pub(crate) fn read(kind: &Type, text: &str) -> Result<Val, String> {
    wasm_wave::from_str(kind, text)
        .map_err(|error: ParserError| format!("{} at {:?}", error.kind(), error.span()))
}

/// Text that grows up to a bound.
struct Text {
    written: String,
    bound: usize,
}

impl Text {
    fn within(limits: &Limits) -> Self {
        Self { written: String::new(), bound: text_bytes(limits) }
    }

    fn value(&mut self, value: &Val) -> Result<(), Stop> {
        Writer::new(&mut *self).write_value(value).map_err(|_| Stop::Output)
    }

    fn piece(&mut self, piece: &str) -> Result<(), Stop> {
        self.write_str(piece).map_err(|_| Stop::Output)
    }
}

impl Write for Text {
    fn write_str(&mut self, piece: &str) -> Result<(), Error> {
        if piece.len() > self.bound - self.written.len() {
            return Err(Error);
        }
        self.written.push_str(piece);
        Ok(())
    }
}
