//! What orchestrators and explorers ask, as values: the interfaces of `wit/orchestrator.wit` between their WAVE text and the
//! host's types. What improvers ask as well (`evaluation`, `proposals`) is read by [`crate::nest::Ask`].
//!
//! A worker may have been taken over by what it runs: a text that is no call of these functions is an error, never a panic.

use crate::nest::{Ask as Nested, Reply as NestedReply, values, wave, wave_result};
use std::borrow::Cow;
use wasm_wave::value::{Type, Value};
use wasm_wave::wasm::WasmValue;

const CATALOGUE: &str = "assay:host/catalogue@0.1.0";
const LIBRARY: &str = "assay:host/library@0.1.0";
const SPAWN: &str = "assay:host/spawn@0.1.0";
const MODEL: &str = "assay:host/model@0.1.0";

/// A call of an orchestrator or an explorer.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// `catalogue.tasks`
    Tasks,
    /// `library.find`
    Find(Query),
    /// `library.invoke`
    Invoke {
        /// Digest of a component.
        component: String,
        /// What it is given.
        input: String,
    },
    /// `library.remaining`
    InvocationsLeft,
    /// `spawn.make`
    Make(String),
    /// `spawn.remaining`
    AgentsLeft,
    /// `model.ask`
    Model(String),
    /// `model.remaining`
    ModelLeft,
    /// `evaluation` and `proposals`, with teams' documents for programs.
    Nested(Nested),
}

/// What is looked for; an empty text or list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The task's name.
    pub name: String,
    /// What it is given.
    pub takes: String,
    /// What it returns.
    pub gives: String,
    /// At least one of these words is among the task's.
    pub words: Vec<String>,
}

/// An agent that is in use.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its component.
    pub component: String,
    /// What it is given.
    pub takes: String,
    /// What it returns.
    pub gives: String,
    /// Goals that it worked for.
    pub uses: u64,
    /// How many of them were reached.
    pub successes: u64,
    /// What it is worth on its task, if that is known.
    pub worth: Option<f64>,
}

/// A task of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its agents are given.
    pub takes: String,
    /// What they return.
    pub gives: String,
    /// 1 to 10.
    pub difficulty: u32,
    /// Words.
    pub words: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To `tasks`.
    Tasks(Vec<Listed>),
    /// To `find`.
    Agents(Vec<Agent>),
    /// To `make`.
    Agent(Result<Agent, String>),
    /// To `invoke` and `ask`.
    Text(Result<String, String>),
    /// To any `remaining`.
    Left(u64),
    /// To what improvers ask as well.
    Nested(NestedReply),
    /// One that stands in a journal, as it was given.
    Written(String),
}

/// What an explorer proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// A task of the catalogue.
    pub task: String,
    /// Other parameters; empty: its own.
    pub parameters: String,
    /// Why.
    pub why: String,
}

impl Ask {
    /// The call of `function` in `instance` with the WAVE text of its arguments.
    ///
    /// # Errors
    /// There is no such function, or the text is not of its arguments' types.
    pub fn read(instance: &str, function: &str, arguments: &str) -> Result<Self, String> {
        let types: Vec<Type> = match (instance, function) {
            (CATALOGUE, "tasks") | (LIBRARY | SPAWN | MODEL, "remaining") => Vec::new(),
            (LIBRARY, "find") => vec![query_type()],
            (LIBRARY, "invoke") => vec![Type::STRING, Type::STRING],
            (SPAWN, "make") | (MODEL, "ask") => vec![Type::STRING],
            _ => {
                let nested = Nested::read(instance, function, arguments);
                return nested.map(Self::Nested).map_err(|error| error.to_string());
            }
        };
        let values = values(&types, arguments).map_err(|why| {
            format!("`{function}` of `{instance}` was not called with arguments of its types: {why}")
        })?;
        let text = |at: usize| values[at].unwrap_string().into_owned();
        Ok(match (instance, function) {
            (CATALOGUE, _) => Self::Tasks,
            (LIBRARY, "find") => Self::Find(query(&values[0])),
            (LIBRARY, "invoke") => Self::Invoke { component: text(0), input: text(1) },
            (LIBRARY, _) => Self::InvocationsLeft,
            (SPAWN, "make") => Self::Make(text(0)),
            (SPAWN, _) => Self::AgentsLeft,
            (_, "ask") => Self::Model(text(0)),
            _ => Self::ModelLeft,
        })
    }

    /// Its name in a journal, `interface.function`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tasks => "catalogue.tasks",
            Self::Find(_) => "library.find",
            Self::Invoke { .. } => "library.invoke",
            Self::InvocationsLeft => "library.remaining",
            Self::Make(_) => "spawn.make",
            Self::AgentsLeft => "spawn.remaining",
            Self::Model(_) => "model.ask",
            Self::ModelLeft => "model.remaining",
            Self::Nested(Nested::Propose { .. }) => "proposals.propose",
            Self::Nested(Nested::ProposalsLeft) => "proposals.remaining",
            Self::Nested(Nested::Score(_)) => "evaluation.score",
            Self::Nested(Nested::ScoreAll(_)) => "evaluation.score-all",
            Self::Nested(Nested::EvaluationsLeft) => "evaluation.remaining",
            Self::Nested(Nested::Begin(_)) => "utility.begin",
            Self::Nested(Nested::Measure(_)) => "utility.measure",
        }
    }

    /// The answer that says why nothing is done.
    pub fn refused(&self, why: &str) -> Reply {
        match self {
            Self::Tasks => Reply::Tasks(Vec::new()),
            Self::Find(_) => Reply::Agents(Vec::new()),
            Self::Make(_) => Reply::Agent(Err(why.to_owned())),
            Self::Invoke { .. } | Self::Model(_) => Reply::Text(Err(why.to_owned())),
            Self::InvocationsLeft | Self::AgentsLeft | Self::ModelLeft => Reply::Left(0),
            Self::Nested(ask) => Reply::Nested(ask.refused(why)),
        }
    }
}

impl Reply {
    /// Its WAVE text.
    pub fn write(&self) -> String {
        match self {
            Self::Tasks(tasks) => list(tasks.iter().map(|task| {
                let Listed { name, description, takes, gives, difficulty, words } = task;
                let words = list(words.iter().map(|word| wave(word)));
                format!(
                    "{{name: {}, description: {}, takes: {}, gives: {}, difficulty: {difficulty}, words: {words}}}",
                    wave(name),
                    wave(description),
                    wave(takes),
                    wave(gives),
                )
            })),
            Self::Agents(agents) => list(agents.iter().map(agent)),
            Self::Agent(Ok(made)) => format!("ok({})", agent(made)),
            Self::Agent(Err(why)) => format!("err({})", wave(why)),
            Self::Text(text) => wave_result(text),
            Self::Left(left) => u32::try_from(*left).unwrap_or(u32::MAX).to_string(),
            Self::Nested(reply) => reply.write(),
            Self::Written(text) => text.clone(),
        }
    }
}

/// What `explore` returned, from its WAVE text.
///
/// # Errors
/// The text is no such list.
pub fn proposals(value: &str) -> Result<Vec<Proposal>, String> {
    let fields = [("task", Type::STRING), ("parameters", Type::STRING), ("why", Type::STRING)];
    let kind = Type::record(fields).map(Type::list).ok_or("no type")?;
    let value: Value = wasm_wave::from_str(&kind, value).map_err(|error| error.to_string())?;
    let proposal = |value: Cow<'_, Value>| {
        let mut texts = value.unwrap_record().map(|(_, field)| field.unwrap_string().into_owned());
        let mut next = || texts.next().unwrap_or_default();
        Proposal { task: next(), parameters: next(), why: next() }
    };
    Ok(value.unwrap_list().map(proposal).collect())
}

fn query_type() -> Type {
    let fields = [
        ("name", Type::STRING),
        ("takes", Type::STRING),
        ("gives", Type::STRING),
        ("words", Type::list(Type::STRING)),
    ];
    // A record of four fields has a type; an empty one would not.
    Type::record(fields).unwrap_or(Type::STRING)
}

fn query(value: &Value) -> Query {
    let mut query = Query::default();
    for (name, field) in value.unwrap_record() {
        match name.as_ref() {
            "name" => query.name = field.unwrap_string().into_owned(),
            "takes" => query.takes = field.unwrap_string().into_owned(),
            "gives" => query.gives = field.unwrap_string().into_owned(),
            _ => query.words = field.unwrap_list().map(|word| word.unwrap_string().into_owned()).collect(),
        }
    }
    query
}

fn agent(agent: &Agent) -> String {
    let Agent { name, component, takes, gives, uses, successes, worth } = agent;
    let count = |count: &u64| u32::try_from(*count).unwrap_or(u32::MAX);
    let worth = match worth {
        // A number always has a text form.
        Some(worth) => {
            format!("some({})", wasm_wave::to_string(&Value::make_f64(*worth)).unwrap_or_default())
        }
        None => "none".to_owned(),
    };
    format!(
        "{{name: {}, component: {}, takes: {}, gives: {}, uses: {}, successes: {}, worth: {worth}}}",
        wave(name),
        wave(component),
        wave(takes),
        wave(gives),
        count(uses),
        count(successes),
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_by_the_types_of_their_functions() {
        let find = r#"({name: "", takes: "lot-csv", gives: "table", words: ["a", "b"]})"#;
        let wanted = Query {
            takes: "lot-csv".into(),
            gives: "table".into(),
            words: vec!["a".into(), "b".into()],
            ..Query::default()
        };
        assert_eq!(Ask::read(LIBRARY, "find", find).unwrap(), Ask::Find(wanted));
        assert_eq!(Ask::read(SPAWN, "make", "(\"x\")").unwrap(), Ask::Make("x".into()));
        assert_eq!(Ask::read(CATALOGUE, "tasks", "()").unwrap(), Ask::Tasks);
        assert_eq!(Ask::read(MODEL, "remaining", "()").unwrap(), Ask::ModelLeft);
        let score = Ask::read("assay:host/evaluation@0.1.0", "score", "(\"t\")").unwrap();
        assert_eq!(score, Ask::Nested(Nested::Score("t".into())));
    }

    #[test]
    fn what_is_no_call_of_these_functions_is_an_error() {
        for (instance, function, arguments) in [
            (LIBRARY, "find", "(\"x\")"),
            (LIBRARY, "find", "({name: \"\"})"),
            (LIBRARY, "invoke", "(\"x\")"),
            (SPAWN, "make", "(1)"),
            (SPAWN, "unmake", "(\"x\")"),
            (MODEL, "remaining", "(1)"),
            ("assay:host/keys@0.1.0", "sign", "(\"x\")"),
            (LIBRARY, "find", ""),
        ] {
            let error = Ask::read(instance, function, arguments).unwrap_err();
            assert!(error.contains(function), "{error}");
        }
    }

    #[test]
    fn replies_are_wave_of_the_functions_results() {
        let made = Agent {
            name: "a".into(),
            component: "c".into(),
            takes: "\"x\"\n".into(),
            gives: String::new(),
            uses: u64::MAX,
            successes: 0,
            worth: Some(0.25),
        };
        let fields = [
            ("name", Type::STRING),
            ("component", Type::STRING),
            ("takes", Type::STRING),
            ("gives", Type::STRING),
            ("uses", Type::U32),
            ("successes", Type::U32),
            ("worth", Type::option(Type::F64)),
        ];
        let kind = Type::list(Type::record(fields).unwrap());
        let text = Reply::Agents(vec![made.clone(), Agent { worth: None, ..made }]).write();
        assert!(wasm_wave::from_str::<Value>(&kind, &text).is_ok(), "{text}");
    }

    #[test]
    fn an_explorers_list_is_read_and_nothing_else() {
        let text = r#"[{task: "a", parameters: "{}", why: "w"}]"#;
        let wanted = Proposal { task: "a".into(), parameters: "{}".into(), why: "w".into() };
        assert_eq!(proposals(text).unwrap(), [wanted]);
        assert!(proposals("[1]").is_err() && proposals("").is_err());
    }
}
