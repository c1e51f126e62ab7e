//! What a library gains from one goal for the next. This is what goals are for: if reuse, exploration or the figures on them were
//! not as they are told, every other claim about growth would rest on nothing.

use crate::field::{GOALS, events, field, of_kind, pursue, verifies};
use crate::support::Place;
use serde_json::{Value, json};

/// Both goals, one after the other.
fn both() -> Place {
    let place = field();
    let said = pursue(&place, "goal.toml", &[]).ended(0).json();
    assert_eq!(
        (&said["reached"], &said["answer"]["Ok"]),
        (&json!(true), &json!("hellohellohello")),
        "{said:#}"
    );
    let said = pursue(&place, "second.toml", &[]).ended(0).json();
    assert_eq!((&said["reached"], &said["answer"]["Ok"]), (&json!(true), &json!("6")), "{said:#}");
    place
}

fn growth(place: &Place) -> Value {
    place.assay(&["growth", "--agents", "--json"]).ended(0).json()
}

/// Events from the `goal`th beginning to its end.
fn of_goal(place: &Place, goal: usize) -> Vec<Value> {
    let events = events(place);
    let mut goals = events.split_inclusive(|event| event["event"] == "ended");
    goals.nth(goal).unwrap().to_vec()
}

fn sum(events: &[Value], key: &str) -> u64 {
    events.iter().map(|event| event[key].as_u64().unwrap_or(0)).sum()
}

fn only(events: &[Value], kind: &str) -> Vec<Value> {
    events.iter().filter(|event| event["event"] == kind).cloned().collect()
}

/// The figures of an epoch once more, by another hand than the program's.
fn counted_again(epoch: &Value, rate: &Value, events: &[Value]) {
    let (made, reached) = (only(events, "made"), only(events, "reached"));
    let parts: Vec<Value> = reached.iter().flat_map(|one| one["parts"].as_array().unwrap().clone()).collect();
    let reused = parts.iter().filter(|part| part["reused"] == true).count();
    let ahead: Vec<Value> = made.iter().filter(|made| made["ahead"] == true).cloned().collect();
    let held_out = only(events, "held-out");
    let solved = held_out.iter().filter(|task| task["solved"] == true).count();
    let fuel = sum(&made, "fuel") + sum(&only(events, "called"), "fuel");
    let kept = only(events, "proposed").iter().filter(|proposed| proposed["fate"] == "kept").count();
    let expected = json!({
        "goal": events[0]["goal"], "reached": events.last().unwrap()["reached"], "without": events[0]["without"],
        "needed": parts.len(), "reused": reused, "made": made.len(), "ahead": ahead.len(),
        "candidates": sum(&made, "candidates"),
        "neededCandidates": sum(&made, "candidates") - sum(&ahead, "candidates"),
        "fuel": fuel, "explored": kept, "heldOut": [solved, held_out.len()],
        "score": only(events, "assessed")[0]["score"], "seedScore": only(events, "assessed")[0]["seed-score"],
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&epoch[key], value, "{key} of {epoch:#}");
    }
    let expected = reused as f64 / parts.len() as f64;
    assert_eq!(rate["reuseRate"].as_f64(), Some(expected), "{rate}");
}

#[test]
fn the_second_goal_is_reached_with_what_the_first_left_and_the_figures_are_the_journals() {
    let place = both();
    let (first, second) = (of_goal(&place, 0), of_goal(&place, 1));
    let names = |made: &[Value]| -> Vec<(String, bool)> {
        let name = |made: &Value| (made["agent"].as_str().unwrap().to_owned(), made["ahead"] == true);
        made.iter().map(name).collect()
    };
    let made = names(&only(&first, "made"));
    assert_eq!(
        made,
        [("cut".to_owned(), false), ("triple".to_owned(), false), ("count".to_owned(), true)],
        "two that the goal needs, and one that nobody needs yet"
    );
    assert_eq!(only(&second, "made"), Vec::<Value>::new(), "the second goal has nothing made");
    let held_out = only(&first, "held-out");
    assert_eq!((&held_out[0]["task"], &held_out[0]["solved"]), (&json!("size"), &json!(true)));

    let growth = growth(&place);
    let (epochs, rates) = (growth["epochs"].as_array().unwrap(), growth["rates"].as_array().unwrap());
    assert_eq!(epochs.len(), 2);
    counted_again(&epochs[0], &rates[0], &first);
    counted_again(&epochs[1], &rates[1], &second);
    assert_eq!((&rates[0]["reuseRate"], &rates[1]["reuseRate"]), (&json!(0.0), &json!(1.0)));
    assert_eq!(epochs[1]["foreseen"], 1, "`count` had been made ahead of need");
    // The two goals: 4 each. `size` was solved before it was a goal, and counts once.
    assert_eq!((&epochs[0]["sophistication"], &epochs[1]["sophistication"]), (&json!(8), &json!(8)));
    let cut = &growth["agents"]["cut"];
    assert_eq!((&cut["uses"], &cut["successes"]), (&json!(2), &json!(2)), "{cut:#}");
    place.assay(&["growth"]).ended(0).says("1.00");

    // What was promoted can be done again from the library alone.
    verifies(&place);
    for name in ["cut", "triple", "count", "echo", "size"] {
        let shown = place.assay(&["library", "verify", "--reexecute", name, "--json"]).ended(0);
        let rows = &shown.json()["reexecuted"][0]["rows"];
        assert!(rows.as_array().is_some_and(|rows| !rows.is_empty()), "{name}: {rows}");
    }
    well_formed(&place);
}

/// Every element that is opened is closed, in order, and what stands between is escaped.
fn well_formed(place: &Place) {
    place.assay(&["growth", "--svg", "growth.svg"]).ended(0);
    let svg = place.read("growth.svg");
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
    let (mut open, mut elements) = (Vec::new(), 0);
    let mut rest = svg.as_str();
    while let Some((text, tag)) = rest.split_once('<') {
        assert!(!text.contains('>'), "`{text}`");
        for entity in text.split('&').skip(1) {
            assert!(entity.split(';').next().is_some_and(|name| name.len() < 6), "`{text}`");
        }
        let (tag, after) = tag.split_once('>').unwrap();
        rest = after;
        assert_eq!(tag.matches('"').count() % 2, 0, "`{tag}`");
        elements += 1;
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{svg}");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty() && elements > 10, "{open:?} {elements}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn without_exploration_nothing_is_made_ahead_and_without_reuse_all_is_made_again() {
    let place = field();
    pursue(&place, "goal.toml", &["--without", "exploration"]).ended(0);
    let first = of_goal(&place, 0);
    assert!(only(&first, "proposed").is_empty());
    assert!(only(&first, "made").iter().all(|made| made["ahead"] == false));
    assert_eq!(only(&first, "held-out")[0]["solved"], false, "nobody made `count`");

    let both = ["--without", "reuse", "--without", "exploration"];
    pursue(&place, "second.toml", &both).ended(0);
    let second = of_goal(&place, 1);
    let made: Vec<Value> = only(&second, "made").iter().map(|made| made["agent"].clone()).collect();
    assert_eq!(made, ["cut", "count"], "`cut` is searched for again, though it is there");
    for found in only(&second, "called").iter().filter(|call| call["function"] == "library.find") {
        assert_eq!(found["reply"], "[]", "nothing that is there is shown: {found}");
    }
    let growth = growth(&place);
    assert_eq!(growth["rates"][1]["reuseRate"], 0.0);
    assert_eq!(growth["epochs"][1]["without"], json!(["reuse", "exploration"]));
    let drawn = place.assay(&["growth"]).ended(0);
    drawn.says("size (without reuse, exploration)");
    verifies(&place);
}

#[test]
fn what_was_not_pursued_has_no_growth_and_what_is_over_is_begun_anew() {
    let place = field();
    place.assay(&["growth"]).ended(2).says("no goal was pursued to its end");
    assert_eq!(place.read(GOALS), "", "looking makes no journal");
    pursue(&place, "goal.toml", &["--give-up"]).ended(2).says("nothing to give up");
    place.write("goal.toml", crate::field::goal("nothing", "", ""));
    pursue(&place, "goal.toml", &[]).ended(2).says("which no task of the catalogue is called").says("triple");
    assert!(of_kind(&place, "began").is_empty(), "a goal that can't be read is not begun");
}

/// Who reaches a goal need be no team.
#[test]
fn one_agent_that_does_the_whole_job_is_found_promoted_and_answers() {
    let place = field();
    for file in ["task.toml", "cases.jsonl", "holdout.jsonl", "seed.rs"] {
        let text = place.read(&format!("tasks/echo/{file}")).replace("name = \"echo\"", "name = \"shout\"");
        place.write(&format!("tasks/shout/{file}"), text);
    }
    let good = "pub fn run(input: String) -> Result<String, String> {\n    Ok(input[2..].repeat(3))\n}\n";
    let good = place.write("good.rs", good).display().to_string();
    place.assay(&["submit", "tasks/shout", &good]).ended(0);
    let said = pursue(&place, "goal.toml", &["--without", "exploration"]).ended(0).json();
    assert_eq!(
        (&said["reached"], &said["answer"]["Ok"]),
        (&json!(true), &json!("hellohellohello")),
        "{said:#}"
    );
    let parts = said["who"]["parts"].as_array().unwrap();
    assert_eq!((parts.len(), &parts[0]["agent"], &parts[0]["reused"]), (1, &json!("shout"), &json!(true)));
    assert_eq!(
        said["steps"].as_array().unwrap().len(),
        1,
        "one step, with what it was given and what it cost"
    );
    assert_eq!(growth(&place)["rates"][0]["reuseRate"], 1.0);
    verifies(&place);
}
