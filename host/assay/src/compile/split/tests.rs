use super::*;

const TWO: &str = r#"(module
    (type $f (func (param f64) (result f64)))
    (type $t (func))
    (type $unused (func (param i64)))
    (import "assay:host/log@0.1.0" "write" (func $write (param i32 i32 i32)))
    (table 2 funcref)
    (elem (i32.const 1) func $shown)
    (memory 1)
    (global $stack (mut i32) (i32.const 65536))
    (func $shown)
    (func $panic (export "fmt") call $shown)
    (func $double (type $f) (f64.add (local.get 0) (local.get 0)))
    (func $first (type $f) (call $double (local.get 0)))
    (func $second (type $f)
        (if (f64.lt (local.get 0) (f64.const 0)) (then (call $panic) unreachable))
        (f64.load (i32.const 8)))
    (func $says (type $t) (call $write (i32.const 0) (i32.const 8) (i32.const 2)))
    (func $dynamic (type $t) (call_indirect (type $t) (i32.const 1)))
    (export "0:run" (func $first))
    (export "1:run" (func $second))
    (export "2:run" (func $says))
    (export "3:run" (func $dynamic))
    (data (i32.const 8) "\01\02\03\04\05\06\07\08")
)"#;

fn split(prefix: &str) -> String {
    let mut module = wat::parse_str(TWO).unwrap();
    // The text format has no way to name a function like this and keep the index: put the section there by hand.
    let mut names = wasm_encoder::NameSection::new();
    let mut functions = wasm_encoder::NameMap::new();
    functions.append(2, "_ZN4core9panicking9panic_fmt17h0123456789abcdefE");
    names.functions(&functions);
    module.push(0);
    wasm_encoder::Encode::encode(&names, &mut module);
    let member = Batch::read(&module).unwrap().member(prefix, false).unwrap();
    wasmparser::Validator::new().validate_all(&member).unwrap();
    wasmprinter(&member)
}

/// Enough of a printer to see what is there.
fn wasmprinter(module: &[u8]) -> String {
    let batch = Batch::read(module).unwrap();
    let names: Vec<&str> = batch.exports.iter().map(|export| export.name).collect();
    format!(
        "{} types, {} imports, {} functions, {} tables, {} memories, {} globals, {} bytes of data, exports {}",
        batch.types.len(),
        batch.imports.len(),
        batch.functions.len(),
        batch.tables.len(),
        batch.memories.len(),
        batch.globals.len(),
        batch.data.iter().map(|data| data.data.len()).sum::<usize>(),
        names.join(" ")
    )
}

#[test]
fn a_member_leaves_with_what_it_reaches() {
    let bare = "1 types, 0 imports, 2 functions, 0 tables, 0 memories, 0 globals, 0 bytes of data";
    assert_eq!(split("0:"), format!("{bare}, exports run"));
}

#[test]
fn panics_are_cut_and_data_is_kept_where_memory_is_read() {
    let rest = "1 functions, 0 tables, 1 memories, 0 globals, 8 bytes of data, exports run memory";
    assert_eq!(split("1:"), format!("1 types, 0 imports, {rest}"));
}

#[test]
fn an_import_keeps_memory_and_a_table_keeps_what_stands_in_it() {
    let rest = "1 functions, 0 tables, 1 memories, 0 globals, 8 bytes of data, exports run memory";
    assert_eq!(split("2:"), format!("2 types, 1 imports, {rest}"));
    let rest = "2 functions, 1 tables, 0 memories, 0 globals, 0 bytes of data, exports run";
    assert_eq!(split("3:"), format!("1 types, 0 imports, {rest}"));
}

#[test]
fn garbage_is_an_error_never_a_panic() {
    let module = wat::parse_str(TWO).unwrap();
    for end in 0..module.len() {
        if let Ok(batch) = Batch::read(&module[..end]) {
            let _ = batch.member("1:", true);
        }
    }
}
