//! The corpus of attacks: every file below `source/`, `component/` and `running/` is one, aimed at the task in `task/`.
//!
//! A header states what it is and how it must end; nothing else has to be written for a new one:
//!
//! | line | says |
//! |---|---|
//! | `row:` | the row of THREATS.md |
//! | `attack:` | what it tries |
//! | `verdict:` | `rejected`, or the name of the verdict; `scored` if it only costs itself |
//! | `key:` | the key of the policy that it trips |
//! | `limits:` | lines of `[limits]` that it is run under, separated by commas |
//! | `grants:` | what the task grants its agents: `wasi` |
//! | `asks:` | an instance that it imports and whose `score` the host answers with an evaluation of the attack itself |
//! | `says:` | words that the answer must hold |
//! | `never:` | words that the answer must not hold |
//! | `seconds:` | how long it may take, if more than 10 |
//!
//! `.rs` is source text, `.wat` a component or a core module of the task's world, `.hex` bytes. `{{N|text}}` stands for
//! N times the text, `%` in it for 0 … N − 1.
//!
//! After each attack the same workers judge the honest agent, which must score what it did before; no scratch folder is
//! left, no file beside has changed, and no process took more memory than [`MEMORY_KIB`].
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails says where, and the corpus reports"
)]

mod hostile;
mod threats;

use assay::compile::{CompileLimits, Compiler, Component, Toolchain};
use assay::evaluate::judge::{Evaluation, Judge};
use assay::evaluate::native::Program;
use assay::evaluate::pool::{Call, Handler, Pool, PoolConfig};
use assay::task::Task;
use sandbox::policy::Limits;
use sandbox::protocol::{Account, CaseResult, Grants, HostCall};
use sandbox::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Peak resident memory of any worker or compiler.
const MEMORY_KIB: u64 = 2 << 20;

struct Attack {
    name: String,
    header: BTreeMap<String, Vec<String>>,
    body: String,
    kind: String,
}

impl Attack {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut header: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            let Some(line) = line.strip_prefix("//! ").or_else(|| line.strip_prefix(";; ")) else { break };
            let (key, value) =
                line.split_once(": ").unwrap_or_else(|| panic!("{}: `{line}`", path.display()));
            header.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let kind = path.extension().unwrap().to_string_lossy().into_owned();
        for key in ["row", "attack", "verdict"] {
            assert!(header.contains_key(key), "{name} has no `{key}:`");
        }
        Self { name, header, body: expand(&text), kind }
    }

    fn one(&self, key: &str) -> Option<&str> {
        self.header.get(key).and_then(|values| values.first()).map(String::as_str)
    }

    fn all(&self, key: &str) -> &[String] {
        self.header.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// `{{N|text}}`.
fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((count, after)) = after.split_once('|') else { break };
        let Ok(count) = count.parse::<usize>() else { break };
        let (repeated, after) = after.split_once("}}").expect("`}}` after `{{N|`");
        out.push_str(before);
        for index in 0..count {
            out.push_str(&repeated.replace('%', &index.to_string()));
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The corpus' folder.
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/attacks")
}

fn attacks() -> Vec<Attack> {
    let mut paths: Vec<PathBuf> = ["source", "component", "running"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(corpus().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| Attack::read(path)).collect()
}

/// A folder with the task under other limits, and a file that nobody may touch.
struct Field {
    folder: tempfile::TempDir,
    compiler: Arc<Compiler>,
    pools: BTreeMap<u32, Arc<Pool>>,
    sandbox: PathBuf,
}

impl Field {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "secret").unwrap();
        let tests = std::env::current_exe().unwrap();
        let sandbox = tests.ancestors().nth(2).unwrap().join("assay-sandbox");
        assert!(sandbox.exists(), "no {}: run `cargo build -p sandbox` first", sandbox.display());
        // Smaller than in use: what hits these limits is killed as there, only sooner.
        let limits = CompileLimits { cpu_seconds: 10, memory_bytes: 1536 << 20, ..CompileLimits::default() };
        let compiler =
            Compiler::new(Toolchain::find().unwrap(), sandbox.clone(), folder.path().join("cache"));
        Self { compiler: Arc::new(compiler.limited(limits)), folder, pools: BTreeMap::new(), sandbox }
    }

    async fn judge(&mut self, limits: &[String], grant: Option<&str>) -> Judge {
        let folder = self.folder.path().join("task");
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(corpus().join("task")).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        let toml = std::fs::read_to_string(folder.join("task.toml")).unwrap();
        let limits = limits.join(", ").replace(", ", "\n");
        let toml = match grant {
            Some(grant) => toml.replace("[agent]", &format!("[agent]\ngrants = [\"{grant}\"]")),
            None => toml,
        };
        std::fs::write(folder.join("task.toml"), format!("{toml}\n[limits]\n{limits}\n")).unwrap();
        let task = Task::load(&folder, None).unwrap();
        let stack = task.limits.stack_bytes;
        if !self.pools.contains_key(&stack) {
            let pool = Pool::start(PoolConfig::new(self.sandbox.clone(), 1, stack)).await.unwrap();
            self.pools.insert(stack, Arc::new(pool));
        }
        Judge::new(task, self.compiler.clone(), self.pools[&stack].clone()).await.unwrap()
    }
}

/// What an attack came to, and all that was said.
async fn outcome(attack: &Attack, judge: &Judge, sandbox: &Path) -> (String, String) {
    let cases = ["4".to_owned(), "6".to_owned()];
    if let Some(instance) = attack.one("asks") {
        let case = nested(attack, instance, &judge.task.limits, sandbox).await;
        return (case.verdict.name().to_owned(), words(&case));
    }
    let component: Result<Component, String> = match attack.kind.as_str() {
        "rs" => judge.compile(&attack.body).await.unwrap().map_err(|rejection| rejection.to_string()),
        "wat" => match component(attack) {
            Ok(bytes) => judge.admit(&bytes),
            Err(why) => Err(why),
        },
        "hex" => {
            let digits: String = attack.body.lines().filter(|line| !line.starts_with(";;")).collect();
            let bytes: Vec<u8> = (0..digits.len() / 2)
                .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            judge.admit(&bytes)
        }
        other => panic!("{}: `.{other}` is no kind of attack", attack.name),
    };
    let component = match component {
        Ok(component) => component,
        Err(why) => return ("rejected".into(), why),
    };
    let evaluation = judge.evaluate(&component, &cases).await.unwrap();
    (verdict(&evaluation), said(&evaluation))
}

fn verdict(evaluation: &Evaluation) -> String {
    evaluation.failure().map_or("scored", |(_, case)| case.verdict.name()).to_owned()
}

fn said(evaluation: &Evaluation) -> String {
    evaluation.cases.iter().map(words).collect::<Vec<_>>().join("\n")
}

fn words(case: &CaseResult) -> String {
    let (verdict, log) = (serde_json::to_string(&case.verdict), serde_json::to_string(&case.log));
    format!("{} {}", verdict.unwrap(), log.unwrap())
}

/// An attack that may ask for evaluations, as orchestrators will: what it asks for is one of itself, with all the depth in
/// the world.
async fn nested(attack: &Attack, instance: &str, limits: &Limits, sandbox: &Path) -> CaseResult {
    let guest: Arc<OnceLock<Program>> = Arc::default();
    let known = guest.clone();
    let handler: Handler = Arc::new(move |call: Call| {
        let guest = known.get().unwrap().clone();
        Box::pin(async move {
            let limits = Limits { depth: Limits::CEILING.depth, ..Limits::default() };
            let case = call.request.trim_matches(['(', '"', ')']).to_owned();
            let results = call.evaluate(&guest, &limits, &[case]).await.unwrap();
            Ok(match &results[0].verdict {
                Verdict::Scored(outcome) => format!("ok(\"{}\")", outcome.notes),
                other => format!("err(\"{}\")", other.name()),
            })
        })
    });
    let pool = Pool::start(PoolConfig::new(sandbox.to_owned(), 1, limits.stack_bytes)).await.unwrap();
    let call =
        HostCall { instance: instance.to_owned(), function: "score".into(), account: Account::Candidate };
    let grants = Grants { host_calls: vec![call], ..Grants::default() };
    let native = pool.compile(component(attack).unwrap(), &grants, limits).await.unwrap().unwrap();
    let program = Program::new(native, grants).served(Arc::new(move || handler.clone()));
    assert!(guest.set(program.clone()).is_ok());
    pool.evaluate(&program, limits, &["4".to_owned()]).await.unwrap().remove(0)
}

/// A component as it stands, or a core module made one of the task's world.
fn component(attack: &Attack) -> Result<Vec<u8>, String> {
    let text: String =
        attack.body.lines().filter(|line| !line.starts_with(";;")).collect::<Vec<_>>().join("\n");
    let mut bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{}: {error}", attack.name));
    if !text.trim_start().starts_with("(module") {
        return Ok(bytes);
    }
    encode(&mut bytes)
}

/// A core module as a component of the task's world.
fn encode(module: &mut Vec<u8>) -> Result<Vec<u8>, String> {
    let wit = std::fs::read_to_string(corpus().join("task/policy.wit")).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_str("log.wit", assay::compile::HOST_WIT[0].1).unwrap();
    let package = resolve.push_str(
        "policy.wit",
        &wit.replace("world evaluator", "world unused")
            .replace("  import policy;\n  export assay:host/judge@0.1.0;\n", ""),
    );
    let package = package.unwrap();
    let world = resolve.packages[package].worlds["agent"];
    wit_component::embed_component_metadata(module, &resolve, world, wit_component::StringEncoding::UTF8)
        .map_err(|error| format!("{error:#}"))?;
    wit_component::ComponentEncoder::default()
        .validate(false)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// The largest peak of memory of this process' children, in KiB, while it runs.
struct Watch {
    peak: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
}

impl Watch {
    fn start() -> Self {
        let watch = Self { peak: Arc::default(), done: Arc::default() };
        let (peak, done) = (watch.peak.clone(), watch.done.clone());
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                for memory in children() {
                    peak.fetch_max(memory, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        watch
    }

    fn take(&self) -> u64 {
        self.peak.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
    }
}

/// `VmHWM` of every descendant.
fn children() -> Vec<u64> {
    let mut parents = BTreeMap::new();
    let mut peaks = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(status) = std::fs::read_to_string(entry.path().join("status")) else { continue };
        let value = |key: &str| {
            let line = status.lines().find(|line| line.starts_with(key))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        parents.insert(id, value("PPid:").unwrap_or(0));
        peaks.insert(id, value("VmHWM:").unwrap_or(0));
    }
    let own = u64::from(std::process::id());
    let is_ours = |id: &u32| {
        let mut at = u64::from(*id);
        for _ in 0..8 {
            at = u32::try_from(at).ok().and_then(|id| parents.get(&id)).copied().unwrap_or(0);
            if at == own {
                return true;
            }
        }
        false
    };
    peaks.iter().filter(|(id, _)| is_ours(id)).map(|(_, peak)| *peak).collect()
}

/// Scratch folders of this process: another one on this machine may be compiling too. Other tests of this process compile as
/// well: a folder of theirs may come and go.
fn scratch_folders() -> BTreeSet<PathBuf> {
    let ours = format!("assay-compile-{}-", std::process::id());
    let entries = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains(&ours)).collect()
}

/// Whether a scratch folder that was not there before stays. No compiler run outlives this patience.
fn left_its_scratch_folder(before: &BTreeSet<PathBuf>) -> bool {
    let mut new = &scratch_folders() - before;
    for _ in 0..600 {
        if new.is_empty() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(100));
        new = &new & &scratch_folders();
    }
    true
}

#[test]
fn every_attack_ends_as_its_header_says_and_costs_nobody_else_anything() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut field = Field::new();
    let watch = Watch::start();
    let mut verdicts: BTreeMap<String, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    let (mut slowest, mut largest) = (Duration::ZERO, 0);
    let honest_source = std::fs::read_to_string(corpus().join("task/honest.rs")).unwrap();
    let mut honest_score = None;
    let attacks = attacks();
    for attack in &attacks {
        let judge = runtime.block_on(field.judge(attack.all("limits"), attack.one("grants")));
        let before = scratch_folders();
        watch.take();
        let started = Instant::now();
        let (verdict, said) = runtime.block_on(outcome(attack, &judge, &field.sandbox));
        let (took, memory) = (started.elapsed(), watch.take());
        let seconds = attack.one("seconds").map_or(10, |seconds| seconds.parse().unwrap());
        (slowest, largest) = (slowest.max(took), largest.max(memory));
        println!("{:<34} {verdict:<15} {:>6} ms {:>7} KiB", attack.name, took.as_millis(), memory);

        let mut complain = |what: String| wrong.push(format!("{}: {what}", attack.name));
        let short: String = said.chars().take(600).collect();
        if Some(verdict.as_str()) != attack.one("verdict") {
            complain(format!("{verdict}, not {:?}: {short}", attack.one("verdict")));
        }
        for words in attack.all("says").iter().filter(|words| !said.contains(*words)) {
            complain(format!("it does not say `{words}`: {short}"));
        }
        for words in attack.all("never").iter().filter(|words| said.contains(*words)) {
            complain(format!("it says `{words}`: {short}"));
        }
        if said.len() > 64 << 10 {
            complain(format!("it said {} bytes", said.len()));
        }
        if took > Duration::from_secs(seconds) {
            complain(format!("took {took:?}, at most {seconds} s"));
        }
        if memory > MEMORY_KIB {
            complain(format!("took {memory} KiB, at most {MEMORY_KIB}"));
        }
        if left_its_scratch_folder(&before) {
            complain("it left its scratch folder".into());
        }
        if std::fs::read_to_string(field.folder.path().join("key")).unwrap() != "secret" {
            complain("it changed a file beside it".into());
        }
        // The next honest candidate, in the same workers.
        let honest = runtime.block_on(async {
            let component = judge.compile(&honest_source).await.unwrap().unwrap();
            let evaluation = judge.evaluate(&component, &["4".to_owned(), "6".to_owned()]).await.unwrap();
            evaluation.measured()
        });
        if honest.is_none() || *honest_score.get_or_insert(honest.clone()) != honest {
            complain("the next honest candidate did not score as before".into());
        }
        *verdicts.entry(verdict).or_default() += 1;
    }
    println!(
        "{} attacks, {} wrong; slowest {slowest:?}, largest process {largest} KiB",
        attacks.len(),
        wrong.len()
    );
    println!("{verdicts:?}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_key_of_the_policy_has_an_attack_that_trips_it() {
    let attacks = attacks();
    let tripped: BTreeSet<&str> =
        attacks.iter().flat_map(|attack| attack.all("key")).map(String::as_str).collect();
    let keys: BTreeSet<&str> = Limits::default().keys().into_iter().map(|(key, _)| key).collect();
    assert_eq!(tripped, keys);
}
