//! `assay runs`: what was tried, read from the journals.

use super::args::RunsVerb;
use super::asked::Asked;
use super::failure::journal_failure;
use super::improve::journal_of;
use super::place::Place;
use super::{Answer, Failure, report};
use crate::promote::Decision;
use crate::run::event::{Candidate, Event, Fate, Opinion, Phase, Returned, Started};
use crate::run::journal::Journal;
use crate::run::state::fate_name;
use serde_json::json;
use std::collections::BTreeMap;

/// A run in short.
pub(super) struct Run {
    pub(super) name: String,
    started: Option<Started>,
    candidates: Vec<Candidate>,
    pub(super) decision: Option<Decision>,
    returned: Vec<Returned>,
    selected: Option<u64>,
    judging: Option<u64>,
    opinions: Vec<Opinion>,
}

pub(super) fn run(verb: &RunsVerb, place: &Place, json: bool) -> Result<Answer, Failure> {
    match verb {
        RunsVerb::List => list(place, json),
        RunsVerb::Show { run } => show(&read(place, run)?, place, json),
        RunsVerb::Lineage { run, candidate } => lineage(&read(place, run)?, *candidate, json),
    }
}

/// All runs, by name.
pub(super) fn all(place: &Place) -> Result<Vec<Run>, Failure> {
    let mut names = Vec::new();
    if place.runs.exists() {
        for entry in std::fs::read_dir(&place.runs).map_err(Failure::machine)? {
            let entry = entry.map_err(Failure::machine)?;
            if journal_of(&entry.path()).exists() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names.iter().map(|name| read(place, name)).collect()
}

pub(super) fn read(place: &Place, name: &str) -> Result<Run, Failure> {
    let folder = place.run_folder(name)?;
    if !journal_of(&folder).exists() {
        return Err(Failure::says(format!(
            "there is no run `{name}` in {}; `assay runs list` shows them",
            place.runs.display()
        )));
    }
    let mut run = Run {
        name: name.to_owned(),
        started: None,
        candidates: Vec::new(),
        decision: None,
        returned: Vec::new(),
        selected: None,
        judging: None,
        opinions: Vec::new(),
    };
    for event in Journal::<Event>::read(&folder).map_err(journal_failure)? {
        match event {
            Event::Started(started) => run.started = Some(*started),
            Event::Candidate(candidate) => run.candidates.push(*candidate),
            Event::Selected(selected) => run.selected = selected.finalists.first().map(|(id, _)| *id),
            Event::Judging(judging) => run.judging = Some(judging.candidate),
            Event::Decided(decision) => run.decision = Some(*decision),
            Event::Returned(returned) => run.returned.push(returned),
            Event::Opinion(said) => run.opinions.push(said),
            Event::Reference(_) | Event::Finish { .. } => {}
        }
    }
    Ok(run)
}

impl Run {
    fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for candidate in &self.candidates {
            *counts.entry(fate_name(&candidate.fate)).or_default() += 1;
        }
        counts
    }

    fn searched(&self) -> usize {
        self.candidates
            .iter()
            .filter(|candidate| candidate.phase == Phase::Search && candidate.id > 0)
            .count()
    }

    fn stands(&self) -> String {
        match &self.decision {
            Some(decision) if decision.promoted => "promoted".into(),
            Some(decision) => {
                format!("refused at {}", decision.findings.last().map_or("?", |finding| finding.gate.name()))
            }
            None if self.is_finished() => "came to nothing".into(),
            None => "unfinished".into(),
        }
    }

    /// The gates were asked, or there was nothing to ask them about.
    pub(super) fn is_finished(&self) -> bool {
        self.decision.is_some() || Returned::nothing(self.returned.iter()).is_some()
    }

    /// The winner, or what was selected.
    fn chosen(&self) -> Option<u64> {
        self.judging.or(self.selected)
    }
}

fn list(place: &Place, json: bool) -> Result<Answer, Failure> {
    let runs = all(place)?;
    let value = json!(
        runs.iter()
            .map(|run| json!({ "run": run.name, "candidates": run.searched(), "stands": run.stands() }))
            .collect::<Vec<_>>()
    );
    report::print(json, &value, || {
        if runs.is_empty() {
            return format!("no runs in {}", place.runs.display());
        }
        runs.iter()
            .map(|run| format!("{:<36} {:>7} candidates  {}", run.name, run.searched(), run.stands()))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(Answer::Yes)
}

fn show(run: &Run, place: &Place, json: bool) -> Result<Answer, Failure> {
    let models = run.started.as_ref().map(|started| started.search.generator.models.as_slice());
    let asked = Asked::of(models.unwrap_or_default(), &run.candidates, &place.run_folder(&run.name)?)?;
    let winner = run.chosen().and_then(|id| run.candidates.iter().find(|candidate| candidate.id == id));
    let value = json!({ "run": run.name, "started": run.started, "candidates": run.searched(), "counts": run.counts(),
        "stands": run.stands(), "models": asked, "opinions": run.opinions, "winner": winner, "decision": run.decision });
    report::print(json, &value, || {
        let counts: Vec<String> =
            run.counts().iter().map(|(name, count)| format!("{name} {count}")).collect();
        let mut text = format!(
            "run {}: {}\n  candidates  {} ({})\n",
            run.name,
            run.stands(),
            run.searched(),
            counts.join(", ")
        );
        if let Some(started) = &run.started {
            text.push_str(&format!(
                "  agent       {}\n  task        {}\n  seed        {}\n  compiler    {}\n  engine      {}\n  host        {}\n",
                started.agent, started.task, started.search.seed, started.compiler, started.engine.engine, started.host
            ));
        }
        if let Some(asked) = &asked {
            text.push_str(&report::escape(&asked.words()));
        }
        for said in &run.opinions {
            text.push_str(&format!(
                "  candidate {}: {}, by {}\n",
                said.candidate,
                report::opinion(said.opinion),
                said.model
            ));
        }
        if let Some(winner) = winner {
            text.push_str(&format!(
                "  winner      candidate {}\n\n{}",
                winner.id,
                report::escape(&winner.source)
            ));
        }
        if let Some(decision) = &run.decision {
            for finding in &decision.findings {
                text.push_str(&format!(
                    "\n  {:<8} {:<12} {}",
                    if finding.passed { "pass" } else { "REFUSED" },
                    finding.gate.name(),
                    report::escape(&finding.reason)
                ));
            }
        }
        text
    });
    Ok(Answer::Yes)
}

fn lineage(run: &Run, wanted: Option<u64>, json: bool) -> Result<Answer, Failure> {
    let by_id: BTreeMap<u64, &Candidate> =
        run.candidates.iter().map(|candidate| (candidate.id, candidate)).collect();
    let best = || {
        // Without a winner yet: the last that a fold would have kept can't be told without the task, so ask for a number.
        run.chosen()
    };
    let Some(mut at) = wanted.or_else(best) else {
        return Err(Failure::says(format!(
            "run `{}` has no winner yet; name a candidate by its number",
            run.name
        )));
    };
    let mut line = Vec::new();
    loop {
        let Some(candidate) = by_id.get(&at) else {
            return Err(Failure::says(format!("run `{}` has no candidate {at}", run.name)));
        };
        line.push(*candidate);
        match candidate.parents.first() {
            Some(parent) if *parent < at => at = *parent,
            _ => break,
        }
    }
    let value = json!(line.iter().map(|candidate| json!({ "candidate": candidate.id, "operators": candidate.operators,
        "model": candidate.model, "exchanges": candidate.exchanges, "parents": candidate.parents, "island": candidate.island, "fate": candidate.fate, "source": candidate.source })).collect::<Vec<_>>());
    report::print(json, &value, || {
        line.iter()
            .rev()
            .map(|candidate| {
                let score = match &candidate.fate {
                    Fate::Scored { measured, .. } => format!("{:.4}", measured.score),
                    other => fate_name(other).to_owned(),
                };
                let made = if candidate.operators.is_empty() {
                    "seed agent".to_owned()
                } else {
                    candidate.operators.join(", ")
                };
                format!("{:>7}  {score:>10}  {made}", candidate.id)
            })
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(Answer::Yes)
}
