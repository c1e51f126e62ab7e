//! Encode: the module with what was added to it.
//!
//! Everything is added *behind* what was there (types, three functions, two globals, two exports), so no index of the
//! original changes. Sections that nothing is added to are copied byte for byte.

use crate::Options;
use crate::body::body;
use crate::survey::{Plan, Section, Survey};
use crate::{FUEL_LIMIT, FUEL_USED, Metered};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, Encode, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, Module, RawSection, TypeSection, ValType,
};
use wasmparser::BinaryReader;

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
    blocks: Vec<Vec<ValType>>,
}

/// Those of the functions that are added: out of fuel, fuel used, fuel limit.
const ADDED_TYPES: u32 = 3;

impl Added {
    fn new(first: u32) -> Self {
        let mut section = TypeSection::new();
        section.ty().function([], []);
        section.ty().function([], [ValType::I64]);
        section.ty().function([ValType::I64], []);
        Self { first, section, blocks: Vec::new() }
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
        let known = self.blocks.iter().position(|block| *block == results);
        let index = known.unwrap_or_else(|| {
            self.section.ty().function([], results.iter().copied());
            self.blocks.push(results);
            self.blocks.len() - 1
        });
        Some(BlockType::FunctionType(self.first + ADDED_TYPES + u32::try_from(index).ok()?))
    }
}

/// Rewrite a module that was surveyed.
pub(crate) fn encode(survey: &Survey<'_>, options: &Options) -> Option<Metered> {
    let types = u32::try_from(survey.types.len()).ok()?;
    let out = u32::try_from(survey.function_types.len()).ok()?;
    let left = survey.globals;
    let limit = left + 1;
    let plan = Plan { survey, costs: options.costs, left, out };
    let mut added = Added::new(types);
    let mut code = CodeSection::new();
    for (index, original) in survey.bodies.iter().enumerate() {
        code.raw(&body(&plan, &mut added, index, original)?);
    }
    own_functions(&mut code, left, limit);

    let mut functions = FunctionSection::new();
    functions.function(types).function(types + 1).function(types + 2);
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
