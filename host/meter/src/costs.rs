//! Costs: what an operator uses, exactly as wasmtime 48.0.8 charges it (`wasmtime-environ`'s `OperatorCost` and
//! `VariableOperatorCost`).
//!
//! Most operators cost one; what only shapes control flow costs nothing. Bulk operations also cost by their length, which
//! is an operand. Only the prices that the sandbox's engine sets itself are options here.

use wasmparser::Operator;

/// The prices that differ from wasmtime's defaults, in fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// `memory.grow` itself.
    pub memory_grow: u8,
    /// Each 64 KiB page that `memory.grow` asks for, whether or not it gets it.
    pub memory_grow_per_page: u8,
    /// Each element that `table.grow` asks for, whether or not it gets it.
    pub table_grow_per_element: u8,
}

impl Default for Costs {
    /// wasmtime's own.
    fn default() -> Self {
        Self { memory_grow: 1, memory_grow_per_page: 0, table_grow_per_element: 1 }
    }
}

/// Charged on entry to a function, on top of its operators.
pub(crate) const FUNCTION: u64 = 1;
/// Charged for an operator of a constant expression that runs at instantiation.
pub(crate) const CONST_OPERATOR: u64 = 1;
/// Charged per element or byte that is copied at instantiation.
pub(crate) const INIT_PER_UNIT: u64 = 1;
/// Charged for the call of a start function.
pub(crate) const START: u64 = 1;
/// Bulk operations that are known to cost no more than this are not asked about (wasmtime: `SMALL_BULK_OP_COST`).
pub(crate) const SMALL: u64 = 128;

impl Costs {
    /// An operator's flat price.
    pub(crate) fn flat(&self, operator: &Operator<'_>) -> u64 {
        match operator {
            Operator::Nop
            | Operator::Drop
            | Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::Unreachable
            | Operator::Return
            | Operator::Else
            | Operator::End => 0,
            Operator::MemoryGrow { .. } => self.memory_grow.into(),
            _ => 1,
        }
    }

    /// What each unit of an operator's topmost operand costs, for those that are paid by length.
    pub(crate) fn per_unit(&self, operator: &Operator<'_>) -> Option<u64> {
        Some(match operator {
            Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryInit { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableInit { .. } => 1,
            Operator::MemoryGrow { .. } => self.memory_grow_per_page.into(),
            Operator::TableGrow { .. } => self.table_grow_per_element.into(),
            _ => return None,
        })
    }
}
