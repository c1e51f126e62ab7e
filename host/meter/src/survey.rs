//! Survey: what a module declares, as far as a rewriting needs to know it.
//!
//! The module is validated first, with the features below and no other. So everything later reads well-formed input, and
//! an operator that this crate does not know never gets there.

use crate::FUEL_LIMIT;
use crate::FUEL_USED;
use crate::costs::Costs;
use crate::read::calls_out;
use crate::startup::Startup;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    BlockType, ContType, ExternalKind, FrameKind, FuncType, FunctionBody, ModuleArity, Operator, Parser,
    Payload, RefType, SubType, TypeRef, Validator, WasmFeatures,
};

/// What a module may use to be rewritten: the engine's features, without those that reach code or values in ways of
/// their own (typed function references, garbage collection, exceptions, 64-bit indices, threads).
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST);

/// One section as it stands: its id and its content.
#[derive(Clone, Copy)]
pub(crate) struct Section<'a> {
    pub(crate) id: u8,
    pub(crate) content: &'a [u8],
}

/// What stands in a module.
pub(crate) struct Survey<'a> {
    pub(crate) bytes: &'a [u8],
    /// In their order; of the custom ones only `name`.
    pub(crate) sections: Vec<Section<'a>>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    pub(crate) types: Vec<SubType>,
    /// Of every function, imported ones first.
    pub(crate) function_types: Vec<u32>,
    pub(crate) imported_functions: usize,
    /// Functions that are called by name, of all.
    pub(crate) called: BTreeSet<u32>,
    /// Functions that call others, of all.
    pub(crate) calling: BTreeSet<u32>,
    /// Functions that leave by a tail call, of all.
    pub(crate) tail_calling: BTreeSet<u32>,
    pub(crate) globals: u32,
    /// Fuel that instantiation itself uses, without the start function's body.
    pub(crate) startup_fuel: u64,
}

impl<'a> Survey<'a> {
    /// Validate and read.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        if !Parser::is_core_wasm(bytes) {
            return None;
        }
        Validator::new_with_features(FEATURES).validate_all(bytes).ok()?;
        let mut survey = Self {
            bytes,
            sections: Vec::new(),
            bodies: Vec::new(),
            types: Vec::new(),
            function_types: Vec::new(),
            imported_functions: 0,
            called: BTreeSet::new(),
            calling: BTreeSet::new(),
            tail_calling: BTreeSet::new(),
            globals: 0,
            startup_fuel: 0,
        };
        let mut startup = Startup::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.ok()?;
            startup.take(&payload)?;
            survey.take(payload)?;
        }
        survey.startup_fuel = startup.fuel();
        Some(survey)
    }

    fn take(&mut self, payload: Payload<'a>) -> Option<()> {
        if let Payload::CustomSection(custom) = &payload
            && custom.name() != "name"
        {
            return Some(());
        }
        if let Some((id, range)) = payload.as_section() {
            self.sections.push(Section { id, content: self.bytes.get(range)? });
        }
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.extend(group.ok()?.into_types());
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import.ok()?.ty {
                        TypeRef::Func(index) => self.function_types.push(index),
                        TypeRef::Global(_) => self.globals += 1,
                        TypeRef::Table(_) | TypeRef::Memory(_) => {}
                        TypeRef::FuncExact(_) | TypeRef::Tag(_) => return None,
                    }
                }
                self.imported_functions = self.function_types.len();
            }
            Payload::FunctionSection(functions) => {
                for index in functions {
                    self.function_types.push(index.ok()?);
                }
            }
            Payload::GlobalSection(globals) => self.globals += globals.count(),
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.ok()?;
                    if export.name == FUEL_USED
                        || export.name == FUEL_LIMIT
                        || export.kind == ExternalKind::Tag
                    {
                        return None;
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                self.take_calls(&body)?;
                self.bodies.push(body);
            }
            _ => {}
        }
        Some(())
    }

    /// Those in code that can't be reached do no harm.
    fn take_calls(&mut self, body: &FunctionBody<'_>) -> Option<()> {
        let caller = u32::try_from(self.imported_functions + self.bodies.len()).ok()?;
        let mut reader = body.get_operators_reader().ok()?;
        while !reader.eof() {
            let operator = reader.read().ok()?;
            if calls_out(&operator) {
                self.calling.insert(caller);
            }
            match operator {
                Operator::Call { function_index } => {
                    self.called.insert(function_index);
                }
                Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => {
                    self.tail_calling.insert(caller);
                }
                _ => {}
            }
        }
        Some(())
    }

    /// A type that is a function's.
    pub(crate) fn function_type(&self, index: u32) -> Option<&FuncType> {
        match &self.types.get(index as usize)?.composite_type.inner {
            wasmparser::CompositeInnerType::Func(function) => Some(function),
            _ => None,
        }
    }
}

/// Where one is inside a function: what arities depend on.
pub(crate) struct Place<'s, 'a> {
    pub(crate) survey: &'s Survey<'a>,
    pub(crate) frames: Vec<Frame>,
}

/// A block that is open.
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) block: BlockType,
    /// Values below it on the operand stack.
    pub(crate) base: u32,
}

impl ModuleArity for Place<'_, '_> {
    fn sub_type_at(&self, index: u32) -> Option<&SubType> {
        self.survey.types.get(index as usize)
    }

    fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
        None
    }

    fn type_index_of_function(&self, index: u32) -> Option<u32> {
        self.survey.function_types.get(index as usize).copied()
    }

    fn func_type_of_cont_type(&self, _: &ContType) -> Option<&FuncType> {
        None
    }

    fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
        None
    }

    fn control_stack_height(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    fn label_block(&self, depth: u32) -> Option<(BlockType, FrameKind)> {
        let index = self.frames.len().checked_sub(1)?.checked_sub(depth as usize)?;
        self.frames.get(index).map(|frame| (frame.block, frame.kind))
    }
}

/// What a rewriting of one function needs to know of the whole.
pub(crate) struct Plan<'s, 'a> {
    pub(crate) survey: &'s Survey<'a>,
    pub(crate) costs: Costs,
    /// Index of the global that holds what is left.
    pub(crate) left: u32,
    /// Index of the function that is called when nothing is.
    pub(crate) out: u32,
    /// Of functions that are handed what is left and hand it back: the index under which they do so.
    pub(crate) carried: BTreeMap<u32, u32>,
}
