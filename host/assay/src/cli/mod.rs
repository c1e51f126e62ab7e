//! The command line: one verb a file, data on standard output, talk on standard error.
//!
//! Exit codes: 0 done; 1 the answer is no (a gate refused, a candidate was rejected, a library does not
//! verify); 2 bad input (arguments, task files, cases); 3 the machine (toolchain, disk, workers); 130
//! interrupted, and resumable.

mod advance;
mod agents;
mod args;
mod asked;
mod canary;
mod check;
mod company;
mod doctor;
mod eval;
mod explore;
mod failure;
mod feedback;
mod generations;
mod growth;
mod improve;
mod invoke;
mod keys;
mod leader;
mod library;
mod models;
mod new;
mod origin;
mod place;
mod pursue;
mod reassess;
mod reexecute;
mod replay;
mod report;
mod road;
mod runs;
mod submit;
mod summary;
mod team;
mod transplant;

pub use advance::AdvanceArgs;
pub use args::{Arguments, Verb};
pub use failure::{Failure, Kind};

/// What a verb leaves behind when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Exit code 0.
    Yes,
    /// Exit code 1: it worked, and the answer is no.
    No,
    /// Exit code 130: stopped by the user, resumable.
    Interrupted,
}

/// Do what was asked.
pub fn run(arguments: Arguments) -> Result<Answer, Failure> {
    let place = place::Place::new(&arguments.place);
    let json = arguments.place.json;
    match arguments.verb {
        Verb::New(args) => new::run(&args, json),
        Verb::Check(args) => check::run(&args, &place, json),
        Verb::Eval(args) => eval::run(&args, &place, json),
        Verb::Improve(args) => improve::improve(&args, &place, json),
        Verb::Resume(args) => improve::resume(&args, &place, json),
        Verb::Replay(args) => replay::run(&args, &place, json),
        Verb::Runs(args) => runs::run(&args, &place, json),
        Verb::Submit(args) => submit::run(&args, &place, json),
        Verb::Feedback(args) => feedback::run(&args, &place, json),
        Verb::Explore(args) => explore::run(&args, &place, json),
        Verb::Reassess(args) => reassess::run(&args, &place, json),
        Verb::Run(args) => invoke::run(&args, &place, json),
        Verb::Pursue(args) => pursue::run(&args, &place, json),
        Verb::Growth(args) => growth::run(&args, &place, json),
        Verb::Team(verb) => team::run(&verb, &place, json),
        Verb::Library(args) => library::run(&args, &place, json),
        Verb::Transplant(args) => transplant::run(&args, &place, json),
        Verb::Keys(args) => keys::run(&args, &place, json),
        Verb::Doctor => doctor::run(&place, json),
    }
}
