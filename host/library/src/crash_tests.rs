//! Claims about a writer that stops at any step, and about a holder of keys who logs what breaks the rules.
//!
//! Each step of a write (make, write, fsync, rename, fsync of the folder, remove) is one place to stop. A *full disk* fails
//! one step and the process goes on; a *crash* fails all that follow. After each, the folder must verify, and
//! repeating what was lost must give the very same files as if nothing had happened.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::digest::Digest;
use crate::error::Error;
use crate::fault::Fault;
use crate::files::Files;
use crate::history::Rule;
use crate::leaf::{Leaf, Line, Version};
use crate::log::CHECKPOINT;
use crate::note::Checkpoint;
use crate::tiles::{Kind, path};
use crate::tree::{Frontier, leaf_hash};
use crate::{About, Keys, Library, Options, Statement, verify};

const NAME: &str = "example.com/library";

fn line() -> Line {
    Line { name: "packer".into(), channel: "stable".into(), task: Digest::of(b"task") }
}

fn keys(folder: &TempDir) -> Keys {
    Keys::open_or_create(&folder.path().join("keys")).unwrap()
}

fn version(library: &mut Library, n: u64) -> Result<Version, Error> {
    let source = library.put(format!("fn priority() -> u64 {{ {n} }}").as_bytes())?;
    let about = About { source: Some(source), ..About::default() };
    library.put_version(format!("component {n}").as_bytes(), &about)
}

/// Brings the library to a baseline, `pad` attempts under one checkpoint and `promotions` promotions, from wherever it is,
/// as a resumed run does: it reads what is there.
fn work(library: &mut Library, pad: u64, promotions: u64) -> Result<(), Error> {
    if library.head().size == 0 {
        let seed = version(library, 0)?;
        library.append(Leaf::baseline(&line(), seed, vec![]))?;
    }
    if library.head().size == 1 {
        library.append_all((1..=pad).map(|n| Leaf::attempt(&line(), Digest::of(b"pad"), n)).collect())?;
    }
    loop {
        // Then come attempt, promote, attempt, promote …
        let done = library.head().size - pad - 1;
        let n = pad + done / 2 + 1;
        if done == 2 * promotions {
            return Ok(());
        }
        let version = version(library, n)?;
        if done.is_multiple_of(2) {
            library.append(Leaf::attempt(&line(), version.component, n))?;
            continue;
        }
        let statement = Statement::new(&version, "https://assay.dev/promotion/v1", &json!({"gain": n}))?;
        let evidence = library.sign(&statement)?;
        library.append(Leaf::promote(&line(), version, n, vec![evidence]))?;
    }
}

fn contents(dir: &Path, into: &mut BTreeMap<String, Vec<u8>>, root: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents(&path, into, root);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            into.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// All files of a library, `.partial` aside.
fn snapshot(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    contents(dir, &mut all, dir);
    all.remove(".partial");
    all
}

fn assert_verifies(dir: &Path, when: &str) {
    let report = verify(dir, &Options::default()).unwrap();
    assert!(report.verified, "{when}:\n{report}");
}

#[test]
fn same_inputs_and_keys_give_the_same_bytes_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let keys = keys(&folder);
    let [one, two, three] = ["one", "two", "three"].map(|name| folder.path().join(name));
    work(&mut Library::open_or_create(&one, NAME, &keys).unwrap(), 250, 5).unwrap();
    for promotions in 0..=5 {
        // Opened anew each time.
        work(&mut Library::open_or_create(&two, NAME, &keys).unwrap(), 250, promotions).unwrap();
    }
    assert_eq!(snapshot(&one), snapshot(&two));

    // All leaves at once instead of one by one.
    let mut library = Library::open_or_create(&three, NAME, &keys).unwrap();
    let mut leaves = vec![Leaf::baseline(&line(), version(&mut library, 0).unwrap(), vec![])];
    leaves.extend((1..=250).map(|n| Leaf::attempt(&line(), Digest::of(b"pad"), n)));
    for n in 251..=255 {
        let version = version(&mut library, n).unwrap();
        let statement =
            Statement::new(&version, "https://assay.dev/promotion/v1", &json!({"gain": n})).unwrap();
        leaves.push(Leaf::attempt(&line(), version.component, n));
        leaves.push(Leaf::promote(&line(), version, n, vec![library.sign(&statement).unwrap()]));
    }
    assert_eq!(library.append_all(leaves).unwrap(), 0..261);
    drop(library);
    assert_eq!(snapshot(&one), snapshot(&three));
    assert_verifies(&one, "261 leaves");
}

/// Stops `work` at each step in turn and returns at how many it could be stopped.
fn stop_everywhere(pad: u64, from: Option<u64>, to: u64, crash: bool) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let keys = keys(&folder);
    let expected = folder.path().join("expected");
    work(&mut Library::open_or_create(&expected, NAME, &keys).unwrap(), pad, to).unwrap();
    let expected = snapshot(&expected);
    let start = folder.path().join("start");
    if let Some(from) = from {
        work(&mut Library::open_or_create(&start, NAME, &keys).unwrap(), pad, from).unwrap();
    }
    for step in 0.. {
        let dir = folder.path().join(format!("{step}"));
        std::fs::create_dir(&dir).unwrap();
        if from.is_some() {
            for (name, bytes) in snapshot(&start) {
                std::fs::create_dir_all(dir.join(&name).parent().unwrap()).unwrap();
                std::fs::write(dir.join(name), bytes).unwrap();
            }
        }
        let files = Files::open(&dir).unwrap();
        files.faults.fail_after(step, crash);
        let when = format!("step {step}, crash {crash}");
        let stopped = Library::open_files(files, "", NAME, &keys).and_then(|mut library| {
            let stopped = work(&mut library, pad, to);
            if stopped.is_err() && !crash && library.head().size > 0 {
                // The process lives on: it must not write on top of what it does not know.
                let again = library.append(Leaf::attempt(&line(), Digest::of(b"x"), 999)).unwrap_err();
                assert!(matches!(again, Error::Broken | Error::Refused { .. }), "{when}: {again}");
            }
            stopped
        });
        // A library that was being made has no checkpoint yet and is none.
        if dir.join(CHECKPOINT).exists() {
            assert_verifies(&dir, &when);
        }
        let mut library = Library::open_or_create(&dir, NAME, &keys).expect(&when);
        work(&mut library, pad, to).expect(&when);
        drop(library);
        assert!(snapshot(&dir) == expected, "{when}: other files than an undisturbed run");
        std::fs::remove_dir_all(&dir).unwrap();
        if stopped.is_ok() {
            return step;
        }
    }
    0
}

#[test]
fn a_crash_at_any_step_of_making_and_first_growing_loses_nothing() {
    assert!(stop_everywhere(0, None, 1, true) > 60);
}

#[test]
fn a_full_disk_at_any_step_of_making_and_first_growing_loses_nothing() {
    assert!(stop_everywhere(0, None, 1, false) > 60);
}

#[test]
fn a_crash_at_any_step_while_a_tile_fills_up_loses_nothing() {
    // From 254 leaves to 258: bundle and tile are completed, the next ones and the next level opened.
    assert!(stop_everywhere(253, Some(0), 2, true) > 60);
}

#[test]
fn a_blob_whose_name_is_perhaps_not_durable_is_not_taken_for_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    let mut library = Library::open_or_create(&dir, NAME, &keys).unwrap();
    library.put(b"before").unwrap();
    // The bytes are written, synced and named; the folder's own fsync is the fifth step.
    library.files.faults.fail_after(4, false);
    assert!(matches!(library.put(b"blob"), Err(Error::Io { doing: "syncing", .. })));
    assert!(dir.join(crate::blobs::path(&Digest::of(b"blob"))).exists());
    assert!(matches!(library.put(b"blob"), Err(Error::Broken)), "it is there, and may be gone after a crash");
    drop(library);
    // Whoever opens it next makes the names durable first, after the removal of what was never named.
    let files = Files::open(&dir).unwrap();
    files.faults.fail_after(1, false);
    let error = Library::open_files(files, "", NAME, &keys).unwrap_err();
    assert!(matches!(error, Error::Io { doing: "syncing", .. }), "{error}");
    Library::open_or_create(&dir, NAME, &keys).unwrap().put(b"blob").unwrap();
}

#[test]
fn tiles_beyond_the_checkpoint_are_ignored_by_readers_and_discarded_by_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    work(&mut Library::open_or_create(&dir, NAME, &keys).unwrap(), 0, 2).unwrap();
    let before = snapshot(&dir);
    for beyond in [path(Kind::Entries, 0, 256), path(Kind::Entries, 0, 9), path(Kind::Hashes(1), 0, 1)] {
        std::fs::create_dir_all(dir.join(&beyond).parent().unwrap()).unwrap();
        std::fs::write(dir.join(beyond), b"half a write").unwrap();
    }
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(report.verified && report.notes.len() == 3, "{report}");
    assert_eq!(Library::open_read_only(&dir).unwrap().head().size, 5);
    drop(Library::open_or_create(&dir, NAME, &keys).unwrap());
    assert_eq!(snapshot(&dir), before);
}

#[test]
fn a_lagging_index_is_noted_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    work(&mut Library::open_or_create(&dir, NAME, &keys).unwrap(), 0, 1).unwrap();
    let old = std::fs::read(dir.join("index.json")).unwrap();
    work(&mut Library::open_or_create(&dir, NAME, &keys).unwrap(), 0, 2).unwrap();
    let new = snapshot(&dir);
    std::fs::write(dir.join("index.json"), old).unwrap();
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(report.verified && report.notes[0].contains("behind"), "{report}");
    drop(Library::open_or_create(&dir, NAME, &keys).unwrap());
    assert_eq!(snapshot(&dir), new);
}

/// A log that its own key signed, whatever its entries say.
fn insider(entries: &[Vec<u8>]) -> crate::Report {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    drop(Library::open_or_create(&dir, NAME, &keys).unwrap());
    let files = Files::open(&dir).unwrap();
    let (mut frontier, mut dirty) = (Frontier::default(), crate::files::Dirty::default());
    entries.iter().for_each(|entry| frontier.push(leaf_hash(entry), &mut |_| {}));
    crate::tiles::write_bundle(&files, 0, entries, &mut dirty).unwrap();
    for (level, index, hashes) in frontier.partials() {
        crate::tiles::write_hashes(&files, level, index, hashes, &mut dirty).unwrap();
    }
    files.sync(dirty).unwrap();
    let checkpoint = Checkpoint { origin: NAME.into(), size: frontier.size(), root: frontier.root() };
    files.write_durably(CHECKPOINT, checkpoint.sign(&keys.log).as_bytes()).unwrap();
    let report = verify(&dir, &Options::default()).unwrap();
    assert!(!report.verified);
    assert!(Library::open_read_only(&dir).is_err());
    report
}

#[test]
fn a_signed_log_that_breaks_a_rule_does_not_verify() {
    let attempt = |n: u64| Leaf::attempt(&line(), Digest::of(b"component"), n);
    let report = insider(&[attempt(2).body()]);
    let rule = Rule::AttemptNumber { expected: 1 };
    assert_eq!(report.findings[0].fault, Fault::LeafRule { index: 0, rule });

    let report = insider(&[attempt(1).body(), attempt(2).body()]);
    let expected = Some(Digest::of(&attempt(1).body()));
    assert_eq!(report.findings[0].fault, Fault::LeafRule { index: 1, rule: Rule::Prev { expected } });

    let unknown =
        String::from_utf8(attempt(1).body()).unwrap().replace("attempt\",\"name", "forget\",\"name");
    let report = insider(&[unknown.into_bytes()]);
    assert_eq!(report.findings[0].fault, Fault::LeafType { index: 0, kind: "forget".into() });

    let timed = String::from_utf8(attempt(1).body()).unwrap().replace("\"prev\"", "\"time\":0,\"prev\"");
    let report = insider(&[timed.into_bytes()]);
    assert!(matches!(report.findings[0].fault, Fault::LeafMalformed { index: 0, .. }));
}

#[test]
fn a_checkpoint_of_an_absurd_size_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    work(&mut Library::open_or_create(&dir, NAME, &keys).unwrap(), 0, 1).unwrap();
    for size in [u64::MAX, 1 << 24, 300] {
        let note = Checkpoint { origin: NAME.into(), size, root: [0; 32] }.sign(&keys.log);
        std::fs::write(dir.join(CHECKPOINT), note).unwrap();
        let report = verify(&dir, &Options::default()).unwrap();
        assert!(!report.verified && report.findings.len() == 1, "{report}");
        let expected = matches!(
            report.findings[0].fault,
            Fault::Malformed { .. } | Fault::LogTruncated { found: 0, .. }
        );
        assert!(expected, "{report}");
    }
}

#[test]
fn the_writer_refuses_what_would_not_verify() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    let mut library = Library::open_or_create(&dir, NAME, &keys).unwrap();
    work(&mut library, 0, 1).unwrap();
    let (one, two) = (version(&mut library, 7).unwrap(), version(&mut library, 8).unwrap());
    let about = |version: &Version| Statement::new(version, "t", &json!({})).unwrap();
    let signed = library.sign(&about(&one)).unwrap();
    let unsigned = library.put(about(&two).payload()).unwrap();
    library.append(Leaf::attempt(&line(), one.component, 2)).unwrap();
    library.append(Leaf::attempt(&line(), two.component, 3)).unwrap();
    let size = library.head().size;
    let mut fault = |leaf: Leaf| library.append(leaf).unwrap_err().fault().cloned();
    let promote = |version, n, evidence| Leaf::promote(&line(), version, n, vec![evidence]);
    assert_eq!(fault(promote(two, 3, unsigned)), Some(Fault::EvidenceUnsigned { index: size }));
    assert_eq!(fault(promote(two, 3, signed)), Some(Fault::EvidenceSubject { index: size }));
    assert_eq!(fault(promote(one, 2, Digest::of(b"nowhere"))), Some(Fault::Missing));
    let mixed = Version { manifest: two.manifest, component: one.component };
    let expected = Fault::ManifestComponent { index: size, found: two.component, expected: one.component };
    assert_eq!(fault(promote(mixed, 2, signed)), Some(expected));
    let refused = library.append(promote(one, 3, signed)).unwrap_err();
    assert!(matches!(refused, Error::Refused { rule: Rule::NoSuchAttempt }));
    library.append(promote(one, 2, signed)).unwrap();
    assert_eq!(library.current("packer", "stable").unwrap().version, one);
    drop(library);
    assert_verifies(&dir, "after refusals");
}

#[test]
fn an_inclusion_proof_from_the_tiles_convinces() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, dir) = (keys(&folder), folder.path().join("library"));
    let mut library = Library::open_or_create(&dir, NAME, &keys).unwrap();
    work(&mut library, 0, 1).unwrap();
    let mut leaves = Vec::new();
    for n in 2..700 {
        leaves.push(Leaf::attempt(&line(), Digest::of(&[1]), n));
    }
    library.append_all(leaves).unwrap();
    let head = library.head();
    for index in [0, 1, 255, 256, 511, 512, head.size - 1] {
        let leaf = leaf_hash(&library.entries()[index as usize].body());
        let path = library.inclusion(index).unwrap();
        assert!(crate::verify_inclusion(&leaf, index, head.size, &head.root, &path), "{index}");
    }
}
