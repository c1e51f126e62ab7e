//! The compiler with a real rustc: what a source becomes, alone and among others; and its box with programs that ask
//! for too much.
#![allow(clippy::unwrap_used, reason = "tests")]

use assay::compile::{CompileLimits, Compiler, Component, Rejection, Role, Toolchain, World};
use std::path::{Path, PathBuf};
use std::time::Duration;

const WIT: &str = "package assay:numbers@0.1.0;
interface policy { priority: func(item: u32, remaining: u32) -> f64; }
world agent { import assay:host/log@0.1.0; export policy; }";

fn sandbox() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let binary = tests.ancestors().nth(2).unwrap().join("assay-sandbox");
    assert!(binary.exists(), "no {}: run `cargo build -p sandbox` first", binary.display());
    binary
}

fn compiler(cache: &Path) -> Compiler {
    Compiler::new(Toolchain::find().unwrap(), sandbox(), cache.to_owned())
}

fn numbers() -> World {
    World::task("policy.wit", WIT, "agent").unwrap()
}

fn policy(formula: &str) -> String {
    format!("pub fn priority(item: u32, remaining: u32) -> f64 {{ {formula} }}\n")
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

fn drafts(compiler: &Compiler, sources: &[String]) -> Vec<Result<Component, Rejection>> {
    block(compiler.drafts(&numbers(), sources)).unwrap()
}

fn digest(fate: &Result<Component, Rejection>) -> String {
    fate.as_ref().unwrap().digest.clone()
}

#[test]
fn a_draft_is_small_and_the_same_whoever_its_batch_mates_are() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = compiler(folder.path());
    let sources: Vec<String> =
        ["f64::from(item)", "f64::from(remaining % 7)", "f64::from(item / remaining)"].map(policy).into();
    let together = drafts(&compiler, &sources);
    let size = together[0].as_ref().unwrap().wasm.len();
    assert!(size < 2048, "{size} bytes");
    assert!(together.iter().flatten().all(|draft| draft.imports.is_empty()), "no draft says anything");
    for (fate, source) in together.iter().zip(&sources) {
        let alone = drafts(&compiler, std::slice::from_ref(source));
        assert_eq!(digest(fate), digest(&alone[0]), "{source}");
    }
    let again = drafts(&compiler, &sources);
    assert_eq!(again, together, "from the cache");
    let alone = block(compiler.compile(&numbers(), Role::Candidate, &sources[0])).unwrap().unwrap();
    assert_ne!(alone.digest, digest(&together[0]), "what is promoted can say why it panicked");
    assert_eq!(alone.imports, ["assay:host/log@0.1.0"]);
}

#[test]
fn a_batch_mates_fault_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = compiler(folder.path());
    let honest = policy("f64::from(item) - f64::from(remaining)");
    let expected = digest(&drafts(&compiler, std::slice::from_ref(&honest))[0]);
    let sources = [
        policy("item"),
        honest.clone(),
        // Overflows while constants are evaluated: found later than types are.
        policy("const N: u32 = u32::MAX; const M: u32 = N + 1; f64::from(M)"),
        policy("unsafe { core::hint::unreachable_unchecked() }"),
        policy("super::agent_1::priority(item, remaining)"),
        policy("nonsense("),
        honest.clone(),
        "x".repeat(300 << 10),
    ];
    let fates = drafts(&compiler, &sources);
    let words = |index: usize| fates[index].as_ref().unwrap_err().to_string();
    assert_eq!((digest(&fates[1]), digest(&fates[6])), (expected.clone(), expected));
    assert!(words(0).contains("agent.rs:1:53: error[E0308]: mismatched types"), "{}", words(0));
    assert!(words(2).contains("agent.rs:1") && words(2).contains("overflow"), "{}", words(2));
    assert!(words(3).contains("unsafe"), "{}", words(3));
    assert!(words(4).contains("agent_1"), "no batch-mate can be named: {}", words(4));
    assert!(words(5).contains("agent.rs:1"), "{}", words(5));
    assert!(matches!(fates[7], Err(Rejection::Source(_))));
}

#[test]
fn worlds_of_text_are_drafted_too() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = compiler(folder.path());
    let run = |body: &str| format!("pub fn run(input: String) -> Result<String, String> {{ {body} }}");
    let sources = [
        run("Ok(input.to_uppercase())"),
        run("Err(format!(\"{} bytes\", input.len()))"),
        run("Ok(input.bytes().map(|b| u32::from(b)).sum::<u32>().to_string())"),
    ];
    let fates = block(compiler.drafts(&World::host("agent").unwrap(), &sources)).unwrap();
    for fate in fates {
        assert_eq!(fate.unwrap().exports, ["run"]);
    }
}

#[test]
fn a_world_that_lends_interfaces_of_the_host_compiles_alone_and_as_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let (compiler, world) = (compiler(folder.path()), World::host("improver").unwrap());
    let source = include_str!("../../../tasks/improver/seed.rs").to_owned();
    let lent = ["assay:host/proposals@0.1.0", "assay:host/evaluation@0.1.0"];
    let alone = block(compiler.compile(&world, Role::Candidate, &source)).unwrap().unwrap();
    assert_eq!(
        (&alone.imports[1..], &alone.exports[..]),
        (&lent.map(str::to_owned)[..], &["improve".into()][..])
    );
    let drafts = block(compiler.drafts(&world, &[source])).unwrap();
    assert_eq!(drafts[0].as_ref().unwrap().imports, lent);
}

#[test]
fn improvers_are_drafted_together_and_each_asks_for_what_it_uses() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = compiler(folder.path());
    let improve = |body: &str| {
        format!(
            "use assay::*; pub fn improve(program: String, brief: String) -> Result<String, String> {{ {body} }}"
        )
    };
    let sources = [
        improve("Ok(proposals::propose(&program, &brief, 4, 0.7)?.remove(0))"),
        improve(
            "let found = vec![program.clone(), brief]; match evaluation::score_all(&found)[0] { Ok(_) => Ok(program), Err(ref why) => Err(why.clone()) }",
        ),
        improve(
            "while evaluation::remaining() > 0 && proposals::remaining() > 0 { evaluation::score(&program)?; } Ok(program)",
        ),
    ];
    let world = World::host("improver").unwrap();
    let asks = |component: &Component| -> Vec<String> {
        let asks = component
            .imports
            .iter()
            .filter_map(|import| import.strip_prefix("assay:host/"))
            .map(str::to_owned);
        let mut asks: Vec<String> = asks.filter(|import| import != "log@0.1.0").collect();
        asks.sort();
        asks
    };
    let (proposals, evaluation) = ("proposals@0.1.0", "evaluation@0.1.0");
    let expected = [vec![proposals], vec![evaluation], vec![evaluation, proposals]];
    let fates = block(compiler.drafts(&world, &sources)).unwrap();
    for ((fate, source), expected) in fates.iter().zip(&sources).zip(expected) {
        let draft = fate.as_ref().unwrap();
        assert_eq!(draft.exports, ["improve"]);
        assert_eq!(asks(draft), expected, "{source}");
        let alone = block(compiler.compile(&world, Role::Candidate, source)).unwrap().unwrap();
        assert_eq!(asks(&alone), expected, "{source}");
    }
}

#[test]
fn one_source_gives_one_digest_on_any_path() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let deep = other.path().join("a cache/in another/place");
    // What a panic says holds the path of the file it stands in.
    let source = policy("assert!(item < remaining, \"{item}\"); f64::from(item)");
    let compile =
        |cache: &Path| block(compiler(cache).compile(&numbers(), Role::Candidate, &source)).unwrap().unwrap();
    let (here, there) = (compile(one.path()), compile(&deep));
    assert_eq!(here, there);
    let text = String::from_utf8_lossy(&here.wasm).into_owned();
    for place in [one.path(), other.path(), Path::new("/tmp/"), Path::new("/home/"), Path::new("/root/")] {
        assert!(!text.contains(&*place.to_string_lossy()), "{} is in the component", place.display());
    }
}

#[test]
fn a_cache_that_was_tampered_with_counts_as_empty() {
    let folder = tempfile::tempdir().unwrap();
    let source = policy("f64::from(item)");
    let compile = || block(compiler(folder.path()).compile(&numbers(), Role::Candidate, &source)).unwrap();
    let honest = compile().unwrap();
    let mut files = vec![folder.path().join("components")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    assert_eq!(compile().unwrap(), honest);
}

/// A compiler that is a shell script. Bindings are empty; what it does with a guest is `script`.
fn scripted(folder: &Path, script: &str, limits: CompileLimits) -> Result<Component, Rejection> {
    let real = Toolchain::find().unwrap();
    let sdk = folder.join("sdk");
    std::fs::create_dir_all(folder.join("lib/rustlib/wasm32-unknown-unknown")).unwrap();
    std::fs::create_dir_all(&sdk).unwrap();
    std::fs::write(sdk.join("libsdk.rlib"), "").unwrap();
    let rustc = folder.join("rustc");
    let text = format!(
        "#!/bin/sh\nunset LD_LIBRARY_PATH\nPATH=/usr/bin:/bin\ncase \"$*\" in *'--crate-name assay '*) while [ \"$1\" != -o ]; do shift; done; : > \"$2\"; exit 0;; esac\n{script}\n"
    );
    let source = folder.join("rustc.sh");
    std::fs::write(&source, text).unwrap();
    // Another process writes what is executed, as in `pool.rs`: nothing that is open for writing can be.
    let installed =
        std::process::Command::new("install").args(["-m", "755"]).arg(&source).arg(&rustc).status();
    assert!(installed.unwrap().success());
    let descriptor = format!(
        r#"{{"rustc": {rustc:?}, "library-path": "/bin:/usr/bin:/sbin", "sysroot": {folder:?}, "version": {:?}, "sdk": {sdk:?}, "sdk-digest": ""}}"#,
        real.compiler()
    );
    std::fs::write(folder.join("toolchain.json"), descriptor).unwrap();
    let toolchain = Toolchain::read(&folder.join("toolchain.json")).unwrap();
    let compiler = Compiler::new(toolchain, sandbox(), folder.join("cache")).limited(limits);
    block(compiler.compile(&numbers(), Role::Candidate, &policy("0.0"))).unwrap()
}

#[test]
fn a_compiler_that_hangs_is_stopped_with_all_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let limits = CompileLimits { wall_clock: Duration::from_millis(500), ..CompileLimits::default() };
    let left = folder.path().join("left");
    let script = format!("(sleep 3; echo alive > {}) & sleep 60", left.display());
    assert_eq!(scripted(folder.path(), &script, limits), Err(Rejection::TimedOut));
    std::thread::sleep(Duration::from_secs(4));
    assert!(!left.exists(), "a child of the compiler outlived it");
}

#[test]
fn a_compiler_that_spins_runs_out_of_processor_time() {
    let folder = tempfile::tempdir().unwrap();
    let limits = CompileLimits { cpu_seconds: 1, ..CompileLimits::default() };
    let died = scripted(folder.path(), "while :; do :; done", limits).unwrap_err();
    assert!(matches!(&died, Rejection::CompilerDied(how) if how.contains("signal")), "{died:?}");
}

#[test]
fn a_compiler_that_eats_memory_is_refused_more() {
    let folder = tempfile::tempdir().unwrap();
    let limits = CompileLimits { memory_bytes: 100 << 20, ..CompileLimits::default() };
    let refused = scripted(folder.path(), "exec dd if=agent.rs of=/dev/null bs=512M count=1", limits);
    let Err(Rejection::Diagnostics(words)) = refused else { panic!("{refused:?}") };
    assert!(words.contains("memory exhausted"), "{words}");
}

#[test]
fn a_compiler_that_writes_without_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let limits = CompileLimits { file_bytes: 1 << 20, ..CompileLimits::default() };
    let died = scripted(folder.path(), "exec yes > agent.wasm", limits).unwrap_err();
    assert!(matches!(&died, Rejection::CompilerDied(how) if how.contains("SIGXFSZ")), "{died:?}");
}

#[test]
fn a_compiler_that_talks_without_end_is_not_listened_to() {
    let folder = tempfile::tempdir().unwrap();
    let script = "i=0; while [ $i -lt 9000 ]; do printf '\\033[31magent.rs:1:1: error: no %09999d\\n' $i >&2; i=$((i+1)); done; exit 1";
    let Err(Rejection::Diagnostics(words)) = scripted(folder.path(), script, CompileLimits::default()) else {
        panic!("not refused")
    };
    assert!(words.len() < 5000 && words.ends_with("[more was said]"), "{} bytes", words.len());
    assert!(!words.contains('\u{1b}'));
}

#[test]
fn a_compiler_sees_none_of_the_hosts_environment() {
    let folder = tempfile::tempdir().unwrap();
    let said = scripted(folder.path(), "env >&2; pwd >&2; exit 1", CompileLimits::default());
    let Err(Rejection::Diagnostics(words)) = said else { panic!("{said:?}") };
    let names: Vec<&str> =
        words.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(
        names.iter().all(|name| ["PATH", "PWD", "TMPDIR", "OLDPWD", "SHLVL", "_"].contains(name)),
        "{words}"
    );
    assert!(std::env::vars().count() > names.len());
}
