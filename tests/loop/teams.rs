//! Teams that evolve: better than the one to start from on a holdout, and the same bytes whatever happens around them.

use crate::support::Place;
use crate::teams_support::company;
use crate::{RUN, leaves};
use serde_json::Value;

const IMPROVE: [&str; 9] =
    ["team", "improve", "start.toml", "tasks/tidy", "--candidates", "12", "--run", "r", "--json"];

/// The company with the first team promoted, and everything that a run depends on the same each time.
fn ready() -> Place {
    let place = company();
    place.assay(&["submit", "tasks/tidy", "start.toml"]).ended(0).says("promoted");
    place
}

fn with_workers(workers: &'static str) -> Vec<&'static str> {
    [&IMPROVE[..], &["--workers", workers]].concat()
}

#[test]
fn a_team_improves_on_its_first_version_is_promoted_and_all_of_it_can_be_done_again() {
    let place = ready();
    let first = place.assay(&["team", "show", "tidy", "--json"]).ended(0).json();
    let improved = place.assay(&with_workers("2")).ended(0).json();
    assert_eq!(improved["decision"]["promoted"], true, "{improved:#}");
    let findings = improved["decision"]["findings"].to_string();
    assert!(findings.contains("generalizes") && findings.contains("sealed cases"), "{findings}");
    place.assay(&["eval", "tasks/tidy", "--agent", "tidy"]).ended(0).says("1.0000");
    assert_eq!(
        place.assay(&["run", "tidy", " w1 and then some"]).ended(0).out.trim(),
        "ok(\"W1 AND THEN SOME\")"
    );

    // What changed is read off two documents: one member for another.
    let second = place.assay(&["team", "show", "tidy", "--json"]).ended(0).json();
    let filling = |shown: &Value, role: &str| {
        let roles = shown["roles"].as_array().unwrap();
        roles.iter().find(|other| other["role"] == role).unwrap()["component"].as_str().unwrap().to_owned()
    };
    let version = |shown: &Value| shown["component"].as_str().unwrap().to_owned();
    let said = place.assay(&["library", "diff", &version(&first), &version(&second)]).ended(0);
    assert!(said.out.contains(&format!("-agent = \"{}\"", filling(&first, "loud"))), "{}", said.out);
    let after = second["document"].as_str().unwrap();
    assert!(said.out.lines().filter_map(|line| line.strip_prefix('+')).all(|line| after.contains(line)));
    place.assay(&["runs", "lineage", "r"]).ended(0).says("swap-agent");

    place.assay(&["library", "verify"]).ended(0);
    place.assay(&["library", "verify", "--reexecute", "tidy"]).ended(0);
    // The run's folder keeps its roster: neither the tasks of the members nor new agents matter to a replay.
    std::fs::remove_dir_all(place.path().join("tasks/loud-all")).unwrap();
    place.assay(&["replay", "r", "--cached"]).ended(0).says("same");
    let journal = place.read(RUN);
    assert_eq!(place.assay(&["resume", "r", "--json"]).ended(0).json()["decision"], improved["decision"]);
    assert_eq!(place.read(RUN), journal);

    // A member that was exchanged in the run's folder is named.
    let members = place.path().join("runs/r/members");
    let member = std::fs::read_dir(&members).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&member, b"another").unwrap();
    place.assay(&["replay", "r", "--cached"]).ended(2).says("is not what the run began with");
}

#[test]
fn a_run_of_teams_is_the_same_with_one_worker_and_after_a_kill() {
    let (whole, killed) = (ready(), ready());
    whole.assay(&with_workers("1")).ended(0);
    let lines = whole.read(RUN).lines().count();
    let mut child = killed.spawn(&with_workers("2"));
    while killed.read(RUN).lines().count() < lines / 2 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    killed.assay(&["resume", "r", "--workers", "2"]).ended(0);
    assert_eq!(killed.read(RUN), whole.read(RUN));
    assert_eq!(leaves(&killed), leaves(&whole));
    killed.assay(&["library", "verify"]).ended(0);
}
