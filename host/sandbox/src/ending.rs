//! How an evaluation ended: from wasmtime's error to a verdict.
//!
//! wasmtime names most endings by type. Four it only words; those texts are compared here, and a test for
//! each limit holds them in place (the version is pinned).
//!
//! *Out of fuel* a program that meters itself traps in a function of its own, which nothing else enters.
//!
//! *Whose fault*: a trap carries the frame it happened in, and that frame's module has a name. The host
//! names the modules of each component (`candidate`, `evaluator`) before it joins them, so a name is the
//! host's word, not the guest's. The evaluator's trap is an error of the task.

use crate::limits::Stop;
use crate::verdict::{TrapKind, Verdict};
use wasmtime::component::ResourceTableError;
use wasmtime::{Error, FrameInfo, PoolConcurrencyLimitError, Trap, WasmBacktrace};

/// Name of the core modules of an evaluator, given by the host when it composes.
pub const EVALUATOR: &str = "evaluator";

pub(crate) fn verdict(error: &Error) -> Verdict {
    if ran_out(error) {
        return Verdict::OutOfFuel;
    }
    let verdict = ending(error);
    match verdict {
        Verdict::Trapped(_) | Verdict::OutOfCalls(_) if in_evaluator(error) => {
            Verdict::TaskError(format!("the evaluator ended with: {}", text(error)))
        }
        _ => verdict,
    }
}

fn ending(error: &Error) -> Verdict {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return match stop {
            Stop::Memory(why) => Verdict::OutOfMemory(why.clone()),
            Stop::Calls(_) => Verdict::OutOfCalls(stop.to_string()),
            Stop::Clock => Verdict::TimedOut,
            Stop::Output => Verdict::InvalidOutput(stop.to_string()),
            Stop::Machine(_) | Stop::Unanswered(_) => Verdict::Crashed(stop.to_string()),
        };
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::OutOfFuel => Verdict::OutOfFuel,
            Trap::Interrupt => Verdict::TimedOut,
            trap => Verdict::Trapped(kind(*trap)),
        };
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return Verdict::OutOfCalls("more live handles than `handles` grants".into());
    }
    if let Some(busy) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        return Verdict::Crashed(format!("the worker has no slot left: {busy}"));
    }
    let root = error.root_cause().to_string();
    if root.ends_with("fuel allocated for hostcalls has been exhausted") {
        Verdict::InvalidOutput("more than `output-bytes` in one call or return".into())
    } else if root.ends_with("store handle limit exceeded") {
        Verdict::OutOfCalls("more live handles than `handles` grants".into())
    } else if let Some(count) = root.strip_prefix("resource limit exceeded: ") {
        Verdict::OutOfMemory(count.to_owned())
    } else {
        Verdict::Trapped(TrapKind::Other)
    }
}

fn kind(trap: Trap) -> TrapKind {
    match trap {
        Trap::UnreachableCodeReached => TrapKind::Unreachable,
        Trap::MemoryOutOfBounds | Trap::TableOutOfBounds => TrapKind::OutOfBounds,
        Trap::StackOverflow => TrapKind::StackOverflow,
        Trap::IntegerDivisionByZero | Trap::IntegerOverflow | Trap::BadConversionToInteger => {
            TrapKind::Arithmetic
        }
        Trap::IndirectCallToNull | Trap::BadSignature => TrapKind::IndirectCall,
        _ => TrapKind::Other,
    }
}

fn in_evaluator(error: &Error) -> bool {
    frame(error).is_some_and(|frame| frame.module().name() == Some(EVALUATOR))
}

/// Whether a rewritten module trapped in the function that it enters when its fuel ran out: the first of the three that
/// rewriting put behind all others (`meter::Metered::out_of_fuel`).
fn ran_out(error: &Error) -> bool {
    let Some(frame) = frame(error) else { return false };
    let module = frame.module();
    let imported = module.imports().filter(|import| import.ty().func().is_some()).count();
    let index = (imported + module.functions().len()).checked_sub(3);
    module.get_export(meter::FUEL_USED).is_some() && index == usize::try_from(frame.func_index()).ok()
}

fn frame(error: &Error) -> Option<&FrameInfo> {
    error.downcast_ref::<WasmBacktrace>().and_then(|trace| trace.frames().first())
}

/// The error without its backtrace, which holds addresses and the guest's own names.
fn text(error: &Error) -> String {
    error.root_cause().to_string()
}
