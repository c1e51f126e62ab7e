//! The service: for each improver on each case a stage of its own, behind the calls that its worker hands over.
//!
//! A guest gets an answer or none. What went wrong with this machine, the task or a model is no answer: the evaluation
//! ends there, and whoever asked for it learns why from the [`Trouble`] that is left behind.

use super::ask::Ask;
use super::ground::{Ground, Halt};
use super::proposer::Proposer;
use super::stage::Stage;
use crate::compile::{Compiler, Component};
use crate::digest::of_parts;
use crate::evaluate::judge::{Judge, JudgeError};
use crate::evaluate::pool::{Answer, Call, Handler, Pool};
use crate::evaluate::rig::{Served, Service, Spent};
use crate::task::{Nested, Task};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

pub use crate::evaluate::rig::Trouble;

/// What a task's simulator draws for improvers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Counts the tasks of `[nested]`, from 0.
    task: usize,
    /// Cases of that task, and what is proposed, follow from it.
    seed: u64,
}

/// A task ready to judge, with what its improvers are tried on if its agents are improvers. `compilers` at once.
///
/// # Errors
/// Something of the task does not compile or does not work, or no worker can be had.
pub async fn judge(
    task: Task,
    compiler: Arc<Compiler>,
    pool: Arc<Pool>,
    proposer: Proposer,
    compilers: usize,
) -> Result<Judge, JudgeError> {
    let Some(nested) = task.nested.clone() else { return Judge::new(task, compiler, pool).await };
    let grounds = grounds(&nested, &compiler, &pool, compilers).await?;
    let service = service(grounds, nested, proposer);
    Judge::serving(task, compiler, pool, service).await
}

/// The tasks of `[nested]`, in their order.
///
/// # Errors
/// As [`judge`].
pub async fn grounds(
    nested: &Nested,
    compiler: &Arc<Compiler>,
    pool: &Arc<Pool>,
    compilers: usize,
) -> Result<Vec<Arc<Ground>>, JudgeError> {
    let permits = Arc::new(Semaphore::new(compilers.max(1)));
    let mut grounds = Vec::with_capacity(nested.tasks.len());
    for task in &nested.tasks {
        let ground =
            Ground::new(task.clone(), nested, compiler.clone(), pool.clone(), permits.clone()).await?;
        grounds.push(Arc::new(ground));
    }
    Ok(grounds)
}

fn service(grounds: Vec<Arc<Ground>>, nested: Nested, proposer: Proposer) -> Service {
    Arc::new(move |component: &Component, case: &str, fresh: bool| {
        let trouble = Trouble::default();
        let scope = of_parts([component.digest.as_bytes(), case.as_bytes()]);
        let place = place(&grounds, case);
        let (proposer, budget, left) = (proposer.clone(), nested.budget, trouble.clone());
        // A second try gets a stage of its own: nothing that the first one spent is missing.
        let handler = move || {
            let stage = place.clone().map(|(ground, seed)| {
                Arc::new(Stage::new(ground, (seed, fresh), scope.clone(), proposer.clone(), budget))
            });
            handler(stage, left.clone())
        };
        // What an improver asks for is metered by its purse, not by its fuel.
        Served { handler: Arc::new(handler), trouble, spent: Spent::default() }
    })
}

/// The ground and the seed that a case names.
fn place(grounds: &[Arc<Ground>], case: &str) -> Result<(Arc<Ground>, u64), String> {
    let Case { task, seed } = serde_json::from_str(case).map_err(|error| {
        format!("a case of improvers is {{\"task\": NUMBER, \"seed\": NUMBER}}, but: {error}")
    })?;
    match grounds.get(task) {
        Some(ground) => Ok((ground.clone(), seed)),
        None => Err(format!("it names task {task}, but [nested] has {} (counted from 0)", grounds.len())),
    }
}

fn handler(stage: Result<Arc<Stage>, String>, trouble: Trouble) -> Handler {
    Arc::new(move |call: Call| -> Answer {
        let (stage, trouble) = (stage.clone(), trouble.clone());
        Box::pin(async move {
            let ask = Ask::read(&call.instance, &call.function, &call.request)
                .map_err(|error| error.to_string())?;
            let reply = match stage {
                _ if call.depth == 0 => Ok(ask.refused("evaluations nest deeper than `depth` grants")),
                Ok(stage) => stage.answer(ask).await,
                Err(why) => Ok(ask.refused(&why)),
            };
            match reply {
                Ok(reply) => Ok(reply.write()),
                Err(Halt::Environment(why)) => Err(why),
                Err(Halt::Fatal(error)) => {
                    let why = error.to_string();
                    trouble.leave(error);
                    Err(why)
                }
            }
        })
    })
}
