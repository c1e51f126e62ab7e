//! Journals: a run's events, edited by anyone, read and folded into the run's state.
//!
//! A chain of hashes would keep random changes out of the events, so a journal is given as the events alone and the chain
//! is made here; a file that begins as journals do is taken as it is.

use assay::run::event::Event;
use assay::run::journal::Journal;
use assay::run::state::State;
use assay::task::Direction;
use sha2::{Digest as _, Sha256};
use std::cell::LazyCell;
use std::io::Write as _;
use tempfile::TempDir;

const HEADER: &[u8] = br#"{"assay-journal":1}"#;

thread_local! {
    static FOLDER: LazyCell<TempDir> = LazyCell::new(|| tempfile::tempdir().unwrap());
}

/// `data` is a journal, or an event a line.
pub fn run(data: &[u8]) {
    FOLDER.with(|folder| {
        let file = if data.starts_with(HEADER) { data.to_vec() } else { chained(data) };
        std::fs::write(folder.path().join("journal.jsonl"), file).unwrap();
        let Ok(events) = Journal::<Event>::read(folder.path()) else { return };
        let Some(Event::Started(started)) = events.first() else { return };
        if started.search.check().is_err() {
            return;
        }
        let mut state = State::new(Direction::Minimize, &started.search);
        for event in &events {
            state.apply(event);
            if let Event::Candidate(candidate) = event {
                let _ = state.ancestry(candidate.id);
            }
        }
        let _ = (state.best(), state.population.living(), state.judged(""));
    });
}

/// The lines of `data` as the events of a journal whose chain is whole.
fn chained(data: &[u8]) -> Vec<u8> {
    let mut file = [HEADER, b"\n"].concat();
    let mut previous = HEADER.to_vec();
    for event in data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let head: String =
            Sha256::digest(&previous).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let mut line = Vec::new();
        write!(line, r#"{{"prev":"{head}","event":"#).unwrap();
        line.extend(event);
        line.push(b'}');
        file.extend(&line);
        file.push(b'\n');
        previous = line;
    }
    file
}
