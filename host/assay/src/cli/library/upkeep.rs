//! Upkeep of a library's folder: order after a crash, room, caps.

use super::super::place::{Place, library_failure};
use super::super::{Answer, Failure, report};
use ::library::{Options, verify};
use serde_json::json;

/// Opening for writing discards what no checkpoint covers and rebuilds what is derived; then everything is verified.
pub(super) fn fsck(place: &Place, json: bool) -> Result<Answer, Failure> {
    if !place.library.exists() {
        place.read_library()?;
    }
    drop(place.open_library()?);
    let found = verify(&place.library, &Options::default()).map_err(library_failure)?;
    report::print(json, &json!(found), || report::escape(&found.to_string()));
    Ok(if found.verified { Answer::Yes } else { Answer::No })
}

pub(super) fn gc(place: &Place, losers: bool, json: bool) -> Result<Answer, Failure> {
    let removed = place.open_library()?.gc(losers).map_err(library_failure)?;
    report::print(json, &json!(removed), || {
        format!(
            "removed {} blobs that nothing named and {} components of refused versions, {}",
            removed.unnamed,
            removed.losers,
            report::bytes(removed.bytes)
        )
    });
    Ok(Answer::Yes)
}

pub(super) fn stats(place: &Place, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let (stats, caps) = (library.stats().map_err(library_failure)?, library.caps().map_err(library_failure)?);
    report::print(json, &json!({ "stats": stats, "caps": caps }), || {
        let mut text = format!("{} leaves\n", stats.leaves);
        for (kind, count) in &stats.kinds {
            text.push_str(&format!("  {kind:<16} {count}\n"));
        }
        text.push_str(&format!(
            "versions    {} of at most {} ({} different components)\npending     {} of at most {}\nblobs       {}, {} of at most {}\nunnamed     {}, {} (assay library gc)\nrefused     {} of components that nothing else needs (assay library gc --losers)",
            stats.versions,
            caps.versions,
            stats.components,
            stats.pending,
            caps.pending,
            stats.blobs,
            report::bytes(stats.bytes),
            report::bytes(caps.bytes),
            stats.unnamed,
            report::bytes(stats.unnamed_bytes),
            report::bytes(stats.losers_bytes)
        ));
        text
    });
    Ok(Answer::Yes)
}

pub(super) fn caps(
    place: &Place,
    (versions, pending, bytes): (Option<u64>, Option<u64>, Option<u64>),
    json: bool,
) -> Result<Answer, Failure> {
    let mut caps = place.read_library()?.caps().map_err(library_failure)?;
    if versions.or(pending).or(bytes).is_some() {
        caps.versions = versions.unwrap_or(caps.versions);
        caps.pending = pending.unwrap_or(caps.pending);
        caps.bytes = bytes.unwrap_or(caps.bytes);
        place.open_library()?.set_caps(&caps).map_err(library_failure)?;
    }
    report::print(json, &json!(caps), || {
        format!("versions {}\npending  {}\nbytes    {}", caps.versions, caps.pending, caps.bytes)
    });
    Ok(Answer::Yes)
}
