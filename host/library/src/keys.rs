//! The private keys: three, made at first use, outside any library.
//!
//! | role | signs | needed |
//! |---|---|---|
//! | `log` | checkpoints | whenever the log grows |
//! | `evidence` | statements | by the one step that takes a finished statement |
//! | `root` | the root of trust | when a library is made |
//!
//! They are PKCS#8 PEM files that OpenSSL 3 reads as well (version 1 of the format, *without* the public key:
//! OpenSSL refuses the newer form that ed25519-dalek writes by default). Folder 0700, files 0600; wider permissions are
//! refused rather than narrowed, since a key that others could read is to be replaced, not hidden. Nothing here
//! prints a private key or puts one into an error, and memory that held one is zeroed.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, MetadataExt as _, OpenOptions, OpenOptionsExt as _};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::dsse::key_id;
use crate::error::Error;
use crate::note::vkey;

/// Bytes of the largest key file.
const MAX_KEY_FILE: u64 = 4096;

/// The keys of one person or installation.
pub struct Keys {
    dir: PathBuf,
    pub(crate) log: SigningKey,
    pub(crate) evidence: SigningKey,
    pub(crate) root: SigningKey,
}

/// What may be told about a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// `log`, `evidence` or `root`.
    pub role: &'static str,
    /// The first 16 hex digits of the SHA-256 of the public key.
    pub id: String,
    /// The public key as `<name>+<hash>+<key>`, the line that C2SP note verifiers take.
    pub public: String,
    /// The private key's file.
    pub path: PathBuf,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys in `dir`; the folder and each key that is missing are made.
    ///
    /// # Errors
    /// [`Error::KeyPermissions`] if others can read the folder or a key, [`Error::KeyFile`] for a damaged key,
    /// [`Error::NoEntropy`], [`Error::Io`].
    pub fn open_or_create(dir: &Path) -> Result<Self, Error> {
        let shown = || dir.display().to_string();
        if let Some(parent) = dir.parent() {
            std::fs::create_dir_all(parent)
                .map_err(Error::io("making folder", parent.display().to_string()))?;
        }
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(dir) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                return Err(Error::io("making folder", shown())(e));
            }
            _ => {}
        }
        let folder =
            Dir::open_ambient_dir(dir, ambient_authority()).map_err(Error::io("opening", shown()))?;
        let mode = folder.dir_metadata().map_err(Error::io("reading", shown()))?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::KeyPermissions { path: shown(), mode, want: 0o700 });
        }
        // Two processes that start at once must not make two keys of one role.
        let options = OpenOptions::new().write(true).create(true).mode(0o600).clone();
        let lock = folder.open_with(".lock", &options).and_then(|file| {
            let file = file.into_std();
            file.lock().map(|()| file)
        });
        let lock = lock.map_err(Error::io("locking", dir.join(".lock").display().to_string()))?;
        let keys = Self {
            log: key(&folder, dir, "log")?,
            evidence: key(&folder, dir, "evidence")?,
            root: key(&folder, dir, "root")?,
            dir: dir.to_owned(),
        };
        drop(lock);
        Ok(keys)
    }

    /// What may be told about the keys, as keys of the library `name`. Another name gives other key lines: their hash
    /// covers it.
    pub fn list(&self, name: &str) -> Vec<KeyInfo> {
        let info = |role: &'static str, key: &SigningKey| {
            let public: VerifyingKey = key.verifying_key();
            // The log signs under the library's own name, as checkpoints demand.
            let name = if role == "log" { name.to_owned() } else { format!("{name}/{role}") };
            KeyInfo {
                role,
                id: key_id(&public)[..16].to_owned(),
                public: vkey(&name, &public),
                path: self.dir.join(file_name(role)),
            }
        };
        vec![info("log", &self.log), info("evidence", &self.evidence), info("root", &self.root)]
    }
}

fn file_name(role: &str) -> String {
    format!("{role}.pem")
}

/// Reads a key or makes it.
fn key(folder: &Dir, dir: &Path, role: &str) -> Result<SigningKey, Error> {
    let name = file_name(role);
    let shown = dir.join(&name).display().to_string();
    match folder.symlink_metadata(&name) {
        Ok(metadata) => {
            let mode = metadata.mode() & 0o777;
            if !metadata.is_file() || metadata.len() > MAX_KEY_FILE {
                return Err(Error::KeyFile { path: shown });
            }
            if mode & 0o077 != 0 {
                return Err(Error::KeyPermissions { path: shown, mode, want: 0o600 });
            }
            let mut pem = Zeroizing::new(String::with_capacity(MAX_KEY_FILE as usize + 1));
            let file = folder.open(&name).map_err(Error::io("reading", shown.as_str()))?;
            match file.take(MAX_KEY_FILE).read_to_string(&mut pem) {
                Err(e) if e.kind() != io::ErrorKind::InvalidData => Err(Error::io("reading", shown)(e)),
                _ => SigningKey::from_pkcs8_pem(&pem).map_err(|_| Error::KeyFile { path: shown }),
            }
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => make(folder, &name).map_err(|e| match e {
            Made::NoEntropy => Error::NoEntropy,
            Made::Io(e) => Error::io("writing", shown)(e),
        }),
        Err(e) => Err(Error::io("reading", shown)(e)),
    }
}

/// Why a key could not be made.
enum Made {
    NoEntropy,
    Io(io::Error),
}

fn make(folder: &Dir, name: &str) -> Result<SigningKey, Made> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(|_| Made::NoEntropy)?;
    let pem = KeypairBytes { secret_key: *seed, public_key: None }
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| Made::Io(io::ErrorKind::InvalidData.into()))?;
    let write = || {
        let temporary = format!(".{name}.partial");
        let _ = folder.remove_file(&temporary);
        let options = OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
        let mut file = folder.open_with(&temporary, &options)?;
        file.write_all(pem.as_bytes())?;
        file.sync_all()?;
        folder.rename(&temporary, folder, name)?;
        folder.open(".")?.sync_all()
    };
    write().map_err(Made::Io)?;
    Ok(SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn chmod(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn keys_are_made_once_private_and_different_for_each_role() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("deep/keys");
        let made = Keys::open_or_create(&dir).unwrap().list("example.com/lib");
        assert_eq!(Keys::open_or_create(&dir).unwrap().list("example.com/lib"), made);
        assert_eq!(mode(&dir), 0o700);
        assert!(made.iter().all(|key| mode(&key.path) == 0o600));
        assert!(made[0].public.starts_with("example.com/lib+") && made[1].id != made[2].id);
        let pem = std::fs::read_to_string(&made[0].path).unwrap();
        let secret = pem.lines().nth(1).unwrap();
        let shown = format!("{:?} {made:?}", Keys::open_or_create(&dir).unwrap());
        assert!(!shown.contains(secret));
    }

    #[test]
    fn wider_permissions_and_damaged_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("keys");
        let made = Keys::open_or_create(&dir).unwrap().list("x");
        chmod(&made[1].path, 0o640);
        let error = Keys::open_or_create(&dir).unwrap_err();
        assert!(matches!(error, Error::KeyPermissions { mode: 0o640, want: 0o600, .. }), "{error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
        chmod(&made[1].path, 0o600);
        chmod(&dir, 0o755);
        assert!(matches!(Keys::open_or_create(&dir), Err(Error::KeyPermissions { mode: 0o755, .. })));
        chmod(&dir, 0o700);
        std::fs::write(&made[2].path, [0xff; 100]).unwrap();
        assert!(matches!(Keys::open_or_create(&dir), Err(Error::KeyFile { .. })));
    }
}
