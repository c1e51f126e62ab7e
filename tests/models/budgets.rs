//! What may be spent: never more, and no run is lost for it.

use crate::model_server::ModelServer;
use crate::shop::{Shop, mixed};
use serde_json::Value;

#[test]
fn calls_end_at_the_budget_and_a_larger_one_goes_on_to_the_same_bytes() {
    let (one, two) = (ModelServer::start(mixed), ModelServer::start(mixed));
    let (whole, poor) = (Shop::new(&one, "retries = 0"), Shop::new(&two, "retries = 0"));
    let undisturbed = whole.improve("12", &[]);
    let said = poor.improve("12", &["--calls", "3"]).ended(1);
    assert_eq!(two.requests().len(), 3);
    assert_eq!(said.json()["outOfBudget"], "calls");
    let said = poor.assay(&["resume", "r", "--calls", "7"]).ended(1);
    said.says("out of budget").says("the budget allows 7 calls").says("assay resume r --finish");
    assert_eq!(two.requests().len(), 7);
    assert!(whole.journal().starts_with(&poor.journal()), "only what was folded is kept");
    // The budget is the run's: what isn't said again stays.
    poor.assay(&["resume", "r"]).ended(1);
    assert_eq!(two.requests().len(), 7);
    let resumed = poor.assay(&["resume", "r", "--calls", "100", "--json"]);
    assert_eq!(resumed.code, undisturbed.code, "{}", resumed.err);
    assert_eq!(poor.journal(), whole.journal());
    assert_eq!(one.requests().len(), two.requests().len());
}

#[test]
fn tokens_and_money_end_before_they_are_passed() {
    let spent = |shop: &Shop, what: &str| -> u64 {
        shop.exchanges().iter().map(|one: &Value| one["spend"][what].as_u64().unwrap()).sum()
    };
    let server = ModelServer::start(mixed);
    let lines = "retries = 0\nmax-tokens = 200\nprice-input = 10\nprice-output = 10";
    let shop = Shop::new(&server, lines);
    shop.improve("12", &["--tokens", "5000"]).ended(1);
    assert!((1..=5000).contains(&spent(&shop, "tokens")), "{}", spent(&shop, "tokens"));
    let shop = Shop::new(&server, lines);
    shop.improve("12", &["--cost", "0.045"]).ended(1);
    assert!((1..=45_000).contains(&spent(&shop, "micro-dollars")), "{}", spent(&shop, "micro-dollars"));
    shop.assay(&["resume", "r", "--cost", "0.055"]).ended(1).says("millionths of a dollar");
    assert!((1..=55_000).contains(&spent(&shop, "micro-dollars")), "{}", spent(&shop, "micro-dollars"));
    let nothing = Shop::new(&server, lines);
    let before = server.requests().len();
    nothing.improve("12", &["--cost", "0"]).ended(1);
    assert_eq!(server.requests().len(), before);
}

#[test]
fn a_search_that_is_ended_early_is_judged_and_can_be_replayed() {
    let server = ModelServer::start(mixed);
    let shop = Shop::new(&server, "retries = 0");
    // Enough for the eight candidates of a batch and all their repairs: which call comes first decides nothing.
    shop.improve("40", &["--calls", "16"]).ended(1);
    let before = server.requests().len();
    let said = shop.assay(&["resume", "r", "--finish", "--json"]);
    assert!(said.json()["decision"]["promoted"].is_boolean(), "{}", said.err);
    assert_eq!(server.requests().len(), before);
    let finish = shop.events("finish");
    assert_eq!(finish.len(), 1);
    assert_eq!(finish[0]["candidates"], shop.written().len());
    assert!((8..=16).contains(&shop.written().len()));
    drop(server);
    shop.place.assay(&["replay", "r"]).ended(0).says("the same to the last bit");
    shop.assay(&["resume", "r", "--finish"]).ended(said.code.unwrap());
}

#[test]
fn an_improver_that_leads_can_be_out_of_budget_too() {
    let server = ModelServer::start(mixed);
    let shop = Shop::new(&server, "retries = 0");
    let leader = crate::support::task("improver") + "/hill-climb.rs";
    // Enough for its first six and all their repairs.
    shop.improve("30", &["--improver", &leader, "--calls", "13"]).ended(1).says("out");
    assert_eq!(server.requests().len(), 13);
    let said = shop.assay(&["resume", "r", "--finish", "--json"]);
    assert!(said.json()["decision"]["promoted"].is_boolean(), "{}{}", said.out, said.err);
    assert_eq!(server.requests().len(), 13);
    drop(server);
    shop.place.assay(&["replay", "r"]).ended(0).says("the same to the last bit");
}

#[test]
fn a_budget_without_models_and_an_early_end_without_a_search_are_refused() {
    let server = ModelServer::start(mixed);
    let shop = Shop::new(&server, "retries = 0");
    let mutate = ["improve", "mine", "--run", "m", "--candidates", "2", "--calls", "5"];
    shop.assay(&mutate).ended(2).says("name one with --model");
    shop.improve("4", &["--model", "fast"]).ended(2).says("said twice");
    shop.improve("4", &["--model", "other"])
        .ended(2)
        .says("there is no model `other`")
        .says("`fast`, `slow`");
    shop.improve("4", &["--calls", "0"]).ended(1);
    shop.assay(&["resume", "r", "--finish"]).ended(2).says("tried nothing yet");
}
