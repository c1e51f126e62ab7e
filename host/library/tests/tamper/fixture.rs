//! The small library that every claim here starts from: a baseline, a refused and a promoted attempt.

use std::path::{Path, PathBuf};
use std::process::Command;

use library::{
    About, Digest, Fault, Keys, Leaf, Library, Line, Options, Pin, Report, Statement, Version, verify,
};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const NAME: &str = "example.com/library";
pub(crate) const ENTRIES: &str = "log/tile/entries/000.p/5";
pub(crate) const TILE: &str = "log/tile/0/000.p/5";

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) keys: Keys,
    pub(crate) version: Version,
    pub(crate) source: Digest,
    pub(crate) evidence: Digest,
}

pub(crate) fn line() -> Line {
    Line { name: "packer".into(), channel: "stable".into(), task: Digest::of(b"task") }
}

pub(crate) fn statement(version: &Version, gain: u64) -> Statement {
    Statement::new(version, "https://assay.dev/promotion/v1", &json!({"gain": gain})).unwrap()
}

pub(crate) fn fill(dir: &Path, keys: &Keys) -> (Version, Digest, Digest) {
    let mut library = Library::open_or_create(dir, NAME, keys).unwrap();
    let seed = library.put_version(b"component 0", &About::default()).unwrap();
    library.append(Leaf::baseline(&line(), seed, vec![])).unwrap();
    let poor = library.put_version(b"component 1", &About::default()).unwrap();
    library.append(Leaf::attempt(&line(), poor.component, 1)).unwrap();
    let evidence = library.sign(&statement(&poor, 0)).unwrap();
    library.append(Leaf::refuse(&line(), poor, 1, vec![evidence])).unwrap();
    let source = library.put(b"fn priority() {}").unwrap();
    let about = About { source: Some(source), ..About::default() };
    let version = library.put_version(b"component 2", &about).unwrap();
    library.append(Leaf::attempt(&line(), version.component, 2)).unwrap();
    let evidence = library.sign(&statement(&version, 3)).unwrap();
    library.append(Leaf::promote(&line(), version, 2, vec![evidence])).unwrap();
    (version, source, evidence)
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("library");
        let keys = Keys::open_or_create(&folder.path().join("keys")).unwrap();
        let (version, source, evidence) = fill(&dir, &keys);
        Self { folder, dir, keys, version, source, evidence }
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.dir.join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.dir.join(file), bytes).unwrap();
    }

    pub(crate) fn verify(&self) -> Report {
        verify(&self.dir, &Options::default()).unwrap()
    }

    /// Verifies with a pinned root.
    pub(crate) fn verify_against(&self, pin: &[u8]) -> Report {
        let options = Options { pin: Some(Pin::parse(pin).unwrap()), ..Options::default() };
        verify(&self.dir, &options).unwrap()
    }

    /// The blob of the envelope that signs this payload, by way of index.json and the referrer that it lists.
    pub(crate) fn envelope(&self, payload: &Digest) -> String {
        let index: Value = serde_json::from_slice(&self.read("index.json")).unwrap();
        let entries = index["manifests"].as_array().unwrap();
        let signs = |entry: &&Value| entry["annotations"]["dev.assay.payload"] == payload.to_string();
        let digest = |entry: &Value| blob(&entry["digest"].as_str().unwrap().parse().unwrap());
        let referrer = digest(entries.iter().find(signs).unwrap());
        let referrer: Value = serde_json::from_slice(&self.read(&referrer)).unwrap();
        assert_eq!(referrer["subject"]["digest"], self.version.manifest.to_string());
        digest(&referrer["layers"][0])
    }

    #[track_caller]
    pub(crate) fn assert_finds(&self, file: &str, fault: &Fault) {
        let report = self.verify();
        let found = report.findings.iter().map(|f| (f.file.as_str(), &f.fault)).collect::<Vec<_>>();
        assert!(!report.verified && found.contains(&(file, fault)), "{report}");
        let program = Command::new(env!("CARGO_BIN_EXE_assay-verify")).arg(&self.dir).output().unwrap();
        assert_eq!(program.status.code(), Some(1));
        assert!(String::from_utf8(program.stdout).unwrap().contains("WRONG"));
    }

    /// Flips one bit in the middle of a file.
    pub(crate) fn flip(&self, file: &str) -> Digest {
        let mut bytes = self.read(file);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        self.write(file, &bytes);
        Digest::of(&bytes)
    }
}

pub(crate) fn blob(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}
