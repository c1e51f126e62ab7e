//! One model's server: sends requests, and reads what comes back as hostile bytes.
//!
//! The HTTP is ureq's, which blocks, so each try runs on one of tokio's threads for such work. What is switched
//! off matters: no proxy from the environment, no redirect is followed (the key would travel with it), no body
//! beyond [`MAX_BODY`]. Every body passes [`Secret::scrub`] before anything else looks at it, and again when
//! its strings have been unescaped; so does the one header that is shown.
//!
//! There are two kinds of failure. What the server or the request is to blame for is a [`Refused`], an answer
//! like others. What the user or the machine has to mend is [`Unusable`]: to go on would fail the same way,
//! call after call.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use ureq::http::{HeaderMap, HeaderValue, Response};
use ureq::{Agent, Body, Timeout};

use super::chat::{Answer, Completion, Refused, Request};
use super::config::{KeySource, Model};
use super::retry::{Again, Failed, Gate, persist, retry_after};
use super::secret::{KeyError, Secret};
use super::wire;

/// Bytes of the longest answer.
pub const MAX_BODY: u64 = 1 << 20;

/// How long a connection may take to stand, within the model's timeout.
const CONNECT: Duration = Duration::from_secs(10);

/// Why a model can't be used until somebody does something.
#[derive(Debug, Error)]
pub enum Unusable {
    /// Its key can't be had.
    #[error("model `{model}`: {source}")]
    Key {
        /// The model's name.
        model: String,
        /// What is wrong.
        source: KeyError,
    },
    /// 401, 402 or 403.
    #[error(
        "model `{model}`: {endpoint} refuses access ({status}): {words}; check {key}, and what the account may do"
    )]
    Denied {
        /// The model's name.
        model: String,
        /// Where it was asked.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of what the server said.
        words: String,
        /// Where the key came from.
        key: String,
    },
    /// 404 or 405.
    #[error(
        "model `{model}`: {endpoint}/chat/completions is not there ({status}): {words}; \
         check `endpoint` and `model` in the models' file"
    )]
    NotThere {
        /// The model's name.
        model: String,
        /// Where it was asked.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of what the server said.
        words: String,
    },
    /// 3xx.
    #[error(
        "model `{model}`: {endpoint} sends elsewhere ({status}), to {location}; that is not followed, since the key would \
         go there: if it is right, make it the `endpoint` in the models' file"
    )]
    Redirected {
        /// The model's name.
        model: String,
        /// Where it was asked.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// Where it sends.
        location: String,
    },
    /// No connection, after all retries.
    #[error("model `{model}`: {endpoint} can't be reached: {reason}; start the server, or check `endpoint`")]
    Unreachable {
        /// The model's name.
        model: String,
        /// Where it was asked.
        endpoint: String,
        /// What went wrong.
        reason: String,
    },
}

/// What ends a call without words.
#[derive(Debug)]
enum Trouble {
    Refused(Refused),
    Unusable(Unusable),
}

/// A model, ready to be asked.
#[derive(Debug)]
pub(super) struct Client {
    line: Arc<Line>,
    gate: Gate,
}

/// What one try needs.
#[derive(Debug)]
struct Line {
    model: Model,
    secret: Option<Secret>,
    agent: Agent,
}

impl Client {
    /// Reads the model's key; connects later.
    pub(super) fn open(model: Model) -> Result<Self, Unusable> {
        let secret =
            model.key.read().map_err(|source| Unusable::Key { model: model.name.clone(), source })?;
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(model.timeout))
            .timeout_connect(Some(CONNECT.min(model.timeout)))
            .user_agent(concat!("assay/", env!("CARGO_PKG_VERSION")))
            .build();
        let gate = Gate::new(model.requests_per_minute);
        Ok(Self { line: Arc::new(Line { model, secret, agent: config.into() }), gate })
    }

    /// The model.
    pub(super) fn model(&self) -> &Model {
        &self.line.model
    }

    /// Asks, with retries. `key` spreads the waits of calls that fail together.
    pub(super) async fn ask(&self, key: &str, request: &Request) -> Result<Answer, Unusable> {
        let request = Arc::new(request.clone());
        let attempt = || {
            let (line, request) = (self.line.clone(), request.clone());
            async move {
                let asked = line.clone();
                let attempt = tokio::task::spawn_blocking(move || asked.attempt(&request)).await;
                match attempt.map_err(tokio::task::JoinError::try_into_panic) {
                    Ok(done) => done,
                    // A bug's panic goes on where it would have gone without the thread.
                    Err(Ok(panic)) => std::panic::resume_unwind(panic),
                    Err(Err(_)) => Err(Failed::Lasting(line.unreachable("this program is ending"))),
                }
            }
        };
        match persist(&self.gate, self.model().retries, key, attempt).await {
            Ok(completion) => Ok(Answer::Completion(completion)),
            Err(Trouble::Refused(refused)) => Ok(Answer::Refused(refused)),
            Err(Trouble::Unusable(unusable)) => Err(unusable),
        }
    }
}

impl Line {
    /// One try.
    fn attempt(&self, request: &Request) -> Result<Completion, Failed<Trouble>> {
        let url = format!("{}/chat/completions", self.model.endpoint);
        let mut call = self.agent.post(url).header("content-type", "application/json");
        if let Some(secret) = &self.secret {
            let mut value = HeaderValue::try_from(format!("Bearer {}", secret.reveal()))
                .map_err(|_| Failed::Lasting(self.unreachable("the key fits no header")))?;
            value.set_sensitive(true);
            call = call.header("authorization", value);
        }
        let response = call.send(wire::body(&self.model.id, request)).map_err(|error| self.broke(&error))?;
        self.settle(response, request)
    }

    /// What an answer amounts to.
    fn settle(&self, mut response: Response<Body>, request: &Request) -> Result<Completion, Failed<Trouble>> {
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_BODY).read_to_vec();
        if response.status().is_success() {
            let body = body.map_err(|error| self.broke(&error))?;
            let Ok(text) = String::from_utf8(body) else {
                let reason = "it is not UTF-8".into();
                return Err(lasting(Refused::Garbage { reason }));
            };
            return wire::read(&self.scrub(&text), request)
                .map(|completion| Completion { text: self.scrub(&completion.text), ..completion })
                .map_err(lasting);
        }
        // The status says enough where the words can't be had.
        let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        let words = self.scrub(&wire::words(&self.scrub(&body)));
        let (model, endpoint) = (self.model.name.clone(), self.model.endpoint.clone());
        let passing = |refused| {
            let after = asked_wait(response.headers());
            Failed::Passing(Again { error: Trouble::Refused(refused), after })
        };
        let unusable = |unusable| Failed::Lasting(Trouble::Unusable(unusable));
        Err(match status {
            300..=399 => {
                let location = header(response.headers(), "location").unwrap_or("no place");
                let location = self.scrub(&wire::words(&self.scrub(location)));
                unusable(Unusable::Redirected { model, endpoint, status, location })
            }
            401..=403 => {
                unusable(Unusable::Denied { model, endpoint, status, words, key: self.key_source() })
            }
            404 | 405 => unusable(Unusable::NotThere { model, endpoint, status, words }),
            408 => passing(Refused::TimedOut),
            429 => passing(Refused::RateLimited),
            500.. => passing(Refused::ServerError { status, words }),
            _ => lasting(Refused::Rejected { status, words }),
        })
    }

    /// What a connection that failed amounts to.
    fn broke(&self, error: &ureq::Error) -> Failed<Trouble> {
        use ureq::Error;
        let passing = |error| Failed::Passing(Again { error, after: None });
        match error {
            Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => lasting(Refused::TooLarge),
            Error::Protocol(_) => lasting(Refused::Garbage { reason: "it is not HTTP".into() }),
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                passing(self.unreachable("it takes too long to connect"))
            }
            Error::Timeout(_) => passing(Trouble::Refused(Refused::TimedOut)),
            Error::Io(io) if began(io.kind()) => passing(Trouble::Refused(Refused::Disconnected)),
            other => passing(self.unreachable(&self.scrub(&other.to_string()))),
        }
    }

    fn unreachable(&self, reason: &str) -> Trouble {
        let (model, endpoint) = (self.model.name.clone(), self.model.endpoint.clone());
        Trouble::Unusable(Unusable::Unreachable { model, endpoint, reason: reason.to_owned() })
    }

    fn key_source(&self) -> String {
        match &self.model.key {
            KeySource::None => "whether it needs a key (`key-env` or `key-file`)".to_owned(),
            KeySource::Env(variable) => format!("the key in {variable}"),
            KeySource::File(path) => format!("the key in {}", path.display()),
        }
    }

    fn scrub(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) => secret.scrub(text),
            None => text.to_owned(),
        }
    }
}

fn lasting(refused: Refused) -> Failed<Trouble> {
    Failed::Lasting(Trouble::Refused(refused))
}

/// Whether an error of this kind comes from a connection that stood. A certificate that is not trusted is
/// `InvalidData`, and no such thing.
fn began(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof, WriteZero};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof | WriteZero)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// How long the server wants to be left alone.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    retry_after(header(headers, "retry-after")?, header(headers, "date"))
}
