//! What the library has to offer: the agents in use, with what is remembered of them.
//!
//! Those are offered whose task is in the catalogue, that are not retired, and that a search brought in; the agent that a task merely
//! starts from is offered once somebody wanted one made and the search found nothing better.

use super::PursueError;
use super::ask::{Agent, Query};
use super::catalogue::{Catalogue, Entry};
use super::memory::Memory;
use crate::promote::CHANNEL;
use crate::team::pack::can_join;
use crate::team::{Member, Roster};
use library::{Kind, Library};
use std::collections::BTreeMap;

/// Most agents that are shown at once.
const SHOWN: usize = 32;

/// The agents on offer.
#[derive(Default)]
pub(super) struct Offer {
    agents: Vec<(Agent, Vec<String>)>,
    components: BTreeMap<String, Vec<u8>>,
}

impl Offer {
    /// What is on offer now.
    pub(super) fn of(
        library: Option<&Library>,
        catalogue: &Catalogue,
        memory: &Memory,
    ) -> Result<Self, PursueError> {
        let mut offer = Self::default();
        let Some(library) = library else { return Ok(offer) };
        for entry in catalogue.iter() {
            let remembered = memory.agents.get(&entry.name);
            let Some(current) = library.current(&entry.name, CHANNEL) else { continue };
            let opened = current.kind == Kind::Baseline && remembered.is_none();
            if opened || remembered.is_some_and(|agent| agent.retired) {
                continue;
            }
            let component = current.version.component.hex();
            let wasm = library.get(&current.version.component)?;
            offer.components.insert(component.clone(), wasm);
            offer.agents.push((agent(entry, component, memory), entry.kinds.words.clone()));
        }
        offer.agents.sort_by(|(a, _), (b, _)| {
            let share = |agent: &Agent| (agent.successes + 1) as f64 / (agent.uses + 2) as f64;
            let worth = |agent: &Agent| agent.worth.unwrap_or(f64::NEG_INFINITY);
            share(b)
                .total_cmp(&share(a))
                .then(worth(b).total_cmp(&worth(a)))
                .then_with(|| a.name.cmp(&b.name))
        });
        Ok(offer)
    }

    /// Those that fit, the best first.
    pub(super) fn find(&self, wanted: &Query) -> Vec<Agent> {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        let fits = |(agent, words): &&(Agent, Vec<String>)| {
            is(&wanted.name, &agent.name)
                && is(&wanted.takes, &agent.takes)
                && is(&wanted.gives, &agent.gives)
                && (wanted.words.is_empty() || wanted.words.iter().any(|word| words.contains(word)))
        };
        self.agents.iter().filter(fits).take(SHOWN).map(|(agent, _)| agent.clone()).collect()
    }

    /// The agent of that name.
    pub(super) fn named(&self, name: &str) -> Option<&Agent> {
        self.agents.iter().map(|(agent, _)| agent).find(|agent| agent.name == name)
    }

    /// The name of the agent that is this component.
    pub(super) fn name_of(&self, component: &str) -> Option<&str> {
        self.agents
            .iter()
            .find(|(agent, _)| agent.component == component)
            .map(|(agent, _)| agent.name.as_str())
    }

    /// Bytes of a component that is on offer.
    pub(super) fn wasm(&self, component: &str) -> Option<&[u8]> {
        self.components.get(component).map(Vec::as_slice)
    }

    /// Whether any agent returns that.
    pub(super) fn gives(&self, kind: &str) -> bool {
        self.agents.iter().any(|(agent, _)| agent.gives == kind)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.agents.len() as u64
    }

    /// Those that can be members of a team.
    pub(super) fn roster(&self) -> Roster {
        let can = |agent: &&Agent| self.wasm(&agent.component).is_some_and(|wasm| can_join(wasm).is_ok());
        let members = self.agents.iter().map(|(agent, _)| agent).filter(can).map(|agent| Member {
            name: agent.name.clone(),
            component: agent.component.clone(),
            current: true,
            takes: Some(agent.takes.clone()),
            gives: Some(agent.gives.clone()),
        });
        Roster::new(members.collect())
    }
}

fn agent(entry: &Entry, component: String, memory: &Memory) -> Agent {
    let remembered = memory.agents.get(&entry.name).cloned().unwrap_or_default();
    Agent {
        name: entry.name.clone(),
        component,
        takes: entry.kinds.takes.clone(),
        gives: entry.kinds.gives.clone(),
        uses: remembered.uses,
        successes: remembered.successes,
        worth: remembered.worth,
    }
}
