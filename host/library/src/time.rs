//! A time of day as freshness leaves and witnesses state it: UTC, whole seconds, one spelling.
//!
//! Only arithmetic on the calendar (Hinnant's days-from-civil); whoever needs to know what time it *is* asks the system and
//! hands it in.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

const DAY: u64 = 86_400;

/// Seconds since 1970-01-01T00:00:00Z, at most up to the year 9999; spelled `2026-11-22T18:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(u64);

/// Not a time in the one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-11-22T18:00:00Z")]
pub struct NotATime;

impl Time {
    /// The last second of the year 9999.
    const LAST: u64 = 253_402_300_799;

    /// From seconds since 1970; none beyond the year 9999.
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        (seconds <= Self::LAST).then_some(Self(seconds))
    }

    /// What the system's clock says; 1970 if it is set before that.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self(since.map_or(0, |since| since.as_secs()).min(Self::LAST))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / DAY + 719_468, self.0 % DAY);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
    }
}

impl FromStr for Time {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let number =
            |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u64>().ok());
        let read = || {
            let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
            let shifted = (month + 9) % 12;
            let year = year.checked_sub(u64::from(month <= 2))?;
            let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + (153 * shifted + 2) / 5 + day;
            let days = (year / 400 * 146_097 + of_era).checked_sub(719_469)?;
            let second = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
            Self::from_seconds(days * DAY + second)
        };
        // Every other spelling, and every day that is none, comes out differently.
        read().filter(|time| time.to_string() == text).ok_or(NotATime)
    }
}

impl TryFrom<String> for Time {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_all_kinds_come_out_and_read_back() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_164_799, "2024-02-28T23:59:59Z"),
            (1_798_761_600, "2027-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (Time::LAST, "9999-12-31T23:59:59Z"),
        ] {
            let time = Time::from_seconds(seconds).unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(text.parse(), Ok(time));
        }
        assert_eq!(Time::from_seconds(Time::LAST + 1), None);
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T18:00:00",
            "2026-11-22T18:00:00+00:00",
            "2026-11-31T18:00:00Z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T18:00:60Z",
            "+026-11-22T18:00:00Z",
            "0000-01-01T00:00:00Z",
            "é026-11-22T18:00:00Z",
        ] {
            assert_eq!(text.parse::<Time>(), Err(NotATime), "{text}");
        }
    }
}
