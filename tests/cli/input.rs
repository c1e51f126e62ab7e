//! Bad input: what, where, what to do next; exit code 2; nothing made.

use crate::support::{Place, task};

#[test]
fn what_is_not_a_verb_is_a_usage_error() {
    let place = Place::new();
    place.assay(&["frobnicate"]).ended(2).says("unrecognized subcommand");
    place.assay(&["improve"]).ended(2).says("<TASK>");
    place.assay(&["--help"]).ended(0).says("improve");
}

#[test]
fn a_task_that_is_not_there_is_named() {
    Place::new().assay(&["check", "nowhere"]).ended(2).says("nowhere");
}

#[test]
fn a_mistake_in_task_toml_points_at_its_line() {
    let place = Place::new();
    place.assay(&["new", "mine"]).ended(0);
    let toml = place.read("mine/task.toml").replace("direction", "directoin");
    let line = 1 + toml.lines().position(|line| line.contains("directoin")).unwrap();
    place.write("mine/task.toml", toml);
    place.assay(&["check", "mine"]).ended(2).says(&format!("task.toml:{line}:")).says("direction");
    place.write("mine/task.toml", "[task\nname");
    place.assay(&["check", "mine"]).ended(2).says("task.toml:1");
}

#[test]
fn a_missing_file_and_a_broken_case_are_named() {
    let place = Place::new();
    place.assay(&["new", "mine"]).ended(0);
    let cases = place.read("mine/cases.jsonl");
    place.write("mine/cases.jsonl", format!("{cases}{{\"input\": oops}}\n"));
    let line = cases.lines().count() + 1;
    place.assay(&["check", "mine"]).ended(2).says(&format!("cases.jsonl:{line}:"));
    std::fs::remove_file(place.path().join("mine/cases.jsonl")).unwrap();
    place.assay(&["check", "mine"]).ended(2).says("cases.jsonl");
}

#[test]
fn wrong_wit_and_a_world_that_is_missing_are_named() {
    let place = Place::new();
    place.assay(&["new", "mine", "--template", "simulated"]).ended(0);
    place.assay(&["check", "mine"]).ended(0).says("everything works");
    let file = std::fs::read_dir(place.path().join("mine"))
        .unwrap()
        .map(|f| f.unwrap().path())
        .find(|f| f.extension().is_some_and(|e| e == "wit"))
        .unwrap();
    let name = format!("mine/{}", file.file_name().unwrap().to_string_lossy());
    let wit = place.read(&name);
    place.write(&name, wit.replace("func(", "fun("));
    place.assay(&["check", "mine"]).ended(2).says("is not valid WIT").says(&name["mine/".len()..]);
    place.write(&name, wit.replace("world evaluator", "world examiner"));
    place.assay(&["check", "mine"]).ended(2).says("no world named `evaluator`");
}

#[test]
fn an_evaluator_that_does_not_compile_is_the_tasks_error() {
    let place = Place::new();
    place.assay(&["new", "mine", "--template", "simulated"]).ended(0);
    place
        .write("mine/evaluator.rs", "pub fn evaluate(case: String) -> Result<Outcome, Fault> { nonsense }\n");
    place
        .assay(&["check", "mine"])
        .ended(2)
        .says("the task's evaluator does not become a component")
        .says("agent.rs:1");
}

#[test]
fn external_cases_are_read_in_or_librarys_form_and_scored_exactly() {
    let place = Place::new();
    // Three items of 60 need three bins of 100; the L1 bound is 2: 50 % excess. 50 + 50 fit one bin: 0 %.
    let file = place.write("two.txt", " 2\n a\n 100 3 2\n60\n60\n60\n b\n 100 2 1\n50\n50\n");
    let said = place
        .assay(&["eval", &task("bin-packing"), "--cases", file.to_str().unwrap(), "--json"])
        .ended(0)
        .json();
    assert_eq!((&said["cases"], &said["measured"]["score"]), (&2.into(), &25.0.into()));
    let torn = place.write("torn.txt", " 1\n a\n 100 3 2\n60\nsixty\n60\n");
    place
        .assay(&["eval", &task("bin-packing"), "--cases", torn.to_str().unwrap()])
        .ended(2)
        .says("torn.txt:5");
}

#[test]
fn a_library_that_someone_edited_is_refused_and_said_where() {
    let place = Place::new();
    let best_fit = format!("{}/best-fit.rs", task("bin-packing"));
    let said = place.assay(&["submit", &task("bin-packing"), &best_fit, "--json"]).ended(0).json();
    let blob = format!("library/blobs/sha256/{}", said["component"].as_str().unwrap());
    let mut bytes = std::fs::read(place.path().join(&blob)).unwrap();
    bytes[100] ^= 1;
    place.write(&blob, &bytes);
    place.assay(&["library", "verify"]).ended(1).says(said["component"].as_str().unwrap());
    place
        .assay(&["run", "bin-packing-uniform-150", "1", "2"])
        .ended(2)
        .says(said["component"].as_str().unwrap());
    bytes[100] ^= 1;
    place.write(&blob, &bytes);
    place.assay(&["library", "verify"]).ended(0);
    let checkpoint = place.read("library/log/checkpoint");
    place.write("library/log/checkpoint", checkpoint.replacen('3', "4", 1));
    place.assay(&["library", "verify"]).ended(1);
    place.assay(&["submit", &task("bin-packing"), &best_fit]).ended(2).says("checkpoint");
}

#[test]
fn a_second_run_of_one_name_does_not_overwrite_the_first() {
    let place = Place::new();
    place.assay(&["new", "mine"]).ended(0);
    place.assay(&["improve", "mine", "--candidates", "2", "--run", "r"]);
    let journal = place.read("runs/r/journal.jsonl");
    place.assay(&["improve", "mine", "--candidates", "2", "--run", "r"]).ended(2).says("assay resume r");
    assert_eq!(place.read("runs/r/journal.jsonl"), journal);
    place.assay(&["improve", "mine", "--run", "../x"]).ended(2).says("can't name a run");
    place.assay(&["new", "mine"]).ended(2);
}

#[test]
fn a_folder_that_can_not_be_written_is_the_machines_fault() {
    let place = Place::new();
    place.write("file", "in the way");
    place.assay(&["improve", &task("bin-packing"), "--runs", "file"]).ended(3);
}
