//! Split: from one module that holds many programs, the module of each.
//!
//! A compiler run costs as much for one small program as for thirty, so drafts share one (`drafts.rs`). What comes
//! out exports every member's functions under the member's prefix; from here each leaves with what its own exports
//! reach and nothing else. A member that keeps no data comes out the same whoever its batch-mates were.
//!
//! The way into a panic is cut: `call core::panicking::…` becomes `unreachable`, which is what a panic ends in on this
//! target anyway. It saves 17 KB of formatting code in a module of 1 KB.

use std::collections::BTreeSet;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, ExportKind,
    ExportSection, FunctionSection, GlobalSection, ImportSection, Instruction, MemorySection, Module,
    RefType, TableSection, TypeSection,
};
use wasmparser::{
    BinaryReaderError, CompositeInnerType, DataKind, ElementItems, ElementKind, ExternalKind, FuncType,
    FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
};

/// Where rustc's own panics start; demangled.
const PANICS: &str = "core::panicking::";
/// What the canonical ABI calls to hand over strings and lists.
const REALLOC: &str = "cabi_realloc";

/// Why a module can't be split: never the fault of one member.
#[derive(Debug, thiserror::Error)]
pub(super) enum SplitError {
    /// Not a module.
    #[error("{0}")]
    Malformed(#[from] BinaryReaderError),
    /// Something that the compiler is not known to emit.
    #[error("the compiler emitted {0}, which can't be split")]
    Unexpected(&'static str),
}

impl From<reencode::Error> for SplitError {
    fn from(error: reencode::Error) -> Self {
        match error {
            reencode::Error::ParseError(error) => Self::Malformed(error),
            _ => Self::Unexpected("an index that stands for nothing"),
        }
    }
}

/// A module of many members, read once.
#[derive(Default)]
pub(super) struct Batch<'a> {
    types: Vec<FuncType>,
    imports: Vec<(&'a str, &'a str, u32)>,
    /// Types of the functions that are defined here.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    tables: Vec<wasmparser::Table<'a>>,
    memories: Vec<wasmparser::MemoryType>,
    globals: Vec<wasmparser::Global<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    elements: Vec<wasmparser::Element<'a>>,
    data: Vec<wasmparser::Data<'a>>,
    panics: BTreeSet<u32>,
}

impl<'a> Batch<'a> {
    /// Read what the compiler made. It must still carry its functions' names.
    pub(super) fn read(module: &'a [u8]) -> Result<Self, SplitError> {
        let mut batch = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for kind in group?.into_types() {
                            let CompositeInnerType::Func(function) = kind.composite_type.inner else {
                                return Err(SplitError::Unexpected("a type that is no function's"));
                            };
                            batch.types.push(function);
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let TypeRef::Func(kind) = import.ty else {
                            return Err(SplitError::Unexpected("an import that is no function"));
                        };
                        batch.imports.push((import.module, import.name, kind));
                    }
                }
                Payload::FunctionSection(section) => {
                    batch.functions = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::CodeSectionEntry(body) => batch.bodies.push(body),
                Payload::TableSection(section) => {
                    batch.tables = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::MemorySection(section) => {
                    batch.memories = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::GlobalSection(section) => {
                    batch.globals = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ExportSection(section) => {
                    batch.exports = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::ElementSection(section) => {
                    batch.elements = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::DataSection(section) => {
                    batch.data = section.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::StartSection { .. } => return Err(SplitError::Unexpected("a start function")),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        batch.panics.extend(panics(names)?);
                    }
                }
                _ => {}
            }
        }
        if batch.bodies.len() != batch.functions.len() {
            return Err(SplitError::Unexpected("functions without bodies"));
        }
        Ok(batch)
    }

    /// The module of the member whose exports start with `prefix`, which is taken off. `realloc` says whether its
    /// world hands over strings or lists.
    pub(super) fn member(&self, prefix: &str, realloc: bool) -> Result<Vec<u8>, SplitError> {
        let mut exports: Vec<(&str, u32)> = Vec::new();
        for export in &self.exports {
            let name = match export.name.strip_prefix(prefix) {
                Some(name) => name,
                None if realloc && export.name == REALLOC => REALLOC,
                None => continue,
            };
            if export.kind != ExternalKind::Func {
                return Err(SplitError::Unexpected("a member's export that is no function"));
            }
            exports.push((name, export.index));
        }
        let needed = self.needed(exports.iter().map(|(_, function)| *function))?;
        self.emit(&exports, needed)
    }

    /// Everything that `roots` reach.
    fn needed(&self, roots: impl Iterator<Item = u32>) -> Result<Needed<'_>, SplitError> {
        let mut needed =
            Needed { found: Found::default(), todo: Vec::new(), panics: &self.panics, settled: false };
        for root in roots {
            needed.function_index(root)?;
        }
        let mut elements = false;
        while let Some(function) = needed.todo.pop() {
            needed.type_index(self.type_of(function)?)?;
            match function.checked_sub(self.imports.len() as u32) {
                // The canonical ABI reads a string that is handed to the host.
                None => needed.found.memory = true,
                Some(defined) => {
                    let mut unused = CodeSection::new();
                    let body = &self.bodies[defined as usize];
                    needed.parse_function_body(&mut unused, body.clone())?;
                }
            }
            if needed.found.tables && !elements {
                elements = true;
                self.elements(&mut needed)?;
            }
        }
        Ok(needed)
    }

    fn type_of(&self, function: u32) -> Result<u32, SplitError> {
        let imports = self.imports.len();
        let function = function as usize;
        let kind = match function.checked_sub(imports) {
            None => Some(self.imports[function].2),
            Some(defined) => self.functions.get(defined).copied(),
        };
        kind.ok_or(SplitError::Unexpected("a call to no function"))
    }

    fn elements(&self, needed: &mut Needed<'_>) -> Result<ElementSection, SplitError> {
        let mut section = ElementSection::new();
        for element in &self.elements {
            let ElementKind::Active { offset_expr, .. } = &element.kind else {
                return Err(SplitError::Unexpected("elements that are not active"));
            };
            let ElementItems::Functions(items) = &element.items else {
                return Err(SplitError::Unexpected("elements that are not functions"));
            };
            let mut functions = Vec::new();
            for function in items.clone() {
                functions.push(needed.function_index(function?)?);
            }
            let offset = needed.const_expr(offset_expr.clone())?;
            section.active(None, &offset, Elements::Functions(functions.into()));
        }
        Ok(section)
    }

    fn emit(&self, exports: &[(&str, u32)], mut needed: Needed<'_>) -> Result<Vec<u8>, SplitError> {
        needed.settled = true;
        let found = needed.found.clone();
        let imports = self.imports.len() as u32;
        let mut types = TypeSection::new();
        for kind in &found.types {
            let function = &self.types[*kind as usize];
            let params = needed.val_types(function.params().to_vec())?;
            let results = needed.val_types(function.results().to_vec())?;
            types.ty().function(params, results);
        }
        let mut imported = ImportSection::new();
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for function in &found.functions {
            let kind = needed.type_index(self.type_of(*function)?)?;
            match function.checked_sub(imports) {
                None => {
                    let (module, name, _) = self.imports[*function as usize];
                    imported.import(module, name, wasm_encoder::EntityType::Function(kind));
                }
                Some(defined) => {
                    functions.function(kind);
                    needed.parse_function_body(&mut code, self.bodies[defined as usize].clone())?;
                }
            }
        }
        let mut tables = TableSection::new();
        let mut elements = ElementSection::new();
        if found.tables {
            for table in &self.tables {
                let mut kind = needed.table_type(table.ty)?;
                kind.element_type = RefType::FUNCREF;
                tables.table(kind);
            }
            elements = self.elements(&mut needed)?;
        }
        let mut memories = MemorySection::new();
        let mut data = DataSection::new();
        if found.memory {
            for memory in &self.memories {
                memories.memory(needed.memory_type(*memory)?);
            }
            for segment in &self.data {
                let DataKind::Active { memory_index, offset_expr } = &segment.kind else {
                    return Err(SplitError::Unexpected("data that is not active"));
                };
                let offset = needed.const_expr(offset_expr.clone())?;
                data.active(*memory_index, &offset, segment.data.iter().copied());
            }
        }
        let mut globals = GlobalSection::new();
        for global in &found.globals {
            let global = &self.globals[*global as usize];
            let start: ConstExpr = needed.const_expr(global.init_expr.clone())?;
            globals.global(needed.global_type(global.ty)?, &start);
        }
        let mut exported = ExportSection::new();
        for (name, function) in exports {
            exported.export(name, ExportKind::Func, needed.function_index(*function)?);
        }
        if found.memory {
            exported.export("memory", ExportKind::Memory, 0);
        }
        let mut module = Module::new();
        module.section(&types).section(&imported).section(&functions);
        if found.tables {
            module.section(&tables);
        }
        if found.memory {
            module.section(&memories);
        }
        module.section(&globals).section(&exported).section(&elements);
        if found.data_count {
            module.section(&DataCountSection { count: data.len() });
        }
        module.section(&code).section(&data);
        Ok(module.finish())
    }
}

fn panics(names: wasmparser::NameSectionReader<'_>) -> Result<BTreeSet<u32>, SplitError> {
    let mut panics = BTreeSet::new();
    for name in names {
        if let Name::Function(functions) = name? {
            for function in functions {
                let function = function?;
                if format!("{:#}", rustc_demangle::demangle(function.name)).starts_with(PANICS) {
                    panics.insert(function.index);
                }
            }
        }
    }
    Ok(panics)
}

#[derive(Clone, Default)]
struct Found {
    functions: BTreeSet<u32>,
    types: BTreeSet<u32>,
    globals: BTreeSet<u32>,
    tables: bool,
    memory: bool,
    data_count: bool,
}

/// What a member needs. While it is being found, indices stay; once it is settled they are places among the found.
struct Needed<'a> {
    found: Found,
    /// Functions that were found and not looked into yet.
    todo: Vec<u32>,
    panics: &'a BTreeSet<u32>,
    settled: bool,
}

fn place(settled: bool, found: &mut BTreeSet<u32>, index: u32) -> u32 {
    if settled {
        return found.range(..index).count() as u32;
    }
    found.insert(index);
    index
}

impl Reencode for Needed<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        if !self.settled && !self.found.functions.contains(&function) {
            self.todo.push(function);
        }
        Ok(place(self.settled, &mut self.found.functions, function))
    }

    fn type_index(&mut self, kind: u32) -> Result<u32, reencode::Error> {
        Ok(place(self.settled, &mut self.found.types, kind))
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error> {
        Ok(place(self.settled, &mut self.found.globals, global))
    }

    fn table_index(&mut self, table: u32) -> Result<u32, reencode::Error> {
        self.found.tables = true;
        Ok(table)
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, reencode::Error> {
        self.found.memory = true;
        Ok(memory)
    }

    fn data_index(&mut self, data: u32) -> Result<u32, reencode::Error> {
        self.found.data_count = true;
        Ok(data)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, reencode::Error> {
        match operator {
            Operator::Call { function_index } if self.panics.contains(&function_index) => {
                Ok(Instruction::Unreachable)
            }
            other => reencode::utils::instruction(self, other),
        }
    }
}

#[cfg(test)]
mod tests;
