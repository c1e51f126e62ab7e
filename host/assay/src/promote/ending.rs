//! Endings: a version that was let through, found again; and the leaf that moves it up or takes it back.

use library::{Current, Digest, Entry, Error, Kind, Leaf, Library};

/// What became of a leaf that was to be written into the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It stands in the log at this index.
    Leaf(u64),
    /// It waits for people, under this name.
    Waits(Digest),
    /// The library changed meanwhile: there is nothing to end as it was.
    Overtaken,
}

/// The leaf by which the gates let this version through, whichever leaf made it current last.
pub fn promotion<'a>(library: &'a Library, current: &Current) -> Option<&'a Leaf> {
    let mut before = library.leaves().rev().filter(|(index, _)| *index <= current.leaf);
    before
        .find(|(_, leaf)| {
            leaf.kind == Kind::Promote
                && leaf.attempt.is_some()
                && leaf.name == current.name
                && leaf.version() == Some(current.version)
        })
        .map(|(_, leaf)| leaf)
}

/// Append the leaf, or propose it where the root of trust wants people to approve its like.
///
/// # Errors
/// As [`Library::append`] and [`Library::propose`].
pub fn write(library: &mut Library, leaf: Leaf) -> Result<Written, Error> {
    let entry = Entry::from(leaf);
    if library.approvals_needed(&entry) > 0 {
        return Ok(Written::Waits(library.propose(entry)?));
    }
    Ok(Written::Leaf(library.append(entry)?))
}
