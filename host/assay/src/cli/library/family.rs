//! Families: which version was derived from which, what came of it, and what goes with it when it has to go.
//!
//! A version descends from another if its evidence names the other's source text among those that it was made from, or if it is
//! a team and the other a member of it. What it merely *replaced* is told apart: being better than something is no kinship.

use super::super::place::Place;
use super::super::{Answer, Failure, report};
use super::story::Story;
use ::library::{Digest, Entry, Kind, Leaf, Library, Line, Version};
use serde_json::json;
use std::collections::BTreeSet;

/// Every version that some leaf let in or refused, in the order of the log.
fn all(library: &Library) -> Result<Vec<Story>, Failure> {
    let mut seen = BTreeSet::new();
    let mut stories = Vec::new();
    for (index, leaf) in library.leaves() {
        let lets_in = matches!(leaf.kind, Kind::Baseline | Kind::Promote | Kind::Refuse);
        if lets_in && leaf.manifest.is_some_and(|manifest| seen.insert(manifest)) {
            stories.push(Story::of_leaf(library, index, leaf)?);
        }
    }
    Ok(stories)
}

/// Versions derived from `from`, directly or not, in the order of the log.
fn descendants<'a>(stories: &'a [Story], from: &Story) -> Vec<&'a Story> {
    let mut sources: BTreeSet<&str> = from.source_digest.as_deref().into_iter().collect();
    let mut components = BTreeSet::from([from.leaf.component.hex()]);
    let mut found = Vec::new();
    for story in stories {
        let derived = story.parents().iter().any(|parent| sources.contains(parent))
            || story.members.iter().any(|member| components.contains(member));
        if derived && story.leaf.manifest != from.leaf.manifest {
            sources.extend(story.source_digest.as_deref());
            components.insert(story.leaf.component.hex());
            found.push(story);
        }
    }
    found
}

pub(super) fn lineage(place: &Place, wanted: &str, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let story = Story::find(&library, wanted)?;
    let stories = all(&library)?;
    let parents = story.parents();
    let of = |source: &str| stories.iter().find(|other| other.source_digest.as_deref() == Some(source));
    let ancestors: Vec<(&str, Option<&Story>)> = parents.iter().map(|source| (*source, of(source))).collect();
    let replaced: Vec<&Story> = chain(&library, &story, &stories);
    let descendants = descendants(&stories, &story);
    let short = |stories: &[&Story]| -> Vec<_> {
        stories.iter().map(|story| json!({ "leaf": story.index, "version": story.leaf.manifest })).collect()
    };
    let value = json!({
        "version": story.leaf.manifest,
        "ancestors": ancestors.iter().map(|(source, story)| json!({ "source": source, "version": story.and_then(|s| s.leaf.manifest) })).collect::<Vec<_>>(),
        "replaced": short(&replaced), "descendants": short(&descendants),
    });
    report::print(json, &value, || {
        let mut text = format!("{}\n", story.line());
        text.push_str("\nderived from (nearest first)\n");
        for (source, known) in &ancestors {
            let unknown = || {
                format!("source {}, a candidate that was never logged", source.get(..12).unwrap_or(source))
            };
            text.push_str(&format!("  {}\n", known.map_or_else(unknown, Story::line)));
        }
        if ancestors.is_empty() {
            text.push_str("  nothing that its evidence names\n");
        }
        let list = |stories: &[&Story]| match stories {
            [] => "  none\n".to_owned(),
            stories => stories.iter().map(|story| format!("  {}\n", story.line())).collect(),
        };
        text.push_str(&format!("\nwhat it replaced, and that before it\n{}", list(&replaced)));
        text.push_str(&format!("\nderived from it\n{}", list(&descendants)));
        text
    });
    Ok(Answer::Yes)
}

/// What a version that waits was derived from, a line each.
pub(super) fn ancestry(library: &Library, story: &Story) -> Result<String, Failure> {
    let stories = all(library)?;
    let parents = story.parents();
    let known: Vec<String> = parents
        .iter()
        .filter_map(|source| stories.iter().find(|other| other.source_digest.as_deref() == Some(source)))
        .map(|story| format!("  {}\n", story.line()))
        .collect();
    let unknown = parents.len() - known.len();
    Ok(format!("{}  {unknown} candidates that were never logged\n", known.concat()))
}

/// What a version replaced, and what that had replaced.
fn chain<'a>(library: &Library, story: &Story, stories: &'a [Story]) -> Vec<&'a Story> {
    let mut found = Vec::new();
    let mut at = story.leaf.replaces;
    while let Some(leaf) = at.and_then(|index| library.leaf(index)) {
        found.extend(stories.iter().find(|other| other.leaf.manifest == leaf.manifest));
        // Leaves only replace earlier ones; the history has checked that.
        at = leaf.replaces;
    }
    found
}

pub(super) fn diff(place: &Place, old: &str, new: &str, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let (old, new) = (Story::find(&library, old)?, Story::find(&library, new)?);
    let difference = old.difference(&new);
    report::print(json, &difference.value, || {
        format!("{}\n{}\n{}", old.line(), new.line(), difference.words)
    });
    Ok(Answer::Yes)
}

pub(super) fn explain(place: &Place, wanted: &str, json: bool) -> Result<Answer, Failure> {
    let library = place.read_library()?;
    let story = Story::find(&library, wanted)?;
    let before = story.leaf.replaces.and_then(|index| Some((index, library.leaf(index)?)));
    let before = before.map(|(index, leaf)| Story::of_leaf(&library, index, leaf)).transpose()?;
    let difference = before.as_ref().map(|before| before.difference(&story));
    let value = json!({ "story": story.value(), "difference": difference.as_ref().map(|d| &d.value) });
    report::print(json, &value, || {
        let mut text = story.words();
        match (&before, &difference) {
            (Some(before), Some(difference)) => {
                text.push_str(&format!("\nit replaced {}\n{}", before.line(), difference.words));
            }
            _ => text.push_str(&format!("\n{}", report::escape(story.source.as_deref().unwrap_or_default()))),
        }
        text
    });
    Ok(Answer::Yes)
}

pub(super) fn rollback(
    place: &Place,
    name: &str,
    to: Option<&str>,
    channel: &str,
    json: bool,
) -> Result<Answer, Failure> {
    let mut library = place.open_library()?;
    let Some(current) = library.current(name, channel).cloned() else {
        return Err(Failure::says(format!(
            "`{name}` has no current version in channel `{channel}`; `assay library log {name}` shows what was"
        )));
    };
    let before = |leaf: &&Leaf| {
        let there = leaf.name == name && leaf.channel == channel && leaf.version() != Some(current.version);
        there && matches!(leaf.kind, Kind::Baseline | Kind::Promote | Kind::Rollback)
    };
    let wanted = to.map(|to| to.strip_prefix("sha256:").unwrap_or(to));
    let is_wanted = |leaf: &&Leaf| {
        let begins = |wanted: &str| {
            wanted.len() >= 8 && leaf.manifest.is_some_and(|manifest| manifest.hex().starts_with(wanted))
        };
        wanted.map_or_else(
            || leaf.manifest.is_some_and(|manifest| library.revoked(&manifest).is_none()),
            begins,
        )
    };
    // Without a digest: what was current before this one, not what it was tried against.
    let found = library.leaves().rev().map(|(_, leaf)| leaf).filter(before).find(is_wanted);
    let Some((line, version)) = found.and_then(|leaf| Some((line_of(leaf), leaf.version()?))) else {
        return Err(Failure::says(format!(
            "nothing that was current in `{channel}` before fits; `assay library log {name}` shows what was"
        )));
    };
    super::people::append_or_propose(place, &mut library, Leaf::rollback(&line, version).into(), json)
}

fn line_of(leaf: &Leaf) -> Line {
    Line { name: leaf.name.clone(), channel: leaf.channel.clone(), task: leaf.task }
}

pub(super) fn revoke(
    place: &Place,
    wanted: &str,
    with_descendants: bool,
    json: bool,
) -> Result<Answer, Failure> {
    let mut library = place.open_library()?;
    let story = Story::find(&library, wanted)?;
    let stories = all(&library)?;
    let derived = descendants(&stories, &story);
    let was_current = |manifest: Option<Digest>| {
        library.leaves().any(|(_, leaf)| {
            leaf.manifest == manifest && matches!(leaf.kind, Kind::Baseline | Kind::Promote | Kind::Rollback)
        })
    };
    for other in &derived {
        let note = if library.revoked(&other.leaf.manifest.unwrap_or_else(|| Digest::of(b""))).is_some() {
            "revoked already"
        } else if !was_current(other.leaf.manifest) {
            "never in use"
        } else if with_descendants {
            "revoked with it"
        } else {
            "STAYS in use; --descendants revokes it as well"
        };
        eprintln!("derived from it: {}  {note}", other.line());
    }
    let mut gone = vec![&story];
    if with_descendants {
        let in_use = |other: &&&Story| {
            let manifest = other.leaf.manifest;
            was_current(manifest) && manifest.is_some_and(|manifest| library.revoked(&manifest).is_none())
        };
        gone.extend(derived.iter().filter(in_use).copied());
    }
    let leaves: Vec<(Line, Version)> =
        gone.iter().filter_map(|story| Some((line_of(&story.leaf), story.leaf.version()?))).collect();
    let mut answer = Answer::Yes;
    for (line, version) in leaves {
        let entry: Entry = Leaf::revoke_version(&line, version).into();
        answer = super::people::append_or_propose(place, &mut library, entry, json)?;
    }
    let left = library.current(&story.leaf.name, &story.leaf.channel);
    let left = left.map_or("nothing".into(), |current| current.version.manifest.short());
    eprintln!("current now in {} ({}): {left}", story.leaf.name, story.leaf.channel);
    Ok(answer)
}
