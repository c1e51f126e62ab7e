//! Strip: what is not program goes, and every module says whose it is.
//!
//! Custom sections can't change what a component does, so they only serve to dodge deduplication, to
//! forge metadata or to carry bombs for whoever prints them. They are dropped at every level. Each core
//! module then gets a name section with the role's name: when a composed evaluation traps, the module
//! of the innermost frame tells whose fault it was, and no guest can name itself.

use wasm_encoder::Encode;

/// How deep components may nest in each other.
const DEPTH: u32 = 16;

const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;
const COMPONENT_IMPORT: u8 = 10;

/// Bytes that are not even framed as WebAssembly.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a WebAssembly binary: {0}")]
pub(crate) struct Malformed(&'static str);

/// Give one import of a component another name. What is imported stays what it is.
pub(crate) fn rename_import(component: &[u8], from: &str, to: &str) -> Result<Vec<u8>, Malformed> {
    let Some((header, mut rest)) = component.split_at_checked(8) else {
        return Err(Malformed("shorter than a header"));
    };
    let mut out = header.to_vec();
    while let Some((id, content, tail)) = section(rest)? {
        rest = tail;
        out.push(id);
        if id == COMPONENT_IMPORT {
            renamed(content, from, to)?.as_slice().encode(&mut out);
        } else {
            content.encode(&mut out);
        }
    }
    Ok(out)
}

fn renamed(section: &[u8], from: &str, to: &str) -> Result<Vec<u8>, Malformed> {
    let unreadable = |_| Malformed("its imports can't be read");
    let reader = wasmparser::BinaryReader::new(section, 0);
    let imports = wasmparser::ComponentImportSectionReader::new(reader).map_err(unreadable)?;
    for import in imports.into_iter_with_offsets() {
        let (start, import) = import.map_err(unreadable)?;
        if import.name.name == from {
            // A byte that says what kind of name it is, then the name.
            let (before, name) = section.split_at(start as usize + 1);
            let (_, name) = leb128(name)?;
            let mut out = before.to_vec();
            to.encode(&mut out);
            out.extend_from_slice(name.get(from.len()..).unwrap_or_default());
            return Ok(out);
        }
    }
    Ok(section.to_vec())
}

/// Drop custom sections everywhere in a module or component and name every core module `role`.
pub(super) fn strip(bytes: &[u8], role: &str) -> Result<Vec<u8>, Malformed> {
    rewrite(bytes, role, DEPTH)
}

fn rewrite(bytes: &[u8], role: &str, depth: u32) -> Result<Vec<u8>, Malformed> {
    let Some((header, mut rest)) = bytes.split_at_checked(8) else {
        return Err(Malformed("shorter than a header"));
    };
    let component = match header {
        b"\0asm\x01\0\0\0" => false,
        b"\0asm\x0d\0\x01\0" => true,
        _ => return Err(Malformed("neither a core module nor a component starts like this")),
    };
    if depth == 0 {
        return Err(Malformed("components are nested too deep"));
    }
    let mut out = header.to_vec();
    while let Some((id, content, tail)) = section(rest)? {
        rest = tail;
        match (component, id) {
            (_, CUSTOM) => continue,
            (true, CORE_MODULE | COMPONENT) => {
                out.push(id);
                rewrite(content, role, depth - 1)?.as_slice().encode(&mut out);
            }
            _ => {
                out.push(id);
                content.encode(&mut out);
            }
        }
    }
    if !component {
        let mut names = wasm_encoder::NameSection::new();
        names.module(role);
        out.push(CUSTOM);
        names.encode(&mut out);
    }
    Ok(out)
}

/// A section's number, its content, and what follows it.
type Section<'a> = (u8, &'a [u8], &'a [u8]);

/// The first section, if there is one.
fn section(bytes: &[u8]) -> Result<Option<Section<'_>>, Malformed> {
    let Some((&id, tail)) = bytes.split_first() else { return Ok(None) };
    let (size, tail) = leb128(tail)?;
    let (content, tail) =
        tail.split_at_checked(size as usize).ok_or(Malformed("a section ends after the file"))?;
    Ok(Some((id, content, tail)))
}

fn leb128(bytes: &[u8]) -> Result<(u32, &[u8]), Malformed> {
    let mut value = 0u32;
    for (i, byte) in bytes.iter().enumerate().take(5) {
        let low = u32::from(byte & 0x7f);
        if i == 4 && low > 0x0f {
            break;
        }
        value |= low << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((value, &bytes[i + 1..]));
        }
    }
    Err(Malformed("a section's size is not a 32-bit number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CustomSection, Module, TypeSection};

    fn module(custom: &'static str) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&CustomSection { name: custom.into(), data: b"x".as_slice().into() });
        let mut types = TypeSection::new();
        types.ty().function([], []);
        module.section(&types);
        module.finish()
    }

    #[test]
    fn custom_sections_do_not_reach_the_digest() {
        let mut component = wasm_encoder::Component::new();
        component.section(&wasm_encoder::RawSection { id: CORE_MODULE, data: &module("a") });
        let mut other = wasm_encoder::Component::new();
        other.section(&CustomSection { name: "noise".into(), data: b"y".as_slice().into() });
        other.section(&wasm_encoder::RawSection { id: CORE_MODULE, data: &module("component-type:forged") });
        let (a, b) = (component.finish(), other.finish());
        assert_ne!(a, b);
        assert_eq!(strip(&a, "candidate"), strip(&b, "candidate"));
        assert_ne!(strip(&a, "candidate"), strip(&a, "evaluator"));
    }

    #[test]
    fn an_import_is_renamed_and_nothing_else() {
        let text = |log: &str| {
            format!(
                r#"(component (import "a:b/c" (func (param "x" u32)))
                    (import "{log}" (instance $log (export "write" (func (param "message" string)))))
                    (import "assay:host/log-other" (instance)) (component (import "assay:host/log" (func))))"#
            )
        };
        let before = wat::parse_str(text("assay:host/log")).unwrap();
        let after = wat::parse_str(text("assay:candidate/log@0.1.0")).unwrap();
        assert_eq!(rename_import(&before, "assay:host/log", "assay:candidate/log@0.1.0").unwrap(), after);
        assert_eq!(rename_import(&before, "nothing", "else").unwrap(), before);
        for end in 0..before.len() {
            let _ = rename_import(&before[..end], "assay:host/log", "x");
        }
    }

    #[test]
    fn stripping_twice_changes_nothing() {
        let once = strip(&module("name"), "candidate").unwrap();
        assert_eq!(strip(&once, "candidate").unwrap(), once);
    }

    #[test]
    fn garbage_is_an_error_never_a_panic() {
        let good = module("name");
        for end in 0..good.len() {
            let _ = strip(&good[..end], "candidate");
        }
        assert_eq!(
            strip(b"(component)", "candidate"),
            Err(Malformed("neither a core module nor a component starts like this"))
        );
        let mut endless = good[..8].to_vec();
        endless.extend([1, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert_eq!(strip(&endless, "candidate"), Err(Malformed("a section ends after the file")));
    }
}
