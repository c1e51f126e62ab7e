//! The log's files, as C2SP tlog-tiles lays them out (<https://c2sp.org/tlog-tiles>).
//!
//! `tile/<L>/<N>` holds 256 hashes, `tile/entries/<N>` 256 leaves, each after its length as two big-endian bytes; an
//! unfinished one is called `<N>.p/<W>` after its width. `<N>` is written in groups of three digits, all but the last with
//! an `x` in front: 1234067 is `x001/x234/067`.
//!
//! For a tree of one size there is one right set of files. Writing goes *up to* a size; [`sweep`] removes what belongs to
//! no part of it: tiles beyond the checkpoint that an interrupted append left, and unfinished tiles that grew. So
//! the folder is a function of leaves and key, whatever happened in between.

use crate::error::Error;
use crate::fault::{Fault, clean};
use crate::files::{Dirty, Files};
use crate::tree::{FullTile, Hash, WIDTH, full_tiles, partial_width};

/// The folder of all tiles.
const FOLDER: &str = "log/tile";
/// Bytes of the largest entry: its length is two bytes.
pub(crate) const MAX_ENTRY: usize = 0xffff;
/// Bytes of the largest entry bundle.
const MAX_BUNDLE: u64 = (WIDTH * (MAX_ENTRY + 2)) as u64;

/// What a tile is a tile of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Entries,
    Hashes(u8),
}

/// Where a tile is, relative to the library. `width` is 1 to 256.
pub(crate) fn path(kind: Kind, index: u64, width: usize) -> String {
    let mut path = match kind {
        Kind::Entries => format!("{FOLDER}/entries"),
        Kind::Hashes(level) => format!("{FOLDER}/{level}"),
    };
    let digits = index.to_string();
    let digits = "0".repeat((3 - digits.len() % 3) % 3) + &digits;
    for start in (0..digits.len()).step_by(3) {
        path += if start + 3 < digits.len() { "/x" } else { "/" };
        path += &digits[start..start + 3];
    }
    if width < WIDTH {
        path += &format!(".p/{width}");
    }
    path
}

/// The inverse of [`path`]: `None` for every other path.
fn parse(path: &str) -> Option<(Kind, u64, usize)> {
    let (kind, rest) = path.strip_prefix(FOLDER)?.strip_prefix('/')?.split_once('/')?;
    let kind = if kind == "entries" { Kind::Entries } else { Kind::Hashes(kind.parse().ok()?) };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|w| (1..WIDTH).contains(w))?),
        None => (rest, WIDTH),
    };
    let index: u64 = number.replace(['x', '/'], "").parse().ok()?;
    // Any other spelling of the same tile falls out here.
    (self::path(kind, index, width) == path).then_some((kind, index, width))
}

/// Leaves in entry bundle `index` of a log of `size` leaves, 0 to 256.
pub(crate) fn bundle_width(size: u64, index: u64) -> usize {
    size.saturating_sub(index.saturating_mul(WIDTH as u64)).min(WIDTH as u64) as usize
}

/// Writes a hash tile; durable after a sync.
pub(crate) fn write_hashes(
    files: &Files,
    level: u8,
    index: u64,
    hashes: &[Hash],
    dirty: &mut Dirty,
) -> Result<(), Error> {
    files.write(&path(Kind::Hashes(level), index, hashes.len()), hashes.as_flattened(), dirty)
}

/// Writes a finished hash tile.
pub(crate) fn write_full(files: &Files, tile: &FullTile, dirty: &mut Dirty) -> Result<(), Error> {
    write_hashes(files, tile.level, tile.index, &tile.hashes, dirty)
}

/// Writes an entry bundle. Each entry has at most [`MAX_ENTRY`] bytes.
pub(crate) fn write_bundle(
    files: &Files,
    index: u64,
    entries: &[Vec<u8>],
    dirty: &mut Dirty,
) -> Result<(), Error> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len())
            .map_err(|_| Error::TooLarge { what: "a leaf", limit: "65535 bytes" })?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry);
    }
    files.write(&path(Kind::Entries, index, entries.len()), &bytes, dirty)
}

/// Reads a hash tile of exactly `width` hashes.
pub(crate) fn read_hashes(files: &Files, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, Error> {
    let path = path(Kind::Hashes(level), index, width);
    let bytes = files.read(&path, (WIDTH * 32) as u64)?;
    if bytes.len() != width * 32 {
        let why = format!("{} bytes, where {width} hashes take {}", bytes.len(), width * 32);
        return Err(Fault::malformed(why).in_file(path).into());
    }
    Ok(bytes.as_chunks::<32>().0.to_vec())
}

/// Reads an entry bundle of exactly `width` entries.
pub(crate) fn read_bundle(files: &Files, index: u64, width: usize) -> Result<Vec<Vec<u8>>, Error> {
    let path = path(Kind::Entries, index, width);
    let bytes = files.read(&path, MAX_BUNDLE)?;
    let malformed = |why: String| Error::Unsound(Fault::malformed(why).in_file(path.as_str()));
    let (mut entries, mut rest) = (Vec::new(), bytes.as_slice());
    while entries.len() < width {
        let entry = rest.split_first_chunk::<2>().and_then(|(length, after)| {
            let length = usize::from(u16::from_be_bytes(*length));
            Some((after.get(..length)?, after.get(length..)?))
        });
        let Some((entry, after)) = entry else {
            return Err(malformed(format!("it ends within entry {} of {width}", entries.len())));
        };
        entries.push(entry.to_vec());
        rest = after;
    }
    if !rest.is_empty() {
        return Err(malformed(format!("{} bytes after the last of {width} entries", rest.len())));
    }
    Ok(entries)
}

/// The root of leaves `i << height ..(i + 1) << height` of a log of `size` leaves, read from its tiles.
pub(crate) fn node(files: &Files, size: u64, height: u32, i: u64) -> Result<Hash, Error> {
    let (level, within) = ((height / 8) as u8, height % 8);
    let start = i << within;
    let index = start / WIDTH as u64;
    let width = if index < full_tiles(size, level) { WIDTH } else { partial_width(size, level) };
    let hashes = read_hashes(files, level, index, width)?;
    let first = (start % WIDTH as u64) as usize;
    let Some(mut row) = hashes.get(first..first + (1 << within)).map(<[Hash]>::to_vec) else {
        let path = path(Kind::Hashes(level), index, width);
        return Err(Fault::malformed("it is too narrow for this proof").in_file(path).into());
    };
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| crate::tree::node_hash(&pair[0], &pair[1])).collect();
    }
    Ok(row[0])
}

/// Whether that tile belongs to a log of `size` leaves.
fn belongs(kind: Kind, index: u64, width: usize, size: u64) -> bool {
    let level = if let Kind::Hashes(level) = kind { level } else { 0 };
    let full = full_tiles(size, level);
    if width == WIDTH { index < full } else { index == full && width == partial_width(size, level) }
}

/// All files below `log/tile/`, tiles or not. Folders deeper than any tile are not entered.
fn walk(files: &Files) -> Result<Vec<String>, Error> {
    // `tile/<L>`, seven groups of three digits for 2^64 and a width.
    const DEEPEST: usize = 11;
    let (mut found, mut open) = (Vec::new(), vec![FOLDER.to_owned()]);
    while let Some(folder) = open.pop() {
        for name in files.names(&folder)? {
            let path = format!("{folder}/{name}");
            if files.is_folder(&path)? && path.matches('/').count() < DEEPEST {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Removes all tiles that are no part of a log of `size` leaves. Other files are left alone: they are not ours.
pub(crate) fn sweep(files: &Files, size: u64) -> Result<(), Error> {
    for path in walk(files)? {
        if let Some((kind, index, width)) = parse(&path)
            && !belongs(kind, index, width, size)
        {
            files.remove(&path)?;
            if let Some((folder, _)) = path.rsplit_once('/').filter(|_| width < WIDTH) {
                files.remove_if_empty(folder);
            }
        }
    }
    Ok(())
}

/// Removes the unfinished tiles of a log that grew from `old` to `size` leaves.
pub(crate) fn drop_outgrown(files: &Files, old: u64, size: u64) -> Result<(), Error> {
    for kind in [Kind::Entries].into_iter().chain((0..8).map(Kind::Hashes)) {
        let level = if let Kind::Hashes(level) = kind { level } else { 0 };
        let (index, width) = (full_tiles(old, level), partial_width(old, level));
        if width > 0 && !belongs(kind, index, width, size) {
            let path = path(kind, index, width);
            files.remove(&path)?;
            if let Some((folder, _)) = path.rsplit_once('/') {
                files.remove_if_empty(folder);
            }
        }
    }
    Ok(())
}

/// Files below `log/tile/` that are no part of a log of `size` leaves, for a report.
pub(crate) fn strangers(files: &Files, size: u64) -> Result<Vec<String>, Error> {
    let belongs =
        |path: &String| parse(path).is_some_and(|(kind, index, width)| belongs(kind, index, width, size));
    Ok(walk(files)?.into_iter().filter(|path| !belongs(path)).map(|path| clean(&path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(path(Kind::Hashes(0), 1_234_067, WIDTH), "log/tile/0/x001/x234/067");
        assert_eq!(path(Kind::Entries, 0, 5), "log/tile/entries/000.p/5");
        assert_eq!(path(Kind::Hashes(2), 1000, 255), "log/tile/2/x001/000.p/255");
        assert_eq!(path(Kind::Hashes(1), 999, WIDTH), "log/tile/1/999");
    }

    #[test]
    fn a_path_parses_back_and_no_other_spelling_does() {
        for (index, width) in [(0, 1), (7, WIDTH), (999, 3), (1000, WIDTH), (1_234_067, 255)] {
            for kind in [Kind::Entries, Kind::Hashes(0), Kind::Hashes(3)] {
                assert_eq!(parse(&path(kind, index, width)), Some((kind, index, width)));
            }
        }
        for other in [
            "log/tile/0/0",
            "log/tile/0/x000/001",
            "log/tile/0/001.p/0",
            "log/tile/0/001.p/256",
            "log/tile/00/001",
            "log/tile/0/+01",
            "log/tile/0/x001/x234/067/",
            "log/tile/0/99999999999999999999999",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
