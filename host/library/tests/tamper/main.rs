//! Claims about someone who can write to the library's folder but holds no key: each edit is found, by its own name.
//!
//! Every test takes the same small library (baseline, one refused and one promoted attempt), edits one thing and asserts the
//! file and the fault of the report's first finding, and that `assay-verify` exits with 1.

// Helpers outside test functions may unwrap too: a fixture that can't be made fails the test.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use library::{About, Digest, Error, Fault, Keys, Leaf, Library, Options, Pin, verify};
use serde_json::{Value, json};

mod fixture;

use fixture::{ENTRIES, Fixture, NAME, TILE, blob, fill, line, statement};

#[test]
fn an_untouched_library_verifies_and_says_what_it_could_not_check() {
    let f = Fixture::new();
    let report = f.verify();
    assert!(report.verified, "{report}");
    assert_eq!((report.counts.leaves, report.counts.promoted, report.counts.refused), (5, 1, 1));
    assert_eq!(report.current[0].version, f.version);
    let unchecked = report.unchecked.join("\n");
    assert!(unchecked.contains("--root") && unchecked.contains("--since"), "{unchecked}");

    let pin = f.read("trust/root.1.json");
    let options = Options {
        pin: Some(Pin::parse(&pin).unwrap()),
        since: Some(f.read("log/checkpoint")),
        ..Options::default()
    };
    let report = verify(&f.dir, &options).unwrap();
    let unchecked = report.unchecked.join("\n");
    assert!(report.verified && !unchecked.contains("--root") && !unchecked.contains("--since"), "{report}");
}

#[test]
fn an_edited_blob_of_any_kind_is_found() {
    for pick in [
        |f: &Fixture| blob(&f.version.component),
        |f: &Fixture| blob(&f.version.manifest),
        |f: &Fixture| blob(&f.source),
        |f: &Fixture| blob(&f.evidence),
        |f: &Fixture| f.envelope(&f.evidence),
    ] {
        let f = Fixture::new();
        let file = pick(&f);
        let actual = f.flip(&file);
        f.assert_finds(&file, &Fault::BlobEdited { actual });
    }
}

#[test]
fn a_deleted_blob_of_any_kind_is_found() {
    for pick in [
        |f: &Fixture| blob(&f.version.component),
        |f: &Fixture| blob(&f.version.manifest),
        |f: &Fixture| blob(&f.source),
        |f: &Fixture| blob(&f.evidence),
    ] {
        let f = Fixture::new();
        let file = pick(&f);
        std::fs::remove_file(f.dir.join(&file)).unwrap();
        f.assert_finds(&file, &Fault::Missing);
    }
    let f = Fixture::new();
    std::fs::remove_file(f.dir.join(f.envelope(&f.evidence))).unwrap();
    f.assert_finds(&blob(&f.evidence), &Fault::EvidenceUnsigned { index: 4 });
}

#[test]
fn evidence_signed_by_another_key_is_found() {
    let f = Fixture::new();
    let other = Keys::open_or_create(&f.folder.path().join("other")).unwrap();
    let forged = f.folder.path().join("forged");
    let mut library = Library::open_or_create(&forged, NAME, &other).unwrap();
    assert_eq!(library.sign(&statement(&f.version, 3)).unwrap(), f.evidence);
    // The forger's envelope, under its own valid digest, in place of the true one.
    std::fs::remove_file(f.dir.join(f.envelope(&f.evidence))).unwrap();
    for entry in std::fs::read_dir(forged.join("blobs/sha256")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, f.dir.join("blobs/sha256").join(path.file_name().unwrap())).unwrap();
    }
    f.assert_finds(&blob(&f.evidence), &Fault::EvidenceSignature { index: 4 });
}

#[test]
fn swapped_evidence_is_found() {
    let f = Fixture::new();
    let library = Library::open_read_only(&f.dir).unwrap();
    let other = library.entries()[2].leaf().unwrap().evidence[0];
    // In the leaf, keeping its length …
    let mut bytes = f.read(ENTRIES);
    let needle = f.evidence.to_string().into_bytes();
    let at = bytes.windows(needle.len()).position(|w| w == needle).unwrap();
    bytes[at..at + needle.len()].copy_from_slice(other.to_string().as_bytes());
    f.write(ENTRIES, bytes);
    f.assert_finds(ENTRIES, &Fault::EntryEdited { index: 4 });
    // … and as a blob under the other's name.
    let f = Fixture::new();
    f.write(&blob(&f.evidence), f.read(&blob(&other)));
    f.assert_finds(&blob(&f.evidence), &Fault::BlobEdited { actual: other });
}

#[test]
fn an_edited_leaf_is_found_with_its_index_and_with_its_tile_edited_too() {
    let f = Fixture::new();
    let mut bytes = f.read(ENTRIES);
    let at = bytes.windows(6).position(|w| w == b"packer").unwrap();
    bytes[at] = b'h';
    f.write(ENTRIES, &bytes);
    f.assert_finds(ENTRIES, &Fault::EntryEdited { index: 0 });
    assert!(Library::open_read_only(&f.dir).is_err());

    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let mut tile = f.read(TILE);
    tile[..32].copy_from_slice(&library::leaf_hash(&bytes[2..2 + length]));
    f.write(TILE, tile);
    let report = f.verify();
    assert!(matches!(report.findings[0].fault, Fault::TreeRoot { size: 5, .. }), "{report}");
    assert_eq!(report.findings[0].file, "log/checkpoint");
}

#[test]
fn an_edited_or_deleted_tile_is_found() {
    let f = Fixture::new();
    f.flip(TILE);
    f.assert_finds(TILE, &Fault::TileEdited);
    std::fs::remove_file(f.dir.join(TILE)).unwrap();
    f.assert_finds(TILE, &Fault::Missing);
}

#[test]
fn a_truncated_log_is_found() {
    let f = Fixture::new();
    let bytes = f.read(ENTRIES);
    f.write(ENTRIES, &bytes[..bytes.len() - 40]);
    let report = f.verify();
    assert!(matches!(report.findings[0].fault, Fault::Malformed { .. }), "{report}");
    assert_eq!(report.findings[0].file, ENTRIES);
    f.write(ENTRIES, [&bytes[..], b"more"].concat());
    assert!(matches!(f.verify().findings[0].fault, Fault::Malformed { .. }));
    std::fs::remove_file(f.dir.join(ENTRIES)).unwrap();
    f.assert_finds(ENTRIES, &Fault::LogTruncated { found: 0, size: 5 });
}

#[test]
fn an_edited_checkpoint_and_bytes_after_it_are_found() {
    let f = Fixture::new();
    let note = String::from_utf8(f.read("log/checkpoint")).unwrap();
    f.write("log/checkpoint", note.replace("\n5\n", "\n4\n"));
    f.assert_finds("log/checkpoint", &Fault::CheckpointSignature);
    f.write("log/checkpoint", note.replace("example.com/library", "example.com/Library"));
    let (found, expected) = ("example.com/Library".to_owned(), NAME.to_owned());
    f.assert_finds("log/checkpoint", &Fault::CheckpointOrigin { found, expected });
    f.write("log/checkpoint", note + "extra");
    let why = "its last line has no end".to_owned();
    let report = f.verify();
    assert!(
        matches!(&report.findings[0].fault, Fault::Malformed { why: found } if found.contains(&why)),
        "{report}"
    );
    std::fs::remove_file(f.dir.join("log/checkpoint")).unwrap();
    f.assert_finds("log/checkpoint", &Fault::Missing);
    let gone = Library::open_or_create(&f.dir, NAME, &f.keys).unwrap_err();
    assert!(matches!(gone, Error::CheckpointGone), "{gone}");
}

#[test]
fn a_swapped_root_is_found_by_the_log_s_signature_and_a_forged_library_by_the_pin() {
    let f = Fixture::new();
    let pin = f.read("trust/root.1.json");
    let other = Keys::open_or_create(&f.folder.path().join("other")).unwrap();
    let forged = f.folder.path().join("forged");
    fill(&forged, &other);
    // Only the root: the checkpoint is not signed by its log key.
    let foreign = std::fs::read(forged.join("trust/root.1.json")).unwrap();
    f.write("trust/root.1.json", &foreign);
    f.assert_finds("log/checkpoint", &Fault::CheckpointSignature);
    let keys = Library::open_or_create(&f.dir, NAME, &f.keys).unwrap_err();
    assert!(matches!(keys, Error::Unsound(_)), "{keys}");
    // All of it: valid in itself, and only a pin tells.
    let whole = Fixture { dir: forged, ..f };
    assert!(whole.verify().verified);
    let report = whole.verify_against(&pin);
    assert_eq!(report.findings[0].fault, Fault::RootNotPinned);
    assert!(whole.verify_against(other.list(NAME)[2].public.as_bytes()).verified);

    let f = Fixture::new();
    f.flip("trust/root.1.json");
    assert_eq!(f.verify().findings[0].file, "trust/root.1.json");
    let f = Fixture::new();
    f.write("trust/root.2.json", b"{}");
    assert_eq!(f.verify().findings[0].file, "trust/root.2.json");
    std::fs::rename(f.dir.join("trust/root.2.json"), f.dir.join("trust/root.3.json")).unwrap();
    f.assert_finds("trust/root.3.json", &Fault::UnknownTrust);
}

#[test]
fn an_old_copy_of_everything_and_a_rewritten_history_are_found_by_an_earlier_checkpoint_only() {
    let f = Fixture::new();
    let held = f.read("log/checkpoint");
    let since = |dir: &Path| verify(dir, &Options { since: Some(held.clone()), ..Options::default() });
    // Grown: fine.
    let mut library = Library::open_or_create(&f.dir, NAME, &f.keys).unwrap();
    library.append(Leaf::attempt(&line(), Digest::of(b"more"), 3)).unwrap();
    drop(library);
    assert!(since(&f.dir).unwrap().verified);
    // An older state with the same keys.
    let old = f.folder.path().join("old");
    let mut library = Library::open_or_create(&old, NAME, &f.keys).unwrap();
    let seed = library.put_version(b"component 0", &About::default()).unwrap();
    library.append(Leaf::baseline(&line(), seed, vec![])).unwrap();
    assert!(verify(&old, &Options::default()).unwrap().verified);
    let report = since(&old).unwrap();
    assert_eq!(report.findings[0].fault, Fault::RolledBack { since: 5, size: 1 });
    // Another history with the same keys, as long.
    for number in 1..=6 {
        library.append(Leaf::attempt(&line(), Digest::of(b"rewritten"), number)).unwrap();
    }
    assert_eq!(since(&old).unwrap().findings[0].fault, Fault::Forked { since: 5 });
    // A checkpoint of another library says nothing about this one.
    let others = Keys::open_or_create(&f.folder.path().join("other")).unwrap();
    let elsewhere = f.folder.path().join("elsewhere");
    fill(&elsewhere, &others);
    assert!(matches!(since(&elsewhere), Err(Error::BadSince { .. })));
}

#[test]
fn an_index_that_shows_strangers_is_found_and_the_layout_file_too() {
    let f = Fixture::new();
    let mut index: Value = serde_json::from_slice(&f.read("index.json")).unwrap();
    let digest = Digest::of(b"stranger");
    index["manifests"][0]["digest"] = digest.to_string().into();
    f.write("index.json", index.to_string());
    f.assert_finds("index.json", &Fault::IndexStranger { digest });
    f.write("index.json", "[".repeat(100_000));
    assert!(matches!(f.verify().findings[0].fault, Fault::Malformed { .. }));
    std::fs::remove_file(f.dir.join("oci-layout")).unwrap();
    f.assert_finds("oci-layout", &Fault::Missing);
}

#[test]
fn pipes_links_and_oversized_files_neither_block_nor_fill_memory() {
    for file in ["log/checkpoint", "trust/root.1.json", "index.json", ENTRIES, TILE] {
        let f = Fixture::new();
        let path = f.dir.join(file);
        std::fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        f.assert_finds(file, &Fault::NotAFile);
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        f.assert_finds(file, &Fault::NotAFile);
        std::fs::remove_file(&path).unwrap();
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let report = f.verify();
        assert!(matches!(report.findings[0].fault, Fault::TooLarge { .. }), "{report}");
    }
}

#[test]
fn bytes_changed_across_every_unnamed_file_neither_go_unnoticed_nor_panic() {
    let f = Fixture::new();
    let mut files =
        vec!["oci-layout".to_owned(), "index.json".into(), "log/checkpoint".into(), ENTRIES.into()];
    files.extend(["trust/root.1.json".to_owned(), TILE.into(), f.envelope(&f.evidence)]);
    for file in files {
        let bytes = f.read(&file);
        for at in (0..bytes.len()).step_by(bytes.len() / 24 + 1).chain([bytes.len() - 1]) {
            for with in [0, b'"', 0xff, bytes[at] ^ 1] {
                let mut edited = bytes.clone();
                edited[at] = with;
                f.write(&file, &edited);
                assert!(edited == bytes || !f.verify().verified, "{file} byte {at} → {with}");
            }
        }
        f.write(&file, bytes);
    }
    assert!(f.verify().verified);
}

#[test]
fn the_program_tells_verified_not_verified_and_unusable_apart() {
    let f = Fixture::new();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_assay-verify")).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), text)
    };
    let (dir, nowhere) = (f.dir.to_str().unwrap(), f.folder.path().join("nowhere"));
    let pin = f.folder.path().join("pin");
    std::fs::write(&pin, f.keys.list(NAME)[2].public.clone() + "\n").unwrap();
    let (code, text) = run(&[dir, "--root", pin.to_str().unwrap()]);
    assert!(code == 0 && text.starts_with("library verified: example.com/library, 5 leaves"), "{text}");
    let (code, text) = run(&[dir, "--json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &report["verified"], &report["counts"]["leaves"]), (0, &json!(true), &json!(5)));
    for unusable in [&[][..], &[dir, dir], &[dir, "--what"], &[dir, "--since"], &[nowhere.to_str().unwrap()]]
    {
        let (code, text) = run(unusable);
        assert!(code == 2 && text.starts_with("assay-verify: "), "{text}");
    }
    assert_eq!(run(&[f.folder.path().to_str().unwrap()]).0, 2);
    assert_eq!(run(&["--help"]).0, 0);
}

#[test]
fn a_folder_that_is_no_library_another_name_and_a_second_writer_are_refused() {
    let f = Fixture::new();
    let foreign = f.folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("letter.txt"), "dear").unwrap();
    let error = Library::open_or_create(&foreign, NAME, &f.keys).unwrap_err();
    assert!(matches!(error, Error::NotALibrary { .. }), "{error}");
    assert_eq!(std::fs::read_dir(&foreign).unwrap().count(), 1);
    assert!(matches!(Library::open_read_only(&foreign), Err(Error::NotALibrary { .. })));
    let error = Library::open_or_create(&f.dir, "example.com/other", &f.keys).unwrap_err();
    assert!(matches!(error, Error::OtherName { .. }), "{error}");
    assert!(matches!(Library::open_or_create(&f.dir, "a name", &f.keys), Err(Error::BadName { .. })));
    let open = Library::open_or_create(&f.dir, NAME, &f.keys).unwrap();
    assert!(matches!(Library::open_or_create(&f.dir, NAME, &f.keys), Err(Error::Locked)));
    let mut reader = Library::open_read_only(&f.dir).unwrap();
    assert!(matches!(reader.put(b"x"), Err(Error::ReadOnly)));
    assert_eq!(reader.head(), open.head());
}

/// Another implementation reads the keys and agrees with a signature.
#[test]
fn openssl_reads_the_key_and_verifies_an_envelope_s_signature() {
    let f = Fixture::new();
    let Ok(version) = Command::new("openssl").arg("version").output() else {
        eprintln!(
            "NOT TESTED: openssl is missing, so no other implementation checked a signature (apt install openssl)"
        );
        return;
    };
    assert!(version.status.success());
    let at = |name: &str| f.folder.path().join(name).to_str().unwrap().to_owned();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let key = at("keys/evidence.pem");
    let (ok, talk) = openssl(&["pkey", "-in", &key, "-pubout", "-out", &at("public.pem")]);
    assert!(ok, "{talk}");
    let envelope: Value = serde_json::from_slice(&f.read(&f.envelope(&f.evidence))).unwrap();
    // The pre-authentication encoding, made here by hand.
    let payload = f.read(&blob(&f.evidence));
    let kind = envelope["payloadType"].as_str().unwrap();
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    let sig = envelope["signatures"][0]["sig"].as_str().unwrap();
    std::fs::write(at("sig.b64"), format!("{sig}\n")).unwrap();
    let (ok, talk) = openssl(&["base64", "-d", "-A", "-in", &at("sig.b64"), "-out", &at("sig")]);
    assert!(ok, "{talk}");
    for (bytes, right) in [(payload.clone(), true), ([&payload[..], b" "].concat(), false)] {
        std::fs::write(at("signed"), [head.as_bytes(), &bytes].concat()).unwrap();
        let public = at("public.pem");
        let (signed, signature) = (at("signed"), at("sig"));
        let verify = [
            "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", &public, "-in", &signed, "-sigfile",
            &signature,
        ];
        let (ok, talk) = openssl(&verify);
        assert_eq!(ok, right, "{talk}");
    }
}
