//! Claims about whole runs: the same bytes whatever happens around them.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "../support/improvers.rs"]
mod improvers;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/teams.rs"]
mod teams_support;

mod generations;
mod led;
mod replay;
mod teams;

use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::CommandExt;
use support::{Place, task};

const RUN: &str = "runs/r/journal.jsonl";

/// Bodies of all leaves: what the log says, without signatures.
fn leaves(place: &Place) -> String {
    let entries = place.path().join("library/log/tile/entries");
    let mut files = Vec::new();
    let mut folders = vec![entries];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect()
}

fn improve<'a>(task: &'a str, seed: &'a str, workers: &'a str) -> Vec<&'a str> {
    vec!["improve", task, "--seed", seed, "--candidates", "40", "--run", "r", "--workers", workers, "--json"]
}

/// Of so many batches that the last are proposed while others are at work.
fn improve_long<'a>(task: &'a str, seed: &'a str, workers: &'a str) -> Vec<&'a str> {
    let minimise = ["--minimise", "20"];
    let mut words = improve(task, seed, workers);
    words.iter_mut().filter(|word| **word == "40").for_each(|word| *word = "300");
    words.extend(minimise);
    words
}

#[test]
fn one_seed_gives_the_same_journal_and_leaves_with_other_workers_caches_keys_and_folders() {
    let task = task("bin-packing");
    let (warm, cold) = (Place::new(), Place::with_cold_cache());
    let first = warm.assay(&improve_long(&task, "7", "2"));
    let second = cold.assay(&improve_long(&task, "7", "1"));
    assert_eq!(first.code, second.code, "{}{}", first.err, second.err);
    assert!(warm.read(RUN).lines().count() > 300, "{}", first.err);
    assert_eq!(warm.read(RUN), cold.read(RUN));
    assert_eq!(leaves(&warm), leaves(&cold));
    assert_eq!(first.json()["logRoot"], second.json()["logRoot"]);
    assert_ne!(warm.read("library/log/checkpoint"), cold.read("library/log/checkpoint"), "the keys differ");
    let other = Place::new();
    other.assay(&improve(&task, "8", "2"));
    assert_ne!(warm.read(RUN), other.read(RUN), "another seed is another run");
}

#[test]
fn a_killed_run_resumes_to_the_same_journal_and_the_same_log_root() {
    let task = task("bin-packing");
    let (whole, killed) = (Place::new(), Place::new());
    let undisturbed = whole.assay(&improve_long(&task, "3", "2"));
    let lines = whole.read(RUN).lines().count();
    let mut resumed = None;
    // Killed early, in the middle, and near the end: each resume is killed again.
    for (round, share) in [0.2, 0.6, 0.95].into_iter().enumerate() {
        let arguments =
            if round == 0 { improve_long(&task, "3", "2") } else { vec!["resume", "r", "--workers", "2"] };
        let mut child = killed.spawn(&arguments);
        let until = (lines as f64 * share) as usize;
        while killed.read(RUN).lines().count() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    if killed.read(RUN) != whole.read(RUN) {
        resumed = Some(killed.assay(&["resume", "r", "--json"]));
    }
    assert_eq!(killed.read(RUN), whole.read(RUN));
    assert_eq!(leaves(&killed), leaves(&whole));
    if let Some(resumed) = resumed {
        let (a, b) = (undisturbed.json(), resumed.json());
        assert_eq!((&a["logRoot"], &a["decision"]), (&b["logRoot"], &b["decision"]));
    }
    killed.assay(&["library", "verify"]).ended(0);
}

#[test]
fn ctrl_c_leaves_a_run_that_resumes_to_the_same_result() {
    let task = task("bin-packing");
    let (whole, stopped) = (Place::new(), Place::with_cold_cache());
    whole.assay(&improve(&task, "5", "2"));
    let lines = whole.read(RUN).lines().count();
    // As a terminal does it: the whole foreground group gets the signal.
    let mut child = stopped.command(&improve(&task, "5", "2")).process_group(0).spawn().unwrap();
    let group = Pid::from_child(&child);
    while stopped.read(RUN).lines().count() < 3 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill_process_group(group, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left = stopped.read(RUN).lines().count();
    assert!((3..lines).contains(&left), "{left} of {lines} events: it was not stopped on the way");
    assert!(whole.read(RUN).starts_with(&stopped.read(RUN)), "only whole events are kept");
    stopped.assay(&["resume"]);
    assert_eq!(stopped.read(RUN), whole.read(RUN));
    assert_eq!(leaves(&stopped), leaves(&whole));
}

/// Needs a disk of a chosen size: a tmpfs in a mount namespace.
#[test]
fn a_full_disk_leaves_a_library_that_verifies_and_a_run_that_resumes() {
    let task = task("bin-packing");
    let whole = Place::new();
    whole.assay(&improve(&task, "5", "2"));
    let assay = env!("CARGO_BIN_EXE_assay");
    let script = |kib: u32, what: &str| {
        format!(
            "mkdir -p {what} disk && mount -t tmpfs -o size={kib}k tmpfs disk && cp -a {what}/. disk/ && mount --bind disk {what} && \
             {assay} improve {task} --seed 5 --candidates 40 --run r --workers 2; code=$?; \
             umount {what} && cp -a disk/. {what}/; exit $code"
        )
    };
    for (kib, what) in [(60, "library"), (40, "runs")] {
        let place = Place::new();
        let mut namespace = place.command(&[]);
        let arguments = ["--user", "--map-root-user", "--mount", "sh", "-c"];
        let mut command = std::process::Command::new("unshare");
        command.args(arguments).arg(script(kib, what)).current_dir(place.path());
        command
            .envs(namespace.stdin(std::process::Stdio::null()).get_envs().filter_map(|(k, v)| Some((k, v?))));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("unshare") || said.contains("mount:") {
            eprintln!("SKIPPED: no mount namespace here, so no disk can be filled: {said}");
            return;
        }
        assert_eq!(output.status.code(), Some(3), "{what}: {said}");
        assert!(said.contains("No space left on device"), "{what}: {said}");
        place.assay(&["library", "verify"]).ended(0);
        let again = place.assay(&["resume", "r"]);
        assert_eq!(again.code, Some(0), "{what}: {}", again.err);
        assert_eq!(place.read(RUN), whole.read(RUN), "{what}");
        assert_eq!(leaves(&place), leaves(&whole), "{what}");
    }
}

#[test]
fn resuming_a_finished_run_changes_nothing() {
    let place = Place::new();
    let task = task("sorting-network");
    let first = place.assay(&improve(&task, "1", "2"));
    let (journal, log) = (place.read(RUN), leaves(&place));
    let again = place.assay(&["resume", "r", "--json"]);
    assert_eq!(first.code, again.code, "{}", again.err);
    assert_eq!((place.read(RUN), leaves(&place)), (journal, log));
}

#[test]
fn an_edited_journal_is_refused() {
    let place = Place::new();
    place.assay(&improve(&task("sorting-network"), "1", "2"));
    let edited = place.read(RUN).replacen("\"island\":1", "\"island\":2", 1);
    place.write(RUN, edited);
    place.assay(&["resume", "r"]).ended(2).says("journal");
}

#[test]
fn a_changed_task_does_not_resume() {
    let place = Place::new();
    place.assay(&["new", "mine"]).ended(0);
    place.assay(&["improve", "mine", "--candidates", "4", "--run", "r"]);
    let toml = place.read("mine/task.toml").replace("[score]", "[limits]\nfuel = 1234567\n\n[score]");
    place.write("mine/task.toml", toml);
    place.assay(&["resume", "r"]).ended(2).says("the task has changed").says("limits");
}

/// Bin packing on 32 train cases, with the first text of each pair instead of what its file says; its run of 900 candidates and
/// the winner's component.
fn packing(
    place: &Place,
    name: &str,
    changes: &[(&str, &str)],
) -> (Vec<serde_json::Value>, serde_json::Value) {
    let folder = place.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    for file in std::fs::read_dir(task("bin-packing")).unwrap() {
        let file = file.unwrap().path();
        std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    let file = format!("{name}/task.toml");
    let mut toml = place.read(&file);
    for (new, old) in [("train = 32", "train = 96")].iter().chain(changes) {
        assert!(toml.contains(old), "{old}");
        toml = toml.replace(old, new);
    }
    place.write(&file, toml);
    let words = ["--candidates", "900", "--minimise", "60", "--seed", "2", "--json"];
    let mut words = [&["improve", name, "--run", name], &words[..]].concat();
    let library = format!("{name}-library");
    words.extend(["--library", &library, "--keys", "keys"]);
    let said = place.assay(&words);
    assert!(said.code < Some(2), "{}", said.err);
    let journal = place.read(&format!("runs/{name}/journal.jsonl"));
    let events: Vec<serde_json::Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|mut line: serde_json::Value| line["event"].take())
        .collect();
    let of = |name: &'static str| events.iter().filter(move |event| event["event"] == name);
    let winner = of("judging").next().unwrap()["component"].clone();
    (of("candidate").cloned().collect(), winner)
}

/// Whoever is pruned could not have been kept: the run comes to the same elites and the same winner as without a bound.
#[test]
fn pruning_changes_no_survivor_and_no_winner() {
    let place = Place::new();
    let (whole, winner) = packing(&place, "whole", &[("", "cascade = 16"), ("", "bound = 0.0")]);
    let (pruned, same) = packing(&place, "pruned", &[("", "cascade = 16")]);
    assert_eq!(winner, same);
    assert_eq!(whole.len(), pruned.len());
    let mut count = 0;
    for (whole, pruned) in whole.iter().zip(&pruned) {
        assert_eq!(whole["source"], pruned["source"], "the same proposals");
        let (full, fate) = (&whole["fate"], &pruned["fate"]);
        if fate["fate"] == "pruned" && full["fate"] == "scored" {
            count += 1;
            let (score, best) = (full["measured"]["score"].as_f64(), fate["best"].as_f64());
            assert!(score >= best && best > Some(0.0), "{fate} of {full}");
            assert_eq!(full["component"], fate["component"]);
        } else if fate["fate"] != "pruned" {
            assert_eq!(full, fate);
        }
    }
    assert!(count >= 5, "{count}");
}

/// Who does worse on a cascade's first stage than every elite of its island goes no further, and nobody else.
#[test]
fn a_cascade_eliminates_who_is_behind_every_elite() {
    let place = Place::new();
    let (whole, _) = packing(&place, "whole", &[("", "cascade = 16"), ("", "bound = 0.0")]);
    let (staged, _) = packing(&place, "staged", &[("cascade = 8", "cascade = 16"), ("", "bound = 0.0")]);
    let stage = |candidate: &serde_json::Value| candidate["fate"]["stage"].as_f64();
    let eliminated: Vec<usize> =
        (0..staged.len()).filter(|id| staged[*id]["fate"]["fate"] == "eliminated").collect();
    assert!(eliminated.len() >= 3, "{}", eliminated.len());
    let first = eliminated[0];
    for (whole, staged) in whole[..first].iter().zip(&staged) {
        assert_eq!(whole["source"], staged["source"], "nothing else is decided by it");
        assert_eq!(stage(staged).is_some(), staged["fate"]["fate"] == "scored");
        assert_eq!(whole["fate"]["measured"], staged["fate"]["measured"]);
    }
    assert_eq!(whole[first]["fate"]["component"], staged[first]["fate"]["component"]);
    // Elites are 24, and each was scored before.
    for id in eliminated {
        let fate = &staged[id]["fate"];
        assert_eq!(fate["cases"], 8);
        let score = fate["score"].as_f64().unwrap();
        let better = staged[..id].iter().filter_map(stage).filter(|elite| *elite < score).count();
        assert!(better >= 24, "{better}: {fate}");
    }
}
