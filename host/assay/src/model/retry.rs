//! Waiting: for a server's next moment, and for one's own turn.
//!
//! A try that failed for a passing reason is repeated after a random part of a span that doubles each time
//! (exponential backoff with "full jitter", Brooker, AWS Architecture Blog, 2015): calls that failed together
//! don't come back together. Where the server names a span (`Retry-After`, RFC 9110, section 10.2.3) that is
//! waited instead, at most [`MAX_WAIT`], and by every call to the model, since all of them share its limit. A
//! [`Gate`] holds them, and spaces them where the user named a rate.
//!
//! Time decides when something is sent and never what. The random part comes from the call's own key, and a
//! date in `Retry-After` is compared with the server's `Date`, so neither a generator nor the time of day is
//! read. All waiting is on tokio's clock, which tests let jump.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep, sleep_until};

/// The longest wait that a server can ask for.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);

/// The span before the second try.
const FIRST_SPAN: Duration = Duration::from_secs(1);

/// The longest span.
const MAX_SPAN: Duration = Duration::from_secs(30);

/// A try that failed and may do better.
#[derive(Debug)]
pub(super) struct Again<E> {
    /// What it amounts to if there is no further try.
    pub(super) error: E,
    /// How long the server wants to be left alone.
    pub(super) after: Option<Duration>,
}

/// How one try went wrong.
#[derive(Debug)]
pub(super) enum Failed<E> {
    /// For a passing reason.
    Passing(Again<E>),
    /// For good.
    Lasting(E),
}

/// Lets calls to one model through, one after the other.
#[derive(Debug)]
pub(super) struct Gate {
    /// The least time between two.
    interval: Duration,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    /// When the next may go by the rate.
    free: Option<Instant>,
    /// Until when the server wants none.
    held: Option<Instant>,
}

impl Gate {
    /// A gate that lets so many through in a minute, evenly spaced; `None` for any number.
    pub(super) fn new(per_minute: Option<u32>) -> Self {
        let interval = per_minute.map_or(Duration::ZERO, |count| Duration::from_secs(60) / count.max(1));
        Self { interval, times: Mutex::default() }
    }

    /// Wait for one's turn.
    async fn pass(&self) {
        loop {
            let turn = {
                let mut times = self.times();
                let now = Instant::now();
                let turn = times.free.max(times.held).unwrap_or(now).max(now);
                times.free = Some(turn + self.interval);
                turn
            };
            sleep_until(turn).await;
            // The server may have asked for quiet in the meantime.
            if self.times().held.is_none_or(|held| held <= turn) {
                return;
            }
        }
    }

    /// Let none through for so long.
    fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut times = self.times();
        times.held = times.held.max(Some(until));
    }

    fn times(&self) -> std::sync::MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Try until it works, fails for good, or has been repeated `retries` times. `key` spreads the waits of different
/// calls.
pub(super) async fn persist<T, E, F>(
    gate: &Gate,
    retries: u32,
    key: &str,
    mut attempt: impl FnMut() -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, Failed<E>>>,
{
    let mut repeated = 0;
    loop {
        gate.pass().await;
        let again = match attempt().await {
            Ok(done) => return Ok(done),
            Err(Failed::Lasting(error)) => return Err(error),
            Err(Failed::Passing(again)) => again,
        };
        let after = again.after.map(|after| after.min(MAX_WAIT));
        if let Some(after) = after {
            gate.hold(after);
        }
        if repeated == retries {
            return Err(again.error);
        }
        if after.is_none() {
            sleep(backoff(key, repeated)).await;
        }
        repeated += 1;
    }
}

/// The wait before the next try, after `repeated` repetitions: somewhere between nothing and the span.
fn backoff(key: &str, repeated: u32) -> Duration {
    let span = FIRST_SPAN.saturating_mul(1 << repeated.min(10)).min(MAX_SPAN);
    let hash = Sha256::new().chain_update(repeated.to_le_bytes()).chain_update(key).finalize();
    let part = u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]);
    span.mul_f64(f64::from(part) / f64::from(u32::MAX))
}

/// The span that a `Retry-After` header names: seconds, or a date, which needs the `Date` of the same answer.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let span = seconds(value)?.checked_sub(seconds(date?.trim())?)?;
    Some(Duration::from_secs(span.try_into().unwrap_or(0)))
}

/// Seconds of a date in the one format that servers may send (RFC 9110, section 5.6.7), e.g. `Sun, 06 Nov 1994
/// 08:49:37 GMT`, from an arbitrary beginning.
fn seconds(date: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, date) = date.split_once(", ")?;
    let mut words = date.split(' ');
    let day = number(words.next()?, 31)?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64;
    let year = number(words.next()?, 9999)?;
    let mut time = words.next()?.split(':');
    let (hour, minute, second) =
        (number(time.next()?, 23)?, number(time.next()?, 59)?, number(time.next()?, 60)?);
    if words.next() != Some("GMT") || words.next().is_some() || time.next().is_some() {
        return None;
    }
    // Days since a 1 March, so that the leap day is a year's last (Hinnant, "chrono-Compatible Low-Level Date
    // Algorithms").
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn number(text: &str, most: i64) -> Option<i64> {
    let number =
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok()? } else { return None };
    (number <= most).then_some(number)
}

#[cfg(test)]
mod tests;
