//! What is said: a request, and what became of it.
//!
//! A server that answers badly has answered: [`Refused`] is recorded beside completions, and a replay meets it
//! again at the same place. What the user or the machine has to mend is no answer
//! ([`Unusable`](super::Unusable)).
//!
//! These types are stored in transcripts: unknown fields are refused, and a change to them needs a new number
//! in the transcript's header.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::of_parts;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Who sets the rules of the conversation.
    System,
    /// Who asks.
    User,
    /// The model itself, earlier.
    Assistant,
}

impl Role {
    /// The word that the protocol has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// What is asked of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// The name under which the models' file describes it.
    pub model: String,
    /// The conversation so far; at least one message.
    pub messages: Vec<Message>,
    /// Tokens that the answer may have, from 1.
    pub max_tokens: u32,
    /// 0 to 2: how freely the model chooses its words.
    pub temperature: f64,
    /// Asks for the same words again; servers promise nothing.
    pub seed: Option<u64>,
}

impl Request {
    /// sha256 over all fields, in hex.
    pub fn digest(&self) -> String {
        let seed = self.seed.map(u64::to_le_bytes);
        let (max_tokens, temperature) =
            (self.max_tokens.to_le_bytes(), self.temperature.to_bits().to_le_bytes());
        let fixed: [&[u8]; 4] =
            [self.model.as_bytes(), &max_tokens, &temperature, seed.as_ref().map_or(&[], |seed| seed)];
        let said =
            self.messages.iter().flat_map(|said| [said.role.name().as_bytes(), said.content.as_bytes()]);
        of_parts(fixed.into_iter().chain(said))
    }

    /// Bytes of all messages.
    pub(super) fn bytes(&self) -> u64 {
        self.messages.iter().map(|message| message.content.len() as u64).sum()
    }
}

/// A language model, as far as a request says something of it. Where it is, and what it costs, is in nobody's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Named {
    /// Its name in the models' file.
    pub name: String,
    /// The server's name for it.
    pub id: String,
    /// Tokens that an answer may have.
    pub max_tokens: u32,
    /// 0 to 2.
    pub temperature: f64,
}

impl Named {
    /// A request to it.
    pub fn request(&self, messages: Vec<Message>) -> Request {
        let (max_tokens, temperature) = (self.max_tokens, self.temperature);
        Request { model: self.name.clone(), messages, max_tokens, temperature, seed: None }
    }
}

/// Tokens that an exchange took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tokens {
    /// Of the request.
    pub input: u64,
    /// Of the answer, with what the model thought and didn't say.
    pub output: u64,
    /// The server didn't count: these are upper bounds.
    pub estimated: bool,
}

/// Why a model stopped talking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// It had said all.
    Stop,
    /// `max-tokens` was reached: the text ends anywhere.
    Length,
    /// Anything else, for instance a filter.
    Other,
}

/// A model's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Completion {
    /// The text, not empty.
    pub text: String,
    /// Why it ends there.
    pub finish: Finish,
    /// What it took.
    pub tokens: Tokens,
}

/// No words, for a reason that lies with the server or the request. It is recorded like an answer, and the
/// asker goes on without one.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Refused {
    /// 429, after all retries.
    #[error("the server asks to be asked less often (429)")]
    RateLimited,
    /// 5xx, after all retries.
    #[error("the server failed ({status}): {words}")]
    ServerError {
        /// The HTTP status.
        status: u16,
        /// The beginning of what the server said.
        words: String,
    },
    /// No answer in the model's `timeout-seconds`, after all retries.
    #[error("the server took too long")]
    TimedOut,
    /// The connection broke before the answer was whole, after all retries.
    #[error("the connection broke")]
    Disconnected,
    /// The answer is not of the protocol.
    #[error("the server's answer can't be read: {reason}")]
    Garbage {
        /// What is wrong with it.
        reason: String,
    },
    /// The answer is longer than 1 MiB.
    #[error("the server's answer is too long")]
    TooLarge,
    /// An answer without text.
    #[error("the model said nothing")]
    Empty {
        /// What it took.
        tokens: Tokens,
    },
    /// Another 4xx: the server will not answer this request.
    #[error("the server rejects the request ({status}): {words}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The beginning of what the server said.
        words: String,
    },
}

impl Refused {
    /// The reason's name in journals, kebab-case. A journal's `timed-out` is a compiler's, and depends on the machine;
    /// a server's is in the transcript.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RateLimited => "rate-limited",
            Self::ServerError { .. } => "server-error",
            Self::TimedOut => "server-timed-out",
            Self::Disconnected => "disconnected",
            Self::Garbage { .. } => "garbage",
            Self::TooLarge => "answer-too-large",
            Self::Empty { .. } => "no-words",
            Self::Rejected { .. } => "request-rejected",
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Words.
    Completion(Completion),
    /// None.
    Refused(Refused),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let message = Message { role: Role::User, content: "hi".into() };
        Request {
            model: "fast".into(),
            messages: vec![message],
            max_tokens: 10,
            temperature: 0.5,
            seed: None,
        }
    }

    #[test]
    fn every_field_of_a_request_is_in_its_digest() {
        let base = request();
        let mut other = vec![request(); 7];
        other[0].model = "slow".into();
        other[1].messages[0].role = Role::System;
        other[2].messages[0].content = "ho".into();
        other[3].max_tokens = 11;
        other[4].temperature = 0.25;
        other[5].seed = Some(0);
        other[6].messages.push(Message { role: Role::Assistant, content: String::new() });
        let mut digests: Vec<_> = other.iter().map(Request::digest).collect();
        digests.push(base.digest());
        assert_eq!(base.digest(), request().digest());
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), 8);
    }

    #[test]
    fn stored_forms_are_plain_and_refuse_what_they_do_not_know() {
        let text = serde_json::to_string(&request()).unwrap();
        assert_eq!(
            text,
            r#"{"model":"fast","messages":[{"role":"user","content":"hi"}],"max-tokens":10,"temperature":0.5,"seed":null}"#
        );
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request());
        assert!(serde_json::from_str::<Request>(&text.replace("seed", "seeds")).is_err());
        let refused = Answer::Refused(Refused::ServerError { status: 500, words: "no".into() });
        let text = serde_json::to_string(&refused).unwrap();
        assert_eq!(text, r#"{"refused":{"server-error":{"status":500,"words":"no"}}}"#);
        assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), refused);
        assert!(serde_json::from_str::<Answer>(&text.replace("}}}", r#","x":1}}}"#)).is_err());
    }
}
