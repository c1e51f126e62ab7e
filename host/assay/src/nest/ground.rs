//! A ground: one nested task, ready to try improvers on.
//!
//! It knows the program that improvers start from, what a unit of utility is, and what every component was found to score. A
//! score is a function of component and cases, so it is found once and remembered, whoever asks: many improvers ask for the
//! same things. What depended on the machine is never remembered.
//!
//! **Utility.** On the cases drawn for measuring, the mean gain over the program that was given, in units of what the task's best
//! reference gains over it. The unit is found once for the task, on cases of its own, so that no draw of few cases can make
//! it small.

use super::ask::Worth;
use crate::compile::{Compiler, Component, Rejection};
use crate::digest::case_seeds;
use crate::evaluate::judge::{Evaluation, Judge, JudgeError, mean};
use crate::evaluate::pool::Pool;
use crate::generate::mutate::{Program, same_outside};
use crate::generate::settings;
use crate::task::{Direction, Nested, Task};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Cases on which the unit of utility is found.
const SCALE_CASES: u64 = 64;
/// What is remembered before it is let go: some ten megabytes.
const MEMORIES: usize = 100_000;
/// Draws that are remembered: cases are larger than scores.
const DRAWS: usize = 512;
/// What is told of a failed program's last words, in characters.
const WORDS: usize = 400;

/// A nested task that improvers can't be tried on.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// There is no unit of utility.
    #[error(
        "improvers can't be tried on {task}: none of its references beats its seed agent (best {best}, seed {seed}), so nothing says what an improvement is worth; give it a better reference"
    )]
    NoUnit {
        /// Agent name of the task.
        task: String,
        /// Best reference's mean score.
        best: f64,
        /// The seed agent's.
        seed: f64,
    },
    /// The seed agent fails.
    #[error("improvers can't be tried on {task}: its seed agent is not scored ({why})")]
    Seed {
        /// Agent name of the task.
        task: String,
        /// How it ended.
        why: String,
    },
}

impl From<GroundError> for JudgeError {
    fn from(error: GroundError) -> Self {
        Self::Nested(error.to_string())
    }
}

/// Why there is no answer that a guest may have.
#[derive(Debug)]
pub(super) enum Halt {
    /// It depended on this machine: the evaluation ends, and is tried once more.
    Environment(String),
    /// The machine, the task or a model: the run ends.
    Fatal(JudgeError),
}

impl From<JudgeError> for Halt {
    fn from(error: JudgeError) -> Self {
        Self::Fatal(error)
    }
}

/// What a component came to on some cases.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    /// The mean, so turned that more is better; or why there is none.
    pub(super) score: Result<f64, String>,
    /// What it cost: a case that was not scored counts with its limit.
    pub(super) fuel: u64,
}

/// Cases that were drawn.
type Draw = Arc<Vec<String>>;

/// One nested task.
pub struct Ground {
    judge: Judge,
    start: Component,
    /// Utility of one unit of score.
    per_unit: f64,
    train: u64,
    measure: u64,
    brief: String,
    compilers: Arc<Semaphore>,
    scores: Mutex<BTreeMap<(String, u64, Purpose), Scored>>,
    draws: Mutex<BTreeMap<(u64, Purpose), Draw>>,
}

/// What cases are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// To guide the improver.
    Train,
    /// To measure what it returns.
    Measure,
    /// To find the unit.
    Scale,
}

impl Ground {
    /// Compile what the task brings, and find its unit. `compilers` bounds how many compiler runs go on at once.
    pub(super) async fn new(
        task: Task,
        nested: &Nested,
        compiler: Arc<Compiler>,
        pool: Arc<Pool>,
        compilers: Arc<Semaphore>,
    ) -> Result<Self, JudgeError> {
        let judge = Judge::new(task, compiler, pool).await?;
        let seed = judge.task.seed.clone();
        let start = judge.compile_own(&seed.name, &seed.text).await?;
        let brief = brief(&judge.task, nested.budget.proposals.into(), nested.budget.evaluations.into());
        let mut ground = Self {
            judge,
            start,
            per_unit: 0.0,
            train: nested.train.into(),
            measure: nested.measure.into(),
            brief,
            compilers,
            scores: Mutex::default(),
            draws: Mutex::default(),
        };
        ground.per_unit = 1.0 / ground.unit().await?;
        Ok(ground)
    }

    /// What the best reference gains over the seed agent.
    async fn unit(&self) -> Result<f64, JudgeError> {
        let name = || self.judge.task.agent_name();
        let cases = self.cases(0, Purpose::Scale).await?;
        let oriented = |evaluation: &Evaluation| Some(self.direction().oriented(mean(&evaluation.scores()?)));
        let evaluation = self.judge.evaluate(&self.start, &cases).await?;
        let Some(seed) = oriented(&evaluation) else {
            return Err(GroundError::Seed { task: name(), why: failure(&evaluation) }.into());
        };
        let mut best = f64::NEG_INFINITY;
        for reference in &self.judge.task.references {
            let component = self.judge.compile_own(&reference.name, &reference.text).await?;
            best = oriented(&self.judge.evaluate(&component, &cases).await?)
                .map_or(best, |score| best.max(score));
        }
        if best > seed {
            return Ok(best - seed);
        }
        let [best, seed] = [best, seed].map(|score| self.direction().oriented(score));
        Err(GroundError::NoUnit { task: name(), best, seed }.into())
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.judge.task
    }

    /// What improvers start from.
    pub(super) fn program(&self) -> &str {
        &self.judge.task.seed.text
    }

    /// What an improver is told.
    pub(super) fn brief(&self) -> &str {
        &self.brief
    }

    fn direction(&self) -> Direction {
        self.judge.task.score.direction
    }

    /// The most fuel that scoring one program can take.
    pub(super) fn dearest(&self) -> u64 {
        self.judge.task.limits.fuel.saturating_mul(self.train)
    }

    /// Compile one program by itself. The inner error is the compiler's or the host's word on it.
    pub(super) async fn compile(&self, program: &str) -> Result<Result<Component, String>, Halt> {
        if let Err(why) = holds(self.task(), program) {
            return Ok(Err(why));
        }
        let _permit = self.compilers.acquire().await;
        told(self.judge.compile(program).await?)
    }

    /// Compile programs that `mutate` made in one go, together. Who is compiled with whom can reach their bytes, so `group` is
    /// always all that were made.
    pub(super) async fn drafts(&self, group: &[String]) -> Result<Vec<Result<Component, String>>, Halt> {
        let mut compiled = Vec::with_capacity(group.len());
        for members in group.chunks(DRAFTS) {
            let _permit = self.compilers.acquire().await;
            for component in self.judge.drafts(members).await? {
                compiled.push(told(component)?);
            }
        }
        Ok(compiled)
    }

    /// What a component scores on the cases that `seed` draws for `purpose`. `fresh`: found again, whatever is remembered, in
    /// workers that were started for it.
    pub(super) async fn score(
        &self,
        component: &Component,
        seed: u64,
        purpose: Purpose,
        fresh: bool,
    ) -> Result<Scored, Halt> {
        let key = (component.digest.clone(), seed, purpose);
        if !fresh && let Some(known) = lock(&self.scores).get(&key) {
            return Ok(known.clone());
        }
        let cases = self.cases(seed, purpose).await?;
        let evaluation = match fresh {
            true => self.judge.evaluate_fresh(component, &cases).await?,
            false => self.judge.evaluate(component, &cases).await?,
        };
        if let Some((_, result)) = evaluation.failure()
            && result.verdict.is_environmental()
        {
            return Err(Halt::Environment(format!("a nested evaluation ended {}", result.verdict.name())));
        }
        let limit = self.judge.task.limits.fuel;
        let scored = Scored {
            score: match evaluation.scores() {
                Some(scores) => Ok(self.direction().oriented(mean(&scores))),
                None => Err(failure(&evaluation)),
            },
            fuel: evaluation.cases.iter().map(|case| case.usage.fuel.unwrap_or(limit)).sum(),
        };
        remember(&mut lock(&self.scores), MEMORIES, key, scored.clone());
        Ok(scored)
    }

    /// What a component is worth on the cases that `seed` draws for measuring.
    pub(super) async fn worth(&self, component: &Component, seed: u64, fresh: bool) -> Result<Worth, Halt> {
        let start = self.score(&self.start, seed, Purpose::Measure, fresh).await?;
        let found = self.score(component, seed, Purpose::Measure, fresh).await?;
        Ok(match (start.score, found.score) {
            (Ok(start), Ok(found)) => Worth {
                utility: ((found - start) * self.per_unit).max(-1.0),
                score: self.direction().oriented(found),
                failure: String::new(),
            },
            (Err(why), _) => {
                let task = self.judge.task.agent_name();
                return Err(Halt::Fatal(GroundError::Seed { task, why }.into()));
            }
            (_, Err(why)) => Worth { utility: -1.0, score: 0.0, failure: why },
        })
    }

    async fn cases(&self, seed: u64, purpose: Purpose) -> Result<Arc<Vec<String>>, JudgeError> {
        if let Some(known) = lock(&self.draws).get(&(seed, purpose)) {
            return Ok(known.clone());
        }
        let (words, count) = match purpose {
            Purpose::Train => ("nested train", self.train),
            Purpose::Measure => ("nested measure", self.measure),
            Purpose::Scale => ("nested scale", SCALE_CASES),
        };
        let cases = Arc::new(self.judge.draw(case_seeds(seed, words, count)).await?);
        remember(&mut lock(&self.draws), DRAWS, (seed, purpose), cases.clone());
        Ok(cases)
    }
}

/// What a program of `task` is for and what may be spent on it, in words.
pub fn brief(task: &Task, proposals: u64, evaluations: u64) -> String {
    format!(
        "task: {}\n{}\nscore: {}, so turned that more is better\nproposals that may be asked for: {proposals}\n\
         evaluations that may be asked for: {evaluations}\n",
        task.agent_name(),
        task.description,
        task.score.unit,
    )
}

/// Whether a text is a program of `task`: its seed agent, but for the region that may evolve, and no larger than that may
/// grow. (What it costs to vary a program grows faster than the program.)
///
/// # Errors
/// It is none, in words that its author may read.
pub fn holds(task: &Task, program: &str) -> Result<(), String> {
    if !same_outside(&task.seed.text, program) {
        return Err(
            "it is no program of this task: it does not parse, or differs outside of `// assay: evolve` … \
                    `// assay: end`"
                .into(),
        );
    }
    let nodes = |text: &str| Program::parse(text).map_or(0, |program| program.nodes());
    let most = settings(&task.mutate).max_nodes.max(nodes(&task.seed.text));
    match nodes(program) {
        found if found > most => {
            Err(format!("its evolving region has {found} nodes, at most {most} are taken"))
        }
        _ => Ok(()),
    }
}

/// Programs that share a compiler run at most: nearly all that one call asks for.
const DRAFTS: usize = 32;

fn remember<K: Ord, V>(memory: &mut BTreeMap<K, V>, most: usize, key: K, value: V) {
    if memory.len() >= most {
        memory.clear();
    }
    memory.insert(key, value);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What may be told of a program that did not become a component. A compiler that ran out of time tells of the machine.
fn told(component: Result<Component, Rejection>) -> Result<Result<Component, String>, Halt> {
    match component {
        Ok(component) => Ok(Ok(component)),
        Err(Rejection::TimedOut) => Err(Halt::Environment("a compiler's wall clock ran out".into())),
        Err(rejection) => Ok(Err(rejection.to_string())),
    }
}

/// How an evaluation ended that has no score.
fn failure(evaluation: &Evaluation) -> String {
    let Some((_, result)) = evaluation.failure() else { return "no cases".into() };
    let words: Vec<&str> = result.log.lines.iter().map(|line| line.message.as_str()).collect();
    format!("{}: {}", result.verdict.name(), words.join("\n")).chars().take(WORDS).collect()
}
