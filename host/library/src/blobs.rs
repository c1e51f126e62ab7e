//! The content-addressed store: `blobs/sha256/<hex>`, the folder that an OCI image layout prescribes.
//!
//! A blob is named by its digest, so its name proves its bytes, and they are hashed on *every* read, whatever was
//! checked before: between two reads anyone with write access may have been there. Sources, components,
//! manifests and their configurations, statements and signed envelopes all live here alike.

use crate::digest::Digest;
use crate::error::Error;
use crate::fault::Fault;
use crate::files::Files;

/// The folder of all blobs.
pub(crate) const FOLDER: &str = "blobs/sha256";

/// Bytes of the largest blob that can be stored or read.
pub const MAX_BLOB: u64 = 256 << 20;

/// Where a blob is, relative to the library.
pub(crate) fn path(digest: &Digest) -> String {
    format!("{FOLDER}/{}", digest.hex())
}

/// Stores `bytes`; durable when this returns. Storing what is there already writes nothing; a blob that was edited is
/// mended, as its true bytes are at hand.
pub(crate) fn put(files: &Files, bytes: &[u8]) -> Result<Digest, Error> {
    if bytes.len() as u64 > MAX_BLOB {
        return Err(Error::TooLarge { what: "a blob", limit: "256 MiB" });
    }
    let digest = Digest::of(bytes);
    let path = path(&digest);
    match files.hash(&path, MAX_BLOB) {
        Ok((found, _)) if found == digest => Ok(digest),
        _ => files.write_durably(&path, bytes).map(|()| digest),
    }
}

/// A blob's verified bytes, at most `limit` of them.
pub(crate) fn get(files: &Files, digest: &Digest, limit: u64) -> Result<Vec<u8>, Error> {
    let path = path(digest);
    let bytes = files.read(&path, limit)?;
    match Digest::of(&bytes) {
        actual if actual == *digest => Ok(bytes),
        actual => Err(Fault::BlobEdited { actual }.in_file(path).into()),
    }
}

/// A blob's size, after its bytes were verified without holding them.
pub(crate) fn size(files: &Files, digest: &Digest) -> Result<u64, Error> {
    let path = path(digest);
    match files.hash(&path, MAX_BLOB)? {
        (actual, size) if actual == *digest => Ok(size),
        (actual, _) => Err(Fault::BlobEdited { actual }.in_file(path).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_blob_is_refused_on_read_and_mended_by_storing_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path()).unwrap();
        let digest = put(&files, b"agent").unwrap();
        std::fs::write(folder.path().join(path(&digest)), b"egant").unwrap();
        let actual = Digest::of(b"egant");
        assert_eq!(get(&files, &digest, 99).unwrap_err().fault(), Some(&Fault::BlobEdited { actual }));
        assert_eq!(size(&files, &digest).unwrap_err().fault(), Some(&Fault::BlobEdited { actual }));
        put(&files, b"agent").unwrap();
        assert_eq!(get(&files, &digest, 99).unwrap(), b"agent");
    }
}
