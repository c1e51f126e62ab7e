//! The service of teams: whoever judges a team's component calls its `run`, and the host answers by running the team.
//!
//! What the steps spend is added to what the evaluation spent: a team is no way around the fuel of its task, however often
//! it is called. What depended on the machine ends the evaluation and never becomes a verdict.

use super::pack::{TEAM, Unpacked, unpack};
use super::steps::{Crew, Natives};
use crate::compile::{Component, Lent, World, WorldError};
use crate::evaluate::pool::{Answer, Call, Handler, Pool};
use crate::evaluate::rig::{Served, Service, Spent, Trouble};
use crate::nest::text_argument;
use sandbox::policy::Limits;
use std::sync::{Arc, Mutex, PoisonError};

/// Name of the world of agents that may be teams.
pub const WORLD: &str = "team-agent";

/// What the host lends a team.
///
/// # Errors
/// The host's own WIT is broken.
pub fn lent() -> Result<Vec<Lent>, WorldError> {
    Ok(World::host(WORLD)?.lent())
}

/// Runs the team of whatever component asks, under `limits`: the steps of one case together may spend its fuel.
pub fn service(pool: Arc<Pool>, limits: Limits) -> Service {
    let natives = Arc::new(Natives::default());
    let last: Arc<Mutex<Option<(String, Team)>>> = Arc::default();
    Arc::new(move |component: &Component, _case: &str, fresh: bool| {
        let (trouble, spent) = (Trouble::default(), Spent::default());
        // Cases of one candidate come one after the other.
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let team = match &*last {
            Some((digest, team)) if *digest == component.digest => team.clone(),
            _ => {
                let team: Team = unpack(&component.wasm).map(Arc::new).map_err(|error| error.to_string());
                *last = Some((component.digest.clone(), team.clone()));
                team
            }
        };
        drop(last);
        let desk = Desk { pool: pool.clone(), limits: limits.clone(), natives: natives.clone(), team, fresh };
        let (trouble_of, spent_of) = (trouble.clone(), spent.clone());
        let handler = move || {
            spent_of.reset();
            handler(desk.clone(), trouble_of.clone(), spent_of.clone())
        };
        Served { handler: Arc::new(handler), trouble, spent }
    })
}

type Team = Result<Arc<Unpacked>, String>;

#[derive(Clone)]
struct Desk {
    pool: Arc<Pool>,
    limits: Limits,
    natives: Arc<Natives>,
    team: Team,
    fresh: bool,
}

fn handler(desk: Desk, trouble: Trouble, spent: Spent) -> Handler {
    Arc::new(move |call: Call| -> Answer {
        let (desk, trouble, spent) = (desk.clone(), trouble.clone(), spent.clone());
        Box::pin(async move {
            if (call.instance.as_str(), call.function.as_str()) != (TEAM, "run") {
                return Err(format!("`{}` of `{}` is not lent to a team", call.function, call.instance));
            }
            let input = text_argument(&call.request)?;
            Ok(crate::nest::wave_result(&desk.run(&input, &trouble, &spent).await?))
        })
    })
}

impl Desk {
    async fn run(
        &self,
        input: &str,
        trouble: &Trouble,
        spent: &Spent,
    ) -> Result<Result<String, String>, String> {
        let team = match &self.team {
            Ok(team) => team,
            Err(why) => return Ok(Err(why.clone())),
        };
        // An evaluator may call more than once: all of it comes out of the same fuel. What is left does not pay for another
        // call: the case is out of fuel, as with an agent that goes on.
        let left = self.limits.fuel.saturating_sub(spent.fuel());
        if let Err(why) = team.document.budgets(left) {
            spent.add(self.limits.fuel, 0);
            return Ok(Err(why.to_string()));
        }
        let limits = Limits { fuel: left, ..self.limits.clone() };
        let stop = |error: crate::evaluate::pool::PoolError| {
            let why = error.to_string();
            trouble.leave(error.into());
            why
        };
        let crew = Crew::new(&self.pool, &self.limits, &self.natives, team).await.map_err(stop)?;
        let ran = crew.run(&self.pool, &limits, input, self.fresh).await.map_err(stop)?;
        spent.add(ran.fuel(), ran.memory_bytes());
        match ran.environmental() {
            Some(step) => Err(format!("role `{}` ended in a way that depends on the machine", step.role)),
            None => Ok(ran.answer),
        }
    }
}
