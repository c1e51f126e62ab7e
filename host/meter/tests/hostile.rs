//! Bytes that somebody chose: the rewriting returns, and what it returns is a valid module of bounded size.

mod common;

use common::{next, rewritten};

/// Programs with something of everything.
fn seeds() -> Vec<Vec<u8>> {
    let kernels = wat::parse_str(include_str!("../benches/kernels/kernels.wat")).expect("valid text");
    let small = wat::parse_str(
        r#"(module $m (import "" "f" (func (param f64) (result f64))) (memory 1) (table 3 funcref)
            (global (mut f32) (f32.const 0)) (elem (i32.const 0) 0 1) (data (i32.const 1) "abc") (start 2)
            (func (param i32) (result i32 f64) (local f64 v128)
              loop local.get 1 call 0 local.tee 1 f64.neg local.set 1 local.get 0 br_if 0 end
              i32.const 0 i32.const 1 local.get 0 memory.fill
              local.get 2 local.get 2 f32x4.add local.set 2
              local.get 0 if local.get 0 return_call 1 end
              local.get 0 local.get 1)
            (func))"#,
    );
    vec![kernels, small.expect("valid text"), wat::parse_str("(module)").expect("valid text")]
}

#[test]
fn changed_bytes_never_panic() {
    let rounds = std::env::var("METER_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000_u64);
    let (mut numbers, mut taken) = (1, 0);
    for seed in seeds() {
        assert!(rewritten(&seed, 1000).is_some(), "the seed itself is rewritten");
        for _ in 0..rounds {
            let mut bytes = seed.clone();
            for _ in 0..1 + next(&mut numbers) % 3 {
                let at = next(&mut numbers) as usize % bytes.len();
                match next(&mut numbers) % 4 {
                    0 => bytes[at] = next(&mut numbers) as u8,
                    1 => bytes[at] ^= 1 << (next(&mut numbers) % 8),
                    2 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, next(&mut numbers) as u8),
                }
            }
            taken += u64::from(rewritten(&bytes, 1000).is_some());
        }
    }
    assert!(taken > rounds / 50, "few were valid: {taken}");
}

#[test]
fn random_bytes_never_panic() {
    let mut numbers = 2;
    for length in 0..4000 {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend((0..length % 200).map(|_| (next(&mut numbers) % 16) as u8));
        rewritten(&bytes, 1000);
    }
}

#[test]
fn growth_is_bounded_where_it_is_worst() {
    let repeated = |before: &str, item: &str, after: &str| {
        let text = format!(
            "(module (func (local {}) {before} {} {after}))",
            "f64 ".repeat(20_000),
            item.repeat(3000)
        );
        let module = wat::parse_str(text).expect("valid text");
        assert!(rewritten(&module, 1000).is_some());
    };
    repeated("", "loop end ", "");
    repeated("", "i32.const 1 if end ", "");
    repeated("f64.const 0 ", "f64.sqrt f64.neg i64.reinterpret_f64 f64.reinterpret_i64 ", "drop");
    repeated("v128.const i64x2 0 0", "f64x2.sqrt ", "drop");
    repeated("", "call 0 ", "");
    repeated("loop ", "call 0 ", "end");
    repeated("loop ", "i32.const 0 br_if 0 ", "end");
    // Small functions, each handed what is left: it has a wrapper with all parameters where it stood.
    let (mut functions, mut calls) = (String::new(), String::new());
    for index in 0..3000 {
        functions.push_str("(func (type 0) unreachable)");
        calls.push_str(&format!("call {index} "));
    }
    let text = format!(
        "(module (type (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32))) {functions} (func unreachable {calls} drop))"
    );
    assert!(rewritten(&wat::parse_str(text).expect("valid text"), 1000).is_some());
}
