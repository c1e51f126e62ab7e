//! Reads a date as people write it: split into words and numbers, decide what each one is, check the calendar.

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_TAILS: [&str; 12] =
    ["uary", "ruary", "ch", "il", "", "e", "y", "ust", "tember", "ober", "ember", "ember"];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The date in `input` as ISO 8601, or `invalid`.
pub fn run(input: String) -> Result<String, String> {
    let date =
        read(&input.trim().to_ascii_lowercase()).filter(|(year, month, day)| exists(*year, *month, *day));
    Ok(match date {
        Some((year, month, day)) => format!("{year:04}-{month:02}-{day:02}"),
        None => "invalid".to_owned(),
    })
}

type Date = (u32, u32, u32);

fn read(text: &str) -> Option<Date> {
    if let Some((date, time)) = text.split_once('t') {
        // An ISO date and time; a `t` inside a word (october, 4th) has no hyphenated date before it.
        if date.len() == 10 && time.contains(':') {
            return numbers(date, '-').map(|[year, month, day]| (year, month, day));
        }
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?));
    }
    if let Some([day, month, year]) = numbers(text, '.') {
        return Some((full_year(year, text)?, month, day));
    }
    if let Some([first, second, third]) = numbers(text, '/') {
        return if first > 31 {
            Some((first, second, third))
        } else {
            Some((full_year(third, text)?, first, second))
        };
    }
    if let Some([year, month, day]) = numbers(text, '-') {
        return Some((year, month, day));
    }
    worded(text)
}

/// Exactly three numbers with `separator` between them.
fn numbers(text: &str, separator: char) -> Option<[u32; 3]> {
    let parts: Vec<u32> = text.split(separator).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// Two digits mean 1950 to 2049; the year is the text's last part.
fn full_year(year: u32, text: &str) -> Option<u32> {
    let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    match (digits, year) {
        (4, _) => Some(year),
        (2, 0..=49) => Some(2000 + year),
        (2, _) => Some(1900 + year),
        _ => None,
    }
}

/// A month's name, a day and a year, with whatever people put around them.
fn worded(text: &str) -> Option<Date> {
    let (mut day, mut month, mut year) = (None, None, None);
    for word in text.split(|c: char| c.is_whitespace() || c == ',' || c == '-' || c == '.') {
        if word.is_empty() || word == "of" || word == "the" || is_weekday(word) {
            continue;
        }
        if let Some(found) = month_named(word) {
            if month.replace(found).is_some() {
                return None;
            }
            continue;
        }
        let bare = word.trim_start_matches('\'');
        let digits = bare.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &bare[digits.len()..];
        let number: u32 = digits.parse().ok()?;
        let is_year = digits.len() == 4 || bare.len() < word.len() || day.is_some();
        let slot = if is_year { &mut year } else { &mut day };
        let fits = if is_year { suffix.is_empty() } else { suffix.is_empty() || suffix == ordinal(number) };
        let value = if is_year { full_year(number, digits)? } else { number };
        if !fits || slot.replace(value).is_some() {
            return None;
        }
    }
    Some((year?, month?, day?))
}

fn month_named(word: &str) -> Option<u32> {
    let index = MONTHS.iter().position(|month| word.starts_with(month))?;
    let tail = &word[3..];
    let known = tail.is_empty() || tail == MONTH_TAILS[index] || (index == 8 && tail == "t");
    known.then_some(index as u32 + 1)
}

fn is_weekday(word: &str) -> bool {
    WEEKDAYS.iter().any(|day| *day == word || (word.len() == 3 && day.starts_with(word)))
}

fn ordinal(day: u32) -> &'static str {
    match (day % 10, day / 10) {
        (1, 0 | 2 | 3) => "st",
        (2, 0 | 2) => "nd",
        (3, 0 | 2) => "rd",
        _ => "th",
    }
}

/// Is there such a day in the calendar?
fn exists(year: u32, month: u32, day: u32) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day) && (1..=9999).contains(&year)
}
