//! A demotion after a reassessment, done again: the cases from the log, both evaluations, and the rule.

use super::super::reassess::{Question, level, replaced, rule};
use super::super::{CHANNEL, digest_of_cases, holdout};
use super::{Again, Stop, rows, wrong};
use crate::compile::{Component, Role};
use crate::evaluate::judge::Evaluation;
use crate::evaluate::rig::Rig;
use crate::task::{Judging, digest};

impl Again<'_> {
    pub(super) async fn reassessed(&mut self, rig: &Rig, candidate: &Component) -> Result<(), Stop> {
        let (said, leaf) = (self.said, self.leaf);
        let (Some(told), Some(against)) = (&said.reassessment, &said.baseline) else {
            return Err(wrong("evidence", "it does not say how the version was reassessed"));
        };
        let judging = Judging { exact: told.exact, alpha: told.spent.alpha };
        self.table.same("judging", said.part("judging"), digest::judging(&judging));

        // Which head of the log it was asked at, and what was in use there.
        let root =
            self.library.root_at(told.log_size).ok_or_else(|| wrong("log root", "the log is shorter"))?;
        self.table.same("log root at the reassessment", &told.log_root, crate::digest::hex(&root));
        let current = self.library.current_at(told.log_size, &leaf.name, CHANNEL);
        let current = current.ok_or_else(|| wrong("version in use", "the log had none"))?;
        self.table.same("version in use", Some(current.version), leaf.version());
        let before = replaced(self.library, &current).map(|before| before.hex());
        self.table.same("what it replaced", Some(&against.component), before.as_ref());
        let heads = told.log_size.saturating_sub(current.leaf).max(1);
        self.table.same("heads of the log", told.spent.heads, heads);
        let level = level(told.spent.alpha, heads, told.spent.agents).map_err(|e| wrong("level", e))?;
        self.table.same("level", told.spent.level, level);

        let cases = self.cases("cases", &said.train.blob, &said.train.cases)?;
        if said.draws() {
            let again = rig.draw(holdout::reassessment_seeds(&root, &candidate.digest)).await?;
            let words = "these cases do not follow from the log: somebody chose them";
            self.table.same_or("cases, drawn again", &said.train.cases, digest_of_cases(&again), words);
        } else {
            self.table.same("cases of the task", said.part("cases.train"), digest_of_cases(&cases));
        }
        let predecessor = self.component("what it replaced", &against.component, Role::Candidate)?;
        let new = Evaluation { cases: rig.each(candidate, &cases, true).await? };
        let old = Evaluation { cases: rig.each(&predecessor, &cases, true).await? };
        rows::figures(self.table, self.comparable, "now", &said.train.measured, &new);
        rows::figures(self.table, self.comparable, "what it replaced, now", &against.train, &old);
        let score = said.score()?;
        let question = Question { score: &score, exact: told.exact, level };
        let ruling = rule(&question, &new, Some(&old)).map_err(|e| wrong("rule", e))?;
        self.table.same("ruling", &told.ruling, &ruling);
        Ok(())
    }
}
