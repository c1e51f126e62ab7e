//! Body: a function with what it pays, and with canonical NaNs where they are seen.
//!
//! The operators are copied byte for byte: what is added keeps the operand stack and the depth of every label as they
//! are, functions and globals are added behind all others, locals behind a function's own. Only a function that keeps
//! what is left in a local has one block more around it, in which `return` becomes a branch to its end, so that there is
//! one place at which it is given back. A function that is called by name is handed what is left as one parameter more, and hands it
//! back as one result more (its locals move up by one): on processors that wait for what was just stored, a global that each call
//! reads and writes is most of what metering a recursion costs.

use crate::count::{Count, Keep, count};
use crate::encode::Added;
use crate::nan::{Float, canonical};
use crate::read::{Step, calls_away, calls_out, steps};
use crate::survey::Plan;
use wasm_encoder::{BlockType, Encode, Ieee32, Ieee64, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

/// What an engine takes at most.
const MOST_LOCALS: usize = 50_000;

/// Rewrite function `index` (among those that the module defines); as one that is handed what is left, if `carried`.
pub(crate) fn body(
    plan: &Plan<'_, '_>,
    added: &mut Added,
    index: usize,
    body: &FunctionBody<'_>,
    carried: bool,
) -> Option<Vec<u8>> {
    let survey = plan.survey;
    let steps = steps(survey, index, body)?;
    let kind = survey.function_type(*survey.function_types.get(survey.imported_functions + index)?)?;
    let mut locals = kind.params().to_vec();
    let mut declared = body.get_locals_reader().ok()?;
    let groups = declared.get_count();
    let groups_start = declared.original_position();
    for _ in 0..groups {
        let (count, local) = declared.read().ok()?;
        locals.resize(locals.len() + count as usize, local);
    }
    let groups_bytes = survey.bytes.get(groups_start..declared.original_position())?;
    let canonical = canonical(&steps, &locals, kind.params().len());
    let place = u32::try_from(survey.imported_functions + index).ok()?;
    let count = count(survey, place, &steps, &plan.costs)?;
    let parameters = u32::try_from(kind.params().len()).ok()?;
    let mut scratch =
        Scratch { first: u32::try_from(locals.len()).ok()? + u32::from(carried), kinds: Vec::new() };
    let mut writer = Writer {
        plan,
        code: Vec::new(),
        left: if carried { parameters } else { scratch.local(ValType::I64) },
        length: count.per_unit.iter().any(Option::is_some).then(|| scratch.local(ValType::I32)),
        floats: [Float::F32, Float::F64, Float::F32x4].map(|float| {
            let used = canonical.iter().flatten().any(|other| other.kind() == float.kind());
            used.then(|| scratch.local(float.kind()))
        }),
        keep: if carried { Keep::Carried } else { count.keep },
    };
    if locals.len() + usize::from(carried) + scratch.kinds.len() > MOST_LOCALS {
        return None;
    }
    let block = added.block(kind.results())?;
    writer.function(block, &steps, &count, &canonical)?;

    let mut out = Vec::new();
    (groups + u32::try_from(scratch.kinds.len()).ok()?).encode(&mut out);
    out.extend(groups_bytes);
    for kind in scratch.kinds {
        1_u32.encode(&mut out);
        kind.encode(&mut out);
    }
    out.extend(writer.code);
    Some(out)
}

/// Locals behind a function's own.
struct Scratch {
    first: u32,
    kinds: Vec<ValType>,
}

impl Scratch {
    fn local(&mut self, kind: ValType) -> u32 {
        let index = self.first.saturating_add(u32::try_from(self.kinds.len()).unwrap_or(u32::MAX));
        self.kinds.push(kind);
        index
    }
}

struct Writer<'p, 's, 'a> {
    plan: &'p Plan<'s, 'a>,
    code: Vec<u8>,
    keep: Keep,
    /// The local of what is left; in a carried function the one behind the parameters that it had.
    left: u32,
    /// That of the length of a bulk operation.
    length: Option<u32>,
    /// Those of floats that are looked at: f32, f64, vectors.
    floats: [Option<u32>; 3],
}

impl Writer<'_, '_, '_> {
    fn function(
        &mut self,
        block: BlockType,
        steps: &[Step<'_>],
        count: &Count,
        canonical: &[Option<Float>],
    ) -> Option<()> {
        let mut payments = count.payments.iter().peekable();
        let mut depth = 0_u32;
        for (index, step) in steps.iter().enumerate() {
            while let Some(payment) = payments.next_if(|payment| payment.at == index) {
                self.pay(payment.fuel, payment.check, index == 0);
            }
            if index == 0 && self.keep != Keep::Global {
                self.put(&[Instruction::Block(block)]);
            }
            if let Some(price) = count.per_unit[index] {
                self.pay_by_length(price)?;
            }
            match step.operator {
                Operator::Return if self.keep != Keep::Global => self.put(&[Instruction::Br(depth)]),
                Operator::End if depth == 0 && self.keep != Keep::Global => {
                    self.put(&[Instruction::End]);
                    match self.keep {
                        Keep::Carried => self.take(false),
                        _ => self.give_back(),
                    }
                    self.put(&[Instruction::End]);
                }
                Operator::LocalGet { local_index } if self.moves(local_index) => {
                    self.put(&[Instruction::LocalGet(local_index + 1)]);
                }
                Operator::LocalSet { local_index } if self.moves(local_index) => {
                    self.put(&[Instruction::LocalSet(local_index + 1)]);
                }
                Operator::LocalTee { local_index } if self.moves(local_index) => {
                    self.put(&[Instruction::LocalTee(local_index + 1)]);
                }
                Operator::Call { function_index } if self.plan.carried.contains_key(&function_index) => {
                    self.take(false);
                    self.put(&[Instruction::Call(*self.plan.carried.get(&function_index)?)]);
                    self.keep();
                }
                _ => {
                    let calls = calls_out(&step.operator);
                    if calls {
                        self.give_back();
                    }
                    self.code.extend(self.plan.survey.bytes.get(step.bytes.clone())?);
                    if calls && !calls_away(&step.operator) && self.keep != Keep::Global {
                        self.put(&[Instruction::GlobalGet(self.plan.left), Instruction::LocalSet(self.left)]);
                    }
                }
            }
            match step.operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End => depth = depth.saturating_sub(1),
                _ => {}
            }
            if let Some(float) = canonical[index] {
                self.make_canonical(float)?;
            }
        }
        Some(())
    }

    fn put(&mut self, instructions: &[Instruction<'_>]) {
        for instruction in instructions {
            instruction.encode(&mut self.code);
        }
    }

    /// Whether a local of the function stands one place further on than it did.
    fn moves(&self, local: u32) -> bool {
        self.keep == Keep::Carried && local >= self.left
    }

    /// Whether what is left is in the global now.
    fn in_global(&self, at_start: bool) -> bool {
        match self.keep {
            Keep::Global => true,
            Keep::Local => at_start,
            Keep::Carried => false,
        }
    }

    /// What is left, on the operand stack.
    fn take(&mut self, at_start: bool) {
        self.put(&[if self.in_global(at_start) {
            Instruction::GlobalGet(self.plan.left)
        } else {
            Instruction::LocalGet(self.left)
        }]);
    }

    /// Put away what is left.
    fn keep(&mut self) {
        self.put(&[if self.keep == Keep::Global {
            Instruction::GlobalSet(self.plan.left)
        } else {
            Instruction::LocalSet(self.left)
        }]);
    }

    /// Trap if the topmost value is true.
    fn trap_if(&mut self) {
        self.put(&[
            Instruction::If(BlockType::Empty),
            Instruction::Call(self.plan.out),
            Instruction::Unreachable,
            Instruction::End,
        ]);
    }

    /// What is asked is whether there is as much, not whether less than nothing was left: so a compiler can put the subtraction off to
    /// where its result is needed, and take it together with others.
    fn pay(&mut self, fuel: u64, check: bool, at_start: bool) {
        let price = Instruction::I64Const(i64::try_from(fuel).unwrap_or(i64::MAX));
        self.take(at_start);
        if check {
            if self.in_global(at_start) {
                self.put(&[Instruction::LocalTee(self.left)]);
            }
            self.put(&[price.clone(), Instruction::I64LtS]);
            self.trap_if();
            if fuel == 0 {
                return;
            }
            self.put(&[Instruction::LocalGet(self.left)]);
        }
        self.put(&[price, Instruction::I64Sub]);
        self.keep();
    }

    /// The length is on the operand stack and stays there.
    fn pay_by_length(&mut self, price: u64) -> Option<()> {
        let length = self.length?;
        self.put(&[Instruction::LocalTee(length)]);
        self.take(false);
        self.put(&[Instruction::LocalGet(length), Instruction::I64ExtendI32U]);
        if price != 1 {
            self.put(&[Instruction::I64Const(i64::try_from(price).ok()?), Instruction::I64Mul]);
        }
        self.put(&[Instruction::I64Sub, Instruction::LocalTee(self.left)]);
        if self.keep == Keep::Global {
            self.put(&[Instruction::GlobalSet(self.plan.left), Instruction::LocalGet(self.left)]);
        }
        self.put(&[Instruction::I64Const(0), Instruction::I64LtS]);
        self.trap_if();
        Some(())
    }

    fn give_back(&mut self) {
        if self.keep != Keep::Global {
            self.put(&[Instruction::LocalGet(self.left), Instruction::GlobalSet(self.plan.left)]);
        }
    }

    /// Replace the topmost value by the canonical NaN if it is a NaN.
    fn make_canonical(&mut self, float: Float) -> Option<()> {
        let [f32, f64, vector] = self.floats;
        let nan = float.nan();
        let narrow = u32::try_from(nan).unwrap_or_default();
        // A NaN is neither equal to itself nor at least as great: the second is one jump on x86-64, the first two.
        let (local, constant, orders, choose) = match float {
            Float::F32 => {
                (f32?, Instruction::F32Const(Ieee32::new(narrow)), Instruction::F32Ge, Instruction::Select)
            }
            Float::F64 => {
                (f64?, Instruction::F64Const(Ieee64::new(nan)), Instruction::F64Ge, Instruction::Select)
            }
            Float::F32x4 => {
                let lanes = [narrow; 4].iter().fold(0, |lanes, lane| lanes << 32 | u128::from(*lane));
                let constant = Instruction::V128Const(lanes.cast_signed());
                (vector?, constant, Instruction::F32x4Eq, Instruction::V128Bitselect)
            }
            Float::F64x2 => {
                let constant =
                    Instruction::V128Const((u128::from(nan) << 64 | u128::from(nan)).cast_signed());
                (vector?, constant, Instruction::F64x2Eq, Instruction::V128Bitselect)
            }
        };
        self.put(&[
            Instruction::LocalTee(local),
            constant,
            Instruction::LocalGet(local),
            Instruction::LocalGet(local),
            orders,
            choose,
        ]);
        Some(())
    }
}

impl Float {
    fn kind(self) -> ValType {
        match self {
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            Self::F32x4 | Self::F64x2 => ValType::V128,
        }
    }
}
