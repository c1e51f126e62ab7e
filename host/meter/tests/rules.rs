//! One program for each rule: each does the same rewritten as with wasmtime's own switches, with the fuel it says.

mod common;

use common::{Compared, End, compare, engine, rewritten, run};
use meter::{Costs, FUEL_LIMIT, FUEL_USED, Options, meter};
use wasmtime::{Instance, Module, Store, Trap};

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

fn ends(text: &str, end: End) {
    assert_eq!(compare(&wasm(text), ENOUGH, 0), Compared::Same(end));
}

#[test]
fn recursion_counts() {
    same(
        r#"(module
            (func $fib (param i32) (result i32)
              local.get 0 i32.const 2 i32.lt_s if (result i32) local.get 0
              else local.get 0 i32.const 1 i32.sub call $fib local.get 0 i32.const 2 i32.sub call $fib i32.add end)
            (func (export "f") (param i32) (result i32) local.get 0 i32.const 15 i32.and call $fib))"#,
    );
}

#[test]
fn calls_by_name_from_a_table_and_from_outside_count_alike() {
    same(
        r#"(module
            (import "" "go" (func $go))
            (import "" "see" (func $see (param f32 f64 i32) (result f64)))
            (type $t (func (param i32) (result i32)))
            (table (export "t") 4 funcref) (elem (i32.const 0) $even $odd $f $leaf)
            (func $leaf (export "leaf") (param i32) (result i32) (local i32 i64)
              local.get 0 i32.const 3 i32.and local.tee 1 i32.eqz if local.get 1 return end
              i64.const 5 local.set 2 local.get 2 i32.wrap_i64 local.get 1 i32.mul)
            (func $even (type $t) (local f64 i32)
              local.get 0 i32.eqz if i32.const 1 return end
              call $go
              local.get 0 i32.const 1 i32.sub local.tee 2 call $odd
              local.get 2 call $leaf i32.add)
            (func $odd (type $t) (local i32)
              loop (result i32)
                local.get 0 i32.eqz if i32.const 0 return end
                local.get 1 i32.const 1 i32.add local.tee 1 i32.const 2 i32.lt_u br_if 0
                local.get 0 i32.const 1 i32.sub local.get 0 i32.const 1 i32.and call_indirect (type $t)
                local.get 1 i32.sub
              end)
            (func $nan (param f64) (result f64) (local f32)
              f32.const 1 local.set 1 local.get 1 local.get 0 local.get 0 f64.sub i32.const 3 call $see)
            (func $f (export "f") (param i32) (result i32)
              local.get 0 i32.const 15 i32.and local.set 0
              f64.const inf call $nan drop
              local.get 0 call $even local.get 0 call $odd i32.add local.get 0 call $leaf i32.add))"#,
    );
}

#[test]
fn functions_that_leave_by_a_tail_call_or_have_many_values_count() {
    same(
        r#"(module
            (func $down (param i32 i32) (result i32)
              local.get 0 i32.eqz if local.get 1 call $last return end
              local.get 0 i32.const 1 i32.sub local.get 1 i32.const 3 i32.add return_call $down)
            (func $last (param i32) (result i32) local.get 0 i32.const 7 i32.xor)
            (func $away (param i32) (result i32) local.get 0 return_call $last)
            (func $nine (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) local.get 8 call $away)
            (func $eight (param i32 i32 i32 i32 i32 i32 i32 i64) (result i64) (local i64)
              local.get 7 local.set 8 local.get 8 local.get 7 i64.add)
            (func $two (param i32) (result i32 i32) local.get 0 local.get 0 i32.const 1 i32.add call $last)
            (func (export "f") (param i32) (result i32)
              local.get 0 i32.const 255 i32.and local.tee 0 i32.const 1 call $down
              i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6 i32.const 7 i32.const 8 local.get 0 call $nine
              i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6 i32.const 7 i64.const 8 call $eight i32.wrap_i64
              local.get 0 call $two i32.add i32.add i32.add i32.add))"#,
    );
}

/// Functions that a rewriting adds beside the three that it always does: one for each that is handed what is left.
fn handed_on(module: &[u8]) -> u32 {
    let count = |module: &[u8]| {
        let mut payloads = wasmparser::Parser::new(0).parse_all(module);
        payloads
            .find_map(|payload| match payload.expect("well-formed") {
                wasmparser::Payload::FunctionSection(functions) => Some(functions.count()),
                _ => None,
            })
            .expect("functions")
    };
    let options = Options { fuel: ENOUGH, costs: Costs::default() };
    let metered = meter(module, &options).expect("a form that is rewritten").module;
    wasmparser::Validator::new().validate_all(&metered).expect("valid");
    count(&metered) - count(module) - 3
}

#[test]
fn only_those_that_others_call_by_name_and_that_fit_in_registers_are_handed_what_is_left() {
    let callee = |kind: &str, body: &str, call: &str| {
        handed_on(&wasm(&format!("(module (func $g {kind} {body}) (func (export \"f\") {call}))")))
    };
    let eight = "i32.const 0 ".repeat(8);
    assert_eq!(callee("", "", ""), 0);
    assert_eq!(callee("", "", "call $g call $g"), 1);
    assert_eq!(callee("(param i32 i32 i32 i32 i32 i32 i32 i32)", "", &format!("{eight} call $g")), 1);
    let nine = "(param i32 i32 i32 i32 i32 i32 i32 i32 i32)";
    assert_eq!(callee(nine, "", &format!("{eight} i32.const 0 call $g")), 0);
    assert_eq!(callee("(result i32)", "i32.const 1", "call $g drop"), 1);
    assert_eq!(callee("(result i32 i32)", "i32.const 1 i32.const 2", "call $g drop drop"), 0);
    assert_eq!(callee("", "return_call $g", "call $g"), 0);
}

#[test]
fn where_an_engine_would_not_take_as_many_functions_none_is_handed_what_is_left() {
    let many = |functions: usize| {
        let mut text = String::from("(module (func (export \"f\") call 1)");
        text.push_str(&"(func)".repeat(functions - 1));
        wasm(&(text + ")"))
    };
    assert_eq!(handed_on(&many(1000)), 1);
    assert_eq!(handed_on(&many(500_000)), 0);
}

#[test]
fn endless_recursion_runs_out() {
    let text = r#"(module (func $f (export "f") call $f))"#;
    assert_eq!(compare(&wasm(text), 1000, 0), Compared::Same(End::OutOfFuel));
}

#[test]
fn endless_tail_calls_run_out() {
    ends(r#"(module (func $f (export "f") return_call $f))"#, End::OutOfFuel);
    ends(
        r#"(module (table 1 funcref) (elem (i32.const 0) $f) (type $t (func))
            (func $f (export "f") i32.const 0 return_call_indirect (type $t)))"#,
        End::OutOfFuel,
    );
}

#[test]
fn endless_loops_run_out() {
    ends(r#"(module (func (export "f") loop br 0 end))"#, End::OutOfFuel);
    ends(r#"(module (func (export "f") loop nop loop i32.const 1 br_if 1 end end))"#, End::OutOfFuel);
    ends(r#"(module (func (export "f") (local i32) loop local.get 0 br_table 0 0 0 end))"#, End::OutOfFuel);
    ends(r#"(module (func (export "f") loop i32.const 1 if br 1 end end))"#, End::OutOfFuel);
}

#[test]
fn a_loop_that_leaves_it_to_others_to_ask_ends() {
    let calls = |body: &str| {
        let text = format!(
            r#"(module (memory 1) (table 1 funcref) (elem (i32.const 0) $asks)
                (func $leaf) (func $asks call $leaf) (func $dead return call $leaf)
                (func (export "f") (param i32) (local i32) {body}))"#
        );
        ends(&text, End::OutOfFuel);
    };
    calls("loop call $asks br 0 end");
    calls("loop call $leaf br 0 end");
    calls("loop call $dead br 0 end");
    calls("loop i32.const 0 call_indirect br 0 end");
    calls("loop local.get 1 if call $asks end br 0 end");
    calls("loop local.get 1 if call $asks else call $leaf end br 0 end");
    calls("loop i32.const 0 i32.const 0 local.get 1 memory.fill br 0 end");
    calls("loop loop local.get 1 br_if 0 end br 0 end");
    calls("loop local.get 1 if loop local.get 1 br_if 0 end end br 0 end");
    calls("loop call $leaf loop call $asks local.get 1 br_if 0 end br 0 end");
}

#[test]
fn loops_count() {
    same(
        r#"(module (memory (export "m") 1)
            (func (export "f") (param i32) (result i32) (local i32 i32)
              local.get 0 i32.const 1023 i32.and local.set 0
              block $out
                loop $more
                  local.get 1 local.get 0 i32.ge_u br_if $out
                  block $two block $one block $zero
                    local.get 1 i32.const 3 i32.rem_u br_table $zero $one $two
                  end local.get 2 i32.const 3 i32.add local.set 2 local.get 1 i32.const 1 i32.add local.set 1 br $more
                  end local.get 2 i32.const 5 i32.mul local.set 2 local.get 1 i32.const 1 i32.add local.set 1 br $more
                  end local.get 1 local.get 2 i32.store8
                  local.get 1 i32.const 1 i32.add local.set 1
                  br $more
                end
              end
              local.get 2))"#,
    );
}

#[test]
fn early_returns_give_back_what_is_left() {
    same(
        r#"(module
            (func $g (param i32) (result i32 i64) (local i32)
              loop
                local.get 1 local.get 0 i32.eq if local.get 1 i64.const 7 return end
                local.get 1 i32.const 1 i32.add local.tee 1 i32.const 100 i32.lt_u br_if 0
                block block local.get 1 i64.const 9 return end end
              end
              i32.const 5 i64.const 6)
            (func (export "f") (param i32) (result i32 i64) local.get 0 i32.const 127 i32.and call $g))"#,
    );
}

#[test]
fn branches_carry_values_out_of_blocks() {
    same(
        r#"(module
            (func (export "f") (param i32 f64) (result f64 i32)
              block (result f64 i32)
                local.get 1 local.get 1 f64.mul i32.const 1
                loop (param f64 i32) (result f64 i32)
                  local.get 0 br_if 1
                  block (param f64 i32) (result f64 i32)
                    local.get 0 br_if 0
                    br 2
                  end
                end
              end
              local.get 0 i32.const 3 i32.and
              i32.const 1 i32.eq br_if 0
              drop drop local.get 1 local.get 1 f64.sub i32.const 2))"#,
    );
}

#[test]
fn branches_to_the_function_give_back_what_is_left() {
    same(
        r#"(module
            (func $g (param i32) (result i32)
              local.get 0
              loop (param i32) (result i32)
                local.tee 0 i32.const 3 i32.and local.get 0 i32.const 3 i32.and br_table 1 1 1 1
              end)
            (func (export "f") (param i32) (result i32) local.get 0 i32.const 1 i32.or call $g)
            (func (export "g") (param i32) (result i32)
              local.get 0 i32.const 4 i32.or call $g i32.const 1 i32.add))"#,
    );
}

#[test]
fn code_behind_a_branch_counts_for_nothing() {
    same(
        r#"(module
            (func (export "f") (param i32) (result i32)
              block (result i32)
                i32.const 4 br 0
                i32.add block (result i32) unreachable i32.const 1 loop br 0 end  end drop
              end)
            (func (export "g") (param i32) (result i32)
              local.get 0 if (result i32) i32.const 1 return i32.const 2 i32.add else i32.const 3 end
              i32.const 4 i32.add
              block (param i32) (result i32) return end)
            (func (export "h") (param i32) (result i32)
              block loop br 1 end end i32.const 5
              block (result f64) f64.const 1 br 0 f64.add f64.sqrt end drop))"#,
    );
}

#[test]
fn unreachable_is_told_from_out_of_fuel() {
    ends(r#"(module (func (export "f") unreachable))"#, End::Trap(Trap::UnreachableCodeReached));
    ends(
        r#"(module (func $f unreachable) (func (export "f") loop call $f br 0 end))"#,
        End::Trap(Trap::UnreachableCodeReached),
    );
}

#[test]
fn imported_functions_see_exact_arguments() {
    same(
        r#"(module
            (import "" "see" (func $see (param f32 f64 i32) (result f64)))
            (import "" "go" (func $go))
            (global (export "seen") (mut f64) (f64.const 0))
            (func (export "f") (param f32 f64) (local f64 i32)
              local.get 0 local.get 0 f32.add local.get 1 f64.sqrt i32.const 1 call $see local.tee 2
              local.get 1 f64.add global.set 0
              loop call $go local.get 3 i32.const 1 i32.add local.tee 3 i32.const 5 i32.lt_s br_if 0 end
              local.get 0 local.get 2 i32.const 2 call $see drop))"#,
    );
}

#[test]
fn indirect_calls_count() {
    same(
        r#"(module
            (table (export "t") 4 funcref) (elem (i32.const 0) $a $b)
            (type $t (func (param i32) (result i32)))
            (func $a (type $t) local.get 0 i32.const 1 i32.add)
            (func $b (type $t) (local i32) loop local.get 1 i32.const 1 i32.add local.tee 1 local.get 0 i32.lt_u br_if 0 end local.get 1)
            (func (export "f") (param i32) (result i32) (local i32)
              loop
                local.get 0 i32.const 15 i32.and local.get 1 i32.const 1 i32.and call_indirect (type $t)
                local.get 1 i32.add local.tee 1 i32.const 60 i32.lt_s br_if 0
              end local.get 1))"#,
    );
}

#[test]
fn memory_operations_cost_by_length() {
    same(
        r#"(module (memory (export "m") 1 8) (data $d "0123456789") (data (i32.const 5) "abc")
            (func (export "f") (param i32) (result i32)
              local.get 0 i32.const 255 i32.and local.set 0
              i32.const 100 i32.const 7 local.get 0 memory.fill
              i32.const 100 i32.const 7 i32.const 20 memory.fill
              i32.const 1000 i32.const 7 i32.const 2000 memory.fill
              i32.const 300 i32.const 100 local.get 0 memory.copy
              i32.const 700 i32.const 0 local.get 0 i32.const 7 i32.and memory.init $d
              i32.const 800 i32.const 0 i32.const 3 memory.init $d
              i32.const 1 memory.grow local.get 0 i32.const 3 i32.and memory.grow i32.add
              i32.const 99 memory.grow i32.add
              data.drop $d memory.size i32.add))"#,
    );
    ends(
        r#"(module (memory 1) (func (export "f") i32.const 0 i32.const 0 i32.const -1 memory.fill))"#,
        End::OutOfFuel,
    );
}

#[test]
fn table_operations_cost_by_length() {
    same(
        r#"(module (table $t (export "t") 20 200 funcref) (table $u 20 funcref)
            (elem $e funcref (ref.func $f) (ref.null func) (ref.func $f))
            (elem (table $u) (i32.const 3) func $f $f)
            (func $f (export "f") (param i32) (result i32)
              local.get 0 i32.const 7 i32.and local.set 0
              i32.const 1 ref.func $f local.get 0 table.fill $t
              i32.const 2 i32.const 0 local.get 0 i32.const 3 i32.rem_u table.init $t $e
              i32.const 9 i32.const 3 local.get 0 table.copy $t $u
              ref.func $f local.get 0 table.grow $t
              ref.null func i32.const 3 table.grow $t i32.add
              ref.func $f i32.const 100000 table.grow $t i32.add
              elem.drop $e table.size $t i32.add
              i32.const 4 i32.const 5 table.get $t table.set $t))"#,
    );
}

#[test]
fn instantiation_counts() {
    same(
        r#"(module
            (import "" "g" (global $g i32))
            (memory (export "m") 1) (table (export "t") 300 funcref)
            (global (export "a") i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))
            (global (export "b") i32 (global.get $g))
            (elem (i32.const 1) $s $s) (elem (i32.const 5) funcref (ref.func $s) (ref.null func))
            (elem (i32.const 9) func $s)
            (elem $p funcref (ref.func $s) (item ref.null func))
            (data (i32.const 8) "some bytes") (data "passive") (data (i32.const 9) "")
            (start $s) (func $s (export "f") i32.const 1 drop))"#,
    );
    same(r#"(module (global (export "a") i32 (i32.add (i32.const 1) (i32.const 2))))"#);
    same("(module)");
    same(r#"(module (table (export "t") 3 funcref) (elem (i32.const 1) $f) (func $f))"#);
}

#[test]
fn what_instantiation_does_not_pay_is_not_counted() {
    let long = "(item ref.func $f) ".repeat(200);
    same(&format!(r#"(module (table 300 funcref) (elem (i32.const 0) funcref {long}) (func $f))"#));
    same(&format!(
        r#"(module (table 300 funcref) (global (export "a") i32 (i32.add (i32.const 1) (i32.const 2)))
            (elem (i32.const 0) funcref {long}) (memory 1) (data (i32.const 0) "") (start $f) (func $f))"#
    ));
}

#[test]
fn a_start_function_may_run_out() {
    ends("(module (start $s) (func $s loop br 0 end))", End::OutOfFuel);
}

#[test]
fn the_limit_may_be_set_anew() {
    let module = wasm(
        r#"(module (func (export "f") (local i32) loop
        local.get 0 i32.const 1 i32.add local.tee 0 i32.const 10 i32.lt_u br_if 0 end))"#,
    );
    let metered = rewritten(&module, 100).expect("a known form");
    let module = Module::new(engine(false), &metered.module).expect("valid");
    let mut store = Store::new(engine(false), ());
    let instance = Instance::new(&mut store, &module, &[]).expect("no imports");
    let f = instance.get_typed_func::<(), ()>(&mut store, "f").expect("exported");
    let used = instance.get_typed_func::<(), i64>(&mut store, FUEL_USED).expect("added");
    let limit = instance.get_typed_func::<i64, ()>(&mut store, FUEL_LIMIT).expect("added");
    f.call(&mut store, ()).expect("it is within its fuel");
    assert_eq!(used.call(&mut store, ()).expect("it reads"), 71);
    limit.call(&mut store, 142).expect("it writes");
    f.call(&mut store, ()).expect("it is within its fuel");
    assert_eq!(used.call(&mut store, ()).expect("it reads"), 142);
    f.call(&mut store, ()).expect_err("nothing is left");
    limit.call(&mut store, 141).expect("it writes");
    f.call(&mut store, ()).expect_err("less than nothing is left");
}

#[test]
fn what_is_not_known_is_left_alone() {
    let options = Options { fuel: 1, costs: Costs::default() };
    let left = |text: &str| assert_eq!(meter(&wasm(text), &options), None, "{text}");
    left("(module (memory i64 1))");
    left("(module (memory 1 1 shared))");
    left("(module (tag))");
    left("(module (type (struct)))");
    left(r#"(module (func (export "assay:fuel-used")))"#);
    left(r#"(module (memory (export "assay:fuel-limit") 1))"#);
    left("(module (type $t (func)) (func (param (ref $t)) local.get 0 call_ref $t))");
    left("(component)");
    assert_eq!(meter(b"", &options), None);
}

#[test]
fn names_stay_and_other_custom_sections_go() {
    let module = wasm(
        r#"(module $whose (@custom "mine" (after data) "secret") (func $a (export "a")) (func $b (local $l f64)))"#,
    );
    let metered = rewritten(&module, 1).expect("a known form");
    let mut named = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&metered.module) {
        if let wasmparser::Payload::CustomSection(custom) = payload.expect("well-formed") {
            assert_eq!(custom.name(), "name");
            named += 1;
        }
    }
    assert_eq!(named, 1);
    let module = Module::new(engine(false), &metered.module).expect("valid");
    assert_eq!(module.name(), Some("whose"));
}

#[test]
fn other_costs_are_counted() {
    let costs = Costs::default();
    let text = r#"(module (memory 1) (func (export "f") i32.const 1 memory.grow drop))"#;
    let metered = meter(&wasm(text), &Options { fuel: 50, costs }).expect("a known form");
    let module = Module::new(engine(false), &metered.module).expect("valid");
    assert_eq!(run(&module, 50, Some(metered.out_of_fuel), 0).fuel, 3);
}
