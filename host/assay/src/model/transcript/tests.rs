use super::super::chat::{Completion, Finish, Message, Refused, Role, Tokens};
use super::*;

fn request(text: &str) -> Request {
    let messages = vec![Message { role: Role::User, content: text.into() }];
    Request { model: "fast".into(), messages, max_tokens: 10, temperature: 0.1, seed: None }
}

fn exchange(key: &str) -> Exchange {
    let tokens = Tokens { input: 1, output: 2, estimated: false };
    let completion = Completion { text: format!("words of {key}"), finish: Finish::Stop, tokens };
    let spend = Spend { calls: 1, tokens: 3, micro_dollars: 5 };
    Exchange::new(key, request(key), Answer::Completion(completion), spend)
}

/// A folder with a transcript of these keys, and the transcript's path.
fn written(keys: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let mut transcript = Transcript::open(dir.path()).unwrap();
    for key in keys {
        transcript.add(exchange(key)).unwrap();
    }
    let path = dir.path().join("transcript.jsonl");
    (dir, path)
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn exchanges_come_back_by_key_in_whatever_order_they_were_written() {
    let ((one, _), (two, _)) = (written(&["1/0", "2/0"]), written(&["2/0", "1/0"]));
    for dir in [one, two] {
        let recorded = Transcript::read(dir.path()).unwrap();
        assert_eq!(recorded.iter().cloned().collect::<Vec<_>>(), [exchange("1/0"), exchange("2/0")]);
        assert_eq!(recorded.find("2/0", &request("2/0")).unwrap(), Some(&exchange("2/0")));
        assert_eq!(recorded.find("3/0", &request("3/0")).unwrap(), None);
        assert_eq!(recorded.spend(), Spend { calls: 2, tokens: 6, micro_dollars: 10 });
    }
}

#[test]
fn an_opened_transcript_goes_on() {
    let (dir, _) = written(&["1/0"]);
    let mut transcript = Transcript::open(dir.path()).unwrap();
    assert_eq!(transcript.recorded().iter().count(), 1);
    let refused = Answer::Refused(Refused::TimedOut);
    transcript.add(Exchange::new("2/0", request("x"), refused, Spend::default())).unwrap();
    assert_eq!(Transcript::read(dir.path()).unwrap().iter().count(), 2);
    assert!(matches!(
        Transcript::open(dir.path()),
        Err(TranscriptError::Journal(JournalError::Locked { .. }))
    ));
}

#[test]
fn another_request_under_a_known_key_is_of_another_run() {
    let (dir, _) = written(&["1/0"]);
    let error = Transcript::read(dir.path()).unwrap().find("1/0", &request("x")).unwrap_err();
    assert!(matches!(&error, TranscriptError::OtherRequest { key, .. } if key == "1/0"), "{error}");
}

#[test]
fn a_torn_tail_is_dropped_and_nothing_else() {
    let (dir, path) = written(&["1/0", "2/0"]);
    let whole = std::fs::read(&path).unwrap();
    for cut in [1, 20, 100] {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        assert_eq!(Transcript::read(dir.path()).unwrap().iter().count(), 1);
        Transcript::open(dir.path()).unwrap().add(exchange("2/0")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn edits_are_noticed_at_their_line() {
    let edits = [
        ("words of 2/0", "swords of 2/0", "answer"),
        ("\"micro-dollars\":5", "\"micro-dollars\":4", "answer"),
        ("\"max-tokens\":10", "\"max-tokens\":11", "request"),
    ];
    for (from, to, expected) in edits {
        // One line, so that the chain of lines has nothing to say about it.
        let (dir, path) = written(&["2/0"]);
        edit(&path, from, to);
        for error in [Transcript::read(dir.path()).unwrap_err(), Transcript::open(dir.path()).unwrap_err()] {
            assert!(
                matches!(error, TranscriptError::Digest { line: 2, what, .. } if what == expected),
                "{error}"
            );
        }
    }
    let (dir, path) = written(&["1/0", "2/0"]);
    edit(&path, "words of 1/0", "swords of 1/0");
    let error = Transcript::read(dir.path()).unwrap_err();
    assert!(matches!(error, TranscriptError::Journal(JournalError::Edited { line: 3, .. })), "{error}");
}

#[test]
fn a_line_that_is_no_exchange_is_refused_with_its_number() {
    let (dir, path) = written(&["1/0", "2/0"]);
    edit(&path, "\"finish\":\"stop\"", "\"finish\":\"end\"");
    let error = Transcript::read(dir.path()).unwrap_err();
    assert!(matches!(error, TranscriptError::Journal(JournalError::Malformed { line: 2, .. })), "{error}");
    std::fs::write(&path, "{\"assay-journal\":1}\n").unwrap();
    let error = Transcript::read(dir.path()).unwrap_err();
    assert!(matches!(error, TranscriptError::Journal(JournalError::Version { .. })), "{error}");
}

#[test]
fn two_exchanges_under_one_key_are_refused() {
    let (dir, _) = written(&["1/0", "2/0", "1/0"]);
    let error = Transcript::read(dir.path()).unwrap_err();
    assert!(matches!(&error, TranscriptError::Twice { line: 4, key, .. } if key == "1/0"), "{error}");
}

#[test]
fn a_folder_without_a_transcript_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = Transcript::read(dir.path()).unwrap_err();
    assert!(matches!(error, TranscriptError::Journal(JournalError::NotFound { .. })), "{error}");
    assert!(error.to_string().contains("transcript.jsonl"), "{error}");
}
