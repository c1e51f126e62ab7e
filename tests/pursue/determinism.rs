//! One goal, one journal: whatever the number of workers, the folder, or how often it was stopped on the way. Without that, nobody
//! could say of a library how it came to hold what it holds.

use crate::field::{GOALS, events, field, kill, of_kind, pursue, root, stocked, verifies};
use crate::support::Place;
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::CommandExt as _;
use std::process::Child;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The goal, undisturbed: journal and log root.
static WHOLE: LazyLock<(String, String)> = LazyLock::new(|| {
    let place = field();
    pursue(&place, "goal.toml", &["--workers", "2"]).ended(0);
    (place.read(GOALS), root(&place))
});

/// Wait until that holds, or the program is at its end.
fn until(child: &mut Child, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() && child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(300), "nothing happens");
        std::thread::sleep(Duration::from_millis(3));
    }
}

fn killed_when(place: &Place, arguments: &[&str], holds: impl Fn() -> bool) {
    let mut child = place.spawn(arguments);
    until(&mut child, holds);
    kill(place, &mut child);
}

fn lines(place: &Place, file: &str) -> usize {
    place.read(file).lines().count()
}

#[test]
fn one_seed_gives_the_same_journal_and_log_with_another_number_of_workers_in_another_folder() {
    let place = field();
    pursue(&place, "goal.toml", &["--workers", "1"]).ended(0);
    assert_eq!(place.read(GOALS), WHOLE.0);
    assert_eq!(root(&place), WHOLE.1);
    let other = field();
    pursue(&other, "goal.toml", &["--seed", "2", "--without", "exploration"]);
    assert_ne!(root(&other), WHOLE.1, "another seed is another pursuit");
}

#[test]
fn a_pursuit_that_is_killed_again_and_again_goes_on_to_the_same_bytes() {
    let whole = &*WHOLE;
    let place = field();
    let arguments = ["pursue", "goal.toml", "--workers", "2"];
    // In the first search; when the gates are asked; in the search that explores.
    killed_when(&place, &arguments, || lines(&place, "runs/goal-1-cut-1/journal.jsonl") > 8);
    assert!(of_kind(&place, "made").is_empty(), "it was killed in its first search");
    killed_when(&place, &arguments, || place.read(GOALS).contains("\"event\":\"judging\""));
    assert!(of_kind(&place, "ended").is_empty(), "it was killed on the way");
    killed_when(&place, &arguments, || lines(&place, "runs/goal-1-count-1/journal.jsonl") > 2);
    assert!(of_kind(&place, "ended").is_empty(), "it was killed on the way");
    assert!(whole.0.starts_with(&place.read(GOALS)), "only whole events are kept");
    // A seed is the goal's first event's, whatever the command says now.
    pursue(&place, "goal.toml", &["--seed", "9"]).ended(0);
    assert_eq!(place.read(GOALS), whole.0);
    assert_eq!(root(&place), whole.1);
    verifies(&place);
}

/// Scores a team, has something made that takes a while, and scores the same team again.
const TWICE: &str = "use assay::*;

pub fn pursue(_goal: String) -> Result<String, String> {
    let one = |name: &str| {
        let wanted = library::Query { name: name.to_owned(), takes: String::new(), gives: String::new(), words: Vec::new() };
        library::find(&wanted).remove(0).component
    };
    let team = format!(
        \"# assay team 1\\nanswer = \\\"b\\\"\\n[roles.a]\\nagent = \\\"{}\\\"\\ntakes = [\\\"input\\\"]\\n\\
         [roles.b]\\nagent = \\\"{}\\\"\\ntakes = [\\\"a\\\"]\\n\", one(\"cut\"), one(\"triple\"));
    let first = evaluation::score_all(&[team.clone(), \"nonsense\".to_owned()]);
    let _ = spawn::make(\"count\");
    let second = evaluation::score(&team);
    assert_eq!(first[0].as_ref().ok(), second.as_ref().ok());
    let _ = evaluation::score(\"nonsense\");
    Ok(team)
}
";

/// A score is paid for once; whether it was paid for before or after a stop must make no difference.
#[test]
fn what_was_scored_before_a_stop_costs_nothing_more_after_it() {
    let arguments = ["pursue", "goal.toml", "--orchestrator", "twice.rs", "--without", "exploration"];
    let (whole, stopped) = (stocked(&["cut", "triple"]), stocked(&["cut", "triple"]));
    for place in [&whole, &stopped] {
        place.write("twice.rs", TWICE);
    }
    whole.assay(&arguments).ended(0);
    let calls = of_kind(&whole, "called");
    let fuel = |function: &str| {
        let of = calls.iter().filter(|call| call["function"] == function);
        of.map(|call| call["fuel"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert!(fuel("evaluation.score-all")[0] > 0);
    assert_eq!(fuel("evaluation.score"), [0, 0], "known scores cost no fuel");
    killed_when(&stopped, &arguments, || lines(&stopped, "runs/goal-1-count-1/journal.jsonl") > 2);
    assert!(of_kind(&stopped, "made").is_empty(), "it was killed in the search");
    stopped.assay(&arguments).ended(0);
    assert_eq!(stopped.read(GOALS), whole.read(GOALS));
    assert_eq!(root(&stopped), root(&whole));
}

#[test]
fn ctrl_c_is_130_and_the_same_command_goes_on_to_the_same_bytes() {
    let whole = &*WHOLE;
    let place = field();
    let arguments = ["pursue", "goal.toml", "--workers", "2"];
    // As a terminal does it: the whole foreground group gets the signal.
    let mut child = place.command(&arguments).process_group(0).spawn().unwrap();
    let group = Pid::from_child(&child);
    until(&mut child, || lines(&place, "runs/goal-1-cut-1/journal.jsonl") > 3);
    kill_process_group(group, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left = events(&place).len();
    assert!((1..whole.0.lines().count() - 1).contains(&left), "{left} events");
    assert!(whole.0.starts_with(&place.read(GOALS)));
    // Meanwhile no other goal is taken up.
    pursue(&place, "second.toml", &[]).ended(2).says("goal `echo` was left in the middle");
    pursue(&place, "goal.toml", &[]).ended(0);
    assert_eq!(place.read(GOALS), whole.0);
    assert_eq!(root(&place), whole.1);
}

#[test]
fn a_goal_that_changed_or_a_journal_that_was_edited_does_not_go_on_and_may_be_given_up() {
    let place = field();
    let arguments = ["pursue", "goal.toml"];
    killed_when(&place, &arguments, || place.read(GOALS).contains("library.find"));
    let goal = place.read("goal.toml");
    place.write("goal.toml", goal.replace("candidates = ", "agents = 3\ncandidates = "));
    pursue(&place, "goal.toml", &[]).ended(2).says("something changed under it");
    place.write("goal.toml", goal);
    let journal = place.read(GOALS);
    place.write(
        GOALS,
        journal.replacen("\"takes: \\\"raw", "\"takes: \\\"war", 1).replacen("\"seed\":1", "\"seed\":3", 1),
    );
    pursue(&place, "goal.toml", &[]).ended(2).says("journal");
    place.write(GOALS, journal);
    pursue(&place, "goal.toml", &["--give-up"]).ended(0);
    let last = events(&place).pop().unwrap();
    assert_eq!((&last["event"], &last["reached"]), (&"ended".into(), &false.into()));
    let growth = place.assay(&["growth", "--json"]).ended(0).json();
    assert_eq!(growth["epochs"][0]["reached"], false);
}
