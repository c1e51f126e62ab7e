//! Sections of `task.toml` that say what a better agent is, and what it must pass to become a version: `[score]`, `[judging]`, `[gates]`,
//! `[canary]`.

use super::definition::{Canary, Direction, Gates, Judging, MODEL_OPINION, Score};
use super::error::TaskError;
use super::form::Entry;
use super::load::{Class, Loader};
use super::suggest::shown;

/// What `[score]` may say.
const SCORE: [&str; 4] = ["direction", "unit", "minimum-effect", "bound"];

impl<'a> Loader<'a> {
    pub(super) fn judging(&self) -> Result<Judging, TaskError> {
        let mut judging = Judging { exact: false, alpha: 0.05 };
        let Some(section) = self.section("judging", &["exact", "alpha"])? else { return Ok(judging) };
        judging.exact = section.entry("exact").map_or(Ok(false), |entry| entry.boolean())?;
        if let Some(alpha) = section.entry("alpha") {
            if judging.exact {
                return Err(alpha.conflict(
                    "exact judging risks no error, so it has no alpha",
                    "take away one of the two",
                ));
            }
            judging.alpha = alpha.number(|alpha| alpha > 0.0 && alpha < 1.0, "between 0 and 1, e.g. 0.05")?;
        }
        Ok(judging)
    }

    pub(super) fn score(&self, class: Option<&Class<'a>>, judging: &Judging) -> Result<Score, TaskError> {
        let help = "add:\n[score]\ndirection = \"minimize\"\nunit = \"%\"\nminimum-effect = 0.1";
        let section = self.needed("score", help, &SCORE)?;
        let direction = section.required("direction", "direction = \"minimize\", or \"maximize\"")?;
        let direction =
            [Direction::Minimize, Direction::Maximize][direction.word(&["minimize", "maximize"])?];
        let unit = section.required("unit", "unit = \"% of cases\", what a score counts")?.text()?;
        let minimum = class.and_then(|class| class.section.entry("minimum-effect"));
        let minimum_effect = match minimum.or_else(|| section.entry("minimum-effect")) {
            Some(entry) if judging.exact => entry.number(|effect| effect >= 0.0, "of 0 or more")?,
            Some(entry) => entry.number(|effect| effect > 0.0, "greater than 0, in the score's unit")?,
            None if judging.exact => 0.0,
            None => {
                let help = "write minimum-effect = 0.1, the least mean improvement worth a promotion, in the score's unit";
                return Err(section.missing("minimum-effect", help));
            }
        };
        Ok(Score { direction, unit: unit.to_owned(), minimum_effect })
    }

    /// The best score that any case can have.
    pub(super) fn bound(&self, class: Option<&Class<'a>>) -> Result<Option<f64>, TaskError> {
        let section = self.section("score", &SCORE)?;
        let own = class.and_then(|class| class.section.entry("bound"));
        let entry = own.or_else(|| section.and_then(|section| section.entry("bound")));
        entry.map(|entry| entry.number(|_| true, "that no score is better than")).transpose()
    }

    pub(super) fn gates(&self) -> Result<Gates, TaskError> {
        let mut gates = Gates::default();
        let Some(section) = self.section("gates", &["fuel-factor", "memory-factor", "guards"])? else {
            return Ok(gates);
        };
        let factor = |entry: Entry<'_>| entry.number(|factor| factor > 0.0, "greater than 0, e.g. 2.0");
        gates.fuel_factor = section.entry("fuel-factor").map_or(Ok(gates.fuel_factor), factor)?;
        gates.memory_factor = section.entry("memory-factor").map_or(Ok(gates.memory_factor), factor)?;
        for entry in section.entry("guards").map_or(Ok(Vec::new()), |entry| entry.list())? {
            let guard = entry.text()?;
            if gates.guards.iter().any(|other| other == guard) {
                return Err(entry.bad(format!("names `{}` twice", shown(guard)), "name each metric once"));
            }
            if guard == MODEL_OPINION {
                let problem = format!("names `{MODEL_OPINION}`, and no gate may rest on a model's opinion");
                return Err(entry.bad(problem, "take it away; guard a metric that the evaluator measures"));
            }
            gates.guards.push(guard.to_owned());
        }
        Ok(gates)
    }

    pub(super) fn canary(&self) -> Result<Canary, TaskError> {
        let mut canary = Canary::of(&self.gates()?);
        let known = ["share", "observations", "errors", "fuel-factor", "differing"];
        let Some(section) = self.section("canary", &known)? else { return Ok(canary) };
        let whole = |key: &str, range: std::ops::Range<u64>, default: u64| {
            section.entry(key).map_or(Ok(default), |entry| entry.whole(range))
        };
        canary.share = whole("share", 0..101, u64::from(canary.share))? as u32;
        canary.observations = whole("observations", 1..1_000_001, canary.observations)?;
        canary.errors = whole("errors", 0..1_000_001, canary.errors)?;
        if let Some(entry) = section.entry("fuel-factor") {
            canary.fuel_factor = entry.number(|factor| factor > 0.0, "greater than 0, e.g. 2.0")?;
        }
        if let Some(entry) = section.entry("differing") {
            let share = |share: f64| (0.0..=1.0).contains(&share);
            canary.differing = Some(entry.number(share, "from 0 to 1, e.g. 0.2 for a fifth")?);
        }
        Ok(canary)
    }
}
