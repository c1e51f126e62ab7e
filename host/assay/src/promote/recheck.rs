//! Recheck: what a version's evidence claims, done again from the digests in it and nothing else.
//!
//! The library holds the candidate, the incumbent, the evaluator, the simulator and the cases; the log says who the
//! incumbent was and what the holdout's seeds derive from. So anyone who has the library finds out a host or an evaluator
//! that lied: by a figure that does not come out again, by an incumbent that was not current, by cases that were
//! not drawn but chosen, by a gate that should have refused. The evidence is not believed in anything: it may be
//! anybody's.
//!
//! What can't be done again: a sealed holdout (its cases are in no library), and what depended on the machine. What is not
//! shown here: that evaluator and simulator are what the task's sources compile to; that takes the task, and a replay.

use super::CHANNEL;
use super::decision::{Decision, Gate, Origin};
use super::reassess::REASSESSMENT_PREDICATE;
use super::statistics::alpha;
use super::{BASELINE_PREDICATE, PROMOTION_PREDICATE, digest_of_cases, gates, holdout};
use crate::compile::{Component, Role, stored};
use crate::evaluate::compose;
use crate::evaluate::judge::{Evaluation, JudgeError};
use crate::evaluate::pool::Pool;
use crate::evaluate::rig::Rig;
use crate::nest::UTILITY;
use crate::table::Table;
use crate::task::{Grant, digest};
use crate::team;
use library::{Digest, Kind, Leaf, Library};
use said::{Against, GatesSaid, HoldoutSaid, Predicate};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

mod demotion;
mod rows;
mod said;

/// What stopped a recheck; nothing was found out about the version.
#[derive(Debug, thiserror::Error)]
pub enum RecheckError {
    /// The library's disk.
    #[error(transparent)]
    Library(#[from] library::Error),
    /// The workers.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

/// A statement about a version that tells of an evaluation.
#[derive(Debug)]
pub struct Recorded {
    /// Index of the leaf that rests on it.
    pub leaf: u64,
    /// Digest of its payload.
    pub payload: Digest,
    /// What happened to the version.
    pub kind: Kind,
    said: Result<Box<Predicate>, String>,
}

impl Recorded {
    /// The statements that leaf `index` rests on and that tell of an evaluation.
    ///
    /// # Errors
    /// The library can't be read.
    pub fn of(library: &Library, index: u64) -> Result<Vec<Self>, library::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Statement {
            predicate_type: String,
            predicate: Value,
        }
        // What moved up from another channel was evaluated there.
        let leaf = library.leaf(index).filter(|leaf| leaf.from.is_none());
        let mut found = Vec::new();
        for (leaf, payload) in leaf.into_iter().flat_map(|leaf| leaf.evidence.iter().map(move |p| (leaf, p)))
        {
            let bytes = library.get(payload)?;
            let Ok(statement) = serde_json::from_slice::<Statement>(&bytes) else { continue };
            if ![PROMOTION_PREDICATE, BASELINE_PREDICATE, REASSESSMENT_PREDICATE]
                .contains(&statement.predicate_type.as_str())
            {
                continue;
            }
            let said = serde_json::from_value::<Predicate>(statement.predicate).map_err(|e| e.to_string());
            let said = said.and_then(|said| match said.limits.within_ceiling() {
                Ok(()) => Ok(Box::new(said)),
                Err(above) => Err(above.to_string()),
            });
            found.push(Self { leaf: index, payload: *payload, kind: leaf.kind, said });
        }
        Ok(found)
    }

    /// `stack-bytes` of its limits: what the pool that does it again must be started with.
    pub fn stack_bytes(&self) -> Option<u32> {
        self.said.as_ref().ok().map(|said| said.limits.stack_bytes)
    }

    /// Do it again, in fresh workers of `pool`, and compare.
    ///
    /// # Errors
    /// No worker can be had, or the library's disk fails. All that is wrong with the evidence is in the table.
    pub async fn again(&self, library: &Library, pool: Arc<Pool>) -> Result<Table, RecheckError> {
        let mut table = Table::default();
        let leaf = library.leaf(self.leaf);
        match (&self.said, leaf) {
            (Ok(said), Some(leaf)) => {
                let comparable = rows::engine(&mut table, &said.engine, pool.engine());
                let mut again = Again { said, leaf, library, table: &mut table, comparable };
                match again.all(pool).await {
                    Ok(()) => {}
                    Err(Stop::Error(error)) => return Err(error),
                    Err(Stop::Wrong(what, why)) => table.wrong(what, why),
                }
            }
            (Err(why), _) => table.wrong(
                "evidence",
                format!("it does not say enough to be executed again ({why}); an older version wrote it, or a host that hides something"),
            ),
            (_, None) => table.wrong("evidence", "its leaf is not in the log"),
        }
        Ok(table)
    }
}

/// Why it goes no further.
enum Stop {
    Error(RecheckError),
    /// What, and why it can't be so.
    Wrong(String, String),
}

impl From<library::Error> for Stop {
    fn from(error: library::Error) -> Self {
        Self::Error(RecheckError::Library(error))
    }
}

impl From<JudgeError> for Stop {
    fn from(error: JudgeError) -> Self {
        match error {
            JudgeError::Pool(_) | JudgeError::Compile(_) => Self::Error(RecheckError::Judge(error)),
            other => Self::Wrong("evaluation".into(), other.to_string()),
        }
    }
}

fn wrong(what: &str, why: impl std::fmt::Display) -> Stop {
    Stop::Wrong(what.to_owned(), why.to_string())
}

struct Again<'a> {
    said: &'a Predicate,
    leaf: &'a Leaf,
    library: &'a Library,
    table: &'a mut Table,
    /// The engine is the one that counted the fuel.
    comparable: bool,
}

impl Again<'_> {
    async fn all(&mut self, pool: Arc<Pool>) -> Result<(), Stop> {
        let (said, leaf) = (self.said, self.leaf);
        // The statement's subject was compared with the leaf by whoever verified the library; its words were not.
        self.table.same("agent", &said.agent, &leaf.name);
        // What is taken back was judged on the task as it had become, and stands in the log under the one it came by.
        if leaf.kind != Kind::Demote {
            self.table.same("task", &said.task.digest, leaf.task.hex());
        }
        self.table.same("component", &said.component.digest, leaf.component.hex());
        said.belongs_to_its_task(self.table)?;
        let candidate = self.component("component", &leaf.component.hex(), Role::Candidate)?;
        let evaluator = self.component("evaluator", &said.evaluator.component, Role::Evaluator)?;
        if evaluator.imports.iter().any(|import| import == UTILITY) {
            let why = "improvers are tried on programs that are compiled meanwhile, and a library holds no compiler; \
                       `assay replay` does the run again";
            self.table.skip("evaluations, gates and decision", why);
            return Ok(());
        }
        let simulator = match &said.simulator {
            Some(simulator) => Some((
                self.component("simulator", &simulator.component, Role::Simulator)?,
                simulator.parameters.clone(),
            )),
            None => None,
        };
        let wasi = said.grants.iter().any(|grant| grant == Grant::Wasi.word());
        let candidate_lent = team::lent().map_err(JudgeError::from)?;
        let grant = compose::Grant { wasi, candidate: candidate_lent, ..compose::Grant::default() };
        let service = team::service(pool.clone(), said.limits.clone());
        let rig = Rig::new(pool, said.limits.clone(), (grant, Some(service)), evaluator, simulator).await?;
        if leaf.kind == Kind::Demote {
            return self.reassessed(&rig, &candidate).await;
        }
        let train = self.cases("train cases", &said.train.blob, &said.train.cases)?;
        if !said.draws() {
            self.table.same("train cases of the task", said.part("cases.train"), digest_of_cases(&train));
        } else if let Some(pool) = said.part(digest::POOL) {
            // It comes after the drawn ones, and how many those are is a part of the task.
            let drawn = said.drawn(train.len()).ok_or_else(|| wrong("train cases", "too few were drawn"))?;
            self.table.same("train cases of the pool", pool, digest_of_cases(&train[drawn..]));
        }
        let new = rig.evaluate_fresh(&candidate, &train).await?;
        rows::figures(self.table, self.comparable, "train", &said.train.measured, &new);
        match (&said.decision, &said.baseline, &said.gates, leaf.kind) {
            (None, None, _, Kind::Baseline) => Ok(()),
            (Some(decision), Some(baseline), Some(gates), Kind::Refuse | Kind::Promote) => {
                let against = Claim { decision, baseline, gates, candidate, train: (train, new) };
                self.decision(&rig, against).await
            }
            _ => Err(wrong("evidence", "it is not of the kind that its leaf needs")),
        }
    }

    async fn decision(&mut self, rig: &Rig, claim: Claim<'_>) -> Result<(), Stop> {
        let Claim { decision, baseline, gates: asked, candidate, train: (cases, new) } = claim;
        let number = self.leaf.attempt.unwrap_or(0);
        let attempt = self.attempt().ok_or_else(|| wrong("attempt", "it is not in the log"))?;
        let current = self.current_before(attempt).ok_or_else(|| wrong("incumbent", "the log has none"))?;
        let words = "another version was current when the attempt was made";
        self.table.same_or("incumbent", &decision.incumbent, current.hex(), words);
        self.table.same("incumbent's train component", &baseline.component, &decision.incumbent);
        let incumbent = self.component("incumbent", &current.hex(), Role::Candidate)?;
        let old = rig.evaluate_fresh(&incumbent, &cases).await?;
        rows::figures(self.table, self.comparable, "incumbent's train", &baseline.train, &old);

        let (score, rules) = (self.said.score()?, asked.rules());
        let mut findings = vec![
            gates::conforms(&candidate, &incumbent.digest, &self.said.limits),
            gates::improves(&new, &old, &score),
        ];
        let sealed = !asked.exact && !self.said.draws();
        if asked.exact {
            self.table.skip("holdout", "the evaluator proves its score: there is none");
            findings.push(gates::proved(&new, &old, &score));
            gates::rest(&mut findings, &new, &old, &rules);
        } else if self.said.draws() {
            let Some(drawn) = &self.said.holdout else {
                return Err(wrong("holdout", "the task draws its cases, but the evidence names none"));
            };
            let cases = self.drawn(rig, drawn, decision, attempt, (&candidate, number)).await?;
            let new_fresh = rig.evaluate_fresh(&candidate, &cases).await?;
            let old_fresh = rig.evaluate_fresh(&incumbent, &cases).await?;
            rows::figures(self.table, self.comparable, "holdout", &drawn.candidate, &new_fresh);
            rows::figures(self.table, self.comparable, "incumbent's holdout", &drawn.incumbent, &old_fresh);
            let level = alpha::level(asked.alpha, number).map_err(|e| wrong("level", e))?;
            let (finding, test) = gates::on_holdout(&new_fresh, &old_fresh, (level, number), false, &score)
                .map_err(|e| wrong("sign-flip test", e))?;
            findings.push(finding);
            match (&decision.holdout, test) {
                (Some(told), Some(test)) => {
                    self.table.same("attempt", told.attempt, number);
                    self.table.same("level", told.level, level);
                    self.table.same("sign-flip test", told.test, test);
                    let evaluations = (&new_fresh, &old_fresh);
                    rows::told(self.table, self.comparable, told, evaluations, &score)
                        .map_err(|e| wrong("sign-flip test", e))?;
                    gates::rest(&mut findings, &new_fresh, &old_fresh, &rules);
                }
                (None, None) => gates::rest(&mut findings, &new, &old, &rules),
                _ => return Err(wrong("holdout", "its numbers are not those of what was drawn")),
            }
        } else {
            let why = "holdout sealed: its cases are in no library; what it said is the host's word";
            self.table.skip("holdout", why);
            let told = decision.findings.iter().find(|finding| finding.gate == Gate::Generalizes);
            findings.push(told.cloned().ok_or_else(|| wrong("gate `generalizes`", "it was never asked"))?);
            gates::rest(&mut findings, &new, &old, &rules);
        }
        rows::findings(self.table, self.comparable, sealed, &decision.findings, &findings);
        let passed = findings.iter().all(|finding| finding.passed);
        self.table.same("decision", self.leaf.kind == Kind::Promote, passed);
        self.table.same("decision, as told", decision.promoted, self.leaf.kind == Kind::Promote);
        Ok(())
    }

    /// The drawn cases, after it was seen that they follow from the log.
    async fn drawn(
        &mut self,
        rig: &Rig,
        drawn: &HoldoutSaid,
        decision: &Decision,
        attempt: u64,
        (candidate, number): (&Component, u64),
    ) -> Result<Vec<String>, Stop> {
        let size = attempt + 1;
        self.table.same("log at the attempt", drawn.log_size, size);
        let root = self.library.root_at(size).ok_or_else(|| wrong("log root", "the log is shorter"))?;
        let cases = self.cases("holdout cases", &drawn.blob, &drawn.cases)?;
        if let Some(told) = &decision.holdout {
            let Origin::Drawn { log_root } = &told.origin else {
                return Err(wrong("holdout", "its cases are said to be sealed and drawn"));
            };
            self.table.same("log root at the attempt", log_root, crate::digest::hex(&root));
            self.table.same("holdout's commitment", &told.commitment, &drawn.cases);
            self.table.same("number of holdout cases", told.cases, cases.len());
        }
        if rig.simulator().is_none() {
            return Err(wrong("holdout cases", "they are said to be drawn, but there is no simulator"));
        }
        let again = rig.draw(holdout::seeds(&root, &candidate.digest, number)).await?;
        let words = "these cases do not follow from the log: somebody chose them";
        self.table.same_or("holdout cases, drawn again", &drawn.cases, digest_of_cases(&again), words);
        Ok(cases)
    }

    /// A component's bytes by the digest that the evidence names.
    fn component(&self, what: &str, digest: &str, role: Role) -> Result<Component, Stop> {
        stored(&self.blob(what, digest)?, role).map_err(|why| wrong(what, why))
    }

    /// A case set: the blob, and the digest that names its cases.
    fn cases(&mut self, what: &str, blob: &str, digest: &str) -> Result<Vec<String>, Stop> {
        let bytes = self.blob(what, blob)?;
        let cases: Vec<String> = serde_json::from_slice(&bytes)
            .map_err(|e| wrong(what, format!("their blob is no list of texts: {e}")))?;
        self.table.same(what, digest, digest_of_cases(&cases));
        Ok(cases)
    }

    fn blob(&self, what: &str, digest: &str) -> Result<Vec<u8>, Stop> {
        let digest = Digest::from_hex(digest).map_err(|e| wrong(what, e))?;
        match self.library.get(&digest) {
            Ok(bytes) => Ok(bytes),
            Err(error @ library::Error::Io { .. }) => Err(error.into()),
            Err(error) => Err(wrong(what, error)),
        }
    }

    /// Index of the leaf of this leaf's attempt.
    fn attempt(&self) -> Option<u64> {
        let leaf = self.leaf;
        let is = |other: &Leaf| {
            other.kind == Kind::Attempt
                && other.line() == leaf.line()
                && other.attempt == leaf.attempt
                && other.component == leaf.component
        };
        self.library.leaves().find(|(_, other)| is(other)).map(|(index, _)| index)
    }

    /// The component that was current when the log had `size` leaves.
    fn current_before(&self, size: u64) -> Option<Digest> {
        self.library.current_at(size, &self.leaf.name, CHANNEL).map(|current| current.version.component)
    }
}

/// A decision, and what was done again for it so far.
struct Claim<'a> {
    decision: &'a Decision,
    baseline: &'a Against,
    gates: &'a GatesSaid,
    candidate: Component,
    train: (Vec<String>, Evaluation),
}
