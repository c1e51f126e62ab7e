//! The tour of the README, with a task that did not exist before.

use crate::support::{Place, task};

#[test]
fn a_persons_own_task_from_new_to_run() {
    let place = Place::new();
    place.assay(&["new", "shout"]).ended(0).says("assay check shout");
    place.assay(&["check", "shout"]).ended(0).says("everything works");
    let toml = place.read("shout/task.toml");
    assert!(toml.contains("name = \"shout\""), "{toml}");
    // A task of the person's own: answer in capitals.
    let case =
        |words: &str| format!("{{\"input\": \"{words}\", \"expected\": \"{}\"}}\n", words.to_uppercase());
    let cases = |from: u32| (from..from + 20).map(|i| case(&format!("word {i} here"))).collect::<String>();
    place.write("shout/cases.jsonl", cases(0));
    place.write("shout/holdout.jsonl", cases(100));
    let good = place.write(
        "good.rs",
        "pub fn run(input: String) -> Result<String, String> {\n    Ok(input.to_uppercase())\n}\n",
    );
    let bad = place
        .write("bad.rs", "pub fn run(_: String) -> Result<String, String> {\n    Err(\"no\".into())\n}\n");

    let refused = place.assay(&["submit", "shout", bad.to_str().unwrap(), "--json"]).ended(1).json();
    assert_eq!(refused["promoted"], false);
    let promoted =
        place.assay(&["submit", "shout", good.to_str().unwrap(), "--by", "a test", "--json"]).ended(0).json();
    assert_eq!(promoted["promoted"], true, "{promoted:#}");
    assert_eq!(promoted["holdout"]["origin"]["from"], "sealed");
    assert_eq!(
        promoted["holdout"]["test"],
        serde_json::Value::Null,
        "numbers of a sealed holdout stay behind the gate"
    );

    let said = place.assay(&["run", "shout", "hello there"]).ended(0);
    assert_eq!(said.out.trim(), "ok(\"HELLO THERE\")");
    let component = promoted["component"].as_str().unwrap();
    place.assay(&["run", &component[..12], "by digest"]).ended(0).says("BY DIGEST");
    place.assay(&["library", "list"]).ended(0).says("shout").says("stable");
    place.assay(&["library", "show", "shout"]).ended(0).says("to_uppercase").says("a test");
    place.assay(&["library", "verify"]).ended(0);
    // The same agent again is the incumbent itself.
    place.assay(&["submit", "shout", good.to_str().unwrap()]).ended(1).says("the incumbent itself");
}

#[test]
fn a_typed_agent_takes_wave_arguments() {
    let place = Place::new();
    let best_fit = format!("{}/best-fit.rs", task("bin-packing"));
    place.assay(&["submit", &task("bin-packing"), &best_fit]).ended(0).says("promoted");
    place.assay(&["run", "bin-packing-uniform-150", "30", "70"]).ended(0).says("-40");
    place.assay(&["run", "bin-packing-uniform-150", "thirty", "70"]).ended(1);
    place.assay(&["run", "nobody"]).ended(2).says("library list");
}

#[test]
fn a_component_built_elsewhere_takes_the_same_door() {
    let place = Place::new();
    let best_fit = format!("{}/best-fit.rs", task("bin-packing"));
    let first = place.assay(&["submit", &task("bin-packing"), &best_fit, "--json"]).ended(0).json();
    let digest = first["component"].as_str().unwrap();
    let blob = std::fs::read(place.path().join("library/blobs/sha256").join(digest)).unwrap();
    let file = place.write("agent.wasm", blob);
    let said = place
        .assay(&["eval", &task("bin-packing"), "--agent", file.to_str().unwrap(), "--json"])
        .ended(0)
        .json();
    assert_eq!(said["component"], digest);
    let garbage = place.write("garbage.wasm", b"\0asm\x0d\0\x01\0\x01\xff\xff\xff\xff\x0f");
    place
        .assay(&["eval", &task("bin-packing"), "--agent", garbage.to_str().unwrap()])
        .ended(1)
        .says("rejected");
    // A text agent is no bin-packing policy.
    place.assay(&["new", "text"]).ended(0);
    place
        .assay(&["submit", "text", file.to_str().unwrap()])
        .ended(1)
        .says("does not conform to world `agent`");
}

#[test]
fn keys_are_private_and_made_at_first_use() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.assay(&["keys"]).ended(0).says("evidence");
    let files: Vec<_> =
        std::fs::read_dir(place.path().join("keys")).unwrap().map(|f| f.unwrap().path()).collect();
    assert!(files.len() >= 3);
    for file in &files {
        // A `.pub` file says which key it is; everybody may know that.
        let mode = if file.extension().is_some_and(|ext| ext == "pub") { 0o644 } else { 0o600 };
        let found = std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", file.display());
    }
    std::fs::set_permissions(place.path().join("keys/log.pem"), std::fs::Permissions::from_mode(0o644))
        .unwrap();
    place.assay(&["keys"]).ended(2).says("can be read by others");
}

#[test]
fn runs_tell_where_a_winner_came_from() {
    let place = Place::new();
    place.assay(&[
        "improve",
        &task("sorting-network"),
        "--class",
        "wires-4",
        "--candidates",
        "60",
        "--run",
        "r",
    ]);
    place.assay(&["runs", "list"]).ended(0).says("60 candidates");
    place.assay(&["runs", "show", "r"]).ended(0).says("sorting-network-wires-4").says("winner");
    let line = place.assay(&["runs", "lineage", "r", "--json"]).ended(0).json();
    let line = line.as_array().unwrap();
    assert_eq!(line.last().unwrap()["candidate"], 0, "every line goes back to the seed agent");
    place.assay(&["runs", "show", "nothing"]).ended(2).says("runs list");
}

#[test]
fn doctor_says_what_is_in_place() {
    let place = Place::new();
    place.assay(&["doctor"]).ended(0).says("guest toolchain").says("a small agent became");
    let lost = place.command(&["doctor"]).env("ASSAY_GUEST", place.path()).output().unwrap();
    assert_eq!(lost.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&lost.stdout).contains("make setup"));
}
