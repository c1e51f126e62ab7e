//! Steps: a team run once, wave by wave, independent roles side by side.
//!
//! Each step is a call of one member in an instance of its own, under the role's own fuel; the host hands data along the
//! edges, so no member sees another, or more than its sources gave it. What ran and what came out follow from the document
//! and the input alone: a wave is always run to its end, and of several failures the first by name counts. So steps are
//! kept nowhere: whoever wants them runs the team once more.

use super::document::{Document, Filling, INPUT};
use super::pack::Unpacked;
use crate::compile::Component;
use crate::evaluate::compose;
use crate::evaluate::native::Program;
use crate::evaluate::pool::{Invoked, Pool, PoolError};
use crate::nest::{text_result, wave};
use sandbox::policy::Limits;
use sandbox::protocol::{Account, Log};
use sandbox::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinSet;

/// The seed of what little is random to a member.
const SEED: u64 = 0;

/// One step, as it stands in a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// The role.
    pub role: String,
    /// Digest of the component that filled it.
    pub component: String,
    /// What it was given. Nothing, if its sources gave too much.
    pub input: String,
    /// How it ended.
    pub ended: Ended,
    /// Fuel that it spent. All that it had, if that is not known exactly.
    pub fuel: u64,
    /// Peak memory, in bytes.
    pub memory_bytes: u64,
    /// What it logged: a panic's words, for one.
    pub log: Log,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ended {
    /// With a text.
    Answered {
        /// The text.
        output: String,
    },
    /// With the agent's own word that it can't.
    Declined {
        /// Its word.
        words: String,
    },
    /// Otherwise.
    Failed {
        /// How.
        verdict: Verdict,
    },
}

/// A team that was run.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// Every step, wave by wave and by name within each.
    pub steps: Vec<Step>,
    /// What the team answers, or who did not answer and why.
    pub answer: Result<String, String>,
}

impl Ran {
    /// Fuel of all steps.
    pub fn fuel(&self) -> u64 {
        self.steps.iter().map(|step| step.fuel).fold(0, u64::saturating_add)
    }

    /// Peak memory of any step, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.steps.iter().map(|step| step.memory_bytes).max().unwrap_or(0)
    }

    /// A step whose end depended on the machine: nothing that an answer may be made of.
    pub fn environmental(&self) -> Option<&Step> {
        self.steps
            .iter()
            .find(|step| matches!(&step.ended, Ended::Failed { verdict } if verdict.is_environmental()))
    }
}

/// Run a team once, for whoever wants its answer and its steps: under `limits`, in any workers.
///
/// # Errors
/// No worker can be had.
pub async fn once(pool: &Pool, limits: &Limits, team: &Unpacked, input: &str) -> Result<Ran, PoolError> {
    Crew::new(pool, limits, &Natives::default(), team).await?.run(pool, limits, input, false).await
}

/// A team whose members are translated.
#[derive(Clone)]
pub struct Crew {
    document: Arc<Document>,
    /// By digest; refused: the verdict of whoever translated it.
    members: Arc<BTreeMap<String, Result<Program, Verdict>>>,
}

impl Crew {
    /// Translate the members, in workers that run nothing.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn new(
        pool: &Pool,
        limits: &Limits,
        natives: &Natives,
        team: &Unpacked,
    ) -> Result<Self, PoolError> {
        let mut members = BTreeMap::new();
        for (digest, component) in &team.members {
            members.insert(digest.clone(), natives.of(pool, limits, component).await?);
        }
        Ok(Self { document: Arc::new(team.document.clone()), members: Arc::new(members) })
    }

    /// Run it once. The steps together may spend `limits.fuel`; every other limit holds for each step. `fresh`: each in a
    /// worker that ran nothing else.
    ///
    /// # Errors
    /// No worker can be had.
    pub async fn run(
        &self,
        pool: &Pool,
        limits: &Limits,
        input: &str,
        fresh: bool,
    ) -> Result<Ran, PoolError> {
        let mut ran = Ran { steps: Vec::new(), answer: Err(String::new()) };
        let (waves, budgets) = match (self.document.waves(), self.document.budgets(limits.fuel)) {
            (Ok(waves), Ok(budgets)) => (waves, budgets),
            (Err(why), _) | (_, Err(why)) => {
                ran.answer = Err(why.to_string());
                return Ok(ran);
            }
        };
        let mut outputs: BTreeMap<&str, String> = BTreeMap::from([(INPUT, input.to_owned())]);
        for wave in waves {
            let mut running = JoinSet::new();
            for (place, name) in wave.iter().enumerate() {
                let role = &self.document.roles[*name];
                let texts: Vec<&String> =
                    role.takes.iter().filter_map(|from| outputs.get(from.as_str())).collect();
                let input = joined(&texts, limits.output_bytes);
                let limits = Limits { fuel: budgets[name], depth: 0, ..limits.clone() };
                let digest = match &role.filling {
                    Filling::Agent(digest) => digest.clone(),
                    other => other.to_string(),
                };
                let job =
                    Job { pool: pool.clone(), member: self.members.get(&digest).cloned(), limits, fresh };
                let name = (*name).to_owned();
                running.spawn(async move { (place, job.step(name, digest, input).await) });
            }
            let mut steps: Vec<Option<Step>> = wave.iter().map(|_| None).collect();
            while let Some(done) = running.join_next().await {
                let (place, step) = done.map_err(|error| PoolError::background(&error))?;
                steps[place] = Some(step?);
            }
            let steps: Vec<Step> = steps.into_iter().flatten().collect();
            let mut refused = None;
            for (name, step) in wave.iter().zip(&steps) {
                match &step.ended {
                    Ended::Answered { output } => {
                        outputs.insert(name, output.clone());
                    }
                    Ended::Declined { words } => {
                        refused.get_or_insert(format!("role `{name}` declined: {words}"));
                    }
                    Ended::Failed { verdict } => {
                        refused.get_or_insert(format!("role `{name}` ended {}", verdict.name()));
                    }
                }
            }
            ran.steps.extend(steps);
            if let Some(why) = refused {
                ran.answer = Err(why);
                return Ok(ran);
            }
        }
        ran.answer = outputs.remove(self.document.answer.as_str()).ok_or_else(|| "nobody answered".into());
        Ok(ran)
    }
}

/// What a step needs.
struct Job {
    pool: Pool,
    member: Option<Result<Program, Verdict>>,
    limits: Limits,
    fresh: bool,
}

impl Job {
    async fn step(
        self,
        role: String,
        component: String,
        input: Result<String, Verdict>,
    ) -> Result<Step, PoolError> {
        let input = match input {
            Ok(input) => input,
            Err(verdict) => {
                let (input, ended, log) = (String::new(), Ended::Failed { verdict }, Log::default());
                return Ok(Step { role, component, input, ended, fuel: 0, memory_bytes: 0, log });
            }
        };
        let (fuel, memory_bytes, ended, log) = match self.call(&input).await? {
            Ok((value, usage, log)) => {
                let ended = match text_result(&value) {
                    Ok(Ok(output)) => Ended::Answered { output },
                    Ok(Err(words)) => Ended::Declined { words },
                    Err(why) => Ended::Failed { verdict: Verdict::InvalidOutput(why) },
                };
                (usage.fuel.unwrap_or(self.limits.fuel), usage.memory_bytes, ended, log)
            }
            Err((verdict, log)) => (self.limits.fuel, 0, Ended::Failed { verdict }, log),
        };
        Ok(Step { role, component, input, ended, fuel, memory_bytes, log })
    }

    async fn call(&self, input: &str) -> Result<Invoked, PoolError> {
        let arguments = vec![wave(input)];
        match &self.member {
            None => Ok(Err((Verdict::Rejected("it is no member of this team".into()), Default::default()))),
            Some(Err(verdict)) => Ok(Err((verdict.clone(), Default::default()))),
            Some(Ok(program)) if self.fresh => {
                self.pool.invoke_once(program, &self.limits, "run", arguments, SEED).await
            }
            Some(Ok(program)) => self.pool.invoke(program, &self.limits, "run", arguments, SEED).await,
        }
    }
}

/// Members that were translated before, by digest: teams share most of theirs.
#[derive(Default)]
pub struct Natives(Mutex<BTreeMap<String, Result<Program, Verdict>>>);

/// Most translations that are kept.
const KEPT: usize = 256;

impl Natives {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Result<Program, Verdict>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn of(
        &self,
        pool: &Pool,
        limits: &Limits,
        component: &Component,
    ) -> Result<Result<Program, Verdict>, PoolError> {
        if let Some(known) = self.lock().get(&component.digest) {
            return Ok(known.clone());
        }
        let joined = compose::alone(component, Account::Candidate, false, &[]);
        let native = pool.compile(joined.wasm, &joined.grants, limits).await?;
        let program = native.map(|native| Program::new(native, joined.grants));
        if program.as_ref().is_err_and(Verdict::is_environmental) {
            return Ok(program);
        }
        let mut kept = self.lock();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(component.digest.clone(), program.clone());
        Ok(program)
    }
}

/// One text as it is, several as a JSON list: no longer than one answer may be, or lists of lists would grow without end.
fn joined(texts: &[&String], most: u32) -> Result<String, Verdict> {
    let [one] = texts else {
        // Texts always have a JSON form.
        let list = serde_json::to_string(texts).unwrap_or_default();
        return match u32::try_from(list.len()) {
            Ok(length) if length <= most => Ok(list),
            _ => Err(Verdict::InvalidOutput(format!(
                "its sources together give {} bytes; a step is given at most {most} (output-bytes)",
                list.len()
            ))),
        };
    };
    Ok((*one).clone())
}
