//! Events: everything that happens in a run, in the order in which it counts.
//!
//! A run is its journal. Population, archive, counters and the promoted version are folds over these
//! events; none holds a time, a path of this machine, or anything that depends on scheduling, so two runs
//! with one seed write the same bytes. The journal's version rule: a reader refuses what it does not know.

use crate::model::{Named, Spend};
use crate::promote::Decision;
use sandbox::protocol::EngineIdentity;
use sandbox::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The journal format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// One line of a run's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
pub enum Event {
    /// First line: everything that a run is a function of.
    Started(Box<Started>),
    /// The seed agent or a reference agent, evaluated on the train cases.
    Reference(Reference),
    /// One candidate: where it came from and what became of it.
    Candidate(Box<Candidate>),
    /// The archive's best, compared on cases that selection never saw; the first is chosen.
    Selected(Selected),
    /// The winner goes before the gates. What it finds beyond `log_size` in the library is its own.
    Judging(Box<Judging>),
    /// What the gates said.
    Decided(Box<Decision>),
    /// The improver that leads is done with one round. If none of its rounds had a program to show, the run ends there.
    Returned(Returned),
    /// A model's opinion of a candidate that came to the top. Nobody can find it out again, and no gate rests on it.
    Opinion(Opinion),
    /// Somebody wanted the search to end here, short of its candidates: what is best so far is judged.
    Finish {
        /// Candidates of the search until here.
        candidates: u64,
    },
}

/// How one round of an improver that leads ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "returned", deny_unknown_fields)]
pub enum Returned {
    /// With a program, which is this candidate.
    Program {
        /// Its number.
        candidate: u64,
    },
    /// With something that can't be judged: no program of the task, or its own word that it can't.
    Nothing {
        /// Why, capped.
        words: String,
    },
    /// Otherwise.
    Failed {
        /// How.
        verdict: Verdict,
    },
}

impl Returned {
    /// What came of a run in whose rounds, given here in order, no program was returned: there is nothing to ask the gates
    /// about, and the run is over.
    pub fn nothing<'a>(mut rounds: impl Iterator<Item = &'a Self>) -> Option<&'a Self> {
        // A round without a program is the last one. If it is the first as well, none had one.
        rounds.next().filter(|first| !matches!(first, Self::Program { .. }))
    }
}

/// What a run is a function of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Started {
    /// [`FORMAT`].
    pub format: u32,
    /// The name under which agents of this task and class are kept.
    pub agent: String,
    /// The channel in which the winner would be current.
    pub channel: String,
    /// The task's digest and, part by part, what went into it.
    pub task: String,
    /// Part → digest, so that a resume can say what changed.
    pub task_parts: BTreeMap<String, String>,
    /// The class of the task, if it has classes.
    pub class: Option<String>,
    /// The search's own settings.
    pub search: Search,
    /// Identity of the guest toolchain, and its version line.
    pub toolchain: String,
    /// e.g. `rustc 1.96.0 (…)`.
    pub compiler: String,
    /// Identity of the engine that evaluates.
    pub engine: EngineIdentity,
    /// This program's version.
    pub host: String,
    /// sha256 over the train cases.
    pub train_cases: String,
}

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

/// An agent that came with the task, measured on the train cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reference {
    /// File name in the task folder.
    pub name: String,
    /// Digest of its component.
    pub component: String,
    /// Its mean score and cost.
    pub measured: Measured,
}

/// One candidate of the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Candidate {
    /// 0 is the seed agent; proposals count from 1.
    pub id: u64,
    /// Search or minimisation.
    pub phase: Phase,
    /// The island it was made for.
    pub island: u64,
    /// Whose source it came from, the first the one that was edited.
    pub parents: Vec<u64>,
    /// Names of the edits, or who wrote it.
    pub operators: Vec<String>,
    /// The model that wrote it, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Digests of the exchanges that it rests on: the proposal `{id}/0` and, if there was one, the repair `{id}/1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<String>,
    /// What these cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spend: Option<Spend>,
    /// The whole source text. Empty if a model's answer held no program.
    pub source: String,
    /// What became of it.
    pub fate: Fate,
}

/// Why a candidate was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// To find something better.
    Search,
    /// To find something as good and smaller.
    Minimise,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fate", deny_unknown_fields)]
pub enum Fate {
    /// The source did not become a component.
    Rejected {
        /// `diagnostics`, `compiler-died`, `timed-out`, `world` or `source`; or why a model's answer held no program.
        kind: String,
        /// The compiler's words, capped.
        words: String,
    },
    /// Its component is one that was judged before.
    Duplicate {
        /// The candidate that was judged.
        of: u64,
    },
    /// Every train case was scored.
    Scored {
        /// Digest of the component.
        component: String,
        /// Means and costs.
        measured: Measured,
        /// Mean score over a cascade's first stage, where the task has one ([`crate::task::Mutate::cascade`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<f64>,
    },
    /// It can no longer get where it must, so the other train cases were not tried (see [`crate::evaluate::race`]).
    Pruned {
        /// Digest of the component.
        component: String,
        /// Cases after which it was clear.
        cases: u64,
        /// The best mean score that was still possible then.
        best: f64,
    },
    /// On a cascade's first stage it did worse than every elite of its island, so the other train cases were not tried.
    Eliminated {
        /// Digest of the component.
        component: String,
        /// Cases of that stage.
        cases: u64,
        /// Mean score over them.
        score: f64,
    },
    /// Some case was not scored; the first such verdict.
    Failed {
        /// Digest of the component.
        component: String,
        /// Index of the train case.
        case: u64,
        /// How it ended.
        verdict: Verdict,
        /// Last words, capped: what a panic left in the log.
        log: String,
    },
}

impl Fate {
    /// What depended on the machine and its load, if this did: nobody can find it out again.
    pub fn environmental(&self) -> Option<&'static str> {
        match self {
            Self::Failed { verdict, .. } if verdict.is_environmental() => Some(verdict.name()),
            Self::Rejected { kind, .. } if kind == "timed-out" => Some("timed-out"),
            _ => None,
        }
    }
}

impl Event {
    /// The event's name, as it stands in a journal.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Reference(_) => "reference",
            Self::Candidate(_) => "candidate",
            Self::Selected(_) => "selected",
            Self::Judging(_) => "judging",
            Self::Decided(_) => "decided",
            Self::Returned(_) => "returned",
            Self::Opinion(_) => "opinion",
            Self::Finish { .. } => "finish",
        }
    }
}

/// An evaluation in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Measured {
    /// Mean score over the cases, in the task's unit.
    pub score: f64,
    /// Means of the evaluator's named metrics.
    pub metrics: BTreeMap<String, f64>,
    /// Fuel over all cases.
    pub fuel: u64,
    /// Largest memory of any case, in bytes.
    pub memory_bytes: u64,
    /// sha256 over the per-case results: verdicts, fuel, memory.
    pub results: String,
}

/// What a model thinks of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Opinion {
    /// The candidate.
    pub candidate: u64,
    /// The model's name.
    pub model: String,
    /// Digest of the exchange `{id}/opinion`.
    pub exchange: String,
    /// 0 to 10; none if the answer held no number.
    pub opinion: Option<f64>,
}

/// The finalists on fresh cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Selected {
    /// (candidate, mean score), best first.
    pub finalists: Vec<(u64, f64)>,
}

/// The winner, on its way to the gates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Judging {
    /// The candidate.
    pub candidate: u64,
    /// Digest of its component, compiled alone.
    pub component: String,
    /// What that came to on the train cases; none if not every case was scored.
    pub measured: Option<Measured>,
    /// Leaves in the library's log before anything of this run was added.
    pub log_size: u64,
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
