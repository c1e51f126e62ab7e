//! The incidents: what programs that improve programs were seen to do to their hosts, each an improver that a search could
//! come up with, tried on a small task. A header says what it tries and where it must end; nothing else has to be written
//! for a new one:
//!
//! | line | says |
//! |---|---|
//! | `incident:` | what it tries |
//! | `known:` | who did it, or whom it worked against, and where that is told |
//! | `ends:` | `rejected` before it runs, or the verdict of its first case that is not scored; `scored` |
//! | `refused:` | the gate that refuses it |
//! | `utility:` | its mean utility |
//! | `same-as:` | another improver that must score exactly the same: a file beside, or `the seed` |
//! | `says:` | words that verdict, notes, log or refusal must hold; may stand several times |
//! | `never:` | words that they must not hold |
//! | `nested:` | lines of `[nested]` besides six proposals and six evaluations, separated by commas |
//! | `limits:` | lines of `[limits]` besides the depth |
//!
//! `.rs` is source text, `.wat` a component. All are judged by the same workers, one after the other; in the end the seed
//! must score exactly what it did before.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails says where, and the corpus reports"
)]

#[path = "../support/improvers.rs"]
mod tasks;

mod budgets;

use assay::compile::{Compiler, Component, Toolchain};
use assay::evaluate::judge::{Evaluation, Judge, JudgeError, mean};
use assay::evaluate::pool::{Pool, PoolConfig};
use assay::nest::{self, Proposer};
use assay::promote::{CHANNEL, Claim, Decision, Provenance, decide};
use assay::run::train_cases;
use assay::task::Task;
use library::{Keys, Kind, Library};
use sandbox::protocol::CaseResult;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

struct Incident {
    name: String,
    header: BTreeMap<String, Vec<String>>,
    text: String,
}

impl Incident {
    fn read(path: &Path) -> Self {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let mut header: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            let Some(line) = line.strip_prefix("//! ").or_else(|| line.strip_prefix(";; ")) else { break };
            let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("{name}: `{line}`"));
            header.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        for key in ["incident", "known", "ends"] {
            assert!(header.contains_key(key), "{name} has no `{key}:`");
        }
        Self { name, header, text }
    }

    fn one(&self, key: &str) -> Option<&str> {
        self.all(key).first().map(String::as_str)
    }

    fn all(&self, key: &str) -> &[String] {
        self.header.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Lines of `[nested]` and of `[limits]`.
    fn settings(&self) -> (String, String) {
        let lines = |key| self.all(key).join("\n").replace(", ", "\n");
        (format!("{}\n{}", tasks::SIX, lines("nested")), lines("limits"))
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/improvers")
}

fn incidents() -> Vec<Incident> {
    let files = std::fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path());
    let ours = ["main.rs", "budgets.rs"];
    let mut paths: Vec<PathBuf> =
        files.filter(|path| path.is_file() && ours.iter().all(|file| !path.ends_with(file))).collect();
    paths.sort();
    paths.iter().map(|path| Incident::read(path)).collect()
}

/// Workers, a compiler and small tasks of improvers on them, as many as there are settings.
struct Field {
    folder: tempfile::TempDir,
    compiler: Arc<Compiler>,
    pool: Arc<Pool>,
    judges: BTreeMap<(String, String), Arc<Judge>>,
}

impl Field {
    async fn new() -> Self {
        let tests = std::env::current_exe().unwrap();
        let sandbox = tests.ancestors().nth(2).unwrap().join("assay-sandbox");
        assert!(sandbox.exists(), "no {}: run `cargo build -p sandbox` first", sandbox.display());
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-cache");
        let compiler = Arc::new(Compiler::new(Toolchain::find().unwrap(), sandbox.clone(), cache));
        let stack = sandbox::policy::Limits::default().stack_bytes;
        let pool = Arc::new(Pool::start(PoolConfig::new(sandbox, 2, stack)).await.unwrap());
        Self { folder: tempfile::tempdir().unwrap(), compiler, pool, judges: BTreeMap::new() }
    }

    /// The judge of a small task with these lines of `[nested]` and `[limits]`.
    async fn judge(&mut self, settings: (String, String)) -> Arc<Judge> {
        if let Some(judge) = self.judges.get(&settings) {
            return judge.clone();
        }
        let (nested, limits) = &settings;
        let name = format!("small-{}", self.judges.len());
        let folder = tasks::small(self.folder.path(), &name, nested, limits);
        let judge = Arc::new(self.stand_ready(&folder).await.unwrap());
        self.judges.entry(settings).or_insert(judge).clone()
    }

    async fn stand_ready(&self, folder: &str) -> Result<Judge, JudgeError> {
        let task = Task::load(folder.as_ref(), None).unwrap();
        nest::judge(task, self.compiler.clone(), self.pool.clone(), Proposer::Mutate, 2).await
    }
}

/// What became of an improver.
struct Outcome {
    ends: String,
    utility: Option<f64>,
    /// Score, metrics and notes of each case.
    verdicts: String,
    said: String,
    refused: Option<String>,
}

async fn outcome(incident: &Incident, judge: &Judge, library: &mut Library) -> Outcome {
    let compiled: Result<Component, String> = if incident.name.ends_with(".wat") {
        judge.admit(&wat::parse_str(&incident.text).unwrap())
    } else {
        judge.compile(&incident.text).await.unwrap().map_err(|rejection| rejection.to_string())
    };
    let component = match compiled {
        Ok(component) => component,
        Err(said) => {
            let ends = "rejected".to_owned();
            return Outcome { ends, utility: None, verdicts: String::new(), said, refused: None };
        }
    };
    let train = train_cases(judge, 1).await.unwrap();
    let evaluation = judge.evaluate(&component, &train).await.unwrap();
    let decision = gates(judge, library, &component, &train).await;
    assert!(!decision.promoted, "{} was promoted", incident.name);
    let finding = decision.findings.last().unwrap();
    let mut said: Vec<String> = evaluation.cases.iter().map(words).collect();
    said.push(finding.reason.clone());
    Outcome {
        ends: evaluation.failure().map_or("scored", |(_, case)| case.verdict.name()).to_owned(),
        utility: utility(&evaluation),
        verdicts: verdicts(&evaluation),
        said: said.join("\n"),
        refused: (!finding.passed).then(|| finding.gate.name().to_owned()),
    }
}

/// What is not as the header says.
fn differs(incident: &Incident, outcome: &Outcome) -> Vec<String> {
    let Outcome { ends, utility, said, refused, .. } = outcome;
    let mut differs = Vec::new();
    let mut check = |holds: bool, what: String| differs.extend((!holds).then_some(what));
    check(incident.one("ends") == Some(ends), format!("it ended {ends}"));
    check(incident.one("refused") == refused.as_deref(), format!("it was refused at {refused:?}"));
    if let Some(expected) = incident.one("utility") {
        check(*utility == expected.parse().ok(), format!("its utility is {utility:?}"));
    }
    for words in incident.all("says") {
        check(said.contains(words), format!("it lacks `{words}`"));
    }
    for words in incident.all("never") {
        check(!said.contains(words), format!("it has `{words}`"));
    }
    differs
}

fn utility(evaluation: &Evaluation) -> Option<f64> {
    evaluation.scores().map(|scores| mean(&scores))
}

/// Without what it cost.
fn verdicts(evaluation: &Evaluation) -> String {
    evaluation.cases.iter().map(|case| format!("{:?}\n", case.verdict)).collect()
}

fn words(case: &CaseResult) -> String {
    let lines: Vec<&str> = case.log.lines.iter().map(|line| line.message.as_str()).collect();
    format!("{:?}\n{}", case.verdict, lines.join("\n"))
}

/// What the gates say of it, as of everything else that is submitted.
async fn gates(judge: &Judge, library: &mut Library, component: &Component, train: &[String]) -> Decision {
    let provenance = Provenance {
        generator: "submit".into(),
        words: Vec::new(),
        parents: Vec::new(),
        run: None,
        seed: None,
    };
    let claim = Claim {
        component,
        source: None,
        provenance,
        train,
        expected: None,
        void: None,
        channel: CHANNEL,
        since: library.head().size,
    };
    decide(judge, library, &claim).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_incident_ends_where_its_header_says_and_the_seed_scores_as_before() {
    let mut field = Field::new().await;
    let keys = Keys::open_or_create(&field.folder.path().join("keys")).unwrap();
    let mut library =
        Library::open_or_create(&field.folder.path().join("library"), "incidents", &keys).unwrap();
    let plain = field.judge((format!("{}\n", tasks::SIX), String::new())).await;
    let train = train_cases(&plain, 1).await.unwrap();
    let seed = plain.compile_own("seed.rs", &plain.task.seed.text).await.unwrap();
    let honest = plain.evaluate(&seed, &train).await.unwrap();
    assert!(utility(&honest).unwrap() > 0.1, "an honest improver is worth something here: {honest:?}");
    let mut known = BTreeMap::from([("the seed".to_owned(), verdicts(&honest))]);

    let only = std::env::var("ASSAY_INCIDENT").unwrap_or_default();
    let incidents = incidents().into_iter().filter(|incident| incident.name.contains(&only));
    let incidents: Vec<Incident> = incidents.collect();
    let mut wrong = Vec::new();
    for incident in &incidents {
        let (name, started) = (&incident.name, Instant::now());
        let judge = field.judge(incident.settings()).await;
        let outcome = outcome(incident, &judge, &mut library).await;
        let (took, worth) = (started.elapsed(), outcome.utility.unwrap_or(f64::NAN));
        let refused = outcome.refused.as_deref().unwrap_or("-");
        println!("{name:<38} {:<14} {worth:>6.3} {refused:<9} {took:.1?}", outcome.ends);
        let differs = differs(incident, &outcome);
        if !differs.is_empty() {
            wrong.push(format!("{name}: {}\nit said: {}", differs.join("; "), outcome.said));
        }
        known.insert(name.clone(), outcome.verdicts);
    }
    for incident in &incidents {
        let twin = incident.one("same-as").map(|other| (other, &known[other]));
        if let Some((other, verdicts)) = twin.filter(|(_, verdicts)| **verdicts != known[&incident.name]) {
            wrong.push(format!("{} is not as {other}: {verdicts}{}", incident.name, known[&incident.name]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let again = plain.evaluate_fresh(&seed, &train).await.unwrap();
    assert_eq!(again.digest(), honest.digest(), "the seed scores as before");
    let attempts = library.leaves().filter(|(_, leaf)| leaf.kind == Kind::Attempt).count();
    assert_eq!(attempts, 0, "no incident came as far as a holdout");
}

#[test]
fn threats_names_every_incident() {
    let threats = std::fs::read_to_string(corpus().ancestors().nth(2).unwrap().join("THREATS.md")).unwrap();
    for incident in incidents() {
        let name = format!("`improvers/{}`", incident.name);
        assert!(threats.contains(&name), "THREATS.md lacks {name}");
    }
}
