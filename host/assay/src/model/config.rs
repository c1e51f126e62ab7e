//! The models' file: which models there are, where, and what they cost.
//!
//! ```toml
//! [models.fast]
//! endpoint = "https://api.example.com/v1"   # `/chat/completions` is appended
//! model = "example-small"
//! key-env = "EXAMPLE_API_KEY"               # or key-file = "example.key"; neither for a server that needs no key
//! price-input = 0.15                        # US dollars per million tokens
//! price-output = 0.60
//! ```
//!
//! People share such files and paste them into questions, so no key stands in one, and no message here repeats
//! a value that may turn out to be a key in the wrong place.
//!
//! A key must not travel in the clear: with a key, plain http is for the loopback interface alone.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;
use ureq::http::Uri;

use super::chat::Named;
use super::secret::{KeyError, Secret};

/// Why a models' file can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("the models' file {} can't be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, a missing one, or a value of the wrong type.
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The parser's words.
        message: String,
    },
    /// A value that makes no sense.
    #[error("{}:{line}: models.{model}: `{key}` {message}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line of the model's header, from 1.
        line: usize,
        /// The model's name.
        model: String,
        /// The key in its table.
        key: &'static str,
        /// What is wrong, and what would be right.
        message: &'static str,
    },
    /// No model of that name.
    #[error("there is no model `{name}` in {}: it has {known}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The name that was asked for.
        name: String,
        /// The names that it has.
        known: String,
    },
}

/// Where a model's key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The server needs none.
    None,
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}

impl KeySource {
    /// Reads the key.
    ///
    /// # Errors
    /// See [`Secret::from_env`] and [`Secret::from_file`].
    pub fn read(&self) -> Result<Option<Secret>, KeyError> {
        match self {
            Self::None => Ok(None),
            Self::Env(variable) => Secret::from_env(variable).map(Some),
            Self::File(path) => Secret::from_file(path).map(Some),
        }
    }
}

/// A model and how to reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name in the file.
    pub name: String,
    /// Base URL, without a slash at its end.
    pub endpoint: String,
    /// The server's name for it.
    pub id: String,
    /// Where its key comes from.
    pub key: KeySource,
    /// Price of a token of the request, in 10⁻¹² US dollars.
    pub price_input: u64,
    /// Price of a token of the answer, in 10⁻¹² US dollars.
    pub price_output: u64,
    /// Tokens that an answer may have, 1 to 1,000,000.
    pub max_tokens: u32,
    /// 0 to 2.
    pub temperature: f64,
    /// How long one try may take, 1 s to 1 h.
    pub timeout: Duration,
    /// Tries after the first, 0 to 20.
    pub retries: u32,
    /// Requests that may begin in a minute, from 1; `None` for any number.
    pub requests_per_minute: Option<u32>,
}

impl Model {
    /// What a request, and a run's journal, say of it.
    pub fn named(&self) -> Named {
        let (max_tokens, temperature) = (self.max_tokens, self.temperature);
        Named { name: self.name.clone(), id: self.id.clone(), max_tokens, temperature }
    }
}

/// The models of a file.
#[derive(Clone, Debug)]
pub struct Models {
    path: PathBuf,
    models: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    models: BTreeMap<String, Spanned<Table>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    endpoint: String,
    model: String,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    #[serde(default)]
    price_input: f64,
    #[serde(default)]
    price_output: f64,
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    timeout_seconds: Option<u64>,
    retries: Option<u32>,
    requests_per_minute: Option<u32>,
}

impl Models {
    /// Reads the models' file `path`. Keys are read later, when a model is used.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], [`ConfigError::Syntax`], [`ConfigError::Value`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let line =
            |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
        let file: File = toml::from_str(&text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: line(error.span().map_or(0, |span| span.start)),
            message: without_values(error.message()),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut models = BTreeMap::new();
        for (name, table) in file.models {
            let line = line(table.span().start);
            let model = table.into_inner().check(&name, folder).map_err(|(key, message)| {
                let (path, model) = (path.to_owned(), name.escape_default().to_string());
                ConfigError::Value { path, line, model, key, message }
            })?;
            models.insert(name, model);
        }
        Ok(Self { path: path.to_owned(), models })
    }

    /// The model of that name.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`], with the names that there are.
    pub fn get(&self, name: &str) -> Result<&Model, ConfigError> {
        self.models.get(name).ok_or_else(|| {
            let known: Vec<_> = self.models.keys().map(|name| format!("`{name}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            ConfigError::Unknown { path: self.path.clone(), name: name.to_owned(), known }
        })
    }

    /// All models, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }
}

/// The parser's words without what stands in the file, which may be a key. (The whole error would quote the
/// line as well.)
fn without_values(message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((said, expected)) if said.starts_with("invalid ") => {
            format!("a value of the wrong type: expected {expected}")
        }
        _ => message.replace('\n', ", "),
    }
}

/// A key of a model's table, and what is wrong with its value.
type Wrong = (&'static str, &'static str);

impl Table {
    fn check(self, name: &str, folder: &Path) -> Result<Model, Wrong> {
        let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(word) {
            return Err(("name", "is no name: take up to 64 letters, digits, `-`, `_` and `.`"));
        }
        if self.model.is_empty() || self.model.chars().any(char::is_control) {
            return Err(("model", "must be the server's name for the model, e.g. `gpt-oss-20b`"));
        }
        let key = match (self.key_env, self.key_file) {
            (None, None) => KeySource::None,
            (Some(variable), None) => KeySource::Env(checked_variable(variable)?),
            (None, Some(path)) => KeySource::File(folder.join(path)),
            (Some(_), Some(_)) => return Err(("key-env", "stands beside `key-file`: keep one of the two")),
        };
        Ok(Model {
            name: name.to_owned(),
            endpoint: checked_endpoint(&self.endpoint, &key)?,
            id: self.model,
            key,
            price_input: price(self.price_input).ok_or(("price-input", PRICE))?,
            price_output: price(self.price_output).ok_or(("price-output", PRICE))?,
            max_tokens: within(self.max_tokens, 2048, 1, 1_000_000)
                .ok_or(("max-tokens", "must be 1 to 1000000"))?,
            temperature: within(self.temperature, 0.7, 0.0, 2.0).ok_or(("temperature", "must be 0 to 2"))?,
            timeout: within(self.timeout_seconds, 120, 1, 3600)
                .map(Duration::from_secs)
                .ok_or(("timeout-seconds", "must be 1 to 3600"))?,
            retries: within(self.retries, 4, 0, 20).ok_or(("retries", "must be 0 to 20"))?,
            requests_per_minute: match self.requests_per_minute {
                Some(0) => return Err(("requests-per-minute", "must be at least 1, or be left out")),
                limit => limit,
            },
        })
    }
}

const PRICE: &str = "must be 0 to 1000000 US dollars per million tokens";

fn within<T: PartialOrd>(value: Option<T>, default: T, least: T, most: T) -> Option<T> {
    let value = value.unwrap_or(default);
    (least <= value && value <= most).then_some(value)
}

/// Dollars per million tokens are 10⁻⁶ dollars per token; what is kept is a million times finer.
fn price(dollars: f64) -> Option<u64> {
    let price = within(Some(dollars), 0.0, 0.0, 1e6)? * 1e6;
    // Rounded to what was meant (0.1 has no exact form), but never to nothing.
    Some(if price > 0.0 { price.round().max(1.0) as u64 } else { 0 })
}

/// The capitals are demanded because a key put here by mistake has small letters in it, and would be shown as a
/// name.
fn checked_variable(name: String) -> Result<String, Wrong> {
    let begins = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    if begins && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
        return Ok(name);
    }
    let message = "must name an environment variable in capitals, e.g. `EXAMPLE_API_KEY`; \
                   the key itself never stands in this file";
    Err(("key-env", message))
}

fn checked_endpoint(text: &str, key: &KeySource) -> Result<String, Wrong> {
    let wrong = |message| Err(("endpoint", message));
    let Ok(uri) = text.parse::<Uri>() else {
        return wrong("is no URL: write e.g. `http://127.0.0.1:8080/v1`");
    };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return wrong("is no whole URL: write e.g. `http://127.0.0.1:8080/v1`");
    };
    if authority.as_str().contains('@') {
        return wrong("has a user or password in it: use `key-env` or `key-file`");
    }
    if uri.query().is_some() || text.contains('#') {
        return wrong("has a part after `?` or `#`: leave that out; keys go to `key-env` or `key-file`");
    }
    match scheme {
        "https" => {}
        "http" if *key == KeySource::None || loopback(authority.host()) => {}
        "http" => {
            return wrong(
                "would send the key in the clear: use https, or http with 127.0.0.1 or without a key",
            );
        }
        _ => return wrong("must begin with https:// or http://"),
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests;
