//! Whole runs: whatever models say, however they are stopped, and once more.

use crate::model_server::{ModelServer, Reply};
use crate::shop::{BETTER, Shop, answer, good, improve, is_repair, mixed};
use std::collections::BTreeSet;

#[test]
fn a_run_survives_whatever_a_server_does_counts_it_and_promotes_what_is_better() {
    let mut turn = 0;
    let server = ModelServer::start(move |request| {
        if is_repair(request) {
            return good(request);
        }
        turn += 1;
        match turn {
            1 => good(request),
            2 => Reply::Text("no idea".into()),
            3 => Reply::Text(answer(request, "    load + undefined")),
            4 => Reply::RateLimited { retry_after: 0 },
            5 => {
                let whole = answer(request, BETTER);
                Reply::FinishLength(whole[..whole.len() - 20].to_owned())
            }
            6 => Reply::Huge(2 << 20),
            7 => Reply::Slow(300, answer(request, "    -load + 1.0")),
            8 => Reply::Truncated,
            9 => Reply::HangUp,
            10 => Reply::Garbage,
            11 => Reply::NotHttp,
            12 => Reply::Slow(4000, "too late".into()),
            13 => Reply::Status(500, Vec::new(), "broken".into()),
            14 => Reply::Status(400, Vec::new(), "no such parameter".into()),
            15 => Reply::Text(answer(request, "    panic!(\"no\")")),
            16 => Reply::Text(answer(request, "    loop {}")),
            17 => Reply::NoUsage(answer(request, "    load")),
            _ => good(request),
        }
    });
    let shop = Shop::new(&server, "retries = 1\ntimeout-seconds = 3");
    let said = shop.improve("16", &[]).ended(0);
    assert_eq!(said.json()["decision"]["promoted"], true, "{}", said.err);
    let written = shop.written();
    assert_eq!(written.len(), 16);
    let kinds: BTreeSet<&str> = written.iter().filter_map(|one| one["fate"]["kind"].as_str()).collect();
    for kind in ["no-block", "truncated", "answer-too-large", "garbage", "request-rejected"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    // What holds no program is an empty candidate, and each rests on an exchange that can be found.
    let digests = |one: &serde_json::Value| one["exchanges"].as_array().unwrap().len();
    assert!(written.iter().all(|one| digests(one) >= 1 && one["spend"]["calls"].as_u64() >= Some(1)));
    let empty = |one: &&serde_json::Value| one["source"] == "";
    assert!(written.iter().filter(empty).all(|one| one["fate"]["fate"] == "rejected"));
    let repaired: Vec<_> = written.iter().filter(|one| digests(one) == 2).collect();
    assert!(repaired.iter().any(|one| one["operators"][1] == "repair" && one["fate"]["fate"] != "rejected"));
    let shown = shop.assay(&["runs", "show", "r"]).ended(0).says("model fast (fast-1b): 16 candidates");
    shown.says("rejected").says("no-block 1");
    shop.assay(&["library", "verify"]).ended(0);
}

#[test]
fn a_replay_needs_no_server_no_key_and_no_models_file_and_gives_the_same_bytes() {
    let server = ModelServer::start(mixed);
    let shop = Shop::new(&server, "retries = 0");
    shop.improve("12", &[]);
    assert_eq!(shop.written().len(), 12);
    drop(server);
    std::fs::remove_file(shop.place.path().join("models.toml")).unwrap();
    let before = (shop.journal(), shop.exchanges());
    shop.place.assay(&["replay", "r"]).ended(0).says("the same to the last bit");
    assert_eq!((shop.journal(), shop.exchanges()), before);
    // A transcript that is not this run's is no transcript of it.
    let transcript = shop.place.read("runs/r/transcript.jsonl");
    let one = transcript.lines().next().unwrap().to_owned() + "\n";
    shop.place.write("runs/r/transcript.jsonl", one);
    shop.place.assay(&["replay", "r"]).ended(2).says("the transcript has no exchange `1/0`");
}

#[test]
fn a_killed_run_goes_on_to_the_same_journal_and_pays_for_nothing_twice() {
    let slow = |request: &serde_json::Value| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        mixed(request)
    };
    let (one, two) = (ModelServer::start(slow), ModelServer::start(slow));
    let (whole, killed) = (Shop::new(&one, "retries = 0"), Shop::new(&two, "retries = 0"));
    let undisturbed = whole.improve("20", &[]);
    let lines = whole.journal().lines().count();
    for (round, until) in [5, 14].into_iter().enumerate() {
        let arguments = if round == 0 { improve("20", &[]) } else { vec!["resume", "r"] };
        let mut child = killed.spawn(&arguments);
        while killed.journal().lines().count() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed.journal().lines().count() < lines, "it was not killed on the way");
    two.settle();
    let (asked, recorded) = (two.requests().len(), killed.exchanges().len());
    let resumed = killed.assay(&["resume", "r", "--json"]);
    assert_eq!(resumed.code, undisturbed.code, "{}", resumed.err);
    assert_eq!(killed.journal(), whole.journal());
    assert_eq!(resumed.json()["logRoot"], undisturbed.json()["logRoot"]);
    let (asked, recorded) = (two.requests().len() - asked, killed.exchanges().len() - recorded);
    assert_eq!(asked, recorded, "only what was not recorded is asked");
    // A finished run asks nothing.
    let before = two.requests().len();
    killed.assay(&["resume", "r"]);
    assert_eq!(two.requests().len(), before);
}

#[test]
fn a_run_without_the_answers_that_it_rests_on_does_not_go_on() {
    let server = ModelServer::start(mixed);
    let shop = Shop::new(&server, "retries = 0");
    shop.improve("8", &[]);
    // As a kill leaves it in the middle: three candidates of models are known.
    let journal = shop.journal();
    let written = |end: usize| journal[..end].matches("\"model\":\"fast\"").count();
    let end = journal.match_indices('\n').map(|(end, _)| end).find(|end| written(*end) == 3).unwrap();
    shop.place.write("runs/r/journal.jsonl", &journal[..=end]);
    // Of the transcript, only the line that names the run.
    let transcript = shop.place.read("runs/r/transcript.jsonl");
    shop.place.write("runs/r/transcript.jsonl", transcript.lines().next().unwrap().to_owned() + "\n");
    let before = server.requests().len();
    shop.assay(&["resume", "r"]).ended(2).says("rests on an exchange").says("put back");
    assert_eq!(server.requests().len(), before);
}

#[test]
fn an_improver_leads_and_models_propose() {
    let server = ModelServer::start(mixed);
    let shop = Shop::new(&server, "retries = 0");
    let seed = crate::support::task("improver") + "/seed.rs";
    let said = shop.improve("8", &["--improver", &seed]);
    assert!(matches!(said.code, Some(0 | 1)), "{}", said.err);
    let started = shop.events("started").remove(0);
    let generator = &started["search"]["generator"];
    assert_eq!(generator["models"][0]["name"], "fast", "{generator}");
    assert!(generator["improver"].is_string());
    let keys: Vec<String> =
        shop.exchanges().iter().map(|one| one["key"].as_str().unwrap().to_owned()).collect();
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("lead/")), "{keys:?}");
    let written = shop.written();
    assert!(!written.is_empty());
    assert!(written.iter().all(|one| one["operators"][0].as_str().unwrap().ends_with(" by fast")));
    drop(server);
    shop.place.assay(&["replay", "r"]).ended(0).says("the same to the last bit");
}

#[test]
fn who_is_refused_access_is_told_what_to_mend_and_goes_on_afterwards() {
    let refusing = ModelServer::start(|_| Reply::Status(401, Vec::new(), "bad key".into()));
    let shop = Shop::new(&refusing, "retries = 0");
    let said = shop.improve("4", &[]).ended(2);
    said.says("refuses access (401)").says("check the key in SHOP_KEY").says("assay resume");
    assert_eq!(shop.exchanges().len(), 0);
    let server = ModelServer::start(|request| Reply::Text(answer(request, BETTER)));
    shop.serves(&server, "retries = 0");
    let said = shop.assay(&["resume", "r", "--json"]).ended(0);
    assert_eq!(said.json()["decision"]["promoted"], true, "{}", said.err);
    drop(server);
    let gone = Shop::new(&refusing, "retries = 0");
    drop(refusing);
    gone.improve("4", &[]).ended(3).says("can't be reached");
}
