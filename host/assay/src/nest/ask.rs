//! What guests ask, as values: the interfaces of `wit/improver.wit` between their WAVE text and the host's types.
//!
//! The worker hands over each call as the WAVE text of its arguments and takes the WAVE text of the result. Both are read by
//! the types that stand here, one place for each function. A worker may have been taken over by what it runs: a text that is no
//! call of these functions is an error, never a panic.

use std::borrow::Cow;
use wasm_wave::value::{Type, Value};
use wasm_wave::wasm::WasmValue;

/// Variations of a program.
pub const PROPOSALS: &str = "assay:host/proposals@0.1.0";
/// Scores of programs.
pub(super) const EVALUATION: &str = "assay:host/evaluation@0.1.0";
/// What judges an improver.
pub const UTILITY: &str = "assay:host/utility@0.1.0";

/// A call of a guest.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// `proposals.propose`
    Propose {
        /// Source text.
        program: String,
        /// Words for whoever proposes.
        guidance: String,
        /// How many are wanted.
        count: u32,
        /// As the guest said it: any float.
        temperature: f64,
    },
    /// `proposals.remaining`
    ProposalsLeft,
    /// `evaluation.score`
    Score(String),
    /// `evaluation.score-all`
    ScoreAll(Vec<String>),
    /// `evaluation.remaining`
    EvaluationsLeft,
    /// `utility.begin`
    Begin(String),
    /// `utility.measure`
    Measure(String),
}

/// What a program came to where its improver could not ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// At least -1. 0: as good as what was given; 1: as good as the best reference.
    pub utility: f64,
    /// Mean score in the task's unit; 0 if it was not scored on every case.
    pub score: f64,
    /// Why it was not; else empty.
    pub failure: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To `propose`.
    Programs(Result<Vec<String>, String>),
    /// To `score`.
    Score(Result<f64, String>),
    /// To `score-all`.
    Scores(Vec<Result<f64, String>>),
    /// To either `remaining`.
    Left(u32),
    /// To `begin`: program and brief.
    Start(Result<(String, String), String>),
    /// To `measure`.
    Worth(Result<Worth, String>),
}

/// No call of an interface that is lent.
#[derive(Debug, thiserror::Error)]
#[error("`{function}` of `{instance}` is nothing that is answered here, or not with these arguments: {why}")]
pub struct AskError {
    instance: String,
    function: String,
    why: String,
}

impl Ask {
    /// The call of `function` in `instance` with the WAVE text of its arguments.
    ///
    /// # Errors
    /// There is no such function, or the text is not of its arguments' types.
    pub fn read(instance: &str, function: &str, arguments: &str) -> Result<Self, AskError> {
        let wrong = |why: String| AskError { instance: instance.into(), function: function.into(), why };
        let types: &[Type] = match (instance, function) {
            (PROPOSALS, "propose") => &[Type::STRING, Type::STRING, Type::U32, Type::F64],
            (EVALUATION, "score-all") => &[Type::list(Type::STRING)],
            (EVALUATION, "score") | (UTILITY, "begin" | "measure") => &[Type::STRING],
            (PROPOSALS | EVALUATION, "remaining") => &[],
            _ => return Err(wrong("it is not lent".into())),
        };
        let values = values(types, arguments).map_err(wrong)?;
        let text = |at: usize| values[at].unwrap_string().into_owned();
        Ok(match (instance, function) {
            (PROPOSALS, "propose") => Self::Propose {
                program: text(0),
                guidance: text(1),
                count: values[2].unwrap_u32(),
                temperature: values[3].unwrap_f64(),
            },
            (PROPOSALS, _) => Self::ProposalsLeft,
            (EVALUATION, "score") => Self::Score(text(0)),
            (EVALUATION, "score-all") => Self::ScoreAll(
                values[0].unwrap_list().map(|text| text.unwrap_string().into_owned()).collect(),
            ),
            (EVALUATION, _) => Self::EvaluationsLeft,
            (_, "begin") => Self::Begin(text(0)),
            _ => Self::Measure(text(0)),
        })
    }
}

impl Ask {
    /// The answer that says why nothing is done.
    pub fn refused(&self, why: &str) -> Reply {
        let why = why.to_owned();
        match self {
            Self::Propose { .. } => Reply::Programs(Err(why)),
            Self::Score(_) => Reply::Score(Err(why)),
            Self::ScoreAll(programs) => Reply::Scores(programs.iter().map(|_| Err(why.clone())).collect()),
            Self::ProposalsLeft | Self::EvaluationsLeft => Reply::Left(0),
            Self::Begin(_) => Reply::Start(Err(why)),
            Self::Measure(_) => Reply::Worth(Err(why)),
        }
    }
}

/// What `score` or `score-all` was answered, from the WAVE text of either.
///
/// # Errors
/// The text is of neither.
pub(crate) fn scores(reply: &str) -> Result<Vec<Result<f64, String>>, String> {
    let kind = Type::result(Some(Type::F64), Some(Type::STRING));
    let score = |value: Cow<'_, Value>| match value.unwrap_result() {
        Ok(score) => Ok(score.map(|score| score.unwrap_f64()).unwrap_or_default()),
        Err(why) => Err(why.map(|why| why.unwrap_string().into_owned()).unwrap_or_default()),
    };
    if let Ok(one) = wasm_wave::from_str::<Value>(&kind, reply) {
        return Ok(vec![score(Cow::Owned(one))]);
    }
    let all: Value = wasm_wave::from_str(&Type::list(kind), reply).map_err(|error| error.to_string())?;
    Ok(all.unwrap_list().map(score).collect())
}

/// One value for each type. wasm-wave's accessors panic on a value of another type: what parsed by a type is of it.
pub(crate) fn values(types: &[Type], arguments: &str) -> Result<Vec<Value>, String> {
    let Some(tuple) = Type::tuple(types) else {
        return if arguments == "()" { Ok(Vec::new()) } else { Err("arguments where none are taken".into()) };
    };
    let tuple: Value = wasm_wave::from_str(&tuple, arguments).map_err(|error| error.to_string())?;
    let values = tuple.unwrap_tuple().map(Cow::into_owned).collect::<Vec<_>>();
    if values.len() == types.len() { Ok(values) } else { Err("another number of arguments".into()) }
}

impl Reply {
    /// Its WAVE text.
    pub fn write(&self) -> String {
        match self {
            Self::Programs(programs) => result(programs, |programs| list(programs.iter().map(|p| string(p)))),
            Self::Score(score) => result(score, |score| float(*score)),
            Self::Scores(scores) => list(scores.iter().map(|score| result(score, |score| float(*score)))),
            Self::Left(left) => left.to_string(),
            Self::Start(start) => result(start, |(program, brief)| {
                format!("{{program: {}, brief: {}}}", string(program), string(brief))
            }),
            Self::Worth(worth) => result(worth, |Worth { utility, score, failure }| {
                format!(
                    "{{utility: {}, score: {}, failure: {}}}",
                    float(*utility),
                    float(*score),
                    string(failure)
                )
            }),
        }
    }
}

fn result<T>(result: &Result<T, String>, ok: impl Fn(&T) -> String) -> String {
    match result {
        Ok(value) => format!("ok({})", ok(value)),
        Err(why) => format!("err({})", string(why)),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn string(text: &str) -> String {
    // A string always has a text form.
    wasm_wave::to_string(&Value::make_string(text.into())).unwrap_or_default()
}

fn float(number: f64) -> String {
    // So has every float.
    wasm_wave::to_string(&Value::make_f64(number)).unwrap_or_default()
}

/// A text as WAVE.
pub fn wave(text: &str) -> String {
    string(text)
}

/// The one text among a call's arguments.
///
/// # Errors
/// They are something else.
pub fn text_argument(arguments: &str) -> Result<String, String> {
    let values = values(&[Type::STRING], arguments)?;
    Ok(values.first().map(|text| text.unwrap_string().into_owned()).unwrap_or_default())
}

/// A `result<string, string>` as WAVE.
pub fn wave_result(value: &Result<String, String>) -> String {
    result(value, |text| string(text))
}

/// What `improve` returned, from its WAVE text: a program, or why there is none.
///
/// # Errors
/// The improver's own word, or the text is no such result.
pub fn returned(value: &str) -> Result<String, String> {
    match text_result(value) {
        Ok(Ok(program)) => Ok(program),
        Ok(Err(why)) => Err(format!("its own word: {why}")),
        Err(why) => Err(format!("it returned no program: {why}")),
    }
}

/// A `result<string, string>` from its WAVE text.
///
/// # Errors
/// The text is none.
pub fn text_result(value: &str) -> Result<Result<String, String>, String> {
    let kind = Type::result(Some(Type::STRING), Some(Type::STRING));
    let value: Value = wasm_wave::from_str(&kind, value).map_err(|error| error.to_string())?;
    let text = |text: Option<Cow<'_, Value>>| {
        text.map_or_else(String::new, |text| text.unwrap_string().into_owned())
    };
    Ok(value.unwrap_result().map(text).map_err(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_back_to_the_last_bit() {
        let all = vec![Ok(0.1 + 0.2), Err("case 3: \"why\"\n".to_owned()), Ok(-f64::MIN_POSITIVE), Ok(1e300)];
        assert_eq!(scores(&Reply::Scores(all.clone()).write()).unwrap(), all);
        for one in all {
            assert_eq!(scores(&Reply::Score(one.clone()).write()).unwrap(), [one]);
        }
        assert_eq!(scores("[]").unwrap(), []);
        assert!(scores("").is_err() && scores("ok(\"text\")").is_err());
    }

    #[test]
    fn calls_are_read_by_the_types_of_their_functions() {
        let propose = Ask::read(PROPOSALS, "propose", r#"("fn a() {\n}", "", 4, 0.5)"#).unwrap();
        let wanted = Ask::Propose {
            program: "fn a() {\n}".into(),
            guidance: String::new(),
            count: 4,
            temperature: 0.5,
        };
        assert_eq!(propose, wanted);
        assert_eq!(Ask::read(PROPOSALS, "remaining", "()").unwrap(), Ask::ProposalsLeft);
        assert_eq!(Ask::read(EVALUATION, "score", r#"("x")"#).unwrap(), Ask::Score("x".into()));
        let all = Ask::read(EVALUATION, "score-all", r#"(["x", "\"y\""])"#).unwrap();
        assert_eq!(all, Ask::ScoreAll(vec!["x".into(), "\"y\"".into()]));
        assert_eq!(Ask::read(UTILITY, "begin", r#"("{}")"#).unwrap(), Ask::Begin("{}".into()));
    }

    #[test]
    fn what_is_no_call_of_these_functions_is_an_error() {
        for (instance, function, arguments) in [
            (PROPOSALS, "propose", r#"("a", "b", -1, 0.5)"#),
            (PROPOSALS, "propose", r#"("a", "b", 1)"#),
            (PROPOSALS, "remaining", "(1)"),
            (EVALUATION, "score", "(1)"),
            (EVALUATION, "score", ""),
            (EVALUATION, "forge", r#"("a")"#),
            (UTILITY, "measure", r#"("a", "b")"#),
            ("assay:host/keys", "read", "()"),
        ] {
            let error = Ask::read(instance, function, arguments).unwrap_err().to_string();
            assert!(error.contains(function), "{error}");
        }
    }

    #[test]
    fn replies_are_wave_of_the_functions_results() {
        let odd = "quote \" line\n tab\t back\\ é \u{1}";
        let programs = Type::result(Some(Type::list(Type::STRING)), Some(Type::STRING));
        let text = Reply::Programs(Ok(vec![odd.into()])).write();
        let value: Value = wasm_wave::from_str(&programs, &text).unwrap();
        let ok = value.unwrap_result().unwrap().unwrap();
        assert_eq!(ok.unwrap_list().next().unwrap().unwrap_string(), odd);

        let scores = Type::list(Type::result(Some(Type::F64), Some(Type::STRING)));
        let text = Reply::Scores(vec![Ok(0.1 + 0.2), Err("no".into()), Ok(-1e300)]).write();
        let value: Value = wasm_wave::from_str(&scores, &text).unwrap();
        let first = value.unwrap_list().next().unwrap().into_owned();
        assert_eq!(first.unwrap_result().unwrap().unwrap().unwrap_f64(), 0.1 + 0.2);

        let fields = [("utility", Type::F64), ("score", Type::F64), ("failure", Type::STRING)];
        let worth = Type::result(Some(Type::record(fields).unwrap()), Some(Type::STRING));
        let text = Reply::Worth(Ok(Worth { utility: -1.0, score: 0.0, failure: odd.into() })).write();
        assert!(wasm_wave::from_str::<Value>(&worth, &text).is_ok(), "{text}");
    }
}
