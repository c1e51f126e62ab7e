//! Where a case is played: a library, people with their keys, files that were kept, and names for all of it.
//!
//! Names in braces stand for texts, in every text of a case:
//!
//! | | |
//! |---|---|
//! | `{evidence}` | the digest that a step stored `as` this, `sha256:…`; `{evidence.hex}`, `{evidence.blob}` its file |
//! | `{better.component}` `{better.manifest}` `{better.evidence}` | the same of a version |
//! | `{envelope:evidence}` | the file of the (one) envelope over that payload |
//! | `{id:anna.approver}` `{line:anna.approver}` | a key's id, and its line; roles are log, evidence, root, approver |
//! | `{held}` | the path of a file that was kept |

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use library::{About, Digest, Keys, Leaf, Library, Line, Statement, Version};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const NAME: &str = "example.com/library";

pub(crate) struct World {
    folder: TempDir,
    pub(crate) library: PathBuf,
    names: BTreeMap<String, String>,
}

pub(crate) fn line() -> Line {
    Line { name: "packer".into(), channel: "stable".into(), task: Digest::of(b"task") }
}

pub(crate) fn statement(version: &Version) -> Statement {
    Statement::new(version, "https://assay.dev/promotion/v1", &json!({"gain": 3})).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

impl World {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { library: folder.path().join("library"), folder, names: BTreeMap::new() }
    }

    /// The library that every case begins with.
    pub(crate) fn new() -> Self {
        let mut world = Self::empty();
        let mut library = world.open();
        let seed = library.put_version(b"component 0", &About::default()).unwrap();
        library.append(Leaf::baseline(&line(), seed, vec![])).unwrap();
        let poor = library.put_version(b"component 1", &About::default()).unwrap();
        library.append(Leaf::attempt(&line(), poor.component, 1)).unwrap();
        let losing = library.sign(&statement(&poor)).unwrap();
        library.append(Leaf::refuse(&line(), poor, 1, vec![losing])).unwrap();
        let source = library.put(b"fn priority() {}").unwrap();
        let about = About { source: Some(source), ..About::default() };
        let good = library.put_version(b"component 2", &about).unwrap();
        library.append(Leaf::attempt(&line(), good.component, 2)).unwrap();
        let evidence = library.sign(&statement(&good)).unwrap();
        library.append(Leaf::promote(&line(), good, 2, vec![evidence])).unwrap();
        drop(library);
        world.name_version("seed", &seed);
        world.name_version("poor", &poor);
        world.name_version("good", &good);
        world.name_digest("good.evidence", &evidence);
        world.name_digest("poor.evidence", &losing);
        world.name_digest("good.source", &source);
        world.name_digest("task", &line().task);
        world
    }

    pub(crate) fn copy(&self) -> Self {
        let new = Self { names: self.names.clone(), ..Self::empty() };
        copy(self.folder.path(), new.folder.path());
        new
    }

    pub(crate) fn open(&self) -> Library {
        Library::open_or_create(&self.library, NAME, &self.keys("owner")).unwrap()
    }

    pub(crate) fn name(&mut self, name: &str, text: impl Into<String>) {
        self.names.insert(name.to_owned(), text.into());
    }

    pub(crate) fn name_digest(&mut self, name: &str, digest: &Digest) {
        self.name(name, digest.to_string());
        self.name(&format!("{name}.hex"), digest.hex());
        self.name(&format!("{name}.blob"), format!("blobs/sha256/{}", digest.hex()));
    }

    pub(crate) fn name_version(&mut self, name: &str, version: &Version) {
        self.name_digest(&format!("{name}.component"), &version.component);
        self.name_digest(&format!("{name}.manifest"), &version.manifest);
    }

    /// A person's keys, made when they are first asked for.
    pub(crate) fn keys(&self, person: &str) -> Keys {
        Keys::open_or_create(&self.folder.path().join("keys").join(person)).unwrap()
    }

    /// A private key: `person.role`.
    pub(crate) fn key(&self, name: &str) -> SigningKey {
        let (person, role) = name.split_once('.').expect("a key is person.role");
        drop(self.keys(person));
        let file = self.folder.path().join("keys").join(person).join(format!("{role}.pem"));
        SigningKey::from_pkcs8_pem(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    pub(crate) fn key_line(&self, name: &str) -> String {
        let (person, role) = name.split_once('.').expect("a key is person.role");
        let listed = self.keys(person).list(NAME);
        listed.into_iter().find(|key| key.role == role).expect("a role").public
    }

    pub(crate) fn key_id(&self, name: &str) -> String {
        Digest::of(self.key(name).verifying_key().as_bytes()).hex()
    }

    /// A place outside the library.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join("kept").join(name)
    }

    pub(crate) fn keep(&mut self, name: &str) -> PathBuf {
        std::fs::create_dir_all(self.folder.path().join("kept")).unwrap();
        let path = self.outside(name);
        self.name(name, path.to_str().unwrap());
        path
    }

    pub(crate) fn keep_library(&mut self, name: &str) {
        let to = self.keep(name);
        copy(&self.library, &to);
    }

    pub(crate) fn put_back(&self, name: &str) {
        std::fs::remove_dir_all(&self.library).unwrap();
        copy(&self.outside(name), &self.library);
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.library.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.library.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Stores bytes under their digest, without asking the library.
    pub(crate) fn blob(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        self.write(&format!("blobs/sha256/{}", digest.hex()), bytes);
        digest
    }

    /// The file of the one envelope over this payload.
    fn envelope(&self, payload: &str) -> String {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.library.join("blobs/sha256")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let file = format!("blobs/sha256/{name}");
            let envelope: Option<Value> = serde_json::from_slice(&self.read(&file)).ok();
            let base64 = envelope.as_ref().and_then(|envelope| envelope["payload"].as_str());
            let inner = base64.and_then(|text| Base64::decode_vec(text).ok());
            if inner.is_some_and(|inner| Digest::of(&inner).to_string() == payload) {
                found.push(file);
            }
        }
        assert_eq!(found.len(), 1, "envelopes over {payload}");
        found.remove(0)
    }

    /// A text with all names replaced. Braces around something else stay.
    pub(crate) fn fill(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let inner = rest.find('}').map(|end| &rest[1..end]);
            let value = inner.and_then(|inner| {
                let special = inner.split_once(':').and_then(|(kind, name)| match kind {
                    "id" => Some(self.key_id(name)),
                    "line" => Some(self.key_line(name)),
                    "envelope" => Some(self.envelope(&self.names[name])),
                    _ => None,
                });
                special.or_else(|| self.names.get(inner).cloned())
            });
            match (value, inner) {
                (Some(value), Some(inner)) => {
                    out.push_str(&value);
                    rest = &rest[inner.len() + 2..];
                }
                _ => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out + rest
    }

    /// A value with the names in all its texts replaced.
    pub(crate) fn told(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill(text).into(),
            Value::Array(items) => items.iter().map(|item| self.told(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.told(value))).collect()
            }
            other => other.clone(),
        }
    }
}

/// A field of a step that is a text.
pub(crate) fn text<'a>(step: &'a Value, field: &str) -> &'a str {
    step[field].as_str().unwrap_or_else(|| panic!("{step} has no text {field:?}"))
}
