//! Runs a module twice, once with wasmtime's own switches and once rewritten without them, and compares all that can be
//! seen: results, arguments of imported functions, memories, globals, tables, the kind of a trap, fuel.
#![allow(dead_code, reason = "each test program uses a part")]

use meter::{Costs, FUEL_LIMIT, FUEL_USED, Metered, Options, meter};
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use wasmtime::{
    Config, Engine, Extern, ExternType, Func, Instance, Module, OperatorCost, Store, Trap, V128, Val,
    ValType, WasmBacktrace, WasmBacktraceDetails, WasmFeatures,
};

/// As host/sandbox's engine has them.
pub(crate) const COSTS: Costs =
    Costs { memory_grow: 255, memory_grow_per_page: 255, table_grow_per_element: 4 };

/// How a run, or one call of it, came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Ordinary,
    Trap(Trap),
    OutOfFuel,
    /// The host's own: no such module, no room.
    Refused(String),
}

/// All that can be seen of a run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) end: End,
    /// Results of the calls that ended, arguments of imported functions, and the state after each call.
    pub(crate) seen: Vec<String>,
    /// Total after the last ordinary end.
    pub(crate) fuel: u64,
}

struct Host {
    seen: Vec<String>,
    numbers: u64,
}

/// The engine of host/sandbox as far as it can reach a result, with and without metering.
pub(crate) fn engine(switches: bool) -> &'static Engine {
    static ENGINES: [OnceLock<Engine>; 2] = [OnceLock::new(), OnceLock::new()];
    ENGINES[usize::from(switches)].get_or_init(|| {
        let mut costs = OperatorCost::new();
        costs.MemoryGrow = COSTS.memory_grow;
        costs.variable.memory_grow_per_page = COSTS.memory_grow_per_page;
        costs.variable.table_grow_per_element = COSTS.table_grow_per_element;
        let mut config = Config::new();
        config
            .wasm_features(WasmFeatures::MEMORY64 | WasmFeatures::THREADS | WasmFeatures::EXCEPTIONS, false)
            .relaxed_simd_deterministic(true)
            .memory_init_cow(false)
            .generate_address_map(false)
            .wasm_backtrace_max_frames(NonZeroUsize::new(1))
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .consume_fuel(switches)
            .operator_cost(costs)
            .cranelift_nan_canonicalization(switches);
        Engine::new(&config).expect("a valid configuration")
    })
}

/// Rewrite, and see that the result is valid and within bounds.
pub(crate) fn rewritten(module: &[u8], fuel: u64) -> Option<Metered> {
    let metered = meter(module, &Options { fuel, costs: COSTS })?;
    assert!(metered.module.len() <= module.len() * meter::GROWTH + meter::GROWTH_BYTES, "it grew too much");
    let mut features = wasmparser::WasmFeatures::all();
    features.remove(wasmparser::WasmFeatures::THREADS);
    let valid = wasmparser::Validator::new_with_features(features).validate_all(&metered.module);
    valid.expect("what was rewritten is valid");
    Some(metered)
}

/// A small generator: arguments and results of imports follow from it alone.
pub(crate) fn next(numbers: &mut u64) -> u64 {
    *numbers = numbers.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*numbers ^ (*numbers >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 29)
}

/// A value of a type, often a NaN with bits of its own.
pub(crate) fn value(kind: &ValType, numbers: &mut u64) -> Option<Val> {
    let bits = next(numbers);
    let small = bits % 37;
    Some(match kind {
        ValType::I32 => Val::I32(if bits & 64 == 0 { small as i32 - 7 } else { bits as i32 }),
        ValType::I64 => Val::I64(if bits & 64 == 0 { small as i64 - 7 } else { bits as i64 }),
        ValType::F32 => Val::F32(match small {
            0..9 => 0x7f80_0001 | (bits >> 9) as u32,
            9..18 => (small as f32 - 13.0).to_bits(),
            _ => bits as u32,
        }),
        ValType::F64 => Val::F64(match small {
            0..9 => 0x7ff0_0000_0000_0001 | bits,
            9..18 => (small as f64 - 13.0).to_bits(),
            _ => bits,
        }),
        ValType::V128 => {
            let lanes = u128::from(next(numbers)) << 64 | u128::from(bits);
            Val::V128(V128::from(
                lanes | if small < 18 { 0x7ff8_0001_7fc0_0001_7ff0_0000_7f80_0001 } else { 0 },
            ))
        }
        ValType::Ref(kind) if kind.is_nullable() => Val::null_ref(kind.heap_type()),
        ValType::Ref(_) => return None,
    })
}

fn show(values: &[Val]) -> String {
    let show = |value: &Val| match value {
        Val::FuncRef(function) => format!("function {}", function.is_some()),
        other => format!("{other:?}"),
    };
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn end(error: &wasmtime::Error, out_of_fuel: Option<u32>) -> End {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => End::OutOfFuel,
        Some(trap) => {
            let frame = error.downcast_ref::<WasmBacktrace>().and_then(|trace| trace.frames().first());
            match (frame.map(|frame| frame.func_index()), out_of_fuel) {
                (Some(index), Some(out)) if index == out => {
                    assert_eq!(*trap, Trap::UnreachableCodeReached);
                    End::OutOfFuel
                }
                _ => End::Trap(*trap),
            }
        }
        None => End::Refused(format!("{error:#}").lines().next().unwrap_or_default().to_owned()),
    }
}

/// Instantiate, then call what is exported, in order, until something traps.
pub(crate) fn run(module: &Module, fuel: u64, out_of_fuel: Option<u32>, seed: u64) -> Run {
    let switches = out_of_fuel.is_none();
    let host = Host { seen: Vec::new(), numbers: seed };
    let mut store = Store::new(module.engine(), host);
    if switches {
        store.set_fuel(fuel).expect("fuel is on");
    }
    let mut run = Run { end: End::Ordinary, seen: Vec::new(), fuel: 0 };
    let instance =
        imports(module, &mut store).and_then(|imports| Instance::new(&mut store, module, &imports));
    let instance = match instance {
        Ok(instance) => instance,
        Err(error) => {
            run.end = end(&error, out_of_fuel);
            run.seen = std::mem::take(&mut store.data_mut().seen);
            return run;
        }
    };
    run.fuel = total(&mut store, &instance, fuel, switches);
    let names: Vec<String> = module.exports().map(|export| export.name().to_owned()).collect();
    look(&mut store, &instance, &names);
    let mut numbers = !seed;
    for name in &names {
        let Some(function) = instance.get_func(&mut store, name) else { continue };
        if [FUEL_USED, FUEL_LIMIT].contains(&name.as_str()) {
            continue;
        }
        let kind = function.ty(&store);
        let arguments: Option<Vec<Val>> = kind.params().map(|kind| value(&kind, &mut numbers)).collect();
        let Some(arguments) = arguments else { continue };
        let mut results = vec![Val::I32(0); kind.results().len()];
        match function.call(&mut store, &arguments, &mut results) {
            Ok(()) => {
                let shown = format!("{name}({}) = {}", show(&arguments), show(&results));
                store.data_mut().seen.push(shown);
                run.fuel = total(&mut store, &instance, fuel, switches);
            }
            Err(error) => {
                run.end = end(&error, out_of_fuel);
                store.data_mut().seen.push(format!("{name}({})", show(&arguments)));
            }
        }
        // What a trap leaves behind is seen too.
        if run.end != End::OutOfFuel {
            look(&mut store, &instance, &names);
        }
        if run.end != End::Ordinary {
            break;
        }
    }
    run.seen = std::mem::take(&mut store.data_mut().seen);
    run
}

fn total(store: &mut Store<Host>, instance: &Instance, fuel: u64, switches: bool) -> u64 {
    if switches {
        return fuel - store.get_fuel().expect("fuel is on");
    }
    let used = instance.get_typed_func::<(), i64>(&mut *store, FUEL_USED).expect("it was added");
    used.call(store, ()).expect("it reads a global").cast_unsigned()
}

fn imports(module: &Module, store: &mut Store<Host>) -> Result<Vec<Extern>, wasmtime::Error> {
    let mut imports = Vec::new();
    for import in module.imports() {
        imports.push(match import.ty() {
            ExternType::Func(kind) => {
                let name = import.name().to_owned();
                let results: Vec<ValType> = kind.results().collect();
                Func::new(&mut *store, kind, move |mut caller, arguments, out| {
                    let host: &mut Host = caller.data_mut();
                    host.seen.push(format!("imported {name}({})", show(arguments)));
                    for (out, kind) in out.iter_mut().zip(&results) {
                        *out =
                            value(kind, &mut host.numbers).ok_or(wasmtime::format_err!("no such value"))?;
                    }
                    Ok(())
                })
                .into()
            }
            ExternType::Global(kind) => {
                let numbers = &mut store.data_mut().numbers;
                let first = value(kind.content(), numbers).ok_or(wasmtime::format_err!("no such value"))?;
                wasmtime::Global::new(&mut *store, kind, first)?.into()
            }
            ExternType::Table(kind) => {
                let null = wasmtime::Ref::null(kind.element().heap_type());
                wasmtime::Table::new(&mut *store, kind, null)?.into()
            }
            ExternType::Memory(kind) => wasmtime::Memory::new(&mut *store, kind)?.into(),
            ExternType::Tag(_) => return Err(wasmtime::format_err!("a tag")),
        });
    }
    Ok(imports)
}

/// Remember the state that is exported.
fn look(store: &mut Store<Host>, instance: &Instance, names: &[String]) {
    for name in names {
        let shown = match instance.get_export(&mut *store, name) {
            Some(Extern::Memory(memory)) => {
                let data = memory.data(&*store);
                let hash = data.iter().enumerate().filter(|(_, byte)| **byte != 0).fold(
                    0_u64,
                    |hash, (at, byte)| {
                        (hash.rotate_left(5) ^ (at as u64) << 8 ^ u64::from(*byte))
                            .wrapping_mul(0x517c_c1b7_2722_0a95)
                    },
                );
                format!("{} bytes, {hash:x}", data.len())
            }
            Some(Extern::Global(global)) => show(&[global.get(&mut *store)]),
            Some(Extern::Table(table)) => {
                let size = table.size(&*store);
                let full = (0..size.min(4096)).filter(|at| {
                    !matches!(table.get(&mut *store, *at), Some(wasmtime::Ref::Func(None)) | None)
                });
                format!("{size} elements, {:?}", full.collect::<Vec<_>>())
            }
            _ => continue,
        };
        store.data_mut().seen.push(format!("{name}: {shown}"));
    }
}

/// How one comparison came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// Not rewritten, or not a module of this engine.
    Left,
    /// It trapped, and rewritten it had run out of fuel a little before; with more it traps as well.
    Near,
    /// Recursion ended at the end of the stack, whose depth depends on the code.
    Deep,
    Same(End),
}

/// Run a module both ways, with `fuel`, then with exactly what it used and with one less.
pub(crate) fn compare(bytes: &[u8], fuel: u64, seed: u64) -> Compared {
    let Some(metered) = rewritten(bytes, fuel) else { return Compared::Left };
    let Ok(original) = Module::new(engine(true), bytes) else { return Compared::Left };
    let module = Module::new(engine(false), &metered.module).expect("the engine takes what was rewritten");
    let before = run(&original, fuel, None, seed);
    let after = run(&module, fuel, Some(metered.out_of_fuel), seed);
    let deep = |run: &Run| run.end == End::Trap(Trap::StackOverflow);
    if deep(&before) || deep(&after) {
        return Compared::Deep;
    }
    if before.end == End::OutOfFuel {
        // At a check wasmtime ends what used exactly its fuel; here a total may also pass it where nobody asks.
        assert!(after.end == End::OutOfFuel || after.fuel >= fuel, "{:?} with {}", after.end, after.fuel);
        return Compared::Same(before.end);
    }
    if let (End::Trap(_), End::OutOfFuel) = (&before.end, &after.end) {
        let metered = rewritten(bytes, fuel + 10_000).expect("it was before");
        let module = Module::new(engine(false), &metered.module).expect("it was valid before");
        let more = run(&module, fuel + 10_000, Some(metered.out_of_fuel), seed);
        assert_eq!((&before.end, &before.seen), (&more.end, &more.seen));
        return Compared::Near;
    }
    assert_eq!(before.end, after.end, "another end\n{:#?}", before.seen);
    assert_eq!(before.seen, after.seen, "something else was seen");
    assert_eq!(before.fuel, after.fuel, "another total\n{:#?}", before.seen);
    if before.end == End::Ordinary {
        let again = |fuel| {
            let metered = rewritten(bytes, fuel).expect("it was before");
            let module = Module::new(engine(false), &metered.module).expect("it was valid before");
            run(&module, fuel, Some(metered.out_of_fuel), seed)
        };
        let exactly = again(before.fuel);
        assert_eq!(exactly.end, End::Ordinary, "its own total is enough");
        assert_eq!(exactly.seen, after.seen);
        for less in [before.fuel.checked_sub(1), before.fuel.checked_div(2)].into_iter().flatten() {
            let run = again(less);
            let ran_out = run.end == End::OutOfFuel || run.fuel > less;
            assert!(ran_out || before.fuel == 0, "{less} of {} is enough: {:?}", before.fuel, run.end);
        }
    }
    Compared::Same(before.end)
}
