//! Reassess: what was promoted, evaluated again on fresh cases beside what it replaced.
//!
//! A promotion is a claim of its day. Tasks grow, simulators change, engines too, and a gain that was real may be gone. So
//! what is in use is asked again, in workers that run nothing else: where the task draws, on cases that follow from the
//! log as it is now, else on the train cases with whatever feedback added to them; never on a holdout. [`rule()`] says how it
//! stands. What fails, or is worse than what it replaced, can be taken back ([`demote`]), with all of this as evidence.

mod rule;

pub use rule::{Gain, Question, Ruling, Standing, level, rule};

use super::ending::{Written, promotion, write};
use super::{CHANNEL, PromoteError, evidence, holdout};
use crate::compile::Component;
use crate::evaluate::judge::{Evaluation, Judge, JudgeError};
use crate::task::Cases;
use library::{Current, Digest, Kind, Leaf, Library, Line, Statement};
use sandbox::verdict::Verdict;
use serde::Serialize;
use serde_json::{Value, json};

/// Predicate type of a reassessment's evidence.
pub const REASSESSMENT_PREDICATE: &str = "https://assay.dev/reassessment/v1";
/// Most cases that are named one by one as not scored.
const NAMED: usize = 20;

/// What was found about one version.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The version, and how it became current.
    pub current: Current,
    /// Digest of the task that it was judged on now.
    pub task: String,
    /// It is not the one that it was promoted on.
    pub task_changed: bool,
    /// What its evidence told.
    pub then: Option<Then>,
    /// Digest of the cases, in order.
    pub cases: String,
    /// How many there are.
    pub count: usize,
    /// They were drawn for this.
    pub drawn: bool,
    /// What it came to.
    pub now: Value,
    /// The component that it replaced; none for the first of its name.
    pub predecessor: Option<String>,
    /// What that came to on the same cases.
    pub predecessor_now: Option<Value>,
    /// Cases that were not scored: the first 20.
    pub failures: Vec<Failed>,
    /// What this question could spend.
    pub spent: Spent,
    /// How it stands.
    pub ruling: Ruling,
    #[serde(skip)]
    log_size: u64,
    #[serde(skip)]
    log_root: [u8; 32],
    #[serde(skip)]
    seeds: Vec<u64>,
    #[serde(skip)]
    texts: Vec<String>,
    #[serde(skip)]
    both: (Component, Option<Component>),
    #[serde(skip)]
    scores: (Option<Vec<f64>>, Option<Vec<f64>>),
}

/// What the evidence of a promotion told: on the holdout if that was open, else on the train cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Then {
    /// Mean score.
    pub score: Option<f64>,
    /// The comparison with what it replaced; none where the holdout is sealed.
    pub gain: Option<Value>,
}

/// A case that was not scored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Its index, from 0.
    pub case: usize,
    /// The seed that it was drawn by.
    pub seed: Option<u64>,
    /// How it ended.
    pub verdict: String,
}

/// How the error budget was shared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// The task's alpha.
    pub alpha: f64,
    /// Leaves since the version became current: the k of its schedule.
    pub heads: u64,
    /// Agents asked about at once.
    pub agents: u64,
    /// What is left for this question.
    pub level: f64,
}

impl Assessment {
    /// Whether what was found is enough to take the version back: it fails where what it replaced does not, or it is worse.
    pub fn demotable(&self) -> bool {
        let Ruling { standing, worse, fallback, .. } = self.ruling;
        self.predecessor.is_some() && (worse || (standing == Standing::Fails && fallback))
    }
}

/// What `name`'s version in use replaced when the gates let it through: its component. None for what opened the name.
pub(super) fn replaced(library: &Library, current: &Current) -> Option<Digest> {
    let promoted = library.leaves().rev().filter(|(index, _)| *index <= current.leaf).find(|(_, leaf)| {
        let same = leaf.name == current.name && leaf.channel == current.channel;
        same && leaf.kind == Kind::Promote && leaf.version() == Some(current.version)
    });
    let (_, leaf) = promoted?;
    library.leaf(leaf.replaces?).map(|before| before.component)
}

/// Evaluate what is `current` once more. `agents`: how many are asked about at once.
///
/// # Errors
/// The library can't be read, nothing can be evaluated, or what is in use is no agent of the judge's task any more.
pub async fn reassess(
    judge: &Judge,
    library: &Library,
    current: &Current,
    agents: u64,
) -> Result<Assessment, PromoteError> {
    let task = &judge.task;
    let admit = |digest: Digest| {
        let wasm = library.get(&digest)?;
        let component = judge.admit(&wasm);
        component.map_err(|why| PromoteError::Incumbent { component: digest.hex(), why })
    };
    let component = admit(current.version.component)?;
    let predecessor = match (replaced(library, current), current.kind) {
        (Some(before), _) => Some(admit(before)?),
        (None, Kind::Baseline) => None,
        (None, _) => Some(judge.compile_own(&task.seed.name, &task.seed.text).await?),
    };
    let predecessor = predecessor.filter(|before| before.digest != component.digest);
    let head = library.head();
    let (seeds, texts) = match &task.cases {
        Cases::Fixed { train, .. } => (Vec::new(), train.clone()),
        Cases::Drawn(_) => {
            let seeds = holdout::reassessment_seeds(&head.root, &component.digest);
            (seeds.clone(), judge.draw(seeds).await?)
        }
    };
    let new = evaluation(judge, &component, &texts).await?;
    let old = match &predecessor {
        Some(before) => Some(evaluation(judge, before, &texts).await?),
        None => None,
    };
    let (alpha, heads) = (task.judging.alpha, head.size.saturating_sub(current.leaf).max(1));
    let spent = Spent { alpha, heads, agents, level: level(alpha, heads, agents)? };
    let question = Question { score: &task.score, exact: task.judging.exact, level: spent.level };
    let ruling = rule(&question, &new, old.as_ref())?;
    let digest = task.digest();
    Ok(Assessment {
        current: current.clone(),
        task_changed: current.task.hex() != digest,
        task: digest,
        then: told(library, current)?,
        cases: super::digest_of_cases(&texts),
        count: texts.len(),
        drawn: !seeds.is_empty(),
        now: evidence::figures(&new),
        predecessor: predecessor.as_ref().map(|before| before.digest.clone()),
        predecessor_now: old.as_ref().map(evidence::figures),
        failures: failures(&new, &seeds),
        spent,
        ruling,
        log_size: head.size,
        log_root: head.root,
        scores: (new.scores(), old.as_ref().and_then(Evaluation::scores)),
        seeds,
        texts,
        both: (component, predecessor),
    })
}

/// Every case, in a worker that runs nothing else. A fault of the evaluator is the task's.
async fn evaluation(
    judge: &Judge,
    component: &Component,
    cases: &[String],
) -> Result<Evaluation, JudgeError> {
    let evaluation = Evaluation { cases: judge.each(component, cases, true).await? };
    match evaluation.cases.iter().enumerate().find_map(|(case, result)| match &result.verdict {
        Verdict::TaskError(why) => Some((case, why.clone())),
        _ => None,
    }) {
        Some((case, why)) => Err(JudgeError::Evaluator { case, why }),
        None => Ok(evaluation),
    }
}

fn failures(evaluation: &Evaluation, seeds: &[u64]) -> Vec<Failed> {
    let failed = evaluation.cases.iter().enumerate().filter_map(|(case, result)| {
        let verdict = match &result.verdict {
            Verdict::Scored(_) => return None,
            Verdict::Trapped(kind) => format!("trapped ({kind:?})"),
            other => other.name().to_owned(),
        };
        Some(Failed { case, seed: seeds.get(case).copied(), verdict })
    });
    failed.take(NAMED).collect()
}

/// What the evidence tells by which the version was let through.
fn told(library: &Library, current: &Current) -> Result<Option<Then>, library::Error> {
    let leaf = promotion(library, current).or_else(|| library.leaf(current.leaf));
    for payload in leaf.into_iter().flat_map(|leaf| &leaf.evidence) {
        let statement: Value = serde_json::from_slice(&library.get(payload)?).unwrap_or_default();
        let told = &statement["predicate"];
        let open = told["decision"]["holdout"]["seen"]["candidate"]["score"].as_f64();
        let score = open.or_else(|| told["train"]["measured"]["score"].as_f64());
        if score.is_some() {
            let gain = told["decision"]["holdout"]["against"].get(0).cloned();
            return Ok(Some(Then { score, gain }));
        }
    }
    Ok(None)
}

/// Take the version back, on the evidence of this assessment.
///
/// # Errors
/// As [`Library::sign`] and [`write()`].
pub fn demote(
    judge: &Judge,
    library: &mut Library,
    assessment: &Assessment,
) -> Result<Written, library::Error> {
    let current = &assessment.current;
    if library.current(&current.name, CHANNEL) != Some(current) {
        return Ok(Written::Overtaken);
    }
    let (component, predecessor) = &assessment.both;
    let mut predicate = evidence::judged(judge, library, component)?;
    let blob = library.put(&evidence::cases_blob(&assessment.texts))?.hex();
    if let Some(before) = predecessor {
        library.put(&before.wasm)?;
    }
    let (now, before) = &assessment.scores;
    predicate["asked"] = json!({ "cases": assessment.cases, "blob": blob, "measured": assessment.now });
    predicate["predecessor"] =
        json!({ "component": assessment.predecessor, "measured": assessment.predecessor_now });
    predicate["reassessment"] = json!({
        "logSize": assessment.log_size, "logRoot": crate::digest::hex(&assessment.log_root), "seeds": assessment.seeds,
        "scores": { "now": now, "predecessor": before }, "failures": assessment.failures,
        "exact": judge.task.judging.exact, "spent": assessment.spent, "ruling": assessment.ruling,
        "then": assessment.then, "promotedOn": current.task.hex(), "leaf": current.leaf,
    });
    let statement = Statement::new(&current.version, REASSESSMENT_PREDICATE, &predicate)?;
    let payload = library.sign(&statement)?;
    let line = Line { name: current.name.clone(), channel: current.channel.clone(), task: current.task };
    write(library, Leaf::demote(&line, current.version, vec![payload]))
}
