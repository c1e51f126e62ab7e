//! Judges what was found, or what a report says was found, against what is true of the lot.
//!
//! A case is `yield finding QUESTION` or `yield report QUESTION`, lines of key, value and scale (the truth, what matters most
//! first), a line `input`, and what the agent is given. Half of the score is for what leads: 1 over the place at which the
//! answer has the key that should be first. The other half is for figures: each key of the truth is worth
//! 1 − |answer − truth| / scale, none below 0, over as many lines as the longer of both lists has. In size-yield the first key
//! is no secret, so figures are all of it. An answer to another question is worth 0, as is `err`.
//!
//! A finding is `finding`, a tab and the question, then lines of key, tab, value. A report begins with `Question: …`,
//! `Answer: KEY`, `1. KEY: VALUE`, `2. …`; behind an empty line follows what people read.

use assay::*;

/// Most lines of a list.
const LINES: usize = 24;
/// Longest line, in characters.
const WIDTH: usize = 120;
/// Longest answer, in bytes: no more is read, so a flood costs whoever sends it.
const BYTES: usize = 65_536;
/// Most decimals of a figure in a report.
const DECIMALS: usize = 6;

/// Judge the candidate on one question.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let Case { report, question, truth, input } = Case::parse(&case).map_err(Fault::BadCase)?;
    let answer = match run(input) {
        Ok(answer) => answer,
        Err(why) => return Ok(nothing(format!("err: {}", shown(&why)))),
    };
    if answer.len() > BYTES {
        let bytes = answer.len();
        return Err(Fault::InvalidOutput(format!("{bytes} bytes, and an answer has at most {BYTES}")));
    }
    let (asked, list) = if report { told(&answer) } else { found(&answer) }.map_err(Fault::InvalidOutput)?;
    if asked != question {
        return Ok(nothing(format!("asked for {question}, answered {}", shown(asked))));
    }
    let place = list.iter().position(|(key, _)| *key == truth[0].0);
    let leads = place.map_or(0.0, |place| 1.0 / (place + 1) as f64);
    let close = |(key, value, scale): &(&str, f64, f64)| {
        let own = list.iter().find(|(other, _)| other == key);
        own.map_or(0.0, |(_, own)| (1.0 - (own - value).abs() / scale).max(0.0))
    };
    let figures = truth.iter().map(close).sum::<f64>() / truth.len().max(list.len()) as f64;
    let score = if question == "size-yield" { figures } else { 0.5 * leads + 0.5 * figures };
    let metrics = [("leads", leads), ("figures", figures)];
    let first = list.first().map_or("nothing", |(key, _)| *key);
    Ok(Outcome {
        score,
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: format!("{question}: {} leads, should be {}; figures {figures:.3}", shown(first), truth[0].0),
    })
}

struct Case<'a> {
    report: bool,
    question: &'a str,
    truth: Vec<(&'a str, f64, f64)>,
    input: &'a str,
}

impl<'a> Case<'a> {
    fn parse(case: &'a str) -> Result<Self, String> {
        let form = "a case is `yield finding QUESTION` or `yield report QUESTION`, lines of key, value and scale, `input`, a text";
        let (head, rest) = case.split_once('\n').ok_or(form)?;
        let (truth, input) = rest.split_once("\ninput\n").ok_or(form)?;
        let (report, question) = match head.split(' ').collect::<Vec<_>>()[..] {
            ["yield", "finding", question] => (false, question),
            ["yield", "report", question] => (true, question),
            _ => return Err(form.to_owned()),
        };
        let truth = truth.lines().map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [key, value, scale] => {
                let scale = number(scale).filter(|scale| *scale > 0.0);
                Some((key, number(value)?, scale?))
            }
            _ => None,
        });
        let truth = truth.collect::<Option<Vec<_>>>().filter(|truth| !truth.is_empty()).ok_or(form)?;
        Ok(Self { report, question, truth, input })
    }
}

type List<'a> = Vec<(&'a str, f64)>;

/// The question and the list of a finding.
fn found(text: &str) -> Result<(&str, List<'_>), String> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let question = first.strip_prefix("finding\t").ok_or_else(|| {
        format!("line 1: a finding begins with `finding`, a tab and the question, not {}", shown(first))
    })?;
    let mut list = List::new();
    for (index, line) in lines.enumerate() {
        let pair = line.split_once('\t').and_then(|(key, value)| Some((key, number(value)?)));
        let pair = pair.filter(|(key, _)| !key.is_empty());
        let pair = pair
            .ok_or_else(|| format!("line {}: a key, a tab and a number, not {}", index + 2, shown(line)))?;
        push(&mut list, pair, index + 2)?;
    }
    Ok((question, list))
}

/// The question and the list at the head of a report.
fn told(text: &str) -> Result<(&str, List<'_>), String> {
    if let Some((index, _)) = text.lines().enumerate().find(|(_, line)| line.chars().count() > WIDTH) {
        return Err(format!("line {}: longer than {WIDTH} characters", index + 1));
    }
    let mut lines = text.lines();
    let mut after = |prefix: &str, number: usize| {
        let line = lines.next().unwrap_or_default();
        let rest = line.strip_prefix(prefix);
        rest.ok_or_else(|| format!("line {number}: begins with `{}`, not {}", prefix.trim_end(), shown(line)))
    };
    let (question, answer) = (after("Question: ", 1)?, after("Answer: ", 2)?);
    let mut list = List::new();
    for (index, line) in lines.by_ref().take_while(|line| !line.is_empty()).enumerate() {
        let item = line.strip_prefix(&format!("{}. ", index + 1)).and_then(|rest| rest.rsplit_once(": "));
        let fits =
            |value: &&str| value.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= DECIMALS);
        let item = item.and_then(|(key, value)| Some((key, number(Some(value).filter(fits)?)?)));
        let item = item.ok_or_else(|| {
            format!(
                "line {}: `{}. KEY: VALUE` with at most {DECIMALS} decimals, not {}",
                index + 3,
                index + 1,
                shown(line)
            )
        })?;
        push(&mut list, item, index + 3)?;
    }
    if list.first().is_none_or(|(key, _)| *key != answer) {
        return Err(format!("line 2: the answer {} does not lead the list", shown(answer)));
    }
    if lines.all(|line| line.trim().is_empty()) {
        return Err("behind the list and an empty line there must be words for people".to_owned());
    }
    Ok((question, list))
}

fn push<'a>(list: &mut List<'a>, item: (&'a str, f64), line: usize) -> Result<(), String> {
    if list.len() == LINES {
        return Err(format!("line {line}: a list has at most {LINES} lines"));
    }
    if list.iter().any(|(key, _)| *key == item.0) {
        return Err(format!("line {line}: {} comes twice", shown(item.0)));
    }
    list.push(item);
    Ok(())
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn nothing(notes: String) -> Outcome {
    Outcome { score: 0.0, metrics: Vec::new(), notes }
}

/// In quotes and cut, so that no answer floods the notes.
fn shown(text: &str) -> String {
    let head: String = text.chars().take(60).collect();
    format!("{head:?}{}", if head.len() < text.len() { "…" } else { "" })
}
