//! The document of a team: what a person reads, what a generator varies, what is hashed.
//!
//! TOML with one canonical form, so that equal teams have equal bytes. A document that was read is sound: every edge leads
//! somewhere, nothing goes round in circles, and every role counts for the answer.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The first line of every team document; what tells it from other sources.
pub const MARK: &str = "# assay team 1";
/// The source that is what the team itself is given.
pub const INPUT: &str = "input";
/// Most roles of a team.
pub const ROLES: usize = 32;
/// Most sources of a role.
const SOURCES: usize = 8;
/// Longest document, in bytes.
const BYTES: usize = 64 << 10;
/// Longest name of a role or a kind, in bytes.
const NAME: usize = 60;

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The role whose output is the team's.
    pub answer: String,
    /// By name. At least one, at most [`ROLES`].
    pub roles: BTreeMap<String, Role>,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Who fills it.
    pub filling: Filling,
    /// Where its input comes from: [`INPUT`] or other roles. One source is handed on as it is; several as a JSON list of
    /// texts, in this order.
    pub takes: Vec<String>,
    /// Most fuel that one step may spend; none: an equal share of what the whole team may.
    pub fuel: Option<u64>,
}

/// Who fills a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filling {
    /// The component with this sha256, hex.
    Agent(String),
    /// Whoever is current under this name in the library.
    Named(String),
    /// Whoever turns one kind of data into another: found in the library by what tasks declare.
    Capable {
        /// Kind of data that it is given.
        takes: String,
        /// Kind of data that it returns.
        gives: String,
    },
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TeamError {
    /// It is not of the form.
    #[error("the team document is not of the form that is read: {0}")]
    Form(String),
    /// It is too large.
    #[error("the team has {found} {what}; at most {most} are taken")]
    Size {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// How much there may be.
        most: usize,
    },
    /// A name that can't be one.
    #[error(
        "`{0}` can't name a role or a kind: lower-case letters, digits and single dashes, at most 60, and not `input`"
    )]
    Name(String),
    /// An edge from nowhere.
    #[error(
        "role `{role}` takes from `{source_name}`, which is no role; roles are {known}, and `input` is what the team is given"
    )]
    Source {
        /// The role.
        role: String,
        /// What it takes from.
        source_name: String,
        /// What it could.
        known: String,
    },
    /// A circle.
    #[error("the roles {0} wait for each other: data must flow one way")]
    Cycle(String),
    /// A role without a part in the answer.
    #[error("role `{0}` has no part in the answer: lead its output somewhere, or leave it out")]
    Idle(String),
    /// No digest.
    #[error("role `{role}`: `{digest}` is no sha256 in hex (64 digits)")]
    Digest {
        /// The role.
        role: String,
        /// What was given.
        digest: String,
    },
    /// A budget of nothing, or of more than there can be.
    #[error("role `{0}`: `fuel` is out of range; write a whole number from 1 to 2^60")]
    Fuel(String),
    /// Together more than the team has.
    #[error("the roles' fuel adds up to {asked}, and the team may spend {most}: lower the budgets")]
    Budget {
        /// The sum.
        asked: u64,
        /// What there is.
        most: u64,
    },
    /// A role that nobody was found for.
    #[error("role `{role}` is filled by {filling}, which is not known here; {help}")]
    Unfilled {
        /// The role.
        role: String,
        /// Who should fill it.
        filling: String,
        /// What to do.
        help: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    answer: String,
    roles: BTreeMap<String, RawRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    agent: Option<String>,
    name: Option<String>,
    find: Option<RawFind>,
    takes: Vec<String>,
    fuel: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFind {
    takes: String,
    gives: String,
}

impl Document {
    /// Whether a text means to be a team document.
    pub fn is_one(text: &str) -> bool {
        text.lines().next().is_some_and(|line| line.trim_end() == MARK)
    }

    /// Read and check.
    ///
    /// # Errors
    /// What is wrong with it, the first thing first.
    pub fn parse(text: &str) -> Result<Self, TeamError> {
        if text.len() > BYTES {
            return Err(TeamError::Size { what: "bytes", found: text.len(), most: BYTES });
        }
        if !Self::is_one(text) {
            return Err(TeamError::Form(format!("its first line is not `{MARK}`")));
        }
        let raw: Raw = toml::from_str(text).map_err(|error| TeamError::Form(error.to_string()))?;
        let mut roles = BTreeMap::new();
        for (name, role) in raw.roles {
            let filling = match (role.agent, role.name, role.find) {
                (Some(digest), None, None) => Filling::Agent(digest),
                (None, Some(agent), None) => Filling::Named(agent),
                (None, None, Some(find)) => Filling::Capable { takes: find.takes, gives: find.gives },
                _ => {
                    return Err(TeamError::Form(format!(
                        "role `{name}` needs exactly one of `agent` (a digest), `name` (of an agent in the library) and \
                         `find` (what it takes and gives)"
                    )));
                }
            };
            let fuel = role.fuel.map(u64::try_from).transpose().map_err(|_| TeamError::Fuel(name.clone()))?;
            roles.insert(name, Role { filling, takes: role.takes, fuel });
        }
        Self { answer: raw.answer, roles }.checked()
    }

    /// The same, if it is sound.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn checked(self) -> Result<Self, TeamError> {
        if self.roles.len() > ROLES {
            return Err(TeamError::Size { what: "roles", found: self.roles.len(), most: ROLES });
        }
        let known = || self.roles.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        for (name, role) in &self.roles {
            if !is_name(name) || name == INPUT {
                return Err(TeamError::Name(name.clone()));
            }
            match &role.filling {
                Filling::Agent(digest) if !is_digest(digest) => {
                    return Err(TeamError::Digest { role: name.clone(), digest: digest.clone() });
                }
                Filling::Named(agent) if !is_name(agent) => return Err(TeamError::Name(agent.clone())),
                Filling::Capable { takes, gives } => {
                    if let Some(kind) = [takes, gives].into_iter().find(|kind| !is_name(kind)) {
                        return Err(TeamError::Name(kind.clone()));
                    }
                }
                Filling::Agent(_) | Filling::Named(_) => {}
            }
            if role.takes.is_empty() || role.takes.len() > SOURCES {
                return Err(TeamError::Form(format!("role `{name}` takes from 1 to {SOURCES} sources")));
            }
            if let Some(source) =
                role.takes.iter().find(|from| *from != INPUT && !self.roles.contains_key(*from))
            {
                let (role, source_name) = (name.clone(), source.clone());
                return Err(TeamError::Source { role, source_name, known: known() });
            }
            if role.fuel.is_some_and(|fuel| fuel == 0 || fuel > 1 << 60) {
                return Err(TeamError::Fuel(name.clone()));
            }
        }
        if !self.roles.contains_key(&self.answer) {
            let known = known();
            return Err(TeamError::Form(format!(
                "`answer` is `{}`, which is no role; roles are {known}",
                self.answer
            )));
        }
        self.waves()?;
        let heard = self.heard();
        match self.roles.keys().find(|name| !heard.contains(name.as_str())) {
            Some(idle) => Err(TeamError::Idle(idle.clone())),
            None => Ok(self),
        }
    }

    /// Roles in the order in which they can run: those of one wave wait for none of each other.
    ///
    /// # Errors
    /// [`TeamError::Cycle`].
    pub fn waves(&self) -> Result<Vec<Vec<&str>>, TeamError> {
        let mut waves = Vec::new();
        let mut done: BTreeSet<&str> = BTreeSet::new();
        while done.len() < self.roles.len() {
            let ready =
                |role: &Role| role.takes.iter().all(|from| from == INPUT || done.contains(from.as_str()));
            let wave: Vec<&str> = self
                .roles
                .iter()
                .filter(|(name, role)| !done.contains(name.as_str()) && ready(role))
                .map(|(name, _)| name.as_str())
                .collect();
            if wave.is_empty() {
                let waiting = self.roles.keys().filter(|name| !done.contains(name.as_str()));
                let names: Vec<String> = waiting.map(|name| format!("`{name}`")).collect();
                return Err(TeamError::Cycle(names.join(", ")));
            }
            done.extend(&wave);
            waves.push(wave);
        }
        Ok(waves)
    }

    /// The roles that the answer rests on.
    pub fn heard(&self) -> BTreeSet<&str> {
        let mut heard = BTreeSet::new();
        let mut next = vec![self.answer.as_str()];
        while let Some(name) = next.pop() {
            if let Some((name, role)) = self.roles.get_key_value(name)
                && heard.insert(name.as_str())
            {
                next.extend(role.takes.iter().filter(|from| *from != INPUT).map(String::as_str));
            }
        }
        heard
    }

    /// What each role may spend of `total`.
    ///
    /// # Errors
    /// [`TeamError::Budget`].
    pub fn budgets(&self, total: u64) -> Result<BTreeMap<&str, u64>, TeamError> {
        let stated = self.roles.values().filter_map(|role| role.fuel).fold(0_u64, u64::saturating_add);
        let free = self.roles.values().filter(|role| role.fuel.is_none()).count() as u64;
        if stated.saturating_add(free) > total {
            return Err(TeamError::Budget { asked: stated.saturating_add(free), most: total });
        }
        let share = (total - stated).checked_div(free).unwrap_or(0);
        Ok(self.roles.iter().map(|(name, role)| (name.as_str(), role.fuel.unwrap_or(share))).collect())
    }

    /// The digests of its members, each once; none if a role is not filled by a digest.
    pub fn members(&self) -> Option<BTreeSet<&str>> {
        self.roles
            .values()
            .map(|role| match &role.filling {
                Filling::Agent(digest) => Some(digest.as_str()),
                Filling::Named(_) | Filling::Capable { .. } => None,
            })
            .collect()
    }

    /// Every role filled by a digest, where `find` says whose.
    ///
    /// # Errors
    /// [`TeamError::Unfilled`].
    pub fn resolved(mut self, find: impl Fn(&Filling) -> Result<String, String>) -> Result<Self, TeamError> {
        for (name, role) in &mut self.roles {
            let digest = find(&role.filling).map_err(|help| TeamError::Unfilled {
                role: name.clone(),
                filling: role.filling.to_string(),
                help,
            })?;
            role.filling = Filling::Agent(digest);
        }
        self.checked()
    }

    /// Roles and edges: how large it is.
    pub fn size(&self) -> usize {
        self.roles.values().map(|role| 1 + role.takes.len()).sum()
    }

    /// The one text of this team.
    pub fn text(&self) -> String {
        // Names and digests hold nothing that TOML would want escaped.
        let mut text = format!("{MARK}\nanswer = \"{}\"\n", self.answer);
        for (name, role) in &self.roles {
            let filling = match &role.filling {
                Filling::Agent(digest) => format!("agent = \"{digest}\""),
                Filling::Named(agent) => format!("name = \"{agent}\""),
                Filling::Capable { takes, gives } => {
                    format!("find = {{ takes = \"{takes}\", gives = \"{gives}\" }}")
                }
            };
            let takes: Vec<String> = role.takes.iter().map(|from| format!("\"{from}\"")).collect();
            let _ = write!(text, "\n[roles.{name}]\n{filling}\ntakes = [{}]\n", takes.join(", "));
            if let Some(fuel) = role.fuel {
                let _ = writeln!(text, "fuel = {fuel}");
            }
        }
        text
    }
}

impl std::fmt::Display for Filling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(digest) => write!(f, "component {digest}"),
            Self::Named(name) => write!(f, "agent `{name}`"),
            Self::Capable { takes, gives } => write!(f, "whoever turns `{takes}` into `{gives}`"),
        }
    }
}

/// Whether a word can name a role, an agent or a kind of data.
pub fn is_name(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !word.is_empty()
        && word.len() <= NAME
        && word.chars().all(plain)
        && !word.starts_with('-')
        && !word.ends_with('-')
        && !word.contains("--")
}

fn is_digest(word: &str) -> bool {
    word.len() == 64 && word.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

#[cfg(test)]
mod tests;
