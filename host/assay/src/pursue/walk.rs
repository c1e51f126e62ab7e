//! The walk: one goal from its first event to its end.
//!
//! plan ─► gates ─► answer ─► assess ─► explore ─► held-out tasks ─► clean up. Each step is done once, and found in the journal
//! by whoever goes on.

use super::advisor::Advisor;
use super::book::Book;
use super::catalogue::{Catalogue, Entry};
use super::event::{Began, Event, Part, Reached, Refused, Returned};
use super::goal::Goal;
use super::guest::{Ended, Guest, capped};
use super::place::Place;
use super::pursuit::{Purse, Pursuit};
use super::{PursueError, trial};
use crate::compile::Component;
use crate::nest::{text_result, wave};
use crate::promote::{CHANNEL, Claim, Provenance, decide};
use crate::run::train_cases;
use crate::team::{Document, Filling, pack};
use library::{Kind, Library};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What evidence says of where a team came from.
const GENERATOR: &str = "pursue";

/// The role of who reaches a goal alone.
pub(super) const ALL: &str = "all";

/// What a pursuit is given.
pub struct Setting<'a> {
    /// The goal.
    pub goal: &'a Goal,
    /// The tasks of its folder.
    pub catalogue: &'a Catalogue,
    /// Everything random follows from it.
    pub seed: u64,
    /// Who plans.
    pub orchestrator: &'a Guest,
    /// Who looks around.
    pub explorer: &'a Guest,
    /// The model that both may ask.
    pub advisor: Option<&'a Advisor>,
    /// What is switched off: `reuse`, `exploration`.
    pub without: Vec<String>,
    /// What a person allowed.
    pub allow: &'a BTreeSet<String>,
    /// The program around it.
    pub place: &'a dyn Place,
    /// Set when it is to be stopped.
    pub stop: Arc<AtomicBool>,
}

/// How a pursuit ended, for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// For good.
    Reached(bool),
    /// A person is to be asked.
    Waiting(String),
    /// It was stopped.
    Stopped,
}

/// Pursue a goal, or go on with it.
///
/// # Errors
/// [`PursueError`]. Everything up to there is kept, and the same call goes on.
pub async fn walk(setting: Setting<'_>, book: &mut Book) -> Result<Ending, PursueError> {
    let Setting { goal, catalogue, seed, orchestrator, explorer, advisor, without, allow, place, stop } =
        setting;
    if let Some(other) = book.unfinished().filter(|other| *other != goal.name) {
        return Err(super::BookError::Unfinished(other.to_owned()).into());
    }
    let entry = find(catalogue, &goal.task, "goal.task")?;
    let held_out: Vec<&Entry> =
        goal.held_out.iter().map(|name| find(catalogue, name, "goal.held-out")).collect::<Result<_, _>>()?;
    let judge = place.judge(entry.task.clone()).await?;
    let train = train_cases(&judge, seed).await?;
    book.add(Event::Began(Box::new(Began {
        goal: goal.name.clone(),
        digest: goal.digest.clone(),
        task: goal.task.clone(),
        difficulty: entry.kinds.difficulty,
        catalogue: catalogue.digest(),
        orchestrator: orchestrator.digest.clone(),
        explorer: explorer.digest.clone(),
        seed,
        quotas: goal.quotas.clone(),
        without: without.clone(),
        model: advisor.map(|advisor| advisor.named.id.clone()),
    })))?;
    let off = |what: &str| without.iter().any(|without| without == what);
    let mut pursuit = Pursuit {
        goal,
        catalogue,
        entry,
        seed,
        place,
        book,
        judge,
        train,
        advisor,
        anew: off("reuse"),
        allow,
        stop,
        purse: Purse::of(goal, advisor.is_some()),
        scores: BTreeMap::new(),
        waiting: None,
    };
    let before = pursuit.in_use()?.map(|(component, _)| component);
    let Some(source) = pursuit.plan(orchestrator).await? else { return Ok(pursuit.stopped()) };
    let reached = pursuit.judged(source).await?;
    pursuit.answered(before.as_ref()).await?;
    if !off("exploration") && !pursuit.explored(explorer).await? {
        return Ok(pursuit.stopped());
    }
    for entry in held_out {
        if !pursuit.held_out(entry, orchestrator).await? {
            return Ok(pursuit.stopped());
        }
    }
    for (agent, idle, failed) in pursuit.book.memory.to_retire(&goal.quotas) {
        pursuit.book.add(Event::Retired { agent, idle, failed })?;
    }
    pursuit.book.add(Event::Ended { reached })?;
    Ok(Ending::Reached(reached))
}

fn find<'a>(catalogue: &'a Catalogue, name: &str, key: &str) -> Result<&'a Entry, PursueError> {
    catalogue.get(name).ok_or_else(|| {
        let known: Vec<&str> = catalogue.iter().map(|entry| entry.name.as_str()).collect();
        PursueError::Goal(format!(
            "{key} is `{name}`, which no task of the catalogue is called; there are {}. A task is in it if its task.toml has \
             a section [catalogue]",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        ))
    })
}

impl Pursuit<'_> {
    fn stopped(&mut self) -> Ending {
        self.waiting.take().map_or(Ending::Stopped, Ending::Waiting)
    }

    /// Who reaches the goal by what the library holds, and whether a promotion brought it in.
    fn in_use(&self) -> Result<Option<(Component, bool)>, PursueError> {
        let Some(library) = self.place.read()? else { return Ok(None) };
        let Some(current) = library.current(&self.entry.name, CHANNEL) else { return Ok(None) };
        let wasm = library.get(&current.version.component)?;
        Ok(self.judge.admit(&wasm).ok().map(|component| (component, current.kind != Kind::Baseline)))
    }

    /// What the orchestrator returns; none: it was stopped. An empty text: it found no one.
    async fn plan(&mut self, orchestrator: &Guest) -> Result<Option<String>, PursueError> {
        let kinds = &self.entry.kinds;
        let goal = trial::goal_text(&self.goal.name, &self.goal.words, &kinds.takes, &kinds.gives);
        let (pool, stop, seed) = (self.judge.pool().clone(), self.stop.clone(), self.seed);
        let ended = orchestrator.converse(&pool, ("pursue", wave(&goal)), seed, &stop, self).await?;
        let returned = match ended {
            Ended::Stopped => return Ok(None),
            Ended::Failed(words) => Returned::Nothing { words },
            Ended::Returned(value) => match text_result(&value).and_then(|answer| answer) {
                Ok(source) => Returned::Source { source },
                Err(words) => Returned::Nothing { words: capped(&words) },
            },
        };
        let source = match &returned {
            Returned::Source { source } => source.clone(),
            Returned::Nothing { .. } => String::new(),
        };
        self.book.add(Event::Returned(returned))?;
        Ok(Some(source))
    }

    /// Ask the gates about what was returned. Whether the goal is reached, by this or by what was in use before.
    async fn judged(&mut self, source: String) -> Result<bool, PursueError> {
        let mut refused = false;
        if !source.is_empty() && self.admitted(&source).await? {
            let log_size = self.book.known("judging", |event| match event {
                Event::Judging { log_size } => Some(*log_size),
                _ => None,
            })?;
            let mut library = self.place.write()?;
            let since = match log_size {
                Some(size) => size,
                None => {
                    let log_size = library.head().size;
                    self.book.add(Event::Judging { log_size })?;
                    log_size
                }
            };
            let known = self.book.known("a decision", |event| match event {
                Event::Judged(decision) => Some(!decision.promoted),
                _ => None,
            })?;
            refused = known.unwrap_or(false);
            if known.is_none() {
                drop(library);
                let Ok(component) = self.component(&source).await? else {
                    return Err(self.diverged("what was returned to be admitted still"));
                };
                library = self.place.write()?;
                let claim = Claim {
                    component: &component,
                    source: Document::is_one(&source).then_some(source.as_str()),
                    provenance: Provenance {
                        generator: GENERATOR.into(),
                        words: vec![format!("for the goal {}", self.goal.name)],
                        parents: Vec::new(),
                        run: None,
                        seed: Some(self.seed),
                    },
                    train: &self.train,
                    expected: None,
                    void: None,
                    channel: CHANNEL,
                    since,
                };
                let decision = decide(&self.judge, &mut library, &claim).await?;
                refused = !decision.promoted;
                self.book.add(Event::Judged(Box::new(decision)))?;
            }
        }
        let known = self.book.known_if(|event| match event {
            Event::Reached(_) => Some(true),
            Event::Short(_) => Some(false),
            _ => None,
        });
        if let Some(reached) = known {
            return Ok(reached);
        }
        if !self.book.is_live() {
            return Ok(false);
        }
        let Some((component, true)) = self.in_use()? else {
            if refused && let Ok(component) = self.component(&source).await? {
                let parts = self.parts(&component)?;
                self.book.add(Event::Short(Box::new(parts)))?;
            }
            return Ok(false);
        };
        let reached = self.parts(&component)?;
        self.book.add(Event::Reached(Box::new(reached)))?;
        Ok(true)
    }

    /// Whether what was returned may go before the gates. What may not is an event with its reason.
    async fn admitted(&mut self, source: &str) -> Result<bool, PursueError> {
        match self.book.next() {
            Some(Event::Judging { .. }) => return Ok(true),
            Some(Event::Refused(_)) => {
                self.book.known_if(|_| Some(()));
                return Ok(false);
            }
            _ => {}
        }
        let refused = match self.component(source).await? {
            Err(words) => Some(Refused { guard: "conforms".into(), words: capped(&words) }),
            Ok(component) => self.worse(&component).await?,
        };
        match refused {
            Some(refused) => {
                self.book.add(Event::Refused(refused))?;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    /// The goal's own guards: a metric that would be worse than with what is in use.
    async fn worse(&self, component: &Component) -> Result<Option<Refused>, PursueError> {
        if self.goal.guards.is_empty() {
            return Ok(None);
        }
        let Some((incumbent, _)) = self.in_use()? else { return Ok(None) };
        let new = self.judge.evaluate(component, &self.train).await?.metrics();
        let old = self.judge.evaluate(&incumbent, &self.train).await?.metrics();
        for metric in &self.goal.guards {
            let (new, old) = (new.get(metric), old.get(metric));
            if old.is_some_and(|old| new.is_none_or(|new| new < old)) {
                let shown =
                    |value: Option<&f64>| value.map_or("none".to_owned(), |value| format!("{value:.4}"));
                let words = format!("{metric} would be {} and is {}", shown(new), shown(old));
                return Ok(Some(Refused { guard: "guards".into(), words }));
            }
        }
        Ok(None)
    }

    /// The parts of who reaches the goal, with their names.
    fn parts(&self, component: &Component) -> Result<Reached, PursueError> {
        let library = self.place.read()?;
        let needed = &self.book.memory.now.needed;
        let part = |role: &str, digest: &str| {
            // One component may be in use under several names: what was made for this goal is meant first.
            let mut names = library.as_ref().map_or_else(Vec::new, |library| names_of(library, digest));
            if names.len() > 1 {
                // That of the goal's task it has for reaching the goal.
                names.retain(|name| *name != self.entry.name);
            }
            let of_goal = names.iter().find(|name| needed.contains(*name));
            let known = names.iter().find(|name| self.book.memory.agents.contains_key(*name));
            let agent = of_goal.or(known).or(names.first()).cloned();
            let reused = agent.as_ref().is_none_or(|agent| !needed.contains(agent));
            Part { role: role.to_owned(), agent, component: digest.to_owned(), reused }
        };
        let parts = match pack::unpack(&component.wasm) {
            Ok(team) => {
                let filled = team.document.roles.iter().filter_map(|(role, filled)| match &filled.filling {
                    Filling::Agent(digest) => Some(part(role, digest)),
                    _ => None,
                });
                filled.collect()
            }
            Err(_) => vec![part(ALL, &component.digest)],
        };
        Ok(Reached { component: component.digest.clone(), parts })
    }
}

/// The names under which a component was ever in use, the last first.
fn names_of(library: &Library, digest: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, leaf) in library.leaves().rev() {
        if matches!(leaf.kind, Kind::Baseline | Kind::Promote)
            && leaf.component.hex() == digest
            && !names.contains(&leaf.name)
        {
            names.push(leaf.name.clone());
        }
    }
    names
}
