//! What evidence says, as far as it is needed to do it again. The words are the claimant's: nothing here is believed.

use super::super::decision::Decision;
use super::super::reassess::{Ruling, Spent};
use super::Stop;
use super::wrong;
use crate::table::Table;
use crate::task::{Canary, Direction, Gates, Judging, Score, digest};
use sandbox::policy::Limits;
use sandbox::protocol::EngineIdentity;
use serde::Deserialize;
use serde_json::Value;

/// What of a predicate is needed to do it again. Whatever else it says does not count.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Predicate {
    pub(super) agent: String,
    pub(super) task: TaskSaid,
    pub(super) evaluator: Named,
    pub(super) simulator: Option<SimulatorSaid>,
    pub(super) component: Digested,
    pub(super) engine: EngineIdentity,
    pub(super) limits: Limits,
    pub(super) grants: Vec<String>,
    /// The cases that the claim rests on: train cases, or what a reassessment asked.
    #[serde(alias = "asked")]
    pub(super) train: TrainSaid,
    /// What the version was compared with.
    #[serde(alias = "predecessor")]
    pub(super) baseline: Option<Against>,
    pub(super) reassessment: Option<ReassessmentSaid>,
    pub(super) decision: Option<Decision>,
    pub(super) gates: Option<GatesSaid>,
    pub(super) canary: Option<Canary>,
    pub(super) holdout: Option<HoldoutSaid>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskSaid {
    pub(super) digest: String,
    pub(super) unit: String,
    pub(super) direction: String,
    pub(super) minimum_effect: f64,
    pub(super) parts: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) component: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Digested {
    pub(super) digest: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct SimulatorSaid {
    pub(super) component: String,
    pub(super) parameters: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct TrainSaid {
    pub(super) cases: String,
    pub(super) blob: String,
    pub(super) measured: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Against {
    pub(super) component: String,
    #[serde(alias = "measured")]
    pub(super) train: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReassessmentSaid {
    pub(super) log_size: u64,
    pub(super) log_root: String,
    pub(super) exact: bool,
    pub(super) spent: Spent,
    pub(super) ruling: Ruling,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GatesSaid {
    pub(super) alpha: f64,
    pub(super) exact: bool,
    pub(super) fuel_factor: f64,
    pub(super) memory_factor: f64,
    pub(super) guards: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HoldoutSaid {
    pub(super) cases: String,
    pub(super) blob: String,
    pub(super) log_size: u64,
    pub(super) candidate: Value,
    pub(super) incumbent: Value,
}

impl Predicate {
    /// Whether limits, grants, score, gates and parameters are those of the task that it names: the task's digest is one
    /// over its parts' digests, and these parts are at hand.
    pub(super) fn belongs_to_its_task(&self, table: &mut Table) -> Result<(), Stop> {
        table.same("task's parts", &self.task.digest, digest::of_fingerprint(&self.task.parts));
        table.same("limits", self.part("limits"), digest::limits(&self.limits));
        let grants = self.grants.iter().map(String::as_str);
        table.same("grants", self.part("agent.grants"), digest::grants(grants));
        table.same("score's unit and effect", self.part("score"), digest::score(&self.score()?));
        let parameters = self.simulator.as_ref().map(|simulator| simulator.parameters.as_str());
        table.same("simulator's parameters", self.part("simulator.parameters"), digest::text(parameters));
        if let Some(said) = &self.gates {
            let judging = Judging { exact: said.exact, alpha: said.alpha };
            table.same("judging", self.part("judging"), digest::judging(&judging));
            table.same("gates", self.part("gates"), digest::gates(&said.rules()));
            table.same("canary", self.part("canary"), self.canary.as_ref().map(digest::canary));
        }
        Ok(())
    }

    /// Whether the task draws its cases.
    pub(super) fn draws(&self) -> bool {
        self.part("simulator.parameters") != Some(&digest::text(None))
    }

    /// How many train cases its task draws, if that is at most `most`.
    pub(super) fn drawn(&self, most: usize) -> Option<usize> {
        let part = self.part("simulator.train");
        (0..=most).find(|count| part == Some(&digest::text(Some(&count.to_string()))))
    }

    /// The digest of a part of the task.
    pub(super) fn part(&self, name: &str) -> Option<&String> {
        self.task.parts.iter().find(|(part, _)| part == name).map(|(_, digest)| digest)
    }

    pub(super) fn score(&self) -> Result<Score, Stop> {
        let task = &self.task;
        let direction = [Direction::Minimize, Direction::Maximize]
            .into_iter()
            .find(|direction| direction.word() == task.direction)
            .ok_or_else(|| wrong("score", format!("its direction is `{}`", task.direction)))?;
        Ok(Score { direction, unit: task.unit.clone(), minimum_effect: task.minimum_effect })
    }
}

impl GatesSaid {
    pub(super) fn rules(&self) -> Gates {
        Gates {
            fuel_factor: self.fuel_factor,
            memory_factor: self.memory_factor,
            guards: self.guards.clone(),
        }
    }
}
