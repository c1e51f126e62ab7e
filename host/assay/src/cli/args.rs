//! What can be asked for.

use super::explore::ExploreArgs;
use super::feedback::FeedbackArgs;
use super::growth::GrowthArgs;
use super::library::LibraryVerb;
use super::models::Dollars;
use super::pursue::PursueArgs;
use super::reassess::ReassessArgs;
use crate::promote::CHANNEL;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Runs programs that programs wrote, measures them honestly, and keeps a signed history of every version
/// worth keeping.
#[derive(Debug, Parser)]
#[command(name = "assay", version, max_term_width = 110)]
pub struct Arguments {
    /// Where things are, for every verb.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Folders and output form.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The signed library
    #[arg(long, global = true, value_name = "DIR", default_value = "library")]
    pub library: PathBuf,
    /// The runs, one folder each
    #[arg(long, global = true, value_name = "DIR", default_value = "runs")]
    pub runs: PathBuf,
    /// The private keys, outside the library [default: ~/.config/assay/keys]
    #[arg(long, global = true, value_name = "DIR", env = "ASSAY_KEYS")]
    pub keys: Option<PathBuf>,
    /// The compile cache [default: ~/.cache/assay]
    #[arg(long, global = true, value_name = "DIR", env = "ASSAY_CACHE")]
    pub cache: Option<PathBuf>,
    /// Worker processes, and compilers, at once [default: the number of processors]
    #[arg(long, global = true, value_name = "N")]
    pub workers: Option<usize>,
    /// Run foreign code even where the operating system's walls are incomplete; recorded in the evidence
    #[arg(long, global = true)]
    pub allow_weak_confinement: bool,
    /// Print data as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Scaffold a task from a template
    New(NewArgs),
    /// Check a task: its files, worlds, evaluator, cases and agents
    Check(TaskArgs),
    /// Evaluate one agent on a task
    Eval(EvalArgs),
    /// Search for a better agent and promote it if the gates agree
    Improve(ImproveArgs),
    /// Go on with a run that was stopped
    Resume(ResumeArgs),
    /// Do a run again from its first event, elsewhere and with other keys, and compare bit for bit
    Replay(ReplayArgs),
    /// Try two frozen improvers on tasks that neither has met, and compare
    Transplant(TransplantArgs),
    /// Look at runs
    #[command(subcommand)]
    Runs(RunsVerb),
    /// Bring an agent from elsewhere through the same gates
    Submit(SubmitArgs),
    /// Add a real input with what should have come out to a task, and try what is in use on it
    Feedback(FeedbackArgs),
    /// Look for cases on which what is in use is weak
    Explore(ExploreArgs),
    /// Evaluate again, on fresh cases, what was promoted; and take back what no longer deserves its place
    Reassess(ReassessArgs),
    /// Call a promoted agent
    Run(RunArgs),
    /// Reach a goal: find agents or have them made, join them, ask the gates, and look around
    Pursue(PursueArgs),
    /// Show how the library grew, goal by goal
    Growth(GrowthArgs),
    /// Several agents that work as one
    #[command(subcommand)]
    Team(TeamVerb),
    /// Look at the library
    #[command(subcommand)]
    Library(LibraryVerb),
    /// Show the public side of the keys (made at first use)
    Keys(KeysArgs),
    /// Show what is in place, and how to mend the rest
    Doctor,
}

/// `assay keys`
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// Encrypt root and approver key with the passphrase in ASSAY_NEW_PASSPHRASE
    #[arg(long)]
    pub protect: bool,
}

/// `assay new`
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The task's name, kebab-case; also the folder that is made
    pub name: String,
    /// What to start from
    #[arg(long, value_enum, default_value = "text")]
    pub template: Template,
}

/// Templates of `assay new`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Template {
    /// Text in, text out, judged by cases with expected answers; no evaluator code
    Text,
    /// A typed interface, an evaluator and a simulator of its own
    Simulated,
}

/// A task and its class.
#[derive(Clone, Debug, Default, Args)]
pub struct TaskArgs {
    /// The task's folder
    pub task: PathBuf,
    /// The class, where the task has several [default: the first in task.toml]
    #[arg(long)]
    pub class: Option<String>,
}

/// `assay eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The task
    #[command(flatten)]
    pub task: TaskArgs,
    /// Source (.rs) or component (.wasm); or a name or digest in the library [default: the seed agent]
    #[arg(long, value_name = "FILE|NAME|DIGEST")]
    pub agent: Option<String>,
    /// Cases from elsewhere instead of the task's train cases
    #[arg(long, value_name = "FILE")]
    pub cases: Option<PathBuf>,
    /// The form of --cases [default: told by its first line]
    #[arg(long, value_enum)]
    pub format: Option<CaseFormat>,
    /// Seed of the train cases, where a simulator draws them
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Show every case
    #[arg(long)]
    pub each: bool,
}

/// Forms of external cases.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum CaseFormat {
    /// One JSON value a line
    Jsonl,
    /// OR-Library's bin-packing files
    OrLibrary,
}

/// `assay improve`
#[derive(Debug, Default, Args)]
pub struct ImproveArgs {
    /// The task
    #[command(flatten)]
    pub task: TaskArgs,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Candidates to try [default: 36000; 200 where models propose; 64 where an improver leads]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub candidates: Option<u64>,
    /// Candidates to try after these, each a smaller form of the winner [default: 3000; none for improvers]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    pub minimise: Option<u64>,
    /// Let an improver lead: source (.rs) or component (.wasm), or a name or digest in the library
    #[arg(long, value_name = "FILE|NAME|DIGEST")]
    pub improver: Option<String>,
    /// Let a language model of the models' file propose; said several times, several take turns by what they are worth
    #[arg(long, value_name = "NAME")]
    pub model: Vec<String>,
    /// Who the models are, and what may be spent on them.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// For a task of improvers, which the one in use improves: how many times over [default: 1]
    #[arg(long, value_name = "N", conflicts_with = "improver", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub generations: Option<u32>,
    /// The channel in which the winner would be current; it is compared with what `stable` holds
    #[arg(long, default_value = CHANNEL)]
    pub channel: String,
    /// Name of the run's folder [default: agent's name and seed]
    #[arg(long)]
    pub run: Option<String>,
}

/// What may be spent on models, in all, by a run and whatever goes on with it.
#[derive(Debug, Default, Args)]
pub struct BudgetArgs {
    /// The models' file [default: ~/.config/assay/models.toml]
    #[arg(long, value_name = "FILE", env = "ASSAY_MODELS")]
    pub models: Option<PathBuf>,
    /// Most calls of models, in all
    #[arg(long, value_name = "N")]
    pub calls: Option<u64>,
    /// Most tokens of requests and answers, in all
    #[arg(long, value_name = "N")]
    pub tokens: Option<u64>,
    /// Most US dollars by the prices in the models' file, in all
    #[arg(long, value_name = "DOLLARS")]
    pub cost: Option<Dollars>,
}

/// `assay resume`
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The run's name [default: the only unfinished one]
    pub run: Option<String>,
    /// Another models' file, another budget.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// End a search by models here, short of its candidates, and judge the best of them
    #[arg(long)]
    pub finish: bool,
}

/// `assay replay`
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The run's name
    pub run: String,
    /// The task's folder [default: where it was when the run began]
    #[arg(long, value_name = "DIR")]
    pub task: Option<PathBuf>,
    /// Use the compile cache [default: a fresh one, so that everything is compiled again]
    #[arg(long)]
    pub cached: bool,
}

/// `assay transplant`
#[derive(Debug, Args)]
pub struct TransplantArgs {
    /// A task of improvers, whose section `nested` says what is held out
    #[command(flatten)]
    pub task: TaskArgs,
    /// The earlier improver [default: the task's seed]
    #[arg(long, value_name = "FILE|NAME|DIGEST")]
    pub first: Option<String>,
    /// The later improver [default: what the library holds in use]
    #[arg(long, value_name = "FILE|NAME|DIGEST")]
    pub later: Option<String>,
    /// Runs of each improver on each task
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=1000))]
    pub seeds: u64,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// `assay team …`
#[derive(Debug, Subcommand)]
pub enum TeamVerb {
    /// Its roles, who fills them, in which order they run, what each may spend
    Show(TeamNamed),
    /// Run it once; each step is told on standard error, or with --json in the answer
    Run(TeamRunArgs),
    /// Search for a better team on a task of general agents, and promote it if the gates agree
    Improve(TeamImproveArgs),
}

/// A team, and where what its members take and give is declared.
#[derive(Debug, Args)]
pub struct TeamNamed {
    /// File with the team's document; or a name or digest in the library
    #[arg(value_name = "FILE|NAME|DIGEST")]
    pub team: String,
    /// Folder of task folders, whose `[catalogue]` sections say what agents take and give
    #[arg(long, value_name = "DIR", default_value = "tasks")]
    pub tasks: PathBuf,
}

/// `assay team run`
#[derive(Debug, Args)]
pub struct TeamRunArgs {
    /// The team.
    #[command(flatten)]
    pub named: TeamNamed,
    /// What it is given
    #[arg(required_unless_present = "input_file")]
    pub text: Option<String>,
    /// The same from a file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub input_file: Option<PathBuf>,
}

/// `assay team improve`
#[derive(Debug, Args)]
pub struct TeamImproveArgs {
    /// The team to start from: a file with its document, or a name or digest in the library
    #[arg(value_name = "FILE|NAME|DIGEST")]
    pub team: String,
    /// The task that it is judged on: one of general agents
    #[command(flatten)]
    pub task: TaskArgs,
    /// Everything random follows from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Candidates to try
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub candidates: u64,
    /// The channel in which the winner would be current; it is compared with what `stable` holds
    #[arg(long, default_value = CHANNEL)]
    pub channel: String,
    /// Name of the run's folder [default: agent's name, `team` and seed]
    #[arg(long)]
    pub run: Option<String>,
    /// Folder of task folders, whose `[catalogue]` sections say what agents take and give [default: the one that the task is in]
    #[arg(long, value_name = "DIR")]
    pub tasks: Option<PathBuf>,
}

/// `assay runs …`
#[derive(Debug, Subcommand)]
pub enum RunsVerb {
    /// All runs, a line each
    List,
    /// One run: what it is a function of, where it stands, its best
    Show {
        /// The run's name
        run: String,
    },
    /// Where a candidate came from, back to the seed agent
    Lineage {
        /// The run's name
        run: String,
        /// The candidate's number [default: the winner, else the best]
        candidate: Option<u64>,
    },
}

/// `assay submit`
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// The task
    #[command(flatten)]
    pub task: TaskArgs,
    /// Source (.rs) or component (.wasm)
    pub agent: PathBuf,
    /// The channel in which it would be current; it is compared with what `stable` holds
    #[arg(long, default_value = CHANNEL)]
    pub channel: String,
    /// Who or what wrote it, for the record
    #[arg(long, default_value = "unnamed", value_name = "WORDS")]
    pub by: String,
}

/// `assay run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The agent's name, or the digest of a version or component
    pub agent: String,
    /// Arguments in WAVE, e.g. '"text"' or 42; a text agent also takes plain text
    pub arguments: Vec<String>,
    /// The function, where the agent has several
    #[arg(long)]
    pub function: Option<String>,
    /// The channel whose current version is called; in `stable`, a share of the calls is also made to what `canary` holds
    #[arg(long, default_value = CHANNEL)]
    pub channel: String,
}
