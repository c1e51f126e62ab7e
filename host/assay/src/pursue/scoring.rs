//! What an orchestrator tries: agents are called, teams varied and scored, each paid for out of the goal's purse.

use super::PursueError;
use super::guest::capped;
use super::pursuit::{AGENT, Pursuit, SPENT, TRIES};
use crate::compile::{Component, component_interface};
use crate::digest::of_parts;
use crate::evaluate::compose;
use crate::evaluate::judge::mean;
use crate::evaluate::native::Program;
use crate::nest::{text_result, wave};
use crate::team::vary::vary;
use crate::team::{Document, pack, steps};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sandbox::protocol::Account;

impl Pursuit<'_> {
    pub(super) async fn invoke(
        &mut self,
        component: &str,
        input: &str,
    ) -> Result<(Result<String, String>, u64), PursueError> {
        if self.purse.invocations == 0 {
            return Ok((Err("the budget is spent: no invocations are left".into()), 0));
        }
        let offer = self.everything()?;
        let Some((wasm, entry)) =
            offer.wasm(component).zip(offer.name_of(component).and_then(|name| self.catalogue.get(name)))
        else {
            return Ok((Err("there is no such component on offer; `find` shows what is".into()), 0));
        };
        let limits = &entry.task.limits;
        if self.purse.fuel < limits.fuel {
            return Ok((Err("the budget is spent: the fuel that is left does not pay for a call".into()), 0));
        }
        let pool = self.judge.pool();
        let component = match component_interface(wasm) {
            Ok(found) => found.component,
            Err(why) => return Ok((Err(why), 0)),
        };
        if pack::is_team(&component) {
            let team = match pack::unpack(&component.wasm) {
                Ok(team) => team,
                Err(error) => return Ok((Err(error.to_string()), 0)),
            };
            let ran = steps::once(pool, limits, &team, input).await?;
            if let Some(step) = ran.environmental() {
                return Err(PursueError::Environment(format!("role `{}`", step.role)));
            }
            return Ok((ran.answer.clone(), ran.fuel()));
        }
        let joined = compose::alone(&component, Account::Candidate, false, &[]);
        let native = match pool.compile(joined.wasm, &joined.grants, limits).await? {
            Ok(native) => native,
            Err(verdict) => return Ok((Err(verdict.name().to_owned()), 0)),
        };
        let program = Program::new(native, joined.grants);
        Ok(match pool.invoke(&program, limits, "run", vec![wave(input)], 0).await? {
            Ok((value, usage, _)) => (text_result(&value).and_then(|answer| answer), usage.fuel.unwrap_or(0)),
            Err((verdict, _)) if verdict.is_environmental() => {
                return Err(PursueError::Environment(verdict.name().to_owned()));
            }
            Err((verdict, _)) => (Err(format!("it ended {}", verdict.name())), limits.fuel),
        })
    }

    /// Scores of sources, each paid for by one evaluation, and the fuel of those that were not scored before.
    pub(super) async fn score_all(
        &mut self,
        sources: &[String],
    ) -> Result<(Vec<Result<f64, String>>, u64), PursueError> {
        let (mut scores, mut fuel) = (Vec::new(), 0_u64);
        let dearest = self.judge.task.limits.fuel.saturating_mul(self.train.len() as u64);
        for (place, source) in sources.iter().enumerate() {
            if place >= self.purse.evaluations as usize {
                scores.push(Err(format!("{SPENT}: no evaluations are left")));
                continue;
            }
            if let Some(score) = self.scores.get(source) {
                scores.push(score.clone());
                continue;
            }
            if self.purse.fuel.saturating_sub(fuel) < dearest {
                let why = format!("{SPENT}: the fuel that is left does not pay for an evaluation");
                scores.push(Err(why));
                continue;
            }
            let (score, cost) = match self.component(source).await? {
                Err(why) => (Err(capped(&why)), 0),
                Ok(component) => self.score(&component).await?,
            };
            fuel = fuel.saturating_add(cost);
            self.scores.insert(source.clone(), score.clone());
            scores.push(score);
        }
        Ok((scores, fuel))
    }

    async fn score(&self, component: &Component) -> Result<(Result<f64, String>, u64), PursueError> {
        let evaluation = self.judge.evaluate(component, &self.train).await?;
        let direction = self.judge.task.score.direction;
        Ok(match (evaluation.scores(), evaluation.failure()) {
            (Some(scores), _) => (Ok(direction.oriented(mean(&scores))), evaluation.fuel()),
            (None, Some((case, result))) if result.verdict.is_environmental() => {
                let why = format!("case {case} ended {}", result.verdict.name());
                return Err(PursueError::Environment(why));
            }
            (None, failure) => {
                let words = failure.map_or_else(
                    || "it was not scored".to_owned(),
                    |(case, result)| {
                        format!("case {case} ended {}: {:?}", result.verdict.name(), result.verdict)
                    },
                );
                let most = self.judge.task.limits.fuel.saturating_mul(evaluation.cases.len() as u64);
                (Err(capped(&words)), most)
            }
        })
    }

    /// Who a source names: a team, or one agent of the library. The inner error is the host's word on it.
    pub(super) async fn component(&self, source: &str) -> Result<Result<Component, String>, PursueError> {
        if Document::is_one(source) {
            let offer = self.everything()?;
            let resolved = Document::parse(source)
                .and_then(|document| document.resolved(|filling| offer.roster().find(filling)));
            return Ok(match resolved {
                Ok(document) => self.judge.compile(&document.text()).await?.map_err(|why| why.to_string()),
                Err(error) => Err(error.to_string()),
            });
        }
        let Some(digest) = source.trim_end().strip_prefix(AGENT) else {
            return Ok(Err(format!(
                "a goal is reached by a team's document, whose first line is `{}`, or by `{AGENT}` and a component's digest",
                crate::team::document::MARK
            )));
        };
        let offer = self.everything()?;
        Ok(match offer.wasm(digest) {
            Some(wasm) => self.judge.admit(wasm),
            None => Err("there is no such component on offer".into()),
        })
    }

    pub(super) fn propose(
        &self,
        program: &str,
        count: u32,
    ) -> Result<Result<Vec<String>, String>, PursueError> {
        let count = count.min(self.purse.proposals);
        if count == 0 {
            return Ok(Err("the budget is spent: no proposals are left".into()));
        }
        let offer = self.offer()?;
        let roster = offer.roster();
        let parent = match Document::parse(program).and_then(|team| team.resolved(|f| roster.find(f))) {
            Ok(parent) => parent,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut made: Vec<String> = Vec::new();
        for slot in 0..count {
            let place =
                [self.seed.to_le_bytes(), self.purse.calls.0.to_le_bytes(), u64::from(slot).to_le_bytes()];
            let parts =
                std::iter::once(b"assay pursue teams v1".as_slice()).chain(place.iter().map(|p| &p[..]));
            let mut seed = [0; 32];
            seed.copy_from_slice(&of_parts(parts).as_bytes()[..32]);
            let mut rng = ChaCha8Rng::from_seed(seed);
            for _ in 0..TRIES {
                let Some((varied, _)) = vary(&parent, &[], &roster, &mut rng) else { continue };
                let text = varied.text();
                if text != program && !made.contains(&text) {
                    made.push(text);
                    break;
                }
            }
        }
        Ok(Ok(made))
    }
}
