//! What goes, what stays, and what is full.

use super::*;
use crate::keys::Keys;
use crate::leaf::{Leaf, Line};
use crate::manifest::About;
use crate::statement::Statement;
use crate::verify::{Options, verify};
use std::path::PathBuf;

fn line() -> Line {
    Line { name: "a".into(), channel: "stable".into(), task: Digest::of(b"task") }
}

/// A baseline, and attempts of which the last is promoted.
fn grown(attempts: u64) -> (tempfile::TempDir, PathBuf, Library) {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open_or_create(&folder.path().join("keys")).unwrap();
    let dir = folder.path().join("library");
    let mut library = Library::open_or_create(&dir, "lib", &keys).unwrap();
    let seed = library.put_version(b"seed", &About::default()).unwrap();
    library.append(Leaf::baseline(&line(), seed, vec![])).unwrap();
    for number in 1..=attempts {
        let version = library.put_version(&vec![number as u8; 1000], &About::default()).unwrap();
        let named = library.put(format!("named by evidence {number}").as_bytes()).unwrap();
        let predicate = serde_json::json!({"rests": {"on": named.hex()}});
        let evidence = library.sign(&Statement::new(&version, "t", &predicate).unwrap()).unwrap();
        library.append(Leaf::attempt(&line(), version.component, number)).unwrap();
        let resolve = if number == attempts { Leaf::promote } else { Leaf::refuse };
        library.append(resolve(&line(), version, number, vec![evidence])).unwrap();
    }
    (folder, dir, library)
}

#[test]
fn what_the_log_names_stays_and_what_it_does_not_goes() {
    let (_folder, dir, mut library) = grown(2);
    assert_eq!(library.gc(false).unwrap(), Removed::default());
    let before = library.stats().unwrap();
    let stray = library.put(b"never logged").unwrap();
    assert_eq!(library.stats().unwrap().unnamed, 1);
    assert_eq!(library.gc(false).unwrap(), Removed { unnamed: 1, losers: 0, bytes: 12 });
    assert!(library.get(&stray).is_err());
    assert_eq!(library.stats().unwrap(), before);
    assert_eq!((before.versions, before.components, before.unnamed), (3, 3, 0));
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(report.verified && report.notes.is_empty(), "{report}");
}

#[test]
fn components_of_losers_go_on_demand_and_their_evidence_stays() {
    let (_folder, dir, mut library) = grown(3);
    assert_eq!(library.stats().unwrap().losers_bytes, 2000);
    assert_eq!(library.gc(true).unwrap(), Removed { unnamed: 0, losers: 2, bytes: 2000 });
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(report.verified, "{report}");
    assert_eq!((report.counts.aged_out, report.counts.refused, report.counts.evidence), (2, 2, 3));
    assert!(report.notes[0].contains("components of 2 refused versions"), "{report}");
    // The component of what is in use is no loser's, though it were missing all the same.
    let current = library.current("a", "stable").unwrap().version.component;
    std::fs::remove_file(dir.join(blobs::path(&current))).unwrap();
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(!report.verified && report.findings[0].fault == Fault::Missing, "{report}");
}

#[test]
fn caps_bite_and_say_what_to_do() {
    let (_folder, _, mut library) = grown(1);
    let full = |error: Error| matches!(error, Error::Full { .. });
    library.set_caps(&Caps { versions: 2, ..Caps::default() }).unwrap();
    let version = library.put_version(b"more", &About::default()).unwrap();
    library.append(Leaf::attempt(&line(), version.component, 2)).unwrap();
    let evidence = library.sign(&Statement::new(&version, "t", &serde_json::json!({})).unwrap()).unwrap();
    let promote = || Leaf::promote(&line(), version, 2, vec![evidence]);
    assert!(full(library.append(promote()).unwrap_err()));
    library.set_caps(&Caps { bytes: 10, ..Caps::default() }).unwrap();
    let refused = library.put(b"eleven byte").unwrap_err();
    assert!(refused.to_string().contains("assay library gc"), "{refused}");
    // What is there already takes no more room.
    library.put(b"seed").unwrap();
    library.set_caps(&Caps { pending: 0, ..Caps::default() }).unwrap();
    assert!(full(library.propose(promote()).unwrap_err()));
    library.set_caps(&Caps::default()).unwrap();
    library.append(promote()).unwrap();
}
