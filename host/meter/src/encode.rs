//! Encode: the module with what was added to it.
//!
//! Everything is added *behind* what was there (types, functions that are handed what is left and then three more, two globals, two
//! exports), so no index of the original changes. Sections that nothing is added to are copied byte for byte. Where a function is
//! handed what is left, its old index calls it with what is in the global: for exports, tables, and whoever does not know.

use crate::Options;
use crate::body::body;
use crate::survey::{Plan, Section, Survey};
use crate::{FUEL_LIMIT, FUEL_USED, Metered};
use std::collections::BTreeMap;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, Encode, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, Module, RawSection, TypeSection, ValType,
};
use wasmparser::{BinaryReader, FuncType};

/// Sections in the order that the specification wants (`10`, code, is after `12`, the count of data).
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

/// Function types that are added.
pub(crate) struct Added {
    first: u32,
    section: TypeSection,
    /// Of blocks that leave several values.
    blocks: BTreeMap<Vec<ValType>, u32>,
    /// Of functions that are handed what is left, by their type without it.
    carried: BTreeMap<u32, u32>,
}

/// A function with more parameters than this, or more than one result, is not handed what is left: there are only so many
/// registers, and each parameter makes the module grow.
const MOST_PARAMETERS: usize = 8;
/// What an engine takes at most, of functions as of types.
const MOST_INDICES: usize = 1_000_000;

impl Added {
    fn new(first: u32) -> Self {
        let mut section = TypeSection::new();
        section.ty().function([], []);
        section.ty().function([], [ValType::I64]);
        section.ty().function([ValType::I64], []);
        Self { first, section, blocks: BTreeMap::new(), carried: BTreeMap::new() }
    }

    /// The type of a block that takes nothing and leaves `results`.
    pub(crate) fn block(&mut self, results: &[wasmparser::ValType]) -> Option<BlockType> {
        let results: Vec<ValType> =
            results.iter().map(|kind| ValType::try_from(*kind)).collect::<Result<_, _>>().ok()?;
        match results[..] {
            [] => return Some(BlockType::Empty),
            [result] => return Some(BlockType::Result(result)),
            _ => {}
        }
        let index = match self.blocks.get(&results) {
            Some(index) => *index,
            None => {
                let index = self.first + self.section.len();
                self.section.ty().function([], results.iter().copied());
                self.blocks.insert(results, index);
                index
            }
        };
        Some(BlockType::FunctionType(index))
    }

    /// The type of a function that is handed what is left.
    fn carried(&mut self, index: u32, kind: &FuncType) -> Option<u32> {
        if let Some(known) = self.carried.get(&index) {
            return Some(*known);
        }
        let and_left = |kinds: &[wasmparser::ValType]| -> Option<Vec<ValType>> {
            let kinds = kinds.iter().map(|kind| ValType::try_from(*kind).ok());
            kinds.chain([Some(ValType::I64)]).collect()
        };
        let (parameters, results) = (and_left(kind.params())?, and_left(kind.results())?);
        let added = self.first + self.section.len();
        self.section.ty().function(parameters, results);
        self.carried.insert(index, added);
        Some(added)
    }
}

/// Rewrite a module that was surveyed.
pub(crate) fn encode(survey: &Survey<'_>, options: &Options) -> Option<Metered> {
    let types = u32::try_from(survey.types.len()).ok()?;
    let carried = carried(survey)?;
    // Whoever looks at a trap finds it from the end.
    let out = u32::try_from(survey.function_types.len() + carried.len()).ok()?;
    let left = survey.globals;
    let limit = left + 1;
    let plan = Plan { survey, costs: options.costs, left, out, carried };
    let mut added = Added::new(types);
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut behind = Vec::new();
    for (index, original) in survey.bodies.iter().enumerate() {
        let place = survey.imported_functions + index;
        let Some(inner) = plan.carried.get(&u32::try_from(place).ok()?) else {
            code.raw(&body(&plan, &mut added, index, original, false)?);
            continue;
        };
        let index_of_type = *survey.function_types.get(place)?;
        let kind = survey.function_type(index_of_type)?;
        functions.function(added.carried(index_of_type, kind)?);
        code.function(&hand_over(kind.params().len(), *inner, left)?);
        behind.push(body(&plan, &mut added, index, original, true)?);
    }
    for body in behind {
        code.raw(&body);
    }
    functions.function(types).function(types + 1).function(types + 2);
    own_functions(&mut code, left, limit);

    let mut globals = GlobalSection::new();
    let fuel = i64::try_from(options.fuel).unwrap_or(i64::MAX);
    let started = fuel.saturating_sub(i64::try_from(survey.startup_fuel).unwrap_or(i64::MAX));
    for value in [started, fuel] {
        let kind = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        globals.global(kind, &ConstExpr::i64_const(value));
    }
    let mut exports = ExportSection::new();
    exports.export(FUEL_USED, ExportKind::Func, out + 1);
    exports.export(FUEL_LIMIT, ExportKind::Func, out + 2);

    let original =
        |id| survey.sections.iter().find(|section| section.id == id).map(|section| section.content);
    let new = [
        (TYPES, joined(original(TYPES), &added.section)?),
        (FUNCTIONS, joined(original(FUNCTIONS), &functions)?),
        (GLOBALS, joined(original(GLOBALS), &globals)?),
        (EXPORTS, joined(original(EXPORTS), &exports)?),
        (CODE, joined(None, &code)?),
    ];
    let kept = survey.sections.iter().filter(|section| new.iter().all(|(id, _)| *id != section.id));
    let mut ranked = Vec::new();
    let mut last = 0;
    for section in kept {
        // A custom section stays behind what it stood behind.
        last = if section.id == 0 { last } else { rank(section.id)? };
        ranked.push((last, *section));
    }
    for (id, content) in &new {
        ranked.push((rank(*id)?, Section { id: *id, content }));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut module = Module::new();
    for (_, Section { id, content }) in ranked {
        module.section(&RawSection { id, data: content });
    }
    Some(Metered { module: module.finish(), out_of_fuel: out })
}

/// Which functions are handed what is left, and where they will be: those that others call by name. Not those that leave by
/// a tail call: what comes after it could not take back what is left.
fn carried(survey: &Survey<'_>) -> Option<BTreeMap<u32, u32>> {
    let mut carried = BTreeMap::new();
    if survey.function_types.len().max(survey.types.len()) * 2 >= MOST_INDICES {
        return Some(carried);
    }
    for index in &survey.called {
        let kind = survey.function_type(*survey.function_types.get(*index as usize)?)?;
        let imported = (*index as usize) < survey.imported_functions;
        let fits = kind.params().len() <= MOST_PARAMETERS && kind.results().len() <= 1;
        if !imported && fits && !survey.tail_calling.contains(index) {
            carried.insert(*index, u32::try_from(survey.function_types.len() + carried.len()).ok()?);
        }
    }
    Some(carried)
}

/// What stands where a function stood that is handed what is left.
fn hand_over(parameters: usize, inner: u32, left: u32) -> Option<Function> {
    let mut function = Function::new([]);
    for parameter in 0..u32::try_from(parameters).ok()? {
        function.instruction(&Instruction::LocalGet(parameter));
    }
    for instruction in [
        Instruction::GlobalGet(left),
        Instruction::Call(inner),
        Instruction::GlobalSet(left),
        Instruction::End,
    ] {
        function.instruction(&instruction);
    }
    Some(function)
}

/// Out of fuel, fuel used, fuel limit.
fn own_functions(code: &mut CodeSection, left: u32, limit: u32) {
    use Instruction::{End, GlobalGet, GlobalSet, I64Add, I64Const, I64Sub, LocalGet, Unreachable};
    // Whoever calls again finds nothing left.
    let out = [I64Const(-1), GlobalSet(left), Unreachable, End];
    let used = [GlobalGet(limit), GlobalGet(left), I64Sub, End];
    let set = [
        LocalGet(0),
        GlobalGet(limit),
        I64Sub,
        GlobalGet(left),
        I64Add,
        GlobalSet(left),
        LocalGet(0),
        GlobalSet(limit),
        End,
    ];
    for instructions in [&out[..], &used[..], &set[..]] {
        let mut function = Function::new([]);
        for instruction in instructions {
            function.instruction(instruction);
        }
        code.function(&function);
    }
}

fn rank(id: u8) -> Option<usize> {
    ORDER.iter().position(|other| *other == id)
}

/// A section's content: what was there, then what a new section has.
fn joined(original: Option<&[u8]>, new: &impl Encode) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    new.encode(&mut bytes);
    let mut reader = BinaryReader::new(&bytes, 0);
    let _length = reader.read_var_u32().ok()?;
    let (count, items) = counted(reader)?;
    let (before, old) = match original {
        Some(content) => counted(BinaryReader::new(content, 0))?,
        None => (0, &[][..]),
    };
    let mut content = Vec::new();
    before.checked_add(count)?.encode(&mut content);
    content.extend(old);
    content.extend(items);
    Some(content)
}

/// A count, and what follows it.
fn counted<'a>(mut reader: BinaryReader<'a>) -> Option<(u32, &'a [u8])> {
    let count = reader.read_var_u32().ok()?;
    let items = reader.read_bytes(reader.bytes_remaining()).ok()?;
    Some((count, items))
}
