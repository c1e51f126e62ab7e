//! Programs full of NaNs do the same rewritten as with wasmtime's own switches.
//!
//! wasm-smith seldom lets a NaN reach a place where its bits are seen. These programs do little else: floats go through
//! operations, locals, selects, blocks, loops and memory, with bits of their own and without. `METER_SEEDS` (300) is
//! how many are tried, `METER_FIRST` the first.

mod common;

use common::{Compared, End, compare, next};
use std::fmt::Write;

/// Locals of each kind: parameters first.
const LOCALS: u64 = 7;

struct Author {
    numbers: u64,
    text: String,
}

impl Author {
    fn pick(&mut self, count: u64) -> u64 {
        next(&mut self.numbers) % count
    }

    fn kind(&mut self) -> &'static str {
        ["f32", "f64"][self.pick(2) as usize]
    }

    fn local(&mut self, kind: &str) -> String {
        let narrow = if kind == "f32" { "s" } else { "d" };
        format!("${narrow}{}", self.pick(LOCALS))
    }

    /// A float on the operand stack, as folded text.
    fn float(&mut self, kind: &str, depth: u32) -> String {
        let bits = if kind == "f32" { "i32" } else { "i64" };
        let deeper = depth + 1;
        match self.pick(if depth > 4 { 5 } else { 19 }) {
            0 | 1 | 5 => format!("(local.get {})", self.local(kind)),
            2 => format!("({kind}.load (i32.const {}))", self.pick(8) * 8),
            3 => {
                let constant =
                    ["nan", "-nan", "nan:0x123", "-nan:0x1", "inf", "0", "1.5"][self.pick(7) as usize];
                format!("({kind}.const {constant})")
            }
            4 => format!("({kind}.convert_i32_s (local.get $i))"),
            6..=8 => {
                let name = ["add", "sub", "mul", "div", "min", "max"][self.pick(6) as usize];
                format!("({kind}.{name} {} {})", self.float(kind, deeper), self.float(kind, deeper))
            }
            9 => {
                let name = ["sqrt", "ceil", "floor", "trunc", "nearest"][self.pick(5) as usize];
                format!("({kind}.{name} {})", self.float(kind, deeper))
            }
            10 => {
                let name = ["neg", "abs"][self.pick(2) as usize];
                format!("({kind}.{name} {})", self.float(kind, deeper))
            }
            11 => format!("({kind}.copysign {} {})", self.float(kind, deeper), self.float(kind, deeper)),
            12 | 13 => {
                let (one, other) = (self.float(kind, deeper), self.float(kind, deeper));
                format!("(select {one} {other} {})", self.condition(deeper))
            }
            14 => format!("(local.tee {} {})", self.local(kind), self.float(kind, deeper)),
            15 => format!(
                "({kind}.reinterpret_{bits} ({bits}.reinterpret_{kind} {}))",
                self.float(kind, deeper)
            ),
            16 => {
                let (one, other) = (self.float(kind, deeper), self.float(kind, deeper));
                format!("(if (result {kind}) {} (then {one}) (else {other}))", self.condition(deeper))
            }
            17 => format!(
                "(block (result {kind}) (br_if 0 {} {}))",
                self.float(kind, deeper),
                self.condition(deeper)
            ),
            _ if kind == "f32" => format!("(f32.demote_f64 {})", self.float("f64", deeper)),
            _ => format!("(f64.promote_f32 {})", self.float("f32", deeper)),
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth > 3 || self.pick(2) == 0 {
            return format!("(i32.and (local.get $i) (i32.const {}))", 1 << self.pick(4));
        }
        let kind = self.kind();
        let name = ["lt", "gt", "eq", "ne"][self.pick(4) as usize];
        format!("({kind}.{name} {} {})", self.float(kind, depth + 1), self.float(kind, depth + 1))
    }

    fn statement(&mut self, depth: u32) {
        let kind = self.kind();
        let text = match self.pick(if depth > 2 { 7 } else { 9 }) {
            0..=3 => format!("(local.set {} {})", self.local(kind), self.float(kind, 1)),
            4 => format!("({kind}.store (i32.const {}) {})", self.pick(8) * 8, self.float(kind, 1)),
            5 => format!("(global.set ${kind} {})", self.float(kind, 1)),
            6 => format!("(local.set {} (call ${kind}id {}))", self.local(kind), self.float(kind, 1)),
            7 => {
                let condition = self.condition(1);
                self.text += &format!("(if {condition} (then ");
                self.statements(depth + 1);
                self.text += "))";
                return;
            }
            _ => {
                self.text += "(loop ";
                self.statements(depth + 1);
                self.text += "(br_if 0 (i32.and (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 7))))";
                return;
            }
        };
        self.text += &text;
        self.text += "\n";
    }

    fn statements(&mut self, depth: u32) {
        for _ in 0..1 + self.pick(6) {
            self.statement(depth);
        }
    }
}

fn program(seed: u64) -> String {
    let mut author = Author { numbers: seed.wrapping_mul(0x2545_f491_4f6c_dd1d), text: String::new() };
    author.text += r#"(module (memory (export "m") 1)
        (global $f32 (export "s") (mut f32) (f32.const 0)) (global $f64 (export "d") (mut f64) (f64.const 0))
        (func $f32id (param f32) (result f32) local.get 0) (func $f64id (param f64) (result f64) local.get 0)"#;
    for function in 0..3 {
        let _ = write!(author.text, "\n(func (export \"f{function}\") (param $i i32)");
        for (name, kind) in [("s", "f32"), ("d", "f64")] {
            for local in 0..2 {
                let _ = write!(author.text, "(param ${name}{local} {kind})");
            }
        }
        author.text += " (result f32 f64)";
        for (name, kind) in [("s", "f32"), ("d", "f64")] {
            for local in 2..LOCALS {
                let _ = write!(author.text, "(local ${name}{local} {kind})");
            }
        }
        author.text += "\n";
        author.statements(0);
        let results = [author.float("f32", 1), author.float("f64", 1)].concat();
        author.text += &results;
        author.text += ")";
    }
    author.text += ")";
    author.text
}

#[test]
fn programs_full_of_nans_do_the_same() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first: u64 = variable("METER_FIRST").unwrap_or(0);
    let mut ordinary = 0;
    let seeds = variable("METER_SEEDS").unwrap_or(300);
    for seed in first..first + seeds {
        let text = program(seed);
        let module = wat::parse_str(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let compared = std::panic::catch_unwind(|| compare(&module, 200_000, seed));
        let compared = compared.unwrap_or_else(|_| panic!("seed {seed}\n{text}"));
        ordinary += u64::from(compared == Compared::Same(End::Ordinary));
    }
    assert!(ordinary > seeds / 2, "few programs ended ordinarily: {ordinary}");
}
