//! Read: a function as the operators that can be reached, with what each takes from the operand stack and leaves there.
//!
//! Code behind an unconditional branch is left out (it would not be run, and wasmtime does not count it); the `else` or
//! `end` that makes code reachable again stays.

use crate::survey::{Frame, Place, Survey};
use std::ops::Range;
use wasmparser::{BlockType, FrameKind, FunctionBody, Operator};

/// One operator.
pub(crate) struct Step<'a> {
    pub(crate) operator: Operator<'a>,
    /// Where it stands in the module.
    pub(crate) bytes: Range<usize>,
    pub(crate) pops: u32,
    pub(crate) pushes: u32,
    /// Values on the operand stack afterwards.
    pub(crate) height: u32,
}

/// The steps of function `index` (among those that the module defines).
pub(crate) fn steps<'a>(survey: &Survey<'a>, index: usize, body: &FunctionBody<'a>) -> Option<Vec<Step<'a>>> {
    let kind = *survey.function_types.get(survey.imported_functions + index)?;
    let outermost = Frame { kind: FrameKind::Block, block: BlockType::FuncType(kind), base: 0 };
    let mut place = Place { survey, frames: vec![outermost] };
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut height = 0;
    // Whether the current code can't be reached, and blocks that were opened since.
    let (mut dead, mut opened) = (false, 0_u32);
    let mut reader = body.get_operators_reader().ok()?;
    while !reader.eof() {
        let start = reader.original_position();
        let operator = reader.read().ok()?;
        let bytes = start..reader.original_position();
        if dead {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                    opened += 1;
                    continue;
                }
                Operator::End if opened > 0 => {
                    opened -= 1;
                    continue;
                }
                Operator::End => {}
                Operator::Else if opened == 0 => {}
                _ => continue,
            }
        }
        let (mut pops, pushes) = operator.operator_arity(&place)?;
        // What an unreachable end would take is not there.
        if std::mem::take(&mut dead) {
            pops = 0;
        }
        match operator {
            Operator::Block { blockty } => {
                open(&mut place, FrameKind::Block, blockty, u32::checked_sub(height, pops)?);
            }
            Operator::Loop { blockty } => {
                open(&mut place, FrameKind::Loop, blockty, u32::checked_sub(height, pops)?);
            }
            Operator::If { blockty } => {
                open(&mut place, FrameKind::If, blockty, u32::checked_sub(height, pops)?);
            }
            Operator::Else => place.frames.last_mut()?.kind = FrameKind::Else,
            Operator::End => {
                place.frames.pop()?;
            }
            _ => {}
        }
        height = height.checked_sub(pops)?.checked_add(pushes)?;
        if ends_block(&operator) {
            dead = true;
            height = place.frames.last()?.base;
        }
        steps.push(Step { operator, bytes, pops, pushes, height });
    }
    Some(steps)
}

fn open(place: &mut Place<'_, '_>, kind: FrameKind, block: BlockType, base: u32) {
    place.frames.push(Frame { kind, block, base });
}

/// Whether what follows is reached only from elsewhere.
fn ends_block(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Unreachable
            | Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
    )
}

/// Whether an operator runs code of another function.
pub(crate) fn calls_out(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. }) || calls_away(operator)
}

/// Whether it does so and does not come back.
pub(crate) fn calls_away(operator: &Operator<'_>) -> bool {
    matches!(operator, Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. })
}
