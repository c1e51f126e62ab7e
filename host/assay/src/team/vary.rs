//! Vary: a team in, another team out, by one of eight edits.
//!
//! After EvoMAC and the pattern's "multi-agent system evolution": roles are added, dropped, merged and split, agents
//! swapped, edges led elsewhere, budgets changed, and parts taken over from other teams. An edit keeps to what agents declare
//! that they take and give, where they do; whether the team is any better is for the evaluation to say. The draw comes
//! from the caller's generator alone.

use super::document::{Document, Filling, INPUT, Role};
use super::roster::{Member, Roster};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use std::collections::BTreeSet;

/// The edits, as they stand in a journal.
pub const OPERATORS: [&str; 8] = [
    "swap-agent",
    "add-role",
    "drop-role",
    "split-role",
    "merge-roles",
    "rewire",
    "change-budget",
    "take-over",
];

/// How often an edit that changed nothing is followed by another draw.
const TRIES: u32 = 24;
/// Most edits of one variation.
const EDITS: u32 = 3;
/// Budgets that are tried are powers of two, these in the exponent.
const FUEL: std::ops::RangeInclusive<u32> = 20..=28;

/// A variation of `parent` with the names of its edits; none if no draw changed anything. `donors` lend fillings.
pub fn vary(
    parent: &Document,
    donors: &[&Document],
    roster: &Roster,
    rng: &mut ChaCha8Rng,
) -> Option<(Document, Vec<&'static str>)> {
    // One edit in two of three variations, more in the others.
    let wanted = if below(rng, 3) < 2 { 1 } else { 2 + below(rng, EDITS - 1) };
    let mut document = parent.clone();
    let mut made = Vec::new();
    for _ in 0..TRIES {
        if made.len() as u32 == wanted {
            break;
        }
        let operator = OPERATORS[below(rng, OPERATORS.len() as u32) as usize];
        let edited = Edit { team: &document, roster, donors }.by(operator, rng).and_then(sound);
        if let Some(edited) = edited.filter(|edited| *edited != document) {
            document = edited;
            made.push(operator);
        }
    }
    (document != *parent && !made.is_empty()).then_some((document, made))
}

/// Smaller teams: without a budget, without a role, with two roles in one.
pub fn simplifications(team: &Document, roster: &Roster) -> Vec<Document> {
    let edit = Edit { team, roster, donors: &[] };
    let mut smaller = Vec::new();
    for name in team.roles.keys() {
        let mut free = team.clone();
        if let Some(role) = free.roles.get_mut(name) {
            role.fuel = None;
        }
        smaller.push(Some(free));
        smaller.push(edit.without(name));
    }
    let mut found: Vec<Document> = Vec::new();
    for other in smaller.into_iter().flatten().filter_map(sound) {
        if other != *team && !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

/// Without the roles that an edit left without a part.
fn sound(mut team: Document) -> Option<Document> {
    let heard: BTreeSet<String> = team.heard().into_iter().map(str::to_owned).collect();
    team.roles.retain(|name, _| heard.contains(name));
    team.checked().ok()
}

struct Edit<'a> {
    team: &'a Document,
    roster: &'a Roster,
    donors: &'a [&'a Document],
}

impl Edit<'_> {
    fn by(&self, operator: &str, rng: &mut ChaCha8Rng) -> Option<Document> {
        match operator {
            "swap-agent" => self.swap(rng),
            "add-role" => self.add(rng),
            "drop-role" => self.without(pick(&self.names(), rng)?),
            "split-role" => self.split(rng),
            "merge-roles" => self.merge(rng),
            "rewire" => self.rewire(rng),
            "change-budget" => self.budget(rng),
            _ => self.take_over(rng),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.team.roles.keys().map(String::as_str).collect()
    }

    fn member(&self, role: &str) -> Option<&Member> {
        match &self.team.roles.get(role)?.filling {
            Filling::Agent(digest) => self.roster.of(digest),
            Filling::Named(_) | Filling::Capable { .. } => None,
        }
    }

    /// Kind of data that a source gives; [`INPUT`] gives what those that take it want.
    fn gives(&self, source: &str) -> Option<&str> {
        if source != INPUT {
            return self.member(source)?.gives.as_deref();
        }
        let mut takers = self.team.roles.iter().filter(|(_, role)| role.takes == [INPUT]);
        takers.find_map(|(name, _)| self.member(name)?.takes.as_deref())
    }

    /// Kind of data that a role wants from its one source; a role with several wants what nobody declares.
    fn wants(&self, role: &str) -> Option<&str> {
        (self.team.roles.get(role)?.takes.len() == 1).then(|| self.member(role)?.takes.as_deref()).flatten()
    }

    /// Roles that take from `source`.
    fn takers(&self, source: &str) -> Vec<&str> {
        let takes = self.team.roles.iter().filter(|(_, role)| role.takes.iter().any(|from| from == source));
        takes.map(|(name, _)| name.as_str()).collect()
    }

    fn filled(&self, role: &str, filling: Filling) -> Option<Document> {
        let mut team = self.team.clone();
        team.roles.get_mut(role)?.filling = filling;
        Some(team)
    }

    fn swap(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let names = self.names();
        let role = pick(&names, rng)?;
        let member = self.member(role)?;
        let like = |other: &&Member| {
            let kinds = member.takes.is_some() && other.takes == member.takes && other.gives == member.gives;
            other.component != member.component && (kinds || other.name == member.name)
        };
        let others: Vec<&Member> = self.roster.members().iter().filter(like).collect();
        self.filled(role, Filling::Agent(pick(&others, rng)?.component.clone()))
    }

    fn add(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let names = self.names();
        let taker = pick(&names, rng)?;
        let source = &pick(&self.team.roles.get(taker)?.takes, rng)?;
        let (gives, wants) = (self.gives(source)?, self.wants(taker)?);
        let between: Vec<&Member> = self.roster.capable(gives, wants).collect();
        let member = pick(&between, rng)?;
        let mut team = self.team.clone();
        let name = free_name(&team, &member.name);
        let (filling, takes) = (Filling::Agent(member.component.clone()), vec![source.clone()]);
        team.roles.insert(name.clone(), Role { filling, takes, fuel: None });
        for from in &mut team.roles.get_mut(taker)?.takes {
            if from == source {
                from.clone_from(&name);
            }
        }
        Some(team)
    }

    /// Whoever took from the role takes from its source, if that is data of the kind that is wanted.
    fn without(&self, role: &str) -> Option<Document> {
        let [source] = self.team.roles.get(role)?.takes.as_slice() else { return None };
        let takers = self.takers(role);
        let given = self.gives(source);
        let fits =
            |taker: &&str| self.wants(taker).is_none_or(|wanted| given.is_none_or(|given| given == wanted));
        let is_answer = role == self.team.answer;
        if !takers.iter().all(fits) || is_answer && (source == INPUT || given != self.gives(role)) {
            return None;
        }
        let mut team = self.team.clone();
        for taker in takers {
            for from in &mut team.roles.get_mut(taker)?.takes {
                if from == role {
                    from.clone_from(source);
                }
            }
        }
        if is_answer {
            team.answer.clone_from(source);
        }
        team.roles.remove(role);
        Some(team)
    }

    fn split(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let names = self.names();
        let role = pick(&names, rng)?;
        let member = self.member(role)?;
        let (takes, gives) = (member.takes.as_deref()?, member.gives.as_deref()?);
        let members = self.roster.members();
        let mut pairs: Vec<(&Member, &Member)> = Vec::new();
        for first in members.iter().filter(|first| first.takes.as_deref() == Some(takes)) {
            let Some(middle) = first.gives.as_deref() else { continue };
            pairs.extend(self.roster.capable(middle, gives).map(|second| (first, second)));
        }
        let (first, second) = pick(&pairs, rng)?;
        let mut team = self.team.clone();
        let name = free_name(&team, &first.name);
        let old = team.roles.get_mut(role)?;
        let takes = std::mem::replace(&mut old.takes, vec![name.clone()]);
        old.filling = Filling::Agent(second.component.clone());
        team.roles.insert(name, Role { filling: Filling::Agent(first.component.clone()), takes, fuel: None });
        Some(team)
    }

    /// Two roles in a row become one that somebody can fill, or two that do the same become one.
    fn merge(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let names = self.names();
        let second = pick(&names, rng)?;
        let role = self.team.roles.get(second)?;
        let twin = |other: &&&str| {
            let other = self.team.roles.get(**other);
            other.is_some_and(|other| other.filling == role.filling && other.takes == role.takes)
        };
        if let Some(twin) = names.iter().filter(|name| **name != second).find(twin) {
            let mut team = self.team.clone();
            for from in team.roles.values_mut().flat_map(|role| &mut role.takes).filter(|from| *from == twin)
            {
                *from = second.to_owned();
            }
            if team.answer == **twin {
                team.answer = second.to_owned();
            }
            team.roles.remove(*twin);
            return Some(team);
        }
        let [first] = role.takes.as_slice() else { return None };
        if self.takers(first) != [second] {
            return None;
        }
        let (takes, gives) = (self.member(first)?.takes.as_deref()?, self.member(second)?.gives.as_deref()?);
        let able: Vec<&Member> = self.roster.capable(takes, gives).collect();
        let member = pick(&able, rng)?;
        let mut team = self.team.clone();
        let sources = team.roles.remove(first)?.takes;
        let role = team.roles.get_mut(second)?;
        role.filling = Filling::Agent(member.component.clone());
        role.takes = sources;
        Some(team)
    }

    fn rewire(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let names = self.names();
        let taker = pick(&names, rng)?;
        let role = self.team.roles.get(taker)?;
        let slot = below(rng, role.takes.len() as u32) as usize;
        let kind = self.gives(role.takes.get(slot)?);
        let mut sources: Vec<&str> = names.iter().copied().filter(|name| *name != taker).collect();
        sources.push(INPUT);
        let alike: Vec<&str> = sources
            .into_iter()
            .filter(|from| *from != role.takes[slot] && self.gives(from) == kind)
            .collect();
        let source = pick(&alike, rng)?;
        let mut team = self.team.clone();
        team.roles.get_mut(taker)?.takes[slot] = source.to_owned();
        Some(team)
    }

    fn budget(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let names = self.names();
        let role = pick(&names, rng)?;
        let fuel = match below(rng, 4) {
            0 => None,
            _ => Some(1_u64 << (FUEL.start() + below(rng, FUEL.end() - FUEL.start() + 1))),
        };
        let mut team = self.team.clone();
        team.roles.get_mut(role)?.fuel = fuel;
        Some(team)
    }

    /// Another team's filling of a role of the same name.
    fn take_over(&self, rng: &mut ChaCha8Rng) -> Option<Document> {
        let donor = pick(self.donors, rng)?;
        let shared: Vec<&str> =
            self.names().into_iter().filter(|name| donor.roles.contains_key(*name)).collect();
        let role = pick(&shared, rng)?;
        self.filled(role, donor.roles.get(role)?.filling.clone())
    }
}

/// A name that no role has.
fn free_name(team: &Document, wanted: &str) -> String {
    let taken = |name: &String| team.roles.contains_key(name) || name == INPUT;
    // Kept short enough to number it.
    let stem: String = wanted.chars().take(50).collect::<String>().trim_end_matches('-').to_owned();
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    std::iter::once(stem.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(stem)
}

fn pick<T: Clone>(from: &[T], rng: &mut ChaCha8Rng) -> Option<T> {
    match from.len() {
        0 => None,
        count => from.get(below(rng, count as u32) as usize).cloned(),
    }
}

/// From 0 to `count`, which must not be 0. The bias is far below what any search could see.
fn below(rng: &mut ChaCha8Rng, count: u32) -> u32 {
    ((u64::from(rng.next_u32()) * u64::from(count)) >> 32) as u32
}

#[cfg(test)]
mod tests;
