//! Where a NaN is seen it is canonical, and bits that a program chose stay as they are. Each program does the same
//! rewritten as with wasmtime's own switches.

mod common;

use common::{Compared, End, compare, engine, rewritten};
use wasmtime::{Instance, Module, Store};

const ENOUGH: u64 = 1_000_000;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("valid text")
}

/// The same with many arguments, and an ordinary end with the first.
fn same(text: &str) {
    let module = wasm(text);
    assert_eq!(compare(&module, ENOUGH, 0), Compared::Same(End::Ordinary));
    for seed in 1..40 {
        assert!(matches!(compare(&module, ENOUGH, seed), Compared::Same(_)));
    }
}

#[test]
fn each_float_operation_shows_the_canonical_nan() {
    for (kind, bits, other) in [("f32", "i32", "f64"), ("f64", "i64", "f32")] {
        let mut text = String::from(r#"(module (memory (export "m") 1)"#);
        for operation in ["add", "sub", "mul", "div", "min", "max", "copysign"] {
            text += &format!(
                r#"(func (export "{operation}") (param {kind} {kind}) (result {kind} {bits}) (local {kind})
                    local.get 0 local.get 1 {kind}.{operation} local.tee 2
                    local.get 2 {bits}.reinterpret_{kind}
                    i32.const 8 local.get 2 {kind}.store)"#
            );
        }
        for operation in ["sqrt", "ceil", "floor", "trunc", "nearest", "abs", "neg"] {
            text += &format!(
                r#"(func (export "{operation}") (param {kind}) (result {kind} {kind} {kind} {kind})
                    local.get 0 {kind}.{operation}
                    local.get 0 {kind}.{operation} {kind}.neg
                    local.get 0 local.get 0 {kind}.add {kind}.{operation} {kind}.abs
                    {kind}.const 1 local.get 0 {kind}.{operation} {kind}.copysign)"#
            );
        }
        let convert = if kind == "f32" { "f32.demote_f64" } else { "f64.promote_f32" };
        text +=
            &format!(r#"(func (export "convert") (param {other}) (result {kind}) local.get 0 {convert})"#);
        same(&(text + ")"));
    }
}

#[test]
fn copies_keep_their_bits() {
    same(
        r#"(module (memory (export "m") 1)
            (global $g (export "g") (mut f64) (f64.const nan:0x123))
            (func (export "f") (param f64 f64 i32) (result f64 f64 f64 f64) (local f64 f64 f64 f64)
              ;; through memory and locals
              i32.const 0 local.get 0 f64.store
              i32.const 0 f64.load local.tee 3 local.set 4
              i32.const 8 local.get 4 f64.store
              ;; a local that holds both kinds
              local.get 2 if local.get 1 local.get 1 f64.div local.set 4 end
              local.get 4
              ;; constants
              local.get 2 if (result f64) f64.const nan:0x4 else f64.const -nan end
              ;; a chain of locals, one of which is put by a load
              local.get 0 local.get 1 f64.mul local.set 5
              local.get 5 local.set 6
              i32.const 16 local.get 6 f64.store
              i32.const 0 f64.load local.set 5
              local.get 6 local.get 5
              i32.const 24 global.get $g f64.store local.get 0 local.get 6 f64.sub global.set $g)
            (func (export "select") (param f64 f64 i32) (result f64 f64 f64)
              local.get 0 local.get 1 f64.add local.get 1 local.get 2 select
              local.get 0 local.get 1 f64.add local.get 0 local.get 1 f64.mul local.get 2 select f64.neg
              local.get 0 f64.neg local.get 1 f64.sqrt local.get 2 select (result f64) f64.abs)
            (func (export "teed") (param f64) (result f64 f64 f64) (local f64 f64)
              local.get 0 f64.sqrt local.tee 1 f64.neg local.tee 2
              local.get 1 local.get 2 f64.const 0 f64.add)
            (func (export "chain") (param f64) (result f64) (local f64 f64 f64 f64)
              local.get 0 local.set 1 local.get 1 local.set 2 local.get 2 local.set 3 local.get 3 local.set 4
              local.get 4)
            (func (export "unset") (result f64 f32) (local f64 f32) local.get 0 f64.neg local.get 1))"#,
    );
}

#[test]
fn accumulators_are_canonical_in_the_end() {
    same(
        r#"(module (memory (export "m") 1)
            (func (export "f") (param f64 i32) (result f64) (local f64 f64 f64 i32)
              loop
                local.get 2 local.get 0 local.get 0 f64.mul f64.add local.set 2
                local.get 3 local.get 2 f64.sub f64.abs local.set 3
                local.get 3 local.get 2 local.get 3 local.get 2 f64.lt select local.set 4
                i32.const 8 local.get 4 f64.store
                local.get 5 i32.const 1 i32.add local.tee 5 i32.const 9 i32.lt_s br_if 0
              end
              i32.const 0 local.get 2 f64.store
              local.get 3 i64.reinterpret_f64 f64.reinterpret_i64))"#,
    );
}

#[test]
fn long_chains_of_select_end() {
    let mut text = String::from(r#"(module (func (export "f") (param f64 i32) (result f64)"#);
    text += "local.get 0 f64.sqrt ";
    text += &"local.get 0 f64.sqrt local.get 1 select ".repeat(40);
    same(&(text + "))"));
}

#[test]
fn vectors_are_canonical() {
    let mut text = String::from(r#"(module (memory (export "m") 1)"#);
    for shape in ["f32x4", "f64x2"] {
        for operation in ["add", "sub", "mul", "div", "min", "max", "pmin", "pmax"] {
            text += &format!(
                r#"(func (export "{shape}.{operation}") (param v128 v128) (result v128)
                    i32.const 0 local.get 0 v128.store local.get 0 local.get 1 {shape}.{operation})"#
            );
        }
        for operation in ["sqrt", "ceil", "floor", "trunc", "nearest", "abs", "neg"] {
            text += &format!(
                r#"(func (export "{shape}.{operation}") (param v128) (result v128)
                    local.get 0 {shape}.{operation})"#
            );
        }
        for operation in ["relaxed_min", "relaxed_max"] {
            text += &format!(
                r#"(func (export "{shape}.{operation}") (param v128 v128) (result v128)
                    local.get 0 local.get 1 {shape}.{operation})"#
            );
        }
    }
    text += r#"(func (export "demote") (param v128) (result v128) local.get 0 f32x4.demote_f64x2_zero)
        (func (export "promote") (param v128) (result v128) local.get 0 f64x2.promote_low_f32x4)
        (func (export "splat") (param f64 f32) (result v128 v128 f64)
          local.get 0 f64.sqrt f64x2.splat local.get 1 f32.sqrt f32x4.splat
          local.get 0 local.get 0 f64.add f64x2.splat f64x2.extract_lane 1)
        (func (export "lane") (param v128 f32) (result v128)
          local.get 0 local.get 1 local.get 1 f32.mul f32x4.replace_lane 2))"#;
    same(&text);
}

#[test]
fn fused_operations_are_canonical_on_every_machine() {
    let module = wasm(
        r#"(module (func (export "f") (param v128) (result v128)
            local.get 0 local.get 0 local.get 0 f32x4.relaxed_madd)
          (func (export "g") (param v128) (result v128)
            local.get 0 local.get 0 local.get 0 f64x2.relaxed_nmadd))"#,
    );
    let metered = rewritten(&module, ENOUGH).expect("a known form");
    let module = Module::new(engine(false), &metered.module).expect("valid");
    for (name, nan) in [("f", 0x7fc0_0000_7fc0_0000_u64), ("g", 0x7ff8_0000_0000_0000)] {
        let mut store = Store::new(engine(false), ());
        let instance = Instance::new(&mut store, &module, &[]).expect("no imports");
        let function = instance.get_func(&mut store, name).expect("exported");
        let mut results = [wasmtime::Val::I32(0)];
        let argument = wasmtime::Val::V128(wasmtime::V128::from(u128::MAX));
        function.call(&mut store, &[argument], &mut results).expect("it ends");
        assert_eq!(results[0].unwrap_v128().as_u128(), u128::from(nan) << 64 | u128::from(nan));
    }
}
