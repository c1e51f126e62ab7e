//! Count: which code is paid for where.
//!
//! A *stretch* is code that runs as a whole or not at all, unless it traps: from one place that control can come to or
//! leave from to the next, past calls. What a stretch pays at its start, `ahead.rs` says: all that is sure to come and was not paid
//! before. wasmtime adds the same operators up and pays at the end of a stretch, so whatever ends ordinarily has used the same. Since
//! no more is ever paid than what an ordinary end would have used, a program whose total is within its fuel never runs out.
//!
//! Whether there is fuel left is asked on entry to functions that call others (so recursion ends), where length decides what an
//! operator costs, and at those loop headers that would otherwise be passed without being asked (`ask.rs`). Anything else runs for no
//! longer than its text.

use crate::ahead::payments;
use crate::ask::asks;
use crate::costs::{Costs, SMALL};
use crate::graph::Graph;
use crate::read::{Step, calls_out};
use crate::survey::Survey;
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

/// Count function `index` of all.
pub(crate) fn count(survey: &Survey<'_>, index: u32, steps: &[Step<'_>], costs: &Costs) -> Option<Count> {
    let asks_at_start = survey.calling.contains(&index);
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
        let asks = match &step.operator {
            Operator::Call { function_index } => survey.calling.contains(function_index),
            _ => per_unit[index].is_some(),
        };
        graph.take(index, &step.operator, fuel, asks)?;
    }
    let (starts, stretches) = graph.finish();
    let loops = starts.iter().any(|start| start.is_loop);
    let paid = starts.iter().zip(payments(&stretches)).zip(asks(&stretches, &starts));
    let paid = paid.map(|((start, fuel), asks)| {
        let check = asks || start.at == 0 && asks_at_start;
        Payment { at: start.at, fuel, check }
    });
    let payments: Vec<Payment> = paid.filter(|payment| payment.fuel > 0 || payment.check).collect();
    let keep = if loops || payments.len() > calls + 1 { Keep::Local } else { Keep::Global };
    Some(Count { keep, payments, per_unit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::steps;

    /// What the first function of a module pays: at which of its steps, how much, and whether it asks.
    fn pays(body: &str) -> Vec<(usize, u64, bool)> {
        let text = format!("(module (func (param i32) (local i32) {body}))");
        let bytes = wat::parse_str(text).expect("valid text");
        let survey = Survey::of(&bytes).expect("a known form");
        let steps = steps(&survey, 0, &survey.bodies[0]).expect("steps");
        let count = count(&survey, 0, &steps, &Costs::default()).expect("a function");
        count.payments.iter().map(|payment| (payment.at, payment.fuel, payment.check)).collect()
    }

    #[test]
    fn straight_code_and_even_choices_pay_once() {
        assert_eq!(pays("nop"), [(0, 1, false)]);
        assert_eq!(
            pays("local.get 0 if i32.const 1 drop else i32.const 2 drop end local.get 0 drop"),
            [(0, 5, false)]
        );
    }

    #[test]
    fn the_dearer_arm_pays_the_difference() {
        let uneven = "local.get 0 if i32.const 1 i32.const 2 drop drop else i32.const 2 drop end";
        assert_eq!(pays(uneven), [(0, 4, false), (2, 1, false)]);
        assert_eq!(pays("local.get 0 if i32.const 1 drop end"), [(0, 3, false), (2, 1, false)]);
    }

    #[test]
    fn a_loop_with_certain_ways_back_pays_there_and_asks_at_its_header() {
        let interpreter = "block loop block block local.get 0 br_table 0 1 3 end \
            local.get 1 local.set 1 br 1 end local.get 0 local.get 1 drop drop br 0 end end";
        assert_eq!(pays(interpreter), [(0, 3, false), (2, 0, true), (7, 5, false), (11, 5, false)]);
    }
}
