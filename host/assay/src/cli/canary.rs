//! What `assay run` does beside the call that was asked for: the same call to a canary, and what follows from it.
//!
//! The caller has the answer by then. Nothing in here can change it, or the exit code: whatever fails is said on standard
//! error, and that is all. A canary that passed a bound is taken back by whoever finds out; where that can't be done
//! (another writer, no keys), it is called no more and the next run tries again.

use super::failure::{Failure, chain};
use super::invoke::{self, Call};
use super::place::{Place, library_failure};
use super::report;
use crate::canary::book::{Book, BookError};
use crate::canary::observation::{Bound, Observed, Outcome, Side};
use crate::canary::trial::{Trial, TrialError, Written};
use crate::canary::{self, CANARY};
use crate::compile::component_interface;
use crate::evaluate::pool::{Invoked, Pool};
use crate::promote::CHANNEL;
use crate::run::journal::JournalError;
use library::{Kind, Library};
use sandbox::policy::Limits;
use sandbox::verdict::Verdict;
use std::sync::Arc;
use std::time::Duration;

/// How often, and how long each time, to wait for another process that notes its own observation.
const PATIENCE: (u32, Duration) = (20, Duration::from_millis(50));

/// Make `call` to the canary as well, if there is one and the call is among those that are observed. `stable` is how it ended
/// for the version in use, under its limits.
pub(super) async fn beside(
    library: &Library,
    place: &Place,
    name: &str,
    call: &Call,
    stable: (&Limits, &Arc<Pool>, &Invoked),
) {
    if let Err(failure) = watch(library, place, name, call, stable).await {
        eprintln!(
            "canary: {}; nothing was observed, and the answer is stable's as ever",
            report::escape(&failure.report.to_string())
        );
    }
}

async fn watch(
    library: &Library,
    place: &Place,
    name: &str,
    call: &Call,
    (limits, pool, stable): (&Limits, &Arc<Pool>, &Invoked),
) -> Result<(), Failure> {
    let Some(trial) = Trial::find(library, name, CANARY, CHANNEL).map_err(trial_failure)? else {
        return Ok(());
    };
    if trial.moved_up.is_some() {
        return Ok(());
    }
    let seen = Book::read(&place.runs, &trial).map_err(book_failure)?;
    if let Some(bound) = seen.passed(&trial.policy) {
        // It could not be taken back when that was found.
        let book = open(place, &trial)?;
        end(library, place, &trial, &book, bound);
        return Ok(());
    }
    let digest = canary::call(&call.function, &call.arguments);
    let rejected = matches!(stable, Err((Verdict::Rejected(_), _)));
    if !canary::sampled(&digest, trial.policy.share) || seen.knows(&digest) || rejected {
        return Ok(());
    }
    let short = trial.canary.version.manifest.short();
    if !trial.fits() {
        eprintln!(
            "canary: version {short} of {name} is not observed: the gates compared it with another version than stable holds \
             now; submit it again with --channel {CANARY}"
        );
        return Ok(());
    }

    let canary = ask(library, place, &trial, call, (limits, pool)).await?;
    let observed = Observed { call: digest, stable: Side::of(stable), canary: Side::of(&canary) };
    let outcome = observed.outcome();
    let mut book = open(place, &trial)?;
    book.note(observed.clone()).map_err(book_failure)?;
    let so_far = format!("{} of {} observations", book.tally().compared(), trial.policy.observations);
    match (outcome, &canary) {
        (Outcome::Differing, _) => {
            eprintln!(
                "canary: version {short} answers this otherwise ({so_far}); see it with --channel {CANARY}"
            );
        }
        (Outcome::Error, Err((verdict, log))) => {
            let how = report::verdict(verdict, log);
            eprintln!("canary: version {short} does not answer this, stable does: {how} ({so_far})");
        }
        (Outcome::Environmental, Err((verdict, _))) => {
            let how = verdict.name();
            eprintln!(
                "canary: version {short} ended {how} on this, which depends on the machine: it does not count"
            );
        }
        _ => {}
    }
    if let Some(bound) = book.tally().passed(&trial.policy) {
        end(library, place, &trial, &book, bound);
    }
    Ok(())
}

/// The canary's answer, under the limits of its own evidence.
async fn ask(
    library: &Library,
    place: &Place,
    trial: &Trial,
    call: &Call,
    (limits, pool): (&Limits, &Arc<Pool>),
) -> Result<Invoked, Failure> {
    let leaf = library.leaf(trial.canary.leaf).ok_or_else(|| Failure::says("the canary's leaf is gone"))?;
    let wasm = library.get(&leaf.component).map_err(library_failure)?;
    let component = component_interface(&wasm).map_err(Failure::says)?.component;
    let own = invoke::limits_of(library, leaf)?;
    let pool = match own.stack_bytes == limits.stack_bytes {
        true => pool.clone(),
        false => place.pool(own.stack_bytes).await?,
    };
    invoke::invoke(&pool, &component, &own, call).await
}

/// The observations, opened for writing; waits a little for another process that does the same.
fn open(place: &Place, trial: &Trial) -> Result<Book, Failure> {
    let (times, pause) = PATIENCE;
    for _ in 0..times {
        match Book::open(&place.runs, trial) {
            Err(BookError::Journal(JournalError::Locked { .. })) => std::thread::sleep(pause),
            other => return other.map_err(book_failure),
        }
    }
    Book::open(&place.runs, trial).map_err(book_failure)
}

/// Take the canary back and say so; or say why that can't be done.
fn end(library: &Library, place: &Place, trial: &Trial, book: &Book, bound: Bound) {
    let name = &trial.name;
    let what = format!(
        "canary: version {} of {name} passed a bound: {bound}",
        trial.canary.version.manifest.short()
    );
    match demote(library, place, trial, book, bound) {
        Ok(Written::Leaf(leaf)) => eprintln!("{what}; it is demoted (leaf {leaf})"),
        Ok(Written::Waits(id)) => eprintln!(
            "{what}; its demotion waits for people: see `assay library pending {}`. It is called no more",
            id.short()
        ),
        Ok(Written::Overtaken) => eprintln!("{what}; it is not current any more"),
        Err(failure) => eprintln!(
            "{what}; it can't be demoted now: {}. It is called no more; the next `assay run {name}` tries again",
            report::escape(&failure.report.to_string())
        ),
    }
}

fn demote(
    library: &Library,
    place: &Place,
    trial: &Trial,
    book: &Book,
    bound: Bound,
) -> Result<Written, Failure> {
    if let Some(id) = trial.waiting(library, Kind::Demote).map_err(library_failure)? {
        return Ok(Written::Waits(id));
    }
    // Who only calls agents gets no keys by it.
    if !place.keys.exists() {
        return Err(Failure::says(format!(
            "there are no keys at {}; run it where the library's keys are, or name them with --keys",
            place.keys.display()
        )));
    }
    let seal = book.seal().map_err(book_failure)?;
    let mut library = place.open_library()?;
    trial.demote(&mut library, (book.tally(), &seal), bound).map_err(library_failure)
}

pub(super) fn trial_failure(error: TrialError) -> Failure {
    match error {
        TrialError::Library(error) => library_failure(error),
        TrialError::Evidence { .. } => Failure::says(chain(&error)),
    }
}

pub(super) fn book_failure(error: BookError) -> Failure {
    match error {
        BookError::Journal(error) => super::failure::journal_failure(error),
        BookError::Io { .. } => Failure::machine(error),
        BookError::Other { .. } => Failure::says(chain(&error)),
    }
}
