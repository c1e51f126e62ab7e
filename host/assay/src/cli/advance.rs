//! `assay library advance`: a canary moves up, on the evidence of what was seen of it.
//!
//! It moves when enough calls were compared, no bound was passed, and the version in use is still the one that the gates
//! compared it with. Otherwise the answer is no, with the reason. Where the root of trust wants people to approve, the
//! move is proposed and waits for them.

use super::canary::{book_failure, trial_failure};
use super::place::{Place, library_failure};
use super::{Answer, Failure, report};
use crate::canary::CANARY;
use crate::canary::book::Book;
use crate::canary::observation::Tally;
use crate::canary::trial::{Trial, Written};
use crate::promote::CHANNEL;
use library::{Digest, Kind, Library};
use serde_json::{Value, json};

/// `assay library advance`
#[derive(Debug, clap::Args)]
pub struct AdvanceArgs {
    /// The agent's name
    pub name: String,
    /// The channel that it moves up from
    #[arg(long, default_value = CANARY)]
    pub from: String,
    /// The channel that it moves up to
    #[arg(long, default_value = CHANNEL)]
    pub to: String,
}

/// How it came out.
enum Ending {
    Moved(u64),
    Waits(Digest),
    Refused(String),
}

pub(super) fn run(args: &AdvanceArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let AdvanceArgs { name, from, to } = args;
    let library = place.read_library()?;
    for channel in [from, to] {
        if library.current(name, channel).is_none() {
            return Err(Failure::says(format!(
                "channel `{channel}` of the library at {} holds no version of `{name}`; `assay library list` shows what is where",
                place.library.display()
            )));
        }
    }
    let Some(trial) = Trial::find(&library, name, from, to).map_err(trial_failure)? else {
        let why = format!("`{from}` and `{to}` hold the same version");
        return Ok(tell(args, None, &Tally::default(), &Ending::Refused(why), json));
    };
    let seen = Book::read(&place.runs, &trial).map_err(book_failure)?;
    let ending = match refusal(&trial, &seen) {
        Some(why) => Ending::Refused(why),
        None => match trial.waiting(&library, Kind::Promote).map_err(library_failure)? {
            Some(id) => Ending::Waits(id),
            None => advance(&trial, place)?,
        },
    };
    Ok(tell(args, Some(&trial), &seen, &ending, json))
}

/// Why the canary stays where it is, if it does.
fn refusal(trial: &Trial, seen: &Tally) -> Option<String> {
    let (from, to) = (&trial.canary.channel, &trial.stable.channel);
    if let Some(leaf) = trial.moved_up {
        return Some(format!(
            "it was in `{to}` already (leaf {leaf}) and something else took its place; submit it again if it should return"
        ));
    }
    if !trial.fits() {
        return Some(format!(
            "`{to}` changed: the gates compared it with component {}, and now {} is there; submit it again with --channel {from}",
            trial.baseline.short(),
            trial.stable.version.component.short()
        ));
    }
    if let Some(bound) = seen.passed(&trial.policy) {
        return Some(format!("it passed a bound: {bound}; the next `assay run {}` demotes it", trial.name));
    }
    let (compared, wanted) = (seen.compared(), trial.policy.observations);
    (compared < wanted).then(|| {
        format!(
            "{compared} of {wanted} observations were made; `assay run {}` makes one with {} % of all calls, and only of what `{CANARY}` \
             holds beside `{CHANNEL}`",
            trial.name, trial.policy.share
        )
    })
}

fn advance(trial: &Trial, place: &Place) -> Result<Ending, Failure> {
    // Held open, so that nothing is added between what is read and what is signed.
    let book = Book::open(&place.runs, trial).map_err(book_failure)?;
    if let Some(why) = refusal(trial, book.tally()) {
        return Ok(Ending::Refused(why));
    }
    let seal = book.seal().map_err(book_failure)?;
    let mut library: Library = place.open_library()?;
    Ok(match trial.advance(&mut library, (book.tally(), &seal)).map_err(library_failure)? {
        Written::Leaf(leaf) => Ending::Moved(leaf),
        Written::Waits(id) => Ending::Waits(id),
        Written::Overtaken => Ending::Refused("the library changed meanwhile; look again".into()),
    })
}

fn tell(args: &AdvanceArgs, trial: Option<&Trial>, seen: &Tally, ending: &Ending, json: bool) -> Answer {
    let AdvanceArgs { name, from, to } = args;
    let version = trial.map(|trial| trial.canary.version.manifest);
    let (leaf, pending, why) = match ending {
        Ending::Moved(leaf) => (json!(leaf), Value::Null, Value::Null),
        Ending::Waits(id) => (Value::Null, json!(id.hex()), Value::Null),
        Ending::Refused(why) => (Value::Null, Value::Null, json!(why)),
    };
    let value = json!({ "agent": name, "from": from, "to": to, "version": version.map(|version| version.hex()),
        "advanced": matches!(ending, Ending::Moved(_)), "leaf": leaf, "pending": pending, "why": why,
        "policy": trial.map(|trial| &trial.policy), "compared": seen.compared(), "observations": seen });
    report::print(json, &value, || {
        let short = version.map_or("-".into(), |version| version.short());
        let end = match ending {
            Ending::Moved(leaf) => format!("{name} {short} moved up from {from} to {to} (leaf {leaf})"),
            Ending::Waits(id) => format!(
                "{name} {short} may move up from {from} to {to} and waits for people: see `assay library pending {}`",
                id.short()
            ),
            Ending::Refused(why) => format!("{name} {short} stays in {from}: {why}"),
        };
        report::escape(&format!("  {seen}\n{end}"))
    });
    match ending {
        Ending::Refused(_) => Answer::No,
        Ending::Moved(_) | Ending::Waits(_) => Answer::Yes,
    }
}
