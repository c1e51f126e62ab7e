//! Settings: what a search is asked for, and by whom its candidates are made. Part of a run's first event, so of what it is a function of.

use crate::model::Named;
use serde::{Deserialize, Serialize};

/// How a run searches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Search {
    /// Everything random follows from it.
    pub seed: u64,
    /// Candidates to try before the winner is minimised and judged.
    pub candidates: u64,
    /// Candidates proposed from one state of the archive.
    pub batch: u64,
    /// Populations that meet only by migration.
    pub islands: u64,
    /// Batches that are at work, at most, while the next one is proposed: it sees nothing of them. In the first
    /// batches fewer are, see [`Search::ahead_of`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ahead: u64,
    /// Candidates to try while minimising.
    pub minimise: u64,
    /// Who leads, and who proposes.
    #[serde(default, skip_serializing_if = "Generator::is_mutate")]
    pub generator: Generator,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Who makes candidates: whoever leads asks whoever proposes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Generator {
    /// Digest of the component of the improver that leads; none: the host's own search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub improver: Option<String>,
    /// sha256 of the source that the run starts from, or that the improver is given; none: the task's seed agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// sha256 of the roster of agents that teams are made of, where candidates are teams; none: candidates are programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<String>,
    /// The language models that propose; none: `mutate` does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Named>,
}

impl Generator {
    /// The default: the host's own search, and `mutate`.
    pub fn is_mutate(&self) -> bool {
        *self == Self::default()
    }

    /// Who it was, for the record; nothing of `mutate`.
    pub fn words(&self) -> Vec<String> {
        let led = self.improver.iter().map(|digest| format!("led by improver sha256:{digest}"));
        let models = self.models.iter();
        let teams = self.roster.iter().map(|digest| format!("teams of roster sha256:{digest}"));
        led.chain(teams)
            .chain(models.map(|model| format!("proposed by model {} ({})", model.name, model.id)))
            .collect()
    }

    /// In one word: `mutate`, `improver` or `model`.
    pub fn word(&self) -> &'static str {
        match (&self.improver, self.models.as_slice()) {
            (Some(_), _) => "improver",
            (None, []) => "mutate",
            (None, _) => "model",
        }
    }
}

impl Search {
    /// Batches that are at work while this one is proposed: none before the first four, one before the next four, and so on
    /// up to `ahead`. A short run learns from each of its batches.
    pub fn ahead_of(&self, batch: u64) -> u64 {
        self.ahead.min(batch / 4)
    }

    /// Settings that no run has: a journal may come from anywhere, and all of these are allocated or looped over.
    ///
    /// # Errors
    /// The name of the setting and the most it may be.
    pub fn check(&self) -> Result<(), String> {
        for (name, value, most) in [
            ("candidates", self.candidates, 1 << 40),
            ("batch", self.batch, 4096),
            ("islands", self.islands, 4096),
            ("ahead", self.ahead, 64),
            ("minimise", self.minimise, 1 << 40),
        ] {
            if value > most {
                return Err(format!("`{name}` is {value}, at most {most} can be asked for"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_mutate_says_nothing_of_models_and_one_of_models_names_them() {
        let mutate = Generator::default();
        assert_eq!(serde_json::to_string(&mutate).unwrap(), "{}");
        assert_eq!((mutate.word(), mutate.words()), ("mutate", Vec::new()));
        let model = Named { name: "fast".into(), id: "tiny-1b".into(), max_tokens: 9, temperature: 0.1 };
        let models = Generator { models: vec![model], ..mutate };
        assert_eq!(models.word(), "model");
        assert_eq!(models.words(), ["proposed by model fast (tiny-1b)"]);
        let led = Generator { improver: Some("ab".into()), ..models };
        assert_eq!(led.word(), "improver");
        assert_eq!(led.words().len(), 2);
        let text = serde_json::to_string(&led).unwrap();
        assert_eq!(serde_json::from_str::<Generator>(&text).unwrap(), led);
    }

    #[test]
    fn batches_fly_ahead_slowly_at_first_and_never_by_more_than_asked() {
        let search = |ahead| Search {
            seed: 1,
            candidates: 1,
            batch: 1,
            islands: 1,
            ahead,
            minimise: 0,
            generator: Generator::default(),
        };
        let ahead = |most: u64| (0..13).map(|batch| search(most).ahead_of(batch)).collect::<Vec<_>>();
        assert_eq!(ahead(2), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        assert_eq!(ahead(0), [0; 13]);
        assert_eq!(search(u64::MAX).ahead_of(u64::MAX), u64::MAX / 4);
    }

    #[test]
    fn settings_that_no_run_has_are_refused_by_name() {
        let search = Search {
            seed: u64::MAX,
            candidates: 12_000,
            batch: 32,
            islands: 5,
            ahead: 2,
            minimise: 3000,
            generator: Generator::default(),
        };
        assert_eq!(search.check(), Ok(()));
        for (vast, name) in [
            (Search { candidates: u64::MAX, ..search.clone() }, "`candidates`"),
            (Search { batch: 4097, ..search.clone() }, "`batch`"),
            (Search { islands: 1 << 60, ..search.clone() }, "`islands`"),
            (Search { minimise: u64::MAX, ..search.clone() }, "`minimise`"),
            (Search { ahead: 65, ..search.clone() }, "`ahead`"),
        ] {
            let why = vast.check().unwrap_err();
            assert!(why.starts_with(name), "{why}");
        }
    }
}
