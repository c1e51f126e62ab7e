//! `assay library verify --reexecute VERSION`: what a version's evidence claims, done again from the library alone.
//!
//! The library is verified first, signatures and all: what is executed is then what its keys vouch for, and what comes
//! out says whether they should have. No task folder, no key and no compiler is needed, and nothing is written.

use super::place::{Place, judge_failure, library_failure, runtime};
use super::{Answer, Failure, agents, report};
use crate::promote::recheck::{RecheckError, Recorded};
use crate::table::Table;
use ::library::{Kind, Leaf, Library, Report};
use serde_json::{Value, json};

/// One statement, done again.
struct Done {
    recorded: Recorded,
    table: Table,
}

pub(super) fn run(verified: &Report, wanted: &str, place: &Place, json: bool) -> Result<Answer, Failure> {
    if !verified.verified {
        let value = json!({ "verified": verified, "reexecuted": Value::Null, "equal": false });
        report::print(json, &value, || {
            let why = "nothing was executed: the library does not verify";
            format!("{}\n{why}", report::escape(&verified.to_string()))
        });
        return Ok(Answer::No);
    }
    let library = place.read_library()?;
    let root = library.root_at(verified.counts.leaves).map(|root| ::library::Digest::from_bytes(root).hex());
    if root.as_ref() != Some(&verified.root) {
        return Err(Failure::says("the library changed while it was verified; try again"));
    }
    let Some(leaf) = agents::position(&library, wanted).and_then(|index| library.leaf(index)) else {
        return Err(Failure::says(format!(
            "the library has no agent `{wanted}`; `assay library list` shows what there is"
        )));
    };
    let statements = statements(&library, leaf)?;
    let done = runtime()?.block_on(async {
        let mut done = Vec::new();
        for recorded in statements {
            // A statement that can't be read needs no particular pool to be refused by.
            let stack = recorded.stack_bytes().unwrap_or(sandbox::policy::Limits::default().stack_bytes);
            let pool = place.pool_anew(stack).await?;
            let table = recorded.again(&library, pool).await.map_err(|error| match error {
                RecheckError::Library(error) => library_failure(error),
                RecheckError::Judge(error) => judge_failure(error),
            })?;
            done.push(Done { recorded, table });
        }
        Ok::<_, Failure>(done)
    })?;
    let equal = !done.is_empty() && done.iter().all(|done| done.table.equal());
    let value = json!({
        "verified": verified, "equal": equal, "agent": leaf.name, "version": leaf.manifest, "component": leaf.component,
        "reexecuted": done.iter().map(|Done { recorded, table }| json!({
            "leaf": recorded.leaf, "kind": recorded.kind, "evidence": recorded.payload, "equal": table.equal(),
            "complete": table.complete(), "rows": table,
        })).collect::<Vec<_>>(),
    });
    report::print(json, &value, || words(verified, leaf, &done, equal));
    Ok(if equal { Answer::Yes } else { Answer::No })
}

/// Everything in the log that rests on an evaluation of this version, in its order.
fn statements(library: &Library, version: &Leaf) -> Result<Vec<Recorded>, Failure> {
    let mut found = Vec::new();
    for (index, leaf) in library.leaves() {
        let there = leaf.channel == version.channel || Some(&leaf.channel) == version.from.as_ref();
        let same = leaf.manifest == version.manifest && leaf.name == version.name && there;
        if same && matches!(leaf.kind, Kind::Baseline | Kind::Refuse | Kind::Promote | Kind::Demote) {
            found.extend(Recorded::of(library, index).map_err(library_failure)?);
        }
    }
    Ok(found)
}

fn words(verified: &Report, leaf: &Leaf, done: &[Done], equal: bool) -> String {
    let mut text = verified.to_string();
    for Done { recorded, table } in done {
        let kind = format!("{:?}", recorded.kind).to_lowercase();
        text.push_str(&format!(
            "\nleaf {} ({kind} {}), executed again from its evidence {}:\n{}",
            recorded.leaf,
            leaf.name,
            recorded.payload.short(),
            table.words()
        ));
    }
    text.push_str(match (done.is_empty(), equal, done.iter().all(|done| done.table.complete())) {
        (true, ..) => "\nNOT CONFIRMED: no statement in the log tells of an evaluation of this version",
        (_, false, _) => "\nNOT CONFIRMED: what is marked DIFFERS is not what comes out here",
        (_, true, false) => "\nconfirmed bit for bit, as far as it can be compared",
        (_, true, true) => "\nconfirmed bit for bit",
    });
    report::escape(&text)
}
