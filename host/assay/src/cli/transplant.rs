//! `assay transplant`: a frozen improver against an earlier one, on tasks that neither ever met. Every run is reported.

use super::args::TransplantArgs;
use super::leader::Leader;
use super::place::{Place, judge_failure, load, runtime};
use super::{Answer, Failure, report};
use crate::nest::transplant::{NOTHING, Outcome, Row, Verdicts, compare, seeds, transplant};
use serde_json::json;
use std::sync::Arc;

pub(super) fn run(args: &TransplantArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let mut task = load(&args.task)?;
    let name = task.agent_name();
    let Some(nested) = &mut task.nested else {
        return Err(Failure::says(format!(
            "{name} has no [nested]: name a task whose agents are improvers, e.g. tasks/improver"
        )));
    };
    if nested.held_out.is_empty() {
        return Err(Failure::says(format!(
            "[nested] of {name} holds nothing out: add held-out = [\"…\"], tasks that improvers never meet in a run"
        )));
    }
    let met = nested.tasks.len();
    let held_out = std::mem::take(&mut nested.held_out);
    nested.tasks.extend(held_out);
    let seed_source = task.seed.clone();
    runtime()?.block_on(async {
        let first = match &args.first {
            Some(named) => Leader::named(named, place).await?,
            None => Leader::compiled(&seed_source.text, &seed_source.name, place).await?,
        };
        let later = Leader::named(args.later.as_deref().unwrap_or(&name), place).await?;
        let nothing = Leader::compiled(NOTHING, "the improver that does nothing", place).await?;
        let digests = [first.digest().to_owned(), later.digest().to_owned()];
        let judge = Arc::new(place.judge(task).await?);
        let improvers = [nothing.component()?, first.component()?, later.component()?];
        let seeds = seeds(args.seed, args.seeds);
        eprintln!(
            "transplant: {met} tasks that improvers met, {} held out, {} seeds each, equal budgets",
            judge.task.nested.as_ref().map_or(0, |nested| nested.tasks.len() - met),
            seeds.len()
        );
        let rows = transplant(judge, improvers, met, &seeds, place.workers + 1).await.map_err(judge_failure)?;
        let told = |held_out: bool| compare(rows.iter().filter(|row| row.held_out == held_out));
        let (met, unmet) = (told(false).map_err(Failure::machine)?, told(true).map_err(Failure::machine)?);
        let each: Vec<Verdicts> =
            rows.iter().map(|row| compare([row])).collect::<Result<_, _>>().map_err(Failure::machine)?;
        let value = json!({
            "first": digests[0], "later": digests[1], "seed": args.seed, "seeds": seeds,
            "tasks": rows.iter().zip(&each).map(|(row, found)| json!({ "runs": row, "comparison": found })).collect::<Vec<_>>(),
            "met": met, "heldOut": unmet,
        });
        report::print(json, &value, || words(&digests, &rows, &each, &met, &unmet));
        Ok(Answer::Yes)
    })
}

fn words(digests: &[String; 2], rows: &[Row], each: &[Verdicts], met: &Verdicts, unmet: &Verdicts) -> String {
    let named = |row: &Row| format!("{}{}", row.task, if row.held_out { " (held out)" } else { "" });
    let wide = rows.iter().map(|row| named(row).len()).max().unwrap_or(0).max(20);
    let mut text = format!(
        "first  sha256:{}\nlater  sha256:{}\n\n{:<wide$} {:>10} {:>10} {:>10}   {:>8} {:>8}   {:>21}  {:>7}\n",
        digests[0], digests[1], "task", "given", "first", "later", "u first", "u later", "gain, 95 %", "p"
    );
    for (row, found) in rows.iter().zip(each) {
        let task = named(row);
        text.push_str(&format!(
            "{task:<wide$} {:>10} {:>10} {:>10}   {:>8.3} {:>8.3}   {:>21}  {:>7.4}\n",
            score(&row.given),
            score(&row.first),
            score(&row.later),
            found.first,
            found.later,
            interval(found),
            found.p
        ));
    }
    for (title, found) in [("all that were met", met), ("all held out", unmet)] {
        text.push_str(&format!(
            "{title:<wide$} {:>32}   {:>8.3} {:>8.3}   {:>21}  {:>7.4}\n",
            "",
            found.first,
            found.later,
            interval(found),
            found.p
        ));
    }
    text.push_str(&format!(
        "\nscores are means over seeds in the task's unit; u is utility (0: as given, 1: the best reference); {} pairs held out \
         would show a gain of {:.3} in four of five times\n\nevery run, utility first → later by seed:\n",
        unmet.pairs, unmet.detectable
    ));
    for row in rows {
        let pairs: Vec<String> = row
            .first
            .iter()
            .zip(&row.later)
            .map(|(first, later)| format!("{}→{}", one(first), one(later)))
            .collect();
        text.push_str(&format!("  {:<wide$} {}\n", row.task, pairs.join("  ")));
    }
    text
}

fn score(outcomes: &[Outcome]) -> String {
    let scores: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.score).collect();
    if scores.is_empty() { "failed".into() } else { format!("{:.4}", crate::evaluate::judge::mean(&scores)) }
}

fn one(outcome: &Outcome) -> String {
    match &outcome.verdict {
        Some(verdict) => verdict.clone(),
        None => format!("{:.3}", outcome.utility),
    }
}

fn interval(found: &Verdicts) -> String {
    let end = |end: Option<f64>| end.map_or("∞".to_owned(), |end| format!("{end:+.3}"));
    format!("{:+.3} {}…{}", found.gain, end(found.interval.low), end(found.interval.high))
}
