//! Rows of a recheck: figures that were told beside those that came out again.
//!
//! Under another engine fuel is counted otherwise, and everything that it reaches (the results' digest, the gate
//! `affordable`) says nothing: it is not compared, and the table says so. Scores still are.

use super::super::decision::{Finding, Gate, Holdout, Seen};
use super::super::statistics::StatisticsError;
use super::super::{evidence, gates};
use crate::evaluate::judge::Evaluation;
use crate::table::Table;
use crate::task::Score;
use sandbox::protocol::EngineIdentity;
use serde_json::Value;

const FUEL: &str = "another engine counts fuel otherwise";

/// Whether the engine is the one that counted the fuel.
pub(super) fn engine(table: &mut Table, there: &EngineIdentity, here: &EngineIdentity) -> bool {
    let parts = [
        ("engine", &there.engine, &here.engine),
        ("engine's compatibility", &there.compatibility, &here.compatibility),
        ("engine's settings", &there.settings, &here.settings),
    ];
    let words = "fuel can't be compared: run the version that this was recorded with";
    let same = parts.map(|(what, recorded, found)| table.same_or(what, recorded, found, words));
    same.iter().all(|same| *same)
}

/// An evaluation, one row a figure.
pub(super) fn figures(table: &mut Table, comparable: bool, what: &str, recorded: &Value, again: &Evaluation) {
    let found = evidence::figures(again);
    let environmental = |figures: &Value| {
        let verdict = figures["failed"]["verdict"].as_str()?;
        ["timed-out", "crashed"].contains(&verdict).then(|| verdict.to_owned())
    };
    if let Some(verdict) = environmental(recorded) {
        let why = format!("recorded as {verdict}, which depends on the machine: nobody can do that again");
        return table.skip(format!("{what} results"), why);
    }
    let words = environmental(&found).map_or(String::new(), |verdict| {
        format!("here it ended {verdict}, which depends on this machine: try again when it has less to do")
    });
    let names = [
        ("failed", "ending"),
        ("score", "score"),
        ("metrics", "metrics"),
        ("fuel", "fuel"),
        ("memory-bytes", "memory"),
        ("results", "results digest"),
    ];
    for (key, name) in names {
        let (recorded, found) = (&recorded[key], &found[key]);
        let what = format!("{what} {name}");
        if recorded.is_null() && found.is_null() {
            continue;
        }
        if !comparable && ["fuel", "results"].contains(&key) {
            table.skip(what, FUEL);
        } else {
            table.same_or(what, recorded, found, &words);
        }
    }
}

/// What was told of a drawn holdout beyond its evaluations.
pub(super) fn told(
    table: &mut Table,
    comparable: bool,
    told: &Holdout,
    (new, old): (&Evaluation, &Evaluation),
    score: &Score,
) -> Result<(), StatisticsError> {
    let costs = gates::cost(new).zip(gates::cost(old));
    let seen = costs.map(|(candidate, incumbent)| Seen::Open { candidate, incumbent });
    if comparable {
        table.same("holdout, as told", &told.seen, seen);
    } else {
        table.skip("holdout, as told", FUEL);
    }
    if let (Some(new), Some(old)) = (new.scores(), old.scores()) {
        let found = gates::comparison("incumbent", score, &new, &old)?;
        table.same("gain over the incumbent", told.against.first(), found);
    }
    if told.against.len() > 1 {
        let why = "no gate asks for them, and their components are not kept";
        table.skip("gains over the task's references", why);
    }
    Ok(())
}

/// Gate by gate, word by word.
pub(super) fn findings(
    table: &mut Table,
    comparable: bool,
    sealed: bool,
    told: &[Finding],
    found: &[Finding],
) {
    for i in 0..told.len().max(found.len()) {
        let (told, found) = (told.get(i), found.get(i));
        let Some(gate) = found.or(told).map(|finding| finding.gate) else { continue };
        let what = format!("gate `{}`", gate.name());
        match gate {
            Gate::Generalizes if sealed => table.skip(what, "holdout sealed"),
            Gate::Affordable if !comparable => table.skip(what, FUEL),
            _ => {
                table.same(what, told, found);
            }
        }
    }
}
