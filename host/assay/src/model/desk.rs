//! The desk: the one door to models, which writes down what passes.
//!
//! To ask is to say a key and a request. If the transcript has that key, its exchange is the answer and nothing
//! is sent, whether the desk is live or not: so a resumed run repeats its questions and pays for none twice.
//! Otherwise a live desk asks the server, and a replaying one says that it can't.
//!
//! **The budget is kept here**, because nobody gets past. Before a call the worst that it can cost is set aside,
//! and what it did cost takes that place in the same moment in which it is recorded; so calls that run side by
//! side never come to more than was allowed. A call that fits but for what others have set aside waits for them:
//! only what is really spent ends a run. Recorded exchanges count as spent and cost nothing again.
//!
//! Tasks share a desk and may ask side by side; lines are written one at a time. A question that is under
//! way goes on without its asker, because its answer may have been paid for: [`Desk::close`] waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;
use tokio::sync::{Notify, Semaphore};

use super::budget::{Budget, Exceeded, Spend, spend_of_answer, worst_case};
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
    /// Nobody is asked any more: the run is ending.
    #[error("exchange `{key}`: the desk is closed")]
    Closed {
        /// The key.
        key: String,
    },
    /// The call could cost more than is left.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    /// The model can't be used until somebody does something.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// The transcript doesn't fit, or can't be written.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

/// Calls that are under way at once: an improver may ask for hundreds of programs in one breath.
const AT_ONCE: usize = 16;

/// The one door to models.
#[derive(Debug)]
pub struct Desk(Kind);

#[derive(Debug)]
enum Kind {
    Live(Arc<Live>),
    Replaying(Recorded),
}

#[derive(Debug)]
struct Live {
    clients: BTreeMap<String, Client>,
    budget: Budget,
    book: Mutex<Book>,
    at_once: Semaphore,
    /// Some question came to its end.
    ended: Notify,
}

#[derive(Debug)]
struct Book {
    transcript: Transcript,
    /// Keys of the questions that are under way, each with the worst that it can cost.
    asking: BTreeMap<String, Spend>,
    closed: bool,
}

impl Book {
    fn spent(&self) -> Spend {
        self.transcript.recorded().spend()
    }
}

impl Desk {
    /// A desk that asks these models within `budget` and writes to `transcript`. Reads the models' keys; connects
    /// to nobody.
    ///
    /// # Errors
    /// [`Unusable::Key`].
    pub fn live(
        models: impl IntoIterator<Item = Model>,
        budget: Budget,
        transcript: Transcript,
    ) -> Result<Self, Unusable> {
        let open = |model: Model| Ok((model.name.clone(), Client::open(model)?));
        let clients = models.into_iter().map(open).collect::<Result<_, Unusable>>()?;
        let book = Mutex::new(Book { transcript, asking: BTreeMap::new(), closed: false });
        let (at_once, ended) = (Semaphore::new(AT_ONCE), Notify::new());
        Ok(Self(Kind::Live(Arc::new(Live { clients, budget, book, at_once, ended }))))
    }

    /// A desk that knows only what was recorded.
    pub fn replaying(recorded: Recorded) -> Self {
        Self(Kind::Replaying(recorded))
    }

    /// What all recorded exchanges cost.
    pub fn spend(&self) -> Spend {
        match &self.0 {
            Kind::Live(live) => lock(&live.book).spent(),
            Kind::Replaying(recorded) => recorded.spend(),
        }
    }

    /// Whether no question is under way.
    pub fn is_quiet(&self) -> bool {
        match &self.0 {
            Kind::Live(live) => lock(&live.book).asking.is_empty(),
            Kind::Replaying(_) => true,
        }
    }

    /// Digests of all exchanges that are recorded.
    pub fn digests(&self) -> BTreeSet<String> {
        let digests = |recorded: &Recorded| recorded.iter().map(Exchange::digest).collect();
        match &self.0 {
            Kind::Live(live) => digests(lock(&live.book).transcript.recorded()),
            Kind::Replaying(recorded) => digests(recorded),
        }
    }

    /// The exchange that was recorded under `key`, whatever it is about.
    pub fn recorded(&self, key: &str) -> Option<Exchange> {
        match &self.0 {
            Kind::Live(live) => lock(&live.book).transcript.recorded().get(key).cloned(),
            Kind::Replaying(recorded) => recorded.get(key).cloned(),
        }
    }

    /// The exchange `key`: the recorded one, or else a new one, recorded before it is returned. Who asks under a key
    /// that is under way gets the same exchange.
    ///
    /// # Errors
    /// [`TranscriptError::OtherRequest`] if that key was recorded with another request;
    /// [`DeskError::NotInTranscript`] from a replaying desk; from a live one [`DeskError::Exceeded`],
    /// [`DeskError::UnknownModel`], [`DeskError::BadRequest`], [`DeskError::Closed`], [`DeskError::Unusable`] and what
    /// can go wrong with a transcript.
    pub async fn ask(&self, key: &str, request: Request) -> Result<Exchange, DeskError> {
        match &self.0 {
            Kind::Live(live) => {
                // On its own feet: the asker may be dropped.
                let (live, question) = (live.clone(), key.to_owned());
                let asked = tokio::spawn(async move { live.ask(&question, request).await });
                joined(asked.await, key)
            }
            Kind::Replaying(recorded) => recorded
                .find(key, &request)?
                .cloned()
                .ok_or_else(|| DeskError::NotInTranscript { key: key.to_owned() }),
        }
    }

    /// Begin no other call, and wait for those that are under way.
    pub async fn close(&self) {
        let Kind::Live(live) = &self.0 else { return };
        lock(&live.book).closed = true;
        live.ended.notify_waiters();
        loop {
            let ended = live.ended.notified();
            if lock(&live.book).asking.is_empty() {
                return;
            }
            ended.await;
        }
    }
}

/// What came of a task that was to do part of `ask`. A bug's panic goes on where it would have gone without the task; a runtime
/// that ends takes its tasks with it, and then the desk is closed, whoever still waits.
fn joined<T>(done: Result<Result<T, DeskError>, tokio::task::JoinError>, key: &str) -> Result<T, DeskError> {
    match done.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => Err(DeskError::Closed { key: key.to_owned() }),
    }
}

/// Whether a question may be asked now.
enum Turn<'a> {
    Known(Box<Exchange>),
    Mine(Asking<'a>),
    /// After somebody else's.
    Later,
}

impl Live {
    async fn ask(self: &Arc<Self>, key: &str, request: Request) -> Result<Exchange, DeskError> {
        let asking = loop {
            // Listening before looking, so that nothing is missed between the two.
            let ended = self.ended.notified();
            match self.turn(key, &request)? {
                Turn::Known(known) => return Ok(*known),
                Turn::Mine(asking) => break asking,
                Turn::Later => ended.await,
            }
        };
        let client = self.client(key, &request)?;
        let _permit = self.at_once.acquire().await;
        let answer = client.ask(key, &request).await?;
        let spend = spend_of_answer(client.model(), &request, &answer);
        let exchange = Exchange::new(key, request, answer, spend);
        let (live, question, added) = (self.clone(), key.to_owned(), exchange.clone());
        // The disk may take its time.
        let added = tokio::task::spawn_blocking(move || {
            let mut book = lock(&live.book);
            let done = book.transcript.add(added);
            // What it cost takes the place of what was set aside, in the same moment.
            if let Some(aside) = book.asking.get_mut(&question) {
                *aside = Spend::default();
            }
            done.map_err(DeskError::from)
        });
        joined(added.await, key)?;
        drop(asking);
        Ok(exchange)
    }

    fn turn(&self, key: &str, request: &Request) -> Result<Turn<'_>, DeskError> {
        let mut book = lock(&self.book);
        if book.asking.contains_key(key) {
            return Ok(Turn::Later);
        }
        if let Some(known) = book.transcript.recorded().find(key, request)? {
            return Ok(Turn::Known(Box::new(known.clone())));
        }
        if book.closed {
            return Err(DeskError::Closed { key: key.to_owned() });
        }
        if let Some(reason) = wrong_with(request) {
            return Err(DeskError::BadRequest { key: key.to_owned(), reason });
        }
        let worst = worst_case(self.client(key, request)?.model(), request);
        let spent = book.spent();
        self.budget.fits(spent, worst)?;
        let aside: Spend = book.asking.values().copied().sum();
        if self.budget.fits(spent + aside, worst).is_err() {
            return Ok(Turn::Later);
        }
        book.asking.insert(key.to_owned(), worst);
        Ok(Turn::Mine(Asking { live: self, key: key.to_owned() }))
    }

    fn client(&self, key: &str, request: &Request) -> Result<&Client, DeskError> {
        let unknown = || DeskError::UnknownModel { key: key.to_owned(), model: request.model.clone() };
        self.clients.get(&request.model).ok_or_else(unknown)
    }
}

/// A question under way, until this is dropped.
struct Asking<'a> {
    live: &'a Live,
    key: String,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        lock(&self.live.book).asking.remove(&self.key);
        self.live.ended.notify_waiters();
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_its_runtime_took_along_leaves_a_closed_desk_and_no_panic() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.block_on(async {
            let task = tokio::spawn(std::future::pending::<Result<(), DeskError>>());
            task.abort();
            joined(task.await, "3/0")
        });
        assert!(matches!(ended, Err(DeskError::Closed { key }) if key == "3/0"));
    }
}
