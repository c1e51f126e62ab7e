//! Startup: the fuel that wasmtime uses to instantiate a module, before and beside its start function.
//!
//! wasmtime 48 compiles a *module startup function* where something must run: constant expressions that are more than one
//! constant, passive element segments, active segments of tables that could not be laid out at compile time, all active
//! data (`memory_init_cow(false)`), and the call of the start function. It charges 1 for entry, 1 for each constant
//! operator, 1 for each byte and each element, 1 for the call. All of it is known from the module, so it is simply used
//! up when the rewritten module starts. What is charged after the last of the bulk copies and before the end is lost in
//! wasmtime, which pays when it next asks for fuel; so it is here. (Sources: `translate_module_startup` in `wasmtime-internal-cranelift`,
//! `try_func_table_init` in `wasmtime-environ`.)

use crate::costs::{CONST_OPERATOR, FUNCTION, INIT_PER_UNIT, SMALL, START};
use wasmparser::{ConstExpr, DataKind, ElementItems, ElementKind, Operator, Payload, TableInit, TypeRef};

/// Tables up to this many elements are laid out at compile time.
const LAID_OUT_ELEMENTS: u64 = 1 << 20;

/// What has been seen of a module.
#[derive(Default)]
pub(crate) struct Startup {
    /// Whether there is a startup function at all.
    needed: bool,
    /// Paid.
    fuel: u64,
    /// Not paid yet.
    pending: u64,
    start: bool,
    imported_tables: usize,
    /// Smallest size of each table, imported ones first.
    tables: Vec<u64>,
    /// Segments are laid out at compile time until the first that can't be.
    laying_out: bool,
}

impl Startup {
    /// In fuel.
    pub(crate) fn fuel(&self) -> u64 {
        let start = if self.start { self.pending.saturating_add(START) } else { 0 };
        if self.needed { self.fuel.saturating_add(FUNCTION).saturating_add(start) } else { 0 }
    }

    /// See one more section.
    pub(crate) fn take(&mut self, payload: &Payload<'_>) -> Option<()> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    if let TypeRef::Table(table) = import.ok()?.ty {
                        self.tables.push(table.initial);
                    }
                }
                self.imported_tables = self.tables.len();
            }
            Payload::TableSection(tables) => {
                for table in tables.clone() {
                    let table = table.ok()?;
                    // An expression is a feature of typed function references.
                    if !matches!(table.init, TableInit::RefNull) {
                        return None;
                    }
                    self.tables.push(table.ty.initial);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals.clone() {
                    let (count, constant) = operators(&global.ok()?.init_expr)?;
                    if constant.is_none() {
                        self.needs(count * CONST_OPERATOR);
                    }
                }
            }
            Payload::StartSection { .. } => {
                self.start = true;
                self.needs(0);
            }
            Payload::ElementSection(elements) => {
                self.laying_out = true;
                for element in elements.clone() {
                    self.element(element.ok()?)?;
                }
            }
            Payload::DataSection(data) => {
                for data in data.clone() {
                    let data = data.ok()?;
                    if let DataKind::Active { offset_expr, .. } = data.kind {
                        let (count, _) = operators(&offset_expr)?;
                        let bytes = u64::try_from(data.data.len()).ok()?;
                        self.needs(count * CONST_OPERATOR + bytes * INIT_PER_UNIT);
                        self.pay();
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    fn element(&mut self, element: wasmparser::Element<'_>) -> Option<()> {
        let mut inner = 0;
        let (count, functions) = match element.items {
            ElementItems::Functions(functions) => (functions.count(), true),
            ElementItems::Expressions(_, expressions) => {
                let count = expressions.count();
                for expression in expressions {
                    inner += operators(&expression.ok()?)?.0 * CONST_OPERATOR;
                }
                (count, false)
            }
        };
        match element.kind {
            ElementKind::Passive => self.needs(inner),
            ElementKind::Declared => {}
            ElementKind::Active { table_index, offset_expr } => {
                let table = table_index.unwrap_or(0) as usize;
                let (operators, offset) = operators(&offset_expr)?;
                let fits = offset.flatten().is_some_and(|offset| {
                    let top = u64::from(offset) + u64::from(count);
                    table >= self.imported_tables
                        && self.tables.get(table).is_some_and(|size| top <= *size)
                        && top <= LAID_OUT_ELEMENTS
                });
                self.laying_out &= fits && functions;
                if !self.laying_out {
                    let units = u64::from(count) * INIT_PER_UNIT;
                    self.needs(operators * CONST_OPERATOR + units);
                    if units > SMALL {
                        self.pay();
                    }
                    self.needs(inner);
                }
            }
        }
        Some(())
    }

    fn needs(&mut self, fuel: u64) {
        self.needed = true;
        self.pending = self.pending.saturating_add(fuel);
    }

    fn pay(&mut self) {
        self.fuel = self.fuel.saturating_add(std::mem::take(&mut self.pending));
    }
}

/// How many operators an expression has, and whether it is a single constant; of an i32 the constant itself.
#[expect(clippy::option_option, reason = "no constant, a constant, an i32 constant")]
fn operators(expression: &ConstExpr<'_>) -> Option<(u64, Option<Option<u32>>)> {
    let (mut count, mut constant) = (0, None);
    for operator in expression.get_operators_reader() {
        constant = match (operator.ok()?, count) {
            (Operator::End, _) => continue,
            (Operator::I32Const { value }, 0) => Some(Some(value.cast_unsigned())),
            (
                Operator::I64Const { .. }
                | Operator::F32Const { .. }
                | Operator::F64Const { .. }
                | Operator::V128Const { .. },
                0,
            ) => Some(None),
            _ => None,
        };
        count += 1;
    }
    Some((count, constant))
}
