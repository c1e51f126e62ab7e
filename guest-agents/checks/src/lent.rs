//! What the host lends an improver and its evaluator, with a small world behind it that a test sets up.
//!
//! A program of this world is a whole number as text, its variations are numbers nearby, and a test's function scores it.
//! Budgets are kept as the host keeps them: nothing is made or scored past them, and everything asked for past them is
//! counted. The evaluator's side ([`utility`], [`improve`]) calls functions that a test puts in.

use std::cell::RefCell;

/// The world of one test.
pub struct World {
    /// Programs that may still be asked for.
    pub proposals: u32,
    /// Evaluations left.
    pub evaluations: u32,
    /// Calls of `propose` that gave programs.
    pub batches: u32,
    /// Programs that were made.
    pub made: u32,
    /// Evaluations that were asked for past the budget.
    pub denied: u32,
    score: fn(i64) -> Result<f64, String>,
}

type Begin = Box<dyn FnMut(&str) -> Result<utility::Start, String>>;
type Improve = Box<dyn FnMut(&str, &str) -> Result<String, String>>;
type Measure = Box<dyn FnMut(&str) -> Result<utility::Worth, String>>;

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
    static BEGIN: RefCell<Option<Begin>> = const { RefCell::new(None) };
    static IMPROVE: RefCell<Option<Improve>> = const { RefCell::new(None) };
    static MEASURE: RefCell<Option<Measure>> = const { RefCell::new(None) };
}

const NONE: &str = "the test did not set this up";

fn with<T>(act: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(|world| act(world.as_mut().expect(NONE)))
}

/// Set up a world with so many proposals and evaluations.
pub fn lend(proposals: u32, evaluations: u32, score: fn(i64) -> Result<f64, String>) {
    WORLD.set(Some(World { proposals, evaluations, batches: 0, made: 0, denied: 0, score }));
}

/// The world as it stands after what was done in it.
pub fn world() -> World {
    WORLD.take().expect(NONE)
}

/// `assay:host/proposals`.
pub mod proposals {
    /// Numbers up to five away, ten at most; each call begins where the one before ended.
    pub fn propose(
        program: &str,
        _guidance: &str,
        count: u32,
        temperature: f64,
    ) -> Result<Vec<String>, String> {
        assert!((0.0..=1.0).contains(&temperature), "{temperature}");
        super::with(|world| {
            let number: i64 = program.parse().map_err(|_| format!("`{program}` is no program"))?;
            if world.proposals == 0 {
                return Err("the budget of proposals is spent".to_owned());
            }
            let count = count.min(world.proposals).min(10);
            let made = (world.made..world.made + count).map(|at| {
                let step = i64::from(at % 5 + 1);
                (number + if at % 2 == 0 { step } else { -step }).to_string()
            });
            world.proposals -= count;
            world.made += count;
            world.batches += 1;
            Ok(made.collect())
        })
    }

    /// Programs that may still be asked for.
    pub fn remaining() -> u32 {
        super::with(|world| world.proposals)
    }
}

/// `assay:host/evaluation`.
pub mod evaluation {
    /// The test's function on a number.
    pub fn score(program: &str) -> Result<f64, String> {
        super::with(|world| {
            if world.evaluations == 0 {
                world.denied += 1;
                return Err("the budget of evaluations is spent".to_owned());
            }
            world.evaluations -= 1;
            let number = program.parse().map_err(|_| format!("`{program}` does not compile"))?;
            (world.score)(number)
        })
    }

    /// One after the other.
    pub fn score_all(programs: &[String]) -> Vec<Result<f64, String>> {
        programs.iter().map(|program| score(program)).collect()
    }

    /// Evaluations left.
    pub fn remaining() -> u32 {
        super::with(|world| world.evaluations)
    }
}

/// `assay:host/utility`.
pub mod utility {
    /// What an improver is given.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Start {
        /// The program to improve.
        pub program: String,
        /// What it is for.
        pub brief: String,
    }

    /// What a program came to.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Worth {
        /// 0: as given. 1: the best reference.
        pub utility: f64,
        /// In the task's unit.
        pub score: f64,
        /// Empty if it was scored.
        pub failure: String,
    }

    /// Ask the test.
    pub fn begin(case: &str) -> Result<Start, String> {
        super::BEGIN.with_borrow_mut(|begin| begin.as_mut().expect(super::NONE)(case))
    }

    /// Ask the test.
    pub fn measure(program: &str) -> Result<Worth, String> {
        super::MEASURE.with_borrow_mut(|measure| measure.as_mut().expect(super::NONE)(program))
    }

    /// Put both in.
    pub fn be(
        begin: impl FnMut(&str) -> Result<Start, String> + 'static,
        measure: impl FnMut(&str) -> Result<Worth, String> + 'static,
    ) {
        super::BEGIN.set(Some(Box::new(begin)));
        super::MEASURE.set(Some(Box::new(measure)));
    }
}

/// Ask the improver.
pub fn improve(program: &str, brief: &str) -> Result<String, String> {
    IMPROVE.with_borrow_mut(|candidate| candidate.as_mut().expect(NONE)(program, brief))
}

/// Put an improver in.
pub fn be_improver(candidate: impl FnMut(&str, &str) -> Result<String, String> + 'static) {
    IMPROVE.set(Some(Box::new(candidate)));
}
