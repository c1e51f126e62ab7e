//! A signed library that somebody edited: one file of a small library, changed at one place.
//!
//! Whatever the change, reading returns. Verification against the pinned root accepts no change of a blob or a tile; of
//! the other files only such that change nothing of what the library says (space between JSON, another's signature line).

use library::{About, Current, Digest, Keys, Leaf, Library, Line, Options, Pin, Statement, verify};
use std::cell::LazyCell;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A small library and its files, by name.
struct Field {
    dir: PathBuf,
    files: Vec<(String, Vec<u8>)>,
    pin: Vec<u8>,
    current: Vec<Current>,
    _folder: TempDir,
}

thread_local! {
    static FIELD: LazyCell<Field> = LazyCell::new(Field::new);
}

impl Field {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("library");
        let keys = Keys::open_or_create(&folder.path().join("keys")).unwrap();
        let mut library = Library::open_or_create(&dir, "fuzz", &keys).unwrap();
        let line = Line { name: "agent".into(), channel: "stable".into(), task: Digest::of(b"task") };
        let seed = library.put_version(b"seed", &About::default()).unwrap();
        library.append(Leaf::baseline(&line, seed, vec![])).unwrap();
        let version = library.put_version(b"better", &About::default()).unwrap();
        library.append(Leaf::attempt(&line, version.component, 1)).unwrap();
        let predicate = serde_json::json!({"gain": 1});
        let statement = Statement::new(&version, "https://assay.dev/promotion/v1", &predicate).unwrap();
        let evidence = library.sign(&statement).unwrap();
        library.append(Leaf::promote(&line, version, 1, vec![evidence])).unwrap();
        drop(library);
        let mut names = Vec::new();
        walk(&dir, "", &mut names);
        // In an order that does not hang on the keys: what is signed by kind, blobs by size.
        names.sort_by_cached_key(|(name, bytes)| {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            (folder, bytes.len(), if name.starts_with("blobs") { String::new() } else { name.clone() })
        });
        let pin = std::fs::read(dir.join("trust/root.1.json")).unwrap();
        let current = verify(&dir, &Options::default()).unwrap().current;
        Self { dir, files: names, pin, current, _folder: folder }
    }
}

fn walk(dir: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir.join(prefix)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            walk(dir, &format!("{name}/"), found);
        } else if name != ".lock" {
            found.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
}

/// `data`: which file (1 byte), where (2 bytes), how many bytes go (2 bytes), what comes in their place.
pub fn run(data: &[u8]) {
    let Some((head, insert)) = data.split_first_chunk::<5>() else { return };
    FIELD.with(|field| {
        let (name, bytes) = &field.files[usize::from(head[0]) % field.files.len()];
        let at = usize::from(u16::from_le_bytes([head[1], head[2]])).min(bytes.len());
        let end = at.saturating_add(u16::from_le_bytes([head[3], head[4]]).into()).min(bytes.len());
        let edited = [&bytes[..at], insert, &bytes[end..]].concat();
        std::fs::write(field.dir.join(name), &edited).unwrap();
        let options = Options { pin: Some(Pin::parse(&field.pin).unwrap()), ..Options::default() };
        let sound = verify(&field.dir, &options).ok().filter(|report| report.verified);
        let read = Library::open_read_only(&field.dir).is_ok();
        std::fs::write(field.dir.join(name), bytes).unwrap();
        if edited == *bytes {
            assert!(sound.is_some() && read, "{name}: unchanged, but refused");
        } else if let Some(report) = sound {
            assert!(
                !name.starts_with("blobs/") && !name.starts_with("log/tile/"),
                "{name}: changed, but accepted"
            );
            assert_eq!(report.current, field.current, "{name}: changed, and so is what it says");
        }
    });
}
