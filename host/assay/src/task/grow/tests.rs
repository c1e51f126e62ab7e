//! Claims about adding a case to a folder: what is written, what is refused, and that nothing is written by halves.

use super::super::tests::{DRAWN, EXACT, FIXED, folder};
use super::*;

fn expectation(input: &str, expected: &str) -> Addition {
    Addition::Expectation { input: input.into(), expected: expected.into() }
}

fn grow(dir: &Path, addition: Addition) -> Result<Growth, GrowError> {
    Growth::plan(dir, None, &[addition], Conflicting::Refuse)
}

fn read(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).unwrap_or_default()
}

/// The folder's files and their contents.
fn everything(dir: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .map(|name| (name.clone(), read(dir, &name)))
        .collect();
    files.sort();
    files
}

#[test]
fn a_real_input_joins_the_train_cases_and_the_task_is_another_one() {
    let folder = folder(FIXED);
    let growth = grow(folder.path(), expectation("x \"y\"\n", "z")).unwrap();
    assert_eq!(growth.old.digest(), Task::load(folder.path(), None).unwrap().digest());
    let planned = growth.new.digest();
    growth.write().unwrap();
    let cases = read(folder.path(), "cases.jsonl");
    assert!(cases.ends_with("\"b\"}\n{\"input\":\"x \\\"y\\\"\\n\",\"expected\":\"z\"}\n"), "{cases}");
    let task = Task::load(folder.path(), None).unwrap();
    assert_eq!(task.digest(), planned, "what was planned is what is there");
    assert!(!everything(folder.path()).iter().any(|(name, _)| name.contains("partial")));
}

#[test]
fn repeated_contradicted_and_sealed_inputs_are_refused_and_nothing_changes() {
    let folder = folder(FIXED);
    let before = everything(folder.path());
    let says = |addition| grow(folder.path(), addition).unwrap_err().to_string();
    assert!(says(expectation("a", "b")).contains("the task has this case already"));
    let contradiction = says(expectation("a", "other"));
    assert!(contradiction.contains("\\\"b\\\"") || contradiction.contains("\"b\""), "{contradiction}");
    assert!(contradiction.contains("cases.jsonl:1:1") && contradiction.contains("other"), "{contradiction}");
    assert!(says(expectation("c", "d")).contains("the task's holdout asks this already"));
    assert!(says(Addition::Text("{}".into())).contains("--input and --expected"));
    assert!(says(expectation(&"x".repeat(MOST_BYTES), "")).contains("at most 1048576 are added"));
    assert_eq!(everything(folder.path()), before);
}

#[test]
fn an_expectation_is_replaced_where_it_stands() {
    let folder = folder(FIXED);
    let three = "{\"input\": \"q\", \"expected\": \"1\"}\n{\"input\": \"a\", \"expected\": \"b\"}\r\n{\"input\": \"q\", \"expected\": \"2\"}\n{\"input\": \"z\", \"expected\": \"9\"}";
    std::fs::write(folder.path().join("cases.jsonl"), three).unwrap();
    let growth = Growth::plan(folder.path(), None, &[expectation("q", "3")], Conflicting::Replace).unwrap();
    assert_eq!(growth.replaced.len(), 2);
    growth.write().unwrap();
    let expected = "{\"input\":\"q\",\"expected\":\"3\"}\n{\"input\": \"a\", \"expected\": \"b\"}\r\n\n{\"input\": \"z\", \"expected\": \"9\"}";
    assert_eq!(read(folder.path(), "cases.jsonl"), expected);
}

#[test]
fn what_is_expected_is_read_as_the_mode_has_it() {
    let numeric = FIXED.replace("\"exact\"", "\"numeric\"");
    let folder = folder(&numeric);
    let number = "{\"input\": \"a\", \"expected\": 1}\n";
    std::fs::write(folder.path().join("cases.jsonl"), number).unwrap();
    std::fs::write(folder.path().join("holdout.jsonl"), number.replace('a', "h")).unwrap();
    let says = |expected| grow(folder.path(), expectation("x", expected)).unwrap_err().to_string();
    assert!(says("two").contains("evaluator.mode is \"numeric\""));
    assert!(says("\"2\"").contains("`expected` should be a number"));
    grow(folder.path(), expectation("x", " 2.5\n")).unwrap().write().unwrap();
    assert!(read(folder.path(), "cases.jsonl").ends_with("{\"input\":\"x\",\"expected\":2.5}\n"));
}

#[test]
fn a_pool_is_begun_for_the_class_and_the_persons_file_keeps_its_words() {
    let toml = format!("# mine\n{DRAWN}");
    let folder = folder(&toml);
    let other = Task::load(folder.path(), Some("a-later-one")).unwrap().digest();
    let case = "u500\n150 3 2\n42\n";
    grow(folder.path(), Addition::Text(case.into())).unwrap().write().unwrap();
    let expected =
        toml.replace("[classes.uniform-150]\n", "[classes.uniform-150]\npool = \"pool-uniform-150.jsonl\"\n");
    assert_eq!(read(folder.path(), "task.toml"), expected);
    assert_eq!(read(folder.path(), "pool-uniform-150.jsonl"), "\"u500\\n150 3 2\\n42\\n\"\n");
    grow(folder.path(), Addition::Text("[1, 2]".into())).unwrap().write().unwrap();
    let Cases::Drawn(simulator) = Task::load(folder.path(), None).unwrap().cases else { panic!() };
    assert_eq!(simulator.pool, [case, "[1, 2]"], "a simulator's text keeps its blanks");
    assert_eq!(Task::load(folder.path(), Some("a-later-one")).unwrap().digest(), other);
    let says = grow(folder.path(), Addition::Text(case.into())).unwrap_err().to_string();
    assert!(says.contains("has this case already"), "{says}");
}

#[test]
fn a_process_that_died_between_the_two_files_is_completed_by_the_same_addition_alone() {
    let folder = folder(DRAWN);
    let growth = grow(folder.path(), Addition::Text("7".into())).unwrap();
    let (name, text) = growth.writes[0].clone();
    drop(growth);
    std::fs::write(folder.path().join(&name), text).unwrap();
    // The old version, still: nothing names the file.
    assert_eq!(
        Task::load(folder.path(), None).unwrap().digest(),
        Task::load(super::super::tests::folder(DRAWN).path(), None).unwrap().digest()
    );
    let says = grow(folder.path(), Addition::Text("8".into())).unwrap_err().to_string();
    assert!(says.contains("is there, but task.toml does not name it"), "{says}");
    grow(folder.path(), Addition::Text("7".into())).unwrap().write().unwrap();
    // What a write left half done is no obstacle.
    std::fs::write(folder.path().join(format!("{name}.partial")), "half").unwrap();
    grow(folder.path(), Addition::Text("8".into())).unwrap().write().unwrap();
    assert_eq!(read(folder.path(), &name), "7\n8\n");
}

#[test]
fn links_inline_cases_and_other_forms_are_left_to_the_author() {
    let fixed = folder(FIXED);
    std::fs::rename(fixed.path().join("cases.jsonl"), fixed.path().join("real.jsonl")).unwrap();
    std::os::unix::fs::symlink("real.jsonl", fixed.path().join("cases.jsonl")).unwrap();
    let says = grow(fixed.path(), expectation("x", "y")).unwrap_err().to_string();
    assert!(says.contains("cases.jsonl is a link"), "{says}");
    let dangling = folder(DRAWN);
    std::os::unix::fs::symlink("/etc/passwd", dangling.path().join("pool-uniform-150.jsonl")).unwrap();
    assert!(grow(dangling.path(), Addition::Text("7".into())).unwrap_err().to_string().contains("is a link"));
    let exact = folder(EXACT);
    let says = grow(exact.path(), Addition::Text("6".into())).unwrap_err().to_string();
    assert!(says.contains("stand in task.toml itself"), "{says}");
    let dotted = DRAWN.replace("[classes.uniform-150]\nparameters", "[classes]\nuniform-150.parameters");
    let dotted = folder(&dotted);
    let says = grow(dotted.path(), Addition::Text("6".into())).unwrap_err().to_string();
    assert!(says.contains("no plain section [classes.uniform-150]"), "{says}");
}

#[test]
fn one_process_grows_a_task_at_a_time() {
    let folder = folder(FIXED);
    let held = grow(folder.path(), expectation("x", "y")).unwrap();
    assert!(matches!(grow(folder.path(), expectation("q", "y")), Err(GrowError::Locked(_))));
    held.write().unwrap();
    grow(folder.path(), expectation("q", "y")).unwrap();
}

#[test]
fn what_a_person_edits_meanwhile_is_not_overwritten() {
    for (toml, addition, file) in
        [(FIXED, expectation("x", "y"), "cases.jsonl"), (DRAWN, Addition::Text("7".into()), "task.toml")]
    {
        let folder = folder(toml);
        let growth = grow(folder.path(), addition).unwrap();
        let mine = format!("{}\n", read(folder.path(), file));
        std::fs::write(folder.path().join(file), &mine).unwrap();
        let before = everything(folder.path());
        assert!(growth.write().unwrap_err().to_string().contains(&format!("{file} was edited meanwhile")));
        assert_eq!(everything(folder.path()), before);
    }
}

#[test]
fn a_folder_that_cannot_be_written_stays_as_it_was() {
    let folder = folder(FIXED);
    let growth = grow(folder.path(), expectation("x", "y")).unwrap();
    // In the way of the file that would be renamed, and not removable as a file.
    std::fs::create_dir(folder.path().join("cases.jsonl.partial")).unwrap();
    let before = read(folder.path(), "cases.jsonl");
    assert!(growth.write().unwrap_err().to_string().contains("the task is as it was"));
    assert_eq!(read(folder.path(), "cases.jsonl"), before);
}
