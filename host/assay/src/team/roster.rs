//! The roster: the agents that a team's roles may be filled with, and what each of them turns into what.
//!
//! Fixed when a run begins and kept with it, so that a resume or a replay chooses among the same ones whatever the library
//! has come to hold meanwhile.

use super::document::{Filling, TeamError};
use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most agents that a run chooses from.
pub const MOST: usize = 256;

/// An agent that may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Member {
    /// Name in the library.
    pub name: String,
    /// sha256 of its component, hex.
    pub component: String,
    /// It is what the name stands for at present.
    pub current: bool,
    /// Kind of data that it is given, where its task declares one.
    pub takes: Option<String>,
    /// Kind of data that it returns.
    pub gives: Option<String>,
}

/// Agents in one order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roster(Vec<Member>);

impl Roster {
    /// Of these agents: those that are current first.
    pub fn new(mut members: Vec<Member>) -> Self {
        members.sort_by(|a, b| b.current.cmp(&a.current).then_with(|| a.cmp(b)));
        members.dedup();
        Self(members)
    }

    /// All of it, if that is at most [`MOST`]; if not, without versions that are neither current nor among `needed`, by the
    /// digests of their components.
    ///
    /// # Errors
    /// Those are too many as well.
    pub fn at_most(&self, needed: &BTreeSet<&str>) -> Result<Self, TeamError> {
        let mut members = self.0.clone();
        if members.len() > MOST {
            members.retain(|member| member.current || needed.contains(member.component.as_str()));
        }
        match members.len() {
            found if found > MOST => {
                Err(TeamError::Size { what: "agents to choose from", found, most: MOST })
            }
            _ => Ok(Self(members)),
        }
    }

    /// All of them.
    pub fn members(&self) -> &[Member] {
        &self.0
    }

    /// The agent with this component.
    pub fn of(&self, component: &str) -> Option<&Member> {
        self.0.iter().find(|member| member.component == component)
    }

    /// Those that turn one kind of data into another.
    pub fn capable<'a>(&'a self, takes: &'a str, gives: &'a str) -> impl Iterator<Item = &'a Member> {
        self.0.iter().filter(move |member| {
            member.takes.as_deref() == Some(takes) && member.gives.as_deref() == Some(gives)
        })
    }

    /// The digest of whoever fills a role best: whom it names, or the first that is current.
    ///
    /// # Errors
    /// What could be done about it.
    pub fn find(&self, filling: &Filling) -> Result<String, String> {
        let digest = |member: Option<&Member>, help: &str| {
            member.map(|member| member.component.clone()).ok_or_else(|| help.to_owned())
        };
        let current = |member: &&Member| member.current;
        match filling {
            Filling::Agent(component) => {
                digest(self.of(component), "name an agent of the library (`assay library list`)")
            }
            Filling::Named(name) => digest(
                self.0.iter().find(|member| member.current && member.name == *name),
                "`assay library list` shows what there is; `assay improve` makes more",
            ),
            Filling::Capable { takes, gives } => digest(
                self.capable(takes, gives).find(current),
                "a task declares what its agents take and give under [catalogue]; `assay improve` makes an agent of it",
            ),
        }
    }

    /// sha256 over its canonical text, hex.
    pub fn digest(&self) -> String {
        // Plain structs always have a JSON form.
        sha256(serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, digit: &str, current: bool) -> Member {
        let (takes, gives) = (Some("raw".into()), Some(format!("{name}-form")));
        Member { name: name.into(), component: digit.repeat(64), current, takes, gives }
    }

    #[test]
    fn who_is_current_fills_a_role_and_who_was_can_be_named_by_digest() {
        let roster =
            Roster::new(vec![member("a", "1", false), member("a", "2", true), member("b", "3", true)]);
        let find = |filling| roster.find(&filling);
        assert_eq!(find(Filling::Named("a".into())), Ok("2".repeat(64)));
        assert_eq!(find(Filling::Agent("1".repeat(64))), Ok("1".repeat(64)));
        let capable = |gives: &str| Filling::Capable { takes: "raw".into(), gives: gives.into() };
        assert_eq!(find(capable("b-form")), Ok("3".repeat(64)));
        assert!(find(capable("c-form")).unwrap_err().contains("[catalogue]"));
        assert!(find(Filling::Agent("9".repeat(64))).unwrap_err().contains("library list"));
    }

    #[test]
    fn a_roster_is_in_one_order_whatever_order_it_came_in() {
        let (a, b) = (member("a", "1", true), member("b", "2", false));
        let one = Roster::new(vec![a.clone(), b.clone()]);
        let other = Roster::new(vec![b.clone(), a, b]);
        assert_eq!(one, other);
        assert_eq!(one.digest(), other.digest());
    }

    #[test]
    fn of_too_many_agents_old_versions_go_unless_the_team_has_them() {
        let many = |current| (0..=MOST).map(move |i| member(&format!("n{i}"), "1", current));
        let mut members: Vec<Member> = many(false).collect();
        members.extend([member("a", "2", false), member("b", "3", true)]);
        let (two, three) = ("2".repeat(64), "3".repeat(64));
        let kept = Roster::new(members).at_most(&BTreeSet::from([two.as_str()])).unwrap();
        let kept: Vec<&str> = kept.members().iter().map(|member| member.component.as_str()).collect();
        assert_eq!(kept, [three, two]);
        let too_many = Roster::new(many(true).collect()).at_most(&BTreeSet::new());
        assert!(matches!(too_many, Err(TeamError::Size { .. })));
    }
}
