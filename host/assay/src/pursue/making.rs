//! Agents are made: unless a guard stands in the way, or a person is to be asked first, by a run of their own.

use super::PursueError;
use super::ask::Agent;
use super::catalogue::Entry;
use super::event::{Event, Made, Refused};
use super::guard::{Hindrance, Wanted, may_make};
use super::place::{Making, Order};
use super::pursuit::Pursuit;
use crate::digest::case_seeds;

impl Pursuit<'_> {
    /// Have an agent made, unless a guard stands in the way. None: it was stopped, or a person is to be asked first.
    pub(super) async fn make(
        &mut self,
        name: &str,
        ahead: bool,
    ) -> Result<Option<Result<Agent, String>>, PursueError> {
        let Some(entry) = self.catalogue.get(name) else {
            return Ok(Some(Err("the catalogue has no task of that name".into())));
        };
        if name == self.entry.name {
            return Ok(Some(Err(
                "that is what the goal asks for; it is reached by who can be made for other tasks".into(),
            )));
        }
        loop {
            match self.book.next() {
                Some(Event::Refused(_)) => {
                    let refused = self.book.known("a guard", |event| match event {
                        Event::Refused(refused) => Some(refused.words.clone()),
                        _ => None,
                    })?;
                    return Ok(Some(Err(refused.unwrap_or_default())));
                }
                Some(Event::Made(_)) => break,
                Some(Event::Waiting { what }) => {
                    let what = what.clone();
                    if !self.wait(what)? {
                        return Ok(None);
                    }
                }
                Some(_) => return Err(self.diverged("a search, or a guard before it")),
                None => {
                    let offer = self.everything()?;
                    let wanted = Wanted {
                        agent: name,
                        gives: &entry.kinds.gives,
                        alive: offer.count(),
                        there: offer.named(name).is_some(),
                        able: offer.gives(&entry.kinds.gives),
                        ahead,
                    };
                    match may_make(self.goal, &self.book.memory, wanted) {
                        Ok(()) => break,
                        Err(Hindrance::Quota { guard, words }) => {
                            let refused = Refused { guard: guard.into(), words: words.clone() };
                            self.book.add(Event::Refused(refused))?;
                            return Ok(Some(Err(words)));
                        }
                        Err(Hindrance::Person { what }) => {
                            if !self.wait(what)? {
                                return Ok(None);
                            }
                        }
                    }
                }
            }
        }
        if !self.search(entry, ahead).await? {
            return Ok(None);
        }
        let offer = self.everything()?;
        Ok(Some(offer.named(name).cloned().ok_or_else(|| "the search brought nothing in".to_owned())))
    }

    /// The search for an agent, from the journal or now. False: it was stopped.
    async fn search(&mut self, entry: &Entry, ahead: bool) -> Result<bool, PursueError> {
        let known = self.book.known("a search", |event| match event {
            Event::Made(made) if made.agent == entry.name && made.ahead == ahead => Some(()),
            _ => None,
        })?;
        if known.is_some() {
            return Ok(true);
        }
        let (epoch, name) = (self.book.memory.epoch(), &entry.name);
        let before = self.book.memory.now.made.get(name).copied().unwrap_or(0);
        let seeds = case_seeds(self.seed, &format!("search for {name}"), before + 1);
        let run = format!("goal-{epoch}-{name}-{}", before + 1);
        let quotas = &self.goal.quotas;
        let (candidates, minimise) = (quotas.candidates, quotas.minimise);
        let seed = seeds.last().copied().unwrap_or_default();
        let order = Order { entry, run: run.clone(), seed, candidates, minimise };
        let Making::Done { candidates, fuel, promoted, worth } = self.place.make(order).await? else {
            return Ok(false);
        };
        let library = self.place.read()?;
        let current = library.as_ref().and_then(|library| library.current(name, crate::promote::CHANNEL));
        let component = current.map(|current| current.version.component.hex());
        let agent = name.clone();
        self.book.add(Event::Made(Made {
            agent,
            run,
            ahead,
            candidates,
            fuel,
            promoted,
            component,
            worth,
        }))?;
        Ok(true)
    }

    /// Ask a person. False: nobody has said yes.
    pub(super) fn wait(&mut self, what: String) -> Result<bool, PursueError> {
        self.book.add(Event::Waiting { what: what.clone() })?;
        let allowed = Event::Allowed { what: what.clone() };
        if self.book.next() == Some(&allowed) || self.book.is_live() && self.allow.contains(&what) {
            self.book.add(allowed)?;
            return Ok(true);
        }
        self.waiting = Some(what);
        Ok(false)
    }
}
