//! The private keys of one person or installation: four, made at first use, outside any library.
//!
//! | role | signs | needed |
//! |---|---|---|
//! | `log` | checkpoints | whenever the log grows |
//! | `evidence` | statements | by the one step that takes a finished statement |
//! | `root` | roots of trust, revocations of keys | when a library is made, and when trust changes |
//! | `approver` | approvals | when a person approves |
//!
//! The last two are a person's and may be protected by a passphrase ([`Keys::protect`]: PKCS#8's PBES2 with scrypt and AES);
//! they are opened only when they are needed. A `.pub` file beside each says which key it is without opening it.
//!
//! They are PKCS#8 PEM files that OpenSSL 3 reads as well (version 1 of the format, *without* the public key:
//! OpenSSL refuses the newer form that ed25519-dalek writes by default). Folder 0700, files 0600; wider permissions are
//! refused rather than narrowed, since a key that others could read is to be replaced, not hidden. Nothing here
//! prints a private key or puts one into an error, and memory that held one is zeroed.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
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
    /// Root and approver: opened when they are needed.
    public: [VerifyingKey; 2],
    passphrase: Option<Zeroizing<String>>,
}

/// The roles of a person, in the order of `Keys::public`.
const PERSONAL: [&str; 2] = ["root", "approver"];

/// What may be told about a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// `log`, `evidence`, `root` or `approver`.
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
        let public = |role| public_key(&folder, dir, role);
        let keys = Self {
            log: key(&folder, dir, "log", None)?,
            evidence: key(&folder, dir, "evidence", None)?,
            public: [public(PERSONAL[0])?, public(PERSONAL[1])?],
            passphrase: None,
            dir: dir.to_owned(),
        };
        drop(lock);
        Ok(keys)
    }

    /// These keys with the passphrase of the person's own.
    #[must_use]
    pub fn with_passphrase(self, passphrase: &str) -> Self {
        Self { passphrase: Some(Zeroizing::new(passphrase.to_owned())), ..self }
    }

    /// The root key.
    pub(crate) fn root(&self) -> Result<SigningKey, Error> {
        self.personal(0)
    }

    /// The approver's key.
    pub(crate) fn approver(&self) -> Result<SigningKey, Error> {
        self.personal(1)
    }

    fn personal(&self, which: usize) -> Result<SigningKey, Error> {
        let role = PERSONAL[which];
        let shown = || self.dir.display().to_string();
        let folder =
            Dir::open_ambient_dir(&self.dir, ambient_authority()).map_err(Error::io("opening", shown()))?;
        let key = key(&folder, &self.dir, role, self.passphrase.as_ref())?;
        if key.verifying_key() != self.public[which] {
            return Err(Error::KeyFile { path: self.dir.join(public_name(role)).display().to_string() });
        }
        Ok(key)
    }

    /// Encrypts root and approver key with a passphrase, or with another than before.
    ///
    /// # Errors
    /// Those of reading the keys; [`Error::Io`].
    #[cfg(feature = "passphrase")]
    pub fn protect(self, passphrase: &str) -> Result<Self, Error> {
        let folder = Dir::open_ambient_dir(&self.dir, ambient_authority())
            .map_err(Error::io("opening", self.dir.display().to_string()))?;
        let keys = [self.personal(0)?, self.personal(1)?];
        for (role, key) in PERSONAL.iter().zip(keys) {
            let name = file_name(role);
            let shown = self.dir.join(&name).display().to_string();
            let bytes = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
            let pem =
                bytes.to_pkcs8_encrypted_pem(passphrase, LineEnding::LF).map_err(|_| Error::NoEntropy)?;
            replace(&folder, &name, pem.as_bytes(), 0o600).map_err(Error::io("writing", shown))?;
        }
        Ok(self.with_passphrase(passphrase))
    }

    /// What may be told about the keys, as keys of the library `name`. Another name gives other key lines: their hash
    /// covers it.
    pub fn list(&self, name: &str) -> Vec<KeyInfo> {
        let info = |role: &'static str, public: VerifyingKey| {
            // The log signs under the library's own name, as checkpoints demand.
            let name = if role == "log" { name.to_owned() } else { format!("{name}/{role}") };
            KeyInfo {
                role,
                id: key_id(&public)[..16].to_owned(),
                public: vkey(&name, &public),
                path: self.dir.join(file_name(role)),
            }
        };
        vec![
            info("log", self.log.verifying_key()),
            info("evidence", self.evidence.verifying_key()),
            info("root", self.public[0]),
            info("approver", self.public[1]),
        ]
    }
}

fn file_name(role: &str) -> String {
    format!("{role}.pem")
}

fn public_name(role: &str) -> String {
    format!("{role}.pub")
}

/// The public side of a personal key, without opening it where that is known; it is made where there is none.
fn public_key(folder: &Dir, dir: &Path, role: &str) -> Result<VerifyingKey, Error> {
    let name = public_name(role);
    let shown = || dir.join(&name).display().to_string();
    if folder
        .symlink_metadata(&name)
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_KEY_FILE)
    {
        let text = folder.read_to_string(&name).map_err(Error::io("reading", shown()))?;
        let bytes = Base64::decode_vec(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        return key.ok_or_else(|| Error::KeyFile { path: shown() });
    }
    let public = key(folder, dir, role, None)?.verifying_key();
    let line = Base64::encode_string(public.as_bytes()) + "\n";
    replace(folder, &name, line.as_bytes(), 0o644).map_err(Error::io("writing", shown()))?;
    Ok(public)
}

/// Opens the text of a key file.
fn decode(pem: &str, shown: &str, passphrase: Option<&Zeroizing<String>>) -> Result<SigningKey, Error> {
    let path = || shown.to_owned();
    if !pem.starts_with("-----BEGIN ENCRYPTED") {
        return SigningKey::from_pkcs8_pem(pem).map_err(|_| Error::KeyFile { path: path() });
    }
    let Some(passphrase) = passphrase else { return Err(Error::PassphraseNeeded { path: path() }) };
    #[cfg(feature = "passphrase")]
    return SigningKey::from_pkcs8_encrypted_pem(pem, passphrase.as_bytes())
        .map_err(|_| Error::WrongPassphrase { path: path() });
    #[cfg(not(feature = "passphrase"))]
    return Err(Error::WrongPassphrase { path: path() + &passphrase[..0] });
}

/// Reads a key or makes it.
fn key(
    folder: &Dir,
    dir: &Path,
    role: &str,
    passphrase: Option<&Zeroizing<String>>,
) -> Result<SigningKey, Error> {
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
                _ => decode(&pem, &shown, passphrase),
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
    replace(folder, name, pem.as_bytes(), 0o600).map_err(Made::Io)?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Writes a whole file under its name; durable when this returns.
fn replace(folder: &Dir, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = format!(".{name}.partial");
    let _ = folder.remove_file(&temporary);
    let options = OpenOptions::new().write(true).create_new(true).mode(mode).clone();
    let mut file = folder.open_with(&temporary, &options)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    folder.rename(&temporary, folder, name)?;
    folder.open(".")?.sync_all()
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

    #[cfg(feature = "passphrase")]
    #[test]
    fn personal_keys_can_be_protected_and_the_others_stay_usable() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("keys");
        let keys = Keys::open_or_create(&dir).unwrap();
        let (list, approver) = (keys.list("x"), keys.approver().unwrap().to_bytes());
        drop(keys.protect("correct horse").unwrap());
        let pem = std::fs::read_to_string(dir.join("approver.pem")).unwrap();
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{pem}");
        assert_eq!(mode(&dir.join("approver.pem")), 0o600);
        let keys = Keys::open_or_create(&dir).unwrap();
        assert_eq!(keys.list("x"), list);
        assert!(matches!(keys.approver(), Err(Error::PassphraseNeeded { .. })));
        let wrong = keys.with_passphrase("battery staple");
        assert!(matches!(wrong.root(), Err(Error::WrongPassphrase { .. })));
        let right = wrong.with_passphrase("correct horse");
        assert_eq!(right.approver().unwrap().to_bytes(), approver);
        // Another key in its place is noticed.
        std::fs::remove_file(dir.join("root.pem")).unwrap();
        assert!(matches!(right.root(), Err(Error::KeyFile { .. })));
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
        std::fs::write(&made[0].path, [0xff; 100]).unwrap();
        assert!(matches!(Keys::open_or_create(&dir), Err(Error::KeyFile { .. })));
    }
}
