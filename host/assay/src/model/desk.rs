//! The desk: the one door to models, which writes down what passes.
//!
//! To ask is to say a key and a request. If the transcript has that key, its exchange is the answer and nothing
//! is sent, whether the desk is live or not: so a resumed run repeats its questions and pays for none twice.
//! Otherwise a live desk asks the server, and a replaying one says that it can't.
//!
//! Tasks share a desk by reference and may ask side by side; lines are written one at a time. To drop a
//! question while it is under way loses its answer, which may have been paid for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::budget::{Spend, spend_of_answer};
use super::chat::Request;
use super::client::{Client, Unusable};
use super::config::Model;
use super::transcript::{Exchange, Recorded, Transcript, TranscriptError};

/// Why a question has no exchange.
#[derive(Debug, Error)]
pub enum DeskError {
    /// A replay asks what the run never asked.
    #[error("the transcript has no exchange `{key}`: it is of another run, or the run ended before it")]
    NotInTranscript {
        /// The key.
        key: String,
    },
    /// The desk wasn't opened with this model.
    #[error("exchange `{key}`: there is no model `{model}` at this desk")]
    UnknownModel {
        /// The key.
        key: String,
        /// The model's name.
        model: String,
    },
    /// A request that no server should see.
    #[error("exchange `{key}`: {reason}")]
    BadRequest {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The same key is being asked right now.
    #[error("exchange `{key}` is under way already: every question needs a key of its own")]
    AskedTwice {
        /// The key.
        key: String,
    },
    /// The model can't be used until somebody does something.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The transcript doesn't fit, or can't be written.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// The one door to models.
#[derive(Debug)]
pub struct Desk(Kind);

#[derive(Debug)]
enum Kind {
    Live(Live),
    Replaying(Recorded),
}

#[derive(Debug)]
struct Live {
    clients: BTreeMap<String, Client>,
    transcript: Arc<Mutex<Transcript>>,
    /// Keys of the questions that are under way.
    asking: Mutex<BTreeSet<String>>,
}

impl Desk {
    /// A desk that asks these models and writes to `transcript`. Reads the models' keys; connects to nobody.
    ///
    /// # Errors
    /// [`Unusable::Key`].
    pub fn live(models: impl IntoIterator<Item = Model>, transcript: Transcript) -> Result<Self, Unusable> {
        let open = |model: Model| Ok((model.name.clone(), Client::open(model)?));
        let clients = models.into_iter().map(open).collect::<Result<_, Unusable>>()?;
        let transcript = Arc::new(Mutex::new(transcript));
        Ok(Self(Kind::Live(Live { clients, transcript, asking: Mutex::default() })))
    }

    /// A desk that knows only what was recorded.
    pub fn replaying(recorded: Recorded) -> Self {
        Self(Kind::Replaying(recorded))
    }

    /// What all recorded exchanges cost.
    pub fn spend(&self) -> Spend {
        match &self.0 {
            Kind::Live(live) => lock(&live.transcript).recorded().spend(),
            Kind::Replaying(recorded) => recorded.spend(),
        }
    }

    /// The exchange `key`: the recorded one, or else a new one, recorded before it is returned.
    ///
    /// # Errors
    /// [`TranscriptError::OtherRequest`] if that key was recorded with another request;
    /// [`DeskError::NotInTranscript`] from a replaying desk; from a live one [`DeskError::UnknownModel`],
    /// [`DeskError::BadRequest`], [`DeskError::AskedTwice`], [`DeskError::Unusable`] and what can go wrong with a transcript.
    pub async fn ask(&self, key: &str, request: Request) -> Result<Exchange, DeskError> {
        match &self.0 {
            Kind::Live(live) => live.ask(key, request).await,
            Kind::Replaying(recorded) => recorded
                .find(key, &request)?
                .cloned()
                .ok_or_else(|| DeskError::NotInTranscript { key: key.to_owned() }),
        }
    }
}

impl Live {
    async fn ask(&self, key: &str, request: Request) -> Result<Exchange, DeskError> {
        // Taken before the look-up: a question under way could be recorded between the two.
        let turn = Turn::take(&self.asking, key)?;
        if let Some(known) = lock(&self.transcript).recorded().find(key, &request)? {
            return Ok(known.clone());
        }
        if let Some(reason) = wrong_with(&request) {
            return Err(DeskError::BadRequest { key: key.to_owned(), reason });
        }
        let client = self
            .clients
            .get(&request.model)
            .ok_or_else(|| DeskError::UnknownModel { key: key.to_owned(), model: request.model.clone() })?;
        let answer = client.ask(key, &request).await?;
        let spend = spend_of_answer(client.model(), &request, &answer);
        let exchange = Exchange::new(key, request, answer, spend);
        let (transcript, added) = (self.transcript.clone(), exchange.clone());
        // The disk may take its time.
        let added = tokio::task::spawn_blocking(move || lock(&transcript).add(added));
        // A bug's panic goes on where it would have gone without the thread.
        added.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        drop(turn);
        Ok(exchange)
    }
}

/// What is wrong with a request, if anything. A temperature that is no number could not be read back.
fn wrong_with(request: &Request) -> Option<&'static str> {
    if request.messages.is_empty() {
        Some("a request needs a message")
    } else if request.max_tokens == 0 {
        Some("an answer needs at least one token")
    } else if !(0.0..=2.0).contains(&request.temperature) {
        Some("a temperature is 0 to 2")
    } else {
        None
    }
}

/// A key that is being asked, until this is dropped.
struct Turn<'a> {
    asking: &'a Mutex<BTreeSet<String>>,
    key: &'a str,
}

impl<'a> Turn<'a> {
    fn take(asking: &'a Mutex<BTreeSet<String>>, key: &'a str) -> Result<Self, DeskError> {
        if lock(asking).insert(key.to_owned()) {
            Ok(Self { asking, key })
        } else {
            Err(DeskError::AskedTwice { key: key.to_owned() })
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(self.asking).remove(self.key);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
