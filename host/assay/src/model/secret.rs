//! Keys of model servers: read once, shown never.
//!
//! A [`Secret`] has no way out but one: the client puts it into the `Authorization` header. It can't be
//! serialised, and its Debug form says nothing. Servers do send keys back, though, in error texts and in echoes
//! of a request, so everything that comes from a server passes [`Secret::scrub`] before it is kept, shown or
//! put into an error.
//!
//! A key comes from an environment variable or from a file that only its owner can read. It is never written in
//! the models' file, which people share.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Bytes of the largest key file.
const MAX_KEY_FILE: u64 = 4096;

/// Characters of the shortest key: a shorter one could not be told from ordinary words when it is scrubbed.
const MIN_KEY: usize = 8;

/// What stands where a key stood.
const REDACTED: &str = "[key]";

/// Why a key can't be had. No text holds any part of it.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The environment lacks it.
    #[error("the environment variable {variable} is not set: set it to the key, or use `key-file`")]
    NotSet {
        /// The variable's name.
        variable: String,
    },
    /// The file can't be read.
    #[error("the key file {} can't be read: {source}; put the key there, with mode 600", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// Not a file, or one that is too long for a key.
    #[error("{} is no key file: it must be a regular file of at most {MAX_KEY_FILE} bytes", path.display())]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("the key file {0} has mode {mode:03o}, so others can use it: `chmod 600 {0}`", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a word that could be a key.
    #[error(
        "{place} holds no key: a key is one word of at least {MIN_KEY} printable ASCII characters other than \
         `\"`, `\\` and `%`; a server that needs none takes neither `key-env` nor `key-file`"
    )]
    Malformed {
        /// Where the key was looked for.
        place: String,
    },
}

/// A key of a model server.
#[derive(Clone)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Secret {
    /// The key in the environment variable `variable`.
    ///
    /// # Errors
    /// [`KeyError::NotSet`], [`KeyError::Malformed`].
    pub fn from_env(variable: &str) -> Result<Self, KeyError> {
        let text =
            std::env::var_os(variable).ok_or_else(|| KeyError::NotSet { variable: variable.into() })?;
        Self::parse(text.to_str().unwrap_or_default(), || format!("the environment variable {variable}"))
    }

    /// The key in the file `path`, which only its owner may read. A symbolic link is followed, and what it
    /// names must be such a file.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`], [`KeyError::NotAFile`], [`KeyError::Permissions`], [`KeyError::Malformed`].
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
        // A pipe must not make this wait for its writer.
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
        // Of the file that is open, not of what the path may name by now.
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() || metadata.len() > MAX_KEY_FILE {
            return Err(KeyError::NotAFile { path: path.to_owned() });
        }
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Permissions { path: path.to_owned(), mode });
        }
        let mut bytes = Vec::new();
        file.take(MAX_KEY_FILE).read_to_end(&mut bytes).map_err(unreadable)?;
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self::parse(&text, || format!("the key file {}", path.display()))
    }

    fn parse(text: &str, place: impl FnOnce() -> String) -> Result<Self, KeyError> {
        let key = text.trim();
        if key.len() < MIN_KEY || !key.bytes().all(in_key) {
            return Err(KeyError::Malformed { place: place() });
        }
        Ok(Self(key.to_owned()))
    }

    /// The key itself, for the one header that carries it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` with `[key]` wherever the key stood: as it is, escaped as in JSON, percent-encoded, or in any
    /// mixture.
    pub fn scrub(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(length) = self.prefix(rest.as_bytes()) {
                out.push_str(REDACTED);
                rest = &rest[length..];
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        out
    }

    /// Bytes that the key takes up at the beginning of `text`, if it stands there. Every form of a character is
    /// ASCII, so the end is a character's boundary.
    fn prefix(&self, text: &[u8]) -> Option<usize> {
        self.0.bytes().try_fold(0, |at, byte| Some(at + character(text.get(at..)?, byte)?))
    }
}

/// Whether a key may hold this character. Those that escapes are made with would let one text be read in two ways.
fn in_key(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'%')
}

/// Bytes that some form of the character `byte` of a key takes up at the beginning of `text`. Neither `\` nor
/// `%` can stand in a key, so there is one way to read each form.
fn character(text: &[u8], byte: u8) -> Option<usize> {
    let escaped = |prefix: usize, digits: usize| {
        let hex = std::str::from_utf8(text.get(prefix..prefix + digits)?).ok()?;
        let value = u32::from_str_radix(hex, 16).ok()?;
        (value == u32::from(byte)).then_some(prefix + digits)
    };
    match text {
        [b'\\', b'u', ..] => escaped(2, 4),
        [b'%', ..] => escaped(1, 2),
        [b'\\', b'/', ..] if byte == b'/' => Some(2),
        [first, ..] if *first == byte => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(text, String::new).unwrap()
    }

    fn written(text: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[test]
    fn a_secret_is_never_shown() {
        let key = secret("sk-0123456789");
        assert_eq!(format!("{key} {key:?} {:?}", Some(&key)), "[key] [key] Some([key])");
    }

    #[test]
    fn a_key_is_scrubbed_in_every_form_that_it_can_take() {
        let key = secret("sk/a'b:c+d=");
        let percent: String = key.0.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let unicode: String = key.0.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        let json = serde_json::to_string(&key.0).unwrap();
        let forms = [
            key.0.clone(),
            json.trim_matches('"').to_owned(),
            json.trim_matches('"').replace('/', "\\/"),
            percent.to_lowercase(),
            percent.clone(),
            unicode,
            format!("{}{}", &key.0[..3], &percent[9..]),
        ];
        for form in forms {
            assert_eq!(key.scrub(&format!("é{form}{form}, sk/a")), "é[key][key], sk/a", "{form}");
        }
    }

    #[test]
    fn other_text_is_left_as_it_is() {
        let text = "sk-012345678 %zz \\u00 \\ sk-sk-012345678é %";
        assert_eq!(secret("sk-0123456789").scrub(text), text);
        assert_eq!(secret("sk-0123456789").scrub("sk-sk-0123456789"), "sk-[key]");
    }

    #[test]
    fn a_key_file_is_read_without_its_newline_and_through_a_link() {
        let (dir, path) = written(b"sk-0123456789\n", 0o600);
        assert_eq!(Secret::from_file(&path).unwrap().reveal(), "sk-0123456789");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(Secret::from_file(&link).unwrap().reveal(), "sk-0123456789");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(Secret::from_file(&link), Err(KeyError::Permissions { mode: 0o604, .. })));
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused_with_the_remedy() {
        let (_dir, path) = written(b"sk-0123456789\n", 0o640);
        let error = Secret::from_file(&path).unwrap_err();
        assert!(matches!(error, KeyError::Permissions { mode: 0o640, .. }));
        assert!(error.to_string().contains(&format!("chmod 600 {}", path.display())), "{error}");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in [
            "",
            "short",
            "two words!",
            "sk-0123\u{e9}456789",
            "sk-01%3456",
            "sk-01\\3456",
            "sk-01234\r\n56789",
        ] {
            let (_dir, path) = written(text.as_bytes(), 0o600);
            let error = Secret::from_file(&path).unwrap_err();
            assert!(matches!(error, KeyError::Malformed { .. }), "{text}: {error}");
            assert!(text.is_empty() || !format!("{error} {error:?}").contains(text), "{error}");
        }
        let (_dir, path) = written(&[0xff; 20], 0o600);
        assert!(matches!(Secret::from_file(&path), Err(KeyError::Malformed { .. })));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let (dir, path) = written(&[b'k'; 4097], 0o600);
        assert!(matches!(Secret::from_file(&path), Err(KeyError::NotAFile { .. })));
        assert!(matches!(Secret::from_file(dir.path()), Err(KeyError::NotAFile { .. })));
        assert!(matches!(Secret::from_file(&dir.path().join("none")), Err(KeyError::Unreadable { .. })));
    }

    #[test]
    fn a_key_can_come_from_the_environment() {
        let error = Secret::from_env("ASSAY_TEST_NO_SUCH_KEY").unwrap_err();
        assert!(matches!(error, KeyError::NotSet { .. }));
        assert!(error.to_string().contains("ASSAY_TEST_NO_SUCH_KEY"));
        // cargo sets this one for every test.
        assert_eq!(Secret::from_env("CARGO_PKG_LICENSE").unwrap().reveal(), "Apache-2.0");
    }
}
