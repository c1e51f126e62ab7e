//! The judge: a task whose own code is compiled, on the rig that runs it.
//!
//! Candidates come in as components and leave as evaluations: a verdict and a score per case, fuel and peak
//! memory. How they are run is [`Rig`]'s; what a judge adds is the task, and the compiler for its world.

use super::compose::ComposeError;
use super::compose::Grant as Lending;
use super::pool::{Pool, PoolError};
use super::race::{Bar, Behind};
use super::rig::{Rig, Service};
use crate::compile::{CompileError, Compiler, Component, Rejection, Role, World, WorldError, admit};
use crate::digest::of_parts;
use crate::generate::writer::WriterError;
use crate::task::{Cases, Evaluator, Grant, Task};
use crate::team::{self, Document, pack};
use sandbox::protocol::CaseResult;
use sandbox::verdict::Verdict;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The built-in evaluator for declared expectations.
const EXPECTATIONS: &str = include_str!("../../../../guest-agents/evaluators/expectations.rs");

/// A task that can be judged.
pub struct Judge {
    /// The task.
    pub task: Task,
    compiler: Arc<Compiler>,
    agent_world: World,
    /// The world of agents that are teams, where agents of the task may be.
    team_world: Option<World>,
    /// Where the members of a team that is described by a document are.
    members: Members,
    rig: Rig,
}

/// Bytes of a component by its digest, or why they can't be had.
pub type Members = Arc<dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync>;

/// What stopped a judgement that is not the candidate's doing.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The task's WIT.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The compiler could not do its work.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A source file of the task itself does not compile.
    #[error("the task's {what} does not become a component: {why}")]
    TaskSource {
        /// `evaluator`, `simulator`, `seed agent` …
        what: String,
        /// The rejection.
        why: String,
    },
    /// Evaluator and agents don't fit.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The evaluator trapped or refused a case.
    #[error(
        "the task's evaluator failed on case {case}: {why}; mend the evaluator or the case (an evaluator's fault is never a candidate's)"
    )]
    Evaluator {
        /// Index of the case.
        case: usize,
        /// What it said.
        why: String,
    },
    /// The simulator failed.
    #[error(
        "the task's simulator failed to draw a case: {0}; mend the simulator or its parameters in task.toml"
    )]
    Simulator(String),
    /// No worker could be had.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// What improvers are tried on is not fit for it.
    #[error("{0}")]
    Nested(String),
    /// No model could be asked for what an improver wants.
    #[error(transparent)]
    Model(#[from] WriterError),
    /// A task that was promised to the runtime did not come back.
    #[error("a background task failed: {0}")]
    Background(String),
}

/// What a component did on a list of cases.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// One per case, in order. Shorter than the list if it stopped at a case that was not scored.
    pub cases: Vec<CaseResult>,
}

impl Evaluation {
    /// One score per case, if every case was scored.
    pub fn scores(&self) -> Option<Vec<f64>> {
        if self.cases.is_empty() {
            return None;
        }
        self.cases.iter().map(CaseResult::score).collect()
    }

    /// The first case that was not scored.
    pub fn failure(&self) -> Option<(usize, &CaseResult)> {
        self.cases.iter().enumerate().find(|(_, case)| !matches!(case.verdict, Verdict::Scored(_)))
    }

    /// Fuel over all cases. Exact: each of them ended well.
    pub fn fuel(&self) -> u64 {
        self.cases.iter().filter_map(|case| case.usage.fuel).sum()
    }

    /// Largest memory of any case, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.cases.iter().map(|case| case.usage.memory_bytes).max().unwrap_or(0)
    }

    /// Means of the named metrics over the scored cases.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        let mut sums: BTreeMap<String, (f64, u32)> = BTreeMap::new();
        for case in &self.cases {
            if let Verdict::Scored(outcome) = &case.verdict {
                for (name, value) in &outcome.metrics {
                    let sum = sums.entry(name.clone()).or_default();
                    sum.0 += value;
                    sum.1 += 1;
                }
            }
        }
        sums.into_iter().map(|(name, (sum, count))| (name, sum / f64::from(count))).collect()
    }

    /// In short, if every case was scored.
    pub fn measured(&self) -> Option<crate::run::event::Measured> {
        Some(crate::run::event::Measured {
            score: mean(&self.scores()?),
            metrics: self.metrics(),
            fuel: self.fuel(),
            memory_bytes: self.memory_bytes(),
            results: self.digest(),
        })
    }

    /// sha256 over what a replay must reproduce: verdicts, scores, metrics, fuel, memory.
    pub fn digest(&self) -> String {
        let parts: Vec<Vec<u8>> = self
            .cases
            .iter()
            .map(|case| serde_json::to_vec(&(&case.verdict, &case.usage)).unwrap_or_default())
            .collect();
        of_parts(parts.iter().map(Vec::as_slice))
    }
}

/// Arithmetic mean, summed in order. 0 for none.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

impl Judge {
    /// Compile the task's own code and get the pool ready for it.
    pub async fn new(task: Task, compiler: Arc<Compiler>, pool: Arc<Pool>) -> Result<Self, JudgeError> {
        Self::with(task, compiler, pool, None).await
    }

    /// The same for a task whose agents are improvers: `service` answers what they and their evaluator ask.
    pub async fn serving(
        task: Task,
        compiler: Arc<Compiler>,
        pool: Arc<Pool>,
        service: Service,
    ) -> Result<Self, JudgeError> {
        Self::with(task, compiler, pool, Some(service)).await
    }

    async fn with(
        task: Task,
        compiler: Arc<Compiler>,
        pool: Arc<Pool>,
        service: Option<Service>,
    ) -> Result<Self, JudgeError> {
        let (agent, evaluator) = match &task.nested {
            Some(_) => ("improver", "meta-evaluator"),
            None => ("agent", "evaluator"),
        };
        let world = |name: &str| match &task.wit {
            Some(wit) => World::task(&wit.name, &wit.text, name),
            None => World::host(name),
        };
        let agent_world = world(agent)?;
        let evaluator_world = world(evaluator)?;
        // A general agent may be a team.
        let team_world = match (&task.wit, &task.nested) {
            (None, None) => Some(World::host(team::WORLD)?),
            _ => None,
        };
        let source = match &task.evaluator {
            Evaluator::Own(source) => source.text.as_str(),
            Evaluator::Expectations { .. } => EXPECTATIONS,
        };
        let evaluator = own(&compiler, &evaluator_world, Role::Evaluator, "evaluator", source).await?;
        let simulator = match &task.cases {
            Cases::Fixed { .. } => None,
            Cases::Drawn(simulator) => {
                let world = World::host("simulator")?;
                let component =
                    own(&compiler, &world, Role::Simulator, "simulator", &simulator.source.text).await?;
                Some((component, simulator.parameters.clone()))
            }
        };
        let service = service
            .or_else(|| team_world.is_some().then(|| team::service(pool.clone(), task.limits.clone())));
        // Nobody is lent what nobody answers.
        let lent = |world: &World| if service.is_some() { world.lent() } else { Vec::new() };
        let grant = Lending {
            wasi: task.grants.contains(&Grant::Wasi),
            candidate: lent(team_world.as_ref().unwrap_or(&agent_world)),
            evaluator: lent(&evaluator_world),
        };
        let rig = Rig::new(pool, task.limits.clone(), (grant, service), evaluator, simulator).await?;
        let members: Members = Arc::new(|_| Err("there is no library to take it from".into()));
        Ok(Self { task, compiler, agent_world, team_world, members, rig })
    }

    /// The same, with somewhere to take the members of teams from.
    #[must_use]
    pub fn with_members(self, members: Members) -> Self {
        Self { members, ..self }
    }

    /// The pool in use.
    pub fn pool(&self) -> &Pool {
        self.rig.pool()
    }

    /// The compiler in use.
    pub fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    /// The world of this task's agents.
    pub fn agent_world(&self) -> &World {
        &self.agent_world
    }

    /// The task's evaluator.
    pub fn evaluator(&self) -> &Component {
        self.rig.evaluator()
    }

    /// The task's simulator and what it is given, if it has one.
    pub fn simulator(&self) -> Option<(&Component, &str)> {
        self.rig.simulator()
    }

    /// Compile a candidate's source: Rust, or the document of a team.
    pub async fn compile(&self, source: &str) -> Result<Result<Component, Rejection>, JudgeError> {
        if Document::is_one(source) {
            return Ok(self.assemble(source).map_err(Rejection::Source));
        }
        Ok(self.compiler.compile(&self.agent_world, Role::Candidate, source).await?)
    }

    /// Compile candidates that this program made itself, as drafts: good for comparing, not for promoting.
    pub async fn drafts(&self, sources: &[String]) -> Result<Vec<Result<Component, Rejection>>, JudgeError> {
        if sources.iter().any(|source| Document::is_one(source)) {
            let mut assembled = Vec::with_capacity(sources.len());
            for source in sources {
                assembled.push(self.compile(source).await?);
            }
            return Ok(assembled);
        }
        Ok(self.compiler.drafts(&self.agent_world, sources).await?)
    }

    /// Take a candidate that was compiled elsewhere. The error says why it is rejected.
    pub fn admit(&self, wasm: &[u8]) -> Result<Component, String> {
        let wasi = self.task.grants.contains(&Grant::Wasi);
        let refused = match admit(wasm, &self.agent_world, Role::Candidate, wasi) {
            Ok(component) => return Ok(component),
            Err(refused) => refused,
        };
        match &self.team_world {
            Some(world) => match admit(wasm, world, Role::Candidate, false) {
                Ok(component) if pack::is_team(&component) => {
                    let unpacked = pack::unpack(&component.wasm).map_err(|error| error.to_string())?;
                    unpacked.document.budgets(self.task.limits.fuel).map_err(|error| error.to_string())?;
                    Ok(component)
                }
                _ => Err(refused),
            },
            None => Err(refused),
        }
    }

    /// The component of a team.
    fn assemble(&self, source: &str) -> Result<Component, String> {
        if self.team_world.is_none() {
            return Err("agents of this task have an interface of their own, which a team has not".into());
        }
        let document = Document::parse(source).map_err(|error| error.to_string())?;
        let wasm = pack::pack(&document, &*self.members).map_err(|error| error.to_string())?;
        Ok(Component { build: Some(pack::build(source)), ..self.admit(&wasm)? })
    }

    /// Compile an agent that came with the task: if it doesn't compile, the task is wrong.
    pub async fn compile_own(&self, what: &str, source: &str) -> Result<Component, JudgeError> {
        if Document::is_one(source) {
            let assembled = self.assemble(source);
            return assembled.map_err(|why| JudgeError::TaskSource { what: what.to_owned(), why });
        }
        own(&self.compiler, &self.agent_world, Role::Candidate, what, source).await
    }

    /// Draw one case per seed.
    pub async fn draw(&self, seeds: Vec<u64>) -> Result<Vec<String>, JudgeError> {
        self.rig.draw(seeds).await
    }

    /// Draw one case by other parameters than the task's; the inner error is the simulator's refusal.
    pub async fn draw_by(&self, seed: u64, parameters: &str) -> Result<Result<String, String>, JudgeError> {
        self.rig.draw_by(seed, parameters).await
    }

    /// One result per case, however the others end; as [`Rig::each`].
    pub async fn each(
        &self,
        candidate: &Component,
        cases: &[String],
        fresh: bool,
    ) -> Result<Vec<CaseResult>, JudgeError> {
        let results = self.rig.each(candidate, cases, fresh).await?;
        self.within_bound(&results)?;
        Ok(results)
    }

    /// Evaluate on `cases`, in any worker. Stops at the first case that is not scored.
    pub async fn evaluate(&self, candidate: &Component, cases: &[String]) -> Result<Evaluation, JudgeError> {
        Ok(self.race(candidate, cases, None).await?.0)
    }

    /// Evaluate in a worker that was started for this and ran nothing else.
    pub async fn evaluate_fresh(
        &self,
        candidate: &Component,
        cases: &[String],
    ) -> Result<Evaluation, JudgeError> {
        let evaluation = self.rig.evaluate_fresh(candidate, cases).await?;
        self.within_bound(&evaluation.cases)?;
        Ok(evaluation)
    }

    /// As [`Judge::evaluate`], but it also stops where the candidate can no longer get over the bar; then with where.
    pub async fn race(
        &self,
        candidate: &Component,
        cases: &[String],
        bar: Option<&Bar>,
    ) -> Result<(Evaluation, Option<Behind>), JudgeError> {
        let (evaluation, behind) = self.rig.race(candidate, cases, bar).await?;
        self.within_bound(&evaluation.cases)?;
        Ok((evaluation, behind))
    }

    /// No score is better than the best that the task says there is: else the task is wrong, and races with it.
    fn within_bound(&self, results: &[CaseResult]) -> Result<(), JudgeError> {
        let Some(bound) = self.task.bound else { return Ok(()) };
        let gain = |score| self.task.score.direction.oriented(score);
        let beyond = |result: &CaseResult| result.score().filter(|score| gain(*score) > gain(bound));
        match results.iter().enumerate().find_map(|(case, result)| Some((case, beyond(result)?))) {
            Some((case, score)) => {
                let why = format!("it scored {score}, better than `score.bound`, which is {bound}");
                Err(JudgeError::Evaluator { case, why })
            }
            None => Ok(()),
        }
    }
}

async fn own(
    compiler: &Compiler,
    world: &World,
    role: Role,
    what: &str,
    source: &str,
) -> Result<Component, JudgeError> {
    let result = compiler.compile(world, role, source).await?;
    result.map_err(|why| JudgeError::TaskSource { what: what.to_owned(), why: why.to_string() })
}
