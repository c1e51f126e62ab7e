//! A version on trial: what is observed of it, when it is taken back, when it moves up.

use crate::support::{Place, Said};
use library::{Keys, Library};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The agent to beat: right for short words only. So a better one answers those as it does.
const SEED: &str = "pub fn run(input: String) -> Result<String, String> {
    Ok(if input.len() < 8 { input.to_uppercase() } else { input })
}
";
const GOOD: &str = "pub fn run(input: String) -> Result<String, String> {
    Ok(input.to_uppercase())
}
";
/// Passes all gates: no case has an exclamation mark.
const TRAPS: &str = "pub fn run(input: String) -> Result<String, String> {
    if input.contains('!') {
        std::process::abort();
    }
    Ok(input.to_uppercase())
}
";
/// Passes all gates: no case is as short.
const BURNS: &str = "pub fn run(input: String) -> Result<String, String> {
    let mut spent = 0_u64;
    while input.len() < 8 && spent < 300_000 {
        spent = std::hint::black_box(spent + 1);
    }
    Ok(input.to_uppercase())
}
";

/// The task `shout` under this policy, with `agent` promoted into the channel `canary`.
fn on_trial(policy: &str, agent: &str) -> Place {
    let place = Place::new();
    place.assay(&["new", "shout"]).ended(0);
    let case =
        |words: &str| format!("{{\"input\": \"{words}\", \"expected\": \"{}\"}}\n", words.to_uppercase());
    let cases = |from: u32| (from..from + 20).map(|i| case(&format!("word {i} here"))).collect::<String>();
    place.write("shout/cases.jsonl", cases(0));
    place.write("shout/holdout.jsonl", cases(100));
    place.write("shout/seed.rs", SEED);
    let toml = place.read("shout/task.toml");
    place.write("shout/task.toml", format!("{toml}\n[canary]\n{policy}\n"));
    submit(&place, "canary", agent);
    place
}

fn submit(place: &Place, channel: &str, agent: &str) {
    let file = place.write("agent.rs", agent);
    place.assay(&["submit", "shout", file.to_str().unwrap(), "--channel", channel]).ended(0).says("promoted");
}

/// What the caller gets and what is said beside it; the library verifies afterwards.
#[track_caller]
fn call(place: &Place, words: &str) -> Said {
    let said = place.assay(&["run", "shout", words]).ended(0);
    // The version in use: what the agent on trial answers must never get here.
    let stable = if words.len() < 8 { words.to_uppercase() } else { words.to_owned() };
    assert_eq!(said.out.trim(), format!("ok({stable:?})"), "{}", said.err);
    place.assay(&["library", "verify"]).ended(0);
    said
}

/// The observation journals, as events.
fn observed(place: &Place) -> Vec<Value> {
    let Ok(folders) = std::fs::read_dir(place.path().join("runs/canary")) else { return Vec::new() };
    let mut events = Vec::new();
    for folder in folders {
        let journal = std::fs::read_to_string(folder.unwrap().path().join("journal.jsonl")).unwrap();
        events.extend(journal.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    events
        .into_iter()
        .map(|line| line["event"]["observed"].clone())
        .filter(|event| !event.is_null())
        .collect()
}

fn calls(place: &Place) -> BTreeSet<String> {
    observed(place).iter().map(|event| event["call"].as_str().unwrap().to_owned()).collect()
}

/// What is current where, by channel.
fn current(place: &Place, channel: &str) -> Option<String> {
    let list = place.assay(&["library", "list", "--json"]).ended(0).json();
    let there = list["current"].as_array().unwrap().iter().find(|version| version["channel"] == channel)?;
    Some(there["component"].as_str().unwrap().to_owned())
}

/// The evidence of the last leaf about a canary's end.
fn evidence(place: &Place) -> (library::Kind, Value) {
    let library = Library::open_read_only(&place.path().join("library")).unwrap();
    let (_, leaf) = library.leaves().next_back().unwrap();
    let payload = library.get(leaf.evidence.last().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(statement["predicateType"], "https://assay.dev/canary/v1");
    (leaf.kind, statement["predicate"].clone())
}

#[test]
fn the_share_is_the_same_calls_every_time_and_a_call_counts_once() {
    let place = on_trial("share = 50", GOOD);
    let words: Vec<String> = (0..12).map(|n| format!("w{n}")).collect();
    for words in &words {
        call(&place, words);
    }
    let first = calls(&place);
    assert!(!first.is_empty() && first.len() < words.len(), "half of them, more or less: {}", first.len());
    let events = observed(&place).len();
    call(&place, &words[0]);
    call(&place, &words[1]);
    assert_eq!(observed(&place).len(), events, "the same call again would show the same again");
    // In another order, by a trial that begins anew: the same calls.
    std::fs::remove_dir_all(place.path().join("runs")).unwrap();
    for words in words.iter().rev() {
        call(&place, words);
    }
    assert_eq!(calls(&place), first);
    assert!(observed(&place).iter().all(|event| event["stable"]["ended"] == event["canary"]["ended"]));
    // Observations are no run.
    place.assay(&["runs", "list"]).ended(0).says("no runs");
}

#[test]
fn equal_answers_are_counted_and_a_canary_moves_up_when_there_are_enough() {
    let place = on_trial("share = 100\nobservations = 3", GOOD);
    let (stable, canary) = (current(&place, "stable").unwrap(), current(&place, "canary").unwrap());
    assert_ne!(stable, canary);
    place.assay(&["run", "shout", "a long sentence", "--channel", "canary"]).ended(0).says("A LONG SENTENCE");
    assert!(observed(&place).is_empty(), "who asks for a channel gets that one alone");
    place
        .assay(&["run", "shout", "x", "--channel", "beta"])
        .ended(2)
        .says("channel `beta`")
        .says("library list");

    assert_eq!(call(&place, "one").err, "", "an equal answer is nothing to speak of");
    call(&place, "two");
    let early = place.assay(&["library", "advance", "shout", "--json"]).ended(1).json();
    assert_eq!((&early["advanced"], &early["compared"]), (&false.into(), &2.into()));
    assert!(early["why"].as_str().unwrap().starts_with("2 of 3 observations"), "{early}");
    assert_eq!(current(&place, "stable").unwrap(), stable);
    call(&place, "three and more").says("answers this otherwise (3 of 3 observations)");

    let moved = place.assay(&["library", "advance", "shout"]).ended(0);
    moved.says("3 compared: 2 equal, 1 differing, 0 errors").says("moved up from canary to stable");
    place.assay(&["library", "verify"]).ended(0);
    assert_eq!(current(&place, "stable").unwrap(), canary);
    let (kind, told) = evidence(&place);
    assert_eq!(
        (kind, &told["ends"], &told["bound"]),
        (library::Kind::Promote, &"advanced".into(), &Value::Null)
    );
    assert_eq!(told["policy"]["observations"], 3);
    assert_eq!(told["observations"]["equal"], 2);
    assert_eq!(told["journal"]["events"], 4);
    // It is in use now, under the limits that it was judged under, with the evidence that it was judged by.
    place.assay(&["run", "shout", "in use by now"]).ended(0).says("IN USE BY NOW");
    place.assay(&["library", "show", "shout"]).ended(0).says("to_uppercase").says("generalizes");
    place.assay(&["library", "verify", "--reexecute", "shout"]).ended(0).says("confirmed bit for bit");
    place.assay(&["library", "advance", "shout"]).ended(1).says("hold the same version");
    place.assay(&["library", "advance", "nobody"]).ended(2).says("library list");
}

#[test]
fn a_canary_that_traps_is_demoted_by_itself_and_stable_answers() {
    let place = on_trial("share = 100\nobservations = 3", TRAPS);
    assert!(current(&place, "canary").is_some());
    assert_eq!(call(&place, "fine").err, "");
    // Arguments that nobody takes say nothing about a version.
    place.assay(&["run", "shout", "too", "many"]).ended(1);
    assert_eq!(observed(&place).len(), 1);
    call(&place, "ouch!").says("does not answer this, stable does: trapped").says("it is demoted (leaf");
    assert_eq!(current(&place, "canary"), None);
    let (kind, told) = evidence(&place);
    assert_eq!((kind, &told["ends"]), (library::Kind::Demote, &"demoted".into()));
    assert_eq!(told["bound"], serde_json::json!({ "bound": "errors", "found": 1, "most": 0 }));
    assert_eq!((&told["observations"]["errors"], &told["observations"]["equal"]), (&1.into(), &1.into()));
    let folder = std::fs::read_dir(place.path().join("runs/canary")).unwrap().next().unwrap().unwrap();
    let journal = library::Digest::of(&std::fs::read(folder.path().join("journal.jsonl")).unwrap());
    assert_eq!(told["journal"]["sha256"], journal.hex(), "the statement names what it rests on");
    assert_eq!(call(&place, "ouch!").err, "", "nothing is on trial any more");
    place.assay(&["library", "advance", "shout"]).ended(2).says("channel `canary`");
}

#[test]
fn a_canary_that_burns_fuel_is_demoted() {
    let place = on_trial("share = 100\nobservations = 2", BURNS);
    assert_eq!(call(&place, "one").err, "", "one call says little about a ratio");
    call(&place, "two").says("times stable's fuel on the same calls; at most 4").says("it is demoted");
    assert_eq!(current(&place, "canary"), None);
    let (_, told) = evidence(&place);
    assert_eq!(told["bound"]["bound"], "fuel");
    assert!(
        told["observations"]["canary"]["fuel"].as_u64() > told["observations"]["stable"]["fuel"].as_u64()
    );
}

#[test]
fn answers_that_differ_are_no_fault_unless_the_task_says_so() {
    let place = on_trial("share = 100\ndiffering = 0.0", GOOD);
    assert_eq!(call(&place, "short").err, "");
    call(&place, "a long sentence").says("1 of 2 answers differ").says("it is demoted");
    assert_eq!(current(&place, "canary"), None);
}

#[test]
fn where_stable_changed_nothing_is_observed_and_nothing_moves_up() {
    let place = on_trial("share = 100\nobservations = 1", TRAPS);
    call(&place, "one");
    submit(&place, "stable", GOOD);
    place.assay(&["library", "advance", "shout"]).ended(1).says("`stable` changed").says("submit it again");
    let said = place.assay(&["run", "shout", "ouch!"]).ended(0).says("OUCH!");
    said.says("is not observed").says("submit it again");
    assert_eq!(observed(&place).len(), 1);
    place.assay(&["library", "verify"]).ended(0);
}

#[test]
fn whatever_keeps_a_canary_from_being_demoted_the_caller_is_answered() {
    let place = on_trial("share = 100", TRAPS);
    let keys = Keys::open_or_create(&place.path().join("keys")).unwrap();
    let path = place.path().join("library");
    // Another writer.
    let held = Library::open_or_create(&path, "assay.local/library", &keys).unwrap();
    call(&place, "ouch!").says("it can't be demoted now").says("the next `assay run shout` tries again");
    drop(held);
    assert!(current(&place, "canary").is_some());
    // No keys; and none are made.
    let events = observed(&place).len();
    let said = place.assay(&["run", "shout", "oh no!", "--keys", "nowhere"]).ended(0).says("OH NO!");
    said.says("there are no keys at nowhere").says("--keys");
    assert!(!place.path().join("nowhere").exists());
    assert_eq!(observed(&place).len(), events, "what passed a bound is called no more");
    place.assay(&["library", "advance", "shout"]).ended(1).says("it passed a bound");
    // People who want to be asked.
    approve_from_now_on(&path, &keys, &["demote:canary", "rollback"]);
    call(&place, "fine").says("its demotion waits for people");
    call(&place, "fine").says("its demotion waits for people");
    let mut library = Library::open_or_create(&path, "assay.local/library", &keys).unwrap();
    let waiting = library.pending().unwrap();
    assert_eq!(waiting.len(), 1, "it is proposed once");
    library.approve(&waiting[0].id, &keys).unwrap();
    library.settle(&waiting[0].id).unwrap().unwrap();
    drop(library);
    assert_eq!(current(&place, "canary"), None);
    assert_eq!(call(&place, "fine").err, "");
}

/// The next root of trust, with this list of what needs approval.
fn approve_from_now_on(library: &Path, keys: &Keys, kinds: &[&str]) {
    let mut root = Library::open_read_only(library).unwrap().next_root();
    root.approve(kinds.iter().map(|kind| (*kind).to_owned()).collect());
    let root = root.finish(keys).unwrap();
    Library::rotate(library, "assay.local/library", keys, &root).unwrap();
}

#[test]
fn a_move_up_that_people_must_approve_is_proposed() {
    let place = on_trial("share = 100\nobservations = 1", GOOD);
    call(&place, "one");
    let keys = Keys::open_or_create(&place.path().join("keys")).unwrap();
    let path = place.path().join("library");
    approve_from_now_on(&path, &keys, &["promote:stable"]);
    let said = place.assay(&["library", "advance", "shout", "--json"]).ended(0).json();
    assert_eq!((&said["advanced"], &said["leaf"]), (&false.into(), &Value::Null));
    // More observations do not make it another proposal.
    call(&place, "two");
    let again = place.assay(&["library", "advance", "shout", "--json"]).ended(0).json();
    assert!(said["pending"].is_string());
    assert_eq!(again["pending"], said["pending"]);
    let mut library = Library::open_or_create(&path, "assay.local/library", &keys).unwrap();
    let id = library.pending().unwrap()[0].id;
    library.approve(&id, &keys).unwrap();
    library.settle(&id).unwrap().unwrap();
    drop(library);
    place.assay(&["run", "shout", "in use by now"]).ended(0).says("IN USE BY NOW");
    place.assay(&["library", "verify"]).ended(0);
}

#[test]
fn a_journal_that_was_edited_is_named_and_the_caller_is_answered() {
    let place = on_trial("share = 100", GOOD);
    call(&place, "one");
    call(&place, "two");
    let folder = std::fs::read_dir(place.path().join("runs/canary")).unwrap().next().unwrap().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("answered", "erred", 1)).unwrap();
    call(&place, "three").says("journal.jsonl:4").says("the journal was edited");
    place.assay(&["library", "advance", "shout"]).ended(2).says("journal.jsonl:4");
    std::fs::write(&journal, text.replace("shout", "other")).unwrap();
    let name = folder.file_name().to_string_lossy().into_owned();
    call(&place, "four").says(&name);
}
