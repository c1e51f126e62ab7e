//! A purse: what an improver may still spend, and the only place where it is taken from.
//!
//! Budgets are moved, never minted: an improver gets a purse of its own when it starts, nothing it does can fill it again, and
//! what is left at the end is lost. An evaluation is paid for before it runs, at the most that it can cost; what it did not
//! spend comes back.

use crate::task::NestedBudget;

/// What is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    left: NestedBudget,
}

/// It does not pay for what was asked. The words are the guest's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Spent {
    /// No program may be asked for any more.
    #[error("the budget is spent: no proposals are left")]
    Proposals,
    /// No program may be scored any more.
    #[error("the budget is spent: no evaluations are left")]
    Evaluations,
    /// The fuel that is left does not pay for an evaluation at its limit.
    #[error("the budget is spent: {left} fuel are left, an evaluation may take {needed}")]
    Fuel {
        /// What is left.
        left: u64,
        /// The most that it could cost.
        needed: u64,
    },
}

impl Purse {
    /// All of `budget`.
    pub fn of(budget: NestedBudget) -> Self {
        Self { left: budget }
    }

    /// Programs that may still be asked for.
    pub fn proposals(&self) -> u32 {
        self.left.proposals
    }

    /// Programs that may still be scored.
    pub fn evaluations(&self) -> u32 {
        self.left.evaluations
    }

    /// How many of `wanted` programs can be paid for.
    ///
    /// # Errors
    /// Some are wanted, and not one can be.
    pub fn afford(&self, wanted: u32) -> Result<u32, Spent> {
        match wanted.min(self.left.proposals) {
            0 if wanted > 0 => Err(Spent::Proposals),
            fitting => Ok(fitting),
        }
    }

    /// Pay for programs that were proposed.
    pub fn pay_proposals(&mut self, count: u32) {
        self.left.proposals = self.left.proposals.saturating_sub(count);
    }

    /// Pay for one evaluation, with the most fuel that it can take.
    ///
    /// # Errors
    /// It can't be paid for; nothing is taken.
    pub fn pay_evaluation(&mut self, fuel: u64) -> Result<(), Spent> {
        if self.left.evaluations == 0 {
            return Err(Spent::Evaluations);
        }
        let Some(left) = self.left.fuel.checked_sub(fuel) else {
            return Err(Spent::Fuel { left: self.left.fuel, needed: fuel });
        };
        self.left = NestedBudget { evaluations: self.left.evaluations - 1, fuel: left, ..self.left };
        Ok(())
    }

    /// Give back what an evaluation was paid for and did not take.
    pub fn give_back(&mut self, fuel: u64) {
        self.left.fuel = self.left.fuel.saturating_add(fuel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purse() -> Purse {
        Purse::of(NestedBudget { proposals: 3, evaluations: 2, fuel: 100 })
    }

    #[test]
    fn proposals_are_cut_to_what_is_left_and_then_refused() {
        let mut purse = purse();
        assert_eq!(purse.afford(0), Ok(0));
        assert_eq!(purse.afford(u32::MAX), Ok(3));
        purse.pay_proposals(2);
        assert_eq!(purse.afford(2), Ok(1));
        purse.pay_proposals(1);
        assert_eq!(purse.afford(1), Err(Spent::Proposals));
    }

    #[test]
    fn an_evaluation_is_paid_at_its_most_and_gets_the_rest_back() {
        let mut purse = purse();
        assert_eq!(purse.pay_evaluation(101), Err(Spent::Fuel { left: 100, needed: 101 }));
        assert_eq!(purse.evaluations(), 2, "what is refused costs nothing");
        purse.pay_evaluation(100).unwrap();
        assert_eq!(purse.pay_evaluation(1), Err(Spent::Fuel { left: 0, needed: 1 }));
        purse.give_back(60);
        purse.pay_evaluation(60).unwrap();
        purse.give_back(60);
        assert_eq!(purse.pay_evaluation(0), Err(Spent::Evaluations));
    }
}
