//! NaN: where a float must be made canonical, so that nobody can see which NaN an operation made.
//!
//! wasmtime makes the result of every float operation canonical (`nan_canonicalization.rs` in cranelift-codegen). Here
//! only what can be *seen* is: a result that flows into another operation, a comparison or a conversion is as good with
//! any NaN. What sees bits is everything else: stores, reinterpretations, calls, globals, results of blocks, the sign that
//! `copysign` takes, vectors.
//!
//! A local may hold NaNs that are not canonical if whatever is ever put there comes from operations, from constants, or
//! from another such local; it is then made canonical where it is seen. Into any other local (parameters among them)
//! only what is canonical or *as it was* gets: bits that were loaded, passed in or chosen by the program stay as they
//! are, since programs keep values in NaNs. The kind of a local doesn't depend on the place in the function.
//!
//! Vectors are made canonical where they are made.

use crate::read::Step;
use wasmparser::{Operator, ValType};

/// A float type, and what of it is made canonical.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Float {
    F32,
    F64,
    F32x4,
    F64x2,
}

/// A value is the result of at most so many operations, or it is seen: keeps chains of `select` short.
const SOURCES: usize = 8;

/// What may be known of a value.
#[derive(Clone, Default)]
struct Value {
    /// Steps whose result it may be.
    sources: Vec<usize>,
    /// Whether it may be a NaN that is not the canonical one and is meant so, even where its sources are canonical.
    exact: bool,
}

impl Value {
    fn exact() -> Self {
        Self { sources: Vec::new(), exact: true }
    }
}

struct Analysis<'s, 'a> {
    steps: &'s [Step<'a>],
    locals: &'s [ValType],
    stack: Vec<Value>,
    /// Steps whose result is seen.
    seen: Vec<bool>,
    /// Locals that must keep bits as they are.
    exact: Vec<bool>,
    /// What is put into which local.
    puts: Vec<(usize, Vec<usize>)>,
}

/// For each step, what to make of its result. `locals` begins with `parameters` parameters.
pub(crate) fn canonical(steps: &[Step<'_>], locals: &[ValType], parameters: usize) -> Vec<Option<Float>> {
    let mut exact = vec![false; locals.len()];
    exact.iter_mut().take(parameters).for_each(|exact| *exact = true);
    let seen = vec![false; steps.len()];
    let mut analysis = Analysis { steps, locals, stack: Vec::new(), seen, exact, puts: Vec::new() };
    for index in 0..steps.len() {
        analysis.step(index);
    }
    analysis.settle();
    (0..steps.len()).map(|index| analysis.wanted(index)).collect()
}

impl Analysis<'_, '_> {
    fn step(&mut self, index: usize) {
        let step = &self.steps[index];
        let result = match step.operator {
            Operator::LocalGet { local_index } if self.float(local_index).is_some() => {
                Value { sources: vec![index], exact: false }
            }
            Operator::LocalSet { local_index } if self.float(local_index).is_some() => {
                let value = self.pop();
                self.put(local_index, value);
                Value::exact()
            }
            Operator::LocalTee { local_index } if self.float(local_index).is_some() => {
                let value = self.pop();
                self.put(local_index, value);
                Value { sources: vec![index], exact: false }
            }
            Operator::F32Const { value } => {
                let bits = value.bits();
                let exact = f32::from_bits(bits).is_nan() && u64::from(bits) != Float::F32.nan();
                Value { exact, ..Value::default() }
            }
            Operator::F64Const { value } => {
                let bits = value.bits();
                let exact = f64::from_bits(bits).is_nan() && bits != Float::F64.nan();
                Value { exact, ..Value::default() }
            }
            // Only the sign changes. An absolute value of the canonical NaN is the canonical NaN.
            Operator::F32Abs | Operator::F64Abs => self.pop(),
            Operator::F32Neg | Operator::F64Neg => Value { exact: true, ..self.pop() },
            Operator::F32Copysign | Operator::F64Copysign => {
                let sign = self.pop();
                self.see(&sign.sources);
                Value { exact: true, ..self.pop() }
            }
            Operator::Select | Operator::TypedSelect { .. } => {
                let _condition = self.pop();
                let (one, other) = (self.pop(), self.pop());
                self.either(one, other)
            }
            _ if arithmetic(&step.operator).is_some() => {
                (0..step.pops).for_each(|_| drop(self.pop()));
                Value { sources: vec![index], exact: false }
            }
            _ if blind(&step.operator) => {
                (0..step.pops).for_each(|_| drop(self.pop()));
                Value { sources: Vec::new(), exact: false }
            }
            _ => {
                for _ in 0..step.pops {
                    let value = self.pop();
                    self.see(&value.sources);
                }
                Value::exact()
            }
        };
        let (height, pushes) = (step.height as usize, step.pushes as usize);
        self.stack.resize_with(height.saturating_sub(pushes), Value::exact);
        self.stack.resize(height, result);
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_else(Value::exact)
    }

    fn see(&mut self, sources: &[usize]) {
        sources.iter().for_each(|source| self.seen[*source] = true);
    }

    fn either(&mut self, one: Value, other: Value) -> Value {
        let mut sources = one.sources;
        sources.extend(other.sources);
        sources.sort_unstable();
        sources.dedup();
        if sources.len() > SOURCES {
            self.see(&sources);
            return Value::exact();
        }
        Value { sources, exact: one.exact || other.exact }
    }

    fn put(&mut self, local: u32, value: Value) {
        let local = local as usize;
        self.exact[local] |= value.exact;
        self.puts.push((local, value.sources));
    }

    /// Which locals keep bits, then what that shows.
    fn settle(&mut self) {
        // Many functions with many locals and no floats are cheap to write, so they are cheap to read.
        if self.puts.is_empty() {
            return;
        }
        // Copies between locals, by the one that is copied.
        let mut copies = vec![Vec::new(); self.locals.len()];
        for (to, sources) in &self.puts {
            for from in sources.iter().filter_map(|source| self.read(*source)) {
                copies[from].push(*to);
            }
        }
        let mut open: Vec<usize> = (0..self.locals.len()).filter(|local| self.exact[*local]).collect();
        while let Some(local) = open.pop() {
            for to in std::mem::take(&mut copies[local]) {
                if !std::mem::replace(&mut self.exact[to], true) {
                    open.push(to);
                }
            }
        }
        for (to, sources) in std::mem::take(&mut self.puts) {
            if self.exact[to] {
                self.see(&sources);
            }
        }
    }

    /// The local whose value a step leaves on the stack.
    fn read(&self, step: usize) -> Option<usize> {
        match self.steps[step].operator {
            Operator::LocalGet { local_index } | Operator::LocalTee { local_index } => {
                Some(local_index as usize)
            }
            _ => None,
        }
    }

    fn wanted(&self, index: usize) -> Option<Float> {
        if let Some(vector) = vector_arithmetic(&self.steps[index].operator) {
            return Some(vector);
        }
        if !self.seen[index] {
            return None;
        }
        match self.read(index) {
            Some(local) if self.exact[local] => None,
            Some(local) => self.float(u32::try_from(local).ok()?),
            None => arithmetic(&self.steps[index].operator),
        }
    }

    fn float(&self, local: u32) -> Option<Float> {
        match self.locals.get(local as usize)? {
            ValType::F32 => Some(Float::F32),
            ValType::F64 => Some(Float::F64),
            _ => None,
        }
    }
}

impl Float {
    /// The bits of the canonical NaN of one lane.
    pub(crate) fn nan(self) -> u64 {
        match self {
            Self::F32 | Self::F32x4 => 0x7fc0_0000,
            Self::F64 | Self::F64x2 => 0x7ff8_0000_0000_0000,
        }
    }
}

/// Operations whose NaNs wasmtime makes canonical: those that become Cranelift's ceil, floor, nearest, sqrt, trunc,
/// demote, promote, add, div, max, min, mul, sub.
fn arithmetic(operator: &Operator<'_>) -> Option<Float> {
    Some(match operator {
        Operator::F32Ceil
        | Operator::F32Floor
        | Operator::F32Nearest
        | Operator::F32Sqrt
        | Operator::F32Trunc
        | Operator::F32DemoteF64
        | Operator::F32Add
        | Operator::F32Div
        | Operator::F32Max
        | Operator::F32Min
        | Operator::F32Mul
        | Operator::F32Sub => Float::F32,
        Operator::F64Ceil
        | Operator::F64Floor
        | Operator::F64Nearest
        | Operator::F64Sqrt
        | Operator::F64Trunc
        | Operator::F64PromoteF32
        | Operator::F64Add
        | Operator::F64Div
        | Operator::F64Max
        | Operator::F64Min
        | Operator::F64Mul
        | Operator::F64Sub => Float::F64,
        _ => return None,
    })
}

/// The same for vectors, and the fused operations: wasmtime makes those canonical where the machine has an instruction
/// for them, and calls the host where it hasn't.
fn vector_arithmetic(operator: &Operator<'_>) -> Option<Float> {
    Some(match operator {
        Operator::F32x4Ceil
        | Operator::F32x4Floor
        | Operator::F32x4Nearest
        | Operator::F32x4Sqrt
        | Operator::F32x4Trunc
        | Operator::F32x4DemoteF64x2Zero
        | Operator::F32x4Add
        | Operator::F32x4Div
        | Operator::F32x4Max
        | Operator::F32x4Min
        | Operator::F32x4Mul
        | Operator::F32x4Sub
        | Operator::F32x4RelaxedMax
        | Operator::F32x4RelaxedMin
        | Operator::F32x4RelaxedMadd
        | Operator::F32x4RelaxedNmadd => Float::F32x4,
        Operator::F64x2Ceil
        | Operator::F64x2Floor
        | Operator::F64x2Nearest
        | Operator::F64x2Sqrt
        | Operator::F64x2Trunc
        | Operator::F64x2PromoteLowF32x4
        | Operator::F64x2Add
        | Operator::F64x2Div
        | Operator::F64x2Max
        | Operator::F64x2Min
        | Operator::F64x2Mul
        | Operator::F64x2Sub
        | Operator::F64x2RelaxedMax
        | Operator::F64x2RelaxedMin
        | Operator::F64x2RelaxedMadd
        | Operator::F64x2RelaxedNmadd => Float::F64x2,
        _ => return None,
    })
}

/// What takes a float and can't tell NaNs apart, or makes a float that is no NaN.
fn blind(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Drop
            | Operator::F32Eq
            | Operator::F32Ne
            | Operator::F32Lt
            | Operator::F32Gt
            | Operator::F32Le
            | Operator::F32Ge
            | Operator::F64Eq
            | Operator::F64Ne
            | Operator::F64Lt
            | Operator::F64Gt
            | Operator::F64Le
            | Operator::F64Ge
            | Operator::I32TruncF32S
            | Operator::I32TruncF32U
            | Operator::I32TruncF64S
            | Operator::I32TruncF64U
            | Operator::I64TruncF32S
            | Operator::I64TruncF32U
            | Operator::I64TruncF64S
            | Operator::I64TruncF64U
            | Operator::I32TruncSatF32S
            | Operator::I32TruncSatF32U
            | Operator::I32TruncSatF64S
            | Operator::I32TruncSatF64U
            | Operator::I64TruncSatF32S
            | Operator::I64TruncSatF32U
            | Operator::I64TruncSatF64S
            | Operator::I64TruncSatF64U
            | Operator::F32ConvertI32S
            | Operator::F32ConvertI32U
            | Operator::F32ConvertI64S
            | Operator::F32ConvertI64U
            | Operator::F64ConvertI32S
            | Operator::F64ConvertI32U
            | Operator::F64ConvertI64S
            | Operator::F64ConvertI64U
    )
}
