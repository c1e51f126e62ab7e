//! Count: which code is paid for where.
//!
//! A *stretch* is code that runs as a whole or not at all, unless it traps: from one place that control can come to or
//! leave from to the next, past calls. What a stretch pays at its start, `ahead.rs` says: all that is sure to come and was not paid
//! before. wasmtime adds the same operators up and pays at the end of a stretch, so whatever ends ordinarily has used the same. Since
//! no more is ever paid than what an ordinary end would have used, a program whose total is within its fuel never runs out.
//!
//! Whether there is fuel left is asked at loop headers, on entry to functions that call others (so recursion ends), and
//! where length decides what an operator costs. Anything else runs for no longer than its text.

use crate::ahead::payments;
use crate::costs::{Costs, SMALL};
use crate::graph::Graph;
use crate::read::{Step, calls_out};
use wasmparser::Operator;

/// Something to pay.
#[derive(Debug)]
pub(crate) struct Payment {
    /// It stands before this step.
    pub(crate) at: usize,
    /// In fuel.
    pub(crate) fuel: u64,
    /// Whether to ask if any is left.
    pub(crate) check: bool,
}

/// Where a function keeps what is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    /// In the global: it pays seldom.
    Global,
    /// In a local, and in the global while others run.
    Local,
    /// In its last parameter, and its last result: others of that kind are handed it, and it is in the global while any other runs.
    Carried,
}

/// How a function pays.
pub(crate) struct Count {
    pub(crate) keep: Keep,
    /// In order of place; the first is at the start.
    pub(crate) payments: Vec<Payment>,
    /// For each step, what a unit of its topmost operand costs, if that is not known to be little.
    pub(crate) per_unit: Vec<Option<u64>>,
}

/// Count a function.
pub(crate) fn count(steps: &[Step<'_>], costs: &Costs) -> Option<Count> {
    let calls = steps.iter().filter(|step| calls_out(&step.operator)).count();
    let mut per_unit = vec![None; steps.len()];
    let mut graph = Graph::new();
    for (index, step) in steps.iter().enumerate() {
        let mut fuel = costs.flat(&step.operator);
        if let Some(price) = costs.per_unit(&step.operator) {
            match index.checked_sub(1).map(|before| &steps[before].operator) {
                Some(Operator::I32Const { value }) if price * u64::from(value.cast_unsigned()) <= SMALL => {
                    fuel += price * u64::from(value.cast_unsigned());
                }
                _ if price > 0 => per_unit[index] = Some(price),
                _ => {}
            }
        }
        graph.take(index, &step.operator, fuel)?;
    }
    let (starts, stretches) = graph.finish();
    let loops = starts.iter().any(|start| start.is_loop);
    let paid = starts.iter().zip(payments(&stretches)).map(|(start, fuel)| {
        let check = start.is_loop || start.at == 0 && calls > 0;
        Payment { at: start.at, fuel, check }
    });
    let payments: Vec<Payment> = paid.filter(|payment| payment.fuel > 0 || payment.check).collect();
    let keep = if loops || payments.len() > calls + 1 { Keep::Local } else { Keep::Global };
    Some(Count { keep, payments, per_unit })
}
