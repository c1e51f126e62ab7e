//! A version's manifest: an OCI image manifest in the CNCF's layout for wasm, one component as its one layer.
//!
//! Version id = SHA-256 of the manifest's bytes. So everything in it comes from recorded input, fields have a fixed order
//! and maps are sorted: the same component, imports, exports and annotations give the same id on any machine. The
//! configuration has a `created` because the field's tools demand one; it is always the epoch and means "no time".
//!
//! The source that a component was compiled from is a blob too, named by the annotation [`SOURCE`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::blobs;
use crate::digest::Digest;
use crate::error::Error;
use crate::fault::Fault;
use crate::files::Files;
use crate::leaf::Version;

/// The media type of a manifest.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
const LAYER_TYPE: &str = "application/wasm";
const EPOCH: &str = "1970-01-01T00:00:00Z";
/// Bytes of the largest manifest or configuration.
pub(crate) const MAX_MANIFEST: u64 = 1 << 20;

/// The annotation that names the source blob's digest.
pub const SOURCE: &str = "dev.assay.source";

/// What the host knows of a component, all of it recorded input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Names of its imports; stored sorted.
    pub imports: Vec<String>,
    /// Names of its exports; stored sorted.
    pub exports: Vec<String>,
    /// The source text's blob, if there is source; it must have been put.
    pub source: Option<Digest>,
    /// Further annotations: no times, nothing of the machine.
    pub annotations: BTreeMap<String, String>,
}

/// A blob as OCI documents point at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
}

/// A manifest that ties something to a version: OCI image specification 1.1, "referrers".
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Artifact {
    schema_version: u32,
    media_type: String,
    artifact_type: String,
    config: Descriptor,
    layers: Vec<Descriptor>,
    subject: Descriptor,
    annotations: BTreeMap<String, String>,
}

/// The artifact type of a signed statement.
pub(crate) const ARTIFACT_TYPE: &str = "application/vnd.in-toto+json";
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
/// The blob that stands where an artifact has no configuration.
pub(crate) const EMPTY: &[u8] = b"{}";

/// The bytes of a manifest that ties `layer` to `subject`.
pub(crate) fn artifact(layer: Descriptor, subject: Descriptor, note: (&str, String)) -> Vec<u8> {
    let artifact = Artifact {
        schema_version: 2,
        media_type: MEDIA_TYPE.to_owned(),
        artifact_type: ARTIFACT_TYPE.to_owned(),
        config: descriptor(EMPTY_TYPE, Digest::of(EMPTY), EMPTY.len() as u64),
        layers: vec![layer],
        subject,
        annotations: [(note.0.to_owned(), note.1)].into(),
    };
    // Strings, numbers and maps with text keys can't fail to serialise.
    serde_json::to_vec(&artifact).unwrap_or_default()
}

/// Subject and layer of such a manifest.
pub(crate) fn artifact_of(bytes: &[u8]) -> Option<(Digest, Digest)> {
    let artifact: Artifact = serde_json::from_slice(bytes).ok()?;
    let [layer] = artifact.layers.as_slice() else { return None };
    Some((artifact.subject.digest, layer.digest))
}

/// The manifest of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Manifest {
    schema_version: u32,
    media_type: String,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    created: String,
    architecture: String,
    os: String,
    layer_digests: Vec<Digest>,
    component: Component,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    exports: Vec<String>,
    imports: Vec<String>,
}

/// A manifest and its configuration as bytes, not stored yet.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) config: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) version: Version,
}

/// Points at a blob.
pub(crate) fn descriptor(media_type: &str, digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest,
        size,
        annotations: BTreeMap::new(),
        artifact_type: None,
    }
}

/// Describes a component.
pub(crate) fn make(component: &[u8], about: &About) -> Result<Made, Error> {
    let layer = descriptor(LAYER_TYPE, Digest::of(component), component.len() as u64);
    let mut annotations = about.annotations.clone();
    if let Some(key) = annotations.keys().find(|key| key.ends_with(".created")) {
        return Err(Error::TimeInManifest { key: key.clone() });
    }
    annotations.extend(about.source.map(|source| (SOURCE.to_owned(), source.to_string())));
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    let config = Config {
        created: EPOCH.to_owned(),
        architecture: "wasm".to_owned(),
        os: "wasip2".to_owned(),
        layer_digests: vec![layer.digest],
        component: Component { exports: sorted(&about.exports), imports: sorted(&about.imports) },
    };
    // Strings, numbers and maps with text keys can't fail to serialise.
    let config = serde_json::to_vec(&config).unwrap_or_default();
    let component = layer.digest;
    let manifest = Manifest {
        schema_version: 2,
        media_type: MEDIA_TYPE.to_owned(),
        config: descriptor(CONFIG_TYPE, Digest::of(&config), config.len() as u64),
        layers: vec![layer],
        annotations,
    };
    let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
    if manifest.len().max(config.len()) as u64 > MAX_MANIFEST {
        return Err(Error::TooLarge { what: "a manifest", limit: "1 MiB" });
    }
    let version = Version { manifest: Digest::of(&manifest), component };
    Ok(Made { config, manifest, version })
}

/// Digests that a stored manifest names: configuration, component and source.
pub(crate) fn names(files: &Files, digest: &Digest) -> Result<Vec<Digest>, Error> {
    let bytes = blobs::get(files, digest, MAX_MANIFEST)?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|e| Error::Unsound(Fault::malformed(e).in_file(blobs::path(digest))))?;
    let source = manifest.annotations.get(SOURCE).and_then(|source| source.parse().ok());
    let layers = manifest.layers.iter().map(|layer| layer.digest);
    Ok(layers.chain([manifest.config.digest]).chain(source).collect())
}

/// Reads a stored manifest and follows it: configuration, component and source must be there, as described.
/// `size` gives a verified blob's size. Of a refused version the component may have been removed.
///
/// Returns the manifest's size and the component that it is the manifest of.
pub(crate) fn follow(
    files: &Files,
    digest: &Digest,
    size: &dyn Fn(&Digest) -> Result<u64, Error>,
    component_may_be_gone: bool,
) -> Result<(u64, Digest), Error> {
    let path = blobs::path(digest);
    let malformed = |why: &str| Error::Unsound(Fault::malformed(why).in_file(path.as_str()));
    let bytes = blobs::get(files, digest, MAX_MANIFEST)?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| malformed(&e.to_string()))?;
    if manifest.schema_version != 2 || manifest.media_type != MEDIA_TYPE {
        return Err(malformed("it is no OCI image manifest, version 2"));
    }
    let [layer] = manifest.layers.as_slice() else { return Err(malformed("it has not exactly one layer")) };
    if manifest.config.media_type != CONFIG_TYPE || layer.media_type != LAYER_TYPE {
        return Err(malformed("it is not the manifest of a wasm component"));
    }
    let wrong = |digest: Digest, why: &str| {
        Error::Unsound(Fault::ManifestWrong { digest, why: why.to_owned() }.in_file(path.as_str()))
    };
    let config_bytes = blobs::get(files, &manifest.config.digest, MAX_MANIFEST)?;
    let config: Config = serde_json::from_slice(&config_bytes)
        .map_err(|e| Error::Unsound(Fault::malformed(e).in_file(blobs::path(&manifest.config.digest))))?;
    if config.layer_digests != [layer.digest] {
        return Err(wrong(manifest.config.digest, "the configuration is of another component"));
    }
    if manifest.config.size != config_bytes.len() as u64 {
        return Err(wrong(manifest.config.digest, "its size is not the one given"));
    }
    match size(&layer.digest) {
        Err(Error::Unsound(finding)) if component_may_be_gone && finding.fault == Fault::Missing => {}
        Ok(size) if size != layer.size => return Err(wrong(layer.digest, "its size is not the one given")),
        found => drop(found?),
    }
    if let Some(source) = manifest.annotations.get(SOURCE) {
        let source: Digest = source.parse().map_err(|_| malformed("its source is no digest"))?;
        size(&source)?;
    }
    Ok((bytes.len() as u64, layer.digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_id_depends_on_recorded_input_only() {
        let about = |imports: [&str; 2]| About {
            imports: imports.map(str::to_owned).to_vec(),
            exports: vec!["assay:agent/run".into()],
            source: Some(Digest::of(b"fn main() {}")),
            annotations: [("dev.assay.task".to_owned(), "bin-packing".to_owned())].into(),
        };
        let one = make(b"\0asm", &about(["b", "a"])).unwrap();
        let two = make(b"\0asm", &about(["a", "b"])).unwrap();
        assert_eq!(one.version, two.version);
        // Pinned: a change here gives every version in every library another id.
        let id = one.version.manifest.to_string();
        assert_eq!(id, "sha256:b5ba91a1fe42606c4fdf9d24992defb49b24d4468b672153c6f73211fbd5152a");
    }

    #[test]
    fn a_time_is_refused() {
        let key = "org.opencontainers.image.created".to_owned();
        let about = About { annotations: [(key.clone(), "now".to_owned())].into(), ..About::default() };
        assert!(matches!(make(b"", &about), Err(Error::TimeInManifest { key: found }) if found == key));
    }
}
