//! What stands between a goal and a library that grows without end: each bound of a goal's file is tripped here, and says so in the
//! journal by its name there. The arithmetic is `pursue/guard.rs`'s own tests'; these are about the program.

use crate::field::{GOALS, field, goal, leader, of_kind, pursue, replies, stocked, verifies};
use crate::support::{Place, Said};
use serde_json::{Value, json};

const PLAIN: [&str; 2] = ["--without", "exploration"];

fn led(place: &Place, body: &str) -> Said {
    place.write("leader.rs", leader(body));
    pursue(place, "goal.toml", &["--orchestrator", "leader.rs", "--without", "exploration"])
}

fn refused(place: &Place) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of_kind(place, "refused").iter().map(|event| (text(&event["guard"]), text(&event["words"]))).collect()
}

#[test]
fn each_quota_of_agents_stands_in_the_way_by_its_name_and_nothing_is_made() {
    for (quota, value, words) in [
        ("depth", 0, "1 a maker of agents would be nested so deep"),
        ("agents", 0, "1 agents would have been made for this goal"),
        ("total", 0, "1 agents would have been made in all"),
        ("alive", 0, "1 agents would be in use"),
        ("lineage", 0, "1 searches would have been made for this one agent"),
        ("all-candidates", 15, "16 candidates would have been tried"),
    ] {
        let place = field();
        place
            .write("goal.toml", goal("echo", "", &format!("[quotas]\ncandidates = 16\n{quota} = {value}\n")));
        let said = pursue(&place, "goal.toml", &PLAIN).ended(1).json();
        assert_eq!(said["reached"], false, "{said:#}");
        let expected = (quota.to_owned(), format!("{words}, and quotas.{quota} is {value}"));
        assert_eq!(refused(&place).first(), Some(&expected), "{quota}");
        assert!(of_kind(&place, "made").is_empty() && !place.path().join("runs/goal-1-cut-1").exists());
        let returned = &of_kind(&place, "returned")[0];
        assert_eq!(returned["returned"], "nothing", "{returned}");
        let growth = place.assay(&["growth", "--json"]).ended(0).json();
        assert_eq!(growth["epochs"][0]["refused"][quota], 1, "{growth:#}");
    }
}

#[test]
fn one_agent_is_made_and_the_next_is_refused_with_what_may_still_be_made() {
    let place = field();
    place.write("goal.toml", goal("echo", "", "[quotas]\ncandidates = 16\nagents = 1\nlineage = 1\n"));
    let body = "let before = spawn::remaining();
    let made = [\"nothing\", \"echo\", \"cut\", \"cut\", \"triple\"].map(|name| spawn::make(name).err().unwrap_or_default());
    Err(format!(\"{before} then {}: {}\", spawn::remaining(), made.join(\" / \")))";
    let said = led(&place, body).ended(1);
    assert_eq!(said.json()["made"].as_array().unwrap().len(), 1);
    let words = of_kind(&place, "returned")[0]["words"].as_str().unwrap().to_owned();
    assert!(
        words
            .starts_with("1 then 0: the catalogue has no task of that name / that is what the goal asks for"),
        "{words}"
    );
    let guards: Vec<String> = refused(&place).into_iter().map(|(guard, _)| guard).collect();
    assert_eq!(guards, ["agents", "agents"]);
    verifies(&place);
}

#[test]
fn a_search_looks_for_a_smaller_winner_as_long_as_the_goal_lets_it_and_no_longer() {
    // `count` is the one whose winner has a smaller form to try.
    for (minimise, candidates) in [(0, 16), (1, 17)] {
        let place = field();
        let quotas = format!("[quotas]\ncandidates = 16\nminimise = {minimise}\n");
        place.write("goal.toml", goal("echo", "", &quotas));
        led(&place, "spawn::make(\"count\").map(|_| String::new())").ended(1);
        assert_eq!(of_kind(&place, "made")[0]["candidates"], candidates, "minimise = {minimise}");
    }
}

#[test]
fn what_an_orchestrator_may_spend_is_given_to_the_last_one_and_no_further() {
    let place = stocked(&["cut", "triple"]);
    let quotas = "[quotas]\nevaluations = 3\nproposals = 3\ninvocations = 1\n";
    place.write("goal.toml", goal("echo", "", quotas));
    let body = "let team = chain(\"cut\", \"triple\");
    let left = (evaluation::remaining(), proposals::remaining(), library::remaining());
    let other = chain(\"triple\", \"cut\");
    let _ = evaluation::score_all(&[team.clone(), other.clone(), team.clone(), other]);
    let _ = evaluation::score(&team);
    let _ = proposals::propose(&team, \"\", 1_000_000, 0.5);
    let _ = proposals::propose(&team, \"\", 1, 0.5);
    for _ in 0..2 { let _ = library::invoke(&one(\"cut\"), \"xxhello\"); }
    assert_eq!(left, (3, 3, 1));
    assert_eq!((evaluation::remaining(), proposals::remaining(), library::remaining()), (0, 0, 0));
    Ok(team)";
    led(&place, body).ended(0);
    let scored = &replies(&place, "evaluation.score-all")[0];
    assert!(scored.starts_with("[ok(1), ok(") && scored.matches("ok(").count() == 3, "{scored}");
    assert!(scored.ends_with("err(\"the budget is spent: no evaluations are left\")]"), "{scored}");
    assert_eq!(
        replies(&place, "evaluation.score"),
        ["err(\"the budget is spent: no evaluations are left\")"]
    );
    assert_eq!(
        replies(&place, "proposals.propose")[1],
        "err(\"the budget is spent: no proposals are left\")"
    );
    let called = replies(&place, "library.invoke");
    assert_eq!(called, ["ok(\"hello\")", "err(\"the budget is spent: no invocations are left\")"]);

    // Fuel is one account for evaluations and calls, and the dearest case is set aside before it is run.
    let place = stocked(&["cut", "triple"]);
    place.write("goal.toml", goal("echo", "", "[quotas]\nfuel = 1000000\n"));
    let body = "let team = chain(\"cut\", \"triple\");
    let _ = evaluation::score(&team);
    let _ = library::invoke(&one(\"cut\"), \"xxhello\");
    Ok(team)";
    led(&place, body).ended(0);
    let (scored, called) = (replies(&place, "evaluation.score"), replies(&place, "library.invoke"));
    assert_eq!(
        scored,
        ["err(\"the budget is spent: the fuel that is left does not pay for an evaluation\")"]
    );
    assert_eq!(called, ["err(\"the budget is spent: the fuel that is left does not pay for a call\")"]);
}

/// The policy of the goal: what is new, and what is more than so much, waits for a person; and each yes is for one thing.
#[test]
fn a_new_capability_and_growth_wait_for_a_person_who_is_asked_about_each() {
    let place = stocked(&["triple"]);
    place.write("goal.toml", goal("echo", "", "[ask]\ncapability = true\ngrowth = 1\n"));
    let waits = |more: &[&str], what: &str| {
        let said = pursue(&place, "goal.toml", &[&PLAIN[..], more].concat()).ended(1).json();
        assert_eq!((&said["waiting"], &said["reached"]), (&json!(what), &Value::Null), "{said:#}");
        place.read(GOALS)
    };
    let first = waits(&[], "capability core");
    assert_eq!(waits(&[], "capability core"), first, "asking again changes nothing");
    assert_eq!(waits(&["--allow", "capability loud"], "capability core"), first, "another yes is no yes");
    assert!(of_kind(&place, "made").is_empty());
    let second = waits(&["--allow", "capability core"], "growth 2");
    assert!(second.starts_with(&first) && of_kind(&place, "made").is_empty());
    place
        .assay(&["pursue", "goal.toml", "--without", "exploration"])
        .ended(1)
        .says("allow it: assay pursue goal.toml --allow \"growth 2\"");
    let said = pursue(&place, "goal.toml", &["--allow", "growth 2"]).ended(0).json();
    assert_eq!(said["answer"]["Ok"], "hellohellohello");
    let allowed: Vec<Value> = of_kind(&place, "allowed").iter().map(|event| event["what"].clone()).collect();
    assert_eq!(allowed, ["capability core", "growth 2"]);
}

/// A promotion waits where the library's root of trust says so, and who made the plan can't say otherwise.
#[test]
fn a_promotion_that_waits_for_people_leaves_the_goal_unreached_until_they_approve() {
    let place = stocked(&["cut", "triple"]);
    let keys = place.assay(&["--keys", "anna", "keys", "--json"]).ended(0).json();
    let key =
        keys.as_array().unwrap().iter().find(|key| key["role"] == "approver").unwrap()["public"].clone();
    place.write("anna.pub", key.as_str().unwrap());
    let root =
        ["library", "root", "next", "root.json", "--add-approver", "anna=anna.pub", "--approvers", "1"];
    let policy = ["--approve", "promote:stable", "rollback", "revoke-version"];
    place.assay(&[&root[..], &policy[..]].concat()).ended(0);
    place.assay(&["library", "root", "apply", "root.json"]).ended(0);

    let said = place.assay(&["pursue", "goal.toml", "--without", "exploration"]).ended(1);
    said.says("waits for people").says("not reached");
    assert!(of_kind(&place, "reached").is_empty());
    let pending = place.assay(&["library", "pending", "--json"]).ended(0).json();
    let id = pending[0]["id"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    place.assay(&["--keys", "anna", "library", "approve", &id, "--detached", "anna.sig"]).ended(0);
    place.assay(&["library", "approve", &id, "--signature", "anna.sig"]).ended(0);
    let said = pursue(&place, "goal.toml", &PLAIN).ended(0).json();
    assert_eq!(said["answer"]["Ok"], "hellohellohello", "{said:#}");
    verifies(&place);
}

/// Counts what is right beside its score, so that there is something that may not get worse.
const RIGHT: &str = "use assay::*;

pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let case: json::Value = json::from_str(&case).map_err(|error| Fault::BadCase(error.to_string()))?;
    let answer = run(case[\"input\"].as_str().unwrap_or_default()).map_err(Fault::InvalidOutput)?;
    let right = if case[\"expected\"] == answer.as_str() { 1.0 } else { 0.0 };
    let short = -(answer.len() as f64);
    let metric = |name: &str, value: f64| Metric { name: name.to_owned(), value };
    Ok(Outcome { score: right, metrics: vec![metric(\"right\", right), metric(\"short\", short)], notes: String::new() })
}
";

#[test]
fn what_a_goal_guards_may_not_get_worse_whoever_is_returned() {
    let place = stocked(&["cut", "triple"]);
    let toml = place.read("tasks/echo/task.toml");
    let own = toml.replace("builtin = \"expectations\"\nmode = \"exact\"", "source = \"evaluator.rs\"");
    assert_ne!(own, toml);
    place.write("tasks/echo/task.toml", own);
    place.write("tasks/echo/evaluator.rs", RIGHT);
    place.write("goal.toml", goal("echo", "", "[guards]\nmetrics = [\"right\"]\n"));
    led(&place, "Ok(chain(\"cut\", \"triple\"))").ended(0);
    assert!(refused(&place).is_empty(), "the first has nothing to be worse than");
    let said = led(&place, "Ok(chain(\"triple\", \"cut\"))").ended(0).json();
    assert_eq!(refused(&place), [("guards".to_owned(), "right would be 0.0000 and is 1.0000".to_owned())]);
    assert_eq!(said["answer"]["Ok"], "hellohellohello", "what was in use stays, and answers");
    assert_eq!(of_kind(&place, "judged").len(), 1, "what is refused spends no holdout");
}

#[test]
fn agents_with_which_goals_are_not_reached_are_remembered_for_it_and_retired_in_the_end() {
    let place = stocked(&["cut", "triple", "count"]);
    place.write("goal.toml", goal("echo", "", "[quotas]\nfailed = 2\n"));
    let wrong = "Ok(chain(\"triple\", \"cut\"))";
    led(&place, wrong).ended(1);
    assert!(of_kind(&place, "retired").is_empty());
    let short = of_kind(&place, "short");
    assert_eq!(short.len(), 1);
    let said = led(&place, wrong).ended(1).json();
    let retired = of_kind(&place, "retired");
    assert_eq!(said["retired"].as_array(), Some(&retired));
    assert!(retired.iter().all(|event| event["failed"] == 2), "{retired:?}");
    let names: Vec<&str> = retired.iter().filter_map(|event| event["agent"].as_str()).collect();
    assert_eq!(names, ["cut", "triple"], "whoever had no part in it stays");
    let agents = place.assay(&["growth", "--agents", "--json"]).ended(0).json()["agents"].clone();
    assert_eq!(agents["cut"]["failures"], json!(["echo", "echo"]));
    assert_eq!((&agents["cut"]["uses"], &agents["cut"]["successes"]), (&json!(2), &json!(0)));
    place.assay(&["library", "verify"]).ended(0);
}

#[test]
fn an_agent_that_no_goal_used_is_retired_and_stays_in_the_library_with_its_evidence() {
    let place = stocked(&["cut", "triple", "count"]);
    pursue(&place, "goal.toml", &PLAIN).ended(0);
    place.write("second.toml", goal("size", "", "[quotas]\nidle = 1\n"));
    pursue(&place, "second.toml", &PLAIN).ended(0);
    let retired = of_kind(&place, "retired");
    assert_eq!(retired.len(), 1, "{retired:?}");
    assert_eq!((&retired[0]["agent"], &retired[0]["idle"]), (&json!("triple"), &json!(1)));
    place.assay(&["growth", "--agents"]).ended(0).says("retired");

    // Neither shown nor lent any more, and no member of a new team; but all of it is there to be looked at and done again.
    let triple = place.assay(&["library", "show", "triple", "--json"]).ended(0).json();
    let list = place.assay(&["library", "list", "--json"]).ended(0);
    assert!(list.out.contains("triple"), "{}", list.out);
    let digest = find_digest(&triple).unwrap();
    place.write("goal.toml", goal("echo", "", "[quotas]\nalive = 3\n"));
    let body = format!(
        "assert!(one(\"triple\").is_empty() && !one(\"cut\").is_empty());
    let _ = library::invoke(\"{digest}\", \"ab\");
    Ok(\"agent {digest}\".to_owned())"
    );
    led(&place, &body).ended(0);
    let called = replies(&place, "library.invoke");
    assert_eq!(called, ["err(\"there is no such component on offer; `find` shows what is\")"]);
    assert_eq!(refused(&place), [("conforms".to_owned(), "there is no such component on offer".to_owned())]);
    place.assay(&["library", "verify", "--reexecute", "triple"]).ended(0);
    verifies(&place);
}

/// The digest of a component, wherever it stands in what is shown.
fn find_digest(shown: &Value) -> Option<String> {
    let component = shown.pointer("/leaf/component").or_else(|| shown.get("component"))?;
    Some(component.as_str()?.trim_start_matches("sha256:").to_owned())
}
