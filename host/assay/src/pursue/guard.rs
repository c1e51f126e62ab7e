//! Guards: whether one more agent may be made.
//!
//! One pure function over the goal's bounds and what the journal remembers, asked before every search. What it refuses, and why, is an
//! event; what waits for a person is another.

use super::goal::Goal;
use super::memory::Memory;

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// A bound of the goal.
    Quota {
        /// Its name in the goal's file.
        guard: &'static str,
        /// What there is, and what there may be.
        words: String,
    },
    /// A person is to be asked.
    Person {
        /// What about.
        what: String,
    },
}

/// An agent that somebody wants made.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its name.
    pub agent: &'a str,
    /// What it returns.
    pub gives: &'a str,
    /// Agents of the catalogue in use and not retired.
    pub alive: u64,
    /// Whether it is one of them.
    pub there: bool,
    /// Whether any of them gives the same.
    pub able: bool,
    /// Nobody needs it yet.
    pub ahead: bool,
}

/// Whether it may be made.
///
/// # Errors
/// The first of the goal's bounds that it would pass, in the order of the file; then the person's policy.
pub fn may_make(goal: &Goal, memory: &Memory, wanted: Wanted<'_>) -> Result<(), Hindrance> {
    let quotas = &goal.quotas;
    let now = &memory.now;
    let made = now.made.values().sum::<u64>();
    let of_agent = now.made.get(wanted.agent).copied().unwrap_or(0);
    let alive = wanted.alive + u64::from(!wanted.there);
    let bounds = [
        ("depth", 1, quotas.depth, "a maker of agents would be nested so deep"),
        ("agents", made + 1, quotas.agents, "agents would have been made for this goal"),
        (
            "explore",
            now.ahead + u64::from(wanted.ahead),
            quotas.explore,
            "agents would have been made ahead of need",
        ),
        ("total", memory.total + 1, quotas.total, "agents would have been made in all"),
        ("alive", alive, quotas.alive, "agents would be in use"),
        ("lineage", of_agent + 1, quotas.lineage, "searches would have been made for this one agent"),
        (
            "all-candidates",
            now.candidates.0 + quotas.candidates,
            quotas.all_candidates,
            "candidates would have been tried",
        ),
    ];
    for (guard, would, most, words) in bounds {
        if would > most {
            let words = format!("{would} {words}, and quotas.{guard} is {most}");
            return Err(Hindrance::Quota { guard, words });
        }
    }
    let ask = |what: String| match now.allowed.contains(&what) {
        true => Ok(()),
        false => Err(Hindrance::Person { what }),
    };
    if goal.ask.capability && !wanted.able {
        ask(format!("capability {}", wanted.gives))?;
    }
    match goal.ask.growth {
        Some(most) if alive > most && !wanted.there => ask(format!("growth {alive}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pursue::goal::{Policy, Quotas};

    fn goal() -> Goal {
        Goal {
            name: "g".into(),
            words: String::new(),
            task: "t".into(),
            tasks: ".".into(),
            input: None,
            held_out: Vec::new(),
            quotas: Quotas::default(),
            ask: Policy::default(),
            guards: Vec::new(),
            digest: String::new(),
        }
    }

    const WANTED: Wanted<'static> =
        Wanted { agent: "a", gives: "table", alive: 3, there: false, able: false, ahead: false };

    fn memory() -> Memory {
        let mut memory = Memory::default();
        memory.now.made = [("a".to_owned(), 1), ("b".to_owned(), 2)].into();
        memory.now.candidates = (144, 144);
        memory.total = 7;
        memory
    }

    #[test]
    fn every_quota_bites_at_its_bound_and_not_before() {
        assert_eq!(may_make(&goal(), &memory(), WANTED), Ok(()));
        type Set = fn(&mut Quotas);
        let cases: [(&str, Set, Set); 7] = [
            ("depth", |q| q.depth = 1, |q| q.depth = 0),
            ("agents", |q| q.agents = 4, |q| q.agents = 3),
            ("explore", |q| q.explore = 1, |q| q.explore = 0),
            ("total", |q| q.total = 8, |q| q.total = 7),
            ("alive", |q| q.alive = 4, |q| q.alive = 3),
            ("lineage", |q| q.lineage = 2, |q| q.lineage = 1),
            ("all-candidates", |q| q.all_candidates = 192, |q| q.all_candidates = 191),
        ];
        let wanted = Wanted { ahead: true, ..WANTED };
        for (name, enough, short) in cases {
            let mut goal = goal();
            enough(&mut goal.quotas);
            assert_eq!(may_make(&goal, &memory(), wanted), Ok(()), "{name}");
            short(&mut goal.quotas);
            let refused = may_make(&goal, &memory(), wanted).unwrap_err();
            let Hindrance::Quota { guard, words } = refused else { panic!("{name}") };
            assert_eq!(guard, name);
            assert!(words.contains(&format!("quotas.{name} is")), "{words}");
        }
    }

    #[test]
    fn a_person_is_asked_once_about_each_thing() {
        let mut goal = goal();
        goal.ask = Policy { capability: true, growth: Some(3) };
        let mut memory = memory();
        let what = |memory: &Memory, wanted| match may_make(&goal, memory, wanted) {
            Err(Hindrance::Person { what }) => what,
            other => format!("{other:?}"),
        };
        assert_eq!(what(&memory, WANTED), "capability table");
        memory.now.allowed.insert("capability table".into());
        assert_eq!(what(&memory, WANTED), "growth 4");
        memory.now.allowed.insert("growth 4".into());
        assert_eq!(may_make(&goal, &memory, WANTED), Ok(()));
        assert_eq!(what(&memory, Wanted { alive: 4, ..WANTED }), "growth 5");
        let better = Wanted { there: true, able: true, alive: 9, ..WANTED };
        assert_eq!(may_make(&goal, &memory, better), Ok(()), "a better version is no growth");
    }
}
