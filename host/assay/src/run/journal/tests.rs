use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Event {
    Proposed { source: String },
    Scored { score: f64 },
}

fn events() -> Vec<Event> {
    vec![
        Event::Proposed { source: "a\nb".into() },
        Event::Scored { score: 0.1 },
        Event::Proposed { source: "é".into() },
    ]
}

/// A folder with a journal of three events, and the journal's path.
fn written() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(dir.path()).unwrap();
    for event in events() {
        journal.append(&event).unwrap();
    }
    journal.sync().unwrap();
    let path = dir.path().join(Form::RUN.file);
    (dir, path)
}

fn open(dir: &tempfile::TempDir) -> Result<(Journal<Event>, Vec<Event>), JournalError> {
    Journal::open(dir.path())
}

#[test]
fn what_was_appended_comes_back_and_goes_on() {
    let (dir, path) = written();
    let (mut journal, found) = open(&dir).unwrap();
    assert_eq!(found, events());
    journal.append(&Event::Scored { score: 1.0 }).unwrap();
    let head = journal.head().to_owned();
    drop(journal);
    let (journal, found) = open(&dir).unwrap();
    assert_eq!((found.len(), journal.head()), (4, head.as_str()));
    let text = std::fs::read_to_string(path).unwrap();
    let second = text.lines().nth(1).unwrap();
    assert_eq!(
        second,
        format!(
            r#"{{"prev":"{}","event":{{"proposed":{{"source":"a\nb"}}}}}}"#,
            hash(Form::RUN.header.as_bytes())
        )
    );
}

#[test]
fn the_same_events_give_the_same_bytes() {
    let ((_one, one), (_two, two)) = (written(), written());
    assert_eq!(std::fs::read(one).unwrap(), std::fs::read(two).unwrap());
}

#[test]
fn a_cut_at_any_byte_loses_the_torn_event_and_no_other() {
    let (dir, path) = written();
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let complete = whole[..length].iter().filter(|&&byte| byte == b'\n').count().saturating_sub(1);
        assert_eq!(Journal::<Event>::read(dir.path()).unwrap(), events()[..complete]);
        let (mut journal, found) = open(&dir).unwrap();
        assert_eq!(found, events()[..complete], "cut at {length}");
        for event in &events()[complete..] {
            journal.append(event).unwrap();
        }
        drop(journal);
        assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {length}");
    }
}

#[test]
fn an_edited_line_is_noticed_at_the_line_after_it() {
    let (dir, path) = written();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("0.1", "0.2")).unwrap();
    let error = open(&dir).unwrap_err();
    assert!(matches!(error, JournalError::Edited { line: 4, .. }), "{error}");
    assert!(error.to_string().contains("cut it before line 3"), "{error}");
    let without_third: String =
        text.lines().enumerate().filter(|(i, _)| *i != 2).map(|(_, l)| format!("{l}\n")).collect();
    std::fs::write(&path, without_third).unwrap();
    assert!(matches!(open(&dir), Err(JournalError::Edited { line: 3, .. })));
}

#[test]
fn a_malformed_line_is_refused_with_its_number_and_left_as_it_is() {
    let (dir, path) = written();
    let text = std::fs::read_to_string(&path).unwrap();
    for (broken, at) in [
        (format!("{text}\n"), 5),
        (format!("{text}\u{0}\n"), 5),
        (text.replace("scored", "graded"), 3),
        (text.replace("\"event\"", "\"other\":1,\"event\""), 2),
    ] {
        std::fs::write(&path, &broken).unwrap();
        let error = open(&dir).unwrap_err();
        assert!(matches!(error, JournalError::Malformed { line, .. } if line == at), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
    }
}

#[test]
fn another_files_content_or_version_is_refused_and_left_as_it_is() {
    let (dir, path) = written();
    for other in ["{\"assay-journal\":2}\n", "something else", "\n", "{\"assay-journal\":12"] {
        std::fs::write(&path, other).unwrap();
        assert!(matches!(open(&dir), Err(JournalError::Version { .. })), "{other}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
    }
}

#[test]
fn a_run_has_one_writer_and_any_number_of_readers() {
    let (dir, _) = written();
    let held = open(&dir).unwrap();
    let error = open(&dir).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }), "{error}");
    assert_eq!(Journal::<Event>::read(dir.path()).unwrap(), events());
    // What a worker that is being started holds of it: a descriptor of the same open file.
    let copy = held.0.file.0.try_clone().unwrap();
    drop(held);
    assert!(open(&dir).is_ok());
    drop(copy);
}

#[test]
fn a_run_is_neither_overwritten_nor_made_up() {
    let (dir, path) = written();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Journal::<Event>::create(dir.path()), Err(JournalError::Exists { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(open(&empty), Err(JournalError::NotFound { .. })));
    assert!(matches!(Journal::<Event>::read(empty.path()), Err(JournalError::NotFound { .. })));
    assert!(matches!(Journal::<Event>::create(&empty.path().join("no")), Err(JournalError::NotFound { .. })));
}

#[test]
fn a_full_disk_names_the_journal_and_costs_only_the_event_in_hand() {
    let (dir, path) = written();
    let (mut journal, _) = open(&dir).unwrap();
    // The device that is always full, in place of the file; it can't be cut either.
    let disk =
        std::mem::replace(&mut journal.file.0, OpenOptions::new().append(true).open("/dev/full").unwrap());
    let event = Event::Scored { score: 2.0 };
    let error = journal.append(&event).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{} can't be written: ", path.display())), "{error}");
    assert!(error.to_string().contains("all events before are kept"), "{error}");
    assert!(journal.append(&event).is_err());
    // Room again, with half a line left behind: it is taken back first.
    journal.file.0 = disk;
    journal.file.0.write_all(b"{\"prev\":\"").unwrap();
    journal.append(&event).unwrap();
    drop(journal);
    assert_eq!(open(&dir).unwrap().1, [events(), vec![event]].concat());
}

#[test]
fn an_event_without_a_json_form_leaves_the_journal_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::<std::collections::BTreeMap<(u8, u8), u8>>::create(dir.path()).unwrap();
    let head = journal.head().to_owned();
    assert!(matches!(journal.append(&[((1, 2), 3)].into()), Err(JournalError::Event { .. })));
    assert_eq!(journal.head(), head);
}
