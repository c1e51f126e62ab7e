//! `assay growth`: how the library grew, goal by goal, as the journal of goals tells it.

use super::place::Place;
use super::pursue::{failure, folder};
use super::{Answer, Failure, report};
use crate::pursue::{Book, Epoch, Memory, growth_svg};
use serde_json::json;
use std::path::PathBuf;

/// `assay growth`
#[derive(Debug, clap::Args)]
pub struct GrowthArgs {
    /// Draw it into this file, as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Show what is remembered of each agent as well
    #[arg(long)]
    pub agents: bool,
}

pub(super) fn run(args: &GrowthArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let events = Book::read(&folder(place)).map_err(|error| failure(error.into()))?;
    let memory = Memory::of(&events);
    if memory.epochs.is_empty() {
        return Err(Failure::says(format!(
            "no goal was pursued to its end in {}; `assay pursue GOAL` begins one",
            place.runs.display()
        )));
    }
    if let Some(file) = &args.svg {
        std::fs::write(file, growth_svg(&memory.epochs))
            .map_err(|error| Failure::says(format!("can't write {}: {error}", file.display())))?;
    }
    let rates: Vec<_> =
        memory.epochs.iter().map(|epoch| json!({ "reuseRate": epoch.reuse_rate() })).collect();
    let value = json!({ "epochs": memory.epochs, "rates": rates, "agents": memory.agents });
    report::print(json, &value, || report::escape(&words(&memory, args.agents)));
    Ok(Answer::Yes)
}

fn words(memory: &Memory, agents: bool) -> String {
    let mut text = String::from(
        "     goal                      reached  held out  difficulty  needed  reused  rate  foreseen  made (ahead)  candidates needed/all   fuel\n",
    );
    for (number, epoch) in memory.epochs.iter().enumerate() {
        let Epoch { goal, reached, held_out, sophistication, needed, reused, foreseen, made, ahead, .. } =
            epoch;
        let rate = epoch.reuse_rate().map_or("  – ".to_owned(), |rate| format!("{rate:.2}"));
        let without = if epoch.without.is_empty() {
            String::new()
        } else {
            format!(" (without {})", epoch.without.join(", "))
        };
        text.push_str(&format!(
            "{:>3}  {:<25} {:<8} {:>3} of {:<3} {sophistication:>9}  {needed:>6}  {reused:>6}  {rate}  {foreseen:>8}  {made:>4} ({ahead})  {:>12}/{:<8} {:.2e}\n",
            number + 1,
            format!("{goal}{without}"),
            if *reached { "yes" } else { "no" },
            held_out.0,
            held_out.1,
            epoch.needed_candidates,
            epoch.candidates,
            epoch.fuel as f64,
        ));
    }
    if agents {
        text.push_str("\nagent                            uses  reached  worth  candidates  last\n");
        for (name, agent) in &memory.agents {
            let worth = agent.worth.map_or("–".to_owned(), |worth| format!("{worth:.2}"));
            let state = match (agent.retired, agent.ahead) {
                (true, _) => " retired",
                (_, true) => " made ahead of need, not used yet",
                _ => "",
            };
            text.push_str(&format!(
                "{name:<32} {:>4}  {:>7}  {worth:>5}  {:>10}  {:>4}{state}\n",
                agent.uses, agent.successes, agent.candidates, agent.last
            ));
        }
    }
    text.trim_end().to_owned()
}
